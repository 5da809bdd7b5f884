//! A client with a private key: its assertion opens what its secret opened before. RFC 7523 §2.2 and §3, Core §9.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::json::Object;
use relyant_jose::sign::SigningKey;
use serde_json::{Value, json};

use crate::http::{Answer, Request};
use crate::running::{Running, authorization_path, endpoint, form};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn key(kid: &str) -> SigningKey {
    SigningKey::generate(SignatureAlgorithm::Es256, kid).unwrap()
}

/// The client's server, which publishes keys for as long as the test runs.
pub(crate) struct KeyServer {
    pub(crate) uri: String,
    published: Arc<Mutex<String>>,
}

impl KeyServer {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let uri = format!("http://{}/jwks/", listener.local_addr().unwrap());
        let published = Arc::new(Mutex::new(String::new()));
        let body = Arc::clone(&published);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                assert!(line.starts_with("GET /jwks/ HTTP/1.0"), "{line}");
                while reader.read_line(&mut line).unwrap() > 2 {}
                let answer = format!("HTTP/1.0 200 OK\r\n\r\n{}", body.lock().unwrap());
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        Self { uri, published }
    }

    fn publish(&self, keys: &[&SigningKey]) {
        let keys: Vec<_> = keys.iter().map(|key| key.public_jwk()).collect();
        self.publish_jwks(&keys);
    }

    pub(crate) fn publish_jwks(&self, keys: &[Object]) {
        *self.published.lock().unwrap() = json!({ "keys": keys }).to_string();
    }
}

fn assertion(provider: &Running, key: &SigningKey, jti: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let claims = json!({
        "iss": "beer", "sub": "beer", "aud": provider.issuer(), "exp": now.as_secs() + 60, "jti": jti,
    });
    let header: Object = [("typ".to_owned(), json!("client-authentication+jwt"))]
        .into_iter()
        .collect();
    key.sign(claims.to_string().as_bytes(), &header).unwrap()
}

fn ask(provider: &Running, at: &str, assertion: &str, others: &[(&str, &str)]) -> Answer {
    let shown = [
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion),
        ("grant_type", "client_credentials"),
    ];
    provider.send(&Request::post(
        &endpoint(at),
        &form(&[&shown, others].concat()),
    ))
}

fn said(answer: &Answer) -> Value {
    answer.json()["error_description"].clone()
}

#[test]
fn an_assertion_is_good_once_and_at_each_endpoint() {
    let (server, key) = (KeyServer::start(), key("one"));
    server.publish(&[&key]);
    let provider = Running::start(&["--client-jwks-uri", &server.uri]);
    let first = assertion(&provider, &key, "first");
    assert_eq!(ask(&provider, "token", &first, &[]).status, 200);
    let again = ask(&provider, "token", &first, &[("client_id", "beer")]);
    assert_eq!(
        (again.status, said(&again)),
        (401, json!("the client assertion was used before"))
    );
    for (at, status) in [("token/introspect", 200), ("revoke", 200)] {
        let fresh = assertion(&provider, &key, at);
        assert_eq!(
            ask(&provider, at, &fresh, &[("token", "x")]).status,
            status,
            "{at}"
        );
    }
    let path = authorization_path(&[]);
    let (_, query) = path.split_once('?').unwrap();
    let fresh = assertion(&provider, &key, "pushed");
    let pushed = format!(
        "{query}&{}",
        form(&[
            ("client_assertion_type", TYPE),
            ("client_assertion", &fresh)
        ])
    );
    let answer = provider.send(&Request::post(&endpoint("ext/par/request"), &pushed));
    assert_eq!(answer.status, 201, "{}", answer.text());
}

#[test]
fn the_keys_are_those_that_the_client_publishes_now() {
    let (server, old, new) = (KeyServer::start(), key("old"), key("new"));
    server.publish(&[&old]);
    let provider = Running::start(&["--client-jwks-uri", &server.uri]);
    let refused = json!("no key that the client publishes verifies the client assertion");
    let with = |key, jti: &str| ask(&provider, "token", &assertion(&provider, key, jti), &[]);
    let answer = with(&new, "1");
    assert_eq!((answer.status, said(&answer)), (401, refused.clone()));
    server.publish(&[&new, &old]);
    assert_eq!(with(&new, "2").status, 200);
    assert_eq!(with(&old, "3").status, 200);
    server.publish(&[&new]);
    assert_eq!(said(&with(&old, "4")), refused);
    *server.published.lock().unwrap() = "<html>".to_owned();
    assert_eq!(
        said(&with(&new, "5")),
        json!("the client's JWK Set is none")
    );
}

#[test]
fn a_client_shows_what_it_is_registered_with_and_nothing_else() {
    let (server, key) = (KeyServer::start(), key("one"));
    server.publish(&[&key]);
    let provider = Running::start(&[]);
    let with_secret = || {
        let code = &provider.click("carol").sent_back("code")[0];
        provider.redeem(code, ("", ""))
    };
    let token = |jti: &str| assertion(&provider, &key, jti);
    assert_eq!(with_secret().status, 200);
    let answer = ask(&provider, "token", &token("1"), &[]);
    assert_eq!(
        (answer.status, said(&answer)),
        (
            401,
            json!("the client is registered with a secret, and with no keys")
        )
    );
    let body = json!({ "uri": server.uri }).to_string();
    assert_eq!(provider.control("client-jwks-uri", &body).status, 204);
    assert_eq!(ask(&provider, "token", &token("2"), &[]).status, 200);
    assert_eq!(
        said(&with_secret()),
        json!("the client is registered for private_key_jwt")
    );
    for (other, status) in [("client_secret", 400), ("client_id", 401)] {
        let answer = ask(&provider, "token", &token(other), &[(other, "wine")]);
        assert_eq!(answer.status, status, "{other}");
    }
    let body = r#"{"uri": null}"#;
    assert_eq!(provider.control("client-jwks-uri", body).status, 204);
    assert_eq!(with_secret().status, 200);
    let elsewhere = r#"{"uri": "https://sso.example/jwks"}"#;
    assert_eq!(provider.control("client-jwks-uri", elsewhere).status, 400);
}

#[test]
fn an_assertion_of_another_kind_is_refused() {
    let (server, key) = (KeyServer::start(), key("one"));
    server.publish(&[&key]);
    let provider = Running::start(&["--client-jwks-uri", &server.uri]);
    let honest = assertion(&provider, &key, "1");
    let claims = relyant_jose::base64url::decode(honest.split('.').nth(1).unwrap()).unwrap();
    let plain = key.sign(&claims, &Object::new()).unwrap();
    let answer = ask(&provider, "token", &plain, &[]);
    assert_eq!(
        said(&answer),
        json!("the client assertion's typ is not client-authentication+jwt")
    );
    assert_eq!(
        said(&ask(&provider, "token", "no.jwt", &[])),
        json!("the client assertion is no signed JWT")
    );
}
