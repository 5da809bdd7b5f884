//! Us, as the provider knows us: the registered client.

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::mac::MacAlgorithm;

use crate::Error;
use crate::access_token::{AccessTokenProfile, AccessTokenRules};
use crate::authentic::mac_key;
use crate::authorization::options::AuthorizationOptions;
use crate::characters::{is_printable, is_scope_token};
use crate::client_key::ClientKey;
use crate::client_keys::ClientKeys;
use crate::decryption_keys::ClientDecryptionKeys;
use crate::error::{Clipped, Configuration};
use crate::logout::rp_initiated::LogoutForm;
use crate::secret::Secret;
use crate::tenants::TenantRule;
use crate::token::client_authentication::ClientAuthentication;

/// The protection without which an answer is refused; all of it is taken where it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RequiredProtection {
    /// Whether an ID token must be encrypted. Core §10.2.
    pub encrypted_id_token: bool,
    /// Whether a userinfo answer must be signed. Core §5.3.2.
    pub signed_userinfo: bool,
    /// Whether an introspection answer must be signed. RFC 9701 §5.
    pub signed_introspection: bool,
}

/// Whom an ID token may be for. Core §3.1.3.7 (3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IdTokenAudience {
    /// This client, and nobody else.
    #[default]
    Us,
    /// Other clients too, where `azp` says that it was issued to this one.
    UsAmongOthers,
}

/// The client, as it is registered at one provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientRegistration {
    /// The identifier that the provider gave us. RFC 6749 §2.2.
    pub client_id: String,
    /// The secret that came with it; none for a client with a key or a public one.
    pub client_secret: Option<Secret>,
    /// The client's private keys, whose public halves the provider knows; the first that it takes signs.
    pub client_keys: Vec<ClientKey>,
    /// How the client shows who it is; none: chosen from the metadata, a key before a secret and Basic before the form.
    pub client_auth: Option<ClientAuthentication>,
    /// The scopes to ask for; `openid` need not be among them.
    pub scopes: Vec<String>,
    /// What each authorization request asks for beside that.
    pub authorization: AuthorizationOptions,
    /// The algorithms that an ID token may be signed with; none: those of the metadata that we know,
    /// RS256 where the metadata are silent.
    pub id_token_algorithms: Option<Vec<SignatureAlgorithm>>,
    /// Set where ID tokens are authenticated with the client secret: by this algorithm, and by no signature. Core §10.1.
    pub id_token_mac_algorithm: Option<MacAlgorithm>,
    /// The algorithms that a userinfo answer may be signed with; none: those of the metadata that we know.
    pub userinfo_algorithms: Option<Vec<SignatureAlgorithm>>,
    /// The algorithms that an introspection answer may be signed with; none: those of the metadata that we know.
    pub introspection_algorithms: Option<Vec<SignatureAlgorithm>>,
    /// The keys that open what the provider encrypts to us.
    pub decryption_keys: ClientDecryptionKeys,
    /// What the provider's answers must be protected by.
    pub required: RequiredProtection,
    /// What the access tokens look like that people and clients present to us as a resource server.
    pub access_token_profile: AccessTokenProfile,
    /// Set where a JWT access token of this provider is a source of claims.
    pub claims_from_access_token: Option<AccessTokenRules>,
    /// Whether claims are read at the userinfo endpoint, where there is one.
    pub userinfo: bool,
    /// Whom its ID tokens may be for.
    pub id_token_audience: IdTokenAudience,
    /// The claim of an ID token that names the person's account; none: `sub` does.
    pub account_claim: Option<String>,
    /// How a logout is asked for.
    pub logout: LogoutForm,
    /// How the provider names its tenants, where it has such.
    pub tenant_rule: Option<TenantRule>,
    /// The tenants whose people may sign in, where the issuer is for several.
    pub tenants: Vec<String>,
}

impl ClientRegistration {
    /// A public client without wishes; what a provider registers besides its identifier is filled in.
    pub fn new(client_id: impl Into<String>) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret: None,
            client_keys: Vec::new(),
            client_auth: None,
            scopes: Vec::new(),
            authorization: AuthorizationOptions::default(),
            id_token_algorithms: None,
            id_token_mac_algorithm: None,
            userinfo_algorithms: None,
            introspection_algorithms: None,
            decryption_keys: ClientDecryptionKeys::default(),
            required: RequiredProtection::default(),
            access_token_profile: AccessTokenProfile::default(),
            claims_from_access_token: None,
            userinfo: true,
            id_token_audience: IdTokenAudience::default(),
            account_claim: None,
            logout: LogoutForm::default(),
            tenant_rule: None,
            tenants: Vec::new(),
        }
    }

    /// Says by names which algorithms an ID token may have; no name leaves it to the metadata.
    ///
    /// Core §3.1.3.7 (7), (8): a MAC only where it is named, and then alone (RFC 8725 §2.1).
    pub fn set_id_token_algorithms(&mut self, names: &[String]) -> Result<(), Configuration> {
        let macs: Vec<_> = names
            .iter()
            .filter_map(|name| MacAlgorithm::from_name(name))
            .collect();
        if let ([mac], [_]) = (macs.as_slice(), names) {
            self.id_token_mac_algorithm = Some(*mac);
            return Ok(());
        }
        if !macs.is_empty() {
            let got = Clipped::new(&names.join(" "));
            return Err(Configuration::IdTokenAlgorithmsMixed { got });
        }
        let signature = |name: &String| {
            SignatureAlgorithm::from_name(name).ok_or_else(|| {
                let got = Clipped::new(name);
                Configuration::IdTokenAlgorithmUnknown { got }
            })
        };
        let algorithms: Vec<_> = names.iter().map(signature).collect::<Result<_, _>>()?;
        self.id_token_algorithms = (!algorithms.is_empty()).then_some(algorithms);
        Ok(())
    }

    /// Takes the client's private keys, and those that the secret stands for where `secret_opens`.
    pub fn set_keys(&mut self, keys: ClientKeys, secret_opens: bool) {
        let mut decryption = keys.decryption;
        if let Some(secret) = self.client_secret.as_ref().filter(|_| secret_opens) {
            decryption.extend(ClientDecryptionKeys::of_secret(secret));
        }
        self.client_keys = keys.signing;
        self.decryption_keys = ClientDecryptionKeys::new(decryption);
    }

    /// Finds a registration that no provider could have made, before the first login does.
    pub fn check(&self) -> Result<(), Error> {
        // RFC 6749 A.1: client-id = *VSCHAR; an empty one names nobody.
        if !is_printable(&self.client_id) {
            return Err(Configuration::ClientIdInvalid {
                got: Clipped::new(&self.client_id),
            }
            .into());
        }
        self.check_credentials()?;
        self.authorization.check()?;
        if let Some(algorithm) = self.id_token_mac_algorithm {
            mac_key(self, algorithm)?;
        }
        match self.scopes.iter().find(|scope| !is_scope_token(scope)) {
            Some(scope) => Err(Configuration::ScopeInvalid {
                got: Clipped::new(scope),
            }
            .into()),
            None => Ok(()),
        }
    }

    fn check_credentials(&self) -> Result<(), Configuration> {
        let (secret, key) = (self.client_secret.as_ref(), !self.client_keys.is_empty());
        match self.client_auth {
            _ if secret.is_some_and(|secret| secret.expose().is_empty()) => {
                Err(Configuration::ClientSecretEmpty)
            }
            Some(method) if method.needs_secret() && secret.is_none() => {
                Err(Configuration::ClientSecretMissing)
            }
            Some(ClientAuthentication::KeyJwt) if !key => Err(Configuration::ClientKeyMissing),
            Some(ClientAuthentication::Public) if secret.is_some() || key => {
                Err(Configuration::ClientCredentialsUnused)
            }
            _ => Ok(()),
        }
    }

    /// The `typ` claim that the provider's access tokens have and its other tokens haven't, where it marks them so.
    pub(crate) fn access_token_mark(&self) -> Option<&str> {
        self.claims_from_access_token.as_ref()?.body_type.as_deref()
    }

    /// The value of the `scope` parameter: `openid` in front, nothing twice.
    ///
    /// Core §3.1.2.1: a request without `openid` is not one of OpenID Connect.
    pub(crate) fn scope(&self) -> String {
        let mut scopes = vec!["openid"];
        for scope in &self.scopes {
            if !scopes.contains(&scope.as_str()) {
                scopes.push(scope);
            }
        }
        scopes.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use relyant_jose::sign::SigningKey;

    use super::*;

    fn registration() -> ClientRegistration {
        ClientRegistration {
            client_secret: Some(Secret::new("beer-secret")),
            scopes: vec!["profile".to_owned()],
            ..ClientRegistration::new("beer")
        }
    }

    fn key() -> ClientKey {
        SigningKey::generate(SignatureAlgorithm::EdDsa, "beer-1")
            .unwrap()
            .into()
    }

    #[test]
    fn each_method_with_what_it_shows_can_be_registered() {
        let with =
            |client_secret: Option<&str>, key: Option<ClientKey>, client_auth| ClientRegistration {
                client_secret: client_secret.map(Secret::new),
                client_keys: key.into_iter().collect(),
                client_auth,
                ..registration()
            };
        for registration in [
            with(None, None, None),
            with(None, None, Some(ClientAuthentication::Public)),
            with(Some("s"), None, Some(ClientAuthentication::Basic)),
            with(Some("s"), Some(key()), Some(ClientAuthentication::Post)),
            with(Some("s"), None, Some(ClientAuthentication::SecretJwt)),
            with(None, Some(key()), Some(ClientAuthentication::KeyJwt)),
            with(None, Some(key()), None),
        ] {
            assert_eq!(registration.check(), Ok(()));
        }
    }

    // ID-06, ID-08
    #[test]
    fn a_mac_is_an_algorithm_where_it_stands_alone() {
        let set = |names: &[&str]| {
            let names: Vec<String> = names.iter().copied().map(str::to_owned).collect();
            let mut registration = registration();
            let result = registration.set_id_token_algorithms(&names);
            result.map_err(|error| error.code()).map(|()| {
                let signatures = registration.id_token_algorithms.map(|all| all.len());
                (registration.id_token_mac_algorithm, signatures)
            })
        };
        assert_eq!(set(&[]), Ok((None, None)));
        assert_eq!(set(&["RS256", "EdDSA"]), Ok((None, Some(2))));
        assert_eq!(set(&["HS384"]), Ok((Some(MacAlgorithm::Hs384), None)));
        for names in [&["HS256", "RS256"][..], &["HS256", "HS512"]] {
            assert_eq!(set(names), Err("configuration.id_token_algorithms_mixed"));
        }
        for name in ["none", "rs256", ""] {
            assert_eq!(
                set(&[name]),
                Err("configuration.id_token_algorithm_unknown")
            );
        }
    }

    #[test]
    fn openid_is_always_in_front_and_nothing_is_twice() {
        for (scopes, expected) in [
            (vec![], "openid"),
            (vec!["profile", "email"], "openid profile email"),
            (vec!["email", "openid", "email"], "openid email"),
        ] {
            let scopes = scopes.into_iter().map(str::to_owned).collect();
            assert_eq!(
                ClientRegistration {
                    scopes,
                    ..registration()
                }
                .scope(),
                expected
            );
        }
    }

    // RFC 6749 §2.2
    #[test]
    fn what_no_provider_could_have_registered_is_found_at_start() {
        assert_eq!(registration().check(), Ok(()));
        let with = |mutate: fn(&mut ClientRegistration)| {
            let mut registration = registration();
            mutate(&mut registration);
            registration.check().map_err(|error| error.code())
        };
        for (mutate, code) in [
            (
                (|it| it.client_id.clear()) as fn(&mut ClientRegistration),
                "configuration.client_id_invalid",
            ),
            (
                |it| it.client_id.push('\n'),
                "configuration.client_id_invalid",
            ),
            (
                |it| it.client_id.push('\u{7f}'),
                "configuration.client_id_invalid",
            ),
            (
                |it| it.client_id.push('ü'),
                "configuration.client_id_invalid",
            ),
            (
                |it| it.client_secret = Some(Secret::new("")),
                "configuration.client_secret_empty",
            ),
            (
                |it| {
                    it.client_secret = None;
                    it.client_auth = Some(ClientAuthentication::Basic);
                },
                "configuration.client_secret_missing",
            ),
            (
                |it| {
                    it.client_secret = None;
                    it.client_auth = Some(ClientAuthentication::SecretJwt);
                },
                "configuration.client_secret_missing",
            ),
            (
                |it| it.client_auth = Some(ClientAuthentication::KeyJwt),
                "configuration.client_key_missing",
            ),
            (
                |it| it.client_auth = Some(ClientAuthentication::Public),
                "configuration.client_credentials_unused",
            ),
            (
                |it| {
                    it.client_secret = None;
                    it.client_keys = vec![key()];
                    it.client_auth = Some(ClientAuthentication::Public);
                },
                "configuration.client_credentials_unused",
            ),
            (
                |it| it.scopes.push(String::new()),
                "configuration.scope_invalid",
            ),
            (
                |it| it.scopes.push("profile email".to_owned()),
                "configuration.scope_invalid",
            ),
            (
                |it| it.scopes.push("a\"b".to_owned()),
                "configuration.scope_invalid",
            ),
        ] {
            assert_eq!(with(mutate), Err(code));
        }
    }
}
