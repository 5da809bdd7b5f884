//! What a provider may do to one exchange, and what becomes of it.

mod loopback;

use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use loopback::{
    Loopback, REDIRECT_URI, Request, Wire, failure, metadata, options, provider, registration,
    respond, respond_json,
};
use relyant_http::Provider;
use relyant_http::limits::MAX_BODY_BYTES;
use relyant_jose::limits::MAX_JSON_BYTES;
use url::Url;

/// That of [`options`].
const TIMEOUT: Duration = Duration::from_secs(2);
/// What a busy machine may add to it; less than the five seconds for which the servers here misbehave.
const SLACK: Duration = Duration::from_secs(2);

/// Fails a login against a server that answers so, and asserts the code and that it took no longer than the deadline.
fn assert_fails(code: &str, answer: impl Fn(&Request, &mut dyn Wire) + Send + Sync + 'static) {
    let server = Loopback::start(answer);
    let (got, took) = failure(&provider(&server));
    assert_eq!(got, code);
    assert!(took < TIMEOUT + SLACK, "{code} after {took:?}");
}

/// Writes `bytes` again and again with a pause between, until the client goes or five seconds have passed.
fn drip(wire: &mut dyn Wire, bytes: &[u8], pause: Duration) {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(5) && wire.write_all(bytes).is_ok() {
        thread::sleep(pause);
    }
}

// FT-01
#[test]
fn a_server_that_never_answers_costs_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let provider = Provider::new(&issuer, registration(), options()).unwrap();
    let (code, took) = failure(&provider);
    assert_eq!(code, "unavailable.timeout");
    assert!(took >= TIMEOUT && took < TIMEOUT + SLACK, "{took:?}");
}

// FT-02
#[test]
fn dripping_headers_cost_the_deadline() {
    assert_fails("unavailable.timeout", |_, wire| {
        let _ = wire.write_all(b"HTTP/1.1 200 OK\r\nX-Drip: ");
        drip(wire, b"a", Duration::from_millis(50));
    });
}

// FT-02, DK-06
#[test]
fn a_dripping_body_costs_the_deadline() {
    assert_fails("unavailable.timeout", |_, wire| {
        let _ = wire.write_all(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n",
        );
        drip(wire, b"{", Duration::from_millis(50));
    });
}

// FT-03
#[test]
fn a_refused_connection_fails_at_once() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let provider = Provider::new(&format!("http://{closed}"), registration(), options()).unwrap();
    let (code, took) = failure(&provider);
    assert_eq!(code, "unavailable.connect");
    assert!(took < TIMEOUT, "{took:?}");
}

// FT-03
#[test]
fn a_name_that_does_not_resolve_fails() {
    // RFC 1035 §2.3.4: a label has 63 bytes at most, so the resolver says no without asking the network.
    let issuer = format!("https://{}.invalid", "a".repeat(64));
    let provider = Provider::new(&issuer, registration(), options()).unwrap();
    assert_eq!(failure(&provider).0, "unavailable.name_resolution");
}

// FT-03
#[test]
fn after_five_failures_nobody_waits() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let timeout = Duration::from_millis(50);
    let provider = Provider::new(
        &issuer,
        registration(),
        relyant_http::ClientOptions {
            timeout,
            ..options()
        },
    )
    .unwrap();
    for _ in 0..5 {
        assert!(failure(&provider).1 >= timeout);
    }
    let start = Instant::now();
    for _ in 0..100 {
        assert_eq!(failure(&provider).0, "unavailable.timeout");
    }
    assert!(start.elapsed() < 50 * timeout, "{:?}", start.elapsed());
}

// FT-04
// RFC 6585 §4
#[test]
fn a_status_that_says_later_is_told_with_its_retry_after() {
    for (status, header, expected) in [
        ("503 Service Unavailable", "Retry-After: 7", Some(7)),
        ("429 Too Many Requests", "Retry-After: 999999", Some(3600)),
        (
            "503 Service Unavailable",
            "Retry-After: Thu, 01 Jan 1970 00:00:00 GMT",
            Some(0),
        ),
        ("500 Internal Server Error", "X-Nothing: 1", None),
        ("502 Bad Gateway", "Retry-After: soon", None),
    ] {
        let server = Loopback::start(move |_, wire| respond(wire, status, &[header], "down"));
        let error = provider(&server).begin_login(REDIRECT_URI).unwrap_err();
        assert_eq!(
            (error.code(), error.retry_after()),
            ("unavailable.http_status", expected),
            "{header}"
        );
    }
}

// FT-04
#[test]
fn a_get_is_tried_twice_and_not_after_retry_after() {
    for (status, times) in [
        ("500 Internal Server Error", 2),
        ("502 Bad Gateway", 2),
        ("503 Service Unavailable", 2),
        ("429 Too Many Requests", 1),
    ] {
        let server = Loopback::start(move |_, wire| respond(wire, status, &[], ""));
        assert_eq!(failure(&provider(&server)).0, "unavailable.http_status");
        assert_eq!(server.count("/openid-configuration"), times, "{status}");
    }

    let server = Loopback::start(|_, wire| respond(wire, "503 Later", &["Retry-After: 5"], ""));
    let provider = provider(&server);
    assert_eq!(failure(&provider).0, "unavailable.http_status");
    assert_eq!(failure(&provider).0, "unavailable.http_status");
    assert_eq!(server.count("/openid-configuration"), 1);
}

// FT-04
#[test]
fn an_exchange_that_breaks_is_tried_once_more() {
    let broken = AtomicUsize::new(0);
    let server =
        Loopback::start(
            move |request, wire| match broken.fetch_add(1, Ordering::SeqCst) {
                0 => drop(wire.write_all(b"HTTP/1.1 \0\r\n\r\n")),
                _ => respond_json(wire, &metadata(&loopback::base(request))),
            },
        );
    assert_eq!(failure(&provider(&server)).0, "none");

    let server = Loopback::start(|_, wire| drop(wire.write_all(b"HTTP/1.1 \0\r\n\r\n")));
    assert_eq!(failure(&provider(&server)).0, "unavailable.protocol");
    assert_eq!(server.count("/openid-configuration"), 2);
}

// FT-05
#[test]
fn html_is_no_metadata_and_is_not_kept() {
    let server =
        Loopback::start(|_, wire| respond(wire, "200 OK", &["Content-Type: text/html"], "<html>"));
    let provider = provider(&server);
    assert_eq!(failure(&provider).0, "misbehaved.content_type");
    assert_eq!(failure(&provider).0, "misbehaved.content_type");
    assert_eq!(server.count("/openid-configuration"), 2);
}

#[test]
fn every_body_that_is_read_can_be_parsed_and_no_longer_document_exists() {
    assert_eq!(MAX_BODY_BYTES, MAX_JSON_BYTES);
}

// FT-13, DK-06
#[test]
fn a_huge_body_is_cut_whether_announced_or_not() {
    assert_fails("unavailable.too_large", |_, wire| {
        let _ = wire.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 300000000\r\n\r\n");
        drip(wire, &[b' '; 16384], Duration::ZERO);
    });
    assert_fails("unavailable.too_large", |_, wire| {
        let _ = wire.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        drip(wire, &[b' '; 16384], Duration::ZERO);
    });
}

// FT-14
#[test]
fn compression_is_not_asked_for_and_refused() {
    let server = Loopback::start(|_, wire| {
        respond(
            wire,
            "200 OK",
            &["Content-Type: application/json", "Content-Encoding: gzip"],
            "\u{1f}",
        );
    });
    assert_eq!(
        failure(&provider(&server)).0,
        "unavailable.content_encoding"
    );
    let request = server.requests("/openid-configuration").remove(0);
    assert_eq!(request.header("accept-encoding"), Some("identity"));
}

// FT-15
#[test]
fn an_endless_chunked_body_is_cut() {
    assert_fails("unavailable.too_large", |_, wire| {
        let _ = wire.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        drip(
            wire,
            format!("1000\r\n{}\r\n", " ".repeat(4096)).as_bytes(),
            Duration::ZERO,
        );
    });
}

// FT-15
#[test]
fn endless_headers_are_cut() {
    assert_fails("unavailable.headers_too_large", |_, wire| {
        let _ = wire.write_all(b"HTTP/1.1 200 OK\r\nX-Long: ");
        drip(wire, &[b'a'; 1024], Duration::ZERO);
    });
    for count in [101, 1000] {
        assert_fails("unavailable.headers_too_large", move |_, wire| {
            let headers = vec!["X-Many: 1"; count];
            respond(wire, "200 OK", &headers, "{}");
        });
    }
}

// FT-15
#[test]
fn a_flood_of_early_answers_costs_the_deadline() {
    assert_fails("unavailable.timeout", |_, wire| {
        drip(
            wire,
            b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
            Duration::from_millis(1),
        );
    });
}

// FT-16, DK-05
#[test]
fn a_redirect_is_not_followed_and_its_target_named() {
    let canary = Loopback::start(|_, wire| respond(wire, "200 OK", &[], ""));
    for target in [
        canary.url("/x"),
        "http://169.254.169.254/latest".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        for status in [
            "301 Moved",
            "302 Found",
            "303 See Other",
            "307 Temporary",
            "308 Permanent",
        ] {
            let location = format!("Location: {target}");
            let server = Loopback::start(move |_, wire| respond(wire, status, &[&location], ""));
            let error = provider(&server).begin_login(REDIRECT_URI).unwrap_err();
            assert_eq!(error.code(), "unavailable.redirect");
            assert!(error.to_string().contains(&target), "{error}");
        }
    }
    assert_eq!(canary.connections(), 0);
}

#[test]
fn an_answer_that_is_no_http_fails() {
    assert_fails("unavailable.protocol", |_, wire| {
        let _ = wire.write_all(b"SSH-2.0-OpenSSH_9.9\r\n\r\n");
    });
}

// RFC 9110 §7.2
#[test]
fn the_internal_address_is_called_under_the_public_name() {
    let server =
        Loopback::start(|_, wire| respond_json(wire, &metadata("https://sso.example:8443")));
    let internal = relyant_http::ClientOptions {
        internal_base_url: Some(Url::parse(&server.url("")).unwrap()),
        ..options()
    };
    let provider = Provider::new("https://sso.example:8443", registration(), internal).unwrap();
    let login = provider.begin_login(REDIRECT_URI).unwrap();
    assert!(
        login.url.starts_with("https://sso.example:8443/auth?"),
        "{}",
        login.url
    );
    let request = server.requests("/openid-configuration").remove(0);
    assert_eq!(request.header("host"), Some("sso.example:8443"));
}

#[test]
fn a_wrong_option_is_found_at_start() {
    let with = |change: fn(&mut relyant_http::ClientOptions)| {
        let mut options = options();
        change(&mut options);
        Provider::new("https://sso.example", registration(), options)
            .unwrap_err()
            .code()
    };
    assert_eq!(
        with(|it| it.ca_file = Some("/nowhere.pem".into())),
        "configuration.ca_file"
    );
    assert_eq!(
        with(|it| it.timeout = Duration::ZERO),
        "configuration.timeout_invalid"
    );
    assert_eq!(
        with(|it| it.timeout = Duration::from_millis(60_001)),
        "configuration.timeout_invalid"
    );
    let internal: fn(&mut relyant_http::ClientOptions) =
        |it| it.internal_base_url = Url::parse("http://keycloak:8080").ok();
    assert_eq!(with(internal), "configuration.destination_forbidden");
    let http = Provider::new("http://sso.example", registration(), options()).unwrap_err();
    assert_eq!(http.code(), "configuration.issuer_not_https");
}

// OP-01
#[test]
fn debug_shows_no_secret() {
    let server =
        Loopback::start(|request, wire| respond_json(wire, &metadata(&loopback::base(request))));
    let provider = provider(&server);
    let login = provider.begin_login(REDIRECT_URI).unwrap();
    let shown = format!("{provider:?} {login:?}");
    assert!(
        !shown.contains("beer-secret") && !shown.contains(&login.state),
        "{shown}"
    );
}
