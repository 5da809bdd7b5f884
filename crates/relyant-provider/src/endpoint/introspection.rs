//! The introspection endpoint: what a token is, for the client. RFC 7662.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::issued_tokens::{Holder, Known};
use crate::provider::{Provider, Shared};
use crate::{claims, client_authentication, clock, json_answer};

type Object = Map<String, Value>;

/// Tells what a token is; of one that is good for nothing, only that. RFC 7662 §2.2.
pub(crate) async fn post(
    State(provider): State<Shared>,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Failure> {
    let parameters = match client_authentication::form(&provider, &headers, &body).await {
        Ok(parameters) => parameters,
        Err(refusal) => return Ok(*refusal),
    };
    let Some(token) = parameters.get("token") else {
        let why = "token is missing";
        let refusal = json_answer::error(StatusCode::BAD_REQUEST, "invalid_request", why);
        return Ok(refusal);
    };
    let known = provider.store().tokens.known(token, clock::now());
    let told = match known {
        Some(known) => told(&provider, &known)?,
        None => None,
    };
    let told = told.map_or_else(|| json!({ "active": false }), Value::Object);
    Ok(json_answer::fresh(StatusCode::OK, &told))
}

fn told(provider: &Provider, known: &Known) -> Result<Option<Object>, Failure> {
    let Some(mut members) = of_holder(provider, known)? else {
        return Ok(None);
    };
    let kind = if known.is_access_token {
        "Bearer"
    } else {
        "Refresh"
    };
    let protocol = [
        ("active", json!(true)),
        ("token_type", json!(kind)),
        ("typ", json!(kind)),
        ("client_id", json!(provider.client.id)),
        ("username", json!(members.get("preferred_username"))),
        ("iat", json!(known.issued_at)),
        ("exp", json!(known.expires_at)),
    ];
    members.extend(protocol.map(|(name, value)| (name.to_owned(), value)));
    // It would be another one each time.
    members.remove("jti");
    Ok(Some(members))
}

/// The claims of an access token of its holder, whatever the token itself says; none where she may no longer sign in.
fn of_holder(provider: &Provider, known: &Known) -> Result<Option<Object>, Failure> {
    match &known.holder {
        Holder::Person(grant) => {
            let people = provider.people();
            let person = people.find(&grant.session.person);
            let claims = person
                .map(|person| claims::of_access_token(provider, person, grant, known.issued_at));
            claims.transpose()
        }
        Holder::Client(grant) => {
            claims::of_client_token(provider, grant, known.issued_at).map(Some)
        }
    }
}
