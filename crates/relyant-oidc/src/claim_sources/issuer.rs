//! Whoever issues claims about the people of another provider: where its keys are. Discovery §4.
//!
//! Nobody logs in there, so that nothing but the keys is asked of its metadata.

use url::Url;

use crate::Error;
use crate::discovery::discovery_request;
use crate::error::{Clipped, Configuration};
use crate::http::{Endpoint, HttpRequest, HttpResponse};
use crate::issuer::Issuer;
use crate::jwks::{IssuerKeys, read_keys};
use crate::provider_metadata;
use crate::transport::TransportRules;

/// The metadata of an issuer whose claims are believed: who it is, and where its keys are.
///
/// Made by [`process_claims_provider_response`] only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimsProviderMetadata {
    issuer: Issuer,
    jwks_uri: Url,
}

impl ClaimsProviderMetadata {
    fn receipt(issuer: Issuer, jwks_uri: Url) -> Self {
        Self { issuer, jwks_uri }
    }

    /// Where it publishes its keys.
    pub fn jwks_uri(&self) -> &Url {
        &self.jwks_uri
    }
}

/// The request for the metadata of `issuer`. Discovery §4.1.
pub fn claims_provider_request(issuer: &Issuer) -> HttpRequest {
    discovery_request(issuer)
}

/// The metadata in the answer: of that issuer (Discovery §4.3), with keys at an address that may be called.
pub fn process_claims_provider_response(
    issuer: &Issuer,
    rules: &TransportRules,
    response: &HttpResponse,
) -> Result<ClaimsProviderMetadata, Error> {
    if response.status == 404 {
        let url = Clipped::new(issuer.metadata_url().as_str());
        return Err(Configuration::NoMetadataAtIssuer { url }.into());
    }
    let members = response.json_object(Endpoint::Metadata)?;
    let jwks_uri = provider_metadata::read_jwks_uri(issuer, rules, members)?;
    Ok(ClaimsProviderMetadata::receipt(issuer.clone(), jwks_uri))
}

/// The request for its JWK Set. Discovery §3, `jwks_uri`.
pub fn claims_provider_jwks_request(metadata: &ClaimsProviderMetadata) -> HttpRequest {
    HttpRequest::get(&metadata.jwks_uri)
}

/// The keys in the answer, which verify claims of that issuer alone. RFC 7517 §5, RFC 8725 §3.8.
pub fn process_claims_provider_jwks_response(
    metadata: &ClaimsProviderMetadata,
    response: &HttpResponse,
) -> Result<IssuerKeys, Error> {
    read_keys(&metadata.issuer, response)
}
