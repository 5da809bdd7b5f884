//! Which schemes an address may have: https, and http where nobody is in between or the operator said so.

use url::{Host, Url};

/// The hosts that may be reached without TLS.
///
/// Loopback always may: its packets don't leave the machine. Any other host only if the operator
/// lists it, for networks of containers. OpenID Connect asks for TLS everywhere (Core §16.17,
/// RFC 9700 §2.6).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TransportRules {
    /// Host names without port, compared without regard to case.
    pub allow_insecure_http_hosts: Vec<String>,
}

impl TransportRules {
    /// Whether `url` may be fetched or sent to a browser: https, or http to a permitted host.
    pub fn permits(&self, url: &Url) -> bool {
        match url.scheme() {
            "https" => url.has_host(),
            "http" => is_loopback(url) || self.lists(url),
            _ => false,
        }
    }

    /// Whether `url` may be an endpoint of `issuer`: as [`Self::permits`], but where the issuer is
    /// https, by http to a listed host only.
    ///
    /// A provider with TLS whose endpoints are on this very machine without it is not a provider in
    /// development: whatever program listens there would be handed codes, secrets and tokens.
    pub(crate) fn permits_endpoint(&self, url: &Url, issuer: &Url) -> bool {
        self.permits(url)
            && (url.scheme() == "https" || issuer.scheme() == "http" || self.lists(url))
    }

    fn lists(&self, url: &Url) -> bool {
        url.host_str().is_some_and(|host| {
            self.allow_insecure_http_hosts
                .iter()
                .any(|listed| listed.eq_ignore_ascii_case(host))
        })
    }
}

/// Whether `url` names this very machine: `localhost`, 127.0.0.0/8 or `[::1]`.
///
/// Other names that resolve to loopback don't count, `localhost.` neither: the resolver is not ours.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permits(rules: &TransportRules, url: &str) -> bool {
        rules.permits(&Url::parse(url).unwrap())
    }

    // DK-02
    // Core §16.17, RFC 9700 §2.6
    #[test]
    fn http_is_for_loopback_and_listed_hosts_only() {
        let strict = TransportRules::default();
        let compose = TransportRules {
            allow_insecure_http_hosts: vec!["Keycloak".to_owned()],
        };
        for (url, by_default, when_listed) in [
            ("https://sso.example.com/", true, true),
            ("http://sso.example.com/", false, false),
            ("http://localhost:8080/", true, true),
            ("http://127.9.9.9/", true, true),
            ("http://[::1]:8080/", true, true),
            ("http://LOCALHOST/", true, true),
            ("http://localhost./", false, false),
            ("http://localhost.example.com/", false, false),
            ("http://127.0.0.1./", true, true),
            ("http://127.0.0.1.example.com/", false, false),
            ("http://10.0.0.1/", false, false),
            ("http://keycloak:8080/", false, true),
            ("http://keycloak./", false, false),
            ("http://keycloak.example.com/", false, false),
            ("ftp://localhost/", false, false),
            ("file:///etc/passwd", false, false),
        ] {
            assert_eq!(permits(&strict, url), by_default, "{url}");
            assert_eq!(
                permits(&compose, url),
                when_listed,
                "{url} with keycloak listed"
            );
        }
        assert!(!is_loopback(&Url::parse("data:,localhost").unwrap()));
    }
}
