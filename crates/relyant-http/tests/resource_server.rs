//! What an access token costs at an API: which requests it causes, and which it never causes.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that can't set itself up fails"
)]

mod loopback;

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use loopback::issuing::{Issuing, signing_key};
use loopback::{options, registration};
use relyant_http::ClientOptions;
use relyant_http::clock::Clock;
use relyant_jose::sign::SigningKey;
use relyant_oidc::Error;
use relyant_oidc::registration::ClientRegistration;
use serde_json::{Value, json};

const API: &str = "https://api.brewery.example";
const SIGNED: &str = "application/token-introspection+jwt";

fn code<T>(result: &Result<T, Error>) -> &'static str {
    result.as_ref().map_or_else(Error::code, |_| "none")
}

/// A token's claims, as RFC 9068 §2.2 and RFC 7662 §2.2 have them.
fn claims(issuing: &Issuing) -> Value {
    let now = issuing.clock.unix().0;
    json!({
        "iss": issuing.server.url(""), "sub": "carol", "aud": API, "client_id": "app", "jti": "at-1",
        "exp": now + 300, "iat": now, "scope": "stock",
    })
}

fn signed_by(key: &SigningKey, claims: &Value, typ: &str) -> String {
    let header = json!({ "typ": typ });
    key.sign(claims.to_string().as_bytes(), header.as_object().unwrap())
        .unwrap()
}

fn token_by(issuing: &Issuing, key: &SigningKey) -> String {
    signed_by(key, &claims(issuing), "at+jwt")
}

fn token(issuing: &Issuing) -> String {
    token_by(issuing, &issuing.script.lock().unwrap().signing)
}

/// A provider that tells what a token is.
fn telling_with(registration: ClientRegistration, options: ClientOptions) -> Issuing {
    let issuing = Issuing::start_as(registration, options);
    let endpoint = issuing.server.url("/introspect");
    issuing.change(|script| script.metadata_change = json!({ "introspection_endpoint": endpoint }));
    tell(&issuing, "200 OK", &active(&issuing));
    issuing
}

fn telling() -> Issuing {
    telling_with(registration(), options())
}

fn active(issuing: &Issuing) -> Value {
    let mut told = claims(issuing);
    told["active"] = json!(true);
    told["token_type"] = json!("Bearer");
    told
}

fn tell(issuing: &Issuing, status: &'static str, body: &Value) {
    let answer = (status, "application/json", body.to_string());
    issuing.change(|script| script.introspection_answer = answer);
}

#[test]
fn a_token_costs_the_first_time_metadata_and_keys_and_then_nothing() {
    let issuing = Issuing::start();
    for _ in 0..3 {
        let valid = issuing
            .provider
            .validate_access_token(&token(&issuing), API)
            .unwrap();
        assert_eq!(valid.subject().unwrap().as_str(), "carol");
        assert!(valid.scopes().contains("stock"));
        assert_eq!(
            (issuing.metadata_requests(), issuing.key_requests()),
            (1, 1)
        );
    }
    assert_eq!(issuing.server.count(""), 2);
}

// FT-08
#[test]
fn a_key_that_the_provider_has_just_begun_to_use_is_fetched_once() {
    let issuing = Issuing::start();
    issuing
        .provider
        .validate_access_token(&token(&issuing), API)
        .unwrap();
    let key = signing_key("second");
    issuing.change(|script| script.published.push(Value::Object(key.public_jwk())));
    let valid = issuing
        .provider
        .validate_access_token(&token_by(&issuing, &key), API);
    assert_eq!((code(&valid), issuing.key_requests()), ("none", 2));
}

// FT-10
#[test]
fn fifty_tokens_of_unknown_keys_cause_one_fetch() {
    let issuing = Issuing::start();
    issuing
        .provider
        .validate_access_token(&token(&issuing), API)
        .unwrap();
    for number in 0..50 {
        let raw = token_by(&issuing, &signing_key(&format!("unknown-{number}")));
        let refused = issuing.provider.validate_access_token(&raw, API);
        assert_eq!(code(&refused), "invalid_token.access_token_unknown_key");
    }
    assert_eq!(issuing.key_requests(), 2);
}

// FT-11
#[test]
fn threads_on_a_cold_cache_cause_one_fetch() {
    let issuing = Issuing::start();
    let raw = token(&issuing);
    let barrier = Barrier::new(32);
    thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| {
                barrier.wait();
                let valid = issuing.provider.validate_access_token(&raw, API);
                assert_eq!(code(&valid), "none");
            });
        }
    });
    assert_eq!(
        (issuing.metadata_requests(), issuing.key_requests()),
        (1, 1)
    );
}

// FT-06
#[test]
fn a_provider_that_is_down_costs_no_api_its_traffic() {
    let issuing = Issuing::start();
    issuing
        .provider
        .validate_access_token(&token(&issuing), API)
        .unwrap();
    issuing.change(|script| script.down = Some("503 Service Unavailable"));
    issuing.clock.turn(3_600);
    let valid = issuing
        .provider
        .validate_access_token(&token(&issuing), API);
    assert_eq!(code(&valid), "none");
}

// FT-26
#[test]
fn what_is_no_token_reaches_no_provider() {
    let issuing = telling();
    for text in [
        "a".repeat(10_000_000),
        ".".repeat(100_000),
        "[".repeat(100_000),
        String::new(),
    ] {
        let refused = issuing.provider.validate_access_token(&text, API);
        assert!(code(&refused).starts_with("invalid_token.access_token_"));
        let refused = issuing.provider.introspect(&text, API);
        assert!(code(&refused).starts_with("invalid_token.access_token_"));
    }
    let opaque = issuing.provider.validate_access_token("opaque", API);
    assert_eq!(code(&opaque), "invalid_token.access_token_malformed");
    for audience in ["", "\n"] {
        let refused = issuing.provider.introspect("opaque", audience);
        assert_eq!(code(&refused), "configuration.audience_invalid");
        let refused = issuing
            .provider
            .validate_access_token(&token(&issuing), audience);
        assert_eq!(code(&refused), "configuration.audience_invalid");
    }
    assert_eq!(issuing.server.count(""), 0);
}

// RS-11
#[test]
fn the_issuer_is_asked_once_for_each_call_with_our_credentials() {
    let issuing = telling();
    for asked in 1..=2 {
        let told = issuing.provider.introspect("opaque", API).unwrap().unwrap();
        assert_eq!(told.subject().unwrap().as_str(), "carol");
        assert_eq!(issuing.server.count("/introspect"), asked);
    }
    let request = issuing.server.requests("/introspect").pop().unwrap();
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("POST", "/introspect")
    );
    assert_eq!(request.body, "token=opaque&token_type_hint=access_token");
    assert_eq!(
        request.header("authorization"),
        Some("Basic YmVlcjpiZWVyLXNlY3JldA==")
    );
    assert_eq!(request.header("accept"), Some("application/json"));
    tell(&issuing, "200 OK", &json!({ "active": false }));
    assert_eq!(issuing.provider.introspect("opaque", API), Ok(None));
}

// FT-33
#[test]
fn an_outage_is_no_inactive_token_and_the_request_is_not_sent_again() {
    for status in [
        "500 Internal Server Error",
        "502 Bad Gateway",
        "503 Service Unavailable",
        "429 Too Many Requests",
        "302 Found",
    ] {
        let issuing = telling();
        tell(&issuing, status, &json!({}));
        let error = issuing.provider.introspect("opaque", API).unwrap_err();
        assert_eq!(error.kind().name(), "unavailable", "{status}");
        assert_eq!(issuing.server.count("/introspect"), 1, "{status}");
    }
    let unauthorized = json!({ "error": "invalid_client" });
    let issuing = telling();
    tell(&issuing, "401 Unauthorized", &unauthorized);
    let refused = issuing.provider.introspect("opaque", API);
    assert_eq!(code(&refused), "configuration.invalid_client");
}

// FT-01, FT-33
#[test]
fn a_silent_issuer_costs_the_deadline() {
    let issuing = telling_with(
        registration(),
        ClientOptions {
            timeout: Duration::from_millis(500),
            ..options()
        },
    );
    issuing.provider.introspect("opaque", API).unwrap();
    issuing.change(|script| script.delay = Duration::from_millis(800));
    let late = issuing.provider.introspect("opaque", API);
    assert_eq!(code(&late), "unavailable.timeout");
}

// DK-09
#[test]
fn the_endpoint_is_asked_where_it_was_at_first() {
    let issuing = telling();
    issuing.provider.introspect("opaque", API).unwrap();
    let elsewhere = json!({ "introspection_endpoint": "http://127.0.0.1:1/introspect" });
    issuing.change(|script| script.metadata_change = elsewhere);
    issuing.clock.turn(700);
    tell(&issuing, "200 OK", &active(&issuing));
    issuing.provider.introspect("opaque", API).unwrap();
    assert_eq!(issuing.server.count("/introspect"), 2);
}

#[test]
fn a_provider_without_the_endpoint_is_told_of() {
    let issuing = Issuing::start();
    let refused = issuing.provider.introspect("opaque", API);
    assert_eq!(code(&refused), "incompatible.no_introspection_endpoint");
}

/// A provider that signs what it tells.
fn signing() -> Issuing {
    let issuing = telling();
    let endpoint = issuing.server.url("/introspect");
    issuing.change(|script| {
        script.metadata_change = json!({
            "introspection_endpoint": endpoint,
            "introspection_signing_alg_values_supported": ["ES256"],
        });
    });
    issuing
}

fn tell_signed(issuing: &Issuing, key: &SigningKey) {
    let envelope = json!({
        "iss": issuing.server.url(""), "aud": "beer", "iat": issuing.clock.unix().0,
        "token_introspection": active(issuing),
    });
    let jwt = signed_by(key, &envelope, "token-introspection+jwt");
    issuing.change(|script| script.introspection_answer = ("200 OK", SIGNED, jwt));
}

// RS-12, FT-08
#[test]
fn a_signed_answer_is_asked_for_where_it_is_offered_and_a_new_key_fetched_once() {
    let issuing = signing();
    let key = signing_key("second");
    issuing.provider.introspect("opaque", API).unwrap();
    issuing.change(|script| script.published.push(Value::Object(key.public_jwk())));
    tell_signed(&issuing, &key);
    let told = issuing.provider.introspect("opaque", API).unwrap();
    assert!(told.is_some());
    assert_eq!(
        (issuing.key_requests(), issuing.server.count("/introspect")),
        (2, 2)
    );
    let request = issuing.server.requests("/introspect").pop().unwrap();
    assert_eq!(
        request.header("accept"),
        Some("application/token-introspection+jwt, application/json;q=0.5")
    );
    tell_signed(&issuing, &signing_key("another"));
    let refused = issuing.provider.introspect("opaque", API);
    assert_eq!(code(&refused), "invalid_token.introspection_unknown_key");
}

// DK-09
#[test]
fn an_algorithm_that_appears_later_signs_no_answer() {
    let issuing = signing();
    issuing.provider.introspect("opaque", API).unwrap();
    let weaker = loopback::issuing::rsa_key("weaker");
    let endpoint = issuing.server.url("/introspect");
    issuing.change(|script| {
        script.metadata_change = json!({
            "introspection_endpoint": endpoint,
            "introspection_signing_alg_values_supported": ["ES256", "RS256"],
        });
        script.published.push(Value::Object(weaker.public_jwk()));
    });
    issuing.clock.turn(700);
    tell_signed(&issuing, &weaker);
    let refused = issuing.provider.introspect("opaque", API);
    assert_eq!(
        code(&refused),
        "invalid_token.introspection_algorithm_not_allowed"
    );
}
