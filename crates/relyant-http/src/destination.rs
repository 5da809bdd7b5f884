//! Where a request may go: to the hosts of the issuer and of its metadata, by https, and nowhere else.
//!
//! The operator configured the issuer, and so trusts its hosts and those that its metadata name, private addresses included:
//! many providers stand in the same network as the site. Addresses from visitors never get here,
//! and one from a token only where it is on the very origin of an issuer whose claims the operator chose to believe.

use relyant_oidc::Error;
use relyant_oidc::error::{Clipped, Configuration};
use relyant_oidc::issuer::Issuer;
use relyant_oidc::transport::TransportRules;
use url::{Origin, Url};

/// Why an address is not called that the transport rules don't permit.
const NOT_HTTPS: &str = "it is neither https nor on a host in ALLOW_INSECURE_HTTP_HOSTS";

/// The destinations of one provider.
#[derive(Debug)]
pub(crate) struct Destinations {
    issuer: Origin,
    rules: TransportRules,
    internal: Option<Url>,
}

/// How a request gets to its destination.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// Where the connection goes.
    pub(crate) url: Url,
    /// The `Host` to name, where it isn't that of `url`.
    pub(crate) host: Option<String>,
}

impl Destinations {
    /// The destinations of `issuer`.
    ///
    /// `internal` is an origin under which this server reaches the issuer's host, for networks in which the browser's address
    /// doesn't work. TLS then checks the certificate for the internal name.
    pub(crate) fn new(
        issuer: &Issuer,
        rules: TransportRules,
        internal: Option<Url>,
    ) -> Result<Self, Error> {
        if let Some(internal) = &internal {
            check_internal(internal, &rules)?;
        }
        Ok(Self {
            issuer: issuer.metadata_url().origin(),
            rules,
            internal,
        })
    }

    /// The way to `url`, which must be on the issuer's own origin or that of one of the `endpoints` of its metadata.
    pub(crate) fn route(&self, url: &Url, endpoints: &[&Url]) -> Result<Route, Error> {
        let forbidden = |reason| Configuration::DestinationForbidden {
            got: Clipped::without_credentials(url.as_str()),
            reason,
        };
        if !self.rules.permits(url) {
            return Err(forbidden(NOT_HTTPS).into());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(forbidden("it has a user name or a password").into());
        }
        let origin = url.origin();
        if origin == self.issuer {
            return Ok(self.route_to_issuer(url));
        }
        if endpoints.iter().any(|endpoint| endpoint.origin() == origin) {
            return Ok(Route {
                url: url.clone(),
                host: None,
            });
        }
        Err(forbidden("it is not on a host of the issuer or of its metadata").into())
    }

    fn route_to_issuer(&self, url: &Url) -> Route {
        let Some(internal) = &self.internal else {
            return Route {
                url: url.clone(),
                host: None,
            };
        };
        let mut rewritten = internal.clone();
        rewritten.set_path(url.path());
        rewritten.set_query(url.query());
        Route {
            url: rewritten,
            host: authority(url),
        }
    }
}

fn check_internal(internal: &Url, rules: &TransportRules) -> Result<(), Error> {
    let got = Clipped::without_credentials(internal.as_str());
    let is_origin = matches!(internal.path(), "" | "/")
        && internal.query().is_none()
        && internal.fragment().is_none()
        && internal.username().is_empty()
        && internal.password().is_none();
    if !is_origin || !matches!(internal.scheme(), "http" | "https") {
        let reason = Clipped::new("it has more than that, or another scheme");
        return Err(Configuration::InternalBaseUrlInvalid { got, reason }.into());
    }
    if !rules.permits(internal) {
        let reason = NOT_HTTPS;
        return Err(Configuration::DestinationForbidden { got, reason }.into());
    }
    Ok(())
}

/// Host and port as a `Host` header has them. RFC 9110 §7.2.
fn authority(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn destinations(internal: Option<&str>) -> Result<Destinations, Error> {
        let rules = TransportRules {
            allow_insecure_http_hosts: vec!["keycloak".to_owned()],
        };
        let issuer = Issuer::parse("https://sso.example:8443/realms/a", &rules).unwrap();
        Destinations::new(&issuer, rules, internal.map(url))
    }

    fn route(internal: Option<&str>, target: &str) -> Result<Route, Error> {
        let (jwks, userinfo) = (
            url("https://keys.example/jwks"),
            url("http://keycloak/userinfo"),
        );
        destinations(internal)
            .unwrap()
            .route(&url(target), &[&jwks, &userinfo])
    }

    // DK-05, TK-03, FT-17
    #[test]
    fn only_the_hosts_of_the_issuer_and_of_its_metadata_are_called() {
        for target in [
            "https://sso.example:8443/other",
            "https://keys.example/other",
            "http://keycloak/x",
        ] {
            assert_eq!(
                route(None, target),
                Ok(Route {
                    url: url(target),
                    host: None
                })
            );
        }
        for target in [
            "https://sso.example/",
            "https://169.254.169.254/latest",
            "https://[::ffff:127.0.0.1]/",
            "https://2130706433/",
            "https://keys.example.evil/jwks",
            "http://keys.example/jwks",
            "http://sso.example:8443/",
            "https://user@keys.example/jwks",
            "https://:password@keys.example/jwks",
            "https://keys.example@evil.example/",
            "file:///etc/passwd",
        ] {
            let error = route(None, target).unwrap_err();
            assert_eq!(
                error.code(),
                "configuration.destination_forbidden",
                "{target}"
            );
        }
    }

    #[test]
    fn the_issuer_is_reached_under_its_internal_address_and_public_name() {
        let expected = Route {
            url: url("http://keycloak:8080/realms/a/token?x=1"),
            host: Some("sso.example:8443".to_owned()),
        };
        let target = "https://sso.example:8443/realms/a/token?x=1";
        assert_eq!(route(Some("http://keycloak:8080"), target), Ok(expected));
        let other = "https://keys.example/jwks";
        assert_eq!(
            route(Some("http://keycloak:8080"), other),
            Ok(Route {
                url: url(other),
                host: None
            })
        );
    }

    // OP-01
    #[test]
    fn a_password_in_an_address_is_not_repeated() {
        for error in [
            destinations(Some("http://carol:beer@keycloak:8080/")).unwrap_err(),
            destinations(Some("http://carol:beer@other:8080/a")).unwrap_err(),
            route(None, "https://carol:beer@keys.example/jwks").unwrap_err(),
            route(None, "http://carol:beer@other.example/").unwrap_err(),
        ] {
            let shown = error.to_string();
            assert!(!shown.contains("beer") && shown.contains("***@"), "{shown}");
        }
    }

    #[test]
    fn an_internal_address_is_an_origin_and_permitted() {
        for (internal, code) in [
            (
                "http://keycloak:8080/auth",
                "configuration.internal_base_url_invalid",
            ),
            (
                "http://keycloak:8080/?a=b",
                "configuration.internal_base_url_invalid",
            ),
            (
                "http://user@keycloak:8080/",
                "configuration.internal_base_url_invalid",
            ),
            (
                "http://:password@keycloak:8080/",
                "configuration.internal_base_url_invalid",
            ),
            (
                "http://keycloak:8080/#a",
                "configuration.internal_base_url_invalid",
            ),
            ("ftp://keycloak/", "configuration.internal_base_url_invalid"),
            ("http://other:8080", "configuration.destination_forbidden"),
        ] {
            assert_eq!(
                destinations(Some(internal)).unwrap_err().code(),
                code,
                "{internal}"
            );
        }
        for internal in ["https://10.0.0.1:8443", "http://127.0.0.1:8080/"] {
            assert!(destinations(Some(internal)).is_ok(), "{internal}");
        }
    }
}
