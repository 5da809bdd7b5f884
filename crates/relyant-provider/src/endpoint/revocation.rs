//! The revocation endpoint: a token that nobody needs any more is withdrawn. RFC 7009.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::client_authentication;
use crate::json_answer;
use crate::misbehaviour::Misbehaviour;
use crate::provider::Shared;

/// Withdraws a token; one that isn't known is as good as withdrawn. RFC 7009 §2.2.
pub(crate) async fn post(
    State(provider): State<Shared>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let parameters = match client_authentication::form(&provider, &headers, &body).await {
        Ok(parameters) => parameters,
        Err(refusal) => return *refusal,
    };
    let bad = |code, why| json_answer::error(StatusCode::BAD_REQUEST, code, why);
    let Some(token) = parameters.get("token") else {
        return bad("invalid_request", "token is missing");
    };
    if provider
        .misbehaviours()
        .has(Misbehaviour::RevocationUnsupported)
    {
        // RFC 7009 §2.2.1
        return bad("unsupported_token_type", "a misbehaviour on request");
    }
    provider.store().tokens.revoke(token);
    StatusCode::OK.into_response()
}
