//! The functions of the module.

use std::collections::BTreeMap;

use pyo3::prelude::*;
use pyo3::types::PyString;
use relyant_http::clock::{Clock, SystemClock};
use relyant_jose::base64url;
use relyant_jose::generate::{KeyKind, private_jwk};
use relyant_oidc::authorization::options::read_max_age;
use relyant_oidc::challenge;
use relyant_oidc::client_keys::ClientKeys;
use relyant_oidc::tenants;

use crate::error::{no_randomness, relyant_error, unknown_key_kind, unknown_preset};
use crate::relying_party::tenant_rule;

/// The one `state` in a callback's parameters.
#[pyfunction]
pub(crate) fn callback_state(py: Python<'_>, parameters: &Bound<'_, PyString>) -> PyResult<String> {
    relyant_oidc::authorization::response::state_of(&parameters.to_string_lossy())
        .map(String::from)
        .map_err(|error| relyant_error(py, &error))
}

/// The challenge of somebody whose sign-in isn't recent or sure enough.
#[pyfunction]
#[pyo3(signature = (*, max_age, acr_values))]
pub(crate) fn insufficient_user_authentication(
    py: Python<'_>,
    max_age: Option<i64>,
    acr_values: Vec<String>,
) -> PyResult<String> {
    let max_age = max_age.map(read_max_age).transpose();
    max_age
        .and_then(|max_age| challenge::insufficient_user_authentication(max_age, &acr_values))
        .map_err(|error| relyant_error(py, &error.into()))
}

/// The presets there are.
#[pyfunction]
pub(crate) fn preset_names() -> Vec<&'static str> {
    relyant_policy::preset_names().collect()
}

/// What visitors know a preset's provider as.
#[pyfunction]
pub(crate) fn preset_title(name: &str) -> PyResult<Option<String>> {
    let preset = relyant_policy::preset(name).map_err(|error| unknown_preset(&error))?;
    Ok(preset.title)
}

/// Under which other names people look for a preset.
#[pyfunction]
pub(crate) fn preset_also_called(name: &str) -> PyResult<Vec<String>> {
    let preset = relyant_policy::preset(name).map_err(|error| unknown_preset(&error))?;
    Ok(preset.also_called)
}

/// The scopes that a preset asks for where the settings name none; empty: the usual ones.
#[pyfunction]
pub(crate) fn preset_scopes(name: &str) -> PyResult<Vec<String>> {
    let preset = relyant_policy::preset(name).map_err(|error| unknown_preset(&error))?;
    Ok(preset.scopes.unwrap_or_default())
}

/// Where a preset's roles are, and in which shape.
#[pyfunction]
pub(crate) fn preset_roles(name: &str) -> PyResult<Vec<(String, &'static str)>> {
    let preset = relyant_policy::preset(name).map_err(|error| unknown_preset(&error))?;
    let roles = preset.role_paths.iter();
    Ok(roles
        .map(|roles| (roles.path.to_string(), roles.shape.name()))
        .collect())
}

/// The issuers that ID tokens from a configured one have: that one, or that of each tenant.
#[pyfunction]
pub(crate) fn issuers_of_tokens(
    issuer: &str,
    preset: &str,
    tenants: Vec<String>,
) -> PyResult<Vec<String>> {
    let preset = relyant_policy::preset(preset).map_err(|error| unknown_preset(&error))?;
    let rule = preset.tenants.map(tenant_rule);
    Ok(tenants::issuers_of_tokens(issuer, rule.as_ref(), &tenants))
}

/// User field to claim, as the preset fills them.
#[pyfunction]
pub(crate) fn preset_user_fields(name: &str) -> PyResult<BTreeMap<String, String>> {
    let preset = relyant_policy::preset(name).map_err(|error| unknown_preset(&error))?;
    Ok(preset
        .user
        .into_iter()
        .map(|(field, path)| (field, path.to_string()))
        .collect())
}

/// A new private key of a kind, as the JSON text of a JWK.
#[pyfunction]
pub(crate) fn new_private_key(py: Python<'_>, kind: &str) -> PyResult<String> {
    let kind = KeyKind::from_name(kind).ok_or_else(|| unknown_key_kind(kind))?;
    let jwk = private_jwk(kind).map_err(|error| no_randomness(py, error))?;
    Ok(serde_json::Value::Object(jwk).to_string())
}

/// The names of the kinds of key, those that sign first.
#[pyfunction]
pub(crate) fn key_kinds() -> Vec<&'static str> {
    KeyKind::ALL.map(|(name, _)| name).to_vec()
}

/// The public JWK Set of a client's private keys, as JSON text.
#[pyfunction]
pub(crate) fn public_jwk_set(py: Python<'_>, private_key: &str) -> PyResult<String> {
    let keys = ClientKeys::parse(private_key, SystemClock.unix())
        .map_err(|error| relyant_error(py, &error.into()))?;
    Ok(serde_json::json!({ "keys": keys.public_jwks() }).to_string())
}

/// Each code that a RelyantError can have, with its meaning in one sentence.
#[pyfunction]
pub(crate) fn error_catalogue() -> Vec<(&'static str, &'static str)> {
    relyant_oidc::error::catalogue()
}

/// The names of all diagnoses, in the order of a login.
#[pyfunction]
pub(crate) fn diagnosis_names() -> Vec<&'static str> {
    let all = relyant_oidc::diagnosis::Diagnosis::ALL.iter();
    all.map(|diagnosis| diagnosis.name()).collect()
}

/// The keys of a policy document: key, what it takes, what it means.
#[pyfunction]
pub(crate) fn policy_keys() -> Vec<(&'static str, &'static str, &'static str)> {
    relyant_policy::DOCUMENT_KEYS
        .map(|key| (key.name, key.takes, key.meaning))
        .to_vec()
}

/// 32 random bytes, base64url.
#[pyfunction]
pub(crate) fn random_token(py: Python<'_>) -> PyResult<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| no_randomness(py, error))?;
    Ok(base64url::encode(&bytes))
}
