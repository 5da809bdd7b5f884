//! Provider metadata. Discovery §3 and §4.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use relyant_jose::algorithm::SignatureAlgorithm;
use serde_json::{Value, json};

use crate::endpoint::Endpoint;
use crate::json_answer;
use crate::misbehaviour::{Misbehaviour, Misbehaviours};
use crate::people::USUAL_ACR;
use crate::provider::{Provider, Shared};
use crate::response_algorithms::{Signing, content_encryption_names, key_management_names};

/// The ways in which the client may show who it is; which one it is registered for, the command line says. Core §9.
const CLIENT_AUTHENTICATION: [&str; 3] = [
    "client_secret_basic",
    "client_secret_post",
    "private_key_jwt",
];

/// The metadata, or what a misbehaviour makes of it.
pub(crate) async fn get(State(provider): State<Shared>) -> Response {
    let misbehaviours = provider.misbehaviours();
    if misbehaviours.has(Misbehaviour::MetadataHtml) {
        return Html("<!doctype html><title>Welcome</title><p>This is not metadata.\n")
            .into_response();
    }
    if misbehaviours.has(Misbehaviour::MetadataRedirect) {
        let location = format!("{}{}", provider.origin, Endpoint::Moved.path());
        return (StatusCode::FOUND, [(header::LOCATION, location)]).into_response();
    }
    json_answer::fresh(StatusCode::OK, &document(&provider, &misbehaviours))
}

/// The honest metadata where `metadata-redirect` leads: nobody should come here.
pub(crate) async fn moved(State(provider): State<Shared>) -> Response {
    json_answer::fresh(
        StatusCode::OK,
        &document(&provider, &Misbehaviours::default()),
    )
}

fn document(provider: &Provider, misbehaviours: &Misbehaviours) -> Value {
    let url = |endpoint: Endpoint| format!("{}{}", provider.origin, endpoint.path());
    let mut document = json!({
        "issuer": provider.issuer(),
        "authorization_endpoint": url(Endpoint::Authorization),
        "token_endpoint": url(Endpoint::Token),
        "userinfo_endpoint": url(Endpoint::Userinfo),
        "revocation_endpoint": url(Endpoint::Revocation),
        "introspection_endpoint": url(Endpoint::Introspection),
        "end_session_endpoint": url(Endpoint::EndSession),
        "jwks_uri": url(Endpoint::Jwks),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": Signing::names(),
        "id_token_encryption_alg_values_supported": key_management_names(),
        "id_token_encryption_enc_values_supported": content_encryption_names(),
        "userinfo_signing_alg_values_supported": Signing::names(),
        "userinfo_encryption_alg_values_supported": key_management_names(),
        "userinfo_encryption_enc_values_supported": content_encryption_names(),
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "frontchannel_logout_supported": true,
        "frontchannel_logout_session_supported": true,
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "profile", "email", "roles"],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "acr", "sid", "name", "given_name", "family_name", "preferred_username", "email", "email_verified"],
        "acr_values_supported": acr_values(provider),
        "prompt_values_supported": ["none", "login", "select_account"],
        "ui_locales_supported": ["en"],
        "authorization_response_iss_parameter_supported": true,
        "claims_parameter_supported": true,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
    });
    if let Some(members) = document.as_object_mut() {
        members.extend(client_authentication());
        members.extend(pushed_authorization(provider));
        if misbehaviours.has(Misbehaviour::MetadataNoEndSession) {
            members.remove("end_session_endpoint");
        }
        members.extend(
            misbehaviours
                .iter()
                .filter_map(|misbehaviour| distortion(provider, misbehaviour)),
        );
    }
    document
}

/// How the client shows who it is at the endpoints for its server. RFC 8414 §2.
fn client_authentication() -> impl Iterator<Item = (String, Value)> {
    let algorithms: Vec<_> = SignatureAlgorithm::ALL
        .iter()
        .map(|one| one.name())
        .collect();
    ["token", "revocation", "introspection"]
        .into_iter()
        .flat_map(move |endpoint| {
            let member = |what: &str| format!("{endpoint}_endpoint_auth_{what}_supported");
            [
                (member("methods"), json!(CLIENT_AUTHENTICATION)),
                (member("signing_alg_values"), json!(algorithms)),
            ]
        })
}

/// How somebody here can sign in; `0` is a session that spared the sign-in.
fn acr_values(provider: &Provider) -> Vec<String> {
    let mut values = vec!["0".to_owned(), USUAL_ACR.to_owned()];
    for class in provider.people().iter().flat_map(|person| &person.acr) {
        if !values.contains(class) {
            values.push(class.clone());
        }
    }
    values
}

/// RFC 9126 §5.
fn pushed_authorization(provider: &Provider) -> impl Iterator<Item = (String, Value)> {
    let word = provider.pushed_authorization();
    let url = format!(
        "{}{}",
        provider.origin,
        Endpoint::PushedAuthorization.path()
    );
    let offered = word.is_offered().then(|| {
        (
            "pushed_authorization_request_endpoint".to_owned(),
            json!(url),
        )
    });
    let required = word.is_required().then(|| {
        (
            "require_pushed_authorization_requests".to_owned(),
            json!(true),
        )
    });
    offered.into_iter().chain(required)
}

fn distortion(provider: &Provider, misbehaviour: Misbehaviour) -> Option<(String, Value)> {
    let (name, value) = match misbehaviour {
        Misbehaviour::MetadataWrongIssuer => ("issuer", json!(format!("{}/", provider.issuer()))),
        // RFC 6761 §6.4: nothing answers under `invalid`.
        Misbehaviour::MetadataHttpEndpoint => {
            ("token_endpoint", json!("http://provider.invalid/token"))
        }
        Misbehaviour::MetadataPlainPkceOnly => {
            ("code_challenge_methods_supported", json!(["plain"]))
        }
        Misbehaviour::MetadataHs256Only => {
            ("id_token_signing_alg_values_supported", json!(["HS256"]))
        }
        // RFC 9701 §7.
        Misbehaviour::IntrospectionSigned | Misbehaviour::IntrospectionForged => (
            "introspection_signing_alg_values_supported",
            json!(["RS256"]),
        ),
        Misbehaviour::MetadataOtherClientAuth => (
            "token_endpoint_auth_methods_supported",
            json!(["tls_client_auth"]),
        ),
        _ => return None,
    };
    Some((name.to_owned(), value))
}
