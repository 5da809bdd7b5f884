//! The examples of RFC 8037 appendix A: Ed25519, and the other curves of that document, which are refused.

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::base64url;
use relyant_jose::jwk::{JwkError, VerificationKey};
use relyant_jose::jws::JwsError;
use relyant_jose::sign::SigningKey;

use crate::tokens::{PAYLOAD, object, set, signature, verify, with_header, with_signature};

const PRIVATE: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
const PUBLIC: &str =
    r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
const TOKEN: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.\
    hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

/// The private key of A.1 as PKCS #8. RFC 8410 §7.
fn signing_key(algorithm: SignatureAlgorithm) -> SigningKey {
    let prefix = [
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04,
        0x20,
    ];
    let der = [&prefix[..], &base64url::decode(PRIVATE).unwrap()].concat();
    SigningKey::from_pkcs8(algorithm, "a.1", &der).unwrap()
}

#[test]
fn a_1_a_private_key_is_not_taken_for_a_public_one() {
    let mut private = object(PUBLIC);
    private.insert("d".to_owned(), PRIVATE.into());
    assert_eq!(
        VerificationKey::from_jwk(&private).unwrap_err(),
        JwkError::SecretKeyMaterial { member: "d" }
    );
}

#[test]
fn a_2_the_public_key_of_the_private_one() {
    let public = signing_key(SignatureAlgorithm::EdDsa).public_jwk();
    for (member, value) in object(PUBLIC) {
        assert_eq!(public[&member], value);
    }
}

#[test]
fn a_3_the_thumbprint_is_the_digest_of_the_required_members() {
    let members =
        r#"{"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    assert_eq!(
        base64url::encode(&relyant_jose::digest::sha256(members.as_bytes())),
        "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    );
}

#[test]
fn a_4_the_same_token_comes_out_of_signing() {
    let key = signing_key(SignatureAlgorithm::EdDsa);
    assert_eq!(
        key.sign(
            b"Example of Ed25519 signing",
            &object(r#"{"kid":null,"typ":null}"#)
        )
        .unwrap(),
        TOKEN
    );
}

#[test]
fn a_5_the_token_verifies() {
    let verified = verify(TOKEN, &set([object(PUBLIC)])).unwrap();
    assert_eq!(verified.payload(), b"Example of Ed25519 signing");
}

// RFC 8037 §3.2
#[test]
fn a_6_a_key_of_x25519_never_signs() {
    let agreement = object(
        r#"{"kty":"OKP","crv":"X25519","kid":"Bob","x":"3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08"}"#,
    );
    assert_eq!(
        VerificationKey::from_jwk(&agreement).unwrap_err(),
        JwkError::UnsupportedCurve {
            got: "X25519".to_owned()
        }
    );
}

// JO-24
// RFC 8037 §3.1
#[test]
fn both_names_of_the_algorithm_fit_a_key_under_either() {
    for named in ["{}", r#"{"alg":"EdDSA"}"#, r#"{"alg":"Ed25519"}"#] {
        let mut jwk = object(PUBLIC);
        jwk.extend(object(named));
        for algorithm in [SignatureAlgorithm::EdDsa, SignatureAlgorithm::Ed25519] {
            let token = signing_key(algorithm)
                .sign(PAYLOAD, &object(r#"{"kid":null}"#))
                .unwrap();
            assert!(
                verify(&token, &set([jwk.clone()])).is_ok(),
                "{named} {algorithm}"
            );
        }
    }
}

// JO-24
#[test]
fn ed448_is_refused_in_words() {
    let token = with_header(TOKEN, r#"{"alg":"Ed448"}"#);
    let refused = verify(&token, &set([object(PUBLIC)])).unwrap_err();
    assert_eq!(
        refused,
        JwsError::UnknownAlgorithm {
            got: "Ed448".to_owned()
        }
    );
    assert_eq!(refused.to_string(), "algorithm `Ed448` is not supported");
    let ed448 = format!(
        r#"{{"kty":"OKP","crv":"Ed448","x":"{}"}}"#,
        base64url::encode(&[7; 57])
    );
    let keys = set([object(&ed448)]);
    assert_eq!(
        keys.skipped()[0].reason,
        JwkError::UnsupportedCurve {
            got: "Ed448".to_owned()
        }
    );
    assert_eq!(verify(TOKEN, &keys).unwrap_err(), JwsError::NoFittingKey);
}

// JO-11
#[test]
fn a_second_spelling_of_s_is_refused() {
    let order = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10_u8,
    ];
    let mut signature = signature(TOKEN);
    let mut carry = 0;
    for (byte, term) in signature[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(term) + carry;
        (*byte, carry) = (u8::try_from(sum & 0xff).unwrap(), sum >> 8);
    }
    assert_eq!(
        verify(&with_signature(TOKEN, &signature), &set([object(PUBLIC)])).unwrap_err(),
        JwsError::BadSignature
    );
}

// JO-11
#[test]
fn no_key_of_small_order_gets_into_a_set() {
    let neutral =
        r#"{"kty":"OKP","crv":"Ed25519","x":"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#;
    let keys = set([object(neutral)]);
    assert_eq!(keys.skipped()[0].reason, JwkError::SmallOrderPoint);
    let mut forged = [0; 64];
    forged[0] = 1;
    assert_eq!(
        verify(&with_signature(TOKEN, &forged), &keys).unwrap_err(),
        JwsError::NoFittingKey
    );
}

#[test]
fn rfc_8037_section_3_1_a_signature_has_64_octets() {
    let good = signature(TOKEN);
    for changed in [
        vec![],
        good[..63].to_vec(),
        [&good[..], &[0]].concat(),
        vec![0; 64],
    ] {
        assert_eq!(
            verify(&with_signature(TOKEN, &changed), &set([object(PUBLIC)])).unwrap_err(),
            JwsError::BadSignature
        );
    }
}
