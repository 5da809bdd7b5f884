//! Signed tokens, mutated as texts: none is taken that no key signed.

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::json::Object;
use relyant_jose::jwk_set::JwkSet;
use relyant_jose::jws::{UnverifiedJws, check_form};
use relyant_jose::sign::SigningKey;
use serde_json::json;

use crate::choices::Choices;
use crate::keys::{ED25519_KEY, P256_KEY, RSA_KEY};
use crate::{mutate, shown};

/// A valid token of one of three keys, or the bytes as they are.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let signer: &SigningKey = match choices.below(16) {
        0..=9 => &ED25519_KEY,
        10..=14 => &P256_KEY,
        _ => &RSA_KEY,
    };
    let payload = mutate::bytes(br#"{"sub":"carol of the brewery"}"#, &mut choices);
    let valid = signer.sign(&payload, &Object::new()).unwrap();
    let token = if choices.once_in(8) {
        String::from_utf8_lossy(choices.clone().rest()).into_owned()
    } else {
        mutate::text(&valid, &mut choices)
    };
    let keys =
        json!({ "keys": [ED25519_KEY.public_jwk(), P256_KEY.public_jwk(), RSA_KEY.public_jwk()] });
    let keys = JwkSet::parse(keys.to_string().as_bytes()).unwrap();
    let verdict = UnverifiedJws::parse(&token)
        .and_then(|parsed| parsed.verify(&keys, SignatureAlgorithm::ALL));
    match verdict {
        Ok(verified) => {
            assert!(token == valid, "taken: {token}");
            assert_eq!(verified.payload(), payload);
            assert!(check_form(&token).is_ok());
            shown::check_debug(&format!("{verified:?}"), &[&token, "carol of the brewery"]);
        }
        Err(error) => {
            assert!(token != valid, "refused: {error}");
            shown::check_debug(
                &format!("{error} {error:?}"),
                &[&token, "carol of the brewery"],
            );
        }
    }
    none_is_allowed(&valid, &keys);
}

/// An algorithm that the caller doesn't name is never used.
fn none_is_allowed(token: &str, keys: &JwkSet) {
    assert!(
        UnverifiedJws::parse(token)
            .unwrap()
            .verify(keys, &[])
            .is_err()
    );
    let other = SignatureAlgorithm::Rs512;
    assert!(
        UnverifiedJws::parse(token)
            .unwrap()
            .verify(keys, &[other])
            .is_err()
    );
}
