//! RP-Initiated Logout §2: the end-session URL.

use relyant_oidc::error::{Clipped, Misbehaved};
use relyant_oidc::logout::rp_initiated::{LogoutForm, end_session_url};
use relyant_oidc::registration::ClientRegistration;
use serde_json::json;
use url::Url;

use crate::brewery::{metadata, metadata_with, registration, remove};

const RETURN: &str = "https://beer.example.com/oidc/logged-out/";

fn query(url: &Url) -> Vec<(String, String)> {
    url.query_pairs().into_owned().collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn client_hint_and_return_address_are_sent() {
    let url = end_session_url(
        &metadata(),
        &registration(),
        Some("a.b.c"),
        Some(RETURN),
        Some("s"),
    )
    .unwrap()
    .unwrap();
    let expected = [
        ("client_id", "beer"),
        ("id_token_hint", "a.b.c"),
        ("post_logout_redirect_uri", RETURN),
        ("state", "s"),
    ];
    assert_eq!(query(&url), pairs(&expected));
    assert_eq!(url.path(), "/realms/brewery/logout");
}

#[test]
fn the_client_is_named_even_without_a_hint() {
    let url = end_session_url(&metadata(), &registration(), None, None, None)
        .unwrap()
        .unwrap();
    assert_eq!(query(&url), pairs(&[("client_id", "beer")]));
}

// LO-12
#[test]
fn a_state_goes_with_a_return_address_only() {
    let url = end_session_url(&metadata(), &registration(), None, None, Some("s"))
        .unwrap()
        .unwrap();
    assert_eq!(query(&url), pairs(&[("client_id", "beer")]));
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
    let ask = |registration: &ClientRegistration| {
        let (hint, back, state) = (Some("a.b.c"), Some(RETURN), Some("s"));
        let url = end_session_url(&metadata(), registration, hint, back, state);
        query(&url.unwrap().unwrap())
    };
    let renamed = [
        ("client_id", "beer"),
        ("logout_uri", RETURN),
        ("state", "s"),
    ];
    assert_eq!(ask(&form("logout_uri", false)), pairs(&renamed));
    let without_hint = [
        ("client_id", "beer"),
        ("post_logout_redirect_uri", RETURN),
        ("state", "s"),
    ];
    let form = form("post_logout_redirect_uri", false);
    assert_eq!(ask(&form), pairs(&without_hint));
}

#[test]
fn the_endpoints_own_query_is_kept_and_never_doubled() {
    let with = |url: &str| metadata_with(|it| it["end_session_endpoint"] = json!(url)).unwrap();
    let kept = end_session_url(
        &with("https://sso.example.com/out?tenant=a"),
        &registration(),
        None,
        None,
        None,
    );
    assert_eq!(
        query(&kept.unwrap().unwrap()),
        pairs(&[("tenant", "a"), ("client_id", "beer")])
    );
    let doubled = end_session_url(
        &with("https://sso.example.com/out?client_id=wine"),
        &registration(),
        None,
        None,
        None,
    );
    let expected = Misbehaved::EndpointQueryCollision {
        endpoint: "end_session_endpoint",
        name: Clipped::new("client_id"),
    };
    assert_eq!(doubled, Err(expected.into()));
}

#[test]
fn a_provider_without_the_endpoint_gives_no_url() {
    let without = metadata_with(|it| remove(it, "end_session_endpoint")).unwrap();
    assert_eq!(
        end_session_url(&without, &registration(), Some("a.b.c"), Some(RETURN), None),
        Ok(None)
    );
}
