//! Claims that are kept elsewhere: how the ID token refers to them, how they are had, and what is wrong with them on request.

use std::time::{SystemTime, UNIX_EPOCH};

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::base64url;
use relyant_jose::jwk_set::JwkSet;
use relyant_jose::jws::UnverifiedJws;
use serde_json::{Map, Value, json};
use url::Url;

use crate::http::Request;
use crate::running::Running;

/// What this file tests, for the roll call of the catalogue.
pub(crate) const NAMES: &[&str] = &[
    "claims-endpoint-elsewhere",
    "claims-forged",
    "claims-unsigned",
    "claims-wrong-issuer",
    "claims-wrong-audience",
    "claims-wrong-sub",
    "claims-expired",
    "claims-incomplete",
];

/// A provider at which others keep two of carol's claims.
fn keeping() -> Running {
    let provider = Running::start(&[]);
    let change = json!({ "aggregated": { "groups": ["admins"] }, "distributed": { "phone": "7" } });
    let answer = provider.control("people/carol", &change.to_string());
    assert_eq!(answer.status, 204, "{}", answer.text());
    provider
}

/// The ID token of a login of carol's.
fn id_token(provider: &Running) -> Value {
    let code = &provider.click("carol").sent_back("code")[0];
    let tokens = provider.redeem(code, ("", "")).json();
    payload(tokens["id_token"].as_str().unwrap())
}

fn payload(jwt: &str) -> Value {
    let part = jwt.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64url::decode(part).unwrap()).unwrap()
}

fn fetch(provider: &Running, entry: &Value) -> (u16, String) {
    let url = Url::parse(entry["endpoint"].as_str().unwrap()).unwrap();
    let bearer = format!("Bearer {}", entry["access_token"].as_str().unwrap());
    let answer = provider.send(&Request::get(url.path()).with("Authorization", &bearer));
    (answer.status, answer.text().to_owned())
}

fn is_signed(provider: &Running, jwt: &str) -> bool {
    let keys = JwkSet::parse(&provider.jwks().body).unwrap();
    let parsed = UnverifiedJws::parse(jwt);
    parsed.is_ok_and(|jws| jws.verify(&keys, &[SignatureAlgorithm::Rs256]).is_ok())
}

#[test]
fn an_id_token_refers_to_them_and_has_none() {
    let provider = keeping();
    let claims = id_token(&provider);
    assert_eq!(
        claims["_claim_names"],
        json!({ "groups": "aggregated", "phone": "distributed" })
    );
    assert!(claims["groups"].is_null() && claims["phone"].is_null());
    let sources = &claims["_claim_sources"];
    let aggregated = sources["aggregated"]["JWT"].as_str().unwrap();
    let (status, distributed) = fetch(&provider, &sources["distributed"]);
    assert_eq!(status, 200);
    for (jwt, name, value) in [
        (aggregated, "groups", json!(["admins"])),
        (&distributed, "phone", json!("7")),
    ] {
        assert!(is_signed(&provider, jwt));
        let claims = payload(jwt);
        assert_eq!(claims["iss"], provider.issuer());
        assert_eq!((&claims["aud"], &claims[name]), (&json!("beer"), &value));
    }
    assert_eq!(provider.requests()["claims"], 1);
    let wrong = json!({ "endpoint": sources["distributed"]["endpoint"], "access_token": "x" });
    assert_eq!(fetch(&provider, &wrong).0, 401);
}

#[test]
fn a_person_of_whom_nobody_keeps_claims_has_no_reference() {
    let claims = id_token(&Running::start(&[]));
    assert!(claims["_claim_names"].is_null() && claims["_claim_sources"].is_null());
}

#[test]
fn each_misbehaviour_changes_what_its_name_says() {
    let provider = keeping();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let hour_ago = i64::try_from(now.as_secs()).unwrap() - 3_600;
    let with_slash = format!("{}/", provider.issuer());
    for (name, member, expected) in [
        ("claims-wrong-issuer", "iss", json!(with_slash)),
        ("claims-wrong-audience", "aud", json!("another-client")),
        ("claims-wrong-sub", "sub", json!("somebody-else")),
        ("claims-expired", "exp", json!(hour_ago)),
        ("claims-incomplete", "groups", Value::Null),
        ("claims-forged", "signed", json!(false)),
        ("claims-unsigned", "signed", json!(false)),
    ] {
        provider.misbehave(&[name]);
        let sources = id_token(&provider)["_claim_sources"].take();
        let jwt = sources["aggregated"]["JWT"].as_str().unwrap();
        let mut claims: Map<String, Value> = payload(jwt).as_object().unwrap().clone();
        claims.insert("signed".to_owned(), json!(is_signed(&provider, jwt)));
        let got = claims.remove(member).unwrap_or_default();
        match expected.as_i64() {
            // A few seconds may pass between the two clocks' readings.
            Some(about) => assert!((0..60).contains(&(got.as_i64().unwrap() - about)), "{name}"),
            None => assert_eq!(got, expected, "{name}"),
        }
    }
    provider.misbehave(&["claims-endpoint-elsewhere"]);
    let claims = id_token(&provider);
    let endpoint = claims["_claim_sources"]["distributed"]["endpoint"].as_str();
    let (endpoint, issuer) = (endpoint.unwrap(), Url::parse(provider.issuer()).unwrap());
    assert_ne!(Url::parse(endpoint).unwrap().origin(), issuer.origin());
}
