//! Published sets of keys, mutated: each element is a key or was skipped, and no secret is a key.

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::jwk_set::{JwkSet, JwkSetError};
use relyant_jose::limits::MAX_KEYS;
use relyant_jose::thumbprint::thumbprint;
use serde_json::{Value, json};

use crate::choices::Choices;
use crate::keys::{ED25519, P256, RSA, object, public};
use crate::spell::spell;
use crate::{mutate, shown};

/// A set of three public keys, sometimes with one that is private, or very many of them.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let mut keys: Vec<Value> = [ED25519, P256, RSA]
        .map(|key| Value::Object(public(key)))
        .to_vec();
    if choices.once_in(6) {
        keys.push(Value::Object(object(
            choices.pick::<&str>(&[ED25519, P256]),
        )));
    }
    if choices.once_in(40) {
        keys.extend(vec![json!({"kty": "EC"}); choices.below(MAX_KEYS * 2)]);
    }
    let plain = json!({ "keys": keys });
    let document = mutate::value(&plain, &mut choices);
    let spelling = spell(&document, &mut choices);
    match JwkSet::parse(spelling.text.as_bytes()) {
        Ok(set) => check(&set, &document, spelling.sound),
        Err(error) => {
            let refused = !spelling.sound || !document["keys"].is_array();
            let explained = matches!(
                error,
                JwkSetError::TooManyKeys { .. } | JwkSetError::DuplicateKid { .. }
            );
            assert!(refused || explained, "{error}: {}", spelling.text);
            shown::check(&error, &[]);
        }
    }
}

fn check(set: &JwkSet, document: &Value, sound: bool) {
    assert!(sound);
    let elements = document["keys"].as_array().unwrap();
    assert!(elements.len() <= MAX_KEYS);
    assert_eq!(set.keys().len() + set.skipped().len(), elements.len());
    let skipped: Vec<usize> = set.skipped().iter().map(|key| key.index).collect();
    let used = elements
        .iter()
        .enumerate()
        .filter(|(index, _)| !skipped.contains(index));
    for ((_, jwk), key) in used.zip(set.keys()) {
        let jwk = jwk.as_object().unwrap();
        assert!(
            !["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"]
                .iter()
                .any(|name| jwk.contains_key(*name))
        );
        assert_eq!(key.kid(), jwk.get("kid").and_then(Value::as_str));
        assert!(key.kid().is_none_or(|kid| set.has_kid(kid)));
        assert!(
            SignatureAlgorithm::ALL
                .iter()
                .any(|algorithm| key.fits(*algorithm))
        );
        assert!(thumbprint(jwk).is_ok());
    }
    for reason in set.skipped().iter().map(|key| &key.reason) {
        assert!(!reason.to_string().is_empty());
    }
}
