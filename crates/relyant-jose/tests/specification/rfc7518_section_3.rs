//! RFC 7518 §3: the algorithms. Signing and verification agree, no algorithm takes another's signature, and signatures have
//! one exact form.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, RsaPssSaltLength};
use aws_lc_rs::signature::{RSA_PSS_SHA256, RsaSignatureEncoding};
use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::base64url;
use relyant_jose::jws::{JwsError, UnverifiedJws};
use relyant_jose::sign::{SignError, SigningKey};

use crate::tokens::{
    PAYLOAD, RSA_PKCS8, es256, jwk_with, key, object, set, signature, token, verify, with_part,
    with_signature,
};

// RFC 7515 §5.1
#[test]
fn every_algorithm_verifies_what_it_signed() {
    for algorithm in SignatureAlgorithm::ALL {
        let key = key(*algorithm);
        let verified = verify(&token(&key), &set([key.public_jwk()])).unwrap();
        assert_eq!(verified.payload(), PAYLOAD);
        assert_eq!(verified.header().algorithm, *algorithm);
    }
}

#[test]
fn a_generated_rsa_key_signs_too() {
    let key = SigningKey::generate(SignatureAlgorithm::Ps512, "fresh").unwrap();
    assert!(verify(&token(&key), &set([key.public_jwk()])).is_ok());
}

/// The header names one algorithm and another one signed: never accepted, where the key could do both either.
#[test]
fn no_algorithm_takes_a_signature_of_another() {
    for signed_with in SignatureAlgorithm::ALL {
        let key = key(*signed_with);
        let keys = set([jwk_with(&key, r#"{"alg":null}"#)]);
        for claimed in SignatureAlgorithm::ALL
            .iter()
            .filter(|claimed| !claimed.is_among(&[*signed_with]))
        {
            let forged = key
                .sign(PAYLOAD, &object(&format!(r#"{{"alg":"{claimed}"}}"#)))
                .unwrap();
            let refused = verify(&forged, &keys).unwrap_err();
            assert!(
                matches!(refused, JwsError::BadSignature | JwsError::NoFittingKey),
                "{signed_with} {claimed}"
            );
        }
    }
}

// JO-08
#[test]
fn section_3_4_ecdsa_signatures_have_one_length() {
    for (algorithm, length) in [
        (SignatureAlgorithm::Es256, 64),
        (SignatureAlgorithm::Es384, 96),
        (SignatureAlgorithm::Es512, 132),
    ] {
        let key = key(algorithm);
        let keys = set([key.public_jwk()]);
        let token = token(&key);
        let good = signature(&token);
        assert_eq!(good.len(), length);
        let (r, s) = good.split_at(length / 2);
        for changed in [
            vec![],
            good[..length - 1].to_vec(),
            good[1..].to_vec(),
            [&good[..], &[0]].concat(),
            [&[0], &good[..]].concat(),
            [&[0], r, &[0], s].concat(),
            [s, r].concat(),
            [&good[..], &good[..]].concat(),
        ] {
            assert_eq!(
                verify(&with_signature(&token, &changed), &keys).unwrap_err(),
                JwsError::BadSignature
            );
        }
    }
}

// JO-08
#[test]
fn section_3_4_an_asn_1_signature_is_refused() {
    let token = token(es256());
    let good = signature(&token);
    let integer = |number: &[u8]| [&[2, 33, 0], number].concat();
    let der = [
        &[0x30, 70][..],
        &integer(&good[..32]),
        &integer(&good[32..]),
    ]
    .concat();
    assert_eq!(
        verify(&with_signature(&token, &der), &set([es256().public_jwk()])).unwrap_err(),
        JwsError::BadSignature
    );
}

/// The order of P-256, big-endian. FIPS 186-4 D.1.2.3.
const P256_ORDER: &str = "_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE";

// JO-08
#[test]
fn psychic_signatures_and_numbers_beyond_the_order_are_refused() {
    let keys = set([es256().public_jwk()]);
    let token = token(es256());
    let good = signature(&token);
    let order = base64url::decode(P256_ORDER).unwrap();
    let (zero, one, all) = (
        [0; 32],
        {
            let mut one = [0; 32];
            one[31] = 1;
            one
        },
        [0xff; 32],
    );
    for (r, s) in [
        (&zero[..], &zero[..]),
        (&zero, &one),
        (&one, &zero),
        (&one, &one),
        (&order, &order),
        (&order, &good[32..]),
        (&good[..32], &order),
        (&zero, &good[32..]),
        (&good[..32], &zero),
        (&all, &all),
        (&good[..32], &all),
    ] {
        let changed = with_signature(&token, &[r, s].concat());
        assert_eq!(verify(&changed, &keys).unwrap_err(), JwsError::BadSignature);
    }
}

#[test]
fn section_3_3_rsa_signatures_have_the_length_of_the_modulus() {
    for algorithm in [SignatureAlgorithm::Rs256, SignatureAlgorithm::Ps256] {
        let key = key(algorithm);
        let keys = set([key.public_jwk()]);
        let token = token(&key);
        let good = signature(&token);
        assert_eq!(good.len(), 256);
        for changed in [
            vec![],
            good[1..].to_vec(),
            [&[0], &good[..]].concat(),
            vec![0; 256],
            vec![0xff; 256],
            {
                let mut one = vec![0; 256];
                one[255] = 1;
                one
            },
        ] {
            assert_eq!(
                verify(&with_signature(&token, &changed), &keys).unwrap_err(),
                JwsError::BadSignature
            );
        }
    }
}

/// A token whose PSS signature has a salt of that length.
fn with_salt(encoding: &'static RsaSignatureEncoding) -> String {
    let token = token(&key(SignatureAlgorithm::Ps256));
    let (signing_input, _) = token.rsplit_once('.').unwrap();
    let pair = KeyPair::from_pkcs8(RSA_PKCS8).unwrap();
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(
        encoding,
        &SystemRandom::new(),
        signing_input.as_bytes(),
        &mut signature,
    )
    .unwrap();
    with_signature(&token, &signature)
}

// JO-09
#[test]
fn section_3_5_the_salt_is_as_long_as_the_hash() {
    static EMPTY: RsaSignatureEncoding =
        RSA_PSS_SHA256.with_pss_salt_length(RsaPssSaltLength::Custom(0));
    static SHORT: RsaSignatureEncoding =
        RSA_PSS_SHA256.with_pss_salt_length(RsaPssSaltLength::Custom(31));
    static RIGHT: RsaSignatureEncoding =
        RSA_PSS_SHA256.with_pss_salt_length(RsaPssSaltLength::Custom(32));
    static LONG: RsaSignatureEncoding =
        RSA_PSS_SHA256.with_pss_salt_length(RsaPssSaltLength::Custom(33));
    static LONGEST: RsaSignatureEncoding =
        RSA_PSS_SHA256.with_pss_salt_length(RsaPssSaltLength::Max);
    let keys = set([key(SignatureAlgorithm::Ps256).public_jwk()]);
    assert!(verify(&with_salt(&RIGHT), &keys).is_ok());
    for encoding in [&EMPTY, &SHORT, &LONG, &LONGEST] {
        assert_eq!(
            verify(&with_salt(encoding), &keys).unwrap_err(),
            JwsError::BadSignature
        );
    }
}

/// Each way to write a public key down, as the secret of an HMAC: the algorithm can't be named, so no secret is looked for.
// JO-23
// RFC 8725 §2.1
#[test]
fn a_public_key_is_never_a_secret() {
    let rsa = key(SignatureAlgorithm::Rs256);
    let keys = set([rsa.public_jwk()]);
    let jwk = serde_json::Value::Object(rsa.public_jwk()).to_string();
    let modulus = rsa.public_jwk()["n"].as_str().unwrap().to_owned();
    let pair = KeyPair::from_pkcs8(RSA_PKCS8).unwrap();
    let der = aws_lc_rs::signature::KeyPair::public_key(&pair)
        .as_ref()
        .to_vec();
    let pem = format!(
        "-----BEGIN RSA PUBLIC KEY-----\n{}\n-----END RSA PUBLIC KEY-----\n",
        base64url::encode(&der)
    );
    let ssh = format!("ssh-rsa {}", base64url::encode(&der));
    for secret in [
        jwk.into_bytes(),
        base64url::decode(&modulus).unwrap(),
        modulus.into_bytes(),
        der,
        pem.into_bytes(),
        ssh.into_bytes(),
    ] {
        let claimed = rsa.sign(PAYLOAD, &object(r#"{"alg":"HS256"}"#)).unwrap();
        let (signing_input, _) = claimed.rsplit_once('.').unwrap();
        let mac = aws_lc_rs::hmac::sign(
            &aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &secret),
            signing_input.as_bytes(),
        );
        let forged = with_part(&claimed, 2, &base64url::encode(mac.as_ref()));
        assert_eq!(
            verify(&forged, &keys).unwrap_err(),
            JwsError::UnknownAlgorithm {
                got: "HS256".to_owned()
            }
        );
    }
}

#[test]
fn section_3_6_none_is_refused_with_and_without_a_signature() {
    let claimed = es256().sign(PAYLOAD, &object(r#"{"alg":"none"}"#)).unwrap();
    for token in [claimed.clone(), with_part(&claimed, 2, "")] {
        assert_eq!(
            UnverifiedJws::parse(&token).unwrap_err(),
            JwsError::UnknownAlgorithm {
                got: "none".to_owned()
            }
        );
    }
}

#[test]
fn a_private_key_is_taken_for_its_own_algorithm_only() {
    for algorithm in [
        SignatureAlgorithm::Es256,
        SignatureAlgorithm::Es384,
        SignatureAlgorithm::Es512,
        SignatureAlgorithm::EdDsa,
    ] {
        assert_eq!(
            SigningKey::from_pkcs8(algorithm, "k", RSA_PKCS8).unwrap_err(),
            SignError::NotAKey
        );
    }
    for der in [&[][..], b"\x30", &RSA_PKCS8[..600]] {
        assert_eq!(
            SigningKey::from_pkcs8(SignatureAlgorithm::Rs256, "k", der).unwrap_err(),
            SignError::NotAKey
        );
    }
}

#[test]
fn debug_shows_no_private_key() {
    assert_eq!(
        format!("{:?}", es256()),
        r#"SigningKey(ES256, "brewery-1", private key not shown)"#
    );
}
