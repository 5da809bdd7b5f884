//! The endpoint for pushed authorization requests: parameters from the client's server, a reference for the browser. RFC 9126 §2.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;

use crate::authorization_request::{AuthorizationRefusal, AuthorizationRequest};
use crate::client_authentication::{self, ClientRefusal};
use crate::failure::Failure;
use crate::misbehaviour::{Misbehaviour, Misbehaviours};
use crate::parameters::{self, Parameters};
use crate::provider::{Provider, Shared};
use crate::store::PUSHED_LIFETIME;
use crate::{clock, json_answer, random};

/// What every request URI of ours begins with. RFC 9126 §2.2.
pub(crate) const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// Why a pushed request isn't taken: the status, and the members `error` and `error_description`.
struct Refusal(StatusCode, &'static str, String);

/// Answers a pushed request.
pub(crate) async fn post(
    State(provider): State<Shared>,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Failure> {
    let misbehaviours = provider.misbehaviours();
    let taken = if misbehaviours.has(Misbehaviour::ParRefused) {
        Err(bad_request("invalid_request", "a misbehaviour on request"))
    } else {
        take(&provider, &headers, &body).await
    };
    match taken {
        Ok(request) => {
            let uri = format!("{PREFIX}{}", random::identifier()?);
            provider
                .store()
                .push_request(uri.clone(), request, clock::now());
            Ok(respond(&uri, &misbehaviours))
        }
        Err(Refusal(status, error, why)) => Ok(json_answer::error(status, error, &why)),
    }
}

async fn take(
    provider: &Provider,
    headers: &HeaderMap,
    body: &str,
) -> Result<AuthorizationRequest, Refusal> {
    if !parameters::are_a_form(headers) {
        let why = "the content type must be application/x-www-form-urlencoded";
        return Err(bad_request("invalid_request", why));
    }
    let parameters = Parameters::parse(body).map_err(AuthorizationRefusal::from)?;
    // RFC 9126 §2.1: as at the token endpoint.
    client_authentication::check(provider, headers, &parameters).await?;
    // RFC 9126 §2.1: a request URI can't be pushed.
    if parameters.get("request_uri").is_some() {
        let why = "request_uri can't be part of a pushed request";
        return Err(bad_request("invalid_request", why));
    }
    Ok(AuthorizationRequest::read(&parameters, &provider.client)?)
}

/// RFC 9126 §2.2: 201, a URI and its lifetime.
fn respond(uri: &str, misbehaviours: &Misbehaviours) -> Response {
    if misbehaviours.has(Misbehaviour::ParHtml) {
        return Html("<!doctype html><title>Welcome</title><p>This is no request URI.\n")
            .into_response();
    }
    let mut answer = json!({ "request_uri": uri, "expires_in": PUSHED_LIFETIME });
    if let Some(members) = answer.as_object_mut() {
        if misbehaviours.has(Misbehaviour::ParNoRequestUri) {
            members.remove("request_uri");
        }
        if misbehaviours.has(Misbehaviour::ParExpiresAtOnce) {
            members.insert("expires_in".to_owned(), json!(0));
        }
    }
    let status = if misbehaviours.has(Misbehaviour::ParStatus200) {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    json_answer::fresh(status, &answer)
}

fn bad_request(error: &'static str, why: &str) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, error, why.to_owned())
}

/// RFC 9126 §2.3: the errors of the authorization endpoint, in JSON.
impl From<AuthorizationRefusal> for Refusal {
    fn from(refusal: AuthorizationRefusal) -> Self {
        match refusal {
            AuthorizationRefusal::Page(why) => bad_request("invalid_request", &why),
            AuthorizationRefusal::Redirect(answer) => bad_request(answer.error, answer.description),
        }
    }
}

impl From<ClientRefusal> for Refusal {
    fn from(refusal: ClientRefusal) -> Self {
        let why = refusal.why();
        if refusal == ClientRefusal::TwoMethods {
            return bad_request("invalid_request", why);
        }
        Self(StatusCode::UNAUTHORIZED, "invalid_client", why.to_owned())
    }
}
