//! Turns what went wrong on the network into the error that says who must act.

use std::io;

use relyant_oidc::Error;
use relyant_oidc::error::{Clipped, Configuration, TlsFault, Unavailable};
use rustls::CertificateError;

use crate::limits::MAX_BODY_BYTES;
use crate::proxy::UnusableProxy;
use crate::tls::CaFileError;
use crate::tunnel::{TunnelError, TunnelFailure};

/// The error of an exchange with `host` that had `seconds` in all.
pub(crate) fn from_exchange(error: ureq::Error, host: &str, seconds: u64) -> Error {
    let host = Clipped::new(host);
    match error {
        ureq::Error::Timeout(_) => Unavailable::Timeout { host, seconds }.into(),
        ureq::Error::HostNotFound => {
            let reason = Clipped::new("no address is known for it");
            Unavailable::NameResolution { host, reason }.into()
        }
        ureq::Error::Rustls(error) => tls(host, &error),
        ureq::Error::Io(error) => from_io(&error, host),
        ureq::Error::LargeResponseHeader(..) => Unavailable::HeadersTooLarge { host }.into(),
        // The type of this error isn't public; its text is all that tells it from the others.
        ureq::Error::Protocol(error) if error.to_string().contains("too many headers") => {
            Unavailable::HeadersTooLarge { host }.into()
        }
        ureq::Error::BodyExceedsLimit(_) => Unavailable::TooLarge {
            host,
            limit: MAX_BODY_BYTES,
        }
        .into(),
        ureq::Error::Other(error) => match error.downcast::<TunnelError>() {
            Ok(error) => from_tunnel(*error, host, seconds),
            Err(other) => broken(host, &other.to_string()),
        },
        other => broken(host, &other.to_string()),
    }
}

fn broken(host: Clipped, reason: &str) -> Error {
    let reason = Clipped::new(reason);
    Unavailable::Protocol { host, reason }.into()
}

/// The error of a way to `host` through a proxy. What is wrong with the proxy itself names it in the place of the host.
fn from_tunnel(error: TunnelError, host: Clipped, seconds: u64) -> Error {
    let proxy = Clipped::new(&error.proxy);
    match error.failure {
        TunnelFailure::Exchange(error) => from_exchange(error, proxy.as_str(), seconds),
        TunnelFailure::Answer { reason } => Unavailable::ProxyAnswer {
            proxy,
            host,
            reason,
        }
        .into(),
        TunnelFailure::Refused { status } => {
            // RFC 9110 §15.5.8: 407 asks for credentials, or for others.
            let hint = match status {
                407 => {
                    "; a user name and a password for it stand in the proxy variable, as in http://name:password@host"
                }
                _ => "",
            };
            Unavailable::ProxyRefused {
                proxy,
                host,
                status,
                hint,
            }
            .into()
        }
    }
}

fn from_io(error: &io::Error, host: Clipped) -> Error {
    if let Some(error) = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
    {
        return tls(host, error);
    }
    let reason = Clipped::new(&error.to_string());
    match error.kind() {
        io::ErrorKind::ConnectionRefused
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::AddrNotAvailable => Unavailable::Connect { host, reason }.into(),
        _ => Unavailable::Protocol { host, reason }.into(),
    }
}

fn tls(host: Clipped, error: &rustls::Error) -> Error {
    let hint = match error {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "; if it was issued by an authority of your own, name that authority's certificate in CA_FILE"
        }
        _ => "",
    };
    Unavailable::Tls {
        host,
        fault: tls_fault(error),
        reason: Clipped::new(&format!("{error}{hint}")),
    }
    .into()
}

fn tls_fault(error: &rustls::Error) -> TlsFault {
    let rustls::Error::InvalidCertificate(error) = error else {
        return TlsFault::Other;
    };
    match error {
        CertificateError::UnknownIssuer => TlsFault::UnknownAuthority,
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsFault::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            TlsFault::NotYetValid
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            TlsFault::WrongHost
        }
        _ => TlsFault::Other,
    }
}

/// Whether the provider itself can't be reached, in contrast to an answer that is refused.
pub(crate) fn is_outage(error: &Error) -> bool {
    matches!(
        error,
        Error::Unavailable(
            Unavailable::NameResolution { .. }
                | Unavailable::Connect { .. }
                | Unavailable::Tls { .. }
                | Unavailable::Timeout { .. }
                | Unavailable::Protocol { .. }
                | Unavailable::Status { .. }
                | Unavailable::ProxyRefused { .. }
                | Unavailable::ProxyAnswer { .. }
        )
    )
}

/// Whether the answer was that somebody sent too many requests. RFC 6585 §4.
pub(crate) fn is_too_many(error: &Error) -> bool {
    matches!(
        error,
        Error::Unavailable(Unavailable::Status { status: 429, .. })
    )
}

/// Whether a request that only reads may succeed when it is sent again at once.
///
/// A kept connection that just broke, or a server behind the balancer that just stopped; not one that asks for time.
pub(crate) fn is_worth_retrying(error: &Error) -> bool {
    matches!(
        error,
        Error::Unavailable(
            Unavailable::Protocol { .. }
                | Unavailable::Status {
                    // RFC 6585 §4: 429 asks for time, with a Retry-After or without.
                    status: 500..,
                    retry_after: None,
                    ..
                }
        )
    )
}

impl From<CaFileError> for Error {
    fn from(error: CaFileError) -> Self {
        let path = Clipped::new(&error.path.display().to_string());
        Configuration::CaFile {
            path,
            reason: Clipped::new(error.reason),
        }
        .into()
    }
}

impl From<UnusableProxy> for Error {
    fn from(error: UnusableProxy) -> Self {
        let reason = format!(
            "`{}` is not the address of an http or https proxy",
            error.variable
        );
        Configuration::ProxyInvalid {
            reason: Clipped::new(&reason),
        }
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tunnel_error(failure: TunnelFailure) -> Error {
        let proxy = "proxy.example".to_owned();
        let error = ureq::Error::Other(Box::new(TunnelError { proxy, failure }));
        from_exchange(error, "op.example", 5)
    }

    #[test]
    fn a_proxy_that_opens_no_way_is_an_outage_and_not_asked_again_at_once() {
        for failure in [
            TunnelFailure::Refused { status: 503 },
            TunnelFailure::Answer { reason: "why" },
        ] {
            let error = tunnel_error(failure);
            assert!(is_outage(&error), "{error}");
            assert!(!is_worth_retrying(&error), "{error}");
        }
    }

    #[test]
    fn a_proxy_out_of_reach_is_named_in_the_place_of_the_provider() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        for (error, code) in [
            (ureq::Error::HostNotFound, "unavailable.name_resolution"),
            (refused.into(), "unavailable.connect"),
            (
                ureq::Error::Timeout(ureq::Timeout::Global),
                "unavailable.timeout",
            ),
        ] {
            let error = tunnel_error(TunnelFailure::Exchange(error));
            assert_eq!(error.code(), code);
            assert!(error.to_string().contains("`proxy.example`"), "{error}");
        }
    }
}
