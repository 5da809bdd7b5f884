//! The headers of an answer that count: how they are read where they come twice, and what they say about time.

#![allow(clippy::unwrap_used, reason = "a test that can't set itself up fails")]

mod loopback;

use std::sync::Arc;

use loopback::{
    Loopback, ManualClock, REDIRECT_URI, base, metadata, options, registration, respond,
};
use relyant_http::clock::Clock;
use relyant_http::{Addresses, Provider};

/// A server that gives metadata under `headers`, and a provider whose clock is at 2027-01-15 08:00:00.
fn provider_of(headers: &'static [&'static str]) -> (Loopback, Arc<ManualClock>, Provider) {
    let server = Loopback::start(move |request, wire| {
        let document = metadata(&base(request)).to_string();
        let headers = [&["Content-Type: application/json"], headers].concat();
        respond(wire, "200 OK", &headers, &document);
    });
    let clock = ManualClock::new();
    let its_clock = Arc::clone(&clock) as Arc<dyn Clock>;
    let provider =
        Provider::with_clock(&server.url(""), registration(), options(), its_clock).unwrap();
    (server, clock, provider)
}

// RFC 9110 §6.6.1, RFC 9111 §5.1
#[test]
fn the_providers_clock_is_that_of_its_date_and_of_the_age_that_a_cache_counts() {
    for (headers, difference) in [
        (
            &["Date: Fri, 15 Jan 2027 08:00:00 GMT"] as &'static [_],
            Some(0),
        ),
        (&["Date: Fri, 15 Jan 2027 08:05:00 GMT"], Some(300)),
        (&["Date: Fri, 15 Jan 2027 07:00:00 GMT"], Some(-3600)),
        (
            &["Date: Fri, 15 Jan 2027 07:00:00 GMT", "Age: 3600"],
            Some(0),
        ),
        (
            &["Date: Fri, 15 Jan 2027 08:00:00 GMT", "Age: old"],
            Some(0),
        ),
        (&["Date: yesterday", "Age: 3600"], None),
        (&[], None),
    ] {
        let (_server, _, provider) = provider_of(headers);
        let addresses = Addresses {
            redirect_uri: None,
            post_logout_redirect_uri: None,
        };
        let got = provider.examine(addresses).clock_difference;
        assert_eq!(got, difference, "{headers:?}");
    }
}

// RFC 9110 §5.3
#[test]
fn a_list_that_comes_in_two_lines_is_one_list() {
    let (server, clock, provider) =
        provider_of(&["Cache-Control: public", "Cache-Control: max-age=600"]);
    provider.begin_login(REDIRECT_URI).unwrap();
    clock.turn(479);
    provider.begin_login(REDIRECT_URI).unwrap();
    assert_eq!(server.count("/openid-configuration"), 1);
    clock.turn(121);
    provider.begin_login(REDIRECT_URI).unwrap();
    assert_eq!(server.count("/openid-configuration"), 2);
}
