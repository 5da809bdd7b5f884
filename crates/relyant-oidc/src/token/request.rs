//! The token request: the code and the code verifier, from us as a client. Core §3.1.3.1.

use url::{Url, form_urlencoded};

use super::client_authentication::{self, ClientAuthentication};
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
) -> Result<HttpRequest, Error> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "authorization_code")
        .append_pair("code", code.expose())
        .append_pair("redirect_uri", redirect_uri)
        .append_pair("code_verifier", login.code_verifier().expose());
    client_request(metadata.token_endpoint(), metadata, registration, form)
}

/// The request that sends `form` to `endpoint`, from us as a client.
pub(super) fn client_request(
    endpoint: &Url,
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
    mut form: form_urlencoded::Serializer<'_, String>,
) -> Result<HttpRequest, Error> {
    let mut authorization = None;
    let client_id = &registration.client_id;
    // RFC 6749 §2.3: one method of authentication in a request, not more.
    let method = ClientAuthentication::choose(metadata, registration)?;
    match (method, &registration.client_secret) {
        (Some(ClientAuthentication::Basic), Some(secret)) => {
            authorization = Some(client_authentication::basic(client_id, secret.expose()));
        }
        (Some(ClientAuthentication::Post), Some(secret)) => {
            form.append_pair("client_id", client_id)
                .append_pair("client_secret", secret.expose());
        }
        // RFC 6749 §3.2.1: a public client names itself.
        _ => {
            form.append_pair("client_id", client_id);
        }
    }
    let mut request = HttpRequest::post_form(endpoint, form.finish());
    request
        .headers
        .extend(authorization.map(|value| ("authorization", value)));
    Ok(request)
}
