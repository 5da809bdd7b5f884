//! RP-initiated logout: with a hint at once, without one after a question.

use crate::http::{Answer, Request};
use crate::running::{Running, authorization_path, endpoint, form};

const BYE: &str = "http://127.0.0.1:8000/oidc/logged-out/";

/// A signed-in browser: its cookie and its ID token.
fn signed_in(provider: &Running) -> (String, String) {
    let clicked = provider.click("carol");
    let cookie = clicked.cookie();
    let tokens = provider
        .redeem(&clicked.sent_back("code")[0], ("", ""))
        .json();
    (cookie, tokens["id_token"].as_str().unwrap().to_owned())
}

fn leave(provider: &Running, cookie: &str, parameters: &[(&str, &str)]) -> Answer {
    let path = format!("{}?{}", endpoint("logout"), form(parameters));
    provider.send(&Request::get(&path).with("Cookie", cookie))
}

fn is_signed_in(provider: &Running, cookie: &str) -> bool {
    provider
        .send(&Request::get(&authorization_path(&[])).with("Cookie", cookie))
        .status
        == 303
}

#[test]
fn with_a_hint_the_session_ends_without_a_question() {
    let provider = Running::shared();
    let (cookie, id_token) = signed_in(provider);
    assert!(is_signed_in(provider, &cookie));
    let parameters = [
        ("id_token_hint", id_token.as_str()),
        ("post_logout_redirect_uri", BYE),
        ("state", "a b"),
    ];
    let answer = leave(provider, &cookie, &parameters);
    assert_eq!(answer.status, 303);
    assert_eq!(
        answer.header("location"),
        Some(format!("{BYE}?state=a+b").as_str())
    );
    assert!(answer.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert!(!is_signed_in(provider, &cookie));
}

#[test]
fn without_a_hint_the_person_is_asked() {
    let provider = Running::shared();
    let (cookie, _) = signed_in(provider);
    for hint in ["", "a.made-up.hint"] {
        let page = leave(
            provider,
            &cookie,
            &[("client_id", "beer"), ("id_token_hint", hint)],
        );
        assert_eq!(page.status, 200);
        assert!(page.text().contains("Do you want to sign out?"));
        assert!(is_signed_in(provider, &cookie));
    }
    let path = format!(
        "{}?{}",
        endpoint("logout"),
        form(&[("client_id", "beer"), ("post_logout_redirect_uri", BYE)])
    );
    let answer = provider.send(&Request::post(&path, "confirm=yes").with("Cookie", &cookie));
    assert_eq!((answer.status, answer.header("location")), (303, Some(BYE)));
    assert!(!is_signed_in(provider, &cookie));
}

/// Browsers hold a form's redirect against the page's `form-action`: without it the answer leads nowhere.
#[test]
fn the_questions_form_may_lead_to_where_the_logout_ends() {
    let provider = Running::shared();
    let elsewhere = ("post_logout_redirect_uri", BYE);
    for (parameters, expected) in [
        (
            vec![("client_id", "beer"), elsewhere],
            "form-action 'self' http://127.0.0.1:8000;",
        ),
        (vec![("client_id", "beer")], "form-action 'self' ;"),
    ] {
        let page = leave(provider, "", &parameters);
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains(expected), "{policy}");
    }
}

#[test]
fn another_origins_form_confirms_nothing() {
    let provider = Running::shared();
    let (cookie, _) = signed_in(provider);
    let path = endpoint("logout");
    let request = Request::post(&path, "confirm=yes")
        .with("Cookie", &cookie)
        .with("Sec-Fetch-Site", "cross-site");
    assert_eq!(provider.send(&request).status, 403);
    assert!(is_signed_in(provider, &cookie));
}

#[test]
fn unknown_clients_and_destinations_are_refused() {
    let provider = Running::shared();
    for parameters in [
        [("client_id", "wine"), ("", "")],
        [
            ("client_id", "beer"),
            ("post_logout_redirect_uri", "https://evil.example/"),
        ],
        [("post_logout_redirect_uri", BYE), ("", "")],
    ] {
        let answer = leave(provider, "", &parameters);
        assert_eq!(
            (answer.status, answer.header("location")),
            (400, None),
            "{parameters:?}"
        );
    }
}

#[test]
fn registered_destinations_are_the_only_ones() {
    let provider = Running::start(&["--post-logout-redirect-uri", "https://beer.example/bye"]);
    let ask = |uri: &str| {
        leave(
            &provider,
            "",
            &[("client_id", "beer"), ("post_logout_redirect_uri", uri)],
        )
        .status
    };
    assert_eq!(ask("https://beer.example/bye"), 200);
    assert_eq!(ask(BYE), 400);
}

const FRAME: &str = "http://127.0.0.1:8000/oidc/front-channel-logout/keycloak/?site=1";

fn encoded(issuer: &str) -> String {
    issuer.replace(':', "%3A").replace('/', "%2F")
}

// Front-Channel Logout §2, §3
#[test]
fn a_frame_tells_the_client_which_session_ended_and_a_link_leads_on() {
    let provider = Running::start(&["--frontchannel-logout-uri", FRAME]);
    let (cookie, id_token) = signed_in(&provider);
    let parameters = [
        ("id_token_hint", id_token.as_str()),
        ("post_logout_redirect_uri", BYE),
    ];
    let page = leave(&provider, &cookie, &parameters);
    assert_eq!(page.status, 200);
    let frame = format!("{FRAME}&iss={}&sid=", encoded(provider.issuer()));
    assert!(
        page.text()
            .contains(&format!("src=\"{}", frame.replace('&', "&amp;")))
    );
    assert!(
        page.text()
            .contains(&format!("<a href=\"{BYE}\">Go on</a>"))
    );
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.ends_with("; frame-src http://127.0.0.1:8000"),
        "{policy}"
    );
    assert!(page.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert!(!is_signed_in(&provider, &cookie));
    // Where no session ends, nobody is told of one.
    let page = leave(&provider, "", &[("client_id", "beer")]);
    assert!(!page.text().contains("<iframe"));
}

// Front-Channel Logout §2
#[test]
fn the_frame_names_issuer_and_session_or_neither() {
    let provider = Running::start(&["--frontchannel-logout-session-required", "false"]);
    let uri = format!(r#"{{"uri": "{FRAME}"}}"#);
    assert_eq!(
        provider.control("frontchannel-logout-uri", &uri).status,
        204
    );
    let (cookie, id_token) = signed_in(&provider);
    let page = leave(&provider, &cookie, &[("id_token_hint", id_token.as_str())]);
    assert!(page.text().contains(&format!("src=\"{FRAME}\"")));
    let none = r#"{"uri": null}"#;
    assert_eq!(
        provider.control("frontchannel-logout-uri", none).status,
        204
    );
    let (cookie, id_token) = signed_in(&provider);
    let page = leave(&provider, &cookie, &[("id_token_hint", id_token.as_str())]);
    assert!(!page.text().contains("<iframe"));
    let elsewhere = r#"{"uri": "https://beer.example/"}"#;
    assert_eq!(
        provider
            .control("frontchannel-logout-uri", elsewhere)
            .status,
        400
    );
}
