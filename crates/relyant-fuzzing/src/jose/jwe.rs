//! Encrypted tokens, mutated as texts: what opens is what was encrypted.

use std::sync::LazyLock;

use relyant_jose::json::Object;
use relyant_jose::jwe::{
    ContentEncryptionAlgorithm as Enc, DecryptionKey, DecryptionKeys, EncryptedJwe, EncryptionKey,
    KeyManagementAlgorithm as Alg,
};

use crate::choices::Choices;
use crate::keys::{P256, RSA, SHARED, X25519, object};
use crate::{mutate, shown};

const CONTENT: &str = "eyJhbGciOiJub25lIn0.e30.";

static KEYS: LazyLock<DecryptionKeys> = LazyLock::new(|| {
    let named = [P256, X25519, RSA].map(|jwk| DecryptionKey::from_jwk(&object(jwk)).unwrap());
    DecryptionKeys::new(
        named
            .into_iter()
            .chain([DecryptionKey::shared(&SHARED)])
            .collect(),
    )
});

/// Each algorithm with the key that it is for.
const KINDS: &[(Alg, Option<&str>)] = &[
    (Alg::Direct, None),
    (Alg::EcdhEs, Some("ec")),
    (Alg::EcdhEsA128Kw, Some("ec")),
    (Alg::EcdhEsA256Kw, Some("ec")),
    (Alg::EcdhEs, Some("x")),
    (Alg::EcdhEsA128Kw, Some("x")),
    (Alg::RsaOaep, Some("rsa")),
    (Alg::RsaOaep256, Some("rsa")),
];

/// A valid token of every algorithm, or the bytes as they are.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let (algorithm, kid) = *choices.pick(KINDS);
    let encryption = match kid {
        // A shared secret fits the content algorithms of its own length.
        None => *choices.pick(&[Enc::A256Gcm, Enc::A128CbcHs256]),
        Some(_) => *choices.pick(Enc::ALL),
    };
    let valid = encryption_key(kid)
        .encrypt(algorithm, encryption, CONTENT.as_bytes(), &Object::new())
        .unwrap();
    let token = if choices.once_in(8) {
        String::from_utf8_lossy(choices.rest()).into_owned()
    } else {
        mutate::text(&valid, &mut choices)
    };
    match EncryptedJwe::parse(&token).and_then(|parsed| parsed.decrypt(&KEYS)) {
        Ok(opened) => {
            assert!(token == valid, "opened: {token}");
            assert_eq!(opened.nested(), Some(CONTENT));
            shown::check_debug(&format!("{opened:?}"), &[CONTENT, &token]);
        }
        Err(error) => {
            assert!(token != valid, "refused: {error}");
            shown::check_debug(&format!("{error} {error:?}"), &[CONTENT, &token]);
        }
    }
}

fn encryption_key(kid: Option<&str>) -> EncryptionKey {
    let Some(kid) = kid else {
        return EncryptionKey::shared(&SHARED);
    };
    let ours = KEYS.iter().find(|key| key.kid() == Some(kid)).unwrap();
    EncryptionKey::from_jwk(ours.public_jwk().unwrap()).unwrap()
}
