//! A way through an HTTP proxy, as the environment names it: what the proxy may do to it, and what becomes of it.
//!
//! A test can't change its own environment while others read it: each login runs in a child process, which is this very
//! program with one test of it.

#![allow(clippy::unwrap_used, reason = "a test that can't set itself up fails")]

mod loopback;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use loopback::authority::{Authority, PemFile, serve_behind, wrap};
use loopback::{REDIRECT_URI, Wire, options, registration};
use relyant_http::{ClientOptions, Provider};

/// Where the child finds the issuer and the file of its authority.
const ISSUER: &str = "RELYANT_TEST_ISSUER";
const CA_FILE: &str = "RELYANT_TEST_CA_FILE";

/// A host that no resolver knows: only a proxy leads there.
const HOST: &str = "sso.invalid";

/// That of [`options`], and what a busy machine may add to it; less than the five seconds for which proxies misbehave.
const TIMEOUT: Duration = Duration::from_secs(2);
const SLACK: Duration = Duration::from_secs(2);

type Requests = Arc<Mutex<Vec<String>>>;

/// A proxy on a free port of 127.0.0.1, which reads a request and then does what a test tells it.
struct Proxy {
    address: SocketAddr,
    requests: Requests,
}

impl Proxy {
    fn start(conduct: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Self {
            address: listener.local_addr().unwrap(),
            requests: Requests::default(),
        };
        let requests = Arc::clone(&proxy.requests);
        let conduct = Arc::new(conduct);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, conduct) = (stream.unwrap(), Arc::clone(&conduct));
                let requests = Arc::clone(&requests);
                thread::spawn(move || {
                    let request = read_head(&mut stream);
                    requests.lock().unwrap().push(request);
                    conduct(&mut stream);
                });
            }
        });
        proxy
    }

    /// A proxy that answers so and closes.
    fn answering(answer: &'static str) -> Self {
        Self::start(move |stream| drop(stream.write_all(answer.as_bytes())))
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn read_head(stream: &mut impl Read) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        head.extend(byte);
    }
    String::from_utf8(head).unwrap()
}

/// What a proxy that opens each way does to a connection; what comes then is the destination's.
fn open<T: Wire + 'static>(mut stream: T, answer: &str, requests: &Requests) -> Box<dyn Wire> {
    requests.lock().unwrap().push(read_head(&mut stream));
    // A client that has gone is what some tests are about.
    let _ = stream
        .write_all(answer.as_bytes())
        .and_then(|()| stream.flush());
    Box::new(stream)
}

/// Writes `bytes` again and again with a pause between, until the client goes or five seconds have passed.
fn drip(stream: &mut TcpStream, bytes: &[u8], pause: Duration) {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(5) && stream.write_all(bytes).is_ok() {
        thread::sleep(pause);
    }
}

/// What became of a login that began in a child.
#[derive(Debug)]
struct Outcome {
    code: String,
    took: Duration,
    message: String,
}

/// Begins a login at `https://sso.invalid` in a child whose environment names `proxy`.
fn begin_through(proxy: &str, ca_file: Option<&PemFile>) -> Outcome {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", "child", "--ignored", "--nocapture"])
        .env(ISSUER, format!("https://{HOST}"))
        .env("https_proxy", proxy)
        .env_remove("no_proxy")
        .env_remove("NO_PROXY");
    if let Some(file) = ca_file {
        child.env(CA_FILE, file.path());
    }
    let output = child.output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    let told = |name: &str| {
        let line = shown.lines().find_map(|line| line.strip_prefix(name));
        assert!(line.is_some(), "{name} {shown}");
        line.unwrap().to_owned()
    };
    Outcome {
        code: told("code="),
        took: Duration::from_millis(told("took=").parse().unwrap()),
        message: told("message="),
    }
}

/// What the child does. It prints for [`begin_through`].
#[test]
#[ignore = "a part of the other tests, which run it in a process of its own"]
#[allow(clippy::print_stdout, reason = "its way to speak to its parent")]
fn child() {
    let issuer = std::env::var(ISSUER).unwrap();
    let options = ClientOptions {
        ca_file: std::env::var_os(CA_FILE).map(Into::into),
        ..options()
    };
    let provider = Provider::new(&issuer, registration(), options).unwrap();
    let start = Instant::now();
    let error = provider.begin_login(REDIRECT_URI).err();
    let took = start.elapsed().as_millis();
    let code = error.as_ref().map_or("none", |error| error.code());
    let message = error.map_or_else(String::new, |error| error.to_string());
    println!("\ncode={code}\ntook={took}\nmessage={message}");
}

#[test]
fn the_provider_is_reached_by_its_name_and_in_tls() {
    let authority = Authority::new();
    let file = PemFile::new("proxied", &authority.pem);
    for answer in [
        "HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy\r\n\r\n",
        "HTTP/1.0 204\n\n",
    ] {
        let requests = Requests::default();
        let its_requests = Arc::clone(&requests);
        let server = serve_behind(HOST, authority.server(HOST, 2090), move |stream| {
            open(stream, answer, &its_requests)
        });
        let outcome = begin_through(&format!("http://{}", server.address), Some(&file));
        assert_eq!(outcome.code, "none", "{outcome:?}");
        assert_eq!(server.count("/.well-known/openid-configuration"), 1);
        let version = env!("CARGO_PKG_VERSION");
        let expected = format!(
            "CONNECT sso.invalid:443 HTTP/1.1\r\nHost: sso.invalid:443\r\nUser-Agent: relyant/{version}\r\n\r\n"
        );
        assert_eq!(*requests.lock().unwrap(), [expected]);
    }
}

// DK-10
#[test]
fn a_proxy_is_not_believed_to_be_the_provider() {
    let (trusted, its_own) = (Authority::new(), Authority::new());
    let file = PemFile::new("intercepted", &trusted.pem);
    let server = serve_behind(HOST, its_own.server(HOST, 2090), |stream| {
        open(stream, "HTTP/1.1 200 OK\r\n\r\n", &Requests::default())
    });
    let outcome = begin_through(&format!("http://{}", server.address), Some(&file));
    assert_eq!(outcome.code, "unavailable.tls", "{outcome:?}");
    assert_eq!(server.count(""), 0);
}

#[test]
fn a_proxy_in_tls_is_verified_and_leads_to_tls_with_the_provider() {
    let authority = Authority::new();
    let file = PemFile::new("in-tls", &authority.pem);
    let proxy = Arc::new(authority.server("127.0.0.1", 2090));
    let server = serve_behind(HOST, authority.server(HOST, 2090), move |stream| {
        open(
            wrap(&proxy, stream),
            "HTTP/1.1 200 OK\r\n\r\n",
            &Requests::default(),
        )
    });
    let address = format!("https://{}", server.address);
    let outcome = begin_through(&address, Some(&file));
    assert_eq!(outcome.code, "none", "{outcome:?}");
    let outcome = begin_through(&address, None);
    assert_eq!(outcome.code, "unavailable.tls", "{outcome:?}");
    assert!(
        outcome.message.contains("TLS with `127.0.0.1`"),
        "{outcome:?}"
    );
}

// RFC 9110 §11.7.2
#[test]
fn the_credentials_of_the_proxys_address_are_for_the_proxy() {
    for (userinfo, expected) in [
        ("carol:be%40er", "Y2Fyb2w6YmVAZXI="),
        ("carol", "Y2Fyb2w6"),
        (":beer", "OmJlZXI="),
    ] {
        let proxy = Proxy::answering("HTTP/1.1 503 Later\r\n\r\n");
        begin_through(&format!("http://{userinfo}@{}", proxy.address), None);
        let header = format!("\r\nProxy-Authorization: Basic {expected}\r\n");
        let requests = proxy.requests();
        assert!(
            requests.iter().any(|request| request.contains(&header)),
            "{requests:?}"
        );
    }
}

// OP-01
// RFC 9110 §15.5.8
#[test]
fn a_proxy_that_refuses_is_named_with_its_status_and_without_credentials() {
    for (answer, told) in [
        (
            "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n",
            "status 407, expected 2xx, and opens no way to `sso.invalid`; a user name and a password",
        ),
        (
            "HTTP/1.1 502 Bad Gateway\r\n\r\n",
            "status 502, expected 2xx",
        ),
        ("HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", "status 302"),
        ("HTTP/1.1 100 Continue\r\n\r\n", "status 100"),
    ] {
        let proxy = Proxy::answering(answer);
        let outcome = begin_through(&format!("http://carol:beer@{}", proxy.address), None);
        assert_eq!(outcome.code, "unavailable.proxy_refused", "{outcome:?}");
        assert!(outcome.message.contains(told), "{outcome:?}");
        assert!(outcome.message.contains("`127.0.0.1`"), "{outcome:?}");
        assert!(!outcome.message.contains("beer"), "{outcome:?}");
        assert!(!outcome.message.contains("carol"), "{outcome:?}");
        assert_eq!(proxy.requests().len(), 1, "{answer}");
    }
}

// FT-02
#[test]
fn a_proxy_that_drips_costs_the_deadline() {
    let proxy = Proxy::start(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX-Drip: ");
        drip(stream, b"a", Duration::from_millis(50));
    });
    let outcome = begin_through(&format!("http://{}", proxy.address), None);
    assert_eq!(outcome.code, "unavailable.timeout", "{outcome:?}");
    assert!(outcome.took >= TIMEOUT, "{outcome:?}");
    assert!(outcome.took < TIMEOUT + SLACK, "{outcome:?}");
    assert!(outcome.message.contains("`127.0.0.1`"), "{outcome:?}");
}

// FT-01
#[test]
fn a_proxy_that_never_answers_costs_the_deadline() {
    let proxy = Proxy::start(|stream| drop(stream.read(&mut [0])));
    let outcome = begin_through(&format!("http://{}", proxy.address), None);
    assert_eq!(outcome.code, "unavailable.timeout", "{outcome:?}");
    assert!(outcome.took < TIMEOUT + SLACK, "{outcome:?}");
}

// FT-15
#[test]
fn endless_headers_of_a_proxy_are_cut() {
    let proxy = Proxy::start(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX-Long: ");
        drip(stream, &[b'a'; 1024], Duration::ZERO);
    });
    let outcome = begin_through(&format!("http://{}", proxy.address), None);
    assert_eq!(outcome.code, "unavailable.proxy_answer", "{outcome:?}");
    assert!(
        outcome.message.contains("too many or too long headers"),
        "{outcome:?}"
    );
    assert!(outcome.took < TIMEOUT + SLACK, "{outcome:?}");
}

// FT-03
#[test]
fn what_is_no_proxy_is_told_with_its_name() {
    for (answer, told) in [
        ("SSH-2.0-OpenSSH_9.9\r\n\r\n", "its answer is not HTTP"),
        ("HTTP/1.1 200 OK\r\n", "it closed the connection"),
        ("", "it closed the connection"),
    ] {
        let proxy = Proxy::answering(answer);
        let outcome = begin_through(&format!("http://{}", proxy.address), None);
        assert_eq!(outcome.code, "unavailable.proxy_answer", "{outcome:?}");
        assert!(
            outcome
                .message
                .contains("the proxy `127.0.0.1` opened no way to `sso.invalid`")
        );
        assert!(outcome.message.contains(told), "{outcome:?}");
    }
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let outcome = begin_through(&format!("http://{closed}"), None);
    assert_eq!(outcome.code, "unavailable.connect", "{outcome:?}");
    assert!(
        outcome.message.contains("no connection to `127.0.0.1`"),
        "{outcome:?}"
    );
}
