//! RFC 7515 §5.2: message signature validation. One valid token, one mutation, the exact refusal.

use proptest::prelude::*;
use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::base64url;
use relyant_jose::json::{JsonError, Object};
use relyant_jose::jws::{JwsError, UnverifiedJws, check_form};
use relyant_jose::limits::MAX_TOKEN_BYTES;
use relyant_jose::sign::SigningKey;

use crate::tokens::{KID, PAYLOAD, es256, key, object, set, token, verify, with_header, with_part};

fn refused(token: &str) -> JwsError {
    verify(token, &set([es256().public_jwk()])).unwrap_err()
}

// RFC 7515 §7.1
#[test]
fn the_form_of_the_compact_serialization() {
    let token = token(es256());
    let parts: Vec<&str> = token.split('.').collect();
    let (header, payload, signature) = (parts[0], parts[1], parts[2]);
    for (changed, error) in [
        (String::new(), JwsError::NotCompact),
        (header.to_owned(), JwsError::NotCompact),
        (format!("{header}.{payload}"), JwsError::NotCompact),
        (format!("{token}."), JwsError::NotCompact),
        (format!("{token}.."), JwsError::Encrypted),
        (format!("{token}..."), JwsError::NotCompact),
        (
            format!(".{payload}.{signature}"),
            JwsError::Header(relyant_jose::header::HeaderError::Json(JsonError::Syntax {
                line: 1,
                column: 0,
            })),
        ),
        (format!("{header}..{signature}"), JwsError::BadSignature),
        (format!("{header}.{payload}."), JwsError::BadSignature),
        (format!(" {token}"), JwsError::Base64Url),
        (format!("{token}\n"), JwsError::Base64Url),
        (
            format!("{header} .{payload}.{signature}"),
            JwsError::Base64Url,
        ),
        (
            format!("{header}.{payload}=.{signature}"),
            JwsError::Base64Url,
        ),
        (
            format!("{header}.{payload}.{signature}=="),
            JwsError::Base64Url,
        ),
        (format!("Bearer {token}"), JwsError::Base64Url),
        (
            format!("{payload}.{header}.{signature}"),
            JwsError::Header(relyant_jose::header::HeaderError::MissingAlgorithm),
        ),
    ] {
        assert_eq!(refused(&changed), error, "{changed}");
        // What no signature decides is told without one, and of a MAC too.
        let form = (error != JwsError::BadSignature).then_some(error);
        assert_eq!(check_form(&changed).err(), form, "{changed}");
    }
    assert_eq!(check_form(&token), Ok(()));
    let mac = with_header(&token, r#"{"alg":"HS256"}"#);
    assert_eq!(check_form(&mac), Ok(()));
}

#[test]
fn another_payload_or_signature_does_not_verify() {
    let original = token(es256());
    let other = es256().sign(br#"{"sub":"adam"}"#, &Object::new()).unwrap();
    let other_parts: Vec<&str> = other.split('.').collect();
    assert_eq!(
        refused(&with_part(&original, 1, other_parts[1])),
        JwsError::BadSignature
    );
    assert_eq!(
        refused(&with_part(&original, 2, other_parts[2])),
        JwsError::BadSignature
    );
    assert_eq!(
        refused(&with_part(&original, 1, &base64url::encode(b"{}"))),
        JwsError::BadSignature
    );
}

#[test]
fn another_key_of_the_same_name_does_not_verify() {
    let attacker = SigningKey::generate(SignatureAlgorithm::Es256, KID).unwrap();
    assert_eq!(refused(&token(&attacker)), JwsError::BadSignature);
}

/// Every byte of the token counts: a change of any one is refused, whatever it is changed to.
// JO-10
#[test]
fn every_mutation_of_a_single_byte_is_refused() {
    for algorithm in [
        SignatureAlgorithm::Rs256,
        SignatureAlgorithm::Ps256,
        SignatureAlgorithm::Es256,
        SignatureAlgorithm::EdDsa,
    ] {
        let key = key(algorithm);
        let keys = set([key.public_jwk()]);
        let original = token(&key);
        assert!(verify(&original, &keys).is_ok());
        for position in 0..original.len() {
            for replacement in ["A", "_", "=", ".", " ", "~"] {
                let mut changed = original.clone();
                changed.replace_range(position..=position, replacement);
                assert!(
                    changed == original || verify(&changed, &keys).is_err(),
                    "{algorithm}: {changed}"
                );
            }
            let mut shorter = original.clone();
            shorter.remove(position);
            assert!(verify(&shorter, &keys).is_err(), "{algorithm}: {shorter}");
        }
    }
}

// JO-10
#[test]
fn the_unused_bits_of_each_part_are_no_second_spelling() {
    let key = key(SignatureAlgorithm::Es256);
    let original = token(&key);
    assert_eq!(
        original.len() - original.rfind('.').unwrap() - 1,
        86,
        "two characters more than 84: four unused bits"
    );
    let last = original.chars().last().unwrap();
    for other in ('A'..='Z')
        .chain('a'..='z')
        .chain('0'..='9')
        .chain(['-', '_'])
        .filter(|other| *other != last)
    {
        let mut changed = original.clone();
        changed.pop();
        changed.push(other);
        assert!(verify(&changed, &set([key.public_jwk()])).is_err());
    }
}

// JO-18
// RFC 8725 §2.3, RFC 7516 §9
#[test]
fn an_encrypted_token_is_refused_before_it_is_read() {
    for five in [
        "....",
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAA.AAAA.AAAA",
        "a.b.c.d.e",
    ] {
        assert_eq!(refused(five), JwsError::Encrypted);
    }
    let disguised = with_header(&token(es256()), r#"{"alg":"ES256","enc":"A256GCM"}"#);
    assert_eq!(
        refused(&disguised),
        JwsError::Header(relyant_jose::header::HeaderError::Encrypted)
    );
}

// JO-19
#[test]
fn missing_parts_are_answered() {
    for text in [
        "", ".", "..", "...", "....", ".....", "a", "a.", ".a", "a..", ".a.", "..a", "é.é.é",
        "\0.\0.\0",
    ] {
        assert!(UnverifiedJws::parse(text).is_err(), "{text}");
    }
}

// JO-21, FT-26
#[test]
fn the_length_comes_first() {
    for text in [
        "a".repeat(10 << 20),
        ".".repeat(100_000),
        "é".repeat(MAX_TOKEN_BYTES),
    ] {
        assert_eq!(UnverifiedJws::parse(&text).unwrap_err(), JwsError::TooLong);
    }
    let padding = |length: usize| es256().sign(&vec![b'x'; length], &Object::new()).unwrap();
    let longest = (0..300)
        .map(|shorter| padding(12_287 - shorter))
        .find(|token| token.len() <= MAX_TOKEN_BYTES)
        .unwrap();
    assert!(longest.len() > MAX_TOKEN_BYTES - 4);
    assert!(verify(&longest, &set([es256().public_jwk()])).is_ok());
    assert_eq!(refused(&padding(12_288)), JwsError::TooLong);
}

// JO-21
#[test]
fn deep_claims_are_refused_when_they_are_read() {
    let deep = es256()
        .sign(
            &[b"[".repeat(6_000), b"]".repeat(6_000)].concat(),
            &Object::new(),
        )
        .unwrap();
    let verified = verify(&deep, &set([es256().public_jwk()])).unwrap();
    assert_eq!(verified.claims().unwrap_err(), JsonError::TooDeep);
}

/// A text that one parser takes for compact and another for JSON: there is one parser here, and it takes compact only.
// JO-22
// RFC 7519 §7.2
#[test]
fn a_polyglot_is_refused() {
    let good = token(es256());
    let parts: Vec<&str> = good.split('.').collect();
    let forged = base64url::encode(br#"{"sub":"adam"}"#);
    let polyglot = format!(
        r#"{{"  {}.":"","protected":"{}","payload":"{}","signature":"{}"}}"#,
        [parts[0], &forged].join("."),
        parts[0],
        parts[1],
        parts[2]
    );
    assert_eq!(refused(&polyglot), JwsError::Base64Url);
}

// JO-22
#[test]
fn claims_are_those_that_were_signed() {
    let verified = verify(&token(es256()), &set([es256().public_jwk()])).unwrap();
    assert_eq!(verified.payload(), PAYLOAD);
    assert_eq!(verified.claims().unwrap(), object(r#"{"sub":"carol"}"#));
    let twice = es256()
        .sign(br#"{"sub":"carol","sub":"adam"}"#, &Object::new())
        .unwrap();
    let verified = verify(&twice, &set([es256().public_jwk()])).unwrap();
    assert_eq!(
        verified.claims().unwrap_err(),
        JsonError::DuplicateMember {
            name: "sub".to_owned()
        }
    );
}

// RFC 8725 §3.1
#[test]
fn rfc_8725_section_3_1_the_caller_says_which_algorithms_count() {
    let keys = set([es256().public_jwk()]);
    let token = token(es256());
    for allowed in [
        &[][..],
        &[SignatureAlgorithm::Rs256],
        &[SignatureAlgorithm::Es384, SignatureAlgorithm::EdDsa],
    ] {
        let refused = UnverifiedJws::parse(&token)
            .unwrap()
            .verify(&keys, allowed)
            .unwrap_err();
        assert_eq!(
            refused,
            JwsError::AlgorithmNotAllowed {
                got: SignatureAlgorithm::Es256
            }
        );
    }
    assert!(
        UnverifiedJws::parse(&token)
            .unwrap()
            .verify(&keys, &[SignatureAlgorithm::Es256])
            .is_ok()
    );
}

#[test]
fn debug_of_an_unverified_token_shows_its_header_alone() {
    let token = token(es256());
    let shown = format!("{:?}", UnverifiedJws::parse(&token).unwrap());
    assert!(shown.contains("Es256"), "{shown}");
    for part in token.split('.') {
        assert!(!shown.contains(part), "{shown}");
    }
    assert!(
        !shown.contains("payload") && !shown.contains("signature"),
        "{shown}"
    );
}

#[test]
fn debug_shows_no_payload() {
    let verified = verify(&token(es256()), &set([es256().public_jwk()])).unwrap();
    let shown = format!("{verified:?}");
    assert!(shown.starts_with("VerifiedJws(Header"), "{shown}");
    assert!(
        shown.ends_with("payload of 15 bytes, not shown)"),
        "{shown}"
    );
    assert!(!shown.contains("carol"), "{shown}");
}

proptest! {
    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        prop_assert!(UnverifiedJws::parse(&text).is_err());
    }

    #[test]
    fn any_three_parts_are_answered(header in r#"\{"alg":"(ES256|none|RS256)"(,"(kid|typ|crit|jwk)":("k"|1|\[\]))?\}"#, payload in any::<Vec<u8>>(), signature in any::<Vec<u8>>()) {
        let text = [header.as_bytes(), &payload, &signature].map(base64url::encode).join(".");
        let keys = set([es256().public_jwk()]);
        prop_assert!(verify(&text, &keys).is_err());
    }

    #[test]
    fn any_payload_comes_back(payload in any::<Vec<u8>>()) {
        let token = es256().sign(&payload, &Object::new()).unwrap();
        let verified = verify(&token, &set([es256().public_jwk()])).unwrap();
        prop_assert_eq!(verified.payload(), payload);
    }
}
