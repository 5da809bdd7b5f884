//! Pushed authorization requests: which request a login begins with, and that none takes its place.

#![allow(clippy::unwrap_used, reason = "a test that can't set itself up fails")]

mod loopback;

use std::time::Duration;

use loopback::issuing::Issuing;
use loopback::{REDIRECT_URI, options};
use relyant_http::{Addresses, ClientOptions, Examination};
use relyant_oidc::diagnosis::Diagnosis;
use serde_json::json;
use url::Url;

fn pushing() -> Issuing {
    pushing_with(options())
}

fn pushing_with(options: ClientOptions) -> Issuing {
    let issuing = Issuing::start_with(options);
    let endpoint = issuing.server.url("/par");
    issuing.change(|script| {
        script.metadata_change = json!({ "pushed_authorization_request_endpoint": endpoint });
    });
    issuing
}

// AR-19
#[test]
fn each_login_pushes_once_and_the_browser_carries_the_name() {
    let issuing = pushing();
    for pushed in 1..=2 {
        let url = Url::parse(&issuing.begin().unwrap().url).unwrap();
        assert_eq!(issuing.server.count("/par"), pushed);
        let names: Vec<_> = url
            .query_pairs()
            .map(|(name, _)| name.into_owned())
            .collect();
        assert_eq!(names, ["client_id", "request_uri"]);
    }
    issuing.login().unwrap();
}

// AR-20
#[test]
fn whatever_becomes_of_it_no_plain_request_takes_its_place() {
    for (status, code) in [
        ("500 Internal Server Error", "unavailable.http_status"),
        ("503 Service Unavailable", "unavailable.http_status"),
        ("404 Not Found", "misbehaved.pushed_request_status"),
        ("302 Found", "unavailable.redirect"),
    ] {
        let issuing = pushing();
        issuing.change(|script| script.pushed_answer = (status, json!({})));
        let got = issuing
            .begin()
            .map_or_else(|error| error.code(), |_| "none");
        assert_eq!(got, code, "{status}");
        // A request that may have been carried out is not sent again.
        assert_eq!(issuing.server.count("/par"), 1, "{status}");
    }
}

// AR-20
// RFC 9126 §5
#[test]
fn a_provider_that_takes_nothing_else_is_asked_in_no_other_way() {
    let issuing = pushing();
    issuing.change(|script| {
        script.metadata_change["require_pushed_authorization_requests"] = json!(true);
    });
    assert!(issuing.begin().unwrap().url.contains("request_uri="));
    issuing.change(|script| script.pushed_answer = ("500 Internal Server Error", json!({})));
    assert!(issuing.begin().is_err());
    assert_eq!(issuing.server.count("/par"), 2);
}

// FT-01
#[test]
fn a_push_without_an_answer_costs_the_time_of_a_step() {
    let issuing = pushing_with(ClientOptions {
        timeout: Duration::from_millis(500),
        ..options()
    });
    issuing.begin().unwrap();
    issuing.change(|script| script.delay = Duration::from_millis(800));
    assert_eq!(issuing.begin().unwrap_err().code(), "unavailable.timeout");
    assert_eq!(issuing.server.count("/par"), 2);
}

fn examine(issuing: &Issuing) -> Examination {
    issuing.provider.examine(Addresses {
        redirect_uri: Some(REDIRECT_URI),
        post_logout_redirect_uri: None,
    })
}

fn diagnoses(examination: &Examination) -> Vec<Diagnosis> {
    let symptoms = examination.symptoms.iter();
    symptoms.map(|symptom| symptom.diagnosis).collect()
}

#[test]
fn an_examination_pushes_what_a_login_would_push() {
    let issuing = pushing();
    // What this provider says to a code that nobody issued, a provider says that knows the client.
    let unknown_code = json!({ "error": "invalid_grant" });
    issuing.change(|script| script.token_refusal = Some(("400 Bad Request", unknown_code)));
    examine(&issuing);
    assert_eq!(issuing.server.count("/par"), 1);
    let description = "Invalid parameter: redirect_uri";
    for (status, error, expected) in [
        (
            "400 Bad Request",
            "invalid_request",
            Diagnosis::RedirectUriRefused,
        ),
        (
            "400 Bad Request",
            "unauthorized_client",
            Diagnosis::CodeFlowNotAllowed,
        ),
        (
            "401 Unauthorized",
            "invalid_client",
            Diagnosis::ClientSecretRefused,
        ),
        ("404 Not Found", "odd", Diagnosis::RequestRefused),
    ] {
        let body = json!({ "error": error, "error_description": description });
        issuing.change(|script| script.pushed_answer = (status, body));
        let examination = examine(&issuing);
        assert_eq!(diagnoses(&examination), [expected], "{error}");
        assert!(examination.symptoms[0].detail.contains(description));
    }
}

#[test]
fn an_examination_pushes_nothing_for_a_client_that_is_refused_anyway() {
    let issuing = pushing();
    let refused = json!({ "error": "invalid_client" });
    issuing.change(|script| {
        script.token_refusal = Some(("401 Unauthorized", refused.clone()));
        script.pushed_answer = ("401 Unauthorized", refused);
    });
    // The page of the authorization endpoint, which is none here, tells that the client isn't known at all.
    assert_eq!(diagnoses(&examine(&issuing)), [Diagnosis::ClientUnknown]);
    assert_eq!(issuing.server.count("/par"), 0);
    issuing.change(|script| {
        script.metadata_change["require_pushed_authorization_requests"] = json!(true);
    });
    assert_eq!(
        diagnoses(&examine(&issuing)),
        [Diagnosis::ClientSecretRefused]
    );
    assert_eq!(issuing.server.count("/par"), 1);
}
