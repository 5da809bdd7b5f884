//! The proxy variables of the environment: which proxy a request goes through, if any.

use std::net::IpAddr;

use relyant_oidc::transport::is_loopback;
use ureq::{Proxy, ProxyProtocol};
use url::{Host, Url};

/// The proxies that the environment names, as curl reads it: `https_proxy`, `http_proxy`, `all_proxy`, `no_proxy`.
///
/// Names in capitals count too, after those in small letters; `HTTP_PROXY` in capitals doesn't, since a CGI server makes a
/// variable of that name from a visitor's `Proxy` header. Loopback is never reached through a proxy.
#[derive(Debug, Default)]
pub(crate) struct Proxies {
    https: Option<ConfiguredProxy>,
    http: Option<ConfiguredProxy>,
    direct: Vec<DirectRule>,
}

/// A variable's proxy, or the name of the variable that holds something else.
type ConfiguredProxy = Result<Proxy, UnusableProxy>;

/// The variable whose value isn't the address of an HTTP proxy. The value may hold a password and is not repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnusableProxy {
    pub(crate) variable: &'static str,
}

impl Proxies {
    /// The proxies of this process's environment.
    pub(crate) fn from_environment() -> Self {
        // A variable that isn't Unicode is as good as none.
        Self::from_variables(|name| std::env::var(name).ok())
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let first =
            |names: &[&'static str]| names.iter().find_map(|name| Some((*name, set(name)?)));
        let proxy = |names: &[&'static str]| {
            first(names).map(|(variable, value)| parse_proxy(variable, &value))
        };
        let direct = first(&["no_proxy", "NO_PROXY"]).map_or_else(String::new, |(_, value)| value);
        Self {
            https: proxy(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
            http: proxy(&["http_proxy", "all_proxy", "ALL_PROXY"]),
            direct: direct
                .split([',', ' '])
                .filter_map(DirectRule::parse)
                .collect(),
        }
    }

    /// The proxy for `url`; `None` where it is reached directly.
    pub(crate) fn for_url(&self, url: &Url) -> Result<Option<Proxy>, UnusableProxy> {
        let proxy = if url.scheme() == "https" {
            &self.https
        } else {
            &self.http
        };
        match proxy {
            Some(proxy) if !self.is_direct(url) => proxy.clone().map(Some),
            _ => Ok(None),
        }
    }

    fn is_direct(&self, url: &Url) -> bool {
        is_loopback(url) || self.direct.iter().any(|rule| rule.matches(url))
    }
}

fn parse_proxy(variable: &'static str, value: &str) -> ConfiguredProxy {
    let proxy = Proxy::new(value).map_err(|_| UnusableProxy { variable })?;
    // A SOCKS proxy that is passed over in silence would be a direct connection that the operator doesn't want.
    match proxy.protocol() {
        ProxyProtocol::Http | ProxyProtocol::Https => Ok(proxy),
        _ => Err(UnusableProxy { variable }),
    }
}

/// One entry of `no_proxy`.
#[derive(Debug)]
enum DirectRule {
    /// `*`: all hosts.
    All,
    /// `example.com`, `.example.com` or `*.example.com`: the domain and all below it.
    Domain { name: String, port: Option<u16> },
    /// `10.1.2.3`, `[::1]:8080` or `10.0.0.0/8`: for hosts that are written as addresses.
    Network {
        base: IpAddr,
        prefix: u32,
        port: Option<u16>,
    },
}

impl DirectRule {
    fn parse(entry: &str) -> Option<Self> {
        let entry = entry.trim();
        if entry == "*" {
            return Some(Self::All);
        }
        if let Some((base, prefix)) = entry.split_once('/') {
            return Some(Self::Network {
                base: base.parse().ok()?,
                prefix: prefix.parse().ok()?,
                port: None,
            });
        }
        let (host, port) = split_port(entry);
        if let Ok(base) = host.trim_matches(['[', ']']).parse() {
            return Some(Self::Network {
                base,
                prefix: u32::MAX,
                port,
            });
        }
        let name = host
            .trim_start_matches('*')
            .trim_start_matches('.')
            .to_ascii_lowercase();
        (!name.is_empty()).then_some(Self::Domain { name, port })
    }

    fn matches(&self, url: &Url) -> bool {
        let same_port =
            |port: &Option<u16>| port.is_none_or(|port| url.port_or_known_default() == Some(port));
        match (self, url.host()) {
            (Self::All, _) => true,
            (Self::Domain { name, port }, Some(Host::Domain(host))) => {
                let above = host.strip_suffix(name.as_str());
                same_port(port)
                    && above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
            }
            (Self::Network { base, prefix, port }, Some(Host::Ipv4(address))) => {
                same_port(port) && in_network(address.into(), *base, *prefix)
            }
            (Self::Network { base, prefix, port }, Some(Host::Ipv6(address))) => {
                same_port(port) && in_network(address.into(), *base, *prefix)
            }
            _ => false,
        }
    }
}

/// `host:80` in two; an IPv6 address has a port only behind brackets.
fn split_port(entry: &str) -> (&str, Option<u16>) {
    match entry.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (entry, None),
        },
        _ => (entry, None),
    }
}

/// Whether the first `prefix` bits agree; more bits than there are means all.
fn in_network(address: IpAddr, base: IpAddr, prefix: u32) -> bool {
    let differing = match (address, base) {
        (IpAddr::V4(address), IpAddr::V4(base)) => {
            (address.to_bits() ^ base.to_bits()).leading_zeros().min(32)
        }
        (IpAddr::V6(address), IpAddr::V6(base)) => {
            (address.to_bits() ^ base.to_bits()).leading_zeros()
        }
        _ => return false,
    };
    let bits = if address.is_ipv4() { 32 } else { 128 };
    differing >= prefix.min(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(variables: &[(&str, &str)], url: &str) -> Result<Option<String>, UnusableProxy> {
        let value = |wanted: &str| variables.iter().find(|(name, _)| *name == wanted);
        let proxies =
            Proxies::from_variables(|name| value(name).map(|(_, value)| (*value).to_owned()));
        let proxy = proxies.for_url(&Url::parse(url).unwrap())?;
        Ok(proxy.map(|proxy| proxy.host().to_owned()))
    }

    #[test]
    fn the_scheme_chooses_the_variable() {
        let both = [
            ("https_proxy", "http://secure:3128"),
            ("http_proxy", "plain:3128"),
            ("ALL_PROXY", "http://any"),
        ];
        assert_eq!(
            chosen(&both, "https://op.example/"),
            Ok(Some("secure".to_owned()))
        );
        assert_eq!(
            chosen(&both, "http://keycloak/"),
            Ok(Some("plain".to_owned()))
        );
        assert_eq!(
            chosen(&both[2..], "https://op.example/"),
            Ok(Some("any".to_owned()))
        );
        assert_eq!(
            chosen(&[("HTTP_PROXY", "http://evil")], "http://keycloak/"),
            Ok(None)
        );
        assert_eq!(
            chosen(&[("https_proxy", "")], "https://op.example/"),
            Ok(None)
        );
    }

    #[test]
    fn loopback_is_never_reached_through_a_proxy() {
        let all = [("ALL_PROXY", "http://any:3128")];
        for url in [
            "http://localhost:8080/",
            "https://127.0.0.1/",
            "https://[::1]/",
        ] {
            assert_eq!(chosen(&all, url), Ok(None), "{url}");
        }
        let by_a_name = chosen(&all, "http://localhost.:8080/");
        assert_eq!(by_a_name, Ok(Some("any".to_owned())));
    }

    #[test]
    fn no_proxy_names_domains_addresses_and_networks() {
        let cases = [
            ("*", "https://op.example/", true),
            ("op.example", "https://op.example/", true),
            ("OP.example", "https://sso.op.example/", true),
            (".example", "https://op.example/", true),
            ("*.example", "https://op.example/", true),
            ("other, op.example", "https://op.example/", true),
            ("op.example:443", "https://op.example/", true),
            ("op.example:8443", "https://op.example/", false),
            ("p.example", "https://op.example/", false),
            ("op.example", "https://op.example.com/", false),
            ("10.1.2.3", "https://10.1.2.3/", true),
            ("10.1.2.3", "https://10.1.2.4/", false),
            ("10.0.0.0/8", "https://10.1.2.3/", true),
            ("10.0.0.0/8", "https://11.1.2.3/", false),
            ("0.0.0.0/0", "https://11.1.2.3/", true),
            ("fd00::/8", "https://[fd12::1]/", true),
            ("fd00::1", "https://[fd00::1]/", true),
            ("[fd00::1]:444", "https://[fd00::1]/", false),
            ("", "https://op.example/", false),
        ];
        for (no_proxy, url, direct) in cases {
            let chosen = chosen(
                &[("https_proxy", "http://any"), ("no_proxy", no_proxy)],
                url,
            )
            .unwrap();
            assert_eq!(chosen.is_none(), direct, "{no_proxy} {url}");
        }
    }

    #[test]
    fn a_proxy_of_another_kind_is_an_error_that_names_the_variable_alone() {
        for value in ["socks5://user:password@any:1080", "ftp://any", "::"] {
            let variable = "https_proxy";
            let chosen = chosen(&[(variable, value)], "https://op.example/");
            assert_eq!(chosen, Err(UnusableProxy { variable }), "{value}");
        }
    }
}
