//! What the doctor tells of a provider's JWK Set. RFC 7517 §4.2, §5.

use relyant_oidc::diagnosis::facts::{KeyFacts, UnusableKey, UsableKey, of_keys};
use relyant_oidc::diagnosis::{Diagnosis, Symptom};
use relyant_oidc::error::Misuse;
use relyant_oidc::jwks::process_jwks_response;
use serde_json::{Value, json};

use crate::brewery::{KEY, keys, metadata, metadata_of, metadata_with, ok_json, registration};

const AKP: &str = "key type 'AKP' is not supported";
const SYMMETRIC: &str = "'k' is part of a private or symmetric key";

fn of_set(set: &Value) -> (KeyFacts, Vec<Symptom>) {
    let keys = process_jwks_response(&metadata(), &ok_json(set)).unwrap();
    of_keys(&keys, &metadata(), &registration()).unwrap()
}

fn good() -> UsableKey {
    UsableKey {
        kid: Some("brewery-es256".to_owned()),
        algorithms: vec!["ES256"],
    }
}

fn skipped(kid: Option<&str>, reason: &str) -> UnusableKey {
    UnusableKey {
        kid: kid.map(str::to_owned),
        reason: reason.to_owned(),
    }
}

#[test]
fn a_key_for_encryption_is_left_aside_and_no_symptom() {
    let mut encrypts = KEY.public_jwk().clone();
    encrypts.insert("use".to_owned(), json!("enc"));
    encrypts.insert("kid".to_owned(), json!("encrypts"));
    let (facts, symptoms) = of_set(&json!({"keys": [KEY.public_jwk(), encrypts]}));
    assert_eq!(symptoms, []);
    assert_eq!(facts.usable, [good()]);
    assert_eq!(facts.skipped.len(), 1);
    assert_eq!(facts.skipped[0].kid.as_deref(), Some("encrypts"));
}

// FT-18
#[test]
fn odd_keys_beside_a_good_one_are_named_with_their_faults() {
    let (facts, symptoms) = of_set(&json!({"keys": [
        {"kty": "AKP", "alg": "ML-DSA-44", "kid": "odd-1", "pub": "AA"},
        {"kty": "oct", "k": "c2VjcmV0"},
        KEY.public_jwk(),
    ]}));
    assert_eq!(facts.usable, [good()]);
    let expected = [skipped(Some("odd-1"), AKP), skipped(None, SYMMETRIC)];
    assert_eq!(facts.skipped, expected);
    assert_eq!(symptoms.len(), 1);
    assert_eq!(symptoms[0].diagnosis, Diagnosis::KeysSkipped);
    assert_eq!(
        symptoms[0].detail,
        format!("`odd-1`: {AKP}; `without kid`: {SYMMETRIC}")
    );
}

#[test]
fn where_no_key_fits_those_that_are_left_aside_are_named_too() {
    let odd = json!({"kty": "oct", "kid": "odd", "k": "c2VjcmV0"});
    let (facts, symptoms) = of_set(&json!({ "keys": [odd] }));
    assert_eq!(facts.usable, []);
    assert_eq!(symptoms.len(), 1);
    assert_eq!(symptoms[0].diagnosis, Diagnosis::NoFittingKey);
    assert_eq!(
        symptoms[0].detail,
        format!("no key fits RS256, ES256, PS256; left aside: `odd`: {SYMMETRIC}")
    );
    let (_, symptoms) = of_set(&json!({"keys": []}));
    assert_eq!(symptoms[0].detail, "no key fits RS256, ES256, PS256");
}

#[test]
fn where_no_algorithm_is_offered_the_keys_are_no_symptom_of_their_own() {
    let silent = metadata_with(|document| {
        document["id_token_signing_alg_values_supported"] = json!(["none"]);
    })
    .unwrap();
    let (facts, symptoms) = of_keys(&keys(), &silent, &registration()).unwrap();
    assert!(facts.usable.iter().all(|key| key.algorithms.is_empty()));
    assert_eq!(symptoms, []);
}

// DK-08
#[test]
fn keys_of_another_issuer_are_our_own_fault() {
    let other = metadata_of("https://sso.example.com/realms/winery");
    let got = of_keys(&keys(), &other, &registration());
    assert_eq!(got, Err(Misuse::KeysOfAnotherIssuer.into()));
}
