//! The token endpoint: tokens for a grant, to the client alone. RFC 6749 §3.2; one file each grant.

mod client_credentials;
mod code;
mod refresh;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::id_token::Occasion;
use crate::issued_tokens::{Holder, REFRESH_LIFETIME};
use crate::misbehaviour::{Misbehaviour, Misbehaviours};
use crate::people::Person;
use crate::provider::{Provider, Shared};
use crate::store::{Grant, TOKEN_LIFETIME};
use crate::{
    access_token, client_authentication, client_encryption, clock, forgery, id_token, json_answer,
    random,
};

/// Why a token request gets no tokens.
enum Refusal {
    /// Not the client's form; the answer to that.
    Unauthenticated(Box<Response>),
    /// Malformed.
    InvalidRequest(&'static str),
    /// The code or the refresh token isn't good for this request.
    InvalidGrant(&'static str),
    /// More than was granted. RFC 6749 §6.
    InvalidScope(&'static str),
    /// Another grant than those that the metadata names.
    UnsupportedGrantType,
    /// A resource that isn't one, or wasn't granted. RFC 8707 §2.
    InvalidTarget(&'static str),
    /// The provider itself failed.
    Failed(Failure),
}

/// Answers a token request.
pub(crate) async fn post(
    State(provider): State<Shared>,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Failure> {
    let misbehaviours = provider.misbehaviours();
    match tokens(&provider, &misbehaviours, &headers, &body).await {
        Ok(tokens) => Ok(respond(tokens, &misbehaviours)),
        Err(refusal) => refuse(refusal),
    }
}

async fn tokens(
    provider: &Provider,
    misbehaviours: &Misbehaviours,
    headers: &HeaderMap,
    body: &str,
) -> Result<Value, Refusal> {
    const ON_REQUEST: &str = "a misbehaviour on request";
    if misbehaviours.has(Misbehaviour::TokenInvalidClient) {
        return Err(Refusal::not_the_client(ON_REQUEST));
    }
    if misbehaviours.has(Misbehaviour::TokenInvalidGrant) {
        return Err(Refusal::InvalidGrant(ON_REQUEST));
    }
    if misbehaviours.has(Misbehaviour::TokenRepeatsRequest) {
        let said = repeated(headers, body);
        return Err(Refusal::not_the_client(&said));
    }
    let parameters = client_authentication::form(provider, headers, body)
        .await
        .map_err(Refusal::Unauthenticated)?;
    let tokens = match parameters.get("grant_type") {
        Some("authorization_code") => code::redeem(provider, &parameters),
        Some("refresh_token") => refresh::refresh(provider, &parameters),
        Some("client_credentials") => client_credentials::issue(provider, &parameters),
        Some(_) => Err(Refusal::UnsupportedGrantType),
        None => Err(Refusal::InvalidRequest("grant_type is missing")),
    }?;
    Ok(with_encrypted_id_token(provider, misbehaviours, tokens).await?)
}

/// The ID token as the client is registered to get it, encrypted once the session knows it by what is inside.
async fn with_encrypted_id_token(
    provider: &Provider,
    misbehaviours: &Misbehaviours,
    mut tokens: Value,
) -> Result<Value, Failure> {
    let Some(id_token) = tokens.get_mut("id_token") else {
        return Ok(tokens);
    };
    let signed = id_token.as_str().unwrap_or_default().to_owned();
    *id_token = if misbehaviours.has(Misbehaviour::EncryptedToNobody) {
        json!(forgery::encrypted(signed.as_bytes())?)
    } else {
        json!(client_encryption::of_token(provider, signed).await?)
    };
    Ok(tokens)
}

/// What no provider should say: all that it was told.
fn repeated(headers: &HeaderMap, body: &str) -> String {
    let authorization = headers.get(header::AUTHORIZATION);
    let authorization = authorization.and_then(|value| value.to_str().ok());
    format!("got {body} with {}", authorization.unwrap_or_default())
}

/// Whom a grant is of, if she may still sign in.
fn person(provider: &Provider, grant: &Grant) -> Result<Person, Refusal> {
    let people = provider.people();
    let person = people.find(&grant.session.person);
    let person = person.ok_or(Refusal::InvalidGrant("the person is gone or disabled"))?;
    Ok(person.clone())
}

/// The members of the token response, for tokens that came from the code `family`. Core §3.1.3.3; without the scope `openid`
/// there is no ID token, as at Keycloak.
fn session_tokens(
    provider: &Provider,
    person: &Person,
    grant: &Grant,
    family: &str,
    occasion: Occasion,
) -> Result<Value, Refusal> {
    let now = clock::now();
    let access_token = access_token::issue(provider, person, grant, now)?;
    let refresh_token = random::identifier().map_err(Failure::from)?;
    let mut tokens = json!({
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": TOKEN_LIFETIME,
        "refresh_token": refresh_token,
        "refresh_expires_in": REFRESH_LIFETIME,
        "scope": grant.scope,
        "session_state": grant.session.sid,
        "not-before-policy": 0,
    });
    if grant.asks_for_openid() {
        let id_token = id_token::issue(provider, person, grant, &access_token, occasion, now)?;
        provider
            .store()
            .issue_id_token(&id_token, grant.session.sid.clone());
        if let Some(members) = tokens.as_object_mut() {
            members.insert("id_token".to_owned(), json!(id_token));
        }
    }
    let (holder, family) = (Holder::Person(grant.clone()), family.to_owned());
    let mut store = provider.store();
    store
        .tokens
        .issue_access_token(access_token, holder, Some(family.clone()), now);
    store
        .tokens
        .issue_refresh_token(refresh_token, grant.clone(), family, now);
    Ok(tokens)
}

fn respond(mut tokens: Value, misbehaviours: &Misbehaviours) -> Response {
    if misbehaviours.has(Misbehaviour::TokenHtml) {
        return Html("<!doctype html><title>Welcome</title><p>These are not tokens.\n")
            .into_response();
    }
    if let Some(members) = tokens.as_object_mut() {
        if misbehaviours.has(Misbehaviour::TokenWrongType) {
            members.insert("token_type".to_owned(), json!("mac"));
        }
        if misbehaviours.has(Misbehaviour::TokenTextExpiry) {
            members.insert("expires_in".to_owned(), json!(TOKEN_LIFETIME.to_string()));
        }
        if misbehaviours.has(Misbehaviour::TokenNoAccessToken) {
            members.remove("access_token");
        }
        if misbehaviours.has(Misbehaviour::MissingIdToken) {
            members.remove("id_token");
        }
    }
    let created = misbehaviours.has(Misbehaviour::TokenStatus201);
    json_answer::fresh(
        if created {
            StatusCode::CREATED
        } else {
            StatusCode::OK
        },
        &tokens,
    )
}

/// RFC 6749 §5.2.
fn refuse(refusal: Refusal) -> Result<Response, Failure> {
    let bad = |code, description| json_answer::error(StatusCode::BAD_REQUEST, code, description);
    Ok(match refusal {
        Refusal::InvalidRequest(why) => bad("invalid_request", why),
        Refusal::InvalidGrant(why) => bad("invalid_grant", why),
        Refusal::InvalidScope(why) => bad("invalid_scope", why),
        Refusal::InvalidTarget(why) => bad("invalid_target", why),
        Refusal::UnsupportedGrantType => bad(
            "unsupported_grant_type",
            "only authorization_code, refresh_token and client_credentials are supported",
        ),
        Refusal::Unauthenticated(answer) => *answer,
        Refusal::Failed(failure) => return Err(failure),
    })
}

impl Refusal {
    fn not_the_client(why: &str) -> Self {
        Self::Unauthenticated(Box::new(client_authentication::refuse(why)))
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}
