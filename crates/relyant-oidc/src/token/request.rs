//! The token request: the code and the code verifier, from us as a client. Core §3.1.3.1.

use url::{Url, form_urlencoded};

use super::client_assertion::Freshness;
use super::client_authentication::ClientProof;
use crate::Error;
use crate::authorization::response::AuthorizationCode;
use crate::authorization::transaction::LoginTransaction;
use crate::http::HttpRequest;
use crate::provider_metadata::ProviderMetadata;
use crate::registration::ClientRegistration;

/// The request that exchanges `code` for tokens. Never repeat it: the code is used by it.
///
/// `redirect_uri` is the one of the authorization request. RFC 6749 §4.1.3, RFC 7636 §4.5.
pub fn token_request(
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
    redirect_uri: &str,
    code: &AuthorizationCode,
    login: &LoginTransaction,
    freshness: Freshness,
) -> Result<HttpRequest, Error> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "authorization_code")
        .append_pair("code", code.expose())
        .append_pair("redirect_uri", redirect_uri)
        .append_pair("code_verifier", login.code_verifier().expose());
    client_request(
        metadata.token_endpoint(),
        metadata,
        registration,
        freshness,
        form,
    )
}

/// The request that sends `form` to `endpoint`, from us as a client.
pub(crate) fn client_request(
    endpoint: &Url,
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
    freshness: Freshness,
    mut form: form_urlencoded::Serializer<'_, String>,
) -> Result<HttpRequest, Error> {
    let proof = ClientProof::choose(metadata, registration)?;
    let authorization = proof.show(metadata, &registration.client_id, freshness, &mut form)?;
    let mut request = HttpRequest::post_form(endpoint, form.finish());
    request
        .headers
        .extend(authorization.map(|value| ("authorization", value)));
    Ok(request)
}
