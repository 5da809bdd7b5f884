//! RFC 7517 §4: one JWK. A good key, one change, and why it can't verify any more.

use proptest::prelude::*;
use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::json::{Object, Value};
use relyant_jose::jwk::{JwkError, VerificationKey};
use relyant_jose::sign::SigningKey;

use crate::tokens::{es256, jwk_with, key};

fn outcome(key: &SigningKey, changes: &str) -> Result<VerificationKey, JwkError> {
    VerificationKey::from_jwk(&jwk_with(key, changes))
}

fn refused(key: &SigningKey, changes: &str) -> JwkError {
    outcome(key, changes).unwrap_err()
}

#[test]
fn a_key_fits_what_its_type_and_curve_can() {
    use SignatureAlgorithm as A;
    for (algorithm, fitting) in [
        (
            A::Rs256,
            &[A::Rs256, A::Rs384, A::Rs512, A::Ps256, A::Ps384, A::Ps512][..],
        ),
        (A::Es256, &[A::Es256]),
        (A::Es384, &[A::Es384]),
        (A::Es512, &[A::Es512]),
        (A::EdDsa, &[A::EdDsa, A::Ed25519]),
    ] {
        let free = outcome(&key(algorithm), r#"{"alg":null}"#).unwrap();
        for other in A::ALL {
            assert_eq!(
                free.fits(*other),
                fitting.contains(other),
                "{algorithm} {other}"
            );
        }
    }
}

// JO-05
#[test]
fn alg_leaves_one_algorithm() {
    for algorithm in SignatureAlgorithm::ALL {
        let pinned = outcome(&key(*algorithm), "{}").unwrap();
        for other in SignatureAlgorithm::ALL {
            assert_eq!(
                pinned.fits(*other),
                other.is_among(&[*algorithm]),
                "{algorithm} {other}"
            );
        }
    }
}

// JO-05
#[test]
fn section_4_1_kty() {
    let unsupported = |got: &str| JwkError::UnsupportedKeyType {
        got: got.to_owned(),
    };
    for kty in ["ec", "rsa", "oct", "AKP", ""] {
        assert_eq!(
            refused(es256(), &format!(r#"{{"kty":"{kty}"}}"#)),
            unsupported(kty)
        );
    }
    assert_eq!(
        refused(es256(), r#"{"kty":"RSA"}"#),
        JwkError::Missing { member: "n" }
    );
    assert_eq!(
        refused(es256(), r#"{"kty":"OKP"}"#),
        JwkError::UnsupportedCurve {
            got: "P-256".to_owned()
        }
    );
    assert_eq!(
        refused(es256(), r#"{"kty":null}"#),
        JwkError::Missing { member: "kty" }
    );
    assert_eq!(
        refused(es256(), r#"{"kty":["EC"]}"#),
        JwkError::WrongType { member: "kty" }
    );
}

// JO-05
#[test]
fn section_4_2_use() {
    assert!(outcome(es256(), r#"{"use":null}"#).is_ok());
    for got in ["enc", "SIG", "", "sign"] {
        assert_eq!(
            refused(es256(), &format!(r#"{{"use":"{got}"}}"#)),
            JwkError::Use {
                got: got.to_owned()
            }
        );
    }
    assert_eq!(
        refused(es256(), r#"{"use":["sig"]}"#),
        JwkError::WrongType { member: "use" }
    );
}

// JO-05
#[test]
fn section_4_3_key_ops() {
    for operations in [r#"["verify"]"#, r#"["sign","verify"]"#] {
        assert!(outcome(es256(), &format!(r#"{{"key_ops":{operations}}}"#)).is_ok());
        assert!(
            outcome(
                es256(),
                &format!(r#"{{"key_ops":{operations},"use":null}}"#)
            )
            .is_ok()
        );
    }
    for operations in [
        r#"["encrypt"]"#,
        "[]",
        r#"["sign"]"#,
        r#"["Verify"]"#,
        r#"["verify","verify"]"#,
        r#"["verify","deriveKey"]"#,
    ] {
        assert_eq!(
            refused(es256(), &format!(r#"{{"key_ops":{operations}}}"#)),
            JwkError::KeyOperations,
            "{operations}"
        );
    }
    for operations in [r#""verify""#, "[1]", r#"{"verify":true}"#] {
        assert_eq!(
            refused(es256(), &format!(r#"{{"key_ops":{operations}}}"#)),
            JwkError::WrongType { member: "key_ops" }
        );
    }
}

// JO-05
#[test]
fn section_4_4_alg() {
    for got in ["ES521", "ES224", "HS256", "none", "RSA-OAEP", "es256"] {
        assert_eq!(
            refused(es256(), &format!(r#"{{"alg":"{got}"}}"#)),
            JwkError::UnknownAlgorithm {
                got: got.to_owned()
            }
        );
    }
    for got in [
        SignatureAlgorithm::Es384,
        SignatureAlgorithm::Rs256,
        SignatureAlgorithm::Ed25519,
    ] {
        assert_eq!(
            refused(es256(), &format!(r#"{{"alg":"{got}"}}"#)),
            JwkError::AlgorithmMismatch { got }
        );
    }
    assert_eq!(
        refused(es256(), r#"{"alg":1}"#),
        JwkError::WrongType { member: "alg" }
    );
}

// JO-04
#[test]
fn section_4_5_kid() {
    assert_eq!(outcome(es256(), r#"{"kid":null}"#).unwrap().kid(), None);
    assert_eq!(outcome(es256(), r#"{"kid":""}"#).unwrap().kid(), Some(""));
    assert_eq!(
        refused(es256(), r#"{"kid":1}"#),
        JwkError::WrongType { member: "kid" }
    );
    let longest = "k".repeat(256);
    let key = outcome(es256(), &format!(r#"{{"kid":"{longest}"}}"#)).unwrap();
    assert_eq!(key.kid(), Some(longest.as_str()));
    assert_eq!(
        refused(es256(), &format!(r#"{{"kid":"{longest}k"}}"#)),
        JwkError::KidTooLong
    );
}

#[test]
fn sections_4_6_to_4_9_certificates_are_ignored() {
    assert!(outcome(es256(), r#"{"x5u":"http://127.0.0.1:9/","x5c":["AAAA"],"x5t":"AAAA","x5t#S256":"AAAA","ext":true}"#).is_ok());
}

// JO-06
// RFC 7517 §9.2
#[test]
fn a_key_with_secret_members_is_not_used() {
    for member in ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"] {
        assert_eq!(
            refused(es256(), &format!(r#"{{"{member}":"AAAA"}}"#)),
            JwkError::SecretKeyMaterial { member }
        );
    }
    assert_eq!(
        refused(
            es256(),
            r#"{"kty":"oct","k":"AAAA","x":null,"y":null,"alg":"HS256"}"#
        ),
        JwkError::SecretKeyMaterial { member: "k" }
    );
}

#[test]
fn rfc_7518_section_6_2_1_coordinates() {
    for (changes, error) in [
        (r#"{"x":null}"#, JwkError::Missing { member: "x" }),
        (r#"{"y":null}"#, JwkError::Missing { member: "y" }),
        (r#"{"crv":null}"#, JwkError::Missing { member: "crv" }),
        (r#"{"x":1}"#, JwkError::WrongType { member: "x" }),
        (r#"{"x":"AA=="}"#, JwkError::Base64Url { member: "x" }),
        (
            r#"{"x":"AAAA"}"#,
            JwkError::CoordinateLength {
                got: 3,
                expected: 32,
            },
        ),
        (
            r#"{"y":""}"#,
            JwkError::CoordinateLength {
                got: 0,
                expected: 32,
            },
        ),
        (
            r#"{"crv":"P-384","alg":null}"#,
            JwkError::CoordinateLength {
                got: 32,
                expected: 48,
            },
        ),
        (
            r#"{"crv":"p-256"}"#,
            JwkError::UnsupportedCurve {
                got: "p-256".to_owned(),
            },
        ),
        (
            r#"{"crv":"P-999"}"#,
            JwkError::UnsupportedCurve {
                got: "P-999".to_owned(),
            },
        ),
        (
            r#"{"crv":"secp256k1"}"#,
            JwkError::UnsupportedCurve {
                got: "secp256k1".to_owned(),
            },
        ),
        (
            r#"{"crv":"Ed25519"}"#,
            JwkError::UnsupportedCurve {
                got: "Ed25519".to_owned(),
            },
        ),
        (
            r#"{"x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#,
            JwkError::InvalidPoint,
        ),
        (
            r#"{"x":"__________________________________________8"}"#,
            JwkError::InvalidPoint,
        ),
    ] {
        assert_eq!(refused(es256(), changes), error, "{changes}");
    }
}

#[test]
fn a_point_beside_the_curve_is_refused() {
    for algorithm in [
        SignatureAlgorithm::Es256,
        SignatureAlgorithm::Es384,
        SignatureAlgorithm::Es512,
    ] {
        let key = key(algorithm);
        let swapped = jwk_with(
            &key,
            &serde_json::json!({ "x": key.public_jwk()["y"], "y": key.public_jwk()["x"] })
                .to_string(),
        );
        assert_eq!(
            VerificationKey::from_jwk(&swapped).unwrap_err(),
            JwkError::InvalidPoint
        );
    }
}

// JO-07
#[test]
fn rfc_7518_section_6_3_1_rsa_numbers() {
    let rsa = key(SignatureAlgorithm::Rs256);
    for (changes, error) in [
        (r#"{"n":null}"#, JwkError::Missing { member: "n" }),
        (r#"{"e":null}"#, JwkError::Missing { member: "e" }),
        (r#"{"n":"!"}"#, JwkError::Base64Url { member: "n" }),
        (r#"{"n":""}"#, JwkError::RsaModulusSize { bits: 0 }),
        (r#"{"n":"AQAB"}"#, JwkError::RsaModulusSize { bits: 17 }),
        (r#"{"e":""}"#, JwkError::RsaExponent),
        (r#"{"e":"AQ"}"#, JwkError::RsaExponent),
        (r#"{"e":"Ag"}"#, JwkError::RsaExponent),
        (r#"{"e":"AQAA"}"#, JwkError::RsaExponent),
        (r#"{"e":"AgAAAAE"}"#, JwkError::RsaExponent),
        (r#"{"e":65537}"#, JwkError::WrongType { member: "e" }),
    ] {
        assert_eq!(refused(&rsa, changes), error, "{changes}");
    }
}

/// The common beginning of two moduli of 2048 bits, which were made for this test: modulo each of the first 39 primes, the
/// one is a power of 65537, as moduli of the generator of CVE-2017-15361 are. The other differs from it modulo 11 alone.
const WEAK_MODULUS: &str = concat!(
    "yEt125QObiuTLYON6LblPRgX0CNVAr-9K7TIEVGiDcNZCtVw6qGow06_a-Gol7mPQAtJMiEl_Yrm10e0jbDrQoh7X1-OOEp71CIF",
    "H5qY9NC_XabMMVfmckaGKejJVhPvEHHm2kRnPiMO4G4LXBXP0fUV91GG5BUkP6JErfUXp3U2vm5ojouIwh35lTE9K5o2Z8wXUt4n",
    "ZgsBUgYnxj1vaZR_6qNf9MtQeiw7cvWiIkoM4C0oWsnNDr0ntPLAhVrJ5ZnjWA06LcaSWx7JX0gHvG7KzjwEkMomVh0kF-uDe6iB",
    "jc7T",
);

// JO-07
#[test]
fn a_modulus_of_the_guessable_generator_is_refused_and_its_neighbour_taken() {
    let rsa = key(SignatureAlgorithm::Rs256);
    let with = |end: &str| outcome(&rsa, &format!(r#"{{"n":"{WEAK_MODULUS}{end}"}}"#)).err();
    let weak = with("0hlFM2cOwgJW5Sh9XnigH5JnFnHfc0KaFLuUcQ");
    assert_eq!(weak, Some(JwkError::RsaWeakGenerator));
    assert_eq!(with("0u4R5XbuM24F1XnqKpaPearHcBUsUYDFzUOFgw"), None);
}

// JO-11, JO-24
#[test]
fn rfc_8037_section_2_curves() {
    let ed25519 = key(SignatureAlgorithm::Ed25519);
    for got in ["Ed448", "X25519", "X448", "ed25519", "P-256"] {
        assert_eq!(
            refused(&ed25519, &format!(r#"{{"crv":"{got}"}}"#)),
            JwkError::UnsupportedCurve {
                got: got.to_owned()
            }
        );
    }
    assert_eq!(
        JwkError::UnsupportedCurve {
            got: "Ed448".to_owned()
        }
        .to_string(),
        "curve `Ed448` is not supported for this key type"
    );
    assert_eq!(
        refused(&ed25519, r#"{"x":"AAAA"}"#),
        JwkError::CoordinateLength {
            got: 3,
            expected: 32
        }
    );
    assert_eq!(
        refused(
            &ed25519,
            r#"{"x":"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#
        ),
        JwkError::SmallOrderPoint
    );
}

/// A JWK with members of all kinds, most of them wrong.
fn any_jwk() -> impl Strategy<Value = Object> {
    let name = prop::sample::select(vec![
        "kty", "crv", "n", "e", "x", "y", "alg", "use", "key_ops", "kid", "d",
    ]);
    let value = prop_oneof![
        prop::sample::select(vec![
            "RSA", "EC", "OKP", "P-256", "P-521", "Ed25519", "AQAB", "sig", "enc", "verify",
            "ES256"
        ])
        .prop_map(Value::from),
        prop::sample::select(vec![
            Value::Null,
            Value::from(1),
            Value::Array(vec![]),
            Value::Array(vec!["verify".into()])
        ]),
        proptest::collection::vec(any::<u8>(), 0..300)
            .prop_map(|bytes| Value::from(relyant_jose::base64url::encode(&bytes))),
        any::<String>().prop_map(Value::from),
    ];
    proptest::collection::vec((name, value), 0..10).prop_map(|members| {
        members
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    })
}

proptest! {
    #[test]
    fn any_jwk_is_answered(jwk in any_jwk()) {
        let _ = VerificationKey::from_jwk(&jwk);
    }

    #[test]
    fn any_change_of_a_good_key_is_answered(changes in any_jwk()) {
        for algorithm in [SignatureAlgorithm::Rs256, SignatureAlgorithm::Es256] {
            let mut jwk = if algorithm == SignatureAlgorithm::Es256 { es256().public_jwk() } else { key(algorithm).public_jwk() };
            jwk.extend(changes.clone());
            let _ = VerificationKey::from_jwk(&jwk);
        }
    }
}
