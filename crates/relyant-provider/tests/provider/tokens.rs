//! What is done with tokens after a login: refreshes, tokens of the client's own, revocation, introspection, logout tokens.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::base64url;
use relyant_jose::jwk_set::JwkSet;
use relyant_jose::jws::UnverifiedJws;
use serde_json::{Map, Value, json};

use crate::http::{Answer, Request};
use crate::running::{Running, endpoint, form};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A misbehaviour, and the claims that are other than in an honest token; null where one isn't there.
type Row = (&'static str, fn(&Running, i64) -> Value);

/// Those of the ID token of a refresh.
const REFRESHED: &[Row] = &[
    (
        "refreshed-wrong-sub",
        |_, _| json!({ "sub": "somebody-else" }),
    ),
    (
        "refreshed-wrong-auth-time",
        |_, now| json!({ "auth_time": now - 3_600 }),
    ),
    (
        "refreshed-issued-earlier",
        |_, now| json!({ "iat": now - 300 }),
    ),
];

/// Those of the logout token.
const LOGOUT: &[Row] = &[
    ("logout-token-unsigned", |_, _| json!({})),
    (
        "logout-token-wrong-issuer",
        |provider, _| json!({ "iss": format!("{}/", provider.issuer()) }),
    ),
    (
        "logout-token-wrong-audience",
        |_, _| json!({ "aud": "another-client" }),
    ),
    (
        "logout-token-expired",
        |_, now| json!({ "exp": now - 3_600 }),
    ),
    (
        "logout-token-issued-long-ago",
        |_, now| json!({ "iat": now - 3_600 }),
    ),
    ("logout-token-no-events", |_, _| json!({ "events": null })),
    ("logout-token-nonce", |_, _| json!({ "nonce": "a-nonce" })),
    ("logout-token-no-jti", |_, _| json!({ "jti": null })),
    (
        "logout-token-nobody",
        |_, _| json!({ "sub": null, "sid": null }),
    ),
];

/// What this file tests, for the roll call of the catalogue.
pub(crate) fn names() -> Vec<&'static str> {
    let rows = REFRESHED.iter().chain(LOGOUT).map(|(name, _)| *name);
    let others = [
        "revocation-unsupported",
        "introspection-signed",
        "introspection-forged",
        "introspection-active-text",
        "introspection-wrong-audience",
    ];
    rows.chain(others).collect()
}

/// Posts a form of the client's.
fn ask(provider: &Running, at: &str, parameters: &[(&str, &str)]) -> Answer {
    let client = [("client_id", "beer"), ("client_secret", "beer-secret")];
    provider.send(&Request::post(
        &endpoint(at),
        &form(&[parameters, &client].concat()),
    ))
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap().to_owned()
}

/// The token response of a login.
fn logged_in(provider: &Running, person: &str) -> Value {
    let code = &provider.click(person).sent_back("code")[0];
    provider.redeem(code, ("", "")).json()
}

fn refresh(provider: &Running, tokens: &Value) -> Answer {
    let refresh_token = text(tokens, "refresh_token");
    let parameters = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token.as_str()),
    ];
    ask(provider, "token", &parameters)
}

fn introspect(provider: &Running, token: &str) -> Value {
    let answer = ask(provider, "token/introspect", &[("token", token)]);
    assert_eq!(answer.status, 200);
    answer.json()
}

fn is_active(provider: &Running, token: &str) -> bool {
    introspect(provider, token)["active"] == json!(true)
}

fn claims(token: &str) -> Map<String, Value> {
    let payload = base64url::decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

fn header(token: &str) -> Value {
    let header = base64url::decode(token.split('.').next().unwrap()).unwrap();
    serde_json::from_slice(&header).unwrap()
}

fn verifies(provider: &Running, token: &str) -> bool {
    let keys = JwkSet::parse(&provider.jwks().body).unwrap();
    let jws = UnverifiedJws::parse(token);
    jws.is_ok_and(|jws| jws.verify(&keys, &[SignatureAlgorithm::Rs256]).is_ok())
}

fn sign_out(provider: &Running, person: &str) -> Value {
    let answer = provider.control("sign-out", &json!({ "person": person }).to_string());
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["sessions"].clone()
}

#[test]
fn the_metadata_says_what_there_is() {
    let metadata = Running::shared().metadata().json();
    assert_eq!(
        metadata["grant_types_supported"],
        json!(["authorization_code", "refresh_token", "client_credentials"])
    );
    for (name, path) in [
        ("revocation_endpoint", "revoke"),
        ("introspection_endpoint", "token/introspect"),
    ] {
        assert!(text(&metadata, name).ends_with(&endpoint(path)));
    }
    for name in [
        "backchannel_logout_supported",
        "backchannel_logout_session_supported",
        "frontchannel_logout_supported",
        "frontchannel_logout_session_supported",
    ] {
        assert_eq!(metadata[name], json!(true));
    }
}

// RFC 6749 §6, Core §12.2
#[test]
fn a_refresh_gives_new_tokens_of_the_same_session() {
    let provider = Running::start(&[]);
    let first = logged_in(&provider, "carol");
    assert_eq!(first["refresh_expires_in"], json!(1_800));
    assert_eq!(
        provider
            .control("people/carol", r#"{"roles": ["admins"]}"#)
            .status,
        204
    );
    let second = refresh(&provider, &first).json();
    for name in ["access_token", "refresh_token", "id_token"] {
        assert_ne!(first[name], second[name], "{name}");
    }
    assert_eq!(first["scope"], second["scope"]);
    let (old, new) = (
        claims(&text(&first, "id_token")),
        claims(&text(&second, "id_token")),
    );
    for name in ["iss", "sub", "aud", "azp", "sid", "auth_time"] {
        assert_eq!(old[name], new[name], "{name}");
    }
    assert!(old.contains_key("nonce") && !new.contains_key("nonce"));
    let access_token = text(&second, "access_token");
    let roles = &claims(&access_token)["realm_access"];
    assert_eq!(roles, &json!({ "roles": ["admins"] }));
    assert_eq!(provider.userinfo(&access_token).status, 200);
    assert!(verifies(&provider, &text(&second, "id_token")));
    // Without rotation the first one is as good as the second.
    assert_eq!(refresh(&provider, &first).status, 200);
}

// RFC 9700 §4.14.2
#[test]
fn with_rotation_a_refresh_token_that_comes_again_ends_its_login() {
    let provider = Running::start(&["--rotate-refresh-tokens"]);
    let first = logged_in(&provider, "carol");
    let second = refresh(&provider, &first).json();
    let third = refresh(&provider, &second).json();
    let again = refresh(&provider, &first);
    assert_eq!(
        (again.status, &again.json()["error"]),
        (400, &json!("invalid_grant"))
    );
    assert_eq!(refresh(&provider, &third).status, 400);
    assert_eq!(provider.userinfo(&text(&third, "access_token")).status, 401);
    // It is a switch that the control endpoint has too.
    let tokens = logged_in(&provider, "chris");
    assert_eq!(
        provider
            .control("rotate-refresh-tokens", r#"{"rotate": false}"#)
            .status,
        204
    );
    assert_eq!(refresh(&provider, &tokens).status, 200);
    assert_eq!(refresh(&provider, &tokens).status, 200);
}

// RFC 6749 §5.2 and §6
#[test]
fn a_refresh_that_is_not_allowed_is_refused() {
    let provider = Running::start(&[]);
    let tokens = logged_in(&provider, "carol");
    let token = text(&tokens, "refresh_token");
    let error = |parameters: &[(&str, &str)]| {
        let answer = ask(&provider, "token", parameters);
        (answer.status, text(&answer.json(), "error"))
    };
    let grant = ("grant_type", "refresh_token");
    let refused = |name: &str| (400, name.to_owned());
    assert_eq!(error(&[grant]), refused("invalid_request"));
    assert_eq!(
        error(&[grant, ("refresh_token", "x")]),
        refused("invalid_grant")
    );
    let more = [grant, ("refresh_token", &token), ("scope", "openid more")];
    assert_eq!(error(&more), refused("invalid_scope"));
    let less = [grant, ("refresh_token", &token), ("scope", "openid")];
    assert_eq!(
        ask(&provider, "token", &less).json()["scope"],
        json!("openid")
    );
    let disable = |disabled: bool| {
        let change = json!({ "disabled": disabled }).to_string();
        assert_eq!(provider.control("people/carol", &change).status, 204);
    };
    disable(true);
    assert_eq!(
        error(&[grant, ("refresh_token", &token)]),
        refused("invalid_grant")
    );
    assert_eq!(
        provider.userinfo(&text(&tokens, "access_token")).status,
        401
    );
    assert_eq!(provider.click("carol").status, 400);
    disable(false);
    assert_eq!(refresh(&provider, &tokens).status, 200);
    let unknown = [
        ("grant_type", "password"),
        ("username", "carol"),
        ("password", "carol"),
    ];
    assert_eq!(error(&unknown), refused("unsupported_grant_type"));
}

// RFC 6749 §4.4, RFC 8707 §2
#[test]
fn the_client_gets_an_access_token_of_its_own() {
    let provider = Running::shared();
    let grant = ("grant_type", "client_credentials");
    let tokens = ask(provider, "token", &[grant, ("scope", "stock")]).json();
    for name in ["refresh_token", "id_token"] {
        assert_eq!(tokens.get(name), None);
    }
    assert_eq!(tokens["scope"], json!("stock"));
    let access_token = text(&tokens, "access_token");
    assert!(verifies(provider, &access_token));
    let its_claims = claims(&access_token);
    assert_eq!(its_claims["azp"], json!("beer"));
    assert_eq!(its_claims["aud"], json!("account"));
    assert_eq!(provider.userinfo(&access_token).status, 401);
    let known = introspect(provider, &access_token);
    assert_eq!(known["username"], json!("service-account-beer"));
    assert_eq!(known["scope"], json!("stock"));
    let resource = [grant, ("resource", "https://stock.example/api")];
    let for_stock = ask(provider, "token", &resource).json();
    assert_eq!(for_stock["scope"], json!("profile email"));
    let aud = &claims(&text(&for_stock, "access_token"))["aud"];
    assert_eq!(aud, &json!("https://stock.example/api"));
    for bad in ["api", "https://stock.example/#a"] {
        let answer = ask(provider, "token", &[grant, ("resource", bad)]);
        assert_eq!(answer.json()["error"], json!("invalid_target"));
    }
}

// RFC 7009 §2.1 and §2.2
#[test]
fn revoked_tokens_are_good_for_nothing() {
    let provider = Running::start(&[]);
    let tokens = logged_in(&provider, "carol");
    let (access, refresh_token) = (
        text(&tokens, "access_token"),
        text(&tokens, "refresh_token"),
    );
    let revoke = |token: &str| ask(&provider, "revoke", &[("token", token)]).status;
    assert_eq!(revoke("unknown"), 200);
    assert_eq!(revoke(&access), 200);
    assert!(!is_active(&provider, &access) && is_active(&provider, &refresh_token));
    let tokens = refresh(&provider, &tokens).json();
    assert_eq!(revoke(&refresh_token), 200);
    assert_eq!(refresh(&provider, &tokens).status, 400);
    assert!(!is_active(&provider, &text(&tokens, "access_token")));
    assert_eq!(ask(&provider, "revoke", &[]).status, 400);
    let nobody = Request::post(&endpoint("revoke"), "token=x").send(provider.address);
    assert_eq!(
        (nobody.status, &nobody.json()["error"]),
        (401, &json!("invalid_client"))
    );
    provider.misbehave(&["revocation-unsupported"]);
    let answer = ask(&provider, "revoke", &[("token", "x")]);
    assert_eq!(answer.json()["error"], json!("unsupported_token_type"));
    assert_eq!(provider.requests()["revocation"], 6);
}

// RFC 7662 §2.2
#[test]
fn introspection_tells_what_a_token_is() {
    let provider = Running::start(&[]);
    let tokens = logged_in(&provider, "carol");
    let access_token = text(&tokens, "access_token");
    let known = introspect(&provider, &access_token);
    let own = claims(&access_token);
    for name in [
        "iss",
        "sub",
        "aud",
        "sid",
        "scope",
        "iat",
        "exp",
        "realm_access",
    ] {
        assert_eq!(known[name], own[name], "{name}");
    }
    assert_eq!(known["client_id"], json!("beer"));
    assert_eq!(known["username"], json!("carol"));
    assert_eq!(known["token_type"], json!("Bearer"));
    let refresh_token = introspect(&provider, &text(&tokens, "refresh_token"));
    assert_eq!(refresh_token["token_type"], json!("Refresh"));
    assert_eq!(introspect(&provider, "unknown"), json!({ "active": false }));
    let body = json!({ "disabled": true }).to_string();
    provider.control("people/carol", &body);
    assert_eq!(
        introspect(&provider, &access_token),
        json!({ "active": false })
    );
    assert_eq!(ask(&provider, "token/introspect", &[]).status, 400);
    let nobody = Request::post(&endpoint("token/introspect"), "token=x").send(provider.address);
    assert_eq!(nobody.status, 401);
}

#[test]
fn what_introspection_tells_wrongly_is_what_the_name_says() {
    let provider = Running::start(&[]);
    let access_token = text(&logged_in(&provider, "carol"), "access_token");
    let honest = introspect(&provider, &access_token);
    for (name, member, value) in [
        ("introspection-active-text", "active", json!("true")),
        (
            "introspection-wrong-audience",
            "aud",
            json!("https://other.example/api"),
        ),
    ] {
        provider.misbehave(&[name]);
        let mut told = introspect(&provider, &access_token);
        assert_eq!(told[member], value, "{name}");
        told[member] = honest[member].clone();
        assert_eq!(told, honest, "{name}");
    }
    // Of a token that is good for nothing there is nothing to tell.
    assert_eq!(introspect(&provider, "unknown"), json!({ "active": false }));
}

// RFC 9701 §4, §5
#[test]
fn a_signed_answer_comes_where_it_is_offered_and_asked_for() {
    let provider = Running::start(&[]);
    let access_token = text(&logged_in(&provider, "carol"), "access_token");
    let honest = introspect(&provider, &access_token);
    let asked = || {
        let client = [("client_id", "beer"), ("client_secret", "beer-secret")];
        let parameters = [&[("token", access_token.as_str())][..], &client].concat();
        let path = endpoint("token/introspect");
        let request = Request::post(&path, &form(&parameters));
        provider.send(&request.with("Accept", "application/token-introspection+jwt, */*;q=0.1"))
    };
    let offered = |it: &Running| {
        let metadata = it.metadata().json();
        metadata["introspection_signing_alg_values_supported"].clone()
    };
    assert_eq!(asked().json(), honest);
    assert_eq!(offered(&provider), Value::Null);
    for (name, verifies) in [
        ("introspection-signed", true),
        ("introspection-forged", false),
    ] {
        provider.misbehave(&[name]);
        assert_eq!(offered(&provider), json!(["RS256"]), "{name}");
        assert_eq!(introspect(&provider, &access_token), honest, "{name}");
        let answer = asked();
        assert_eq!(
            answer.header("content-type"),
            Some("application/token-introspection+jwt")
        );
        let token = String::from_utf8(answer.body).unwrap();
        let claims = claims(&token);
        assert_eq!(claims["token_introspection"], honest, "{name}");
        assert_eq!(claims["iss"], json!(provider.issuer()), "{name}");
        assert_eq!(claims["aud"], json!("beer"), "{name}");
        let jws = UnverifiedJws::parse(&token).unwrap();
        assert_eq!(
            jws.header().typ.as_deref(),
            Some("token-introspection+jwt"),
            "{name}"
        );
        let keys = JwkSet::parse(&provider.jwks().body).unwrap();
        let verified = jws.verify(&keys, &[SignatureAlgorithm::Rs256]);
        assert_eq!(verified.is_ok(), verifies, "{name}");
    }
}

/// A server that takes one logout token and answers with this status line; what it got comes at the end.
fn client_server(answer: &'static str) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("http://{}/logout/?site=1", listener.local_addr().unwrap());
    let got = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let (mut head, mut length) = (String::new(), 0);
        while !head.ends_with("\r\n\r\n") {
            let mut line = String::new();
            assert!(reader.read_line(&mut line).unwrap() > 0);
            if let Some(value) = line.strip_prefix("Content-Length: ") {
                length = value.trim().parse().unwrap();
            }
            head.push_str(&line);
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        stream.write_all(answer.as_bytes()).unwrap();
        head + std::str::from_utf8(&body).unwrap()
    });
    (uri, got)
}

fn register(provider: &Running, uri: &str) {
    let answer = provider.control("backchannel-logout-uri", &json!({ "uri": uri }).to_string());
    assert_eq!(answer.status, 204, "{}", answer.text());
}

/// The logout token in a request, which has nothing else.
fn sent_token(request: &str) -> String {
    let (_, token) = request.split_once("\r\n\r\nlogout_token=").unwrap();
    token.to_owned()
}

// Back-Channel Logout §2.4 and §2.5
#[test]
fn a_logout_in_the_browser_tells_the_clients_server_before_it_leads_back() {
    let (uri, got) = client_server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let provider = Running::start(&["--backchannel-logout-uri", &uri]);
    let clicked = provider.click("carol");
    let code = &clicked.sent_back("code")[0];
    let tokens = provider.redeem(code, ("", "")).json();
    let id_token = text(&tokens, "id_token");
    let path = format!("{}?id_token_hint={id_token}", endpoint("logout"));
    let left = provider.send(&Request::get(&path).with("Cookie", &clicked.cookie()));
    assert_eq!(left.status, 200);
    let request = got.join().unwrap();
    assert!(request.starts_with("POST /logout/?site=1 HTTP/1.1\r\nHost: 127.0.0.1:"));
    assert!(request.contains("\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
    let logout_token = sent_token(&request);
    assert!(verifies(&provider, &logout_token));
    assert_eq!(header(&logout_token)["typ"], json!("logout+jwt"));
    let (said, of_login) = (claims(&logout_token), claims(&id_token));
    for name in ["iss", "sub", "aud", "sid"] {
        assert_eq!(said[name], of_login[name], "{name}");
    }
    assert_eq!(said["events"], json!({ EVENT: {} }));
    let (iat, exp) = (said["iat"].as_i64().unwrap(), said["exp"].as_i64().unwrap());
    assert_eq!(exp - iat, 120);
    assert!(said.contains_key("jti") && !said.contains_key("nonce"));
    assert_eq!(refresh(&provider, &tokens).status, 400);
}

// Back-Channel Logout §2.2
#[test]
fn a_client_that_needs_no_session_gets_no_sid() {
    let provider = Running::start(&["--backchannel-logout-session-required", "false"]);
    logged_in(&provider, "carol");
    let token = text(&sign_out(&provider, "carol")[0], "logout_token");
    assert!(!claims(&token).contains_key("sid") && claims(&token).contains_key("sub"));
    assert_eq!(provider.control("logout-session", "{}").status, 204);
    logged_in(&provider, "carol");
    let token = text(&sign_out(&provider, "carol")[0], "logout_token");
    assert!(claims(&token).contains_key("sid"));
}

#[test]
fn an_administrator_signs_a_person_out_and_sees_what_became_of_it() {
    let provider = Running::start(&[]);
    assert_eq!(sign_out(&provider, "carol"), json!([]));
    let tokens = logged_in(&provider, "carol");
    let other = logged_in(&provider, "adam");
    let (uri, got) = client_server("HTTP/1.1 400 Bad Request\r\n\r\n");
    register(&provider, &uri);
    let sessions = sign_out(&provider, "carol");
    assert_eq!(sessions[0]["status"], json!(400));
    assert_eq!(
        sessions[0]["sid"],
        claims(&text(&tokens, "id_token"))["sid"]
    );
    assert_eq!(
        text(&sessions[0], "logout_token"),
        sent_token(&got.join().unwrap())
    );
    assert_eq!(refresh(&provider, &tokens).status, 400);
    assert_eq!(refresh(&provider, &other).status, 200);
    // Nobody listens there any more.
    assert_eq!(sign_out(&provider, "adam")[0]["status"], json!(null));
    let answer = provider.control("backchannel-logout-uri", r#"{"uri": null}"#);
    assert_eq!(answer.status, 204);
    for uri in ["https://127.0.0.1/", "http://sso.example/", "/logout/"] {
        let body = json!({ "uri": uri }).to_string();
        let answer = provider.control("backchannel-logout-uri", &body);
        assert_eq!(answer.status, 400);
        assert!(
            answer
                .text()
                .contains("plain http addresses of this computer only")
        );
    }
}

#[test]
fn each_misbehaviour_of_a_refresh_changes_exactly_what_its_name_says() {
    let provider = Running::start(&[]);
    let tokens = logged_in(&provider, "carol");
    let issued = || claims(&text(&refresh(&provider, &tokens).json(), "id_token"));
    for (name, change) in REFRESHED {
        provider.misbehave(&[]);
        let honest = issued();
        provider.misbehave(&[name]);
        assert_changed(&provider, name, *change, honest, issued());
        // A login is spared.
        let sub = claims(&text(&logged_in(&provider, "carol"), "id_token"))["sub"].clone();
        assert_eq!(sub, claims(&text(&tokens, "id_token"))["sub"], "{name}");
    }
}

#[test]
fn each_misbehaviour_of_a_logout_token_changes_exactly_what_its_name_says() {
    let provider = Running::start(&[]);
    let issued = || {
        logged_in(&provider, "carol");
        text(&sign_out(&provider, "carol")[0], "logout_token")
    };
    for (name, change) in LOGOUT {
        provider.misbehave(&[]);
        let honest = issued();
        provider.misbehave(&[name]);
        let other = issued();
        assert_changed(&provider, name, *change, claims(&honest), claims(&other));
        let is_unsigned = *name == "logout-token-unsigned";
        assert_eq!(verifies(&provider, &other), !is_unsigned, "{name}");
    }
}

/// Compares two tokens, but for what differs each time and a second that may have passed between them.
fn assert_changed(
    provider: &Running,
    name: &str,
    change: fn(&Running, i64) -> Value,
    mut honest: Map<String, Value>,
    mut other: Map<String, Value>,
) {
    let times = ["iat", "exp", "auth_time"];
    let shift = |token: &mut Map<String, Value>, now: i64| {
        for time in times {
            if let Some(value) = token.get(time).and_then(Value::as_i64) {
                token.insert(time.to_owned(), json!((value - now + 5).div_euclid(10)));
            }
        }
    };
    let now = honest["iat"].as_i64().unwrap();
    let expected = change(provider, now);
    for (claim, value) in expected.as_object().unwrap() {
        honest.insert(claim.clone(), value.clone());
    }
    honest.retain(|_, value| !value.is_null());
    shift(&mut honest, now);
    shift(&mut other, now);
    for fresh in ["jti", "sid", "at_hash"] {
        assert_eq!(
            honest.contains_key(fresh),
            other.contains_key(fresh),
            "{name}: {fresh}"
        );
        honest.remove(fresh);
        other.remove(fresh);
    }
    assert_eq!(honest, other, "{name}");
}
