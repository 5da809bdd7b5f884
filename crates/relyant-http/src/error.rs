//! Turns what went wrong on the network into the error that says who must act.

use std::io;

use relyant_oidc::Error;
use relyant_oidc::error::{Clipped, Configuration, Unavailable};
use rustls::CertificateError;

use crate::limits::MAX_BODY_BYTES;
use crate::proxy::UnusableProxy;
use crate::tls::CaFileError;

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
        ureq::Error::ConnectProxyFailed(reason) => {
            let reason = Clipped::new(&format!("the proxy refuses: {reason}"));
            Unavailable::Connect { host, reason }.into()
        }
        other => Unavailable::Protocol {
            host,
            reason: Clipped::new(&other.to_string()),
        }
        .into(),
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
        reason: Clipped::new(&format!("{error}{hint}")),
    }
    .into()
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
