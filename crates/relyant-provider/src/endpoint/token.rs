//! The token endpoint: a code for tokens, once, to the client alone. Core §3.1.3, RFC 6749 §4.1.3, RFC 7636 §4.6.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use relyant_jose::base64url;
use relyant_jose::digest::{constant_time_eq, sha256};
use serde_json::{Value, json};

use crate::client_authentication::{self, ClientRefusal};
use crate::clock;
use crate::failure::Failure;
use crate::json_answer;
use crate::misbehaviour::{Misbehaviour, Misbehaviours};
use crate::parameters::{Parameters, Repeated};
use crate::people::Person;
use crate::provider::{Provider, Shared};
use crate::store::{CodeRefusal, Grant, TOKEN_LIFETIME};
use crate::{access_token, id_token, parameters};

/// Why a token request gets no tokens.
enum Refusal {
    /// Malformed.
    InvalidRequest(&'static str),
    /// Not the client.
    InvalidClient(&'static str),
    /// The code isn't good for this request.
    InvalidGrant(&'static str),
    /// Another grant than the code.
    UnsupportedGrantType,
    /// Another resource than those of the authorization request. RFC 8707 §2.2.
    InvalidTarget,
}

/// Answers a token request.
pub(crate) async fn post(
    State(provider): State<Shared>,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Failure> {
    let misbehaviours = provider.misbehaviours();
    let redeemed = if misbehaviours.has(Misbehaviour::TokenInvalidClient) {
        Err(Refusal::InvalidClient("a misbehaviour on request"))
    } else if misbehaviours.has(Misbehaviour::TokenInvalidGrant) {
        Err(Refusal::InvalidGrant("a misbehaviour on request"))
    } else {
        redeem(&provider, &headers, &body)
    };
    match redeemed {
        Ok((code, person, grant)) => {
            let tokens = issue(&provider, code, &person, &grant)?;
            Ok(respond(tokens, &misbehaviours))
        }
        Err(refusal) => Ok(refuse(&refusal)),
    }
}

fn redeem(
    provider: &Provider,
    headers: &HeaderMap,
    body: &str,
) -> Result<(String, Person, Grant), Refusal> {
    if !parameters::are_a_form(headers) {
        return Err(Refusal::InvalidRequest(
            "the content type must be application/x-www-form-urlencoded",
        ));
    }
    let parameters = Parameters::parse(body)
        .map_err(|Repeated(_)| Refusal::InvalidRequest("a parameter is repeated"))?;
    client_authentication::check(&provider.client, headers, &parameters)?;
    match parameters.get("grant_type") {
        Some("authorization_code") => {}
        Some(_) => return Err(Refusal::UnsupportedGrantType),
        None => return Err(Refusal::InvalidRequest("grant_type is missing")),
    }
    let code = parameters
        .get("code")
        .ok_or(Refusal::InvalidRequest("code is missing"))?;
    let grant = provider.store().take_code(code, clock::now())?;
    check_binding(&grant, &parameters)?;
    let person = provider.people().find(&grant.session.person).cloned();
    let person = person.ok_or(Refusal::InvalidGrant("the person is gone"))?;
    Ok((code.to_owned(), person, grant))
}

/// The code belongs to this redirect URI and this code verifier.
fn check_binding(grant: &Grant, parameters: &Parameters) -> Result<(), Refusal> {
    if parameters.get("redirect_uri") != Some(grant.redirect_uri.as_str()) {
        return Err(Refusal::InvalidGrant(
            "redirect_uri is not the one of the authorization request",
        ));
    }
    let verifier = parameters
        .get("code_verifier")
        .ok_or(Refusal::InvalidGrant("code_verifier is missing"))?;
    let challenge = base64url::encode(&sha256(verifier.as_bytes()));
    if !constant_time_eq(challenge.as_bytes(), grant.code_challenge.as_bytes()) {
        return Err(Refusal::InvalidGrant(
            "code_verifier doesn't fit the code challenge",
        ));
    }
    // RFC 8707 §2.2: of the resources that were granted, all or some.
    let mut asked = parameters.all("resource");
    if !asked.all(|resource| grant.resources.iter().any(|granted| granted == resource)) {
        return Err(Refusal::InvalidTarget);
    }
    Ok(())
}

/// The members of the token response. Core §3.1.3.3; without the scope `openid` there is no ID token, as at Keycloak.
fn issue(
    provider: &Provider,
    code: String,
    person: &Person,
    grant: &Grant,
) -> Result<Value, Failure> {
    let now = clock::now();
    let access_token = access_token::issue(provider, person, grant, now)?;
    let mut tokens = json!({
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": TOKEN_LIFETIME,
        "scope": grant.scope,
        "session_state": grant.session.sid,
        "not-before-policy": 0,
    });
    if grant.asks_for_openid() {
        let id_token = id_token::issue(provider, person, grant, &access_token, now)?;
        provider
            .store()
            .issue_id_token(&id_token, grant.session.sid.clone());
        if let Some(members) = tokens.as_object_mut() {
            members.insert("id_token".to_owned(), json!(id_token));
        }
    }
    provider
        .store()
        .issue_access_token(access_token, code, grant.clone(), now);
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
fn refuse(refusal: &Refusal) -> Response {
    let bad = |code, description| json_answer::error(StatusCode::BAD_REQUEST, code, description);
    match refusal {
        Refusal::InvalidRequest(why) => bad("invalid_request", why),
        Refusal::InvalidGrant(why) => bad("invalid_grant", why),
        Refusal::InvalidTarget => bad("invalid_target", "the resource was not granted"),
        Refusal::UnsupportedGrantType => bad(
            "unsupported_grant_type",
            "only authorization_code is supported",
        ),
        Refusal::InvalidClient(why) => {
            let challenge = [(header::WWW_AUTHENTICATE, "Basic realm=\"brewery\"")];
            (
                challenge,
                json_answer::error(StatusCode::UNAUTHORIZED, "invalid_client", why),
            )
                .into_response()
        }
    }
}

impl From<ClientRefusal> for Refusal {
    fn from(refusal: ClientRefusal) -> Self {
        match refusal {
            ClientRefusal::TwoMethods => {
                Self::InvalidRequest("the client authenticated in two ways")
            }
            ClientRefusal::Missing => Self::InvalidClient("client authentication is missing"),
            ClientRefusal::Wrong => Self::InvalidClient("the client id or secret is wrong"),
        }
    }
}

impl From<CodeRefusal> for Refusal {
    fn from(refusal: CodeRefusal) -> Self {
        Self::InvalidGrant(match refusal {
            CodeRefusal::Unknown => "the code is unknown",
            CodeRefusal::Used => "the code was used before",
            CodeRefusal::Expired => "the code has expired",
        })
    }
}
