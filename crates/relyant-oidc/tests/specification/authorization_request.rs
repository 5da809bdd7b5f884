//! Core §3.1.2.1: the authorization request.

use std::collections::BTreeMap;

use relyant_jose::{base64url, digest};
use relyant_oidc::authorization::options::ResponseMode;
use relyant_oidc::authorization::request::authorization_request;
use relyant_oidc::authorization::transaction::LoginTransaction;
use relyant_oidc::error::{Clipped, Configuration, Incompatible, Misbehaved};
use relyant_oidc::registration::ClientRegistration;
use serde_json::json;
use url::Url;

use crate::brewery::{
    CLIENT_ID, NOW, REDIRECT_URI, clipped, code_verifier, login, metadata, metadata_with,
    registration,
};

fn parameters(url: &Url) -> BTreeMap<String, String> {
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let parameters: BTreeMap<_, _> = pairs.iter().cloned().collect();
    assert_eq!(parameters.len(), pairs.len(), "a parameter is there twice");
    parameters
}

// AR-03
// RFC 9700 §2.1.1
#[test]
fn state_nonce_and_pkce_are_always_sent() {
    let url = authorization_request(&metadata(), &registration(), REDIRECT_URI, &login()).unwrap();
    let challenge = base64url::encode(&digest::sha256(code_verifier().as_bytes()));
    let (state, nonce) = (login().state(), login().nonce());
    let expected = [
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", REDIRECT_URI),
        ("scope", "openid profile email"),
        ("state", state.as_str()),
        ("nonce", nonce.as_str()),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(parameters(&url), BTreeMap::from(expected));
    assert!(
        url.as_str()
            .starts_with("https://sso.example.com/realms/brewery/auth?")
    );
}

// AR-05
#[test]
fn another_login_has_another_state_nonce_and_challenge() {
    let other = LoginTransaction::begin([8; 32], NOW);
    let of = |login| {
        parameters(
            &authorization_request(&metadata(), &registration(), REDIRECT_URI, login).unwrap(),
        )
    };
    let (one, two) = (of(&login()), of(&other));
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(one[name], two[name]);
    }
}

#[test]
fn the_verifier_is_never_in_the_url() {
    let url = authorization_request(&metadata(), &registration(), REDIRECT_URI, &login()).unwrap();
    assert!(!url.as_str().contains(&code_verifier()));
}

// RFC 6749 §3.1
#[test]
fn the_endpoints_own_query_is_kept() {
    let metadata = metadata_with(|it| {
        it["authorization_endpoint"] = json!("https://sso.example.com/auth?tenant=a%26b&p");
    })
    .unwrap();
    let url = authorization_request(&metadata, &registration(), REDIRECT_URI, &login()).unwrap();
    assert!(
        url.as_str()
            .starts_with("https://sso.example.com/auth?tenant=a%26b&p&response_type=code&")
    );
    assert_eq!(parameters(&url)["tenant"], "a&b");
}

// AR-09
#[test]
fn an_endpoint_that_already_sets_a_parameter_is_refused() {
    let metadata = metadata_with(|it| {
        it["authorization_endpoint"] = json!("https://sso.example.com/auth?client_id=other");
    })
    .unwrap();
    let error =
        authorization_request(&metadata, &registration(), REDIRECT_URI, &login()).unwrap_err();
    let expected = Misbehaved::EndpointQueryCollision {
        endpoint: "authorization_endpoint",
        name: Clipped::new("client_id"),
    };
    assert_eq!(error, expected.into());
}

#[test]
fn text_that_a_query_would_break_is_encoded() {
    let registration = ClientRegistration {
        client_id: "a b&c=d+e%f".to_owned(),
        ..registration()
    };
    let url = authorization_request(&metadata(), &registration, REDIRECT_URI, &login()).unwrap();
    assert_eq!(parameters(&url)["client_id"], "a b&c=d+e%f");
    assert!(url.as_str().contains("client_id=a+b%26c%3Dd%2Be%25f&"));
}

// RFC 6749 §3.1.2
#[test]
fn a_redirect_uri_is_absolute_and_has_no_fragment() {
    let host = "it is not an absolute URL with a host";
    for (got, reason) in [
        ("", host),
        ("/oidc/callback/", host),
        ("beer.example.com/callback", host),
        ("https:beer.example.com/callback", host),
        ("javascript:alert(1)", host),
        ("https://beer.example.com/#x", "it must have no fragment"),
        (
            "https://beer.example.com/a/../b",
            "it would be read as https://beer.example.com/b",
        ),
        ("ftp://beer.example.com/", "it must begin with https://"),
    ] {
        let error = authorization_request(&metadata(), &registration(), got, &login()).unwrap_err();
        let expected = Configuration::RedirectUriInvalid {
            got: clipped(got),
            reason: clipped(reason),
        };
        assert_eq!(error, expected.into());
    }
}

#[test]
fn a_registration_that_can_not_be_is_refused() {
    let registration = ClientRegistration {
        client_id: String::new(),
        ..registration()
    };
    let error =
        authorization_request(&metadata(), &registration, REDIRECT_URI, &login()).unwrap_err();
    assert_eq!(
        error,
        Configuration::ClientIdInvalid { got: clipped("") }.into()
    );
}

#[test]
fn what_would_fail_after_the_login_is_found_before_it() {
    let begin = |metadata, registration: &ClientRegistration| {
        authorization_request(metadata, registration, REDIRECT_URI, &login()).map(|_| ())
    };
    let keys_only = metadata_with(|it| {
        it["token_endpoint_auth_methods_supported"] = json!(["private_key_jwt"]);
    })
    .unwrap();
    let got = clipped("private_key_jwt");
    let expected = Incompatible::NoClientAuthentication { got };
    assert_eq!(begin(&keys_only, &registration()), Err(expected.into()));
    let public = ClientRegistration {
        client_secret: None,
        ..registration()
    };
    assert_eq!(begin(&keys_only, &public), Ok(()));

    let macs_only = metadata_with(|it| {
        it["id_token_signing_alg_values_supported"] = json!(["HS256", "none"]);
    })
    .unwrap();
    let got = clipped("HS256 none");
    let expected = Incompatible::NoSignatureAlgorithm { got };
    assert_eq!(begin(&macs_only, &registration()), Err(expected.into()));
}

// Discovery §3
#[test]
fn a_response_mode_that_the_metadata_leave_out_is_refused_and_silence_is_none() {
    let url = |offered: Option<&[&str]>| {
        let metadata = metadata_with(|it| {
            if let Some(offered) = offered {
                it["response_modes_supported"] = json!(offered);
            }
        })
        .unwrap();
        let mut registration = registration();
        registration.authorization.response_mode = Some(ResponseMode::FormPost);
        authorization_request(&metadata, &registration, REDIRECT_URI, &login())
    };
    for offered in [None, Some(&["query", "form_post"][..])] {
        let mode = parameters(&url(offered).unwrap())["response_mode"].clone();
        assert_eq!(mode, "form_post", "{offered:?}");
    }
    for offered in [&["query", "fragment"][..], &["form_post.jwt"], &[]] {
        let expected = Incompatible::NoResponseMode {
            expected: "form_post",
            got: clipped(&offered.join(" ")),
        };
        assert_eq!(url(Some(offered)), Err(expected.into()), "{offered:?}");
    }
}
