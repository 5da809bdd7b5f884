//! RFC 7516 §5.2: opening an encrypted token. Every pair of algorithms there and back; then one mutation, and one error.

use proptest::prelude::*;
use relyant_jose::base64url;
use relyant_jose::json::{Object, Value};
use relyant_jose::jwe::{
    ContentEncryptionAlgorithm as Enc, DecryptionKey, DecryptionKeys, EncryptError, EncryptedJwe,
    EncryptionKey, JweError, KeyManagementAlgorithm as Alg,
};
use relyant_jose::jwk::JwkError;
use relyant_jose::jws::{JwsError, UnverifiedJws};
use relyant_jose::limits::MAX_TOKEN_BYTES;

/// An RSA key of 2048 bits in PKCS #8, made for these tests.
const RSA: &[u8] = include_bytes!("rfc7515_appendix_a_2.der");

/// Private keys on each curve: `crv` and the members of the JWK.
const CURVES: [&str; 4] = [
    r#"{"kty":"EC","crv":"P-256","kid":"p256","x":"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ","y":"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck","d":"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw"}"#,
    r#"{"kty":"EC","crv":"P-384","kid":"p384","x":"YU4rRUzdmVqmRtWOs2OpDE_T5fsNIodcG8G5FWPrTPMyxpzsSOGaQLpe2FpxBmu2","y":"A8-yxCHxkfBz3hKZfI1jUYMjUhsEveZ9THuwFjH2sCNdtksRJU7D5-SkgaFL1ETP","d":"iTx2pk7wW-GqJkHcEkFQb2EFyYcO7RugmaW3mRrQVAOUiPommT0IdnYK2xDlZh-j"}"#,
    r#"{"kty":"EC","crv":"P-521","kid":"p521","x":"AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_oJXu9A5RkTKqjqvjyekWF-7ytDyRXYgCF5cj0Kt","y":"AdymlHvOiLxXkEhayXQnNCvDX4h9htZaCJN34kfmC6pV5OhQHiraVySsUdaQkAgDPrwQrJmbnX9cwlGfP-HqHZR1","d":"AAhRON2r9cqXX1hg-RoI6R1tX5p2rUAYdmpHZoC1XNM56KtscrX6zbKipQrCW9CGZH3T4ubpnoTKLDYJ_fF3_rJt"}"#,
    r#"{"kty":"OKP","crv":"X25519","kid":"x25519","x":"hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo","d":"dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo"}"#,
];

fn object(text: &str) -> Object {
    relyant_jose::json::parse_object(text.as_bytes()).unwrap()
}

/// A key of ours and its public half, as a sender has it.
fn pair(key: DecryptionKey) -> (DecryptionKeys, EncryptionKey) {
    let public = EncryptionKey::from_jwk(key.public_jwk().unwrap()).unwrap();
    (DecryptionKeys::new(vec![key]), public)
}

fn curve(index: usize) -> DecryptionKey {
    DecryptionKey::from_jwk(&object(CURVES[index])).unwrap()
}

fn rsa() -> DecryptionKey {
    DecryptionKey::from_pkcs8(None, RSA).unwrap()
}

fn seal(key: &EncryptionKey, alg: Alg, enc: Enc, content: &[u8]) -> String {
    key.encrypt(alg, enc, content, &Object::new()).unwrap()
}

fn open(keys: &DecryptionKeys, token: &str) -> Result<String, JweError> {
    let opened = EncryptedJwe::parse(token)?.decrypt(keys)?;
    Ok(opened.nested().unwrap().to_owned())
}

fn every_pair(mut check: impl FnMut(&DecryptionKeys, &EncryptionKey, Alg)) {
    let (keys, public) = pair(rsa());
    check(&keys, &public, Alg::RsaOaep);
    check(&keys, &public, Alg::RsaOaep256);
    for index in 0..CURVES.len() {
        let (keys, public) = pair(curve(index));
        for alg in [Alg::EcdhEs, Alg::EcdhEsA128Kw, Alg::EcdhEsA256Kw] {
            check(&keys, &public, alg);
        }
    }
}

// RFC 7516 §5.1, §7.1, RFC 7518 §4.3, §4.4, §4.5, §4.6, §5.2, §5.3, RFC 3394 §2.2.1, §2.2.2
#[test]
fn every_pair_of_algorithms_there_and_back() {
    every_pair(|keys, public, alg| {
        for enc in Enc::ALL {
            for content in [
                "",
                "a",
                "exactly sixteen.",
                "more than one block of content",
            ] {
                let token = seal(public, alg, *enc, content.as_bytes());
                assert_eq!(open(keys, &token).as_deref(), Ok(content), "{alg} {enc}");
            }
        }
    });
}

#[test]
fn a_shared_secret_fits_the_one_length_that_it_has() {
    for enc in Enc::ALL {
        let secret = vec![7; enc.key_bytes()];
        let token = seal(&EncryptionKey::shared(&secret), Alg::Direct, *enc, b"ale");
        let keys = |secret: &[u8]| DecryptionKeys::new(vec![DecryptionKey::shared(secret)]);
        assert_eq!(open(&keys(&secret), &token).as_deref(), Ok("ale"));
        assert_eq!(
            open(&keys(&[secret.clone(), vec![7]].concat()), &token),
            Err(JweError::NoFittingKey)
        );
        assert_eq!(
            open(&keys(&vec![8; enc.key_bytes()]), &token),
            Err(JweError::NotDecrypted)
        );
    }
}

// JO-12, JO-13, JO-14, JO-19
// RFC 7516 §11.5, RFC 7518 §5.2.2.2
#[test]
fn whatever_was_changed_there_is_one_error() {
    every_pair(|keys, public, alg| {
        for enc in [Enc::A128Gcm, Enc::A256CbcHs512] {
            let token = seal(public, alg, enc, b"a hoppy one");
            let parts: Vec<&str> = token.split('.').collect();
            for part in 1..5 {
                let bytes = base64url::decode(parts[part]).unwrap();
                for (what, changed) in changes(&bytes) {
                    let mut parts = parts.clone();
                    let text = base64url::encode(&changed);
                    parts[part] = &text;
                    assert_eq!(
                        open(keys, &parts.join(".")),
                        Err(JweError::NotDecrypted),
                        "{alg} {enc}, part {part}: {what}"
                    );
                }
            }
        }
    });
}

/// Each form of a part that isn't it: a bit flipped at both ends and in the middle, shorter, longer, none.
fn changes(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let flipped = |position: usize| {
        let mut changed = bytes.to_vec();
        changed[position] ^= 1;
        changed
    };
    let mut changes = vec![("one byte more", [bytes, &[0]].concat())];
    if let Some(last) = bytes.len().checked_sub(1) {
        changes.extend([
            ("the first byte", flipped(0)),
            ("the middle byte", flipped(last / 2)),
            ("the last byte", flipped(last)),
            ("one byte less", bytes[..last].to_vec()),
            ("half of it", bytes[..last / 2].to_vec()),
            ("none of it", Vec::new()),
        ]);
    }
    changes
}

// RFC 7518 §4.4, §4.6
#[test]
fn a_wrapped_key_is_eight_bytes_longer_and_an_agreed_one_does_not_travel() {
    let (_, public) = pair(curve(0));
    for enc in [Enc::A128Gcm, Enc::A256CbcHs512] {
        for (alg, expected) in [
            (Alg::EcdhEs, 0),
            (Alg::EcdhEsA128Kw, enc.key_bytes() + 8),
            (Alg::EcdhEsA256Kw, enc.key_bytes() + 8),
        ] {
            let token = seal(&public, alg, enc, b"ale");
            let encrypted_key = token.split('.').nth(1).unwrap();
            let bytes = base64url::decode(encrypted_key).unwrap().len();
            assert_eq!(bytes, expected, "{alg} {enc}");
        }
    }
}

#[test]
fn an_algorithm_needs_its_own_kind_of_key() {
    let keys = [
        pair(rsa()).1,
        pair(curve(0)).1,
        EncryptionKey::shared(&[7; 16]),
    ];
    for (key, alg) in keys.iter().zip([Alg::EcdhEs, Alg::Direct, Alg::RsaOaep]) {
        let refused = key.encrypt(alg, Enc::A128Gcm, b"ale", &Object::new());
        assert_eq!(refused, Err(EncryptError::AlgorithmMismatch { got: alg }));
    }
}

// JO-13
// RFC 7516 §11.5
#[test]
fn what_is_sealed_under_the_decoy_does_not_open() {
    let (keys, _) = pair(rsa());
    for enc in [Enc::A256Gcm, Enc::A128CbcHs256, Enc::A256CbcHs512] {
        let zeros = EncryptionKey::shared(&vec![0; enc.key_bytes()]);
        let mut header = Object::new();
        header.insert("alg".to_owned(), Value::from("RSA-OAEP-256"));
        let token = zeros.encrypt(Alg::Direct, enc, b"ale", &header).unwrap();
        for encrypted_key in ["", "AAAA", &base64url::encode(&[1; 256])] {
            let forged = token.replacen("..", &format!(".{encrypted_key}."), 1);
            assert_eq!(open(&keys, &forged), Err(JweError::NotDecrypted), "{enc}");
        }
    }
}

#[test]
fn the_header_is_authenticated() {
    let (keys, public) = pair(rsa());
    let token = seal(&public, Alg::RsaOaep256, Enc::A256Gcm, b"ale");
    let (header, rest) = token.split_once('.').unwrap();
    let mut members = object(&String::from_utf8(base64url::decode(header).unwrap()).unwrap());
    members.insert("cty".to_owned(), Value::from("JWT"));
    let changed = base64url::encode(Value::Object(members).to_string().as_bytes());
    assert_eq!(
        open(&keys, &format!("{changed}.{rest}")),
        Err(JweError::NotDecrypted)
    );
}

#[test]
fn a_token_to_somebody_else_does_not_open() {
    let (_, public) = pair(curve(0));
    let stranger = DecryptionKey::from_jwk(&object(&CURVES[1].replace("p384", "p256"))).unwrap();
    let token = seal(&public, Alg::EcdhEs, Enc::A128Gcm, b"ale");
    // The ephemeral key is on another curve than the key of that name.
    assert_eq!(
        open(&DecryptionKeys::new(vec![stranger]), &token),
        Err(JweError::NotDecrypted)
    );
}

#[test]
fn the_header_chooses_one_key() {
    let mut unnamed = rsa().public_jwk().unwrap().clone();
    unnamed.remove("kid");
    let public = EncryptionKey::from_jwk(&unnamed).unwrap();
    let without_kid = seal(&public, Alg::RsaOaep, Enc::A128Gcm, b"ale");
    let named = |kid: &str| {
        let header = object(&format!(r#"{{"kid":"{kid}"}}"#));
        public
            .encrypt(Alg::RsaOaep, Enc::A128Gcm, b"ale", &header)
            .unwrap()
    };
    let ours = |kids: &[&str]| {
        let key = |kid: &&str| DecryptionKey::from_pkcs8(Some(kid), RSA).unwrap();
        DecryptionKeys::new(kids.iter().map(key).collect())
    };
    assert_eq!(open(&ours(&["a"]), &without_kid).as_deref(), Ok("ale"));
    assert_eq!(
        open(&ours(&["a", "b"]), &without_kid),
        Err(JweError::AmbiguousKey)
    );
    assert_eq!(open(&ours(&["a", "b"]), &named("b")).as_deref(), Ok("ale"));
    assert_eq!(
        open(&ours(&["a", "b"]), &named("c")),
        Err(JweError::UnknownKid {
            kid: "c".to_owned()
        })
    );
    assert_eq!(open(&ours(&[]), &without_kid), Err(JweError::NoFittingKey));
    // JO-05: a key of that name, but of another kind.
    let other = DecryptionKey::from_jwk(&object(CURVES[0])).unwrap();
    assert_eq!(
        open(&DecryptionKeys::new(vec![other]), &named("p256")),
        Err(JweError::NoFittingKey)
    );
}

// JO-05
// RFC 8725 §3.1
#[test]
fn a_key_keeps_to_what_its_jwk_says() {
    let with = |member: &str, value: Value| {
        let mut jwk = object(CURVES[0]);
        jwk.insert(member.to_owned(), value);
        DecryptionKey::from_jwk(&jwk)
    };
    let used = |got: &str| JwkError::Use {
        got: got.to_owned(),
    };
    assert_eq!(with("use", Value::from("sig")).unwrap_err(), used("sig"));
    assert!(with("use", Value::from("enc")).is_ok());
    assert!(with("key_ops", serde_json::json!(["deriveKey"])).is_ok());
    assert_eq!(
        with("key_ops", serde_json::json!(["verify"])).unwrap_err(),
        JwkError::KeyOperations
    );
    for alg in ["RSA-OAEP", "ES256", "dir", "RSA1_5"] {
        let error = JwkError::UnknownAlgorithm {
            got: alg.to_owned(),
        };
        assert_eq!(with("alg", Value::from(alg)).unwrap_err(), error);
    }
    let (keys, public) = pair(with("alg", Value::from("ECDH-ES")).unwrap());
    let token = |alg| seal(&public, alg, Enc::A128Gcm, b"ale");
    assert_eq!(open(&keys, &token(Alg::EcdhEs)).as_deref(), Ok("ale"));
    assert_eq!(
        open(&keys, &token(Alg::EcdhEsA128Kw)),
        Err(JweError::NoFittingKey)
    );
}

#[test]
fn halves_of_a_key_belong_together() {
    let mut jwk = object(CURVES[0]);
    jwk.insert("d".to_owned(), Value::from(base64url::encode(&[1; 32])));
    assert_eq!(
        DecryptionKey::from_jwk(&jwk).unwrap_err(),
        JwkError::InvalidPoint
    );
    assert_eq!(
        DecryptionKey::from_pkcs8(None, b"no key").unwrap_err(),
        JwkError::RefusedByCrypto
    );
}

#[test]
fn a_public_jwk_says_nothing_private() {
    for key in [rsa(), curve(0), curve(3)] {
        let public = key.public_jwk().unwrap();
        assert_eq!(public["use"], "enc");
        assert_eq!(public["kid"], key.kid().unwrap());
        for member in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(!public.contains_key(member), "{member}");
        }
        assert!(format!("{key:?}").contains("private key not shown"));
    }
}

// JO-18
// RFC 7519 §5.2
#[test]
fn to_decrypt_is_not_to_verify() {
    let (keys, public) = pair(rsa());
    let forged = seal(&public, Alg::RsaOaep, Enc::A128Gcm, br#"{"sub":"admin"}"#);
    assert_eq!(
        UnverifiedJws::parse(&forged).err(),
        Some(JwsError::Encrypted)
    );
    let opened = open(&keys, &forged).unwrap();
    assert_eq!(
        UnverifiedJws::parse(&opened).err(),
        Some(JwsError::NotCompact)
    );
}

// JO-19, JO-21
#[test]
fn what_is_no_token_is_refused() {
    for text in ["", ".", "....", "a.b.c", "a.b.c.d", "a.b.c.d.e.f", "{}"] {
        assert!(EncryptedJwe::parse(text).is_err(), "{text}");
    }
    assert_eq!(
        EncryptedJwe::parse(&".".repeat(MAX_TOKEN_BYTES)).unwrap_err(),
        JweError::NotCompact
    );
    assert_eq!(
        EncryptedJwe::parse(&"a".repeat(MAX_TOKEN_BYTES + 1)).unwrap_err(),
        JweError::TooLong
    );
}

proptest! {
    #[test]
    fn any_text_is_answered(text in "[A-Za-z0-9_=.-]{0,200}|.{0,60}") {
        prop_assert!(EncryptedJwe::parse(&text).is_err());
    }

    #[test]
    fn any_parts_are_answered(parts in proptest::collection::vec(any::<Vec<u8>>(), 4), alg in 0..6_usize, enc in 0..6_usize) {
        let (alg, enc) = (Alg::ALL[alg], Enc::ALL[enc]);
        let header = serde_json::json!({"alg": alg.name(), "enc": enc.name()}).to_string();
        let mut token = base64url::encode(header.as_bytes());
        for part in &parts {
            token.push('.');
            token.push_str(&base64url::encode(part));
        }
        let keys = DecryptionKeys::new(vec![rsa(), curve(0), DecryptionKey::shared(&[7; 32])]);
        prop_assert!(EncryptedJwe::parse(&token).unwrap().decrypt(&keys).is_err());
    }
}
