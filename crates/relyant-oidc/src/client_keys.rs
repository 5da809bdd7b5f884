//! The client's private keys, as an operator brings them: PEM, a JWK, or a JWK Set. RFC 7468, RFC 7517.
//!
//! A key whose `use` is `enc` opens what the provider encrypts to us. Every other one signs: one key for both would let what
//! is learnt of the one use help against the other (RFC 7517 §4.2).

use relyant_jose::json::{self, Object, Value};
use relyant_jose::jwe::DecryptionKey;
use relyant_jose::sign::SigningKey;

use crate::client_key::ClientKey;
use crate::clock::UnixTime;
use crate::error::{Clipped, Configuration};
use crate::limits::MAX_CLIENT_KEYS;

/// Private keys of one client, in their order. `Debug` shows their names alone.
#[derive(Debug, Default)]
pub struct ClientKeys {
    /// Keys that prove who the client is; the first is today's.
    pub signing: Vec<ClientKey>,
    /// Keys that open what is encrypted to the client.
    pub decryption: Vec<DecryptionKey>,
}

impl ClientKeys {
    /// The keys in `text`, but for those that lapsed by `now`.
    ///
    /// A JWK lapses at its `exp`, in seconds since the epoch, as `relyant_keys` writes it. Other members that are unknown here
    /// are left alone (RFC 7517 §4).
    pub fn parse(text: &str, now: UnixTime) -> Result<Self, Configuration> {
        let mut keys = Self::default();
        if text.trim_start().starts_with('{') {
            for (index, jwk) in jwks(text)?.iter().enumerate() {
                keys.add(jwk, now).map_err(|reason| {
                    unusable(&format!("key {index} of the set, counted from 0: {reason}"))
                })?;
            }
        } else {
            // RFC 7468 §10: PKCS #8, or what tools wrote before it.
            let key = SigningKey::from_pem(text.as_bytes(), None, None);
            keys.signing
                .push(key.map_err(|error| unusable(&error.to_string()))?.into());
        }
        if keys.signing.is_empty() && keys.decryption.is_empty() {
            return Err(unusable("it holds no key that hasn't lapsed"));
        }
        Ok(keys)
    }

    /// The public half of each key, for a JWK Set. Shared secrets have none.
    pub fn public_jwks(&self) -> Vec<Object> {
        let signing = self
            .signing
            .iter()
            .map(|key| key.signing_key().public_jwk());
        let decryption = self.decryption.iter();
        signing
            .chain(decryption.filter_map(|key| key.public_jwk().cloned()))
            .collect()
    }

    fn add(&mut self, jwk: &Object, now: UnixTime) -> Result<(), String> {
        let end = jwk
            .get("exp")
            .map(|end| end.as_i64().ok_or("`exp` is not a whole number of seconds"));
        if end.transpose()?.is_some_and(|end| end <= now.0) {
            return Ok(());
        }
        if jwk.get("use").and_then(Value::as_str) == Some("enc") {
            let key = DecryptionKey::from_jwk(jwk).map_err(|error| error.to_string())?;
            self.decryption.push(key);
        } else {
            let key = SigningKey::from_jwk(jwk, None).map_err(|error| error.to_string())?;
            self.signing.push(key.into());
        }
        Ok(())
    }
}

/// The elements of a JWK Set, or the one JWK.
fn jwks(text: &str) -> Result<Vec<Object>, Configuration> {
    let document =
        json::parse_object(text.as_bytes()).map_err(|error| unusable(&error.to_string()))?;
    let Some(keys) = document.get("keys") else {
        return Ok(vec![document]);
    };
    let elements = keys
        .as_array()
        .ok_or_else(|| unusable("`keys` is not a list"))?;
    if elements.len() > MAX_CLIENT_KEYS {
        return Err(unusable(&format!(
            "it holds more than {MAX_CLIENT_KEYS} keys"
        )));
    }
    let jwk = |element: &Value| element.as_object().cloned();
    let jwks: Option<Vec<Object>> = elements.iter().map(jwk).collect();
    jwks.ok_or_else(|| unusable("an element of `keys` is not an object"))
}

fn unusable(reason: &str) -> Configuration {
    Configuration::PrivateKeyInvalid {
        reason: Clipped::new(reason),
    }
}

#[cfg(test)]
mod tests {
    use relyant_jose::generate::{KeyKind, private_jwk};
    use serde_json::json;

    use super::*;

    const NOW: UnixTime = UnixTime(1_800_000_000);

    fn jwk(kind: KeyKind) -> Object {
        private_jwk(kind).unwrap()
    }

    fn set(jwks: &[Object]) -> String {
        json!({ "keys": jwks }).to_string()
    }

    fn reason(text: &str) -> String {
        ClientKeys::parse(text, NOW).unwrap_err().to_string()
    }

    // RFC 7517 §4.2
    #[test]
    fn each_key_is_for_what_its_use_says() {
        let (sig, enc) = (jwk(KeyKind::Es256), jwk(KeyKind::EcdhEs));
        let keys = ClientKeys::parse(&set(&[sig.clone(), enc]), NOW).unwrap();
        assert_eq!((keys.signing.len(), keys.decryption.len()), (1, 1));
        let uses: Vec<_> = keys
            .public_jwks()
            .into_iter()
            .map(|jwk| (jwk["use"].clone(), jwk.contains_key("d")))
            .collect();
        assert_eq!(uses, [(json!("sig"), false), (json!("enc"), false)]);
        let alone = Value::Object(sig).to_string();
        assert_eq!(ClientKeys::parse(&alone, NOW).unwrap().signing.len(), 1);
    }

    #[test]
    fn a_key_lapses_at_its_end() {
        let until = |end: i64| {
            let mut key = jwk(KeyKind::EdDsa);
            key.insert("exp".to_owned(), json!(end));
            key
        };
        let text = set(&[jwk(KeyKind::Es256), until(NOW.0), until(NOW.0 + 1)]);
        assert_eq!(ClientKeys::parse(&text, NOW).unwrap().signing.len(), 2);
        assert!(reason(&set(&[until(NOW.0)])).contains("hasn't lapsed"));
    }

    #[test]
    fn what_is_no_key_is_told_with_its_place() {
        let mut public = jwk(KeyKind::Es256);
        public.remove("d");
        let mut odd = jwk(KeyKind::Es256);
        odd.insert("exp".to_owned(), json!("tomorrow"));
        let many = vec![jwk(KeyKind::EdDsa); MAX_CLIENT_KEYS + 1];
        for (text, words) in [
            (String::new(), "PEM"),
            ("-----BEGIN PUBLIC KEY-----".to_owned(), "PEM"),
            ("{".to_owned(), "JSON"),
            (r#"{"keys":{}}"#.to_owned(), "not a list"),
            (r#"{"keys":[1]}"#.to_owned(), "not an object"),
            (r#"{"keys":[]}"#.to_owned(), "no key"),
            ("{}".to_owned(), "key 0"),
            (set(&[jwk(KeyKind::Es256), public]), "key 1"),
            (set(&[odd]), "'exp' is not"),
            (set(&many), "more than"),
        ] {
            assert!(reason(&text).contains(words), "{text}: {}", reason(&text));
        }
    }

    // OP-01
    #[test]
    fn neither_debug_nor_an_error_shows_a_private_member() {
        let mut key = jwk(KeyKind::Es256);
        let secret = key["d"].as_str().unwrap().to_owned();
        let keys = ClientKeys::parse(&set(&[key.clone()]), NOW).unwrap();
        assert!(!format!("{keys:?}").contains(&secret));
        key.insert("x".to_owned(), json!("AAAA"));
        assert!(!reason(&set(&[key])).contains(&secret));
    }
}
