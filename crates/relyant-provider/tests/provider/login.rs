//! A whole login, and what a careful provider refuses on the way.

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::base64url;
use relyant_jose::jwk_set::JwkSet;
use relyant_jose::jws::UnverifiedJws;
use serde_json::{Value, json};

use crate::http::{Answer, Request};
use crate::running::{
    REDIRECT_URI, Running, VERIFIER, authorization_path, challenge, endpoint, form,
};

fn code_of(answer: &Answer) -> String {
    answer.sent_back("code").remove(0)
}

/// The verified claims of a token, by the keys that the provider publishes.
fn verified(provider: &Running, token: &Value) -> Value {
    let keys = JwkSet::parse(&provider.jwks().body).unwrap();
    let jws = UnverifiedJws::parse(token.as_str().unwrap()).unwrap();
    Value::Object(
        jws.verify(&keys, &[SignatureAlgorithm::Rs256])
            .unwrap()
            .claims()
            .unwrap(),
    )
}

#[test]
fn a_person_signs_in_from_the_metadata_to_the_logout() {
    let provider = Running::start(&[]);
    let metadata = provider.metadata().json();
    assert_eq!(metadata["issuer"], provider.issuer());
    let path = |name: &str| {
        url::Url::parse(metadata[name].as_str().unwrap())
            .unwrap()
            .path()
            .to_owned()
    };
    assert_eq!(path("authorization_endpoint"), endpoint("auth"));
    assert_eq!(path("jwks_uri"), endpoint("certs"));

    let page = provider.send(&Request::get(&authorization_path(&[])));
    assert_eq!(page.status, 200);
    assert!(page.text().contains("name=\"person\" value=\"carol\""));
    let clicked = provider.click("carol");
    assert_eq!(clicked.status, 303);
    assert!(
        clicked
            .header("location")
            .unwrap()
            .starts_with(REDIRECT_URI)
    );
    assert_eq!(clicked.sent_back("state"), ["the-state"]);
    assert_eq!(clicked.sent_back("iss"), [provider.issuer()]);

    let answer = provider.redeem(&code_of(&clicked), ("", ""));
    assert_eq!(
        (answer.status, answer.header("cache-control")),
        (200, Some("no-store"))
    );
    let tokens = answer.json();
    assert_eq!(
        (&tokens["token_type"], &tokens["expires_in"]),
        (&json!("Bearer"), &json!(300))
    );
    let id_token = verified(&provider, &tokens["id_token"]);
    let access_token = verified(&provider, &tokens["access_token"]);
    assert_eq!(
        (&id_token["aud"], &id_token["azp"]),
        (&json!("beer"), &json!("beer"))
    );
    assert_eq!(
        (&id_token["typ"], &id_token["nonce"]),
        (&json!("ID"), &json!("the-nonce"))
    );
    assert_eq!(
        id_token.get("realm_access"),
        None,
        "roles are in the access token only"
    );
    assert_eq!(
        (&access_token["typ"], &access_token["aud"]),
        (&json!("Bearer"), &json!("account"))
    );
    assert_eq!(
        access_token["realm_access"],
        json!({ "roles": ["customers"] })
    );

    let userinfo = provider
        .userinfo(tokens["access_token"].as_str().unwrap())
        .json();
    assert_eq!(
        (&userinfo["sub"], &userinfo["name"]),
        (&id_token["sub"], &json!("Carol Cask"))
    );
    assert_eq!(userinfo.get("realm_access"), None);

    let logout = form(&[
        ("id_token_hint", tokens["id_token"].as_str().unwrap()),
        ("client_id", "beer"),
    ]);
    assert_eq!(
        provider
            .send(&Request::get(&format!(
                "{}?{logout}",
                path("end_session_endpoint")
            )))
            .status,
        200
    );
    assert_eq!(
        provider
            .userinfo(tokens["access_token"].as_str().unwrap())
            .status,
        401
    );
    let counts = provider.requests();
    assert_eq!(
        (
            &counts["token"],
            &counts["userinfo"],
            &counts["end_session"]
        ),
        (&json!(1), &json!(2), &json!(1))
    );
}

#[test]
fn without_roles_there_is_no_roles_claim() {
    let provider = Running::shared();
    let tokens = provider
        .redeem(&code_of(&provider.click("nora")), ("", ""))
        .json();
    assert_eq!(
        verified(provider, &tokens["access_token"]).get("realm_access"),
        None
    );
}

#[test]
fn name_and_password_will_do_and_a_wrong_one_is_asked_again() {
    let provider = Running::shared();
    let attempt = |username: &str, password: &str| {
        let body = form(&[("username", username), ("password", password)]);
        provider.send(&Request::post(&authorization_path(&[]), &body))
    };
    assert_eq!(attempt("chris", "chris").status, 303);
    for (username, password) in [("chris", "carol"), ("nobody", "nobody"), ("chris", "")] {
        let page = attempt(username, password);
        assert_eq!(page.status, 400, "{username}:{password}");
        assert!(page.text().contains("role=\"alert\""));
    }
    assert_eq!(provider.click("somebody").status, 400);
}

#[test]
fn a_session_spares_the_second_click_unless_the_request_forbids_it() {
    let provider = Running::shared();
    let clicked = provider.click("carol");
    let cookie = clicked.cookie();
    let attributes = clicked.header("set-cookie").unwrap();
    assert!(
        attributes.contains("; HttpOnly; SameSite=Lax"),
        "{attributes}"
    );
    let again = |changes: &[(&str, &str)]| {
        provider.send(&Request::get(&authorization_path(changes)).with("Cookie", &cookie))
    };
    let spared = again(&[]);
    assert_eq!(spared.status, 303);
    let tokens = provider.redeem(&code_of(&spared), ("", "")).json();
    assert_eq!(verified(provider, &tokens["id_token"])["acr"], "0");
    assert_eq!(again(&[("prompt", "none")]).status, 303);
    assert_eq!(again(&[("prompt", "login")]).status, 200);
    let stranger = provider.send(&Request::get(&authorization_path(&[("prompt", "none")])));
    assert_eq!(stranger.sent_back("error"), ["login_required"]);
}

#[test]
fn a_request_may_come_in_a_body_too() {
    let path = authorization_path(&[]);
    let (path, query) = path.split_once('?').unwrap();
    assert_eq!(
        Running::shared().send(&Request::post(path, query)).status,
        200
    );
}

#[test]
fn authorization_requests_are_refused_where_they_must_be() {
    let provider = Running::shared();
    let ask = |changes: &[(&str, &str)]| provider.send(&Request::get(&authorization_path(changes)));
    for change in [
        ("client_id", "wine"),
        ("redirect_uri", "https://evil.example/"),
        ("redirect_uri", ""),
    ] {
        let page = ask(&[change]);
        assert_eq!(
            (page.status, page.header("location")),
            (400, None),
            "{change:?}"
        );
    }
    for (change, error) in [
        (("code_challenge", ""), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("code_challenge_method", ""), "invalid_request"),
        (("response_type", "token"), "unsupported_response_type"),
        (
            ("request_uri", "https://evil.example/"),
            "request_uri_not_supported",
        ),
    ] {
        let answer = ask(&[change]);
        assert_eq!(answer.status, 303, "{change:?}");
        assert_eq!(answer.sent_back("error"), [error], "{change:?}");
        assert_eq!(answer.sent_back("state"), ["the-state"]);
        assert_eq!(answer.sent_back("iss"), [provider.issuer()]);
        assert!(answer.sent_back("code").is_empty());
    }
    let twice = format!("{}&state=other", authorization_path(&[]));
    assert_eq!(provider.send(&Request::get(&twice)).status, 400);
}

#[test]
fn registered_redirect_uris_are_the_only_ones() {
    let registered = "https://beer.example/oidc/callback/dev/";
    let provider = Running::start(&["--redirect-uri", registered]);
    let ask = |uri: &str| {
        provider
            .send(&Request::get(&authorization_path(&[("redirect_uri", uri)])))
            .status
    };
    assert_eq!(ask(registered), 200);
    assert_eq!(ask(REDIRECT_URI), 400);
    assert_eq!(ask("https://beer.example/oidc/callback/dev"), 400);
}

#[test]
fn token_requests_are_refused_with_the_exact_error() {
    let provider = Running::shared();
    for (change, status, error) in [
        (
            (
                "code_verifier",
                "another-code-verifier-that-is-as-long-as-it-must-be",
            ),
            400,
            "invalid_grant",
        ),
        (("code_verifier", ""), 400, "invalid_grant"),
        // The challenge itself isn't the verifier: `plain` has no place here.
        (
            ("code_verifier", challenge().as_str()),
            400,
            "invalid_grant",
        ),
        (
            ("redirect_uri", "http://127.0.0.1:8000/other"),
            400,
            "invalid_grant",
        ),
        (("redirect_uri", ""), 400, "invalid_grant"),
        (("code", "another-code"), 400, "invalid_grant"),
        (("code", ""), 400, "invalid_request"),
        (("grant_type", "password"), 400, "unsupported_grant_type"),
        (("grant_type", ""), 400, "invalid_request"),
        (("client_secret", "wrong"), 401, "invalid_client"),
        (("client_secret", ""), 401, "invalid_client"),
        (("client_id", "wine"), 401, "invalid_client"),
    ] {
        let answer = provider.redeem(&code_of(&provider.click("carol")), change);
        assert_eq!(
            (answer.status, &answer.json()["error"]),
            (status, &json!(error)),
            "{change:?}"
        );
    }
}

#[test]
fn a_token_request_is_a_form() {
    let provider = Running::shared();
    let path = endpoint("token");
    for content_type in ["application/json", "text/plain", ""] {
        let request = Request {
            headers: Vec::new(),
            ..Request::post(&path, "grant_type=authorization_code")
        };
        let answer = provider.send(&request.with("Content-Type", content_type));
        assert_eq!(
            (answer.status, &answer.json()["error_description"]),
            (
                400,
                &json!("the content type must be application/x-www-form-urlencoded")
            ),
            "{content_type}"
        );
    }
}

#[test]
fn a_code_is_good_once_and_its_reuse_withdraws_the_access_token() {
    let provider = Running::shared();
    let code = code_of(&provider.click("carol"));
    let tokens = provider.redeem(&code, ("", "")).json();
    let access_token = tokens["access_token"].as_str().unwrap();
    assert_eq!(provider.userinfo(access_token).status, 200);
    assert_eq!(
        provider.redeem(&code, ("", "")).json()["error"],
        "invalid_grant"
    );
    assert_eq!(provider.userinfo(access_token).status, 401);
}

#[test]
fn the_client_may_authenticate_with_basic_but_not_in_two_ways() {
    let provider = Running::shared();
    // Base64 of `beer:beer-secret` has no character in which it differs from base64url.
    let basic = format!("Basic {}", base64url::encode(b"beer:beer-secret"));
    let parameters = |code: &str, more: &[(&str, &str)]| {
        let mut all = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", VERIFIER),
        ];
        all.extend(more);
        form(&all)
    };
    let ask = |body: &str| {
        provider.send(&Request::post(&endpoint("token"), body).with("Authorization", &basic))
    };
    let code = code_of(&provider.click("carol"));
    let two_ways = ask(&parameters(
        &code,
        &[("client_id", "beer"), ("client_secret", "beer-secret")],
    ));
    assert_eq!(
        (two_ways.status, &two_ways.json()["error"]),
        (400, &json!("invalid_request"))
    );
    assert_eq!(ask(&parameters(&code, &[])).status, 200);
}

#[test]
fn without_openid_it_is_oauth_alone() {
    let provider = Running::shared();
    let path = authorization_path(&[("scope", "profile")]);
    let clicked = provider.send(&Request::post(&path, &form(&[("person", "carol")])));
    let tokens = provider.redeem(&code_of(&clicked), ("", "")).json();
    assert_eq!(tokens.get("id_token"), None);
    assert_eq!(
        provider
            .userinfo(tokens["access_token"].as_str().unwrap())
            .status,
        403
    );
}

#[test]
fn userinfo_needs_an_access_token_of_ours() {
    let provider = Running::shared();
    let tokens = provider
        .redeem(&code_of(&provider.click("carol")), ("", ""))
        .json();
    let access_token = tokens["access_token"].as_str().unwrap();
    assert_eq!(provider.userinfo(access_token).status, 200);
    let path = endpoint("userinfo");
    let as_basic = Request::get(&path).with("Authorization", &format!("Basic {access_token}"));
    assert_eq!(provider.send(&as_basic).status, 401);
    let answer = provider.userinfo("made-up");
    assert_eq!(answer.status, 401);
    assert!(
        answer
            .header("www-authenticate")
            .unwrap()
            .starts_with("Bearer realm=\"brewery\", error=\"invalid_token\"")
    );
}
