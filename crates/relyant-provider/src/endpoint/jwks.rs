//! The JWK Set. Core §10.1.1, RFC 7517 §5.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::json_answer;
use crate::misbehaviour::Misbehaviour;
use crate::provider::{Provider, Shared};

type Object = Map<String, Value>;

/// Twice what a relying party should take.
const MANY: usize = 200;
/// Some megabytes of keys.
const HUGE: usize = 10_000;

/// The JWK Set, or what a misbehaviour makes of it.
pub(crate) async fn get(State(provider): State<Shared>) -> Result<Response, Failure> {
    let mut keys = if provider.misbehaviours().has(Misbehaviour::JwksOtherKeys) {
        let kid = json!(provider.keys.current().kid());
        vec![with(provider.keys.elliptic().public_jwk(), "kid", kid)]
    } else {
        provider.keys.public()
    };
    for misbehaviour in provider.misbehaviours().iter() {
        keys.extend(extra_keys(&provider, misbehaviour)?);
    }
    Ok(json_answer::fresh(StatusCode::OK, &json!({ "keys": keys })))
}

fn extra_keys(provider: &Provider, misbehaviour: Misbehaviour) -> Result<Vec<Object>, Failure> {
    let keys = &provider.keys;
    Ok(match misbehaviour {
        Misbehaviour::JwksDuplicateKid => {
            vec![with(
                keys.stranger()?.public_jwk(),
                "kid",
                json!(keys.current().kid()),
            )]
        }
        Misbehaviour::MissingKid => vec![keys.stranger()?.public_jwk()],
        Misbehaviour::WrongAlg => vec![keys.elliptic().public_jwk()],
        Misbehaviour::JwksOddKeys => odd_keys(provider),
        Misbehaviour::JwksManyKeys => filling(provider, MANY),
        Misbehaviour::JwksHuge => filling(provider, HUGE),
        _ => Vec::new(),
    })
}

/// Copies of the signing key under names of their own.
fn filling(provider: &Provider, count: usize) -> Vec<Object> {
    let key = provider.keys.current().public_jwk();
    (1..count)
        .map(|number| with(key.clone(), "kid", json!(format!("filling-{number}"))))
        .collect()
}

/// Keys that nobody can use, each for another reason, and honest ones for other purposes.
fn odd_keys(provider: &Provider) -> Vec<Object> {
    let good = provider.keys.current().public_jwk();
    let named = |jwk: Object, kid: &str| with(jwk, "kid", json!(kid));
    let without_modulus = good
        .iter()
        .filter(|(name, _)| *name != "n")
        .map(|(name, value)| (name.clone(), value.clone()));
    let strange = [
        json!({ "kty": "oct", "kid": "symmetric", "alg": "HS256", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA" }),
        json!({ "kty": "AKP", "kid": "post-quantum", "alg": "ML-DSA-44", "pub": "AAAA" }),
        json!({ "kty": "OKP", "kid": "ed448", "crv": "Ed448", "alg": "EdDSA", "x": "AAAA" }),
        json!({ "kty": "EC", "kid": "unknown-curve", "crv": "P-999", "x": "AAAA", "y": "AAAA" }),
        json!({ "kty": "EC", "kid": "not-on-the-curve", "crv": "P-256", "x": "AAAA", "y": "AAAA" }),
        json!({ "kty": "RSA", "kid": "short", "alg": "RS256", "n": "vw", "e": "AQAB" }),
        json!({ "kid": "without-type" }),
    ];
    let mut keys: Vec<Object> = strange
        .into_iter()
        .filter_map(|key| key.as_object().cloned())
        .collect();
    keys.push(named(without_modulus.collect(), "without-modulus"));
    keys.push(with(named(good, "for-encryption"), "use", json!("enc")));
    keys.push(provider.keys.elliptic().public_jwk());
    keys
}

fn with(mut jwk: Object, name: &str, value: Value) -> Object {
    jwk.insert(name.to_owned(), value);
    jwk
}
