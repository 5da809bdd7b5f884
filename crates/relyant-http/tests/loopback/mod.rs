//! A provider on loopback that does what a test tells it, in plain threads and bytes.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test that can't set itself up fails")]

pub(crate) mod authority;
pub(crate) mod issuing;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use relyant_http::clock::Clock;
use relyant_http::{ClientOptions, Provider};
use relyant_oidc::access_token::AccessTokenRules;
use relyant_oidc::clock::UnixTime;
use relyant_oidc::registration::ClientRegistration;
use relyant_oidc::secret::Secret;
use serde_json::{Value, json};

pub(crate) const REDIRECT_URI: &str = "http://localhost/callback";

/// A request that reached the server.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// A connection, plain or in TLS.
pub(crate) trait Wire: Read + Write {}
impl<T: Read + Write> Wire for T {}

type Answer = dyn Fn(&Request, &mut dyn Wire) + Send + Sync;
type Wrap = dyn Fn(TcpStream) -> Box<dyn Wire> + Send + Sync;

/// A server on a free port of 127.0.0.1; gone when dropped.
pub(crate) struct Loopback {
    pub(crate) address: SocketAddr,
    scheme: &'static str,
    host: &'static str,
    requests: Arc<Mutex<Vec<Request>>>,
    connections: Arc<Mutex<usize>>,
    stopped: Arc<AtomicBool>,
}

impl Loopback {
    /// A plain server: `answer` writes the whole response, and the connection is kept if it says nothing else.
    pub(crate) fn start(answer: impl Fn(&Request, &mut dyn Wire) + Send + Sync + 'static) -> Self {
        Self::serve(
            "http",
            "127.0.0.1",
            Arc::new(|stream| Box::new(stream)),
            Arc::new(answer),
        )
    }

    /// A server whose connections are wrapped, in TLS say, and which is addressed as `host`.
    pub(crate) fn start_wrapped(
        host: &'static str,
        wrap: impl Fn(TcpStream) -> Box<dyn Wire> + Send + Sync + 'static,
        answer: impl Fn(&Request, &mut dyn Wire) + Send + Sync + 'static,
    ) -> Self {
        Self::serve("https", host, Arc::new(wrap), Arc::new(answer))
    }

    fn serve(
        scheme: &'static str,
        host: &'static str,
        wrap: Arc<Wrap>,
        answer: Arc<Answer>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            scheme,
            host,
            requests: Arc::default(),
            connections: Arc::default(),
            stopped: Arc::default(),
        };
        let (requests, connections) = (
            Arc::clone(&server.requests),
            Arc::clone(&server.connections),
        );
        let stopped = Arc::clone(&server.stopped);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                *connections.lock().unwrap() += 1;
                let (wrap, answer, requests) = (
                    Arc::clone(&wrap),
                    Arc::clone(&answer),
                    Arc::clone(&requests),
                );
                thread::spawn(move || converse(wrap(stream.unwrap()), &*answer, &requests));
            }
        });
        server
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!(
            "{}://{}:{}{path}",
            self.scheme,
            self.host,
            self.address.port()
        )
    }

    /// The requests for paths that end so.
    pub(crate) fn requests(&self, end: &str) -> Vec<Request> {
        self.requests
            .lock()
            .unwrap()
            .iter()
            .filter(|request| request.path.ends_with(end))
            .cloned()
            .collect()
    }

    pub(crate) fn count(&self, end: &str) -> usize {
        self.requests(end).len()
    }

    pub(crate) fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

fn converse(wire: Box<dyn Wire>, answer: &Answer, requests: &Mutex<Vec<Request>>) {
    let mut reader = BufReader::new(wire);
    while let Some(request) = read_request(&mut reader) {
        requests.lock().unwrap().push(request.clone());
        answer(&request, reader.get_mut());
        if reader.get_mut().flush().is_err() {
            return;
        }
    }
}

fn read_request(reader: &mut BufReader<Box<dyn Wire>>) -> Option<Request> {
    let mut line = String::new();
    reader
        .read_line(&mut line)
        .ok()
        .filter(|length| *length > 0)?;
    let mut words = line.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.push((name.to_owned(), value.to_owned())),
            None => break,
        }
    }
    let mut request = Request {
        method,
        path,
        headers,
        body: String::new(),
    };
    let length = request
        .header("content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    request.body = String::from_utf8(body).ok()?;
    Some(request)
}

/// Writes a response with further header lines.
pub(crate) fn respond(wire: &mut dyn Wire, status: &str, headers: &[&str], body: &str) {
    let headers = headers
        .iter()
        .flat_map(|header| {
            [
                *header, "
",
            ]
        })
        .collect::<String>();
    let response = format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    // A client that has gone is what some tests are about.
    let _ = wire.write_all(response.as_bytes());
}

/// Writes a JSON document.
pub(crate) fn respond_json(wire: &mut dyn Wire, document: &Value) {
    respond(
        wire,
        "200 OK",
        &["Content-Type: application/json"],
        &document.to_string(),
    );
}

/// The base of the server that the request reached, as its client names it.
pub(crate) fn base(request: &Request) -> String {
    format!("http://{}", request.header("host").unwrap_or_default())
}

/// Metadata of an issuer at `base`, with all its endpoints there.
pub(crate) fn metadata(base: &str) -> Value {
    json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}/auth"),
        "token_endpoint": format!("{base}/token"),
        "jwks_uri": format!("{base}/jwks"),
        "userinfo_endpoint": format!("{base}/userinfo"),
        "end_session_endpoint": format!("{base}/logout"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256", "RS256"],
        "code_challenge_methods_supported": ["S256"],
    })
}

/// The client `beer`, which reads claims from access tokens that are JWTs.
pub(crate) fn registration() -> ClientRegistration {
    ClientRegistration {
        client_secret: Some(Secret::new("beer-secret")),
        scopes: vec!["profile".to_owned()],
        claims_from_access_token: Some(AccessTokenRules {
            header_types: vec!["JWT".to_owned()],
            body_type: Some("Bearer".to_owned()),
        }),
        ..ClientRegistration::new("beer")
    }
}

/// Options with a timeout that is short for the tests of it, and long enough for the others on a busy machine.
pub(crate) fn options() -> ClientOptions {
    ClientOptions {
        timeout: Duration::from_secs(2),
        ..ClientOptions::default()
    }
}

/// A provider at the server's root.
pub(crate) fn provider(server: &Loopback) -> Provider {
    Provider::new(&server.url(""), registration(), options()).unwrap()
}

/// The code with which a login fails to begin, and how long that took.
pub(crate) fn failure(provider: &Provider) -> (&'static str, Duration) {
    let start = Instant::now();
    let code = provider
        .begin_login(REDIRECT_URI)
        .map_or_else(|error| error.code(), |_| "none");
    (code, start.elapsed())
}

/// A clock that stands still until it is turned.
pub(crate) struct ManualClock {
    start: Instant,
    unix: i64,
    ahead: Mutex<Duration>,
}

impl ManualClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            start: Instant::now(),
            unix: 1_800_000_000,
            ahead: Mutex::default(),
        })
    }

    pub(crate) fn turn(&self, seconds: u64) {
        *self.ahead.lock().unwrap() += Duration::from_secs(seconds);
    }
}

impl Clock for ManualClock {
    fn monotonic(&self) -> Instant {
        self.start + *self.ahead.lock().unwrap()
    }

    fn unix(&self) -> UnixTime {
        let ahead = i64::try_from(self.ahead.lock().unwrap().as_secs()).unwrap();
        UnixTime(self.unix).plus(ahead)
    }
}
