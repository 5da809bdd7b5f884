//! Token revocation: a token that nobody needs any more is made useless. RFC 7009.

use url::form_urlencoded;

use super::client_assertion::Freshness;
use super::request::client_request;
use super::response::{ProviderError, read_error};
use crate::Error;
use crate::error::{Configuration, Misbehaved, Refused};
use crate::http::{Endpoint, HttpRequest, HttpResponse};
use crate::provider_metadata::ProviderMetadata;
use crate::registration::ClientRegistration;
use crate::secret::Secret;

/// What a token is for, so that the provider finds it at once. RFC 7009 §2.1, `token_type_hint`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocableToken {
    /// An access token.
    Access,
    /// A refresh token; the provider should revoke the access tokens that came by it too.
    Refresh,
}

impl RevocableToken {
    /// The kind that `hint` stands for.
    pub fn from_hint(hint: &str) -> Option<Self> {
        [Self::Access, Self::Refresh]
            .into_iter()
            .find(|kind| kind.hint() == hint)
    }

    fn hint(self) -> &'static str {
        match self {
            Self::Access => "access_token",
            Self::Refresh => "refresh_token",
        }
    }
}

/// The request that revokes `token`, if the provider has such an endpoint. RFC 7009 §2.1.
///
/// We authenticate as at the token endpoint: a client is registered with one method. It may be repeated: a
/// token that is revoked already is revoked (§2.2).
pub fn revocation_request(
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
    kind: RevocableToken,
    token: &Secret,
    freshness: Freshness,
) -> Result<Option<HttpRequest>, Error> {
    let Some(endpoint) = metadata.revocation_endpoint() else {
        return Ok(None);
    };
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("token", token.expose())
        .append_pair("token_type_hint", kind.hint());
    client_request(endpoint, metadata, registration, freshness, form).map(Some)
}

/// What became of a revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// The token is no longer good for anything, or never was. RFC 7009 §2.2.
    Done,
    /// The provider doesn't revoke tokens of this kind, and never will. RFC 7009 §2.2.1.
    UnsupportedTokenType,
}

/// What the answer to `request` says.
///
/// A 503 is for the driver, as at every endpoint: [`Unavailable::Status`](crate::error::Unavailable::Status) with the
/// time of its `Retry-After`. The token is then as good as before, and may be revoked later. RFC 7009 §2.2.1.
pub fn process_revocation_response(
    request: &HttpRequest,
    response: &HttpResponse,
) -> Result<Revocation, Error> {
    let endpoint = Endpoint::Revocation;
    match response.status {
        200 => Ok(Revocation::Done), // §2.2: the body is ignored.
        400 | 401 => refused(read_error(request, response, endpoint)?),
        got => Err(Misbehaved::Status { endpoint, got }.into()),
    }
}

/// The provider's error. RFC 7009 §2.2.1, RFC 6749 §5.2.
fn refused(error: ProviderError) -> Result<Revocation, Error> {
    let ProviderError {
        name,
        error,
        description,
    } = error;
    match name.as_str() {
        "unsupported_token_type" => Ok(Revocation::UnsupportedTokenType),
        "invalid_client" => Err(Configuration::InvalidClient { description }.into()),
        _ => Err(Refused::RevocationError { error, description }.into()),
    }
}
