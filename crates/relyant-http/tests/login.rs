//! A whole login: which requests it makes, and which it never makes.

#![allow(clippy::unwrap_used, reason = "a test that can't set itself up fails")]

mod loopback;

use std::net::TcpListener;
use std::time::{Duration, Instant};

use loopback::issuing::{Issuing, Script, rsa_key, signing_key};
use loopback::{Loopback, Request, options, registration, respond};
use relyant_http::ClientOptions;
use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::jwk_set::JwkSet;
use relyant_jose::jws::UnverifiedJws;
use relyant_jose::sign::SigningKey;
use relyant_oidc::clock::UnixTime;
use relyant_oidc::identity::ClaimsSource;
use relyant_oidc::limits::MAX_BEARER_TOKEN_BYTES;
use relyant_oidc::registration::ClientRegistration;
use serde_json::{Value, json};

#[test]
fn a_login_asks_each_endpoint_once() {
    let issuing = Issuing::start();
    let identity = issuing.login().unwrap();
    assert_eq!(identity.issuer().as_str(), issuing.server.url(""));
    assert_eq!(identity.subject().as_str(), "carol");
    assert_eq!(
        identity.access_token_expires_at(),
        Some(UnixTime(1_800_000_060))
    );
    let userinfo = identity.claims(&ClaimsSource::Userinfo).unwrap();
    assert_eq!(
        userinfo.get("email"),
        Some(&Value::from("carol@brewery.example"))
    );
    for endpoint in [
        "/.well-known/openid-configuration",
        "/jwks",
        "/token",
        "/userinfo",
    ] {
        assert_eq!(issuing.server.count(endpoint), 1, "{endpoint}");
    }
    issuing.login().unwrap();
    assert_eq!(
        (issuing.metadata_requests(), issuing.key_requests()),
        (1, 1)
    );
}

#[test]
fn the_requests_of_a_login_share_a_connection() {
    let issuing = Issuing::start();
    issuing.login().unwrap();
    assert_eq!(issuing.server.connections(), 1);
}

#[test]
fn the_token_request_is_a_form_with_our_credentials() {
    let issuing = Issuing::start();
    issuing.login().unwrap();
    let request = issuing.server.requests("/token").remove(0);
    assert_eq!(request.method, "POST");
    assert_eq!(
        request.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert!(
        request
            .header("authorization")
            .is_some_and(|value| value.starts_with("Basic "))
    );
    assert!(
        request.body.contains("grant_type=authorization_code"),
        "{}",
        request.body
    );
    let userinfo = issuing.server.requests("/userinfo").remove(0);
    assert_eq!(userinfo.header("authorization"), Some("Bearer opaque"));
}

// TK-04
#[test]
fn each_token_request_has_an_assertion_of_its_own() {
    let key = signing_key("beer-1");
    let public = json!({ "keys": [key.public_jwk()] }).to_string();
    let registration = ClientRegistration {
        client_secret: None,
        client_keys: vec![key.into()],
        ..registration()
    };
    let issuing = Issuing::start_as(registration, options());
    let methods = json!({ "token_endpoint_auth_methods_supported": ["private_key_jwt"] });
    issuing.change(|script| script.metadata_change = methods);
    issuing.login().unwrap();
    issuing.login().unwrap();
    let keys = JwkSet::parse(public.as_bytes()).unwrap();
    let claims = |request: &Request| {
        let (_, assertion) = request.body.rsplit_once("client_assertion=").unwrap();
        let jws = UnverifiedJws::parse(assertion).unwrap();
        let verified = jws.verify(&keys, &[SignatureAlgorithm::Es256]).unwrap();
        assert_eq!(request.header("authorization"), None);
        verified.claims().unwrap()
    };
    let requests = issuing.server.requests("/token");
    let [first, second] = requests.as_slice() else {
        panic!("{} token requests", requests.len());
    };
    let (first, second) = (claims(first), claims(second));
    assert_eq!(first["aud"], json!(issuing.server.url("")));
    assert_eq!(first["iat"], json!(1_800_000_000));
    assert_ne!(first["jti"], second["jti"]);
}

// TK-03, FT-16
#[test]
fn a_redirect_of_the_token_request_is_not_followed() {
    for status in ["302 Found", "303 See Other", "307 Temporary Redirect"] {
        let issuing = Issuing::start();
        let canary = Loopback::start(|_, wire| respond(wire, "200 OK", &[], ""));
        let location = format!("Location: {}", canary.url("/token"));
        issuing.change(|script| script.token_answer = Some((status, location)));
        assert_eq!(issuing.login_code(), "unavailable.redirect", "{status}");
        let sent = (issuing.server.count("/token"), canary.connections());
        assert_eq!(sent, (1, 0), "{status}");
    }
}

// FT-04
#[test]
fn a_token_request_is_never_sent_twice() {
    for status in ["500 Internal Server Error", "502 Bad Gateway", "\0"] {
        let issuing = Issuing::start();
        issuing.change(|script| script.token_answer = Some((status, "X-Nothing: 1".to_owned())));
        assert!(issuing.login_code().starts_with("unavailable."));
        assert_eq!(issuing.server.count("/token"), 1, "{status}");
    }
}

#[test]
fn without_keys_the_code_is_not_spent() {
    let issuing = Issuing::start();
    issuing.change(|script| script.published = vec![json!({ "kty": "oct" }); 101]);
    assert_eq!(issuing.login_code(), "misbehaved.jwk_set_invalid");
    assert_eq!(issuing.server.count("/token"), 0);
}

// FT-01
#[test]
fn the_requests_of_a_step_share_one_deadline() {
    let timeout = Duration::from_secs(2);
    let issuing = Issuing::start_with(ClientOptions {
        timeout,
        ..loopback::options()
    });
    let login = issuing.begin().unwrap();
    // Keys, token and userinfo would be in time one by one.
    issuing.change(|script| script.delay = Duration::from_millis(1200));
    let start = Instant::now();
    let query = format!("code=abc&state={}", login.state);
    let result =
        issuing
            .provider
            .complete_login(&query, &login.transaction, loopback::REDIRECT_URI);
    let took = start.elapsed();
    assert_eq!(result.unwrap_err().code(), "unavailable.timeout");
    assert!(
        took >= timeout && took < Duration::from_millis(3200),
        "{took:?}"
    );
    assert_eq!(issuing.server.count("/userinfo"), 0);
}

// FT-04
#[test]
fn too_many_requests_of_one_person_stop_nobody_else() {
    let issuing = Issuing::start();
    let too_many = Some(("429 Too Many Requests", "Retry-After: 30".to_owned()));
    issuing.change(|script| script.userinfo_answer.clone_from(&too_many));
    assert_eq!(
        issuing.login().unwrap_err().retry_after(),
        Some(30),
        "the one person is told"
    );
    issuing.change(|script| script.userinfo_answer = None);
    assert_eq!(issuing.login_code(), "none");

    // Where everybody is refused, the endpoint is left alone after all.
    issuing.change(|script| script.userinfo_answer = too_many);
    let asked = issuing.server.count("/userinfo");
    for _ in 0..7 {
        assert_eq!(issuing.login_code(), "unavailable.http_status");
    }
    assert_eq!(issuing.server.count("/userinfo"), asked + 5);
}

// FT-03, FT-04
#[test]
fn an_endpoint_that_asks_for_time_stops_no_other() {
    let issuing = Issuing::start();
    issuing.change(|script| {
        script.userinfo_answer = Some(("503 Later", "Retry-After: 30".to_owned()));
    });
    for _ in 0..2 {
        assert_eq!(issuing.login_code(), "unavailable.http_status");
    }
    let asked = |endpoint| issuing.server.count(endpoint);
    assert_eq!((asked("/token"), asked("/userinfo")), (2, 1));
}

// FT-03
#[test]
fn an_endpoint_that_hangs_is_left_alone_although_the_others_answer() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let userinfo = format!("http://{}/userinfo", silent.local_addr().unwrap());
    let timeout = Duration::from_millis(800);
    let issuing = Issuing::start_with(ClientOptions {
        timeout,
        ..loopback::options()
    });
    issuing.change(|script| script.metadata_change = json!({ "userinfo_endpoint": userinfo }));
    for _ in 0..7 {
        assert_eq!(issuing.login_code(), "unavailable.timeout");
    }
    silent.set_nonblocking(true).unwrap();
    let connections = std::iter::from_fn(|| silent.accept().ok()).count();
    assert_eq!((issuing.server.count("/token"), connections), (7, 5));
}

// FT-03
#[test]
fn an_access_token_that_no_header_holds_is_not_sent_and_is_no_outage() {
    let issuing = Issuing::start();
    let longest = "a".repeat(MAX_BEARER_TOKEN_BYTES);
    issuing.change(|script| script.access_token.clone_from(&longest));
    assert_eq!(issuing.login_code(), "none");
    let sent = issuing.server.requests("/userinfo").remove(0);
    assert_eq!(
        sent.header("authorization"),
        Some(format!("Bearer {longest}").as_str())
    );

    issuing.change(|script| script.access_token.push('a'));
    for _ in 0..7 {
        assert_eq!(issuing.login_code(), "incompatible.access_token_too_large");
    }
    assert_eq!(issuing.server.count("/userinfo"), 1);
    issuing.change(|script| script.access_token = "opaque".to_owned());
    assert_eq!(issuing.login_code(), "none");
}

// DK-03, FT-08
#[test]
fn a_rotated_key_is_fetched_once_and_used() {
    let issuing = Issuing::start();
    issuing.login().unwrap();
    issuing.change(|script| {
        script.signing = signing_key("second");
        script.published = vec![Value::Object(script.signing.public_jwk())];
    });
    assert_eq!(issuing.login_code(), "none");
    assert_eq!(issuing.login_code(), "none");
    assert_eq!(issuing.key_requests(), 2);
}

type Change = fn(&mut Script);

fn jwk(key: &SigningKey) -> Value {
    Value::Object(key.public_jwk())
}

// DK-03, FT-08
#[test]
fn a_new_key_without_a_name_of_its_own_is_fetched_once_and_used() {
    let rotations: [(&str, Change, Change); 5] = [
        (
            "under the old kid",
            |_| (),
            |script| {
                script.signing = signing_key("first");
                script.published = vec![jwk(&script.signing)];
            },
        ),
        (
            "without kid",
            |script| drop(script.extra_header.insert("kid".to_owned(), Value::Null)),
            |script| {
                script.signing = signing_key("second");
                script.published = vec![jwk(&script.signing)];
            },
        ),
        (
            "without kid, of another algorithm",
            |script| drop(script.extra_header.insert("kid".to_owned(), Value::Null)),
            |script| {
                script.signing = rsa_key("second");
                script.published = vec![jwk(&script.signing)];
            },
        ),
        (
            "under the old kid, of access tokens",
            |script| {
                let key = signing_key("access");
                script.published.push(jwk(&key));
                script.signing_access_tokens = Some(key);
            },
            |script| {
                let key = signing_key("access");
                script.published = vec![jwk(&script.signing), jwk(&key)];
                script.signing_access_tokens = Some(key);
            },
        ),
        (
            "without kid, of two",
            |script| script.published.push(jwk(&signing_key("second"))),
            |script| {
                script.extra_header.insert("kid".to_owned(), Value::Null);
                script.published = vec![jwk(&script.signing)];
            },
        ),
    ];
    for (what, before, after) in rotations {
        let issuing = Issuing::start();
        issuing.change(before);
        assert_eq!(issuing.login_code(), "none", "{what}");
        issuing.change(after);
        assert_eq!(issuing.login_code(), "none", "{what}");
        assert_eq!(issuing.login_code(), "none", "{what}");
        assert_eq!(issuing.key_requests(), 2, "{what}");
    }
}

// DK-04, FT-10
#[test]
fn wrong_signatures_cause_one_fetch_each_half_minute() {
    let issuing = Issuing::start();
    issuing.login().unwrap();
    for _ in 0..50 {
        issuing.change(|script| script.signing = signing_key("first"));
        assert_eq!(issuing.login_code(), "invalid_token.bad_signature");
    }
    assert_eq!(issuing.key_requests(), 2);
    issuing.clock.turn(30);
    assert_eq!(issuing.login_code(), "invalid_token.bad_signature");
    assert_eq!(issuing.key_requests(), 3);
}

// DK-03, FT-08
#[test]
fn a_removed_key_is_refused_after_its_lifetime() {
    let issuing = Issuing::start();
    issuing.login().unwrap();
    issuing.change(|script| {
        script.published = vec![Value::Object(signing_key("second").public_jwk())];
    });
    assert_eq!(issuing.login_code(), "none");
    issuing.clock.turn(601);
    assert_eq!(issuing.login_code(), "invalid_token.unknown_key");
}

// FT-09
#[test]
fn a_key_that_is_not_published_yet_is_found_half_a_minute_later() {
    let issuing = Issuing::start();
    issuing.login().unwrap();
    issuing.change(|script| script.signing = signing_key("second"));
    assert_eq!(issuing.login_code(), "invalid_token.unknown_key");
    assert_eq!(issuing.key_requests(), 2);
    issuing.change(|script| script.published = vec![Value::Object(script.signing.public_jwk())]);
    issuing.clock.turn(29);
    assert_eq!(issuing.login_code(), "invalid_token.unknown_key");
    issuing.clock.turn(1);
    assert_eq!(issuing.login_code(), "none");
    assert_eq!(issuing.key_requests(), 3);
}

// DK-04, FT-10
#[test]
fn unknown_keys_cause_one_fetch_each_half_minute() {
    let issuing = Issuing::start();
    issuing.login().unwrap();
    for number in 0..50 {
        issuing.change(|script| script.signing = signing_key(&format!("random-{number}")));
        assert_eq!(issuing.login_code(), "invalid_token.unknown_key");
    }
    assert_eq!(issuing.key_requests(), 2);
}

// JO-03
#[test]
fn no_address_in_a_token_is_called() {
    let canary = Loopback::start(|_, wire| respond(wire, "200 OK", &[], ""));
    for name in ["jku", "x5u"] {
        let issuing = Issuing::start();
        let address = canary.url("/keys");
        issuing.change(|script| {
            script.signing = signing_key("unknown");
            script
                .extra_header
                .insert(name.to_owned(), Value::from(address));
        });
        assert!(issuing.login_code().starts_with("invalid_token."), "{name}");
    }
    assert_eq!(canary.connections(), 0);
}
