//! Signed tokens: Relyant's verification beside the bare signature check of the same key.

use std::error::Error;
use std::hint::black_box;

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
};
use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::base64url;
use relyant_jose::json::Object;
use relyant_jose::jwk_set::JwkSet;
use relyant_jose::jws::UnverifiedJws;
use relyant_jose::sign::SigningKey;
use serde_json::{Value, json};

use crate::task::Task;

/// The claims of an ID token, of a size that providers send.
fn claims() -> Value {
    json!({
        "iss": "https://sso.example.com/realms/brewery", "aud": "beer", "azp": "beer", "typ": "ID",
        "sub": "9d1c0d3a-7f1e-4a52-9f53-0d7f3a0e2b11", "sid": "f2b6e8b0-3f0c-4a58-9a8e-2a6f7c1d9e55",
        "iat": 1_790_000_000, "exp": 1_790_000_300, "auth_time": 1_790_000_000, "acr": "1",
        "jti": "5c3b1a52-6a5e-4f63-a5c4-0d4f6a1b7f11", "nonce": "Zm9yIGVhY2ggbG9naW4gYW5vdGhlciBvbmUgIQ",
        "at_hash": "MTIzNDU2Nzg5MDEyMzQ1Ng", "email_verified": true, "name": "Carol Beer",
        "preferred_username": "carol", "given_name": "Carol", "family_name": "Beer",
        "email": "carol@brewery.example",
    })
}

/// A token, the key set that verifies it, and the same in the form that the bare check takes.
pub(crate) struct Token {
    algorithm: SignatureAlgorithm,
    compact: String,
    jwk: Object,
    keys: JwkSet,
    bare_key: ParsedPublicKey,
    signing_input: String,
    signature: Vec<u8>,
}

impl Token {
    /// One token for each of the algorithms that providers sign with.
    pub(crate) fn of_each_algorithm() -> Result<Vec<Self>, Box<dyn Error>> {
        let algorithms = [
            SignatureAlgorithm::Rs256,
            SignatureAlgorithm::Es256,
            SignatureAlgorithm::EdDsa,
        ];
        algorithms.into_iter().map(Self::new).collect()
    }

    fn new(algorithm: SignatureAlgorithm) -> Result<Self, Box<dyn Error>> {
        let key = SigningKey::generate(algorithm, "bench")?;
        let compact = key.sign(claims().to_string().as_bytes(), &Object::new())?;
        let jwk = key.public_jwk();
        let keys = JwkSet::parse(json!({"keys": [jwk]}).to_string().as_bytes())?;
        let (signing_input, signature) =
            compact.rsplit_once('.').ok_or("a token has a signature")?;
        Ok(Self {
            algorithm,
            bare_key: bare_key(&jwk)?,
            signing_input: signing_input.to_owned(),
            signature: base64url::decode(signature)?,
            compact,
            jwk,
            keys,
        })
    }

    /// Whole: parse, choose the key, verify, read the claims. Signature: the key and the bytes alone, already decoded.
    pub(crate) fn tasks(&self) -> Vec<Task<'_>> {
        let name = self.algorithm.name();
        vec![
            Task::new(format!("relyant {name}"), || self.verify().is_some()),
            Task::new(format!("aws-lc {name}"), || {
                self.bare_key
                    .verify_sig(black_box(self.signing_input.as_bytes()), &self.signature)
                    .is_ok()
            }),
        ]
    }

    /// The token and its key, for a peer.
    pub(crate) fn material(&self) -> Value {
        json!({"algorithm": self.algorithm.name(), "token": self.compact, "jwk": self.jwk})
    }

    fn verify(&self) -> Option<Object> {
        let jws = UnverifiedJws::parse(black_box(&self.compact)).ok()?;
        jws.verify(&self.keys, &[self.algorithm])
            .ok()?
            .claims()
            .ok()
    }
}

/// The key of a JWK as aws-lc takes it: parsed once as well, so that both sides start from the same place.
fn bare_key(jwk: &Object) -> Result<ParsedPublicKey, Box<dyn Error>> {
    let member = |name: &str| -> Result<Vec<u8>, Box<dyn Error>> {
        let text = jwk
            .get(name)
            .and_then(Value::as_str)
            .ok_or("a member of the JWK is missing")?;
        Ok(base64url::decode(text)?)
    };
    Ok(match jwk.get("kty").and_then(Value::as_str) {
        Some("RSA") => PublicKeyComponents {
            n: member("n")?,
            e: member("e")?,
        }
        .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)?,
        Some("EC") => {
            // SEC 1 §2.3.3: 0x04 marks an uncompressed point.
            let point = [vec![4], member("x")?, member("y")?].concat();
            ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)?
        }
        _ => ParsedPublicKey::new(&ED25519, member("x")?)?,
    })
}
