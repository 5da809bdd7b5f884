//! Pushed authorization requests: which request a login begins with, and that none takes its place.

#![allow(clippy::unwrap_used, reason = "a test that can't set itself up fails")]

mod loopback;

use loopback::issuing::Issuing;
use serde_json::json;
use url::Url;

fn pushing() -> Issuing {
    let issuing = Issuing::start();
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
