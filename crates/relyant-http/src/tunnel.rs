//! A way through an HTTP proxy: CONNECT, within the deadline and with a bounded answer.
//!
//! ureq's own connector grants the whole time anew to each read of the proxy's answer, so that a proxy that drips holds a
//! login, and a worker of the web server, for as long as it likes. Here each read has what is left.
//!
//! RFC 9110: <https://www.rfc-editor.org/rfc/rfc9110>

use std::fmt;
use std::io::{Read, Write};
use std::sync::Arc;

use relyant_oidc::http::basic_credentials;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, NextTimeout, Transport, TransportAdapter,
};
use ureq::{Error, Proxy};

use crate::client::USER_AGENT;
use crate::limits::MAX_PROXY_ANSWER_BYTES;
use crate::time_left::time_left;

/// Opens a tunnel where the request goes through a proxy; elsewhere the next connector has its turn.
pub(crate) struct TunnelConnector {
    /// How the proxy itself is reached: without a proxy.
    direct: Config,
}

/// Why there is no tunnel. It names the proxy's host alone: the address may hold a password.
#[derive(Debug)]
pub(crate) struct TunnelError {
    pub(crate) proxy: String,
    pub(crate) failure: TunnelFailure,
}

/// What went wrong on the way.
#[derive(Debug)]
pub(crate) enum TunnelFailure {
    /// The proxy can't be reached, or not in time.
    Exchange(Error),
    /// The proxy answered with a status other than 2xx.
    Refused { status: u16 },
    /// The proxy's answer is none that HTTP knows.
    Answer { reason: &'static str },
}

impl TunnelConnector {
    /// A connector that reaches proxies as `direct`, which names no proxy, says.
    pub(crate) fn new(direct: Config) -> Self {
        Self { direct }
    }

    fn open(
        &self,
        details: &ConnectionDetails,
        proxy: &Proxy,
    ) -> Result<TunnelTransport, TunnelFailure> {
        let mut socket = TransportAdapter::new(
            self.reach(details, proxy)?,
            Arc::clone(&details.current_time),
        );
        socket.set_timeout(time_left(details));
        let request = connect_request(details.uri, proxy)?;
        socket.write_all(request.as_bytes())?;
        let status = status_of(&read_head(&mut socket)?).ok_or(TunnelFailure::Answer {
            reason: "its answer is not HTTP",
        })?;
        // RFC 9110 §9.3.6: any 2xx means that a tunnel begins behind the head of the answer.
        if !(200..300).contains(&status) {
            return Err(TunnelFailure::Refused { status });
        }
        Ok(TunnelTransport(socket.into_inner()))
    }

    /// A connection to the proxy itself, in TLS where its address is https.
    fn reach(
        &self,
        details: &ConnectionDetails,
        proxy: &Proxy,
    ) -> Result<Box<dyn Transport>, Error> {
        let addrs = details
            .resolver
            .resolve(proxy.uri(), &self.direct, time_left(details))?;
        (details.run_connector)(&ConnectionDetails {
            uri: proxy.uri(),
            addrs,
            config: &self.direct,
            request_level: details.request_level,
            resolver: details.resolver,
            now: details.now,
            timeout: details.timeout,
            current_time: Arc::clone(&details.current_time),
            run_connector: Arc::clone(&details.run_connector),
            register_shutdown: Arc::clone(&details.register_shutdown),
        })
    }
}

/// RFC 9110 §9.3.6: host and port alone, the port always; §11.7.2 for the proxy's own credentials.
fn connect_request(target: &Uri, proxy: &Proxy) -> Result<String, Error> {
    let host = target.host().ok_or(Error::HostNotFound)?;
    let default = if target.scheme_str() == Some("https") {
        443
    } else {
        80
    };
    let port = target.port_u16().unwrap_or(default);
    let credentials = credentials(proxy)
        .map(|credentials| format!("Proxy-Authorization: {credentials}\r\n"))
        .unwrap_or_default();
    Ok(format!(
        "CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\nUser-Agent: {USER_AGENT}\r\n{credentials}\r\n"
    ))
}

/// The user name and the password of the proxy's address, where it has one of them.
fn credentials(proxy: &Proxy) -> Option<String> {
    let (name, password) = (proxy.username(), proxy.password());
    (name.is_some() || password.is_some())
        .then(|| basic_credentials(name.unwrap_or_default(), password.unwrap_or_default()))
}

/// The answer up to the blank line that ends its head, and not a byte more: what comes then is the destination's.
fn read_head(socket: &mut impl Read) -> Result<Vec<u8>, TunnelFailure> {
    let mut head = Vec::new();
    let mut byte = [0];
    while head.len() < MAX_PROXY_ANSWER_BYTES {
        if socket.read(&mut byte)? == 0 {
            let reason = "it closed the connection before its answer was complete";
            return Err(TunnelFailure::Answer { reason });
        }
        head.extend(byte);
        // RFC 9112 §2.2: a line may end with LF alone.
        if head.ends_with(b"\n\r\n") || head.ends_with(b"\n\n") {
            return Ok(head);
        }
    }
    let reason = "it answered with too many or too long headers";
    Err(TunnelFailure::Answer { reason })
}

/// RFC 9112 §4: `HTTP/1.1 200 OK`, with a reason or without.
fn status_of(head: &[u8]) -> Option<u16> {
    let head = String::from_utf8_lossy(head);
    let line = head.lines().next()?;
    let rest = ["HTTP/1.1 ", "HTTP/1.0 "]
        .into_iter()
        .find_map(|version| line.strip_prefix(version))?;
    let (status, reason) = rest.split_at_checked(3)?;
    let is_status = status.bytes().all(|byte| byte.is_ascii_digit());
    let ends = reason.is_empty() || reason.starts_with(' ');
    (is_status && ends).then(|| status.parse().ok())?
}

impl<In: Transport> Connector<In> for TunnelConnector {
    type Out = Either<In, TunnelTransport>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let (None, Some(proxy)) = (&chained, details.config.proxy()) else {
            return Ok(chained.map(Either::A));
        };
        let opened = self.open(details, proxy).map_err(|failure| {
            let proxy = proxy.host().to_owned();
            Error::Other(Box::new(TunnelError { proxy, failure }))
        });
        opened.map(Either::B).map(Some)
    }
}

impl fmt::Debug for TunnelConnector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TunnelConnector")
            .finish_non_exhaustive()
    }
}

/// A connection through a proxy: whatever the way to the proxy is, there is no TLS to the destination yet.
pub(crate) struct TunnelTransport(Box<dyn Transport>);

impl Transport for TunnelTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.0.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        false
    }
}

impl fmt::Debug for TunnelTransport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TunnelTransport")
            .finish_non_exhaustive()
    }
}

impl fmt::Display for TunnelError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "no way through the proxy `{}`", self.proxy)
    }
}

impl std::error::Error for TunnelError {}

impl From<Error> for TunnelFailure {
    fn from(error: Error) -> Self {
        Self::Exchange(error)
    }
}

impl From<std::io::Error> for TunnelFailure {
    fn from(error: std::io::Error) -> Self {
        Self::Exchange(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 9112 §2.2, §4
    #[test]
    fn the_status_is_that_of_the_first_line_alone() {
        for (head, status) in [
            ("HTTP/1.1 200 Connection established\r\n\r\n", Some(200)),
            ("HTTP/1.0 200\r\n\r\n", Some(200)),
            ("HTTP/1.1 407 \r\nX: 200\r\n\r\n", Some(407)),
            ("HTTP/1.1 502 Bad Gateway\n\n", Some(502)),
            ("HTTP/2 200\r\n\r\n", None),
            ("HTTP/1.1 2000\r\n\r\n", None),
            ("HTTP/1.1 +20\r\n\r\n", None),
            ("HTTP/1.1 20\r\n\r\n", None),
            ("SSH-2.0-OpenSSH_9.9\r\n\r\n", None),
            ("\r\nHTTP/1.1 200\r\n\r\n", None),
        ] {
            assert_eq!(status_of(head.as_bytes()), status, "{head:?}");
        }
    }

    #[test]
    fn not_a_byte_behind_the_head_is_read() {
        for head in ["HTTP/1.1 200 OK\r\nVia: a\r\n\r\n", "HTTP/1.1 200 OK\n\n"] {
            let text = format!("{head}TLS");
            let mut answer = text.as_bytes();
            assert_eq!(read_head(&mut answer).unwrap(), head.as_bytes());
            assert_eq!(answer, b"TLS");
        }
    }

    // FT-15
    // RFC 9110 §9.3.6
    #[test]
    fn a_head_ends_within_its_limit() {
        let head =
            |length: usize| format!("HTTP/1.1 200 OK\r\n{}\r\n\r\n", "a".repeat(length - 21));
        let longest = head(MAX_PROXY_ANSWER_BYTES);
        assert_eq!(
            read_head(&mut longest.as_bytes()).unwrap().len(),
            MAX_PROXY_ANSWER_BYTES
        );
        let longer = head(MAX_PROXY_ANSWER_BYTES + 1);
        assert!(matches!(
            read_head(&mut longer.as_bytes()),
            Err(TunnelFailure::Answer { .. })
        ));
    }
}
