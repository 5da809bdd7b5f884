//! Core §3.1.3.1, §9 and RFC 6749 §2.3.1: the token request.

use relyant_oidc::Error;
use relyant_oidc::error::Incompatible;
use relyant_oidc::http::{HttpRequest, Method};
use relyant_oidc::provider_metadata::ProviderMetadata;
use relyant_oidc::registration::ClientRegistration;
use relyant_oidc::secret::Secret;
use relyant_oidc::token::client_authentication::ClientAuthentication;
use relyant_oidc::token::request::token_request;
use serde_json::json;

use crate::brewery::{
    REDIRECT_URI, authorization, clipped, code, code_verifier, form, freshness, login, metadata,
    metadata_with, registration, remove,
};

fn request(
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
) -> Result<HttpRequest, Error> {
    token_request(
        metadata,
        registration,
        REDIRECT_URI,
        &code(),
        &login(),
        freshness(),
    )
}

// AR-03
// RFC 6749 §4.1.3, RFC 7636 §4.5
#[test]
fn the_code_goes_with_verifier_and_redirect_uri_of_its_login() {
    let request = request(&metadata(), &registration()).unwrap();
    assert_eq!(request.method, Method::Post);
    assert_eq!(&request.url, metadata().token_endpoint());
    assert!(request.headers.contains(&(
        "content-type",
        "application/x-www-form-urlencoded".to_owned()
    )));
    // RFC 7636 §4.1: 43 characters or more; that it is the challenge's, authorization_request.rs holds.
    let mut form = form(&request);
    assert_eq!(form.remove("code_verifier").unwrap().len(), 43);
    let expected = [
        ("grant_type", "authorization_code"),
        ("code", "code+1"),
        ("redirect_uri", REDIRECT_URI),
    ];
    assert_eq!(
        form,
        expected
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    );
}

#[test]
fn basic_is_preferred_and_leaves_the_form_without_credentials() {
    let request = request(&metadata(), &registration()).unwrap();
    // beer:beer-secret
    assert_eq!(
        authorization(&request),
        Some("Basic YmVlcjpiZWVyLXNlY3JldA==")
    );
    assert!(!form(&request).contains_key("client_id"));
    assert!(!form(&request).contains_key("client_secret"));
}

#[test]
fn post_is_used_where_it_is_registered_or_all_there_is() {
    let registered = ClientRegistration {
        client_auth: Some(ClientAuthentication::Post),
        ..registration()
    };
    let post_only = metadata_with(|it| {
        it["token_endpoint_auth_methods_supported"] = json!(["client_secret_post"]);
    })
    .unwrap();
    for request in [
        request(&metadata(), &registered),
        request(&post_only, &registration()),
    ] {
        let request = request.unwrap();
        assert_eq!(authorization(&request), None);
        assert_eq!(form(&request)["client_id"], "beer");
        assert_eq!(form(&request)["client_secret"], "beer-secret");
    }
}

#[test]
fn silent_metadata_mean_basic() {
    let silent = metadata_with(|it| remove(it, "token_endpoint_auth_methods_supported")).unwrap();
    assert!(authorization(&request(&silent, &registration()).unwrap()).is_some());
}

#[test]
fn a_registered_method_stands_above_the_metadata() {
    let post_only = metadata_with(|it| {
        it["token_endpoint_auth_methods_supported"] = json!(["client_secret_post"]);
    })
    .unwrap();
    let registered = ClientRegistration {
        client_auth: Some(ClientAuthentication::Basic),
        ..registration()
    };
    assert!(authorization(&request(&post_only, &registered).unwrap()).is_some());
}

#[test]
fn without_a_method_of_ours_there_is_no_request() {
    let keys_only = metadata_with(|it| {
        it["token_endpoint_auth_methods_supported"] = json!(["private_key_jwt", "tls_client_auth"]);
    })
    .unwrap();
    let got = clipped("private_key_jwt tls_client_auth");
    let error = request(&keys_only, &registration()).unwrap_err();
    assert_eq!(error, Incompatible::NoClientAuthentication { got }.into());
}

// RFC 6749 §3.2.1
#[test]
fn a_public_client_names_itself_and_sends_no_secret() {
    let public = ClientRegistration {
        client_secret: None,
        ..registration()
    };
    let request = request(&metadata(), &public).unwrap();
    assert_eq!(authorization(&request), None);
    assert_eq!(form(&request)["client_id"], "beer");
    assert!(!form(&request).contains_key("client_secret"));
}

// TK-05
#[test]
fn credentials_are_form_encoded_before_base64() {
    let odd = ClientRegistration {
        client_id: "a:b".to_owned(),
        client_secret: Some(Secret::new("p%+ ü")),
        ..registration()
    };
    let request = request(&metadata(), &odd).unwrap();
    // a%3Ab:p%25%2B+%C3%BC
    assert_eq!(
        authorization(&request),
        Some("Basic YSUzQWI6cCUyNSUyQislQzMlQkM=")
    );
}

// OP-01
#[test]
fn nothing_of_it_is_in_debug() {
    let shown = format!(
        "{:?} {:?}",
        request(&metadata(), &registration()).unwrap(),
        registration()
    );
    for secret in [
        "beer-secret",
        "YmVlcjpiZWVyLXNlY3JldA",
        "code%2B1",
        &code_verifier(),
    ] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
