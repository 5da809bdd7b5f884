//! A provider process of the test's own, which ends with it.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use relyant_jose::base64url;
use relyant_jose::digest::sha256;
use serde_json::Value;

use crate::http::{Answer, Request};

/// The binary under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_relyant-provider");
/// Where the program looks for the client's secret.
pub(crate) const SECRET_VARIABLE: &str = "RELYANT_PROVIDER_CLIENT_SECRET";
/// Where the tests' relying party would wait for the answer.
pub(crate) const REDIRECT_URI: &str = "http://127.0.0.1:8000/oidc/callback/dev/";
/// The code verifier of every test. RFC 7636 §4.1: at least 43 characters.
pub(crate) const VERIFIER: &str = "a-code-verifier-that-is-as-long-as-it-must-be";
const BASE: &str = "/realms/brewery/protocol/openid-connect";

/// A running provider.
pub(crate) struct Running {
    process: Child,
    pub(crate) address: SocketAddr,
    pub(crate) announced: Value,
}

impl Running {
    /// Starts a provider on a free port; it stops when this end of its standard input closes.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::run(Command::new(BINARY).env_remove(SECRET_VARIABLE), arguments)
    }

    /// Starts a provider whose client has this secret.
    pub(crate) fn start_with_secret(secret: &str) -> Self {
        Self::run(Command::new(BINARY).env(SECRET_VARIABLE, secret), &[])
    }

    fn run(command: &mut Command, arguments: &[&str]) -> Self {
        let mut process = command
            .args(["serve", "--stop-with-stdin"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let announced: Value = serde_json::from_str(&line).unwrap();
        let issuer = url::Url::parse(announced["issuer"].as_str().unwrap()).unwrap();
        let address = issuer.socket_addrs(|| None).unwrap()[0];
        Self {
            process,
            address,
            announced,
        }
    }

    /// One provider for all tests that change nothing about it.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Running> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(&[]))
    }

    pub(crate) fn issuer(&self) -> &str {
        self.announced["issuer"].as_str().unwrap()
    }

    pub(crate) fn send(&self, request: &Request<'_>) -> Answer {
        request.send(self.address)
    }

    pub(crate) fn metadata(&self) -> Answer {
        self.send(&Request::get(
            "/realms/brewery/.well-known/openid-configuration",
        ))
    }

    pub(crate) fn jwks(&self) -> Answer {
        self.send(&Request::get(&endpoint("certs")))
    }

    pub(crate) fn click(&self, person: &str) -> Answer {
        self.send(&Request::post(
            &authorization_path(&[]),
            &form(&[("person", person)]),
        ))
    }

    /// Redeems a code with the honest token request, one parameter changed; an empty value leaves it out.
    pub(crate) fn redeem(&self, code: &str, change: (&str, &str)) -> Answer {
        self.send(&Request::post(
            &endpoint("token"),
            &changed(&token_parameters(code), &[change]),
        ))
    }

    pub(crate) fn userinfo(&self, access_token: &str) -> Answer {
        let path = endpoint("userinfo");
        self.send(&Request::get(&path).with("Authorization", &format!("Bearer {access_token}")))
    }

    /// Calls the control endpoint.
    pub(crate) fn control(&self, path: &str, body: &str) -> Answer {
        let path = format!("/_control/{path}");
        let request = Request {
            method: "POST",
            path: &path,
            headers: Vec::new(),
            body: body.to_owned(),
        };
        self.send(&request.with("X-Relyant-Control", "1"))
    }

    pub(crate) fn misbehave(&self, names: &[&str]) {
        let answer = self.control(
            "misbehave",
            &serde_json::json!({ "names": names }).to_string(),
        );
        assert_eq!(answer.status, 204, "{}", answer.text());
    }

    pub(crate) fn requests(&self) -> Value {
        self.send(&Request::get("/_control/requests").with("X-Relyant-Control", "1"))
            .json()
    }

    /// Whether the process ends well, soon after its standard input was closed.
    pub(crate) fn ends_when_stdin_closes(mut self) -> bool {
        drop(self.process.stdin.take());
        self.ends_soon()
    }

    /// Whether the process ends well, soon after a termination signal.
    #[cfg(unix)]
    pub(crate) fn ends_when_terminated(mut self) -> bool {
        let kill = Command::new("kill")
            .arg(self.process.id().to_string())
            .status();
        kill.unwrap().success() && self.ends_soon()
    }

    fn ends_soon(&mut self) -> bool {
        let deadline = Instant::now() + Duration::from_secs(10);
        while Instant::now() < deadline {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status.success();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        false
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn endpoint(name: &str) -> String {
    format!("{BASE}/{name}")
}

pub(crate) fn challenge() -> String {
    base64url::encode(&sha256(VERIFIER.as_bytes()))
}

/// The path of the honest authorization request with some parameters changed.
pub(crate) fn authorization_path(changes: &[(&str, &str)]) -> String {
    format!("{}?{}", endpoint("auth"), authorization_parameters(changes))
}

/// The parameters of the honest authorization request, some of them changed.
pub(crate) fn authorization_parameters(changes: &[(&str, &str)]) -> String {
    let challenge = challenge();
    let parameters = [
        ("client_id", "beer"),
        ("redirect_uri", REDIRECT_URI),
        ("response_type", "code"),
        ("scope", "openid profile"),
        ("state", "the-state"),
        ("nonce", "the-nonce"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    changed(&parameters, changes)
}

fn token_parameters(code: &str) -> [(&str, &str); 6] {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", VERIFIER),
        ("client_id", "beer"),
        ("client_secret", "beer-secret"),
    ]
}

pub(crate) fn form(parameters: &[(&str, &str)]) -> String {
    changed(parameters, &[])
}

fn changed(parameters: &[(&str, &str)], changes: &[(&str, &str)]) -> String {
    let kept = parameters
        .iter()
        .filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    let all = kept.chain(changes).filter(|(_, value)| !value.is_empty());
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(all)
        .finish()
}
