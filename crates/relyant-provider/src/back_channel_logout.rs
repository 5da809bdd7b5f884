//! Tells the client's server that a session has ended, and waits a moment for its word. Back-Channel Logout §2.5.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::str::FromStr;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::timeout;
use url::{Position, Url, form_urlencoded};

use crate::failure::Failure;
use crate::loopback::is_local;
use crate::provider::Provider;
use crate::store::Session;
use crate::{clock, logout_token};

/// How long the client's server has for its answer; a browser waits for it.
const PATIENCE: Duration = Duration::from_secs(3);
/// The bytes of an answer in which its status must be.
const LONGEST_STATUS_LINE: u64 = 512;

/// Where logout tokens of the client go: plain http on this computer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogoutUri(Url);

/// A URI that no logout token is sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnusableLogoutUri {
    got: String,
}

impl fmt::Display for UnusableLogoutUri {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "logout tokens go to plain http addresses of this computer only, such as \
             http://127.0.0.1:8000/logout/, got `{}`",
            self.got
        )
    }
}

impl std::error::Error for UnusableLogoutUri {}

impl FromStr for LogoutUri {
    type Err = UnusableLogoutUri;

    fn from_str(text: &str) -> Result<Self, UnusableLogoutUri> {
        let url = Url::parse(text).ok();
        // §2.2: it must have no fragment.
        let usable = url.filter(|url| {
            url.scheme() == "http"
                && is_local(url)
                && url.fragment().is_none()
                && url.username().is_empty()
                && url.password().is_none()
        });
        usable.map(Self).ok_or_else(|| UnusableLogoutUri {
            got: text.to_owned(),
        })
    }
}

/// A logout token that was made for a session, and what became of it.
pub(crate) struct Notice {
    /// The session that has ended.
    pub(crate) sid: String,
    /// The token.
    pub(crate) logout_token: String,
    /// The status that the client's server answered with; none where it has no address, or gave no answer in time.
    pub(crate) status: Option<u16>,
}

/// Makes the logout token of a session that has ended, and sends it where the client has an address for it.
pub(crate) async fn notify(provider: &Provider, session: &Session) -> Result<Notice, Failure> {
    let logout_token = logout_token::issue(provider, session, clock::now())?;
    let status = match provider.backchannel_logout_uri() {
        Some(uri) => status_of(uri, logout_token.clone()).await,
        None => None,
    };
    Ok(Notice {
        sid: session.sid.clone(),
        logout_token,
        status,
    })
}

async fn status_of(uri: LogoutUri, logout_token: String) -> Option<u16> {
    let sent = spawn_blocking(move || send(&uri.0, &logout_token));
    timeout(PATIENCE, sent).await.ok()?.ok()?.ok()
}

/// §2.5: a form with one parameter.
fn send(url: &Url, logout_token: &str) -> io::Result<u16> {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("logout_token", logout_token)
        .finish();
    let mut stream = connect(url)?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{form}",
        &url[Position::BeforePath..],
        &url[Position::BeforeHost..Position::AfterPort],
        form.len()
    )?;
    let mut line = Vec::new();
    BufReader::new(stream.take(LONGEST_STATUS_LINE)).read_until(b'\n', &mut line)?;
    status(&line).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// This computer alone, whatever its names resolve to.
fn connect(url: &Url) -> io::Result<TcpStream> {
    let mut refused = io::Error::from(io::ErrorKind::AddrNotAvailable);
    let addresses = url.socket_addrs(|| None)?;
    for address in addresses
        .iter()
        .filter(|address| address.ip().is_loopback())
    {
        match TcpStream::connect_timeout(address, PATIENCE) {
            Ok(stream) => return Ok(stream),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

/// RFC 9112 §4.
fn status(line: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(line).ok()?;
    text.split(' ').nth(1)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logout_tokens_stay_on_this_computer() {
        for good in [
            "http://127.0.0.1:8000/logout/",
            "http://localhost/",
            "http://[::1]:1/a?b=c",
        ] {
            assert!(good.parse::<LogoutUri>().is_ok(), "{good}");
        }
        for bad in [
            "https://127.0.0.1/",
            "http://sso.example/",
            "http://127.0.0.1.evil.example/",
            "http://u:p@127.0.0.1/",
            "http://127.0.0.1/#a",
            "/logout/",
            "",
        ] {
            let error = bad.parse::<LogoutUri>().unwrap_err();
            assert!(error.to_string().ends_with(&format!("got `{bad}`")));
        }
    }

    #[test]
    fn the_status_is_that_of_the_first_line() {
        assert_eq!(status(b"HTTP/1.1 204 No Content\r\n"), Some(204));
        assert_eq!(status(b"HTTP/1.0 400\n"), Some(400));
        for none in [&b""[..], b"HTTP/1.1", b"\xff 200", b"a b c"] {
            assert_eq!(status(none), None);
        }
    }
}
