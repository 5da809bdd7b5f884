//! The issuer identifier: who a provider says that it is, byte for byte.

use std::fmt;

use url::Url;

use crate::Error;
use crate::error::{Clipped, Configuration};
use crate::limits::MAX_ISSUER_BYTES;
use crate::strict_url;
use crate::tenants::{TenantRule, Tenants};
use crate::transport::TransportRules;

/// An issuer identifier as configured: a URL that is compared as text and never normalised.
///
/// `https://sso.example.com` and `https://sso.example.com/` are two issuers.
/// Core §1.2 (Issuer Identifier), Discovery §3.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Issuer {
    text: String,
    metadata_url: Url,
    tenants: Option<Tenants>,
}

impl Issuer {
    /// Parses an issuer: https (http where `rules` permit), a host, no query, no fragment.
    ///
    /// Text that a URL parser would mend on its way, and credentials, are refused.
    pub fn parse(text: &str, rules: &TransportRules) -> Result<Self, Error> {
        let invalid = |reason: &str| Configuration::IssuerInvalid {
            got: Clipped::without_credentials(text),
            reason: Clipped::new(reason),
        };
        if text.len() > MAX_ISSUER_BYTES {
            return Err(invalid(&format!("it is longer than {MAX_ISSUER_BYTES} bytes")).into());
        }
        // What is compared must be what is fetched.
        let url = strict_url::parse(text).map_err(|reason| invalid(reason.as_str()))?;
        if !(text.starts_with("https://") || text.starts_with("http://")) {
            return Err(invalid("it must begin with https://").into());
        }
        // Discovery §3, `issuer`: a URL with no query or fragment component.
        if text.contains('?') {
            return Err(invalid("it must have no query").into());
        }
        if !rules.permits(&url) {
            return Err(Configuration::IssuerNotHttps {
                got: Clipped::without_credentials(text),
            }
            .into());
        }
        // Discovery §4.1: a terminating slash is removed before the well-known path is appended.
        let base = text.strip_suffix('/').unwrap_or(text);
        let well_known = format!("{base}/.well-known/openid-configuration");
        let metadata_url =
            strict_url::parse(&well_known).map_err(|reason| invalid(reason.as_str()))?;
        Ok(Self {
            text: text.to_owned(),
            metadata_url,
            tenants: None,
        })
    }

    /// The same address for the tenants `allowed`, where it is that of all tenants of a provider that names them by `rule`.
    ///
    /// An address for all needs them, and any other refuses them.
    pub fn for_tenants(
        self,
        rule: Option<&TenantRule>,
        allowed: &[String],
    ) -> Result<Self, Configuration> {
        let tenants = Tenants::behind(&self.text, rule, allowed)?;
        Ok(Self { tenants, ..self })
    }

    /// What the metadata must say that the issuer is: this identifier, or a template where it is for several tenants.
    pub(crate) fn in_metadata(&self) -> &str {
        self.tenants.as_ref().map_or(&self.text, Tenants::template)
    }

    pub(crate) fn tenants(&self) -> Option<&Tenants> {
        self.tenants.as_ref()
    }

    /// The issuer `text` of one tenant, whose metadata are these.
    pub(crate) fn of_tenant(&self, text: &str) -> Self {
        Self {
            text: text.to_owned(),
            metadata_url: self.metadata_url.clone(),
            tenants: None,
        }
    }

    /// The identifier, byte for byte as it was configured.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Where the provider publishes its metadata. Discovery §4.1.
    pub fn metadata_url(&self) -> &Url {
        &self.metadata_url
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Issuer, Error> {
        Issuer::parse(text, &TransportRules::default())
    }

    #[test]
    fn the_metadata_url_follows_discovery_section_4_1() {
        for (issuer, expected) in [
            (
                "https://op.example",
                "https://op.example/.well-known/openid-configuration",
            ),
            (
                "https://op.example/",
                "https://op.example/.well-known/openid-configuration",
            ),
            (
                "https://op.example/realms/a",
                "https://op.example/realms/a/.well-known/openid-configuration",
            ),
            (
                "http://localhost:8080/a/",
                "http://localhost:8080/a/.well-known/openid-configuration",
            ),
            (
                "https://op.example/a//",
                "https://op.example/a//.well-known/openid-configuration",
            ),
        ] {
            let issuer = parse(issuer).unwrap();
            assert_eq!(issuer.metadata_url().as_str(), expected);
        }
    }

    #[test]
    fn a_trailing_slash_makes_another_issuer() {
        assert_ne!(
            parse("https://op.example").unwrap(),
            parse("https://op.example/").unwrap()
        );
    }

    // Core §1.2
    #[test]
    fn what_is_no_issuer_is_refused() {
        for text in [
            "",
            "op.example",
            "https://",
            "HTTPS://op.example",
            "https://op.example?a=b",
            "https://op.example#a",
            "https://op.example ",
            " https://op.example",
            "https://op\n.example",
            "https:\\\\op.example",
            "https://user:pass@op.example",
            "https://bücher.example",
            "file:///etc/passwd",
            "ftp://op.example",
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.code(), "configuration.issuer_invalid", "{text}");
        }
    }

    // DK-02
    #[test]
    fn what_a_parser_would_mend_is_refused_and_the_reason_named() {
        for (text, reason) in [
            ("https://op.example ", "blanks"),
            ("\thttps://op.example", "blanks"),
            ("https://op.exam\tple", "control characters"),
            ("https://op.example/\r\n", "control characters"),
            ("https://op.example\\a", "backslashes"),
            ("https:///op.example", "not an absolute URL with a host"),
            ("https:op.example", "not an absolute URL with a host"),
            ("https://carol@op.example", "no user name and no password"),
            ("https://:beer@op.example", "no user name and no password"),
            ("https://@op.example", "no user name and no password"),
            (
                "https://op.example/realms/%2e%2e/b",
                "it would be read as https://op.example/b",
            ),
            (
                "https://op.example/realms/..",
                "it would be read as https://op.example/",
            ),
            (
                "https://2130706433",
                "it would be read as https://127.0.0.1/",
            ),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.code(), "configuration.issuer_invalid", "{text:?}");
            assert!(error.to_string().contains(reason), "{text:?}: {error}");
        }
    }

    #[test]
    fn an_issuer_has_2048_bytes_at_most() {
        let of_length = |bytes: usize| format!("https://op.example/{}", "a".repeat(bytes - 19));
        assert!(parse(&of_length(2_048)).is_ok());
        let error = parse(&of_length(2_049)).unwrap_err();
        assert!(
            error.to_string().contains("longer than 2048 bytes"),
            "{error}"
        );
    }

    // OP-01
    #[test]
    fn a_password_in_it_is_not_repeated() {
        for text in [
            "https://carol:beer@op.example",
            "http://carol:beer@op.example",
            "https://carol:beer@op.example?a=b",
            " https://carol:beer@op.example",
            "carol:beer@op.example",
            "https://carol:be/beer@op.example",
            &format!("https://carol:beer@op.example/{}", "a".repeat(2_000)),
        ] {
            let error = parse(text).unwrap_err();
            assert!(!error.to_string().contains("beer"), "{error}");
        }
    }

    // DK-02
    #[test]
    fn plain_http_is_refused() {
        let got = Clipped::new("http://op.example");
        assert_eq!(
            parse("http://op.example"),
            Err(Configuration::IssuerNotHttps { got }.into())
        );
    }
}
