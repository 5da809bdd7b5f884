//! Discovery: from an issuer to its metadata. Discovery §4.

use relyant_jose::json::{Object, Value};
use url::Url;

use crate::{
    Error,
    error::{Clipped, Configuration, Incompatible, Misbehaved},
    http::{Endpoint, HttpRequest, HttpResponse},
    issuer::Issuer,
    provider_metadata::ProviderMetadata,
    transport::TransportRules,
};

/// The request for the issuer's metadata. Discovery §4.1.
pub fn discovery_request(issuer: &Issuer) -> HttpRequest {
    HttpRequest::get(issuer.metadata_url())
}

/// The metadata in the answer, once its issuer, its endpoints and its abilities fit.
pub fn process_discovery_response(
    issuer: &Issuer,
    rules: &TransportRules,
    response: &HttpResponse,
) -> Result<ProviderMetadata, Error> {
    if response.status == 404 {
        let url = Clipped::new(issuer.metadata_url().as_str());
        return Err(Configuration::NoMetadataAtIssuer { url }.into());
    }
    // Discovery §4.2: 200 and application/json.
    let document = Document {
        members: response.json_object(Endpoint::Metadata)?,
        rules,
    };
    document.check_issuer(issuer)?;
    document.check_abilities()?;
    Ok(ProviderMetadata {
        issuer: issuer.clone(),
        authorization_endpoint: document.endpoint("authorization_endpoint")?,
        token_endpoint: document.endpoint("token_endpoint")?,
        jwks_uri: document.endpoint("jwks_uri")?,
        userinfo_endpoint: document.optional_endpoint("userinfo_endpoint")?,
        end_session_endpoint: document.optional_endpoint("end_session_endpoint")?,
        token_endpoint_auth_methods: document.names("token_endpoint_auth_methods_supported")?,
        id_token_signing_algs: document.names("id_token_signing_alg_values_supported")?,
        authorization_response_iss_parameter_supported: document
            .flag("authorization_response_iss_parameter_supported")?,
    })
}

/// A metadata document, read member by member with its type.
struct Document<'a> {
    members: Object,
    rules: &'a TransportRules,
}

impl Document<'_> {
    /// Discovery §4.3: the issuer must be identical to the one that was asked.
    fn check_issuer(&self, expected: &Issuer) -> Result<(), Error> {
        let got = self
            .text("issuer")?
            .ok_or(Misbehaved::MetadataMissing { name: "issuer" })?;
        if got == expected.as_str() {
            return Ok(());
        }
        let expected = Clipped::new(expected.as_str());
        Err(Configuration::IssuerMismatch {
            expected,
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
        // RFC 9126 §5 and RFC 9101 §10.5: such a provider refuses plain requests.
        for name in [
            "require_pushed_authorization_requests",
            "require_signed_request_object",
        ] {
            if self.flag(name)? {
                return Err(Incompatible::RequestFormRequired { name }.into());
            }
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

    fn endpoint(&self, name: &'static str) -> Result<Url, Error> {
        self.optional_endpoint(name)?
            .ok_or_else(|| Misbehaved::MetadataMissing { name }.into())
    }

    /// An endpoint's URL: absolute, no fragment (RFC 6749 §3.1, §3.2), https (Discovery §3).
    fn optional_endpoint(&self, name: &'static str) -> Result<Option<Url>, Error> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let invalid = || Misbehaved::MetadataEndpointInvalid {
            name,
            got: Clipped::new(text),
        };
        let url = Url::parse(text).map_err(|_| invalid())?;
        if !url.has_host()
            || url.fragment().is_some()
            || !url.username().is_empty()
            || url.password().is_some()
        {
            return Err(invalid().into());
        }
        if !self.rules.permits(&url) {
            return Err(Misbehaved::MetadataEndpointNotHttps {
                name,
                got: Clipped::new(text),
            }
            .into());
        }
        Ok(Some(url))
    }

    fn text(&self, name: &'static str) -> Result<Option<&str>, Misbehaved> {
        match self.members.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Misbehaved::MetadataType {
                name,
                expected: "a string",
            }),
        }
    }

    fn flag(&self, name: &'static str) -> Result<bool, Misbehaved> {
        match self.members.get(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(Misbehaved::MetadataType {
                name,
                expected: "a boolean",
            }),
        }
    }

    fn names(&self, name: &'static str) -> Result<Option<Vec<String>>, Misbehaved> {
        let wrong = Misbehaved::MetadataType {
            name,
            expected: "a list of strings",
        };
        match self.members.get(name) {
            None => Ok(None),
            Some(Value::Array(members)) => {
                let names: Option<Vec<_>> = members
                    .iter()
                    .map(|it| it.as_str().map(str::to_owned))
                    .collect();
                names.ok_or(wrong).map(Some)
            }
            Some(_) => Err(wrong),
        }
    }
}
