//! RP-initiated logout: how the browser is sent to end the provider's session too.

use std::fmt;

use url::Url;

use crate::Error;
use crate::authorization::request::add_to_query;
use crate::limits::MAX_END_SESSION_URL_CHARS;
use crate::provider_metadata::ProviderMetadata;
use crate::registration::ClientRegistration;

/// How one provider is asked for a logout; the default is RP-Initiated Logout to the letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutForm {
    /// The parameter that says where the browser comes back.
    pub return_parameter: String,
    /// Whether it is told whose session it is.
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

/// What one logout tells the provider. RP-Initiated Logout §2.
#[derive(Clone, Copy, Default)]
pub struct LogoutParameters<'a> {
    /// The ID token of the session that ends. An expired one is a fine hint; without one a provider asks the person first.
    pub id_token_hint: Option<&'a str>,
    /// Who leaves, where no ID token says it: such as the session's `sid`.
    pub logout_hint: Option<&'a str>,
    /// Where the browser comes back.
    pub post_logout_redirect_uri: Option<&'a str>,
    /// What comes back with it, and goes along only where it comes back.
    pub state: Option<&'a str>,
}

/// How the browser is sent to the end-session endpoint. `Debug` redacts what it sends.
#[derive(Clone, PartialEq, Eq)]
pub enum EndSessionRequest {
    /// By a redirect to this address.
    Redirect(Url),
    /// By a form that it posts, since the address would grow too long. §2: providers take both.
    Form {
        /// Where the form goes.
        endpoint: Url,
        /// Its fields, in their order.
        fields: Vec<(String, String)>,
    },
}

impl EndSessionRequest {
    /// The address itself: whole for a redirect, without the parameters for a form.
    pub fn url(&self) -> &Url {
        match self {
            Self::Redirect(url) | Self::Form { endpoint: url, .. } => url,
        }
    }

    /// The fields of the form; none where it is a redirect.
    pub fn fields(&self) -> Option<&[(String, String)]> {
        match self {
            Self::Redirect(_) => None,
            Self::Form { fields, .. } => Some(fields),
        }
    }
}

impl fmt::Debug for EndSessionRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Redirect(_) => "Redirect",
            Self::Form { .. } => "Form",
        };
        write!(formatter, "EndSessionRequest::{name}(redacted)")
    }
}

/// How the browser is sent to the end-session endpoint, if the provider has one.
///
/// `client_id` is always sent, so that the provider can check the redirect URI without a hint. RP-Initiated Logout §2.
pub fn end_session_request(
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
    told: LogoutParameters<'_>,
) -> Result<Option<EndSessionRequest>, Error> {
    let Some(endpoint) = metadata.end_session_endpoint() else {
        return Ok(None);
    };
    let parameters = parameters(registration, told);
    let url = add_to_query(endpoint, "end_session_endpoint", &parameters)?;
    if url.as_str().len() <= MAX_END_SESSION_URL_CHARS {
        return Ok(Some(EndSessionRequest::Redirect(url)));
    }
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    Ok(Some(EndSessionRequest::Form {
        endpoint: endpoint.clone(),
        fields: parameters.into_iter().map(owned).collect(),
    }))
}

fn parameters<'a>(
    registration: &'a ClientRegistration,
    told: LogoutParameters<'a>,
) -> Vec<(&'a str, &'a str)> {
    let form = &registration.logout;
    let id_token_hint = told.id_token_hint.filter(|_| form.id_token_hint);
    // The ID token says more, and a provider must find both to mean the same.
    let logout_hint = told
        .logout_hint
        .filter(|_| form.id_token_hint && id_token_hint.is_none());
    [
        ("client_id", Some(registration.client_id.as_str())),
        ("id_token_hint", id_token_hint),
        ("logout_hint", logout_hint),
        (&form.return_parameter, told.post_logout_redirect_uri),
        ("state", told.post_logout_redirect_uri.and(told.state)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect()
}
