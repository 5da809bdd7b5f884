//! RFC 7517 §5: JWK Sets, which keys of one are used, and which one a token means.

use proptest::prelude::*;
use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::json::{JsonError, Object, Value};
use relyant_jose::jwk::JwkError;
use relyant_jose::jwk_set::{JwkSet, JwkSetError, SkippedKey};
use relyant_jose::jws::JwsError;
use relyant_jose::limits::{MAX_JSON_BYTES, MAX_KEYS};
use relyant_jose::sign::SigningKey;

use crate::tokens::{KID, PAYLOAD, es256, jwk_with, key, object, set, set_text, token, verify};

fn refused(text: &str) -> JwkSetError {
    JwkSet::parse(text.as_bytes()).unwrap_err()
}

#[test]
fn a_set_is_an_object_with_an_array_of_keys() {
    assert_eq!(JwkSet::parse(br#"{"keys":[]}"#).unwrap().keys().len(), 0);
    assert!(JwkSet::parse(br#"{"keys":[],"org.example":1}"#).is_ok());
    for (text, error) in [
        ("{}", JwkSetError::NoKeys),
        (r#"{"keys":{}}"#, JwkSetError::NoKeys),
        (r#"{"keys":null}"#, JwkSetError::NoKeys),
        (r#"{"Keys":[]}"#, JwkSetError::NoKeys),
        ("[]", JwkSetError::Json(JsonError::NotAnObject)),
        (
            "<html>",
            JwkSetError::Json(JsonError::Syntax { line: 1, column: 1 }),
        ),
        (
            r#"{"keys":[],"keys":[]}"#,
            JwkSetError::Json(JsonError::DuplicateMember {
                name: "keys".to_owned(),
            }),
        ),
        (
            r#"{"keys":[{"kty":"RSA","kty":"EC"}]}"#,
            JwkSetError::Json(JsonError::DuplicateMember {
                name: "kty".to_owned(),
            }),
        ),
    ] {
        assert_eq!(refused(text), error, "{text}");
    }
}

// FT-19
#[test]
fn a_set_is_bounded() {
    let keys = |count: usize| {
        serde_json::json!({ "keys": vec![serde_json::json!({}); count] }).to_string()
    };
    assert_eq!(
        JwkSet::parse(keys(MAX_KEYS).as_bytes())
            .unwrap()
            .skipped()
            .len(),
        MAX_KEYS
    );
    assert_eq!(
        refused(&keys(MAX_KEYS + 1)),
        JwkSetError::TooManyKeys { got: MAX_KEYS + 1 }
    );
    assert_eq!(
        refused(&keys(10_000)),
        JwkSetError::TooManyKeys { got: 10_000 }
    );
    assert_eq!(
        refused(&" ".repeat(MAX_JSON_BYTES + 1)),
        JwkSetError::Json(JsonError::TooLong)
    );
}

// JO-25, FT-18
// RFC 9964 §3
#[test]
fn unusable_keys_are_skipped_and_the_good_one_works() {
    let text = serde_json::json!({ "keys": [
        {"kty": "AKP", "alg": "ML-DSA-44", "kid": "pq", "pub": "AAAA"},
        {"kty": "EC", "crv": "P-999", "kid": "odd", "x": "AAAA", "y": "AAAA"},
        {"kty": "RSA", "e": "AQAB"},
        "key",
        {"kty": "oct", "k": "AAAA", "kid": "shared"},
        es256().public_jwk(),
        {"kty": "RSA", "use": "enc", "kid": 7},
    ]});
    let keys = JwkSet::parse(text.to_string().as_bytes()).unwrap();
    assert_eq!(keys.keys().len(), 1);
    assert!(verify(&token(es256()), &keys).is_ok());
    let skipped = |index, kid: Option<&str>, reason| SkippedKey {
        index,
        kid: kid.map(str::to_owned),
        reason,
    };
    assert_eq!(
        keys.skipped(),
        [
            skipped(
                0,
                Some("pq"),
                JwkError::UnsupportedKeyType {
                    got: "AKP".to_owned()
                }
            ),
            skipped(
                1,
                Some("odd"),
                JwkError::UnsupportedCurve {
                    got: "P-999".to_owned()
                }
            ),
            skipped(2, None, JwkError::Missing { member: "n" }),
            skipped(3, None, JwkError::NotAnObject),
            skipped(
                4,
                Some("shared"),
                JwkError::SecretKeyMaterial { member: "k" }
            ),
            skipped(6, None, JwkError::WrongType { member: "kid" }),
        ]
    );
}

// JO-06
#[test]
fn one_kid_twice_for_one_algorithm_refuses_the_set() {
    let other = SigningKey::generate(SignatureAlgorithm::Es256, KID).unwrap();
    let duplicate = JwkSetError::DuplicateKid {
        kid: KID.to_owned(),
    };
    assert_eq!(
        refused(&set_text([es256().public_jwk(), other.public_jwk()])),
        duplicate
    );
    assert_eq!(
        refused(&set_text([es256().public_jwk(), es256().public_jwk()])),
        duplicate
    );
    assert_eq!(
        refused(&set_text([
            es256().public_jwk(),
            jwk_with(&other, r#"{"alg":null}"#)
        ])),
        duplicate
    );
}

// JO-06
#[test]
fn one_kid_for_different_algorithms_is_told_apart_by_them() {
    let (rs256, es384) = (
        key(SignatureAlgorithm::Rs256),
        key(SignatureAlgorithm::Es384),
    );
    let keys = set([rs256.public_jwk(), es256().public_jwk(), es384.public_jwk()]);
    for key in [&rs256, es256(), &es384] {
        assert!(verify(&token(key), &keys).is_ok(), "{}", key.algorithm());
    }
}

// JO-06
#[test]
fn a_skipped_key_of_the_same_name_does_not_count() {
    let other = SigningKey::generate(SignatureAlgorithm::Es256, KID).unwrap();
    let keys = set([jwk_with(&other, r#"{"use":"enc"}"#), es256().public_jwk()]);
    assert!(verify(&token(es256()), &keys).is_ok());
}

// RFC 7515 §6
#[test]
fn an_unknown_kid_is_told_from_a_key_that_does_not_fit() {
    let named = |kid: &str| {
        es256()
            .sign(PAYLOAD, &object(&format!(r#"{{"kid":"{kid}"}}"#)))
            .unwrap()
    };
    let keys = set([es256().public_jwk(), object(r#"{"kty":"AKP","kid":"pq"}"#)]);
    assert!(keys.has_kid(KID) && keys.has_kid("pq") && !keys.has_kid("new"));
    assert_eq!(
        verify(&named("new"), &keys).unwrap_err(),
        JwsError::UnknownKid {
            kid: "new".to_owned()
        }
    );
    assert_eq!(
        verify(&named("pq"), &keys).unwrap_err(),
        JwsError::NoFittingKey
    );
    let other = set([key(SignatureAlgorithm::Rs256).public_jwk()]);
    assert_eq!(
        verify(&token(es256()), &other).unwrap_err(),
        JwsError::NoFittingKey
    );
}

// DK-07
#[test]
fn without_a_kid_one_key_must_fit() {
    let unnamed = es256().sign(PAYLOAD, &object(r#"{"kid":null}"#)).unwrap();
    let other = SigningKey::generate(SignatureAlgorithm::Es256, "brewery-2").unwrap();
    let rsa = key(SignatureAlgorithm::Rs256);
    assert!(verify(&unnamed, &set([es256().public_jwk()])).is_ok());
    assert!(verify(&unnamed, &set([rsa.public_jwk(), es256().public_jwk()])).is_ok());
    assert!(verify(&unnamed, &set([jwk_with(es256(), r#"{"kid":null}"#)])).is_ok());
    assert_eq!(
        verify(&unnamed, &set([es256().public_jwk(), other.public_jwk()])).unwrap_err(),
        JwsError::AmbiguousKey
    );
    assert_eq!(
        verify(&unnamed, &set([rsa.public_jwk()])).unwrap_err(),
        JwsError::NoFittingKey
    );
    assert_eq!(
        verify(&unnamed, &set([])).unwrap_err(),
        JwsError::NoFittingKey
    );
}

#[test]
fn a_kid_is_not_ignored_where_the_key_has_none() {
    let keys = set([jwk_with(es256(), r#"{"kid":null}"#)]);
    assert_eq!(
        verify(&token(es256()), &keys).unwrap_err(),
        JwsError::UnknownKid {
            kid: KID.to_owned()
        }
    );
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let _ = JwkSet::parse(&bytes);
    }

    #[test]
    fn every_element_is_used_or_skipped(kinds in proptest::collection::vec(0..4_u32, 0..20)) {
        let elements: Vec<Value> = kinds.iter().enumerate().map(|(index, kind)| match kind {
            0 => Value::Object(jwk_with(es256(), &format!(r#"{{"kid":"{index}"}}"#))),
            1 => Value::Object(Object::new()),
            2 => Value::from("key"),
            _ => serde_json::json!({"kty": "oct", "k": "AAAA"}),
        }).collect();
        let keys = JwkSet::parse(serde_json::json!({ "keys": elements }).to_string().as_bytes()).unwrap();
        prop_assert_eq!(keys.keys().len() + keys.skipped().len(), kinds.len());
        prop_assert_eq!(keys.keys().len(), kinds.iter().filter(|kind| **kind == 0).count());
    }
}
