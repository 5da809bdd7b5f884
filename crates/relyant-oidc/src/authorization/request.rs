//! The authorization request: where the browser is sent to log in. Core §3.1.2.1.

use url::Url;

use super::options::ResponseMode;
use super::pkce;
use super::transaction::LoginTransaction;
use crate::Error;
use crate::authentic::check_algorithms;
use crate::error::{Clipped, Configuration, Incompatible, Misbehaved, Misuse};
use crate::provider_metadata::ProviderMetadata;
use crate::registration::ClientRegistration;
use crate::strict_url;
use crate::token::client_authentication::ClientProof;

/// The URL of the authorization request: code flow, with state, nonce and PKCE S256, always.
///
/// What would fail only after the person has signed in, since provider and registration don't fit,
/// is found here. A provider that takes pushed requests alone gets none of these.
pub fn authorization_request(
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
    redirect_uri: &str,
    login: &LoginTransaction,
) -> Result<Url, Error> {
    // RFC 9126 §5: such a provider refuses it, and it would show what was meant to be hidden.
    if metadata.require_pushed_authorization_requests() {
        let name = "require_pushed_authorization_requests";
        return Err(Incompatible::RequestFormRequired { name }.into());
    }
    let parameters = parameters(metadata, registration, redirect_uri, login)?;
    let borrowed: Vec<(&str, &str)> = parameters
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    add_to_query(
        metadata.authorization_endpoint(),
        "authorization_endpoint",
        &borrowed,
    )
}

/// The parameters of an authorization request, however it is sent.
pub(super) fn parameters<'a>(
    metadata: &ProviderMetadata,
    registration: &'a ClientRegistration,
    redirect_uri: &str,
    login: &LoginTransaction,
) -> Result<Vec<(&'a str, String)>, Error> {
    registration.check()?;
    ClientProof::choose(metadata, registration)?;
    check_algorithms(metadata, registration)?;
    check_redirect_uri(redirect_uri)?;
    let options = &registration.authorization;
    check_response_mode(metadata, options.response_mode)?;
    // What is asked for here and not demanded of the answer would be a request that a browser may change.
    if *login.demands() != options.demands() {
        return Err(Misuse::DemandsForgotten.into());
    }
    let mut parameters = vec![
        ("response_type", "code".to_owned()),
        ("client_id", registration.client_id.clone()),
        ("redirect_uri", redirect_uri.to_owned()),
        ("scope", registration.scope()),
        ("state", login.state().into()),
        ("nonce", login.nonce().as_str().to_owned()),
        ("code_challenge", login.code_verifier().challenge()),
        ("code_challenge_method", pkce::METHOD.to_owned()),
    ];
    parameters.extend(options.parameters());
    Ok(parameters)
}

/// `endpoint` with `parameters` behind its own query, which stays. RFC 6749 §3.1.
///
/// A parameter that the endpoint's own query already has would be there twice, which no provider
/// may accept.
pub(crate) fn add_to_query(
    endpoint: &Url,
    name: &'static str,
    parameters: &[(&str, &str)],
) -> Result<Url, Error> {
    let taken = |parameter: &str| endpoint.query_pairs().any(|(own, _)| own == parameter);
    if let Some((parameter, _)) = parameters.iter().find(|(parameter, _)| taken(parameter)) {
        return Err(Misbehaved::EndpointQueryCollision {
            endpoint: name,
            name: Clipped::new(parameter),
        }
        .into());
    }
    let mut url = endpoint.clone();
    url.query_pairs_mut().extend_pairs(parameters);
    Ok(url)
}

/// Discovery §3, `response_modes_supported`: if omitted, query and fragment; many that can do more are silent.
fn check_response_mode(
    metadata: &ProviderMetadata,
    mode: Option<ResponseMode>,
) -> Result<(), Error> {
    match (mode, metadata.response_modes()) {
        (Some(mode), Some(offered)) if !offered.iter().any(|name| name == mode.name()) => {
            Err(Incompatible::NoResponseMode {
                expected: mode.name(),
                got: Clipped::new(&offered.join(" ")),
            }
            .into())
        }
        _ => Ok(()),
    }
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
