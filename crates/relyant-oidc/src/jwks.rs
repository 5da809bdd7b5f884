//! The provider's keys, bound to the issuer that published them.

use relyant_jose::jwk_set::JwkSet;

use crate::Error;
use crate::error::{Clipped, Misbehaved, Misuse};
use crate::http::{Endpoint, HttpRequest, HttpResponse};
use crate::issuer::Issuer;
use crate::provider_metadata::ProviderMetadata;

/// The keys of one issuer, which verify nothing of another. RFC 8725 §3.8.
#[derive(Debug)]
pub struct IssuerKeys {
    issuer: Issuer,
    keys: JwkSet,
}

impl IssuerKeys {
    fn receipt(issuer: Issuer, keys: JwkSet) -> Self {
        Self { issuer, keys }
    }

    /// The keys, for tokens of `issuer` alone.
    pub(crate) fn of(&self, issuer: &Issuer) -> Result<&JwkSet, Error> {
        if self.issuer == *issuer {
            Ok(&self.keys)
        } else {
            Err(Misuse::KeysOfAnotherIssuer.into())
        }
    }
}

/// The media types that JWK Sets are served with: the registered one, and plain JSON, which most
/// providers use. RFC 7517 §8.5.1.
const JWK_SET: &[&str] = &["application/jwk-set+json", "application/json"];

/// The request for the provider's JWK Set. Discovery §3, `jwks_uri`.
pub fn jwks_request(metadata: &ProviderMetadata) -> HttpRequest {
    HttpRequest::get(metadata.jwks_uri())
}

/// The keys in the answer; unusable ones beside usable ones are skipped. RFC 7517 §5.
pub fn process_jwks_response(
    metadata: &ProviderMetadata,
    response: &HttpResponse,
) -> Result<IssuerKeys, Error> {
    read_keys(metadata.issuer(), response)
}

/// The keys in an answer from where `issuer` publishes them. RFC 7517 §5.
pub(crate) fn read_keys(issuer: &Issuer, response: &HttpResponse) -> Result<IssuerKeys, Error> {
    response.check(Endpoint::JwkSet, JWK_SET)?;
    let keys = JwkSet::parse(&response.body).map_err(|error| Misbehaved::JwkSetInvalid {
        reason: Clipped::new(&error.to_string()),
    })?;
    Ok(IssuerKeys::receipt(issuer.clone(), keys))
}
