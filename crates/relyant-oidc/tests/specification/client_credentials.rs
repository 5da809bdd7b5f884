//! RFC 6749 §4.4 and RFC 8707: an access token for the client itself.

use proptest::prelude::*;
use relyant_oidc::Error;
use relyant_oidc::error::{Configuration, Incompatible, Misbehaved, Refused};
use relyant_oidc::http::{Endpoint, HttpRequest, HttpResponse, Method};
use relyant_oidc::registration::ClientRegistration;
use relyant_oidc::token::client_authentication::ClientAuthentication;
use relyant_oidc::token::client_credentials::{
    ClientAccessToken, client_credentials_request, process_client_credentials_response,
};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::brewery::{
    NOW, answer, authorization, clipped, form, freshness, metadata, ok_json, registration, remove,
    sign, type_of,
};
use crate::discovery::any_json;

fn request(scopes: &[&str], resources: &[&str]) -> Result<HttpRequest, Error> {
    let (metadata, registration) = (metadata(), registration());
    client_credentials_request(&metadata, &registration, scopes, resources, freshness())
}

fn asked() -> HttpRequest {
    request(&["stock"], &[]).unwrap()
}

fn answered() -> Value {
    json!({
        "access_token": "access-token-9",
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "stock",
    })
}

fn process(response: &HttpResponse) -> Result<ClientAccessToken, Error> {
    process_client_credentials_response(&asked(), response, NOW)
}

fn process_with(mutate: impl FnOnce(&mut Value)) -> Result<ClientAccessToken, Error> {
    let mut body = answered();
    mutate(&mut body);
    process(&ok_json(&body))
}

// RFC 6749 §4.4.2
#[test]
fn the_grant_goes_with_our_credentials() {
    let request = request(&["stock", "orders"], &[]).unwrap();
    assert_eq!(request.method, Method::Post);
    assert_eq!(&request.url, metadata().token_endpoint());
    let expected = [
        ("grant_type", "client_credentials"),
        ("scope", "stock orders"),
    ];
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

// RFC 6749 §3.3, RFC 8707 §2
#[test]
fn a_scope_is_left_out_where_none_is_asked_for_and_each_resource_stands_for_itself() {
    let resources = ["https://stock.example/api", "urn:brewery:orders"];
    let request = request(&[], &resources).unwrap();
    let body = request.body.unwrap();
    let pairs: Vec<_> = form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect();
    let expected = [
        ("grant_type", "client_credentials"),
        ("resource", "https://stock.example/api"),
        ("resource", "urn:brewery:orders"),
    ];
    assert_eq!(
        pairs,
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}

// RFC 3986 §2, RFC 8707 §2
#[test]
fn what_no_provider_takes_is_not_sent() {
    for scope in ["", "a b", "a\"b", "ü"] {
        let got = clipped(scope);
        assert_eq!(
            request(&["stock", scope], &[]),
            Err(Configuration::ScopeInvalid { got }.into())
        );
    }
    for (resource, reason) in [
        ("/api", "it is not an absolute URI"),
        ("stock.example/api", "it is not an absolute URI"),
        ("", "it is not an absolute URI"),
        ("https://stock.example/api#a", "it must have no fragment"),
        ("https://stock.example/api#", "it must have no fragment"),
        (
            "https://stock.example/a pi",
            "it has blanks, control characters or characters outside ASCII",
        ),
        (
            "https://stöck.example/",
            "it has blanks, control characters or characters outside ASCII",
        ),
    ] {
        let (got, reason) = (clipped(resource), clipped(reason));
        assert_eq!(
            request(&[], &["https://stock.example/", resource]),
            Err(Configuration::ResourceInvalid { got, reason }.into()),
            "{resource}"
        );
    }
}

// RFC 6749 §4.4
#[test]
fn a_public_client_has_no_tokens_of_its_own() {
    let silent = ClientRegistration {
        client_secret: None,
        ..registration()
    };
    let set = ClientRegistration {
        client_auth: Some(ClientAuthentication::Public),
        ..silent.clone()
    };
    for public in [silent, set] {
        let request = client_credentials_request(&metadata(), &public, &[], &[], freshness());
        assert_eq!(
            request,
            Err(Configuration::ClientCredentialsOfPublicClient.into())
        );
    }
}

#[test]
fn an_answer_is_an_access_token_with_its_scope_and_expiry() {
    let token = process_with(|_| {}).unwrap();
    assert_eq!(token.expose(), "access-token-9");
    assert_eq!(token.scope(), Some("stock"));
    assert_eq!(token.expires_at(), Some(NOW.plus(300)));
    let bare = process_with(|it| {
        remove(it, "scope");
        remove(it, "expires_in");
    })
    .unwrap();
    assert_eq!((bare.scope(), bare.expires_at()), (None, None));
}

// RFC 6749 §4.4.3
#[test]
fn neither_a_refresh_token_nor_an_id_token_is_kept() {
    let without = process_with(|_| {}).unwrap();
    for (name, value) in [
        ("refresh_token", json!("refresh-token-9")),
        ("refresh_token", json!(7)),
        ("id_token", json!(sign(&json!({"sub": "carol"})))),
        ("id_token", json!([])),
    ] {
        let with = process_with(|it| it[name] = value.clone());
        assert_eq!(with, Ok(without.clone()), "{name} {value}");
    }
}

// TK-01
#[test]
fn members_have_their_types() {
    for name in ["access_token", "token_type"] {
        assert_eq!(
            process_with(|it| remove(it, name)),
            Err(Misbehaved::TokenResponseMissing { name }.into())
        );
        for value in [json!(null), json!(1), json!([]), json!({}), json!(true)] {
            let expected = Misbehaved::TokenResponseType {
                name,
                expected: "a string",
                got: type_of(&value),
            };
            assert_eq!(process_with(|it| it[name] = value), Err(expected.into()));
        }
    }
    for value in ["", "a b", "ä", "a\n"] {
        let expected = Misbehaved::TokenResponseType {
            name: "access_token",
            expected: "a token of visible ASCII characters",
            got: "another string",
        };
        assert_eq!(
            process_with(|it| it["access_token"] = json!(value)),
            Err(expected.into())
        );
    }
    for value in [
        json!("300"),
        json!(-1),
        json!(1.5),
        json!(1e99),
        json!(true),
        json!(null),
    ] {
        let error = process_with(|it| it["expires_in"] = value).unwrap_err();
        assert_eq!(error.code(), "misbehaved.token_response_type");
    }
    let got = clipped("DPoP");
    assert_eq!(
        process_with(|it| it["token_type"] = json!("DPoP")),
        Err(Incompatible::TokenType { got }.into())
    );
    assert!(process_with(|it| it["token_type"] = json!("bEARER")).is_ok());
}

// TK-02
#[test]
fn status_and_media_type_are_those_of_the_specification() {
    let endpoint = Endpoint::Token;
    let body = answered().to_string();
    for got in [201, 202, 204, 302, 403, 404, 500] {
        assert_eq!(
            process(&answer(got, "application/json", &body)),
            Err(Misbehaved::Status { endpoint, got }.into())
        );
    }
    let got = clipped("text/html");
    assert_eq!(
        process(&answer(200, "text/html", &body)),
        Err(Misbehaved::ContentType { endpoint, got }.into())
    );
    for twice in [
        "",
        "[]",
        "{\"access_token\":\"a\",\"access_token\":\"b\",\"token_type\":\"Bearer\"}",
    ] {
        let error = process(&answer(200, "application/json", twice)).unwrap_err();
        assert_eq!(error.code(), "misbehaved.json");
    }
}

// RFC 6749 §5.2, RFC 8707 §2
#[test]
fn an_error_is_sorted_by_who_must_act() {
    let description = clipped("because");
    let not_allowed = |name: &str| Configuration::ClientCredentialsNotAllowed {
        error: clipped(name),
        description: description.clone(),
    };
    let table: [(&str, Error); 8] = [
        (
            "invalid_client",
            Configuration::InvalidClient {
                description: description.clone(),
            }
            .into(),
        ),
        (
            "unauthorized_client",
            not_allowed("unauthorized_client").into(),
        ),
        (
            "unsupported_grant_type",
            not_allowed("unsupported_grant_type").into(),
        ),
        (
            "invalid_scope",
            Configuration::InvalidScope {
                description: description.clone(),
            }
            .into(),
        ),
        (
            "invalid_target",
            Configuration::InvalidTarget {
                description: description.clone(),
            }
            .into(),
        ),
        ("invalid_request", other("invalid_request")),
        ("invalid_grant", other("invalid_grant")),
        ("Invalid_Client", other("Invalid_Client")),
    ];
    for (name, expected) in table {
        let body = json!({"error": name, "error_description": "because"}).to_string();
        for status in [400, 401] {
            let response = answer(status, "application/json", &body);
            assert_eq!(process(&response), Err(expected.clone()), "{name}");
        }
    }
    for (content_type, body) in [
        ("text/html", "{\"error\":\"invalid_client\"}"),
        ("application/json", "{\"error\":1}"),
        ("application/json", ""),
    ] {
        let endpoint = Endpoint::Token;
        assert_eq!(
            process(&answer(400, content_type, body)),
            Err(Misbehaved::Status { endpoint, got: 400 }.into())
        );
    }
}

fn other(name: &str) -> Error {
    let (error, description) = (clipped(name), clipped("because"));
    Refused::TokenError { error, description }.into()
}

// OP-01
#[test]
fn no_message_shows_a_secret() {
    let said = format!("beer-secret of {}", authorization(&asked()).unwrap());
    let body = json!({"error": "invalid_client", "error_description": said}).to_string();
    let error = process(&answer(401, "application/json", &body)).unwrap_err();
    assert!(error.to_string().contains("*** of Basic ***"), "{error}");
    let shown = format!("{:?} {:?}", asked(), process_with(|_| {}));
    for secret in ["access-token-9", "YmVlcjpiZWVyLXNlY3JldA"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_body_of_any_status_is_answered(status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..100)) {
        let response = HttpResponse { body, ..answer(status, "application/json", "") };
        prop_assert!(process(&response).is_err());
    }

    #[test]
    fn any_value_of_any_member_is_answered(member in 0_usize..4, value in any_json()) {
        let _ = process_with(|it| {
            let name = it.as_object().unwrap().keys().nth(member).unwrap().clone();
            it[name] = value;
        });
    }

    #[test]
    fn any_resource_is_sent_as_it_is_or_refused(resource in "\\PC{0,40}") {
        if let Ok(request) = request(&[], &[&resource]) {
            let form = form(&request);
            prop_assert_eq!(form["resource"].as_str(), resource.as_str());
        }
    }
}
