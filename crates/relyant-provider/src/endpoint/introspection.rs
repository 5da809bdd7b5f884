//! The introspection endpoint: what a token is, for the client. RFC 7662, and signed RFC 9701.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use relyant_jose::sign::SigningKey;
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::issued_tokens::{Holder, Known};
use crate::misbehaviour::{Misbehaviour, Misbehaviours};
use crate::provider::{Provider, Shared};
use crate::{claims, client_authentication, clock, json_answer};

type Object = Map<String, Value>;

/// The media type of a signed answer. RFC 9701 §4.
const SIGNED: &str = "application/token-introspection+jwt";

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
    let misbehaviours = provider.misbehaviours();
    let told = told.map_or_else(
        || json!({ "active": false }),
        |members| Value::Object(distorted(members, &misbehaviours)),
    );
    if !asks_for_a_signature(&headers) {
        return Ok(json_answer::fresh(StatusCode::OK, &told));
    }
    if misbehaviours.has(Misbehaviour::IntrospectionForged) {
        return signed(&provider, &*provider.keys.stranger()?, &told);
    }
    if misbehaviours.has(Misbehaviour::IntrospectionSigned) {
        return signed(&provider, &provider.keys.current(), &told);
    }
    Ok(json_answer::fresh(StatusCode::OK, &told))
}

/// RFC 9701 §4.
fn asks_for_a_signature(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT);
    let accept = accept.and_then(|value| value.to_str().ok());
    accept.is_some_and(|types| types.contains(SIGNED))
}

fn distorted(mut members: Object, misbehaviours: &Misbehaviours) -> Object {
    if misbehaviours.has(Misbehaviour::IntrospectionActiveText) {
        members.insert("active".to_owned(), json!("true"));
    }
    if misbehaviours.has(Misbehaviour::IntrospectionWrongAudience) {
        members.insert("aud".to_owned(), json!("https://other.example/api"));
    }
    members
}

/// RFC 9701 §5.
fn signed(provider: &Provider, key: &SigningKey, told: &Value) -> Result<Response, Failure> {
    let claims = json!({
        "iss": provider.issuer(),
        "aud": provider.client.id,
        "iat": clock::now(),
        "token_introspection": told,
    });
    let typ = Object::from_iter([("typ".to_owned(), json!("token-introspection+jwt"))]);
    let token = key.sign(claims.to_string().as_bytes(), &typ)?;
    let headers = [
        (header::CONTENT_TYPE, SIGNED),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((StatusCode::OK, headers, token).into_response())
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
