//! The userinfo endpoint. Core §5.3.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::claims;
use crate::client_encryption;
use crate::clock;
use crate::failure::Failure;
use crate::forgery;
use crate::json_answer;
use crate::misbehaviour::{Misbehaviour, Misbehaviours};
use crate::people::Person;
use crate::provider::{Provider, Shared};
use crate::response_algorithms::Signing;

/// The claims of the person whose access token this is.
pub(crate) async fn answer(
    State(provider): State<Shared>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    match bearer(&headers)
        .ok_or(Refusal::InvalidToken)
        .and_then(|token| person_of(&provider, token))
    {
        Ok(person) => respond(&provider, &person, &provider.misbehaviours()).await,
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

async fn respond(
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
    if misbehaviours.has(Misbehaviour::UserinfoArray) {
        return Ok(json_answer::fresh(StatusCode::OK, &json!([claims])));
    }
    let token = signed(provider, &claims, misbehaviours)?;
    let encryption = provider.response_algorithms().of_userinfo();
    let claims = Value::Object(claims);
    Ok(match (token, encryption) {
        (Some(token), _) if misbehaviours.has(Misbehaviour::UserinfoEncrypted) => {
            jwt(forgery::encrypted(token.as_bytes())?)
        }
        (Some(token), Some(encryption)) => {
            jwt(client_encryption::encrypt_token(provider, encryption, &token).await?)
        }
        (None, Some(encryption)) => {
            jwt(client_encryption::encrypt_claims(provider, encryption, &claims).await?)
        }
        (Some(token), None) => jwt(token),
        (None, None) => json_answer::fresh(StatusCode::OK, &claims),
    })
}

/// The claims as a signed token, where the client is registered for that or a misbehaviour wants it.
fn signed(
    provider: &Provider,
    claims: &Map<String, Value>,
    misbehaviours: &Misbehaviours,
) -> Result<Option<String>, Failure> {
    let registered = provider.response_algorithms().userinfo_signed_response_alg;
    let of_its_own = SIGNED.iter().any(|one| misbehaviours.has(*one));
    let Some(signing) = registered.or(of_its_own.then_some(Signing::Rs256)) else {
        return Ok(None);
    };
    let payload = payload(provider, claims, misbehaviours).to_string();
    let payload = payload.as_bytes();
    if misbehaviours.has(Misbehaviour::UserinfoAlgNone) {
        return Ok(Some(forgery::unsigned(payload)));
    }
    if misbehaviours.has(Misbehaviour::UserinfoForged) {
        let stranger = provider.keys.stranger()?;
        return Ok(Some(stranger.sign(payload, &Map::new())?));
    }
    Ok(Some(signing.sign(provider, payload, &Map::new())?))
}

/// Misbehaviours that are of a token, whatever the client is registered for.
const SIGNED: [Misbehaviour; 6] = [
    Misbehaviour::UserinfoSigned,
    Misbehaviour::UserinfoAlgNone,
    Misbehaviour::UserinfoWrongIssuer,
    Misbehaviour::UserinfoWrongAudience,
    Misbehaviour::UserinfoForged,
    Misbehaviour::UserinfoEncrypted,
];

/// As Keycloak signs once "User info signed response algorithm" is set: with `iss` and `aud`. Core §5.3.2.
fn payload(
    provider: &Provider,
    claims: &Map<String, Value>,
    misbehaviours: &Misbehaviours,
) -> Value {
    let mut issuer = provider.issuer();
    if misbehaviours.has(Misbehaviour::UserinfoWrongIssuer) {
        issuer.push('/');
    }
    let audience = if misbehaviours.has(Misbehaviour::UserinfoWrongAudience) {
        "another-client"
    } else {
        &provider.client.id
    };
    let mut claims = claims.clone();
    claims.insert("iss".to_owned(), json!(issuer));
    claims.insert("aud".to_owned(), json!(audience));
    Value::Object(claims)
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
