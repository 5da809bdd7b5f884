//! RFC 9126: the pushed authorization request, and the exact error of each answer that is none.

use std::collections::BTreeMap;

use proptest::prelude::*;
use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::base64url;
use relyant_jose::sign::SigningKey;
use relyant_oidc::Error;
use relyant_oidc::authorization::options::AuthorizationOptions;
use relyant_oidc::authorization::pushed::{
    process_pushed_authorization_response, pushed_authorization_request,
};
use relyant_oidc::authorization::request::authorization_request;
use relyant_oidc::error::{Configuration, Incompatible, Misbehaved, Misuse, Refused};
use relyant_oidc::http::{Endpoint, HttpRequest, HttpResponse, Method};
use relyant_oidc::provider_metadata::ProviderMetadata;
use relyant_oidc::registration::ClientRegistration;
use relyant_oidc::token::client_authentication::ClientAuthentication;
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use crate::brewery::{
    CLIENT_ID, ISSUER, REDIRECT_URI, answer, authorization, clipped, form, freshness, login,
    metadata, metadata_with, registration,
};

const PUSHED: &str = "https://sso.example.com/realms/brewery/par";
const REQUEST_URI: &str = "urn:ietf:params:oauth:request_uri:abc123";

type Row = (fn(&mut Value), Misbehaved);

/// A provider that takes pushed requests, alone if it says so.
fn pushing(alone: bool) -> ProviderMetadata {
    metadata_with(|it| {
        it["pushed_authorization_request_endpoint"] = json!(PUSHED);
        it["require_pushed_authorization_requests"] = json!(alone);
    })
    .unwrap()
}

fn request_of(registration: &ClientRegistration) -> HttpRequest {
    let metadata = pushing(false);
    pushed_authorization_request(&metadata, registration, REDIRECT_URI, &login(), freshness())
        .unwrap()
        .unwrap()
}

fn created(change: impl FnOnce(&mut Value)) -> HttpResponse {
    let mut body = json!({"request_uri": REQUEST_URI, "expires_in": 60});
    change(&mut body);
    answer(201, "application/json", &body.to_string())
}

fn process(response: &HttpResponse) -> Result<Url, Error> {
    let registration = registration();
    let request = request_of(&registration);
    process_pushed_authorization_response(&pushing(false), &registration, &request, response)
}

#[test]
fn what_is_pushed_is_what_a_browser_would_carry() {
    let plain =
        authorization_request(&metadata(), &registration(), REDIRECT_URI, &login()).unwrap();
    let request = request_of(&registration());
    assert_eq!(request.method, Method::Post);
    assert_eq!(request.url.as_str(), PUSHED);
    let carried: BTreeMap<String, String> = plain.query_pairs().into_owned().collect();
    assert_eq!(form(&request), carried);
    assert!(authorization(&request).is_some_and(|value| value.starts_with("Basic ")));
}

#[test]
fn the_client_proves_who_it_is_and_names_itself_once() {
    for (method, secret) in [
        (ClientAuthentication::Post, "client_secret"),
        (ClientAuthentication::Basic, ""),
    ] {
        let request = request_of(&ClientRegistration {
            client_auth: Some(method),
            ..registration()
        });
        let body = request.body.unwrap();
        let of = |name: &str| {
            form_urlencoded::parse(body.as_bytes())
                .filter(|(field, _)| field == name)
                .count()
        };
        assert_eq!(of("client_id"), 1, "{method:?}");
        assert_eq!(of("client_secret"), usize::from(!secret.is_empty()));
    }
}

// TK-04
// RFC 9126 §2
#[test]
fn an_assertion_is_for_the_issuer_and_goes_along_with_one_client_id() {
    let key = SigningKey::generate(SignatureAlgorithm::Es256, "beer-1").unwrap();
    let metadata = metadata_with(|it| {
        it["pushed_authorization_request_endpoint"] = json!(PUSHED);
        it["token_endpoint_auth_methods_supported"] = json!(["private_key_jwt"]);
    })
    .unwrap();
    let registration = ClientRegistration {
        client_secret: None,
        client_keys: vec![key.into()],
        ..registration()
    };
    let request = pushed_authorization_request(
        &metadata,
        &registration,
        REDIRECT_URI,
        &login(),
        freshness(),
    );
    let form = form(&request.unwrap().unwrap());
    let payload = form["client_assertion"].split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&base64url::decode(payload).unwrap()).unwrap();
    assert_eq!(claims["aud"], json!(ISSUER));
    assert_eq!(form["client_id"], CLIENT_ID);
}

// AR-19
#[test]
fn the_browser_carries_the_clients_id_and_the_name_alone() {
    let url = process(&created(|_| {})).unwrap();
    let carried: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let expected = [("client_id", CLIENT_ID), ("request_uri", REQUEST_URI)];
    assert_eq!(
        carried,
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    assert!(
        url.as_str()
            .starts_with("https://sso.example.com/realms/brewery/auth?")
    );
}

// AR-19
#[test]
fn each_login_pushes_a_request_of_its_own() {
    let other = relyant_oidc::authorization::transaction::LoginTransaction::begin(
        [8; 32],
        crate::brewery::NOW,
    );
    let of = |login| {
        pushed_authorization_request(
            &pushing(true),
            &registration(),
            REDIRECT_URI,
            login,
            freshness(),
        )
        .unwrap()
        .unwrap()
        .body
    };
    assert_ne!(of(&login()), of(&other));
}

#[test]
fn a_provider_without_the_endpoint_gets_no_such_request() {
    let metadata = metadata();
    let request = pushed_authorization_request(
        &metadata,
        &registration(),
        REDIRECT_URI,
        &login(),
        freshness(),
    );
    assert_eq!(request, Ok(None));
}

// AR-20
// RFC 9126 §5
#[test]
fn a_provider_that_takes_pushed_requests_alone_gets_no_plain_one() {
    let url = authorization_request(&pushing(true), &registration(), REDIRECT_URI, &login());
    let name = "require_pushed_authorization_requests";
    assert_eq!(url, Err(Incompatible::RequestFormRequired { name }.into()));
}

// AR-18
#[test]
fn what_is_asked_for_is_demanded_of_the_answer_too() {
    let registration = ClientRegistration {
        authorization: AuthorizationOptions {
            max_age: Some(300),
            ..AuthorizationOptions::default()
        },
        ..registration()
    };
    let forgotten = Err(Misuse::DemandsForgotten.into());
    let plain = authorization_request(&metadata(), &registration, REDIRECT_URI, &login());
    assert_eq!(plain, forgotten);
    let login = login().demanding(registration.authorization.demands());
    let plain = authorization_request(&metadata(), &registration, REDIRECT_URI, &login).unwrap();
    assert!(plain.as_str().contains("max_age=300"));
}

// RFC 9126 §2.2
#[test]
fn the_answer_is_strict() {
    let missing = |name| Misbehaved::PushedResponseMissing { name };
    let uri = |got| Misbehaved::PushedResponseType {
        name: "request_uri",
        expected: "a short absolute URI",
        got,
    };
    let seconds = |got| Misbehaved::PushedResponseType {
        name: "expires_in",
        expected: "a positive whole number of seconds",
        got,
    };
    let cases: Vec<Row> = vec![
        (|it| it["request_uri"] = json!(null), uri("null")),
        (|it| it["request_uri"] = json!(""), uri("another string")),
        (|it| it["request_uri"] = json!("abc"), uri("another string")),
        (
            |it| it["request_uri"] = json!("urn:a b"),
            uri("another string"),
        ),
        (
            |it| it["request_uri"] = json!("urn:\u{fc}"),
            uri("another string"),
        ),
        (
            |it| it["request_uri"] = json!(format!("urn:{}", "a".repeat(1021))),
            uri("another string"),
        ),
        (|it| it["request_uri"] = json!(["urn:a"]), uri("a list")),
        (
            |it| {
                it.as_object_mut().unwrap().remove("request_uri");
            },
            missing("request_uri"),
        ),
        (|it| it["expires_in"] = json!(0), seconds("another number")),
        (|it| it["expires_in"] = json!(-1), seconds("another number")),
        (
            |it| it["expires_in"] = json!(1.5),
            seconds("another number"),
        ),
        (
            |it| it["expires_in"] = json!("60"),
            seconds("another string"),
        ),
        (|it| it["expires_in"] = json!(true), seconds("a boolean")),
        (
            |it| {
                it.as_object_mut().unwrap().remove("expires_in");
            },
            missing("expires_in"),
        ),
    ];
    for (change, expected) in cases {
        assert_eq!(process(&created(change)), Err(expected.into()));
    }
    let longest = created(|it| it["request_uri"] = json!(format!("urn:{}", "a".repeat(1020))));
    assert!(process(&longest).is_ok());
    assert!(process(&created(|it| it["expires_in"] = json!(1))).is_ok());
    let endpoint = Endpoint::PushedAuthorization;
    assert_eq!(
        process(&answer(201, "text/html", "{}")),
        Err(Misbehaved::ContentType {
            endpoint,
            got: clipped("text/html")
        }
        .into())
    );
    assert_eq!(
        process(&answer(201, "application/json", "[]"))
            .unwrap_err()
            .code(),
        "misbehaved.json"
    );
    let body = json!({"request_uri": REQUEST_URI, "expires_in": 60}).to_string();
    for status in [200, 202, 204, 404] {
        let expected = Misbehaved::PushedRequestStatus { got: status };
        assert_eq!(
            process(&answer(status, "application/json", &body)),
            Err(expected.into())
        );
    }
}

// RFC 9126 §2.3
#[test]
fn a_refusal_is_sorted_by_who_must_act() {
    let description = || clipped("because");
    let refused = |status, error: &str| {
        let body = json!({"error": error, "error_description": "because"}).to_string();
        process(&answer(status, "application/json", &body)).unwrap_err()
    };
    for (status, error, expected) in [
        (
            401,
            "invalid_client",
            Error::from(Configuration::InvalidClient {
                description: description(),
            }),
        ),
        (
            401,
            "invalid_request",
            Configuration::InvalidClient {
                description: description(),
            }
            .into(),
        ),
        (
            400,
            "invalid_request",
            Configuration::InvalidRequest {
                description: description(),
            }
            .into(),
        ),
        (
            400,
            "unauthorized_client",
            Configuration::UnauthorizedClient {
                description: description(),
            }
            .into(),
        ),
        (
            401,
            "unauthorized_client",
            Configuration::UnauthorizedClient {
                description: description(),
            }
            .into(),
        ),
        (
            400,
            "invalid_scope",
            Configuration::InvalidScope {
                description: description(),
            }
            .into(),
        ),
        (
            403,
            "access_denied",
            Refused::AccessDenied {
                description: description(),
            }
            .into(),
        ),
        (
            400,
            "a_word_of_its_own",
            Refused::AuthorizationError {
                error: clipped("a_word_of_its_own"),
                description: description(),
            }
            .into(),
        ),
    ] {
        assert_eq!(refused(status, error), expected, "{error}");
    }
}

// RFC 9126 §2.3, RFC 7591 §3.2.2
#[test]
fn a_redirect_uri_that_is_not_registered_is_named() {
    for (error, description, is_named) in [
        ("invalid_request", "Invalid parameter: redirect_uri", true),
        ("invalid_request", "Redirect URI is unknown", true),
        ("invalid_redirect_uri", "no", true),
        (
            "invalid_request",
            "Missing parameter: code_challenge",
            false,
        ),
        ("invalid_scope", "redirect_uri", false),
    ] {
        let body = json!({"error": error, "error_description": description}).to_string();
        let got = process(&answer(400, "application/json", &body)).unwrap_err();
        let expected = Error::from(Configuration::RedirectUriRefused {
            got: clipped(REDIRECT_URI),
            description: clipped(description),
        });
        assert_eq!(got == expected, is_named, "{error}: {description}");
    }
}

// OP-01
#[test]
fn a_refusal_that_repeats_the_secret_keeps_it_from_the_log() {
    let body = json!({"error": "invalid_client", "error_description": "not beer-secret"});
    let error = process(&answer(401, "application/json", &body.to_string())).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("beer-secret"));
}

proptest! {
    #[test]
    fn any_body_of_any_status_is_answered(status in 100_u16..600, body in "\\PC{0,60}") {
        let _ = process(&answer(status, "application/json", &body));
    }
}
