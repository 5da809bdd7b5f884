//! The cookie that joins a browser to its session at the provider.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::provider::{Provider, REALM};

/// The value of the browser's session cookie.
pub(crate) fn read(provider: &Provider, headers: &HeaderMap) -> Option<String> {
    let name = name(provider);
    let cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut pairs = cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value.to_owned())
}

/// The `Set-Cookie` value that starts a session.
///
/// Not `Secure`: the provider speaks http on loopback only.
pub(crate) fn set(provider: &Provider, value: &str) -> Option<HeaderValue> {
    let name = name(provider);
    HeaderValue::try_from(format!(
        "{name}={value}; Path={REALM}; HttpOnly; SameSite=Lax"
    ))
    .ok()
}

/// The `Set-Cookie` value that ends it.
pub(crate) fn clear(provider: &Provider) -> Option<HeaderValue> {
    let name = name(provider);
    HeaderValue::try_from(format!(
        "{name}=; Path={REALM}; Max-Age=0; HttpOnly; SameSite=Lax"
    ))
    .ok()
}

/// Cookies don't know ports, so the name does.
fn name(provider: &Provider) -> String {
    format!("relyant_provider_{}", provider.port)
}
