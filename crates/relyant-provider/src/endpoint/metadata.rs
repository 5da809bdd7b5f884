//! Provider metadata. Discovery §3 and §4.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};

use crate::endpoint::Endpoint;
use crate::json_answer;
use crate::misbehaviour::{Misbehaviour, Misbehaviours};
use crate::provider::{Provider, Shared};

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
        "end_session_endpoint": url(Endpoint::EndSession),
        "jwks_uri": url(Endpoint::Jwks),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "profile", "email", "roles"],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "acr", "sid", "name", "given_name", "family_name", "preferred_username", "email", "email_verified"],
        "acr_values_supported": ["0", "1"],
        "authorization_response_iss_parameter_supported": true,
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
    });
    if let Some(members) = document.as_object_mut() {
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
        Misbehaviour::MetadataOtherClientAuth => (
            "token_endpoint_auth_methods_supported",
            json!(["tls_client_auth"]),
        ),
        _ => return None,
    };
    Some((name.to_owned(), value))
}
