//! Answers in JSON.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// A JSON answer that no cache keeps, as Keycloak marks its answers.
pub(crate) fn fresh(status: StatusCode, body: &Value) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, body.to_string()).into_response()
}

/// An OAuth error. RFC 6749 §5.2, RFC 6750 §3.1.
pub(crate) fn error(status: StatusCode, code: &str, description: &str) -> Response {
    fresh(
        status,
        &serde_json::json!({ "error": code, "error_description": description }),
    )
}
