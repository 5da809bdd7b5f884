//! Requests of the provider's own: plain http to this computer, one answer, and no longer than a moment.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use url::{Position, Url, form_urlencoded};

use crate::loopback::is_local;

/// How long the client's server has for its answer; a browser may wait for it.
const PATIENCE: Duration = Duration::from_secs(3);
/// The bytes of an answer that are read; a set of keys has a few thousand.
const LONGEST_ANSWER: u64 = 64 * 1024;

/// An address of the client's server: plain http on this computer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct LocalUri(Url);

/// A URI that nothing is sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotLocal {
    got: String,
}

impl fmt::Display for NotLocal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "the client's server is asked at plain http addresses of this computer only, such as \
             http://127.0.0.1:8000/oidc/, got `{}`",
            self.got
        )
    }
}

impl std::error::Error for NotLocal {}

impl FromStr for LocalUri {
    type Err = NotLocal;

    fn from_str(text: &str) -> Result<Self, NotLocal> {
        let url = Url::parse(text).ok();
        // Back-Channel Logout §2.2: it must have no fragment.
        let usable = url.filter(|url| {
            url.scheme() == "http"
                && is_local(url)
                && url.fragment().is_none()
                && url.username().is_empty()
                && url.password().is_none()
        });
        usable.map(Self).ok_or_else(|| NotLocal {
            got: text.to_owned(),
        })
    }
}

impl TryFrom<String> for LocalUri {
    type Error = NotLocal;

    fn try_from(text: String) -> Result<Self, NotLocal> {
        text.parse()
    }
}

/// What came back: the status and the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    /// The body, cut to what is read of an answer.
    pub(crate) body: Vec<u8>,
}

impl LocalUri {
    /// The address with more parameters behind its own query.
    pub(crate) fn with_query(mut self, parameters: &[(&str, String)]) -> String {
        if !parameters.is_empty() {
            self.0.query_pairs_mut().extend_pairs(parameters);
        }
        self.0.into()
    }

    /// Posts a form with one parameter; none where no answer comes in time.
    pub(crate) async fn post(self, name: &str, value: &str) -> Option<Answer> {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair(name, value)
            .finish();
        let head = format!(
            "HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\
             Connection: close\r\n",
            form.len()
        );
        self.ask("POST", head, form).await
    }

    /// Gets what is there; none where no answer comes in time.
    ///
    /// As HTTP/1.0, to which no answer comes in chunks. RFC 9112 §6.1.
    pub(crate) async fn get(self) -> Option<Answer> {
        let head = "HTTP/1.0\r\n".to_owned();
        self.ask("GET", head, String::new()).await
    }

    async fn ask(self, method: &'static str, head: String, body: String) -> Option<Answer> {
        let asked = spawn_blocking(move || exchange(&self.0, method, &head, &body));
        timeout(PATIENCE, asked).await.ok()?.ok()?.ok()
    }
}

/// `head` begins with the version; the field `Host` is put behind it.
fn exchange(url: &Url, method: &str, head: &str, body: &str) -> io::Result<Answer> {
    let (version, fields) = head.split_once("\r\n").unwrap_or((head, ""));
    let mut stream = connect(url)?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "{method} {} {version}\r\nHost: {}\r\n{fields}\r\n{body}",
        &url[Position::BeforePath..],
        &url[Position::BeforeHost..Position::AfterPort],
    )?;
    let mut received = Vec::new();
    stream.take(LONGEST_ANSWER).read_to_end(&mut received)?;
    answer(&received).ok_or_else(|| io::ErrorKind::InvalidData.into())
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

/// RFC 9112 §2.1 and §4: a status line, fields, an empty line, the body.
fn answer(received: &[u8]) -> Option<Answer> {
    let end = received.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, body) = received.split_at_checked(end)?;
    let head = std::str::from_utf8(head).ok()?;
    let status = head.split_whitespace().nth(1)?.parse().ok()?;
    let body = body.strip_prefix(b"\r\n\r\n")?.to_vec();
    Some(Answer { status, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clients_server_is_on_this_computer() {
        for good in [
            "http://127.0.0.1:8000/logout/",
            "http://localhost/",
            "http://[::1]:1/a?b=c",
        ] {
            assert!(good.parse::<LocalUri>().is_ok(), "{good}");
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
            let error = bad.parse::<LocalUri>().unwrap_err();
            assert!(error.to_string().ends_with(&format!("got `{bad}`")));
        }
    }

    #[test]
    fn an_answer_is_its_status_and_its_body() {
        let read = |text: &str| answer(text.as_bytes()).map(|it| (it.status, it.body));
        assert_eq!(
            read("HTTP/1.1 204 No Content\r\nA: b\r\n\r\n"),
            Some((204, vec![]))
        );
        assert_eq!(
            read("HTTP/1.0 200 OK\r\n\r\n{}\r\n\r\n"),
            Some((200, b"{}\r\n\r\n".to_vec()))
        );
        for none in ["", "HTTP/1.1 200 OK", "HTTP/1.1\r\n\r\n", "a b c\r\n\r\n"] {
            assert_eq!(read(none), None);
        }
    }
}
