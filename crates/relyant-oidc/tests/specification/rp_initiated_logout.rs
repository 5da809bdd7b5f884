//! RP-Initiated Logout §2: how the browser is sent to the end-session endpoint.

use relyant_oidc::error::{Clipped, Misbehaved};
use relyant_oidc::limits::MAX_END_SESSION_URL_CHARS;
use relyant_oidc::logout::rp_initiated::{
    EndSessionRequest, LogoutForm, LogoutParameters, end_session_request,
};
use relyant_oidc::registration::ClientRegistration;
use serde_json::json;

use crate::brewery::{metadata, metadata_with, registration, remove};

const RETURN: &str = "https://beer.example.com/oidc/logged-out/";
const ALL: LogoutParameters<'static> = LogoutParameters {
    id_token_hint: Some("a.b.c"),
    logout_hint: Some("session-1"),
    post_logout_redirect_uri: Some(RETURN),
    state: Some("s"),
};

fn ask(told: LogoutParameters<'_>) -> EndSessionRequest {
    ask_as(&registration(), told)
}

fn ask_as(registration: &ClientRegistration, told: LogoutParameters<'_>) -> EndSessionRequest {
    let request = end_session_request(&metadata(), registration, told);
    request.unwrap().unwrap()
}

fn query(request: &EndSessionRequest) -> Vec<(String, String)> {
    assert_eq!(request.fields(), None);
    request.url().query_pairs().into_owned().collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn client_hint_and_return_address_are_sent() {
    let request = ask(ALL);
    let expected = [
        ("client_id", "beer"),
        ("id_token_hint", "a.b.c"),
        ("post_logout_redirect_uri", RETURN),
        ("state", "s"),
    ];
    assert_eq!(query(&request), pairs(&expected));
    assert_eq!(request.url().path(), "/realms/brewery/logout");
}

#[test]
fn without_an_id_token_another_hint_says_who_leaves() {
    let request = ask(LogoutParameters {
        logout_hint: Some("session-1"),
        ..LogoutParameters::default()
    });
    let expected = [("client_id", "beer"), ("logout_hint", "session-1")];
    assert_eq!(query(&request), pairs(&expected));
}

#[test]
fn the_client_is_named_even_without_a_hint() {
    let request = ask(LogoutParameters::default());
    assert_eq!(query(&request), pairs(&[("client_id", "beer")]));
}

// LO-12
#[test]
fn a_state_goes_with_a_return_address_only() {
    let request = ask(LogoutParameters {
        state: Some("s"),
        ..LogoutParameters::default()
    });
    assert_eq!(query(&request), pairs(&[("client_id", "beer")]));
}

#[test]
fn a_provider_with_a_form_of_its_own_is_asked_in_it() {
    let form = |return_parameter: &str, id_token_hint| ClientRegistration {
        logout: LogoutForm {
            return_parameter: return_parameter.to_owned(),
            id_token_hint,
        },
        ..registration()
    };
    let renamed = [
        ("client_id", "beer"),
        ("logout_uri", RETURN),
        ("state", "s"),
    ];
    let request = ask_as(&form("logout_uri", false), ALL);
    assert_eq!(query(&request), pairs(&renamed));
    let without_hint = [
        ("client_id", "beer"),
        ("post_logout_redirect_uri", RETURN),
        ("state", "s"),
    ];
    let request = ask_as(&form("post_logout_redirect_uri", false), ALL);
    assert_eq!(query(&request), pairs(&without_hint));
}

// LO-13
#[test]
fn an_address_that_grows_too_long_becomes_a_form() {
    let with = |chars: usize| "a".repeat(chars);
    let told = |hint| LogoutParameters {
        id_token_hint: Some(hint),
        ..LogoutParameters::default()
    };
    let none = with(0);
    let room = MAX_END_SESSION_URL_CHARS - ask(told(&none)).url().as_str().len();
    let longest = with(room);
    let request = ask(told(&longest));
    assert_eq!(request.url().as_str().len(), 2_000);
    assert_eq!(request.fields(), None);
    let too_long = with(room + 1);
    let request = ask(told(&too_long));
    let expected = [("client_id", "beer"), ("id_token_hint", &too_long)];
    assert_eq!(request.fields(), Some(pairs(&expected).as_slice()));
    assert_eq!(
        request.url().as_str(),
        "https://sso.example.com/realms/brewery/logout"
    );
}

// LO-13
#[test]
fn debug_shows_no_id_token() {
    let long = "a".repeat(3_000);
    for hint in ["a.b.c", &long] {
        let request = ask(LogoutParameters {
            id_token_hint: Some(hint),
            ..LogoutParameters::default()
        });
        let shown = format!("{request:?}");
        assert!(!shown.contains(hint), "{shown}");
    }
}

#[test]
fn the_endpoints_own_query_is_kept_and_never_doubled() {
    let with = |url: &str| metadata_with(|it| it["end_session_endpoint"] = json!(url)).unwrap();
    let nothing = LogoutParameters::default();
    let own = with("https://sso.example.com/out?tenant=a");
    let kept = end_session_request(&own, &registration(), nothing);
    assert_eq!(
        query(&kept.unwrap().unwrap()),
        pairs(&[("tenant", "a"), ("client_id", "beer")])
    );
    let long = "a".repeat(2_000);
    let told = LogoutParameters {
        id_token_hint: Some(&long),
        ..nothing
    };
    let kept = end_session_request(&own, &registration(), told);
    assert_eq!(kept.unwrap().unwrap().url().query(), Some("tenant=a"));
    let doubled = with("https://sso.example.com/out?client_id=wine");
    let expected = Misbehaved::EndpointQueryCollision {
        endpoint: "end_session_endpoint",
        name: Clipped::new("client_id"),
    };
    for told in [nothing, told] {
        let refused = end_session_request(&doubled, &registration(), told);
        assert_eq!(refused, Err(expected.clone().into()));
    }
}

#[test]
fn a_provider_without_the_endpoint_is_not_asked() {
    let without = metadata_with(|it| remove(it, "end_session_endpoint")).unwrap();
    assert_eq!(
        end_session_request(&without, &registration(), ALL),
        Ok(None)
    );
}
