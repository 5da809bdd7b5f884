//! The misbehaviours of the exchange itself, read off the socket; every wait is bounded.

use std::io::Read;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::http::Request;
use crate::running::{Running, authorization_path, endpoint};

/// What this file tests, for the roll call of the catalogue.
pub(crate) const NAMES: [&str; 8] = [
    "slow",
    "dripping",
    "down",
    "error-500",
    "error-503",
    "huge-body",
    "endless-headers",
    "gzip-body",
];

const METADATA: &str = "/realms/brewery/.well-known/openid-configuration";

fn open(provider: &Running, path: &str) -> TcpStream {
    Request::get(path)
        .open(provider.address, Duration::from_secs(10))
        .unwrap()
}

/// What arrives within so long.
fn received_within(mut stream: TcpStream, time: Duration) -> Vec<u8> {
    let deadline = Instant::now() + time;
    let mut received = Vec::new();
    let mut piece = [0_u8; 4_096];
    while let Some(left) = deadline
        .checked_duration_since(Instant::now())
        .filter(|left| !left.is_zero())
    {
        stream.set_read_timeout(Some(left)).unwrap();
        match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => received.extend_from_slice(&piece[..count]),
            Err(_) => {}
        }
    }
    received
}

#[test]
fn slow_never_answers() {
    let provider = Running::start(&["--misbehave", "slow"]);
    assert!(received_within(open(&provider, METADATA), Duration::from_millis(500)).is_empty());
}

#[test]
fn dripping_sends_two_bytes_a_second() {
    let provider = Running::start(&["--misbehave", "dripping"]);
    let received = received_within(open(&provider, METADATA), Duration::from_millis(1_250));
    assert!((1..=3).contains(&received.len()), "{received:?}");
    assert!(b"HTTP/1.1 200 OK".starts_with(&received));
}

#[test]
fn down_closes_without_an_answer() {
    let provider = Running::start(&["--misbehave", "down"]);
    let mut received = Vec::new();
    // A reset instead of an end is as good.
    let _ = open(&provider, METADATA).read_to_end(&mut received);
    assert!(received.is_empty());
}

#[test]
fn errors_have_their_status() {
    let provider = Running::start(&["--misbehave", "error-503"]);
    let answer = provider.metadata();
    assert_eq!(
        (answer.status, answer.header("retry-after")),
        (503, Some("7"))
    );
    provider.misbehave(&["error-500"]);
    assert_eq!(provider.metadata().status, 500);
}

#[test]
fn floods_go_on_as_long_as_one_reads() {
    const ENOUGH: usize = 2 << 20;
    let provider = Running::start(&["--misbehave", "huge-body"]);
    let read = |path: &str| {
        let mut received = vec![0_u8; ENOUGH];
        open(&provider, path).read_exact(&mut received).unwrap();
        received.windows(4).position(|window| window == b"\r\n\r\n")
    };
    let end_of_headers = read(METADATA);
    assert!(
        end_of_headers.is_some_and(|end| end < 200),
        "{end_of_headers:?}"
    );
    provider.misbehave(&["endless-headers"]);
    assert_eq!(read(&endpoint("certs")), None);
}

#[test]
fn gzip_is_what_it_says() {
    let provider = Running::start(&[]);
    let plain = provider.metadata().body;
    provider.misbehave(&["gzip-body"]);
    let answer = provider.metadata();
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    assert_eq!(
        answer.header("content-length"),
        Some(answer.body.len().to_string().as_str())
    );
    assert!(answer.body.starts_with(&[0x1f, 0x8b, 8]));
    assert!(
        answer
            .body
            .windows(plain.len())
            .any(|window| window == plain)
    );
}

#[test]
fn they_stay_where_they_are_put() {
    let provider = Running::start(&[
        "--misbehave",
        "error-500@token",
        "--misbehave",
        "error-503@userinfo",
    ]);
    assert_eq!(provider.metadata().status, 200);
    assert_eq!(provider.jwks().status, 200);
    assert_eq!(provider.redeem("code", ("", "")).status, 500);
    assert_eq!(provider.userinfo("token").status, 503);
}

#[test]
fn people_and_control_are_still_answered() {
    let provider = Running::start(&[]);
    for name in NAMES {
        provider.misbehave(&[name]);
        assert_eq!(
            provider
                .send(&Request::get(&authorization_path(&[])))
                .status,
            200,
            "{name}"
        );
        assert_eq!(provider.send(&Request::get("/")).status, 200, "{name}");
    }
}
