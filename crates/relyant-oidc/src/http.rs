//! The messages that a driver sends and brings back: plain values, no connection.

use std::fmt;

use relyant_jose::base64url;
use relyant_jose::json::{self, Object};
use url::Url;

use crate::Error;
use crate::error::{Clipped, Misbehaved};

/// The request methods of this crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads; may be repeated.
    Get,
    /// Sends a form; must not be repeated blindly.
    Post,
}

/// A request that the caller sends as it is.
///
/// `Debug` redacts the `Authorization` header and the body.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// Where to; https, or http as the transport rules permit.
    pub url: Url,
    /// Header names in lower case, with their values.
    pub headers: Vec<(&'static str, String)>,
    /// A form, `application/x-www-form-urlencoded`.
    pub body: Option<String>,
}

impl HttpRequest {
    /// A request that reads JSON from `url`.
    pub(crate) fn get(url: &Url) -> Self {
        let headers = vec![("accept", "application/json".to_owned())];
        Self {
            method: Method::Get,
            url: url.clone(),
            headers,
            body: None,
        }
    }

    /// The same request, for an answer of these media types.
    pub(crate) fn accepting(mut self, media_types: &str) -> Self {
        for (name, value) in &mut self.headers {
            if *name == "accept" {
                media_types.clone_into(value);
            }
        }
        self
    }

    /// A request that sends `form` to `url` and expects JSON.
    pub(crate) fn post_form(url: &Url, form: String) -> Self {
        let headers = vec![
            ("accept", "application/json".to_owned()),
            (
                "content-type",
                "application/x-www-form-urlencoded".to_owned(),
            ),
        ];
        Self {
            method: Method::Post,
            url: url.clone(),
            headers,
            body: Some(form),
        }
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |(name, value): &(&'static str, String)| match *name {
            "authorization" => (*name, "redacted".to_owned()),
            _ => (*name, value.clone()),
        };
        formatter
            .debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("url", &self.url.as_str())
            .field(
                "headers",
                &self.headers.iter().map(shown).collect::<Vec<_>>(),
            )
            .field("body", &self.body.as_ref().map(|_| "redacted"))
            .finish()
    }
}

/// An answer, cut to what this crate and its caller's cache read.
///
/// `Debug` shows the length of the body only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// `Content-Type`, with its parameters.
    pub content_type: Option<String>,
    /// `Cache-Control`, for the caller's cache.
    pub cache_control: Option<String>,
    /// `Age`, for the caller's cache.
    pub age: Option<String>,
    /// `Date`, to compare the clocks.
    pub date: Option<String>,
    /// The body, already limited in size by the caller.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// The media type without parameters, in lower case. RFC 9110 §8.3.1.
    pub(crate) fn media_type(&self) -> Option<String> {
        let essence = self.content_type.as_deref()?.split(';').next()?;
        Some(essence.trim().to_ascii_lowercase())
    }

    /// Checks that this is a 200 answer that says that it is one of `media_types`.
    pub(crate) fn check(&self, endpoint: Endpoint, media_types: &[&str]) -> Result<(), Error> {
        self.check_status(endpoint)?;
        Ok(self.check_media_type(endpoint, media_types)?)
    }

    /// The JSON object of a 200 answer that says that it is JSON.
    pub(crate) fn json_object(&self, endpoint: Endpoint) -> Result<Object, Error> {
        self.check_status(endpoint)?;
        Ok(self.json_members(endpoint)?)
    }

    /// The JSON object of an answer that says that it is JSON, whatever its status.
    pub(crate) fn json_members(&self, endpoint: Endpoint) -> Result<Object, Misbehaved> {
        self.check_media_type(endpoint, &[JSON])?;
        json::parse_object(&self.body).map_err(|error| Misbehaved::Json {
            endpoint,
            reason: Clipped::new(&error.to_string()),
        })
    }

    /// The body without the blanks around it; none where it is no text.
    pub(crate) fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.body).ok().map(str::trim)
    }

    fn check_status(&self, endpoint: Endpoint) -> Result<(), Misbehaved> {
        let got = self.status;
        if got == 200 {
            return Ok(());
        }
        Err(Misbehaved::Status { endpoint, got })
    }

    fn check_media_type(&self, endpoint: Endpoint, expected: &[&str]) -> Result<(), Misbehaved> {
        let got = self.media_type().unwrap_or_default();
        if expected.contains(&got.as_str()) {
            return Ok(());
        }
        let got = Clipped::new(&got);
        Err(Misbehaved::ContentType { endpoint, got })
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("HttpResponse")
            .field("status", &self.status)
            .field("content_type", &self.content_type)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}

/// The media type of JSON answers. RFC 8259 §11.
pub(crate) const JSON: &str = "application/json";
/// The media type of answers about a person that are signed, encrypted or both (Core §5.3.2), and of distributed claims (§5.6.2).
pub(crate) const JWT: &str = "application/jwt";

/// The value of an `Authorization` or `Proxy-Authorization` header with a user name and a password. RFC 7617 §2.
pub fn basic_credentials(name: &str, password: &str) -> String {
    format!("Basic {}", base64(format!("{name}:{password}").as_bytes()))
}

/// The base64 of HTTP, with its own two characters and padding. RFC 4648 §4.
fn base64(bytes: &[u8]) -> String {
    let mut encoded = base64url::encode(bytes).replace('-', "+").replace('_', "/");
    while !encoded.len().is_multiple_of(4) {
        encoded.push('=');
    }
    encoded
}

/// The endpoints that a relying party calls itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// The provider metadata, Discovery §4.
    Metadata,
    /// The JWK Set, RFC 7517 §5.
    JwkSet,
    /// The token endpoint, RFC 6749 §3.2.
    Token,
    /// The endpoint for pushed authorization requests, RFC 9126 §2.
    PushedAuthorization,
    /// The userinfo endpoint, Core §5.3.
    Userinfo,
    /// Where distributed claims are read, Core §5.6.2.
    ClaimSource,
    /// The revocation endpoint, RFC 7009 §2.
    Revocation,
    /// The introspection endpoint, RFC 7662 §2.
    Introspection,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Metadata => "metadata document",
            Self::JwkSet => "JWK Set",
            Self::Token => "token endpoint",
            Self::PushedAuthorization => "pushed authorization request endpoint",
            Self::Userinfo => "userinfo endpoint",
            Self::ClaimSource => "endpoint of distributed claims",
            Self::Revocation => "revocation endpoint",
            Self::Introspection => "introspection endpoint",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, content_type: &str, body: &str) -> HttpResponse {
        HttpResponse {
            status,
            content_type: Some(content_type.to_owned()),
            body: body.as_bytes().to_vec(),
            ..HttpResponse::default()
        }
    }

    // RFC 4648 §4
    #[test]
    fn base64_is_that_of_rfc_4648_section_10() {
        for (bytes, expected) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), expected);
        }
        assert_eq!(base64(&[0xfb, 0xff, 0xbf]), "+/+/");
    }

    // RFC 7617 §2
    #[test]
    fn the_example_of_rfc_7617_section_2() {
        assert_eq!(
            basic_credentials("Aladdin", "open sesame"),
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
        );
    }

    // OP-01
    #[test]
    fn debug_redacts_authorization_and_bodies() {
        let url = Url::parse("https://op.example/token").unwrap();
        let mut request = HttpRequest::post_form(&url, "code=secret-code".to_owned());
        request
            .headers
            .push(("authorization", "Basic secret-header".to_owned()));
        let shown = format!(
            "{request:?} {:?}",
            answer(200, "application/json", "secret-body")
        );
        assert!(!shown.contains("secret"), "{shown}");
        assert!(shown.contains("https://op.example/token"), "{shown}");
    }

    // RFC 9110 §8.3.1, RFC 8259 §11
    #[test]
    fn parameters_and_case_of_the_media_type_do_not_matter() {
        for content_type in [
            "application/json",
            "Application/JSON; charset=UTF-8",
            " application/json ;a=b",
        ] {
            let parsed = answer(200, content_type, "{}").json_object(Endpoint::Token);
            assert_eq!(parsed, Ok(Object::new()), "{content_type}");
        }
    }

    // TK-02
    #[test]
    fn other_statuses_and_media_types_are_refused() {
        let endpoint = Endpoint::Token;
        let status = answer(201, "application/json", "{}").json_object(endpoint);
        assert_eq!(
            status,
            Err(Misbehaved::Status { endpoint, got: 201 }.into())
        );
        let html = answer(200, "text/html", "{}").json_object(endpoint);
        let got = Clipped::new("text/html");
        assert_eq!(html, Err(Misbehaved::ContentType { endpoint, got }.into()));
    }
}
