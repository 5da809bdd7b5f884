//! RFC 7468: private keys in PEM, in the three forms that tools write. One good text, one change, the exact refusal.

use proptest::prelude::*;
use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::base64url;
use relyant_jose::json::Object;
use relyant_jose::jwe::{
    ContentEncryptionAlgorithm, DecryptionKey, DecryptionKeys, EncryptedJwe, EncryptionKey,
    KeyManagementAlgorithm,
};
use relyant_jose::jwk::JwkError;
use relyant_jose::sign::{SignError, SigningKey};
use relyant_jose::thumbprint::thumbprint;

use crate::private_keys::{ED25519, curve_keys, pem, rsa_jwk, rsa_pkcs1};
use crate::tokens::{PAYLOAD, RSA_PKCS8, object, set, token, verify};

/// The private key of RFC 8037 appendix A.1 as PKCS #8. RFC 8410 §7.
fn ed25519_pkcs8() -> Vec<u8> {
    let prefix = [
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04,
        0x20,
    ];
    let seed = base64url::decode(object(ED25519)["d"].as_str().unwrap()).unwrap();
    [&prefix[..], &seed].concat()
}

/// Each kind of key in each form that it has, with the algorithm that it signs with and its JWK.
fn all() -> Vec<(SignatureAlgorithm, String, Object)> {
    let mut texts = vec![
        (
            SignatureAlgorithm::Rs256,
            pem("PRIVATE KEY", RSA_PKCS8),
            rsa_jwk(),
        ),
        (
            SignatureAlgorithm::Rs256,
            pem("RSA PRIVATE KEY", &rsa_pkcs1()),
            rsa_jwk(),
        ),
        (
            SignatureAlgorithm::EdDsa,
            pem("PRIVATE KEY", &ed25519_pkcs8()),
            object(ED25519),
        ),
    ];
    for (algorithm, key) in curve_keys() {
        let pkcs8 = pem("PRIVATE KEY", &key.pkcs8);
        texts.push((algorithm, pkcs8, key.jwk.clone()));
        texts.push((algorithm, pem("EC PRIVATE KEY", &key.sec1), key.jwk));
    }
    texts
}

fn rsa() -> String {
    pem("PRIVATE KEY", RSA_PKCS8)
}

fn outcome(text: &str) -> Result<SignatureAlgorithm, SignError> {
    SigningKey::from_pem(text.as_bytes(), None, None).map(|key| key.algorithm())
}

// RFC 7468 §10, SEC 1 §2.3.3, RFC 8032 §5.1.5
#[test]
fn a_key_of_each_kind_and_form_signs_and_is_named_by_its_thumbprint() {
    for (algorithm, text, jwk) in all() {
        let key = SigningKey::from_pem(text.as_bytes(), None, None).unwrap();
        assert_eq!(key.algorithm(), algorithm);
        assert_eq!(key.kid(), thumbprint(&jwk).unwrap(), "{algorithm}");
        let public = set([key.public_jwk()]);
        assert_eq!(verify(&token(&key), &public).unwrap().payload(), PAYLOAD);
    }
}

// RFC 7468 §10, RFC 5915 §3, RFC 8032 §5.1.5
#[test]
fn a_key_of_each_form_opens_what_its_kind_can() {
    for (algorithm, text, jwk) in all() {
        let key = DecryptionKey::from_pem(None, text.as_bytes());
        if algorithm == SignatureAlgorithm::EdDsa {
            assert_eq!(key.unwrap_err(), JwkError::RefusedByCrypto);
            continue;
        }
        let key = key.unwrap();
        assert_eq!(key.kid(), Some(thumbprint(&jwk).unwrap().as_str()));
        let management = match algorithm {
            SignatureAlgorithm::Rs256 => KeyManagementAlgorithm::RsaOaep256,
            _ => KeyManagementAlgorithm::EcdhEs,
        };
        let token = EncryptionKey::from_jwk(key.public_jwk().unwrap())
            .unwrap()
            .encrypt(
                management,
                ContentEncryptionAlgorithm::A128Gcm,
                b"beer",
                &Object::new(),
            )
            .unwrap();
        let opened = EncryptedJwe::parse(&token)
            .unwrap()
            .decrypt(&DecryptionKeys::new(vec![key]))
            .unwrap();
        assert_eq!(opened.nested(), Some("beer"), "{algorithm}");
    }
    for text in [rsa().repeat(2), String::new(), rsa().replace("END", "NED")] {
        let key = DecryptionKey::from_pem(None, text.as_bytes());
        assert_eq!(key.unwrap_err(), JwkError::RefusedByCrypto);
    }
}

#[test]
fn name_and_algorithm_are_those_that_are_given() {
    use SignatureAlgorithm as A;
    let named =
        |kid: &str, algorithm| SigningKey::from_pem(rsa().as_bytes(), Some(kid), Some(algorithm));
    for algorithm in [A::Rs256, A::Rs384, A::Rs512, A::Ps256, A::Ps384, A::Ps512] {
        let key = named("beer-1", algorithm).unwrap();
        assert_eq!((key.kid(), key.algorithm()), ("beer-1", algorithm));
    }
    for algorithm in [A::Es256, A::Es384, A::Es512, A::EdDsa, A::Ed25519] {
        assert_eq!(named("beer-1", algorithm).unwrap_err(), SignError::NotAKey);
    }
    assert_eq!(
        named(&"k".repeat(257), A::Rs256).unwrap_err(),
        SignError::PublicKey(JwkError::KidTooLong)
    );
}

#[test]
fn what_stands_beside_the_key_is_passed_over() {
    let (_, curve) = &curve_keys()[0];
    let parameters = pem("EC PARAMETERS", &[6, 8, 42, 134, 72, 206, 61, 3, 1, 7]);
    let key = pem("EC PRIVATE KEY", &curve.sec1);
    let certificate = pem("CERTIFICATE", b"\x30\x00");
    for text in [
        format!("{parameters}{key}"),
        format!("{certificate}{key}"),
        format!("{key}{certificate}"),
        format!("Bag Attributes\n    friendlyName: beer\n{key}"),
        key.replace('\n', "\r\n"),
    ] {
        assert_eq!(outcome(&text), Ok(SignatureAlgorithm::Es256), "{text}");
    }
}

// RFC 7468 §11, RFC 1421 §4.6.1.1
#[test]
fn one_text_and_one_change() {
    let good = rsa();
    let (first, _) = good.split_at(good.len() / 2);
    let public = pem("PUBLIC KEY", RSA_PKCS8);
    let legacy = good.replace(
        "KEY-----\nMII",
        "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nMII",
    );
    for (text, error) in [
        (String::new(), SignError::NoPem),
        ("beer".to_owned(), SignError::NoPem),
        (public, SignError::NoPem),
        (good.replace("PRIVATE", "private"), SignError::NoPem),
        (first.to_owned(), SignError::MalformedPem),
        (good.replace("END", "ENDE"), SignError::MalformedPem),
        (good.replace("MII", "M*I"), SignError::MalformedPem),
        (
            good.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
            SignError::EncryptedPem,
        ),
        (legacy, SignError::EncryptedPem),
        (format!("{good}{good}"), SignError::SeveralKeys),
        (pem("PRIVATE KEY", b""), SignError::NotAKey),
        (pem("PRIVATE KEY", &RSA_PKCS8[..600]), SignError::NotAKey),
        (pem("RSA PRIVATE KEY", RSA_PKCS8), SignError::NotAKey),
        (pem("EC PRIVATE KEY", &rsa_pkcs1()), SignError::NotAKey),
    ] {
        assert_eq!(outcome(&text), Err(error), "{text}");
    }
}

#[test]
fn the_public_half_that_a_document_writes_down_must_be_its_own() {
    for ((algorithm, one), (_, other)) in curve_keys().iter().zip(&curve_keys()) {
        let point: Vec<u8> = ["x", "y"]
            .iter()
            .flat_map(|name| base64url::decode(other.jwk[*name].as_str().unwrap()).unwrap())
            .collect();
        for (label, der) in [("PRIVATE KEY", &one.pkcs8), ("EC PRIVATE KEY", &one.sec1)] {
            // SEC 1 C.4: the public key is what the document ends with.
            let (rest, _) = der.split_at(der.len() - point.len());
            let mixed = pem(label, &[rest, &point].concat());
            assert_eq!(
                outcome(&mixed),
                Err(SignError::NotAKey),
                "{algorithm} {label}"
            );
        }
    }
}

// OP-01
#[test]
fn neither_debug_nor_an_error_shows_the_text() {
    let good = rsa();
    let line = good.lines().nth(1).unwrap();
    let key = SigningKey::from_pem(good.as_bytes(), None, None).unwrap();
    let broken = good.replace("-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY MII");
    let errors = [outcome(&broken), outcome(&good.replace("MII", "M*I"))];
    let shown = format!("{key:?} {errors:?}");
    assert!(!shown.contains(line) && !shown.contains("MII"), "{shown}");
}

proptest! {
    #[test]
    fn any_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(SigningKey::from_pem(&bytes, None, None).is_err());
    }

    #[test]
    fn a_changed_byte_is_another_key_or_refused(place in 0_usize..1_600, byte in any::<u8>()) {
        let mut text = rsa().into_bytes();
        let place = place % text.len();
        text[place] = byte;
        if let Ok(key) = SigningKey::from_pem(&text, None, None) {
            let public = set([key.public_jwk()]);
            prop_assert!(verify(&token(&key), &public).is_ok());
        }
    }
}
