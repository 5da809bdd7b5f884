//! This machine only: where the provider listens, and under which names it answers.

use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use url::{Host, Url};

/// An address to listen on that only this machine can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LoopbackAddress(IpAddr);

impl LoopbackAddress {
    /// 127.0.0.1, where the provider listens unless told otherwise.
    pub(crate) const IPV4: Self = Self(IpAddr::V4(Ipv4Addr::LOCALHOST));

    /// The address itself.
    pub(crate) fn ip(self) -> IpAddr {
        self.0
    }
}

/// An address that other machines could reach, or no address at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotLoopback {
    got: String,
}

impl std::fmt::Display for NotLoopback {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "the development provider listens on loopback addresses only (127.0.0.1, ::1), got `{}`",
            self.got
        )
    }
}

impl std::error::Error for NotLoopback {}

impl FromStr for LoopbackAddress {
    type Err = NotLoopback;

    fn from_str(text: &str) -> Result<Self, NotLoopback> {
        match text.parse::<IpAddr>() {
            Ok(address) if address.is_loopback() => Ok(Self(address)),
            _ => Err(NotLoopback {
                got: text.to_owned(),
            }),
        }
    }
}

impl std::fmt::Display for LoopbackAddress {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Whether a URL's host is this machine: a loopback address, or a name that never leaves it.
///
/// RFC 6761 §6.3 keeps `localhost` and the names below it on this machine.
pub(crate) fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// Refuses requests under a foreign name: one that a stranger's DNS server points at 127.0.0.1 arrives in `Host`.
pub(crate) async fn refuse_foreign_names(request: Request, next: Next) -> Response {
    if names_this_machine(request.headers()) {
        return next.run(request).await;
    }
    let why = "the development provider answers under loopback names only; the Host header names another\n";
    (StatusCode::FORBIDDEN, why).into_response()
}

/// Whether a browser says that a page of another origin sent this form; servers say nothing about it.
pub(crate) fn comes_from_another_origin(headers: &HeaderMap) -> bool {
    headers
        .get("sec-fetch-site")
        .is_some_and(|site| site != "same-origin" && site != "none")
}

fn names_this_machine(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return false;
    };
    let Ok(host) = host.to_str() else {
        return false;
    };
    Url::parse(&format!("http://{host}/")).is_ok_and(|url| {
        is_local(&url) && url.path() == "/" && url.username().is_empty() && url.password().is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_addresses_parse() {
        for good in ["127.0.0.1", "127.8.9.10", "::1"] {
            assert_eq!(
                good.parse::<LoopbackAddress>()
                    .map(|address| address.to_string()),
                Ok(good.to_owned())
            );
        }
        for bad in [
            "0.0.0.0",
            "::",
            "192.168.1.4",
            "169.254.169.254",
            "::ffff:127.0.0.1",
            "localhost",
            "",
        ] {
            assert_eq!(
                bad.parse::<LoopbackAddress>(),
                Err(NotLoopback {
                    got: bad.to_owned()
                })
            );
        }
    }

    #[test]
    fn only_loopback_hosts_are_answered() {
        let asked = |host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            names_this_machine(&headers)
        };
        for good in [
            "127.0.0.1:8080",
            "127.0.0.1",
            "localhost:9",
            "LOCALHOST",
            "beer.localhost:1",
            "[::1]:8080",
        ] {
            assert!(asked(good), "{good}");
        }
        for bad in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "127.0.0.1@evil.example",
            "evil.example@127.0.0.1",
            "127.0.0.1/x",
            "10.0.0.1",
            "notlocalhost",
            "[2001:db8::1]",
            "[::ffff:127.0.0.1]",
            ":secret@127.0.0.1",
            "",
        ] {
            assert!(!asked(bad), "{bad}");
        }
        assert!(!names_this_machine(&HeaderMap::new()));
    }

    #[test]
    fn two_hosts_name_none() {
        let mut headers = HeaderMap::new();
        for host in ["127.0.0.1", "evil.example"] {
            headers.append(header::HOST, host.parse().unwrap());
        }
        assert!(!names_this_machine(&headers));
    }

    #[test]
    fn a_browser_tells_where_a_form_came_from() {
        let from = |site: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("sec-fetch-site", site.parse().unwrap());
            comes_from_another_origin(&headers)
        };
        assert!(from("cross-site") && from("same-site"));
        assert!(!from("same-origin") && !from("none"));
        assert!(!comes_from_another_origin(&HeaderMap::new()));
    }
}
