//! How we prove at the token endpoint who we are. Core §9, RFC 6749 §2.3.1.

use url::form_urlencoded;

use crate::Error;
use crate::error::{Clipped, Configuration, Incompatible};
use crate::http::basic_credentials;
use crate::provider_metadata::ProviderMetadata;
use crate::registration::ClientRegistration;

/// A way to present the client secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuthentication {
    /// In the `Authorization` header: `client_secret_basic`.
    Basic,
    /// In the form: `client_secret_post`.
    Post,
}

impl ClientAuthentication {
    /// In order of preference: a header is logged less often than a body.
    const ALL: [Self; 2] = [Self::Basic, Self::Post];

    /// The registered name. Core §9.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Basic => "client_secret_basic",
            Self::Post => "client_secret_post",
        }
    }

    /// The method with the registered name `name`, as a setting gives it.
    pub fn from_name(name: &str) -> Result<Self, Error> {
        let known = Self::ALL.into_iter().find(|method| method.name() == name);
        known.ok_or_else(|| {
            Configuration::ClientAuthUnknown {
                got: Clipped::new(name),
            }
            .into()
        })
    }

    /// The registered choice, or the first method that the metadata offer; none for a public client.
    pub(crate) fn choose(
        metadata: &ProviderMetadata,
        registration: &ClientRegistration,
    ) -> Result<Option<Self>, Error> {
        if registration.client_secret.is_none() || registration.client_auth.is_some() {
            return Ok(registration.client_auth);
        }
        // Discovery §3, `token_endpoint_auth_methods_supported`: if omitted, client_secret_basic.
        let Some(offered) = metadata.token_endpoint_auth_methods() else {
            return Ok(Some(Self::Basic));
        };
        let is_offered = |method: &Self| offered.iter().any(|name| name == method.name());
        let got = Clipped::new(&offered.join(" "));
        let ours = Self::ALL.into_iter().find(is_offered);
        ours.map(Some)
            .ok_or_else(|| Incompatible::NoClientAuthentication { got }.into())
    }
}

/// The `Authorization` header of `client_secret_basic`.
///
/// Both parts are form-encoded before they are joined, so that a colon, a percent sign or a plus in
/// either survives. RFC 6749 §2.3.1 and Appendix B, RFC 7617 §2.
pub(super) fn basic(client_id: &str, client_secret: &str) -> String {
    basic_credentials(&form_encoded(client_id), &form_encoded(client_secret))
}

fn form_encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_6749_section_2_3_1() {
        assert_eq!(
            basic("s6BhdRkqt3", "7Fjfp0ZBr1KtDRbnfVdmIw"),
            "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3"
        );
    }

    // TK-05
    #[test]
    fn id_and_secret_are_form_encoded_first() {
        // a%3Ab:p%25%2B+ in base64.
        assert_eq!(basic("a:b", "p%+ "), "Basic YSUzQWI6cCUyNSUyQis=");
    }

    #[test]
    fn names_are_exact() {
        assert_eq!(
            ClientAuthentication::from_name("client_secret_post"),
            Ok(ClientAuthentication::Post)
        );
        for name in [
            "",
            "basic",
            "Client_Secret_Basic",
            "none",
            "private_key_jwt",
        ] {
            let got = Clipped::new(name);
            assert_eq!(
                ClientAuthentication::from_name(name),
                Err(Configuration::ClientAuthUnknown { got }.into())
            );
        }
    }
}
