//! The userinfo endpoint. Core §5.3.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use relyant_jose::sign::SigningKey;
use serde_json::{Map, Value, json};

use crate::claims;
use crate::clock;
use crate::failure::Failure;
use crate::forgery;
use crate::json_answer;
use crate::misbehaviour::{Misbehaviour, Misbehaviours};
use crate::people::Person;
use crate::provider::{Provider, Shared};

/// The claims of the person whose access token this is.
pub(crate) async fn answer(
    State(provider): State<Shared>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    match bearer(&headers)
        .ok_or(Refusal::InvalidToken)
        .and_then(|token| person_of(&provider, token))
    {
        Ok(person) => respond(&provider, &person, &provider.misbehaviours()),
        Err(refusal) => Ok(refuse(refusal)),
    }
}

/// Why an access token opens nothing. RFC 6750 §3.1.
#[derive(Debug, Clone, Copy)]
enum Refusal {
    /// Missing, unknown or expired.
    InvalidToken,
    /// Issued without the scope `openid`.
    InsufficientScope,
}

/// RFC 6750 §2.1; the other two ways of sending an access token are not taken.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then_some(token)
}

fn person_of(provider: &Provider, token: &str) -> Result<Person, Refusal> {
    let grant = provider
        .store()
        .tokens
        .access_token(token, clock::now())
        .cloned()
        .ok_or(Refusal::InvalidToken)?;
    if !grant.asks_for_openid() {
        return Err(Refusal::InsufficientScope);
    }
    provider
        .people()
        .find(&grant.session.person)
        .cloned()
        .ok_or(Refusal::InvalidToken)
}

fn respond(
    provider: &Provider,
    person: &Person,
    misbehaviours: &Misbehaviours,
) -> Result<Response, Failure> {
    let mut claims = claims::of_userinfo(person);
    if misbehaviours.has(Misbehaviour::UserinfoWrongSub) {
        claims.insert("sub".to_owned(), json!("somebody-else"));
    }
    if misbehaviours.has(Misbehaviour::UserinfoHtml) {
        return Ok(
            Html("<!doctype html><title>Welcome</title><p>These are not claims.\n").into_response(),
        );
    }
    if misbehaviours.has(Misbehaviour::UserinfoSigned) {
        return Ok(jwt(signed(provider, &provider.keys.current(), claims)?));
    }
    if misbehaviours.has(Misbehaviour::UserinfoForged) {
        return Ok(jwt(signed(provider, &*provider.keys.stranger()?, claims)?));
    }
    if misbehaviours.has(Misbehaviour::UserinfoEncrypted) {
        let token = signed(provider, &provider.keys.current(), claims)?;
        return Ok(jwt(forgery::encrypted(token.as_bytes())?));
    }
    let claims = Value::Object(claims);
    let body = if misbehaviours.has(Misbehaviour::UserinfoArray) {
        json!([claims])
    } else {
        claims
    };
    Ok(json_answer::fresh(StatusCode::OK, &body))
}

/// As Keycloak signs once "User info signed response algorithm" is set: with `iss` and `aud`. Core §5.3.2.
fn signed(
    provider: &Provider,
    key: &SigningKey,
    mut claims: Map<String, Value>,
) -> Result<String, Failure> {
    claims.insert("iss".to_owned(), json!(provider.issuer()));
    claims.insert("aud".to_owned(), json!(provider.client.id));
    let payload = Value::Object(claims).to_string();
    Ok(key.sign(payload.as_bytes(), &Map::new())?)
}

fn jwt(token: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/jwt"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (StatusCode::OK, headers, token).into_response()
}

/// RFC 6750 §3: the challenge says what was wrong.
fn refuse(refusal: Refusal) -> Response {
    let (status, code, description) = match refusal {
        Refusal::InvalidToken => (
            StatusCode::UNAUTHORIZED,
            "invalid_token",
            "the access token is missing, unknown or expired",
        ),
        Refusal::InsufficientScope => (
            StatusCode::FORBIDDEN,
            "insufficient_scope",
            "the access token lacks the scope openid",
        ),
    };
    let challenge =
        format!("Bearer realm=\"brewery\", error=\"{code}\", error_description=\"{description}\"");
    let headers = [(header::WWW_AUTHENTICATE, challenge)];
    (headers, json_answer::error(status, code, description)).into_response()
}
