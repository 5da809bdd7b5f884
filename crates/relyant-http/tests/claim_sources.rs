//! Core §5.6.2: where the claims that others keep are asked for, and where nothing is ever asked.

#![allow(clippy::unwrap_used, reason = "a test that can't set itself up fails")]

mod loopback;

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use loopback::issuing::{Issuing, signing_key};
use loopback::{Loopback, Request, Wire, base, options, respond, respond_json};
use relyant_http::ClientOptions;
use relyant_jose::sign::SigningKey;
use relyant_oidc::identity::VerifiedIdentity;
use serde_json::{Map, Value, json};

/// An issuer that keeps groups for the provider, at `/claims`, and what it says at the moment.
struct Keeper {
    server: Loopback,
    says: Arc<Mutex<Says>>,
}

type Act = fn(&mut dyn Wire);

struct Says {
    key: SigningKey,
    published: Vec<Value>,
    metadata_change: Value,
    claims: Value,
    /// What `/claims` does instead of answering.
    instead: Option<Act>,
}

impl Keeper {
    fn start() -> Self {
        let key = signing_key("hr");
        let says = Arc::new(Mutex::new(Says {
            published: vec![Value::Object(key.public_jwk())],
            key,
            metadata_change: json!({}),
            claims: json!({ "groups": ["admins"] }),
            instead: None,
        }));
        let its_says = Arc::clone(&says);
        let server = Loopback::start(move |request, wire| {
            answer(request, wire, &its_says.lock().unwrap());
        });
        Self { server, says }
    }

    fn change(&self, change: impl FnOnce(&mut Says)) {
        change(&mut self.says.lock().unwrap());
    }

    fn jwt(&self) -> String {
        self.says.lock().unwrap().jwt(&self.server.url(""))
    }

    fn asked(&self) -> [usize; 3] {
        ["/openid-configuration", "/jwks", "/claims"].map(|path| self.server.count(path))
    }
}

impl Says {
    fn jwt(&self, issuer: &str) -> String {
        let mut claims = json!({ "iss": issuer, "aud": "beer" });
        let members = claims.as_object_mut().unwrap();
        members.extend(self.claims.as_object().unwrap().clone());
        self.key
            .sign(claims.to_string().as_bytes(), &Map::new())
            .unwrap()
    }
}

fn answer(request: &Request, wire: &mut dyn Wire, says: &Says) {
    let base = base(request);
    match request.path.as_str() {
        "/.well-known/openid-configuration" => {
            let mut document = json!({ "issuer": base, "jwks_uri": format!("{base}/jwks") });
            let members = document.as_object_mut().unwrap();
            members.extend(says.metadata_change.as_object().unwrap().clone());
            respond_json(wire, &document);
        }
        "/jwks" => respond_json(wire, &json!({ "keys": says.published })),
        _ => {
            if let Some(act) = says.instead {
                return act(wire);
            }
            let body = says.jwt(&base);
            respond(wire, "200 OK", &["Content-Type: application/jwt"], &body);
        }
    }
}

fn believing(issuers: &[String]) -> ClientOptions {
    ClientOptions {
        claims_providers: issuers.to_vec(),
        needed_claims: vec!["email".to_owned(), "groups".to_owned()],
        ..options()
    }
}

/// A provider whose ID tokens say that `entry` has the groups.
fn referring(options: ClientOptions, entry: &Value) -> Issuing {
    let issuing = Issuing::start_with(options);
    refer(&issuing, entry);
    issuing
}

fn refer(issuing: &Issuing, entry: &Value) {
    issuing.change(|script| {
        script.id_token_change = json!({
            "_claim_names": { "groups": "src1" },
            "_claim_sources": { "src1": entry },
        });
    });
}

fn distributed(keeper: &Keeper) -> Value {
    json!({ "endpoint": keeper.server.url("/claims"), "access_token": "for-hr" })
}

fn groups(identity: &VerifiedIdentity) -> Option<&Value> {
    let mut sources = identity.sources().iter();
    let (_, claims) = sources.find(|(source, _)| source.name() == "id_token/src1")?;
    claims.get("groups")
}

/// The codes with which sources were left out of a login that goes on without them.
fn left_out(issuing: &Issuing) -> Vec<&'static str> {
    let identity = issuing.login().unwrap();
    assert_eq!(groups(&identity), None);
    let left_out = identity.left_out().iter();
    left_out.map(|it| it.error.code()).collect()
}

// UI-04, TK-03
#[test]
fn nothing_is_asked_for_unless_a_setting_says_whom_to_believe() {
    let canary = Loopback::start(|_, wire| respond(wire, "200 OK", &[], ""));
    let entry = json!({ "endpoint": canary.url("/claims"), "access_token": "for-hr" });
    let issuing = referring(options(), &entry);
    let identity = issuing.login().unwrap();
    assert!(identity.left_out().is_empty());
    assert_eq!(groups(&identity), None);
    assert_eq!(canary.connections(), 0);
}

// UI-04, TK-03
#[test]
fn no_host_is_called_but_that_of_an_issuer_that_is_believed() {
    let (keeper, canary) = (
        Keeper::start(),
        Loopback::start(|_, wire| respond(wire, "200 OK", &[], "")),
    );
    let issuing = Issuing::start_with(believing(&[keeper.server.url("")]));
    for endpoint in [
        canary.url("/claims"),
        // The provider's own host is not believed for being its own.
        issuing.server.url("/userinfo"),
        keeper.server.url("/claims").replacen("http:", "https:", 1),
        "http://169.254.169.254/latest".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        refer(&issuing, &json!({ "endpoint": endpoint }));
        assert_eq!(
            left_out(&issuing),
            ["invalid_token.claim_source_endpoint_forbidden"],
            "{endpoint}"
        );
    }
    assert_eq!((canary.connections(), keeper.server.connections()), (0, 0));
    assert_eq!(issuing.server.count("/userinfo"), 5);
}

// UI-04
#[test]
fn distributed_claims_are_fetched_with_the_token_that_came_along() {
    let keeper = Keeper::start();
    let issuing = referring(believing(&[keeper.server.url("")]), &distributed(&keeper));
    for _ in 0..3 {
        let identity = issuing.login().unwrap();
        assert_eq!(groups(&identity), Some(&json!(["admins"])));
        assert!(identity.left_out().is_empty());
    }
    // Its metadata and keys are kept as the provider's are.
    assert_eq!(keeper.asked(), [1, 1, 3]);
    let request = keeper.server.requests("/claims").remove(0);
    assert_eq!(request.method, "GET");
    assert_eq!(request.header("authorization"), Some("Bearer for-hr"));
    for request in keeper.server.requests("") {
        assert!(!format!("{:?}", request.headers).contains("opaque"));
    }
}

// UI-04
#[test]
fn aggregated_claims_cost_the_keys_of_their_issuer_alone() {
    let keeper = Keeper::start();
    let issuing = referring(
        believing(&[keeper.server.url("")]),
        &json!({ "JWT": keeper.jwt() }),
    );
    for _ in 0..2 {
        assert_eq!(groups(&issuing.login().unwrap()), Some(&json!(["admins"])));
    }
    assert_eq!(keeper.asked(), [1, 1, 0]);
}

// UI-04
#[test]
fn what_the_policy_does_not_look_at_is_not_fetched() {
    let keeper = Keeper::start();
    let options = ClientOptions {
        needed_claims: vec!["email".to_owned(), "realm_access".to_owned()],
        ..believing(&[keeper.server.url("")])
    };
    let issuing = referring(options, &distributed(&keeper));
    assert!(left_out(&issuing).is_empty());
    assert_eq!(keeper.server.connections(), 0);
}

// UI-04
#[test]
fn the_providers_own_word_is_verified_by_its_own_keys() {
    let issuing = Issuing::start();
    let own = issuing.server.url("");
    let provider = relyant_http::Provider::with_clock(
        &own,
        loopback::registration(),
        believing(std::slice::from_ref(&own)),
        Arc::clone(&issuing.clock) as Arc<dyn relyant_http::clock::Clock>,
    );
    let issuing = Issuing {
        provider: provider.unwrap(),
        ..issuing
    };
    let claims = json!({ "iss": own, "groups": ["admins"] }).to_string();
    let jwt = issuing
        .script
        .lock()
        .unwrap()
        .signing
        .sign(claims.as_bytes(), &Map::new());
    refer(&issuing, &json!({ "JWT": jwt.unwrap() }));
    assert_eq!(groups(&issuing.login().unwrap()), Some(&json!(["admins"])));
    assert_eq!(
        (issuing.metadata_requests(), issuing.key_requests()),
        (1, 1)
    );
}

// UI-04, DK-03, DK-04
// Core §10.1.1
#[test]
fn a_new_key_of_a_keeper_is_looked_for_once_in_half_a_minute() {
    let keeper = Keeper::start();
    let issuing = referring(believing(&[keeper.server.url("")]), &distributed(&keeper));
    issuing.login().unwrap();
    keeper.change(|says| {
        says.key = signing_key("next");
        says.published = vec![Value::Object(says.key.public_jwk())];
    });
    assert!(groups(&issuing.login().unwrap()).is_some());
    keeper.change(|says| says.key = signing_key("unpublished"));
    for _ in 0..5 {
        assert_eq!(
            left_out(&issuing),
            ["invalid_token.claim_source_unknown_key"]
        );
    }
    assert_eq!(keeper.asked(), [1, 2, 7]);
    issuing.clock.turn(31);
    assert_eq!(
        left_out(&issuing),
        ["invalid_token.claim_source_unknown_key"]
    );
    assert_eq!(keeper.asked(), [1, 3, 8]);
}

// UI-04, DK-09
#[test]
fn the_keys_of_a_keeper_stay_on_the_host_where_they_were() {
    let canary = Loopback::start(|_, wire| respond(wire, "200 OK", &[], ""));
    let keeper = Keeper::start();
    let issuing = referring(believing(&[keeper.server.url("")]), &distributed(&keeper));
    issuing.login().unwrap();
    let target = canary.url("/jwks");
    keeper.change(|says| says.metadata_change = json!({ "jwks_uri": target }));
    // Past the time for which metadata are believed; what they were serves on.
    issuing.clock.turn(4000);
    assert!(groups(&issuing.login().unwrap()).is_some());
    let failures = issuing.provider.take_renewal_failures();
    let codes: Vec<_> = failures.iter().map(relyant_oidc::Error::code).collect();
    assert!(
        codes.contains(&"configuration.destination_forbidden"),
        "{codes:?}"
    );
    assert_eq!(canary.connections(), 0);
}

// UI-04, FT-05, FT-13, FT-14, FT-16
#[test]
fn what_a_keeper_does_wrong_leaves_its_claims_out() {
    let rows: [(Act, &str); 6] = [
        (
            |wire| {
                respond(
                    wire,
                    "302 Found",
                    &["Location: http://169.254.169.254/"],
                    "",
                );
            },
            "unavailable.redirect",
        ),
        (
            |wire| {
                let _ = wire.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 300000000\r\n\r\n");
            },
            "unavailable.too_large",
        ),
        (
            |wire| {
                let headers = ["Content-Type: application/jwt", "Content-Encoding: gzip"];
                respond(wire, "200 OK", &headers, "\u{1f}");
            },
            "unavailable.content_encoding",
        ),
        (
            |wire| respond(wire, "200 OK", &["Content-Type: text/html"], "<html>"),
            "misbehaved.content_type",
        ),
        (
            |wire| respond(wire, "401 Unauthorized", &[], ""),
            "misbehaved.status",
        ),
        (
            |wire| respond(wire, "200 OK", &["Content-Type: application/jwt"], "no-jwt"),
            "invalid_token.claim_source_malformed",
        ),
    ];
    for (instead, code) in rows {
        let keeper = Keeper::start();
        keeper.change(|says| says.instead = Some(instead));
        let issuing = referring(believing(&[keeper.server.url("")]), &distributed(&keeper));
        assert_eq!(left_out(&issuing), [code]);
    }
}

// UI-04, FT-01
#[test]
fn a_keeper_that_hangs_costs_no_more_than_the_time_of_the_step() {
    let keeper = Keeper::start();
    keeper.change(|says| says.instead = Some(|_| thread::sleep(Duration::from_secs(2))));
    let options = ClientOptions {
        timeout: Duration::from_millis(800),
        ..believing(&[keeper.server.url("")])
    };
    let issuing = referring(options, &distributed(&keeper));
    let start = Instant::now();
    assert_eq!(left_out(&issuing), ["unavailable.timeout"]);
    // Less than the keeper takes; a busy machine may add to the deadline.
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn a_setting_that_names_no_issuer_is_found_at_start() {
    for (issuer, code) in [
        ("http://hr.example.com", "configuration.issuer_not_https"),
        ("hr.example.com", "configuration.issuer_invalid"),
        ("https://hr.example.com?x=1", "configuration.issuer_invalid"),
    ] {
        let made = relyant_http::Provider::new(
            "https://sso.example.com",
            loopback::registration(),
            believing(&[issuer.to_owned()]),
        );
        assert_eq!(made.err().map(|error| error.code()), Some(code), "{issuer}");
    }
}
