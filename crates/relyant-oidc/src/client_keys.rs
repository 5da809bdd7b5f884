//! The client's private keys, as an operator brings them: PEM, a JWK, or a JWK Set. RFC 7468, RFC 7517.
//!
//! A JWK's `use` says whether it signs or opens what the provider encrypts to us. One that doesn't say, as none in PEM can,
//! does all that its kind can; two keys are better, so that nothing learnt of the one use helps against the other.

use relyant_jose::json::{self, Object, Value};
use relyant_jose::jwe::DecryptionKey;
use relyant_jose::pem::private_key_blocks;
use relyant_jose::sign::{SignError, SigningKey};

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
                keys.add_jwk(jwk, now)
                    .map_err(|reason| at(index, "of the set", &reason))?;
            }
        } else {
            for (index, pem) in pems(text)?.iter().enumerate() {
                keys.add_pem(pem)
                    .map_err(|reason| at(index, "of the text", &reason))?;
            }
        }
        if keys.signing.is_empty() && keys.decryption.is_empty() {
            return Err(unusable("it holds no key that hasn't lapsed"));
        }
        Ok(keys)
    }

    /// The public half of each key, for a JWK Set. Shared secrets have none.
    ///
    /// A key for both uses is there for each: providers look for `use`, and pass over a key that doesn't say.
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

    fn add_jwk(&mut self, jwk: &Object, now: UnixTime) -> Result<(), String> {
        let end = jwk
            .get("exp")
            .map(|end| end.as_i64().ok_or("`exp` is not a whole number of seconds"));
        if end.transpose()?.is_some_and(|end| end <= now.0) {
            return Ok(());
        }
        let signs = || SigningKey::from_jwk(jwk, None).map_err(|error| error.to_string());
        let opens = || DecryptionKey::from_jwk(jwk).map_err(|error| error.to_string());
        // RFC 7517 §4.2: what the key is intended for; absent, nothing is said.
        match jwk.get("use").and_then(Value::as_str) {
            Some("sig") => self.signing.push(signs()?.into()),
            Some("enc") => self.decryption.push(opens()?),
            _ => self.add_either(signs(), opens())?,
        }
        Ok(())
    }

    /// RFC 7468 §10: PKCS #8, or what tools wrote before it.
    fn add_pem(&mut self, pem: &str) -> Result<(), String> {
        let signs = SigningKey::from_pem(pem.as_bytes(), None, None);
        let opens = DecryptionKey::from_pem(None, pem.as_bytes());
        let opens = opens.map_err(|error| error.to_string());
        self.add_either(signs.map_err(|error| error.to_string()), opens)
    }

    /// What one key can; an error where it can nothing.
    fn add_either(
        &mut self,
        signs: Result<SigningKey, String>,
        opens: Result<DecryptionKey, String>,
    ) -> Result<(), String> {
        match (signs, opens) {
            (Err(signs), Err(opens)) if signs == opens => return Err(signs),
            (Err(signs), Err(opens)) => {
                return Err(format!("it can't sign: {signs}; it can't decrypt: {opens}"));
            }
            (signs, opens) => {
                self.signing.extend(signs.ok().map(ClientKey::from));
                self.decryption.extend(opens.ok());
            }
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
    check_number(elements.len())?;
    let jwk = |element: &Value| element.as_object().cloned();
    let jwks: Option<Vec<Object>> = elements.iter().map(jwk).collect();
    jwks.ok_or_else(|| unusable("an element of `keys` is not an object"))
}

/// The blocks of the text that hold a private key.
fn pems(text: &str) -> Result<Vec<&str>, Configuration> {
    let blocks = private_key_blocks(text);
    if blocks.is_empty() {
        return Err(unusable(&SignError::NoPem.to_string()));
    }
    check_number(blocks.len())?;
    Ok(blocks)
}

fn check_number(keys: usize) -> Result<(), Configuration> {
    if keys > MAX_CLIENT_KEYS {
        return Err(unusable(&format!(
            "it holds {keys} keys, expected at most {MAX_CLIENT_KEYS}"
        )));
    }
    Ok(())
}

fn at(index: usize, of: &str, reason: &str) -> Configuration {
    unusable(&format!("key {index} {of}, counted from 0: {reason}"))
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

    /// The private key of RFC 8032 §7.1, test 1. RFC 8410 §7.
    const PEM: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
        -----END PRIVATE KEY-----\n";
    const CUT_PEM: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAw\n";

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

    // RFC 7517 §4.2 and §4.3
    #[test]
    fn a_key_that_does_not_say_what_for_does_what_its_kind_can() {
        use KeyKind as K;
        let without_use = |kind| {
            let mut key = jwk(kind);
            key.remove("use");
            key.remove("alg");
            key
        };
        let numbers = |text: &str| {
            let keys = ClientKeys::parse(text, NOW).unwrap();
            (keys.signing.len(), keys.decryption.len())
        };
        for (kind, expected) in [
            (K::Es256, (1, 1)),
            (K::RsaOaep256, (1, 1)),
            (K::EdDsa, (1, 0)),
            (K::X25519, (0, 1)),
        ] {
            assert_eq!(numbers(&set(&[without_use(kind)])), expected, "{kind:?}");
        }
        let mut signs = without_use(K::Es256);
        signs.insert("key_ops".to_owned(), json!(["sign"]));
        assert_eq!(numbers(&set(&[signs])), (1, 0));
        let mut agrees = without_use(K::Es256);
        agrees.insert("alg".to_owned(), json!("ECDH-ES"));
        assert_eq!(numbers(&set(&[agrees.clone()])).1, 1);
        assert_eq!(numbers(&PEM.repeat(2)), (2, 0));
        let both = ClientKeys::parse(&set(&[without_use(K::Es256)]), NOW).unwrap();
        let uses: Vec<_> = both
            .public_jwks()
            .into_iter()
            .map(|jwk| jwk["use"].clone())
            .collect();
        assert_eq!(uses, ["sig", "enc"]);
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
            (set(&many), "expected at most 32"),
            (PEM.repeat(MAX_CLIENT_KEYS + 1), "holds 33 keys"),
            (format!("{PEM}{CUT_PEM}"), "key 1 of the text"),
            (CUT_PEM.to_owned(), "cut off"),
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
