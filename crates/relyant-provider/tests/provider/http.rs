//! A small HTTP client: one request a connection, every wait bounded.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// The longest wait for a byte of an answer that is expected.
const PATIENCE: Duration = Duration::from_secs(10);

/// One request.
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) headers: Vec<(&'a str, String)>,
    pub(crate) body: String,
}

/// One answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl<'a> Request<'a> {
    pub(crate) fn get(path: &'a str) -> Self {
        Self {
            method: "GET",
            path,
            headers: Vec::new(),
            body: String::new(),
        }
    }

    pub(crate) fn post(path: &'a str, form: &str) -> Self {
        let request = Self {
            method: "POST",
            path,
            headers: Vec::new(),
            body: form.to_owned(),
        };
        request.with("Content-Type", "application/x-www-form-urlencoded")
    }

    pub(crate) fn with(mut self, name: &'a str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Sends the request; the answer can then be read piece by piece.
    pub(crate) fn open(&self, address: SocketAddr, patience: Duration) -> io::Result<TcpStream> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(patience))?;
        write!(stream, "{} {} HTTP/1.1\r\n", self.method, self.path)?;
        if !self.headers.iter().any(|(name, _)| *name == "Host") {
            write!(stream, "Host: {address}\r\n")?;
        }
        for (name, value) in &self.headers {
            write!(stream, "{name}: {value}\r\n")?;
        }
        write!(
            stream,
            "Connection: close\r\nContent-Length: {}\r\n\r\n{}",
            self.body.len(),
            self.body
        )?;
        Ok(stream)
    }

    /// Sends the request and reads the whole answer.
    pub(crate) fn send(&self, address: SocketAddr) -> Answer {
        let mut received = Vec::new();
        self.open(address, PATIENCE)
            .unwrap()
            .read_to_end(&mut received)
            .unwrap();
        Answer::parse(&received)
    }
}

impl Answer {
    fn parse(received: &[u8]) -> Self {
        let end = received
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .unwrap();
        let head = std::str::from_utf8(&received[..end]).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines
            .next()
            .unwrap()
            .split(' ')
            .nth(1)
            .unwrap()
            .parse()
            .unwrap();
        let headers = lines.map(|line| line.split_once(": ").unwrap());
        Self {
            status,
            headers: headers
                .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                .collect(),
            body: received[end + 4..].to_vec(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The cookie that the answer sets, as a browser sends it back.
    pub(crate) fn cookie(&self) -> String {
        let set = self.header("set-cookie").unwrap();
        set.split(';').next().unwrap().to_owned()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The values of a parameter in the query of the redirect.
    pub(crate) fn sent_back(&self, name: &str) -> Vec<String> {
        let location = url::Url::parse(self.header("location").unwrap()).unwrap();
        let values = location.query_pairs().filter(|(known, _)| known == name);
        values.map(|(_, value)| value.into_owned()).collect()
    }
}
