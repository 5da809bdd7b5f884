//! How we prove at the token endpoint who we are. Core §9, RFC 6749 §2.3.1.

use url::form_urlencoded;

use super::client_assertion::{self, AssertionKey, Freshness};
use crate::Error;
use crate::error::{Clipped, Configuration, Incompatible};
use crate::http::basic_credentials;
use crate::provider_metadata::ProviderMetadata;
use crate::registration::ClientRegistration;
use crate::secret::Secret;

/// A way to show who the client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuthentication {
    /// With a JWT that the client's private key signs: `private_key_jwt`.
    KeyJwt,
    /// With the secret in the `Authorization` header: `client_secret_basic`.
    Basic,
    /// With the secret in the form: `client_secret_post`.
    Post,
    /// With a JWT that the secret authenticates: `client_secret_jwt`.
    SecretJwt,
    /// With nothing but its id: `none`, a public client.
    Public,
}

impl ClientAuthentication {
    /// In order of preference: a private key never leaves us, and a header is logged less often than a body.
    const ALL: [Self; 5] = [
        Self::KeyJwt,
        Self::Basic,
        Self::Post,
        Self::SecretJwt,
        Self::Public,
    ];

    /// The registered name. Core §9.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::KeyJwt => "private_key_jwt",
            Self::Basic => "client_secret_basic",
            Self::Post => "client_secret_post",
            Self::SecretJwt => "client_secret_jwt",
            Self::Public => "none",
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

    pub(crate) fn needs_secret(self) -> bool {
        matches!(self, Self::Basic | Self::Post | Self::SecretJwt)
    }

    /// Whether the client has what the method shows, and nothing that it would leave out for no reason.
    fn suits(self, registration: &ClientRegistration) -> bool {
        let (secret, key) = (
            registration.client_secret.is_some(),
            !registration.client_keys.is_empty(),
        );
        match self {
            Self::KeyJwt => key,
            Self::Basic | Self::Post | Self::SecretJwt => secret,
            Self::Public => !secret && !key,
        }
    }

    /// The registered choice, or the first method that the metadata offer and the client can.
    fn choose(
        metadata: &ProviderMetadata,
        registration: &ClientRegistration,
    ) -> Result<Self, Error> {
        if let Some(registered) = registration.client_auth {
            return Ok(registered);
        }
        // Who has neither secret nor key was registered as a public client: there is nothing to choose from.
        if Self::Public.suits(registration) {
            return Ok(Self::Public);
        }
        // Discovery §3, `token_endpoint_auth_methods_supported`: if omitted, client_secret_basic.
        let silent = [Self::Basic.name().to_owned()];
        let offered = metadata.token_endpoint_auth_methods().unwrap_or(&silent);
        Self::ALL
            .into_iter()
            .filter(|method| method.suits(registration))
            .find(|method| offered.iter().any(|name| name == method.name()))
            .ok_or_else(|| {
                let got = Clipped::new(&offered.join(" "));
                Incompatible::NoClientAuthentication { got }.into()
            })
    }
}

/// A method with all that it shows, ready for a request.
pub(crate) enum ClientProof<'a> {
    Basic(&'a Secret),
    Post(&'a Secret),
    Assertion(AssertionKey<'a>),
    Public,
}

impl<'a> ClientProof<'a> {
    /// The proof that provider and registration agree on.
    pub(crate) fn choose(
        metadata: &ProviderMetadata,
        registration: &'a ClientRegistration,
    ) -> Result<Self, Error> {
        let secret = registration.client_secret.as_ref();
        let secret = || secret.ok_or(Configuration::ClientSecretMissing);
        Ok(
            match ClientAuthentication::choose(metadata, registration)? {
                ClientAuthentication::KeyJwt => {
                    let keys = &registration.client_keys;
                    Self::Assertion(AssertionKey::of_private(metadata, keys)?)
                }
                ClientAuthentication::Basic => Self::Basic(secret()?),
                ClientAuthentication::Post => Self::Post(secret()?),
                ClientAuthentication::SecretJwt => {
                    Self::Assertion(AssertionKey::of_secret(metadata, secret()?)?)
                }
                ClientAuthentication::Public => Self::Public,
            },
        )
    }

    /// Whether it goes into a header alone.
    pub(crate) fn is_basic(&self) -> bool {
        matches!(self, Self::Basic(_))
    }

    /// The method that it is a proof of.
    pub(crate) fn method(&self) -> ClientAuthentication {
        match self {
            Self::Basic(_) => ClientAuthentication::Basic,
            Self::Post(_) => ClientAuthentication::Post,
            Self::Assertion(AssertionKey::Secret(_)) => ClientAuthentication::SecretJwt,
            Self::Assertion(AssertionKey::Private(..)) => ClientAuthentication::KeyJwt,
            Self::Public => ClientAuthentication::Public,
        }
    }

    /// Puts the proof into the form; what belongs into the `Authorization` header comes back.
    ///
    /// RFC 6749 §2.3: one method of authentication in a request, not more.
    pub(super) fn show(
        &self,
        metadata: &ProviderMetadata,
        client_id: &str,
        freshness: Freshness,
        form: &mut form_urlencoded::Serializer<'_, String>,
    ) -> Result<Option<String>, Error> {
        if let Self::Basic(secret) = self {
            return Ok(Some(basic(client_id, secret.expose())));
        }
        // RFC 6749 §3.2.1: a public client names itself; beside a secret or an assertion the id may stand too
        // (RFC 6749 §2.3.1, RFC 7521 §4.2).
        form.append_pair("client_id", client_id);
        match self {
            Self::Post(secret) => {
                form.append_pair("client_secret", secret.expose());
            }
            Self::Assertion(key) => {
                let assertion = key.assertion(client_id, metadata.issuer(), freshness)?;
                form.append_pair("client_assertion_type", client_assertion::TYPE)
                    .append_pair("client_assertion", &assertion);
            }
            Self::Basic(_) | Self::Public => {}
        }
        Ok(None)
    }
}

/// The `Authorization` header of `client_secret_basic`.
///
/// Both parts are form-encoded before they are joined, so that a colon, a percent sign or a plus in
/// either survives. RFC 6749 §2.3.1 and Appendix B, RFC 7617 §2.
fn basic(client_id: &str, client_secret: &str) -> String {
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
    // RFC 6749 Appendix B
    #[test]
    fn id_and_secret_are_form_encoded_first() {
        // a%3Ab:p%25%2B+ in base64.
        assert_eq!(basic("a:b", "p%+ "), "Basic YSUzQWI6cCUyNSUyQis=");
    }

    #[test]
    fn names_are_exact() {
        for method in ClientAuthentication::ALL {
            assert_eq!(ClientAuthentication::from_name(method.name()), Ok(method));
        }
        for name in [
            "",
            "basic",
            "Client_Secret_Basic",
            "None",
            "private_key_jwt ",
            "tls_client_auth",
        ] {
            let got = Clipped::new(name);
            assert_eq!(
                ClientAuthentication::from_name(name),
                Err(Configuration::ClientAuthUnknown { got }.into())
            );
        }
    }
}
