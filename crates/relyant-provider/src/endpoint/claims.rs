//! Where distributed claims are read, with the access token that came with the address. Core §5.6.2.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::userinfo::bearer;
use crate::claim_sources;
use crate::clock;
use crate::failure::Failure;
use crate::provider::Shared;

/// The claims as a JWT, for whoever has their token.
pub(crate) async fn get(
    State(provider): State<Shared>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let token = bearer(&headers).unwrap_or_default();
    let Some(jwt) = claim_sources::distributed(&provider, token, clock::now())? else {
        let challenge = [(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")];
        return Ok((StatusCode::UNAUTHORIZED, challenge).into_response());
    };
    let headers = [
        (header::CONTENT_TYPE, "application/jwt"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, jwt).into_response())
}
