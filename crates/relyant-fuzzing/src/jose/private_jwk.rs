//! Private keys that an operator brings as JWKs, mutated: what is taken signs what its own public half verifies.

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::json::Object;
use relyant_jose::jwe::{
    ContentEncryptionAlgorithm, DecryptionKey, DecryptionKeys, EncryptedJwe, EncryptionKey,
    KeyManagementAlgorithm,
};
use relyant_jose::jwk_set::JwkSet;
use relyant_jose::jws::UnverifiedJws;
use relyant_jose::sign::SigningKey;
use serde_json::{Value, json};

use crate::choices::Choices;
use crate::keys::{ED25519, P256, RSA, X25519, object, secrets};
use crate::{mutate, shown};

/// A key of one of four kinds; RSA more seldom, since a new RSA key is tested at length.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let key = *choices.pick(&[ED25519, P256, X25519, ED25519, P256, X25519, P256, RSA]);
    let plain = Value::Object(object(key));
    let jwk = mutate::object(&plain, &mut choices);
    let original = secrets(&plain);
    let algorithm = choices
        .once_in(4)
        .then(|| *choices.pick(SignatureAlgorithm::ALL));
    match SigningKey::from_jwk(&jwk, algorithm) {
        Ok(key) => {
            assert_signs(&key);
            shown::check_debug(&format!("{key:?} {:?}", key.public_jwk()), &original);
        }
        Err(error) => shown::check_debug(&format!("{error} {error:?}"), &original),
    }
    match DecryptionKey::from_jwk(&jwk) {
        Ok(key) => {
            shown::check_debug(&format!("{key:?} {:?}", key.public_jwk()), &original);
            assert_opens(key);
        }
        Err(error) => shown::check_debug(&format!("{error} {error:?}"), &original),
    }
}

fn assert_signs(key: &SigningKey) {
    let token = key.sign(b"beer", &Object::new()).unwrap();
    let set = json!({ "keys": [key.public_jwk()] });
    let set = JwkSet::parse(set.to_string().as_bytes()).unwrap();
    let verified = UnverifiedJws::parse(&token)
        .unwrap()
        .verify(&set, &[key.algorithm()])
        .unwrap();
    assert_eq!(verified.payload(), b"beer");
}

fn assert_opens(key: DecryptionKey) {
    let Some(public) = key.public_jwk().cloned() else {
        return;
    };
    let named = public
        .get("alg")
        .and_then(Value::as_str)
        .and_then(KeyManagementAlgorithm::from_name);
    let usual = if public["kty"] == "RSA" {
        KeyManagementAlgorithm::RsaOaep256
    } else {
        KeyManagementAlgorithm::EcdhEs
    };
    let token = EncryptionKey::from_jwk(&public)
        .unwrap()
        .encrypt(
            named.unwrap_or(usual),
            ContentEncryptionAlgorithm::A128Gcm,
            b"beer",
            &Object::new(),
        )
        .unwrap();
    let keys = DecryptionKeys::new(vec![key]);
    assert_eq!(
        EncryptedJwe::parse(&token)
            .unwrap()
            .decrypt(&keys)
            .unwrap()
            .nested(),
        Some("beer")
    );
}
