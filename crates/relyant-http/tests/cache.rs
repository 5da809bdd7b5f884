//! What is kept of a provider, for how long, and who fetches it anew.

#![allow(clippy::unwrap_used, reason = "a test that can't set itself up fails")]

mod loopback;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use loopback::issuing::{Issuing, rsa_key, signing_key};
use loopback::{Loopback, options, respond};
use relyant_http::ClientOptions;
use relyant_oidc::Error;
use serde_json::{Value, json};

fn in_threads(count: usize, work: impl Fn() + Sync) {
    thread::scope(|scope| {
        for _ in 0..count {
            let builder = thread::Builder::new().stack_size(512 * 1024);
            builder.spawn_scoped(scope, &work).unwrap();
        }
    });
}

fn patient() -> ClientOptions {
    ClientOptions {
        timeout: Duration::from_secs(20),
        ..options()
    }
}

// FT-11
#[test]
fn a_thousand_requests_on_a_cold_cache_cause_one_fetch() {
    let issuing = Issuing::start_with(patient());
    let good = AtomicUsize::new(0);
    in_threads(1000, || {
        issuing.begin().unwrap();
        good.fetch_add(1, Ordering::SeqCst);
    });
    assert_eq!(
        (good.load(Ordering::SeqCst), issuing.metadata_requests()),
        (1000, 1)
    );
}

#[test]
fn a_failing_cold_fetch_is_shared_by_those_who_waited_for_it() {
    let issuing = Issuing::start_with(patient());
    issuing.change(|script| script.metadata_change = json!({ "issuer": "https://other.example" }));
    let started = AtomicUsize::new(0);
    // While the script is held, the server doesn't answer.
    let held = issuing.script.lock().unwrap();
    thread::scope(|scope| {
        let fail = || {
            started.fetch_add(1, Ordering::SeqCst);
            assert_eq!(
                issuing.begin().unwrap_err().code(),
                "configuration.issuer_mismatch"
            );
        };
        for _ in 0..50 {
            scope.spawn(fail);
        }
        while started.load(Ordering::SeqCst) < 50 {
            thread::yield_now();
        }
        drop(held);
    });
    let fetches = issuing.metadata_requests();
    assert!(fetches < 10, "{fetches}");
}

// RFC 9111 §4.2, §5.2.2
#[test]
fn an_answer_is_kept_between_five_minutes_and_a_day() {
    for (cache_control, fresh, old) in [
        ("max-age=600", 479, 600),
        ("no-store, no-cache", 239, 300),
        ("max-age=0", 239, 300),
        ("public, max-age=\"99999999\"", 69_119, 86_400),
        ("must-revalidate", 2_879, 3_600),
        ("max-age=rubbish", 2_879, 3_600),
    ] {
        let issuing = Issuing::start();
        issuing.change(|script| script.cache_control = cache_control);
        issuing.begin().unwrap();
        issuing.clock.turn(fresh);
        issuing.begin().unwrap();
        assert_eq!(issuing.metadata_requests(), 1, "{cache_control}");
        issuing.clock.turn(old - fresh);
        issuing.begin().unwrap();
        assert_eq!(issuing.metadata_requests(), 2, "{cache_control}");
    }
}

// FT-12
#[test]
fn one_request_renews_ahead_while_the_others_go_on() {
    let issuing = Issuing::start_with(patient());
    issuing.begin().unwrap();
    issuing.clock.turn(500);
    let held = issuing.script.lock().unwrap();
    let before = issuing.server.connections();
    thread::scope(|scope| {
        let renewing = scope.spawn(|| issuing.begin().unwrap());
        let start = Instant::now();
        while issuing.metadata_requests() < 2 {
            assert!(
                start.elapsed() < Duration::from_secs(10),
                "nobody renews ahead"
            );
            thread::yield_now();
        }
        // The renewal hangs; nobody else does.
        for _ in 0..100 {
            issuing.begin().unwrap();
        }
        drop(held);
        renewing.join().unwrap();
    });
    assert!(issuing.server.connections() <= before + 1);
    issuing.begin().unwrap();
    assert_eq!(issuing.metadata_requests(), 2);
}

#[test]
fn past_its_lifetime_all_wait_for_the_one_that_fetches() {
    let issuing = Issuing::start_with(patient());
    issuing.begin().unwrap();
    issuing.clock.turn(601);
    issuing.change(|script| {
        script.metadata_change =
            json!({ "authorization_endpoint": format!("{}/new", issuing.server.url("")) });
    });
    in_threads(50, || {
        assert!(issuing.begin().unwrap().url.contains("/new?"));
    });
    assert_eq!(issuing.metadata_requests(), 2);
}

// FT-06
#[test]
fn while_the_provider_is_down_the_old_ones_serve_for_a_day() {
    let issuing = Issuing::start();
    issuing.login().unwrap();
    issuing.change(|script| script.down = Some("503 Down"));
    issuing.clock.turn(600 + 86_399);
    issuing.begin().unwrap();
    let after_one = issuing.metadata_requests();
    for _ in 0..100 {
        issuing.begin().unwrap();
    }
    assert_eq!(issuing.metadata_requests(), after_one);
    let failures = issuing.provider.take_renewal_failures();
    assert_eq!(
        failures.iter().map(Error::code).collect::<Vec<_>>(),
        ["unavailable.http_status"]
    );
    assert!(issuing.provider.take_renewal_failures().is_empty());
    issuing.clock.turn(1);
    assert_eq!(
        issuing.begin().unwrap_err().code(),
        "unavailable.http_status"
    );
}

// FT-06
#[test]
fn a_provider_that_is_back_is_asked_half_a_minute_after_the_failure() {
    let issuing = Issuing::start();
    issuing.begin().unwrap();
    issuing.change(|script| script.down = Some("503 Down"));
    issuing.clock.turn(700);
    issuing.begin().unwrap();
    issuing.change(|script| script.down = None);
    let asked = issuing.metadata_requests();
    issuing.clock.turn(29);
    issuing.begin().unwrap();
    assert_eq!(issuing.metadata_requests(), asked);
    issuing.clock.turn(1);
    issuing.begin().unwrap();
    assert_eq!(issuing.metadata_requests(), asked + 1);
}

// DK-04
#[test]
fn many_threads_with_an_unknown_key_cause_one_fetch() {
    let issuing = Issuing::start_with(patient());
    issuing.login().unwrap();
    issuing.change(|script| script.signing = signing_key("unknown"));
    in_threads(20, || {
        assert!(issuing.login_code().starts_with("invalid_token."));
    });
    assert_eq!(issuing.key_requests(), 2);
}

// DK-09
#[test]
fn an_endpoint_that_moves_to_another_host_is_refused_and_the_old_one_kept() {
    for endpoint in [
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "userinfo_endpoint",
    ] {
        let issuing = Issuing::start();
        issuing.login().unwrap();
        let canary = Loopback::start(|_, wire| respond(wire, "200 OK", &[], ""));
        issuing.change(|script| script.metadata_change = json!({ endpoint: canary.url("/x") }));
        issuing.clock.turn(601);
        assert_eq!(issuing.login_code(), "none", "{endpoint}");
        let failures = issuing.provider.take_renewal_failures();
        assert_eq!(
            failures.iter().map(Error::code).collect::<Vec<_>>(),
            ["configuration.destination_forbidden"]
        );
        assert_eq!(canary.connections(), 0, "{endpoint}");
        issuing.clock.turn(86_400);
        assert_eq!(issuing.login_code(), "configuration.destination_forbidden");
    }
}

// DK-09
#[test]
fn an_algorithm_that_was_not_there_at_first_is_not_believed() {
    let issuing = Issuing::start();
    issuing.change(|script| {
        script.metadata_change = json!({ "id_token_signing_alg_values_supported": ["RS256"] });
    });
    assert_eq!(issuing.login_code(), "invalid_token.algorithm_not_allowed");
    issuing.change(|script| script.metadata_change = json!({}));
    issuing.clock.turn(601);
    assert_eq!(issuing.login_code(), "invalid_token.algorithm_not_allowed");
    assert_eq!(issuing.metadata_requests(), 2);
}

// DK-09
#[test]
fn an_algorithm_that_was_not_there_at_first_is_not_believed_for_an_access_token() {
    let issuing = Issuing::start();
    issuing.change(|script| {
        let id_token_key = rsa_key("rsa");
        script
            .published
            .push(Value::Object(id_token_key.public_jwk()));
        script.signing_access_tokens = Some(std::mem::replace(&mut script.signing, id_token_key));
        script.metadata_change = json!({ "id_token_signing_alg_values_supported": ["RS256"] });
    });
    let refused = "invalid_token.access_token_algorithm_not_allowed";
    assert_eq!(issuing.login_code(), refused);
    issuing.change(|script| script.metadata_change = json!({}));
    issuing.clock.turn(601);
    assert_eq!(issuing.login_code(), refused);
    assert_eq!(issuing.metadata_requests(), 2);
}

#[test]
fn where_no_algorithm_of_the_first_ones_is_left_nobody_is_sent_to_log_in() {
    let issuing = Issuing::start();
    issuing.begin().unwrap();
    issuing.change(|script| {
        script.metadata_change = json!({ "id_token_signing_alg_values_supported": ["PS256"] });
    });
    issuing.clock.turn(601);
    assert_eq!(
        issuing.begin().unwrap_err().code(),
        "incompatible.no_signature_algorithm"
    );
}

// DK-06
#[test]
fn a_jwk_set_that_is_html_or_huge_is_not_kept() {
    let issuing = Issuing::start();
    issuing.change(|script| script.keys_content_type = "text/html");
    assert_eq!(issuing.login_code(), "misbehaved.content_type");
    issuing.change(|script| script.keys_content_type = "application/json");
    issuing.change(|script| script.published = vec![Value::from("x".repeat(600_000))]);
    assert_eq!(issuing.login_code(), "unavailable.too_large");
    issuing.change(|script| script.published = vec![Value::Object(script.signing.public_jwk())]);
    assert_eq!(issuing.login_code(), "none");
}
