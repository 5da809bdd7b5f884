//! Discovery: from an issuer to its metadata. Discovery §4.

use crate::Error;
use crate::error::{Clipped, Configuration};
use crate::http::{Endpoint, HttpRequest, HttpResponse};
use crate::issuer::Issuer;
use crate::provider_metadata::ProviderMetadata;
use crate::transport::TransportRules;

/// The request for the issuer's metadata. Discovery §4.1.
pub fn discovery_request(issuer: &Issuer) -> HttpRequest {
    HttpRequest::get(issuer.metadata_url())
}

/// The metadata in the answer, once its issuer, its endpoints and its abilities fit.
///
/// 200 and `application/json` (Discovery §4.2); a 404 tells that the configured issuer is wrong.
pub fn process_discovery_response(
    issuer: &Issuer,
    rules: &TransportRules,
    response: &HttpResponse,
) -> Result<ProviderMetadata, Error> {
    if response.status == 404 {
        let url = Clipped::new(issuer.metadata_url().as_str());
        return Err(Configuration::NoMetadataAtIssuer { url }.into());
    }
    ProviderMetadata::receipt(issuer, rules, response.json_object(Endpoint::Metadata)?)
}
