//! The provider's metadata, as far as a relying party uses them. Discovery §3.

use relyant_jose::algorithm::SignatureAlgorithm;
use url::Url;

use crate::issuer::Issuer;

/// The metadata of one provider: its issuer is the configured one, its endpoints are safe to call.
///
/// Made by [`process_discovery_response`](crate::discovery::process_discovery_response) only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderMetadata {
    pub(crate) issuer: Issuer,
    pub(crate) authorization_endpoint: Url,
    pub(crate) token_endpoint: Url,
    pub(crate) jwks_uri: Url,
    pub(crate) userinfo_endpoint: Option<Url>,
    pub(crate) end_session_endpoint: Option<Url>,
    pub(crate) token_endpoint_auth_methods: Option<Vec<String>>,
    pub(crate) id_token_signing_algs: Option<Vec<String>>,
    pub(crate) authorization_response_iss_parameter_supported: bool,
}

impl ProviderMetadata {
    /// Who the provider is.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Where the browser is sent to log in.
    pub fn authorization_endpoint(&self) -> &Url {
        &self.authorization_endpoint
    }

    /// Where a code is exchanged for tokens.
    pub fn token_endpoint(&self) -> &Url {
        &self.token_endpoint
    }

    /// Where the provider publishes its keys.
    pub fn jwks_uri(&self) -> &Url {
        &self.jwks_uri
    }

    /// Where claims about the person are read, if the provider has such an endpoint.
    pub fn userinfo_endpoint(&self) -> Option<&Url> {
        self.userinfo_endpoint.as_ref()
    }

    /// Where the browser is sent to log out, if the provider has such an endpoint.
    pub fn end_session_endpoint(&self) -> Option<&Url> {
        self.end_session_endpoint.as_ref()
    }

    /// The client authentication methods of the token endpoint, by their registered names.
    ///
    /// None: the metadata are silent, which means `client_secret_basic`. Discovery §3.
    pub fn token_endpoint_auth_methods(&self) -> Option<&[String]> {
        self.token_endpoint_auth_methods.as_deref()
    }

    /// Whether every authorization response carries `iss`. RFC 9207 §3.
    pub fn authorization_response_iss_parameter_supported(&self) -> bool {
        self.authorization_response_iss_parameter_supported
    }

    /// The signature algorithms that the provider uses and we know; RS256 where the metadata are
    /// silent.
    ///
    /// `none` and MACs are dropped here, since no [`SignatureAlgorithm`] stands for them.
    /// Core §3.1.3.7 (7), RFC 8725 §3.1.
    pub fn signature_algorithms(&self) -> Vec<SignatureAlgorithm> {
        match &self.id_token_signing_algs {
            Some(names) => names
                .iter()
                .filter_map(|name| SignatureAlgorithm::from_name(name))
                .collect(),
            None => vec![SignatureAlgorithm::Rs256],
        }
    }
}
