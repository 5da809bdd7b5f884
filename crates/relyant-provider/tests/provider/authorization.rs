//! What an authorization request may ask for, and how its answer travels.

use relyant_jose::base64url;
use serde_json::{Value, json};

use crate::http::{Answer, Request};
use crate::running::{
    REDIRECT_URI, Running, authorization_parameters, authorization_path, endpoint, form,
};

/// The misbehaviours that are tested here: they show only where something is asked for.
pub(crate) const NAMES: [&str; 8] = [
    "par-status-200",
    "par-html",
    "par-no-request-uri",
    "par-expires-at-once",
    "par-refused",
    "prompt-login-ignored",
    "max-age-ignored",
    "acr-values-ignored",
];

const SECRET: (&str, &str) = ("client_secret", "beer-secret");

fn push(provider: &Running, changes: &[(&str, &str)]) -> Answer {
    let body = authorization_parameters(&[&[SECRET], changes].concat());
    provider.send(&Request::post(&endpoint("ext/par/request"), &body))
}

fn pushed_path(provider: &Running, changes: &[(&str, &str)]) -> String {
    let answer = push(provider, changes).json();
    let uri = answer["request_uri"].as_str().unwrap();
    let query = form(&[("client_id", "beer"), ("request_uri", uri)]);
    format!("{}?{query}", endpoint("auth"))
}

fn click_at(provider: &Running, path: &str, person: &str) -> Answer {
    provider.send(&Request::post(path, &form(&[("person", person)])))
}

fn visit(provider: &Running, path: &str, cookie: &str) -> Answer {
    provider.send(&Request::get(path).with("Cookie", cookie))
}

fn code(answer: &Answer) -> String {
    answer.sent_back("code").remove(0)
}

fn claims(provider: &Running, answer: &Answer, token: &str) -> Value {
    let tokens = provider.redeem(&code(answer), ("", "")).json();
    let payload = tokens[token].as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&base64url::decode(payload).unwrap()).unwrap()
}

#[test]
fn a_pushed_request_leads_to_the_page_and_back() {
    let provider = Running::shared();
    let answer = push(provider, &[]);
    assert_eq!(
        (answer.status, answer.header("cache-control")),
        (201, Some("no-store"))
    );
    assert_eq!(answer.json()["expires_in"], 60);
    let path = pushed_path(provider, &[("login_hint", "carol")]);
    let page = provider.send(&Request::get(&path));
    assert_eq!(page.status, 200);
    assert!(page.text().contains("value=\"carol\" autofocus>"));
    let clicked = click_at(provider, &path, "carol");
    assert!(
        clicked
            .header("location")
            .unwrap()
            .starts_with(REDIRECT_URI)
    );
    assert_eq!(clicked.sent_back("state"), ["the-state"]);
    assert_eq!(claims(provider, &clicked, "id_token")["nonce"], "the-nonce");
}

// AR-19
#[test]
fn a_request_uri_is_used_once() {
    let provider = Running::shared();
    let path = pushed_path(provider, &[]);
    assert_eq!(provider.send(&Request::get(&path)).status, 200);
    assert_eq!(provider.send(&Request::get(&path)).status, 400);
    assert_eq!(click_at(provider, &path, "nobody").status, 400);
    assert_eq!(click_at(provider, &path, "carol").status, 303);
    assert_eq!(click_at(provider, &path, "carol").status, 400);
    let spared = click_at(provider, &pushed_path(provider, &[]), "carol");
    let again = pushed_path(provider, &[]);
    assert_eq!(visit(provider, &again, &spared.cookie()).status, 303);
    assert_eq!(visit(provider, &again, &spared.cookie()).status, 400);
}

// AR-19
#[test]
fn a_request_uri_has_the_client_beside_it_and_nothing_else() {
    let provider = Running::shared();
    for (extra, says) in [
        ("&max_age=9", "The parameter max_age is there beside"),
        ("&scope=", "The parameter scope is there beside"),
        ("&state=x", "The parameter state is there beside"),
    ] {
        let path = format!("{}{extra}", pushed_path(provider, &[]));
        let page = provider.send(&Request::get(&path));
        assert_eq!(page.status, 400);
        assert!(page.text().contains(says), "{extra}");
    }
    let path = pushed_path(provider, &[]);
    for wrong in [
        path.replace("client_id=beer&", ""),
        path.replace("client_id=beer", "client_id=wine"),
        format!("{path}x"),
    ] {
        assert_eq!(provider.send(&Request::get(&wrong)).status, 400, "{wrong}");
    }
    assert_eq!(provider.send(&Request::get(&path)).status, 200);
}

#[test]
fn only_the_client_pushes_and_only_what_could_be_answered() {
    let provider = Running::shared();
    for (change, status, error) in [
        (("client_secret", ""), 401, "invalid_client"),
        (("client_secret", "wrong"), 401, "invalid_client"),
        (("request_uri", "urn:x"), 400, "invalid_request"),
        (
            ("redirect_uri", "https://evil.example/"),
            400,
            "invalid_request",
        ),
        (("response_type", "token"), 400, "unsupported_response_type"),
        (("code_challenge_method", "plain"), 400, "invalid_request"),
        (("resource", "wine"), 400, "invalid_target"),
    ] {
        let body = authorization_parameters(
            &[SECRET].map(|known| if known.0 == change.0 { change } else { known }),
        );
        let body = if change.0 == SECRET.0 {
            body
        } else {
            authorization_parameters(&[SECRET, change])
        };
        let answer = provider.send(&Request::post(&endpoint("ext/par/request"), &body));
        assert_eq!(answer.status, status, "{change:?}");
        assert_eq!(answer.json()["error"], error, "{change:?}");
    }
    let twice = format!("{}&nonce=x", authorization_parameters(&[SECRET]));
    for (body, kind) in [
        (twice, "application/x-www-form-urlencoded"),
        (authorization_parameters(&[SECRET]), "application/json"),
    ] {
        let path = endpoint("ext/par/request");
        let request = Request {
            method: "POST",
            path: &path,
            headers: vec![("Content-Type", kind.to_owned())],
            body,
        };
        assert_eq!(provider.send(&request).status, 400);
    }
}

// AR-20
#[test]
fn the_metadata_offers_or_requires_it_on_request() {
    let provider = Running::start(&["--par", "required"]);
    let metadata = provider.metadata().json();
    let url = metadata["pushed_authorization_request_endpoint"].as_str();
    assert!(url.unwrap().ends_with("/ext/par/request"));
    assert_eq!(metadata["require_pushed_authorization_requests"], true);
    let plain = provider.send(&Request::get(&authorization_path(&[])));
    assert_eq!(plain.sent_back("error"), ["invalid_request"]);
    let path = pushed_path(&provider, &[]);
    assert_eq!(provider.send(&Request::get(&path)).status, 200);

    assert_eq!(
        provider.control("par", "{\"par\": \"offered\"}").status,
        204
    );
    let metadata = provider.metadata().json();
    assert!(metadata["pushed_authorization_request_endpoint"].is_string());
    assert_eq!(metadata.get("require_pushed_authorization_requests"), None);
    assert_eq!(
        provider
            .send(&Request::get(&authorization_path(&[])))
            .status,
        200
    );
    assert_eq!(provider.control("par", "{\"par\": \"maybe\"}").status, 400);

    provider.control("par", "{\"par\": \"unsaid\"}");
    let metadata = provider.metadata().json();
    assert_eq!(metadata.get("pushed_authorization_request_endpoint"), None);
    assert_eq!(provider.control("reset", "").status, 204);
    assert_eq!(
        provider.metadata().json()["require_pushed_authorization_requests"],
        true
    );
}

#[test]
fn an_answer_travels_in_a_form_that_sends_itself() {
    let provider = Running::shared();
    let path = authorization_path(&[("response_mode", "form_post"), ("state", "a\"b<c")]);
    let page = click_at(provider, &path, "carol");
    assert_eq!((page.status, page.header("location")), (200, None));
    assert!(page.cookie().starts_with("relyant_provider_"));
    let text = page.text();
    assert!(text.contains(&format!("<form method=\"post\" action=\"{REDIRECT_URI}\">")));
    assert!(text.contains("name=\"state\" value=\"a&quot;b&lt;c\""));
    assert!(text.contains("<input type=\"hidden\" name=\"code\" value=\""));
    assert!(text.contains("<script src=\"/assets/submit.js\" defer></script>"));
    assert!(text.contains("<button class=\"plain\">Go on</button>"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("form-action 'self' http://127.0.0.1:8000;"));
    assert!(policy.ends_with("; script-src 'self'"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let script = provider.send(&Request::get("/assets/submit.js"));
    assert_eq!(
        script.header("content-type"),
        Some("text/javascript; charset=utf-8")
    );

    let path = authorization_path(&[("response_mode", "form_post"), ("prompt", "none")]);
    let refused = provider.send(&Request::get(&path));
    assert!(refused.text().contains("value=\"login_required\""));
    let path = authorization_path(&[("response_mode", "fragment")]);
    let refused = provider.send(&Request::get(&path));
    assert_eq!(refused.sent_back("error"), ["invalid_request"]);
}

#[test]
fn a_session_that_is_too_old_is_no_session() {
    let provider = Running::start(&[]);
    let cookie = provider.click("carol").cookie();
    let path = authorization_path(&[("max_age", "600")]);
    let young = visit(&provider, &path, &cookie);
    assert_eq!(young.status, 303);
    assert_eq!(
        provider
            .control("age-sessions", "{\"seconds\": 601}")
            .status,
        204
    );
    assert_eq!(visit(&provider, &path, &cookie).status, 200);
    assert_eq!(
        visit(&provider, &authorization_path(&[]), &cookie).status,
        303
    );
    provider.misbehave(&["max-age-ignored"]);
    let spared = visit(&provider, &path, &cookie);
    let id_token = claims(&provider, &spared, "id_token");
    let age = id_token["iat"].as_i64().unwrap() - id_token["auth_time"].as_i64().unwrap();
    assert!(age >= 601, "{age}");
}

#[test]
fn a_person_signs_in_as_it_is_asked_for_where_she_can() {
    let provider = Running::start(&[]);
    provider.control("people/carol", "{\"acr\": [\"gold\"]}");
    let supported = &provider.metadata().json()["acr_values_supported"];
    assert_eq!(supported, &json!(["0", "1", "gold"]));
    let acr_of = |answer: &Answer| claims(&provider, answer, "id_token")["acr"].clone();
    let gold = authorization_path(&[("acr_values", "gold")]);
    let usual = provider.click("carol");
    let cookie = usual.cookie();
    assert_eq!(acr_of(&usual), "1");
    // The session isn't good enough: she signs in again.
    assert_eq!(visit(&provider, &gold, &cookie).status, 200);
    let stepped_up = click_at(&provider, &gold, "carol");
    let cookie = stepped_up.cookie();
    assert_eq!(acr_of(&stepped_up), "gold");
    assert_eq!(acr_of(&visit(&provider, &gold, &cookie)), "gold");
    let unasked = visit(&provider, &authorization_path(&[]), &cookie);
    assert_eq!(acr_of(&unasked), "0");
    // Core §3.1.2.1: acr_values are a wish.
    assert_eq!(acr_of(&click_at(&provider, &gold, "chris")), "1");
    provider.misbehave(&["acr-values-ignored"]);
    assert_eq!(acr_of(&visit(&provider, &gold, &cookie)), "0");
}

#[test]
fn an_essential_acr_that_is_not_met_is_a_failed_sign_in() {
    let provider = Running::shared();
    let claims = r#"{"id_token": {"acr": {"essential": true, "values": ["gold"]}}}"#;
    let path = authorization_path(&[("claims", claims)]);
    let refused = click_at(provider, &path, "carol");
    assert_eq!(
        refused.sent_back("error"),
        ["unmet_authentication_requirements"]
    );
    assert!(refused.sent_back("code").is_empty());
    assert_eq!(refused.header("set-cookie"), None);
}

#[test]
fn a_claim_that_is_asked_for_comes_in_the_id_token() {
    let provider = Running::start(&[]);
    provider.control("people/carol", "{\"userinfo\": {\"shoe_size\": 38}}");
    let unasked = provider.click("carol");
    assert_eq!(
        claims(&provider, &unasked, "id_token").get("shoe_size"),
        None
    );
    let path = authorization_path(&[("claims", r#"{"id_token": {"shoe_size": null}}"#)]);
    let asked = click_at(&provider, &path, "carol");
    assert_eq!(claims(&provider, &asked, "id_token")["shoe_size"], 38);
}

#[test]
fn the_access_token_is_for_the_resources_that_were_asked_for() {
    let provider = Running::shared();
    let one = authorization_path(&[("resource", "https://wine.example/")]);
    let answer = click_at(provider, &one, "carol");
    assert_eq!(
        claims(provider, &answer, "access_token")["aud"],
        "https://wine.example/"
    );
    let two = format!("{one}&resource=urn%3Amead");
    let answer = click_at(provider, &two, "carol");
    assert_eq!(
        claims(provider, &answer, "access_token")["aud"],
        json!(["https://wine.example/", "urn:mead"])
    );
    for (resource, status) in [("urn:mead", 200), ("urn:cider", 400)] {
        let code = code(&click_at(provider, &two, "carol"));
        let answer = provider.redeem(&code, ("resource", resource));
        assert_eq!(answer.status, status, "{}", answer.text());
    }
}

#[test]
fn a_hint_puts_a_person_forward_by_name_or_address() {
    let provider = Running::shared();
    for (hint, forward) in [
        ("chris", true),
        ("chris@brewery.example", true),
        ("chri", false),
    ] {
        let page = provider.send(&Request::get(&authorization_path(&[("login_hint", hint)])));
        let forward_now = page.text().contains("value=\"chris\" autofocus>");
        assert_eq!(forward_now, forward, "{hint}");
    }
}

#[test]
fn what_is_asked_is_ignored_on_request() {
    let provider = Running::start(&["--misbehave", "prompt-login-ignored"]);
    let cookie = provider.click("carol").cookie();
    let path = authorization_path(&[("prompt", "login")]);
    assert_eq!(visit(&provider, &path, &cookie).status, 303);
    provider.misbehave(&[]);
    assert_eq!(visit(&provider, &path, &cookie).status, 200);
}

#[test]
fn the_answer_to_a_pushed_request_is_spoilt_on_request() {
    let provider = Running::start(&[]);
    for (name, status) in [
        ("par-status-200", 200),
        ("par-html", 200),
        ("par-no-request-uri", 201),
        ("par-expires-at-once", 201),
        ("par-refused", 400),
        ("error-500@par", 500),
    ] {
        provider.misbehave(&[name]);
        assert_eq!(push(&provider, &[]).status, status, "{name}");
    }
    provider.misbehave(&["par-no-request-uri", "par-expires-at-once"]);
    assert_eq!(push(&provider, &[]).json(), json!({ "expires_in": 0 }));
}
