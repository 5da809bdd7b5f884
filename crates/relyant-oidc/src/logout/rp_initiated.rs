//! RP-initiated logout: where the browser is sent to end the provider's session too.

use url::Url;

use crate::Error;
use crate::authorization::request::add_to_query;
use crate::provider_metadata::ProviderMetadata;
use crate::registration::ClientRegistration;

/// How one provider is asked for a logout; the default is RP-Initiated Logout to the letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutForm {
    /// The parameter that says where the browser comes back.
    pub return_parameter: String,
    /// Whether the ID token goes along.
    pub id_token_hint: bool,
}

impl Default for LogoutForm {
    fn default() -> Self {
        Self {
            return_parameter: "post_logout_redirect_uri".to_owned(),
            id_token_hint: true,
        }
    }
}

/// The end-session URL, if the provider has such an endpoint.
///
/// An expired ID token is a fine hint; without one a provider asks the person first.
/// `client_id` is always sent, so that the provider can check the redirect URI without a hint;
/// `state` only where there is a redirect URI to bring it back to. RP-Initiated Logout §2.
pub fn end_session_url(
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
    id_token_hint: Option<&str>,
    post_logout_redirect_uri: Option<&str>,
    state: Option<&str>,
) -> Result<Option<Url>, Error> {
    let Some(endpoint) = metadata.end_session_endpoint() else {
        return Ok(None);
    };
    let form = &registration.logout;
    let parameters: Vec<(&str, &str)> = [
        ("client_id", Some(registration.client_id.as_str())),
        (
            "id_token_hint",
            id_token_hint.filter(|_| form.id_token_hint),
        ),
        (&form.return_parameter, post_logout_redirect_uri),
        ("state", post_logout_redirect_uri.and(state)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect();
    add_to_query(endpoint, "end_session_endpoint", &parameters).map(Some)
}
