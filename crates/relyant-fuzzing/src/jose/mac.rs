//! Tokens that a shared secret authenticates, mutated; and our own sets of such secrets.

use relyant_jose::base64url;
use relyant_jose::json::Object;
use relyant_jose::mac::{MacAlgorithm, MacKey, MacKeys};
use serde_json::json;

use crate::choices::Choices;
use crate::keys::SHARED;
use crate::spell::spell;
use crate::{mutate, shown};

/// A valid token, mutated: none is taken that the secret didn't make. A set that is taken has a long enough secret.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let key = || MacKey::new(MacAlgorithm::Hs256, &SHARED).unwrap();
    let valid = key().sign(b"beer", &Object::new());
    let token = mutate::text(&valid, &mut choices);
    match MacKeys::from(key()).verify(&token) {
        Ok(verified) => assert!(
            token == valid && verified.payload() == b"beer",
            "taken: {token}"
        ),
        Err(error) => assert!(token != valid, "refused: {error}"),
    }
    set(&mut choices);
}

fn set(choices: &mut Choices<'_>) {
    let secret = base64url::encode(&SHARED);
    let plain = json!({"keys": [{"kty": "oct", "alg": "HS256", "kid": "a", "k": secret}]});
    let document = mutate::value(&plain, choices);
    let spelling = spell(&document, choices);
    match MacKeys::parse(spelling.text.as_bytes()) {
        Ok(keys) => {
            shown::check_debug(&format!("{keys:?}"), &[&secret]);
            assert!(spelling.sound, "{}", spelling.text);
            for jwk in document["keys"].as_array().unwrap() {
                let octets = base64url::decode(jwk["k"].as_str().unwrap()).unwrap();
                assert!(octets.len() >= 32, "a secret of {} bytes", octets.len());
            }
        }
        Err(error) => {
            assert!(document != plain || !spelling.sound, "refused: {error}");
            shown::check_debug(&format!("{error} {error:?}"), &[&secret]);
        }
    }
}
