//! RFC 7518 §6 and RFC 8037 §2: private JWKs. A good key, one change, and why it can't sign any more.

use proptest::prelude::*;
use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::base64url;
use relyant_jose::json::{Object, Value};
use relyant_jose::jwk::JwkError;
use relyant_jose::sign::{SignError, SigningKey};
use relyant_jose::thumbprint::thumbprint;
use serde_json::json;

use crate::private_keys::{ED25519, P256, curve_keys, rsa_jwk, with};
use crate::tokens::{PAYLOAD, object, set, token, verify};

fn refused(jwk: &Object, changes: &Value) -> SignError {
    SigningKey::from_jwk(&with(jwk, changes), None).unwrap_err()
}

/// The public half of the JWK, as somebody else would have it.
fn public(jwk: &Object) -> Object {
    with(
        jwk,
        &json!({"d": null, "p": null, "q": null, "dp": null, "dq": null, "qi": null}),
    )
}

/// One good private JWK of each kind, with the algorithm that it signs with if nothing says otherwise.
fn all() -> Vec<(SignatureAlgorithm, Object)> {
    let curves = curve_keys().map(|(algorithm, key)| (algorithm, key.jwk));
    let others = [
        (SignatureAlgorithm::Rs256, rsa_jwk()),
        (SignatureAlgorithm::Es256, object(P256)),
        (SignatureAlgorithm::EdDsa, object(ED25519)),
    ];
    curves.into_iter().chain(others).collect()
}

#[test]
fn a_key_of_each_kind_signs_what_its_public_half_verifies() {
    for (algorithm, jwk) in all() {
        let key = SigningKey::from_jwk(&jwk, None).unwrap();
        assert_eq!(key.algorithm(), algorithm);
        assert_eq!(key.kid(), thumbprint(&public(&jwk)).unwrap());
        let published = with(&public(&jwk), &json!({ "kid": key.kid() }));
        let verified = verify(&token(&key), &set([published])).unwrap();
        assert_eq!(verified.payload(), PAYLOAD);
        for (member, value) in public(&jwk) {
            assert_eq!(key.public_jwk()[&member], value, "{algorithm} {member}");
        }
    }
}

#[test]
fn the_name_is_the_jwk_s_own() {
    let named = with(&object(P256), &json!({"kid": "beer-1"}));
    let key = SigningKey::from_jwk(&named, None).unwrap();
    assert_eq!(
        (key.kid(), &key.public_jwk()["kid"]),
        ("beer-1", &json!("beer-1"))
    );
    assert_eq!(
        refused(&named, &json!({"kid": "k".repeat(257)})),
        SignError::Jwk(JwkError::KidTooLong)
    );
    assert_eq!(
        refused(&named, &json!({"kid": 1})),
        SignError::Jwk(JwkError::WrongType { member: "kid" })
    );
}

#[test]
fn the_algorithm_is_the_one_that_is_asked_for_or_the_key_s_own() {
    use SignatureAlgorithm as A;
    for (jwk, alg, asked, expected) in [
        (rsa_jwk(), json!(null), None, Ok(A::Rs256)),
        (rsa_jwk(), json!("PS384"), None, Ok(A::Ps384)),
        (rsa_jwk(), json!(null), Some(A::Ps256), Ok(A::Ps256)),
        (rsa_jwk(), json!("PS256"), Some(A::Ps256), Ok(A::Ps256)),
        (rsa_jwk(), json!("PS256"), Some(A::Rs256), Err(A::Rs256)),
        (rsa_jwk(), json!(null), Some(A::Es256), Err(A::Es256)),
        (object(P256), json!("ES256"), None, Ok(A::Es256)),
        (object(P256), json!("ES384"), None, Err(A::Es384)),
        (object(P256), json!(null), Some(A::Es512), Err(A::Es512)),
        (object(ED25519), json!("Ed25519"), None, Ok(A::Ed25519)),
        (
            object(ED25519),
            json!("EdDSA"),
            Some(A::Ed25519),
            Ok(A::Ed25519),
        ),
        (object(ED25519), json!(null), Some(A::Rs256), Err(A::Rs256)),
    ] {
        let outcome = SigningKey::from_jwk(&with(&jwk, &json!({ "alg": alg })), asked);
        assert_eq!(
            outcome.map(|key| key.algorithm()),
            expected.map_err(|got| SignError::Jwk(JwkError::AlgorithmMismatch { got })),
            "{alg} {asked:?}"
        );
    }
    for got in ["HS256", "none", "RSA-OAEP", "es256"] {
        let unknown = JwkError::UnknownAlgorithm {
            got: got.to_owned(),
        };
        assert_eq!(
            refused(&object(P256), &json!({ "alg": got })),
            SignError::Jwk(unknown)
        );
    }
}

// JO-05
#[test]
fn a_key_that_is_for_something_else_does_not_sign() {
    let good = with(&object(P256), &json!({"use": "sig", "key_ops": ["sign"]}));
    assert!(SigningKey::from_jwk(&good, None).is_ok());
    for (changes, error) in [
        (
            json!({"use": "enc"}),
            JwkError::Use {
                got: "enc".to_owned(),
            },
        ),
        (json!({"key_ops": ["verify"]}), JwkError::KeyOperations),
        (json!({"key_ops": []}), JwkError::KeyOperations),
        (
            json!({"key_ops": ["sign", "sign"]}),
            JwkError::KeyOperations,
        ),
        (
            json!({"key_ops": ["sign", "deriveKey"]}),
            JwkError::KeyOperations,
        ),
        (
            json!({"key_ops": "sign"}),
            JwkError::WrongType { member: "key_ops" },
        ),
    ] {
        assert_eq!(refused(&good, &changes), SignError::Jwk(error), "{changes}");
    }
    assert!(
        SigningKey::from_jwk(&with(&good, &json!({"key_ops": ["sign", "verify"]})), None).is_ok()
    );
}

#[test]
fn each_private_member_must_be_there_and_be_base64url() {
    let members: [(Object, &[&'static str]); 3] = [
        (rsa_jwk(), &["n", "e", "d", "p", "q", "dp", "dq", "qi"]),
        (object(P256), &["x", "y", "d"]),
        (object(ED25519), &["x", "d"]),
    ];
    for (jwk, members) in members {
        for member in members {
            for (value, error) in [
                (Value::Null, JwkError::Missing { member }),
                (json!("A="), JwkError::Base64Url { member }),
                (json!(1), JwkError::WrongType { member }),
            ] {
                let changes = json!({ *member: value });
                assert_eq!(refused(&jwk, &changes), SignError::Jwk(error), "{member}");
            }
        }
    }
}

/// The base64url text with the last bit of its first byte turned.
fn turned(text: &Value) -> String {
    let mut octets = base64url::decode(text.as_str().unwrap()).unwrap();
    octets[0] ^= 1;
    base64url::encode(&octets)
}

#[test]
fn the_private_half_must_be_that_of_the_public_one() {
    for member in ["d", "p", "q", "dp", "dq", "qi"] {
        let jwk = rsa_jwk();
        let changes = json!({ member: turned(&jwk[member]) });
        assert_eq!(
            refused(&jwk, &changes),
            SignError::PrivateMembers,
            "{member}"
        );
    }
    for (algorithm, jwk) in all() {
        let changes = json!({ "d": turned(&jwk["d"]) });
        assert_eq!(
            refused(&jwk, &changes),
            SignError::PrivateMembers,
            "{algorithm}"
        );
    }
    let (first, second) = (curve_keys(), curve_keys());
    for ((algorithm, one), (_, other)) in first.iter().zip(&second) {
        let changes = json!({ "d": other.jwk["d"] });
        assert_eq!(
            refused(&one.jwk, &changes),
            SignError::PrivateMembers,
            "{algorithm}"
        );
    }
}

#[test]
fn the_private_number_has_the_length_of_the_curve() {
    for jwk in [object(P256), object(ED25519)] {
        let octets = base64url::decode(jwk["d"].as_str().unwrap()).unwrap();
        let longer = [octets.as_slice(), &[0]].concat();
        let padded = [&[0], octets.as_slice()].concat();
        for octets in [&[][..], &octets[1..], &octets[..31], &longer, &padded] {
            let changes = json!({ "d": base64url::encode(octets) });
            assert_eq!(refused(&jwk, &changes), SignError::PrivateMembers);
        }
    }
    for edge in [
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "__________________________________________8",
    ] {
        assert_eq!(
            refused(&object(P256), &json!({ "d": edge })),
            SignError::PrivateMembers
        );
    }
}

// JO-07
#[test]
fn a_public_half_that_no_verifier_takes_signs_nothing() {
    let jwk = rsa_jwk();
    assert_eq!(
        refused(&jwk, &json!({"e": "AQ"})),
        SignError::Jwk(JwkError::RsaExponent)
    );
    assert_eq!(
        refused(&jwk, &json!({"kty": "oct"})),
        SignError::Jwk(JwkError::UnsupportedKeyType {
            got: "oct".to_owned()
        })
    );
    for curve in ["Ed448", "X25519"] {
        assert_eq!(
            refused(&object(ED25519), &json!({ "crv": curve })),
            SignError::Jwk(JwkError::UnsupportedCurve {
                got: curve.to_owned()
            })
        );
    }
}

// OP-01
#[test]
fn neither_debug_nor_an_error_shows_a_private_member() {
    for (_, jwk) in all() {
        let key = SigningKey::from_jwk(&jwk, None).unwrap();
        let error = refused(&jwk, &json!({ "d": turned(&jwk["d"]) }));
        let shown = format!("{key:?} {error} {error:?}");
        for member in ["d", "p", "q", "dp", "dq", "qi"] {
            let secret = jwk.get(member).and_then(Value::as_str);
            assert!(
                secret.is_none_or(|secret| !shown.contains(secret)),
                "{shown}"
            );
        }
        assert!(shown.contains("private key not shown"), "{shown}");
    }
}

proptest! {
    #[test]
    fn any_members_are_read_or_refused(
        member in prop::sample::select(vec!["kty", "crv", "x", "y", "d", "alg", "use", "key_ops", "kid"]),
        text in "[A-Za-z0-9_-]{0,60}",
    ) {
        let outcome = SigningKey::from_jwk(&with(&object(P256), &json!({ member: text })), None);
        if let Ok(key) = outcome {
            prop_assert_eq!(key.algorithm(), SignatureAlgorithm::Es256);
        }
    }
}
