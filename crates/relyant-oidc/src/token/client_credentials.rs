//! The client credentials grant: an access token for the client itself, without any person. RFC 6749 §4.4.

use url::form_urlencoded;

use super::client_assertion::Freshness;
use super::client_authentication::{ClientAuthentication, ClientProof};
use super::request::client_request;
use super::resource::check_resource;
use super::response::{Members, ProviderError, read_error};
use crate::Error;
use crate::characters::is_scope_token;
use crate::clock::UnixTime;
use crate::error::{Clipped, Configuration, Refused};
use crate::http::{Endpoint, HttpRequest, HttpResponse};
use crate::provider_metadata::ProviderMetadata;
use crate::registration::ClientRegistration;
use crate::secret::Secret;

/// The request for an access token of the client's own. It may be repeated: each answer is a token of its own.
///
/// Without `scopes` the provider grants what it grants by default (RFC 6749 §3.3). `resources` are the addresses of the APIs
/// that the access token is for (RFC 8707 §2); with none, the provider decides that too.
pub fn client_credentials_request(
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
    scopes: &[&str],
    resources: &[&str],
    freshness: Freshness,
) -> Result<HttpRequest, Error> {
    check_confidential(metadata, registration)?;
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials");
    if !scopes.is_empty() {
        form.append_pair("scope", &scope(scopes)?);
    }
    for resource in resources {
        check_resource(resource)?;
        form.append_pair("resource", resource);
    }
    client_request(
        metadata.token_endpoint(),
        metadata,
        registration,
        freshness,
        form,
    )
}

/// RFC 6749 §4.4: only confidential clients may use this grant. A public one would be given what anybody may ask for.
fn check_confidential(
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
) -> Result<(), Error> {
    match ClientProof::choose(metadata, registration)?.method() {
        ClientAuthentication::Public => Err(Configuration::ClientCredentialsOfPublicClient.into()),
        _ => Ok(()),
    }
}

/// RFC 6749 §3.3. No `openid` is put in front: there is no person whom an ID token could name.
fn scope(scopes: &[&str]) -> Result<String, Error> {
    match scopes.iter().find(|scope| !is_scope_token(scope)) {
        Some(scope) => Err(Configuration::ScopeInvalid {
            got: Clipped::new(scope),
        }
        .into()),
        None => Ok(scopes.join(" ")),
    }
}

/// An access token of the client's own.
///
/// Made by [`process_client_credentials_response`] only. `Debug` redacts the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAccessToken {
    access_token: Secret,
    scope: Option<String>,
    expires_at: Option<UnixTime>,
}

impl ClientAccessToken {
    /// An ID token is not read, which names nobody here, and a refresh token is dropped: RFC 6749 §4.4.3 has none, and the
    /// client's credentials are good for the next access token.
    fn receipt(members: &Members, now: UnixTime) -> Result<Self, Error> {
        let expires_in = members.seconds("expires_in")?;
        Ok(Self {
            access_token: members.bearer_token()?,
            scope: members.scope()?,
            expires_at: expires_in.map(|seconds| now.plus(seconds)),
        })
    }

    /// The access token, for the one place that sends it.
    pub fn expose(&self) -> &str {
        self.access_token.expose()
    }

    /// The scope that was granted, if it isn't the one that was asked for. RFC 6749 §5.1.
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// When it expires, if the provider says so. RFC 6749 §5.1, `expires_in`.
    pub fn expires_at(&self) -> Option<UnixTime> {
        self.expires_at
    }
}

/// The access token in the answer to `request`, which came at `now`, or the provider's OAuth error.
pub fn process_client_credentials_response(
    request: &HttpRequest,
    response: &HttpResponse,
    now: UnixTime,
) -> Result<ClientAccessToken, Error> {
    // RFC 6749 §5.2: errors come with 400, or 401 for a client that isn't who it says.
    if matches!(response.status, 400 | 401) {
        return Err(refusal(read_error(request, response, Endpoint::Token)?));
    }
    ClientAccessToken::receipt(&Members::of(response)?, now)
}

/// The provider's error, sorted by who must act. RFC 6749 §5.2, RFC 8707 §2.
fn refusal(error: ProviderError) -> Error {
    let ProviderError {
        name,
        error,
        description,
    } = error;
    match name.as_str() {
        "invalid_client" => Configuration::InvalidClient { description }.into(),
        "unauthorized_client" | "unsupported_grant_type" => {
            Configuration::ClientCredentialsNotAllowed { error, description }.into()
        }
        "invalid_scope" => Configuration::InvalidScope { description }.into(),
        "invalid_target" => Configuration::InvalidTarget { description }.into(),
        _ => Refused::TokenError { error, description }.into(),
    }
}
