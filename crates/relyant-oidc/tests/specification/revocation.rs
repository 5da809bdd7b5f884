//! RFC 7009: the revocation of tokens.

use proptest::prelude::*;
use relyant_oidc::error::{Configuration, Misbehaved, Refused};
use relyant_oidc::http::{Endpoint, HttpRequest, HttpResponse, Method};
use relyant_oidc::registration::ClientRegistration;
use relyant_oidc::secret::Secret;
use relyant_oidc::token::client_authentication::ClientAuthentication;
use relyant_oidc::token::revocation::{
    RevocableToken, Revocation, process_revocation_response, revocation_request,
};
use serde_json::json;

use crate::brewery::{
    answer, authorization, clipped, form, freshness, metadata, metadata_with, registration, remove,
};

fn token() -> Secret {
    Secret::new("token+1")
}

fn asked() -> HttpRequest {
    let kind = RevocableToken::Refresh;
    let request = revocation_request(&metadata(), &registration(), kind, &token(), freshness());
    request.unwrap().unwrap()
}

fn refused(status: u16, error: &str) -> HttpResponse {
    let body = json!({"error": error, "error_description": "because"});
    answer(status, "application/json", &body.to_string())
}

#[test]
fn the_token_goes_with_its_kind_and_our_credentials() {
    for (kind, hint) in [
        (RevocableToken::Access, "access_token"),
        (RevocableToken::Refresh, "refresh_token"),
    ] {
        let request = revocation_request(&metadata(), &registration(), kind, &token(), freshness());
        let request = request.unwrap().unwrap();
        assert_eq!(RevocableToken::from_hint(hint), Some(kind));
        assert_eq!(request.method, Method::Post);
        assert_eq!(Some(&request.url), metadata().revocation_endpoint());
        let expected = [("token", "token+1"), ("token_type_hint", hint)];
        assert_eq!(
            form(&request),
            expected
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into()
        );
        // beer:beer-secret
        assert_eq!(
            authorization(&request),
            Some("Basic YmVlcjpiZWVyLXNlY3JldA==")
        );
    }
}

#[test]
fn other_kinds_of_tokens_have_no_name_here() {
    for hint in ["", "id_token", "Access_Token", "access_token "] {
        assert_eq!(RevocableToken::from_hint(hint), None);
    }
}

#[test]
fn we_authenticate_as_at_the_token_endpoint() {
    let posted = ClientRegistration {
        client_auth: Some(ClientAuthentication::Post),
        ..registration()
    };
    let public = ClientRegistration {
        client_secret: None,
        ..registration()
    };
    for (registration, secret) in [(posted, Some("beer-secret")), (public, None)] {
        let kind = RevocableToken::Refresh;
        let request = revocation_request(&metadata(), &registration, kind, &token(), freshness());
        let request = request.unwrap().unwrap();
        assert_eq!(authorization(&request), None);
        assert_eq!(form(&request)["client_id"], "beer");
        assert_eq!(
            form(&request).get("client_secret").map(String::as_str),
            secret
        );
    }
}

#[test]
fn without_an_endpoint_there_is_no_request() {
    let without = metadata_with(|it| remove(it, "revocation_endpoint")).unwrap();
    let kind = RevocableToken::Refresh;
    assert_eq!(
        revocation_request(&without, &registration(), kind, &token(), freshness()),
        Ok(None)
    );
}

#[test]
fn status_200_is_done_whatever_the_body() {
    for (content_type, body) in [
        ("application/json", "{}"),
        ("application/json", "{\"error\":\"invalid_client\"}"),
        ("text/html", "<h1>200</h1>"),
        ("", ""),
    ] {
        assert_eq!(
            process_revocation_response(&asked(), &answer(200, content_type, body)),
            Ok(Revocation::Done)
        );
    }
}

#[test]
fn a_kind_of_token_that_is_never_revoked_is_told_apart_from_a_refusal() {
    let description = clipped("because");
    assert_eq!(
        process_revocation_response(&asked(), &refused(400, "unsupported_token_type")),
        Ok(Revocation::UnsupportedTokenType)
    );
    for status in [400, 401] {
        let description = description.clone();
        assert_eq!(
            process_revocation_response(&asked(), &refused(status, "invalid_client")),
            Err(Configuration::InvalidClient { description }.into())
        );
    }
    for name in ["unauthorized_client", "invalid_request", "odd"] {
        let (error, description) = (clipped(name), description.clone());
        assert_eq!(
            process_revocation_response(&asked(), &refused(400, name)),
            Err(Refused::RevocationError { error, description }.into())
        );
    }
}

#[test]
fn any_other_status_is_told_by_its_number() {
    let endpoint = Endpoint::Revocation;
    for got in [201, 204, 302, 403, 404, 503] {
        let response = refused(got, "unsupported_token_type");
        assert_eq!(
            process_revocation_response(&asked(), &response),
            Err(Misbehaved::Status { endpoint, got }.into())
        );
    }
    for (content_type, body) in [
        ("text/html", "{\"error\":\"unsupported_token_type\"}"),
        ("application/json", "{\"error\":1}"),
        ("application/json", ""),
    ] {
        assert_eq!(
            process_revocation_response(&asked(), &answer(400, content_type, body)),
            Err(Misbehaved::Status { endpoint, got: 400 }.into())
        );
    }
}

// OP-01
#[test]
fn what_we_sent_is_not_repeated_in_a_message() {
    let said = format!("no token+1 of beer-secret: {}", asked().body.unwrap());
    let body = json!({"error": "invalid_request", "error_description": said}).to_string();
    let response = answer(400, "application/json", &body);
    let error = process_revocation_response(&asked(), &response).unwrap_err();
    let shown = error.to_string();
    let expected = "no *** of ***: token=***&token_type_hint=refresh_token";
    assert!(shown.contains(expected), "{shown}");
}

// OP-01
#[test]
fn debug_shows_no_token() {
    let kind = RevocableToken::Refresh;
    let request = revocation_request(&metadata(), &registration(), kind, &token(), freshness());
    let shown = format!("{request:?}");
    for secret in ["token+1", "token%2B1", "YmVlcjpiZWVyLXNlY3JldA"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_body_makes_a_failure_a_success(status in 201_u16..600, body in proptest::collection::vec(any::<u8>(), 0..100)) {
        let response = HttpResponse { body, ..answer(status, "application/json", "") };
        prop_assert!(process_revocation_response(&asked(), &response).is_err());
    }
}
