//! The pushed authorization request: what is asked for goes straight to the provider, and the browser carries a name of it.
//! RFC 9126.

use relyant_jose::json::{Object, Value};
use url::{Url, form_urlencoded};

use super::request::{add_to_query, parameters};
use super::response::refusal;
use super::transaction::LoginTransaction;
use crate::Error;
use crate::error::{Clipped, Configuration, Misbehaved};
use crate::http::{Endpoint, HttpRequest, HttpResponse};
use crate::json_type::{json_type, printable};
use crate::limits::{EXACT_INTEGER_END, MAX_REQUEST_URI_CHARS};
use crate::provider_metadata::ProviderMetadata;
use crate::registration::ClientRegistration;
use crate::token::client_assertion::Freshness;
use crate::token::client_authentication::ClientProof;
use crate::token::request::client_request;
use crate::token::response::{ProviderError, read_error};

/// The request that pushes what a login asks for, where the provider takes such requests.
///
/// Made for one login and sent once: the answer is good for one. Where there is one, no plain request may be sent in its
/// place, whatever becomes of it. RFC 9126 §5.
pub fn pushed_authorization_request(
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
    redirect_uri: &str,
    login: &LoginTransaction,
    freshness: Freshness,
) -> Result<Option<HttpRequest>, Error> {
    let Some(endpoint) = metadata.pushed_authorization_request_endpoint() else {
        return Ok(None);
    };
    let mut form = form_urlencoded::Serializer::new(String::new());
    // RFC 9126 §2.1: the parameters of an authorization request. All proofs but Basic bring the client id, once.
    let asked = parameters(metadata, registration, redirect_uri, login)?;
    let brings_id = !ClientProof::choose(metadata, registration)?.is_basic();
    form.extend_pairs(
        asked
            .iter()
            .filter(|(name, _)| !(brings_id && *name == "client_id")),
    );
    // RFC 9126 §2: the client authenticates as at the token endpoint, an assertion is for the issuer.
    client_request(endpoint, metadata, registration, freshness, form).map(Some)
}

/// Where the browser is sent: with the client's id and the name of what was pushed, and nothing beside.
///
/// RFC 9126 §4; a parameter that a browser carries beside them would be one that its owner may change.
pub fn process_pushed_authorization_response(
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
    request: &HttpRequest,
    response: &HttpResponse,
) -> Result<Url, Error> {
    // RFC 9126 §2.2: status 201.
    if response.status != 201 {
        return Err(refused(request, response));
    }
    let members = response.json_members(Endpoint::PushedAuthorization)?;
    let request_uri = read_request_uri(&members)?;
    check_lifetime(&members)?;
    add_to_query(
        metadata.authorization_endpoint(),
        "authorization_endpoint",
        &[
            ("client_id", registration.client_id.as_str()),
            ("request_uri", request_uri),
        ],
    )
}

/// RFC 9126 §2.2, `request_uri`: a URI that names what was pushed.
fn read_request_uri(members: &Object) -> Result<&str, Misbehaved> {
    let name = "request_uri";
    let value = members
        .get(name)
        .ok_or(Misbehaved::PushedResponseMissing { name })?;
    let is_uri = |text: &&str| !text.contains(' ') && Url::parse(text).is_ok();
    let request_uri = printable(value, MAX_REQUEST_URI_CHARS).filter(is_uri);
    request_uri.ok_or_else(|| wrong(name, "a short absolute URI", value))
}

/// RFC 9126 §2.2, `expires_in`: a positive whole number of seconds. How long that is, the provider heeds.
fn check_lifetime(members: &Object) -> Result<(), Misbehaved> {
    let name = "expires_in";
    let value = members
        .get(name)
        .ok_or(Misbehaved::PushedResponseMissing { name })?;
    match value.as_i64() {
        Some(seconds) if (1..EXACT_INTEGER_END).contains(&seconds) => Ok(()),
        _ => Err(wrong(name, "a positive whole number of seconds", value)),
    }
}

fn wrong(name: &'static str, expected: &'static str, value: &Value) -> Misbehaved {
    let got = match value {
        Value::Number(_) => "another number",
        Value::String(_) => "another string",
        other => json_type(other),
    };
    Misbehaved::PushedResponseType {
        name,
        expected,
        got,
    }
}

/// The provider's error, sorted by who must act. RFC 9126 §2.3: those of the token endpoint and of the authorization endpoint.
fn refused(request: &HttpRequest, response: &HttpResponse) -> Error {
    let Ok(error) = read_error(request, response, Endpoint::PushedAuthorization) else {
        let got = response.status;
        return Misbehaved::PushedRequestStatus { got }.into();
    };
    // RFC 6749 §5.2: 401 is for a client that isn't who it says, whatever word some providers have for it; but for one that
    // is, and may not use this flow (§4.1.2.1).
    let is_unauthenticated = response.status == 401 && error.name != "unauthorized_client";
    if error.name == "invalid_client" || is_unauthenticated {
        let description = error.description;
        return Configuration::InvalidClient { description }.into();
    }
    if is_about_redirect_uri(&error) {
        let form = form_urlencoded::parse(request.body.as_deref().unwrap_or_default().as_bytes());
        let sent = form.filter(|(name, _)| name == "redirect_uri").last();
        let got = sent.map(|(_, uri)| Clipped::without_credentials(&uri));
        return Configuration::RedirectUriRefused {
            got: got.unwrap_or_default(),
            description: error.description,
        }
        .into();
    }
    refusal(&error.name, error.error, error.description)
}

/// RFC 9126 §2.3: a redirect URI that isn't the client's is an `invalid_request`, which its description alone tells apart.
///
/// The other name is that of RFC 7591 §3.2.2.
fn is_about_redirect_uri(error: &ProviderError) -> bool {
    let description = error.description.as_str().to_ascii_lowercase();
    match error.name.as_str() {
        "invalid_redirect_uri" => true,
        "invalid_request" => {
            description.contains("redirect_uri") || description.contains("redirect uri")
        }
        _ => false,
    }
}
