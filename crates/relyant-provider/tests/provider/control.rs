//! The control endpoint.

use serde_json::json;

use crate::http::Request;
use crate::running::{Running, authorization_path};

#[test]
fn without_its_header_nothing_is_controlled() {
    let provider = Running::shared();
    for path in ["misbehave", "rotate-keys", "people/carol", "reset"] {
        let path = format!("/_control/{path}");
        assert_eq!(
            provider.send(&Request::post(&path, "{}")).status,
            403,
            "{path}"
        );
        assert_eq!(
            provider
                .send(&Request::post(&path, "{}").with("X-Relyant-Control", "0"))
                .status,
            403,
            "{path}"
        );
    }
    assert_eq!(
        provider.send(&Request::get("/_control/requests")).status,
        403
    );
}

#[test]
fn wrong_bodies_change_nothing_and_say_why() {
    let provider = Running::start(&["--misbehave", "expired"]);
    for (path, body, says) in [
        (
            "misbehave",
            "{\"names\": [\"wrong-nonse\"]}",
            "no misbehaviour is called `wrong-nonse`; did you mean `wrong-nonce`?",
        ),
        (
            "misbehave",
            "{\"names\": [\"slow@nowhere\"]}",
            "`nowhere` is no endpoint of metadata, jwks, par, token, userinfo, claims, revocation, introspection",
        ),
        (
            "misbehave",
            "{\"name\": []}",
            "unknown field `name`, expected `names`",
        ),
        ("people/carol", "{\"role\": []}", "unknown field `role`"),
        (
            "rotate-keys",
            "{\"keep\": true}",
            "unknown field `keep`, expected `keep_old`",
        ),
        ("people/carol", "roles", ""),
    ] {
        let answer = provider.control(path, body);
        assert_eq!(answer.status, 400, "{path} {body}");
        assert!(
            answer.json()["error"].as_str().unwrap().contains(says),
            "{}",
            answer.text()
        );
    }
    let page = provider.send(&Request::get("/"));
    assert!(page.text().contains("Misbehaving on request: expired"));
}

#[test]
fn keys_rotate_with_the_old_ones_published_or_not() {
    let provider = Running::start(&[]);
    let kids = || -> Vec<String> {
        let set = provider.jwks().json();
        set["keys"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = kids();
    assert_eq!(provider.control("rotate-keys", "").status, 204);
    let second = kids();
    assert_eq!((second.len(), &second[1]), (2, &first[0]));
    assert_eq!(
        provider
            .control("rotate-keys", "{\"keep_old\": false}")
            .status,
        204
    );
    let third = kids();
    assert_eq!(third.len(), 1);
    assert!(!second.contains(&third[0]));
}

#[test]
fn people_change_and_a_reset_brings_them_back() {
    let provider = Running::start(&[]);
    let roles = |name: &str| {
        let tokens = provider
            .redeem(&provider.click(name).sent_back("code")[0], ("", ""))
            .json();
        let access_token = tokens["access_token"].as_str().unwrap().to_owned();
        let payload =
            relyant_jose::base64url::decode(access_token.split('.').nth(1).unwrap()).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&payload).unwrap();
        (
            claims["realm_access"]["roles"].clone(),
            claims["email"].clone(),
        )
    };
    assert_eq!(
        roles("carol"),
        (json!(["customers"]), json!("carol@brewery.example"))
    );
    assert_eq!(
        provider.control("people/carol", "{\"roles\": []}").status,
        204
    );
    assert_eq!(
        roles("carol"),
        (json!(null), json!("carol@brewery.example"))
    );
    assert_eq!(
        provider
            .control(
                "people/zoe",
                "{\"roles\": [\"admins\"], \"claims\": {\"email\": \"z@x\"}}"
            )
            .status,
        204
    );
    assert_eq!(roles("zoe"), (json!(["admins"]), json!("z@x")));
    provider.misbehave(&["down"]);
    assert_eq!(provider.control("reset", "").status, 204);
    assert_eq!(provider.requests()["token"], 0);
    assert_eq!(
        roles("carol"),
        (json!(["customers"]), json!("carol@brewery.example"))
    );
    assert_eq!(provider.click("zoe").status, 400);
}

#[test]
fn a_reset_ends_all_sessions() {
    let provider = Running::start(&[]);
    let cookie = provider.click("carol").cookie();
    let ask = || {
        provider
            .send(&Request::get(&authorization_path(&[])).with("Cookie", &cookie))
            .status
    };
    assert_eq!(ask(), 303);
    provider.control("reset", "");
    assert_eq!(ask(), 200);
}
