//! The provider's metadata, as far as a relying party uses them. Discovery §3.

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::json::{Object, Value};
use url::Url;

use crate::Error;
use crate::error::{Clipped, Configuration, Incompatible, Misbehaved};
use crate::issuer::Issuer;
use crate::json_type::{json_type, texts};
use crate::strict_url;
use crate::transport::TransportRules;

/// The metadata of one provider: its issuer is the configured one, its endpoints are safe to call.
///
/// Made by [`process_discovery_response`](crate::discovery::process_discovery_response) only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderMetadata {
    issuer: Issuer,
    authorization_endpoint: Url,
    token_endpoint: Url,
    jwks_uri: Url,
    userinfo_endpoint: Option<Url>,
    end_session_endpoint: Option<Url>,
    revocation_endpoint: Option<Url>,
    introspection_endpoint: Option<Url>,
    pushed_authorization_request_endpoint: Option<Url>,
    require_pushed_authorization_requests: bool,
    response_modes: Option<Vec<String>>,
    token_endpoint_auth_methods: Option<Vec<String>>,
    /// Judged where it is needed: who shows a plain secret doesn't ask for it.
    token_endpoint_auth_signing_algs: Result<Option<Vec<String>>, Misbehaved>,
    id_token_signing_algs: Option<Vec<String>>,
    userinfo_signing_algs: Option<Vec<String>>,
    introspection_endpoint_auth_methods: Option<Vec<String>>,
    introspection_signing_algs: Option<Vec<String>>,
    authorization_response_iss_parameter_supported: bool,
}

impl ProviderMetadata {
    /// The metadata that `members` hold, published by `issuer`.
    pub(crate) fn receipt(
        issuer: &Issuer,
        rules: &TransportRules,
        members: Object,
    ) -> Result<Self, Error> {
        let document = Document {
            members,
            rules,
            issuer,
        };
        document.check_issuer()?;
        document.check_abilities()?;
        Ok(Self {
            issuer: issuer.clone(),
            authorization_endpoint: document.endpoint("authorization_endpoint")?,
            token_endpoint: document.endpoint("token_endpoint")?,
            jwks_uri: document.endpoint("jwks_uri")?,
            userinfo_endpoint: document.optional_endpoint("userinfo_endpoint")?,
            end_session_endpoint: document.optional_endpoint("end_session_endpoint")?,
            revocation_endpoint: document.optional_endpoint("revocation_endpoint")?,
            introspection_endpoint: document.optional_endpoint("introspection_endpoint")?,
            pushed_authorization_request_endpoint: document.pushed_authorization_endpoint()?,
            require_pushed_authorization_requests: document.flag(REQUIRE_PUSHED)?,
            response_modes: document.names("response_modes_supported")?,
            token_endpoint_auth_methods: document.names("token_endpoint_auth_methods_supported")?,
            token_endpoint_auth_signing_algs: document
                .names("token_endpoint_auth_signing_alg_values_supported"),
            id_token_signing_algs: document.names("id_token_signing_alg_values_supported")?,
            userinfo_signing_algs: document.names("userinfo_signing_alg_values_supported")?,
            introspection_endpoint_auth_methods: document
                .names("introspection_endpoint_auth_methods_supported")?,
            introspection_signing_algs: document
                .names("introspection_signing_alg_values_supported")?,
            authorization_response_iss_parameter_supported: document
                .flag("authorization_response_iss_parameter_supported")?,
        })
    }

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

    /// Where tokens are revoked, if the provider has such an endpoint. RFC 8414 §2.
    pub fn revocation_endpoint(&self) -> Option<&Url> {
        self.revocation_endpoint.as_ref()
    }

    /// Where the provider tells what a token is, if it has such an endpoint. RFC 8414 §2.
    pub fn introspection_endpoint(&self) -> Option<&Url> {
        self.introspection_endpoint.as_ref()
    }

    /// The client authentication methods of the introspection endpoint, by their registered names; none where the metadata are
    /// silent. RFC 8414 §2.
    pub(crate) fn introspection_endpoint_auth_methods(&self) -> Option<&[String]> {
        self.introspection_endpoint_auth_methods.as_deref()
    }

    /// The signature algorithms of introspection answers that we know; none where the metadata are silent.
    ///
    /// RFC 9701 §7, `introspection_signing_alg_values_supported`.
    pub fn introspection_signature_algorithms(&self) -> Option<Vec<SignatureAlgorithm>> {
        let names = self.introspection_signing_algs.as_deref()?;
        let known = |name: &String| SignatureAlgorithm::from_name(name);
        Some(names.iter().filter_map(known).collect())
    }

    /// Where authorization requests are pushed, if the provider has such an endpoint. RFC 9126 §5.
    pub fn pushed_authorization_request_endpoint(&self) -> Option<&Url> {
        self.pushed_authorization_request_endpoint.as_ref()
    }

    /// Whether the provider takes pushed authorization requests alone. RFC 9126 §5.
    pub fn require_pushed_authorization_requests(&self) -> bool {
        self.require_pushed_authorization_requests
    }

    /// The ways in which an authorization response may come; none where the metadata are silent.
    ///
    /// Discovery §3, `response_modes_supported`.
    pub(crate) fn response_modes(&self) -> Option<&[String]> {
        self.response_modes.as_deref()
    }

    /// The client authentication methods of the token endpoint, by their registered names.
    ///
    /// None: the metadata are silent, which means `client_secret_basic`. Discovery §3.
    pub fn token_endpoint_auth_methods(&self) -> Option<&[String]> {
        self.token_endpoint_auth_methods.as_deref()
    }

    /// The algorithms that a client assertion may be signed with, by their names; none where the metadata are silent.
    ///
    /// Discovery §3, `token_endpoint_auth_signing_alg_values_supported`.
    pub(crate) fn token_endpoint_auth_signing_algs(&self) -> Result<Option<&[String]>, Error> {
        let algorithms = self.token_endpoint_auth_signing_algs.as_ref();
        Ok(algorithms.map_err(Clone::clone)?.as_deref())
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

    /// The signature algorithms of userinfo answers that we know; none where the metadata are silent.
    ///
    /// Discovery §3, `userinfo_signing_alg_values_supported`.
    pub fn userinfo_signature_algorithms(&self) -> Option<Vec<SignatureAlgorithm>> {
        let names = self.userinfo_signing_algs.as_deref()?;
        let known = |name: &String| SignatureAlgorithm::from_name(name);
        Some(names.iter().filter_map(known).collect())
    }

    /// The names of the signature algorithms, as the metadata have them. Discovery §3,
    /// `id_token_signing_alg_values_supported`.
    pub(crate) fn signature_algorithm_names(&self) -> Option<&[String]> {
        self.id_token_signing_algs.as_deref()
    }
}

/// Where `issuer` publishes its keys, by its metadata: all that is asked of one that nobody logs in at. Discovery §4.3.
pub(crate) fn read_jwks_uri(
    issuer: &Issuer,
    rules: &TransportRules,
    members: Object,
) -> Result<Url, Error> {
    let document = Document {
        members,
        rules,
        issuer,
    };
    document.check_issuer()?;
    document.endpoint("jwks_uri")
}

const REQUIRE_PUSHED: &str = "require_pushed_authorization_requests";

/// A metadata document, read member by member with its type.
struct Document<'a> {
    members: Object,
    rules: &'a TransportRules,
    /// The issuer that was asked.
    issuer: &'a Issuer,
}

impl Document<'_> {
    /// Discovery §4.3: the issuer must be identical to the one that was asked.
    fn check_issuer(&self) -> Result<(), Error> {
        let expected = self.issuer.in_metadata();
        let got = self
            .text("issuer")?
            .ok_or(Misbehaved::MetadataMissing { name: "issuer" })?;
        if got == expected {
            return Ok(());
        }
        Err(Configuration::IssuerMismatch {
            expected: Clipped::new(expected),
            got: Clipped::new(got),
        }
        .into())
    }

    /// Whether the provider can do the code flow with PKCE as we do it, where it says what it can.
    fn check_abilities(&self) -> Result<(), Error> {
        // RFC 9700 §2.1.1, §4.8: no fallback to `plain` or to no PKCE. Silence is not a refusal:
        // a provider ignores parameters that it doesn't know (RFC 6749 §3.1).
        self.must_offer("code_challenge_methods_supported", "S256", |got| {
            Incompatible::NoPkceS256 { got }
        })?;
        self.must_offer("response_types_supported", "code", |got| {
            Incompatible::NoCodeFlow { got }
        })?;
        self.must_offer("grant_types_supported", "authorization_code", |got| {
            Incompatible::NoCodeGrant { got }
        })?;
        // RFC 9101 §10.5: such a provider refuses requests without a signature.
        let name = "require_signed_request_object";
        if self.flag(name)? {
            return Err(Incompatible::RequestFormRequired { name }.into());
        }
        Ok(())
    }

    fn must_offer(
        &self,
        list: &'static str,
        needed: &str,
        otherwise: fn(Clipped) -> Incompatible,
    ) -> Result<(), Error> {
        match self.names(list)? {
            Some(offered) if !offered.iter().any(|name| name == needed) => {
                Err(otherwise(Clipped::new(&offered.join(" "))).into())
            }
            _ => Ok(()),
        }
    }

    /// RFC 9126 §5: who asks for pushed requests says where they go.
    fn pushed_authorization_endpoint(&self) -> Result<Option<Url>, Error> {
        let name = "pushed_authorization_request_endpoint";
        if self.flag(REQUIRE_PUSHED)? {
            return self.endpoint(name).map(Some);
        }
        self.optional_endpoint(name)
    }

    fn endpoint(&self, name: &'static str) -> Result<Url, Error> {
        self.optional_endpoint(name)?
            .ok_or_else(|| Misbehaved::MetadataMissing { name }.into())
    }

    /// An endpoint's URL: absolute, no fragment (RFC 6749 §3.1, §3.2), https (Discovery §3).
    fn optional_endpoint(&self, name: &'static str) -> Result<Option<Url>, Error> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let url =
            strict_url::parse(text).map_err(|reason| Misbehaved::MetadataEndpointInvalid {
                name,
                got: Clipped::new(text),
                reason,
            })?;
        if !self
            .rules
            .permits_endpoint(&url, self.issuer.metadata_url())
        {
            return Err(Misbehaved::MetadataEndpointNotHttps {
                name,
                got: Clipped::new(text),
            }
            .into());
        }
        Ok(Some(url))
    }

    fn text(&self, name: &'static str) -> Result<Option<&str>, Misbehaved> {
        self.typed(name, "a string", |value| {
            value.as_str().ok_or(json_type(value))
        })
    }

    fn flag(&self, name: &'static str) -> Result<bool, Misbehaved> {
        let flag = self.typed(name, "a boolean", |value| {
            value.as_bool().ok_or(json_type(value))
        })?;
        Ok(flag.unwrap_or(false))
    }

    fn names(&self, name: &'static str) -> Result<Option<Vec<String>>, Misbehaved> {
        self.typed(name, "a list of strings", texts)
    }

    fn typed<'a, T>(
        &'a self,
        name: &'static str,
        expected: &'static str,
        read: impl FnOnce(&'a Value) -> Result<T, &'static str>,
    ) -> Result<Option<T>, Misbehaved> {
        let value = self.members.get(name).map(read).transpose();
        value.map_err(|got| Misbehaved::MetadataType {
            name,
            expected,
            got,
        })
    }
}
