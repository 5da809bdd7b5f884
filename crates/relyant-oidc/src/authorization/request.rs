//! The authorization request: where the browser is sent to log in. Core §3.1.2.1.

use url::Url;

use super::pkce;
use super::transaction::LoginTransaction;
use crate::Error;
use crate::error::{Clipped, Configuration, Misbehaved};
use crate::id_token::allowed_algorithms;
use crate::provider_metadata::ProviderMetadata;
use crate::registration::ClientRegistration;
use crate::strict_url;
use crate::token::client_authentication::ClientProof;

/// The URL of the authorization request: code flow, with state, nonce and PKCE S256, always.
///
/// What would fail only after the person has signed in, since provider and registration don't fit,
/// is found here.
pub fn authorization_request(
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
    redirect_uri: &str,
    login: &LoginTransaction,
) -> Result<Url, Error> {
    registration.check()?;
    ClientProof::choose(metadata, registration)?;
    allowed_algorithms(metadata, registration)?;
    check_redirect_uri(redirect_uri)?;
    let (state, nonce) = (login.state(), login.nonce());
    let parameters = [
        ("response_type", "code"),
        ("client_id", &registration.client_id),
        ("redirect_uri", redirect_uri),
        ("scope", &registration.scope()),
        ("state", state.as_str()),
        ("nonce", nonce.as_str()),
        ("code_challenge", &login.code_verifier().challenge()),
        ("code_challenge_method", pkce::METHOD),
    ];
    add_to_query(
        metadata.authorization_endpoint(),
        "authorization_endpoint",
        &parameters,
    )
}

/// `endpoint` with `parameters` behind its own query, which stays. RFC 6749 §3.1.
///
/// A parameter that the endpoint's own query already has would be there twice, which no provider
/// may accept.
pub(crate) fn add_to_query(
    endpoint: &Url,
    name: &'static str,
    parameters: &[(&'static str, &str)],
) -> Result<Url, Error> {
    let taken = |parameter: &str| endpoint.query_pairs().any(|(own, _)| own == parameter);
    if let Some((parameter, _)) = parameters.iter().find(|(parameter, _)| taken(parameter)) {
        return Err(Misbehaved::EndpointQueryCollision {
            endpoint: name,
            name: parameter,
        }
        .into());
    }
    let mut url = endpoint.clone();
    url.query_pairs_mut().extend_pairs(parameters);
    Ok(url)
}

/// RFC 6749 §3.1.2: an absolute URI without fragment; we are a web application.
fn check_redirect_uri(text: &str) -> Result<(), Error> {
    let invalid = |reason| Configuration::RedirectUriInvalid {
        got: Clipped::without_credentials(text),
        reason,
    };
    let url = strict_url::parse(text).map_err(invalid)?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(invalid(Clipped::new("it must begin with https://")).into());
    }
    Ok(())
}
