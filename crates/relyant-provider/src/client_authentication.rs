//! Client authentication at the endpoints for its server: `client_secret_basic` or `client_secret_post`. RFC 6749 §2.3.1.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use relyant_jose::base64url;
use url::form_urlencoded;

use crate::client::Client;
use crate::json_answer;
use crate::parameters::{self, Parameters, Repeated};

/// Why a request is not the client's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClientRefusal {
    /// Both ways at once. RFC 6749 §2.3.
    TwoMethods,
    /// Neither way.
    Missing,
    /// The id or the secret is another.
    Wrong,
}

/// The form of a request that is the client's, or the answer to one that isn't. RFC 6749 §5.2.
pub(crate) fn form(
    client: &Client,
    headers: &HeaderMap,
    body: &str,
) -> Result<Parameters, Box<Response>> {
    let malformed = |why| {
        let answer = json_answer::error(StatusCode::BAD_REQUEST, "invalid_request", why);
        Box::new(answer)
    };
    if !parameters::are_a_form(headers) {
        return Err(malformed(
            "the content type must be application/x-www-form-urlencoded",
        ));
    }
    let parameters =
        Parameters::parse(body).map_err(|Repeated(_)| malformed("a parameter is repeated"))?;
    match check(client, headers, &parameters) {
        Ok(()) => Ok(parameters),
        Err(ClientRefusal::TwoMethods) => Err(malformed("the client authenticated in two ways")),
        Err(ClientRefusal::Missing) => Err(Box::new(refuse("client authentication is missing"))),
        Err(ClientRefusal::Wrong) => Err(Box::new(refuse("the client id or secret is wrong"))),
    }
}

/// The answer to a request that isn't the client's. RFC 6749 §5.2.
pub(crate) fn refuse(why: &str) -> Response {
    let challenge = [(header::WWW_AUTHENTICATE, "Basic realm=\"brewery\"")];
    let answer = json_answer::error(StatusCode::UNAUTHORIZED, "invalid_client", why);
    (challenge, answer).into_response()
}

/// Checks that the request is the client's.
pub(crate) fn check(
    client: &Client,
    headers: &HeaderMap,
    parameters: &Parameters,
) -> Result<(), ClientRefusal> {
    let in_body = parameters.get("client_secret");
    let (id, secret) = match (headers.contains_key(header::AUTHORIZATION), in_body) {
        (true, Some(_)) => return Err(ClientRefusal::TwoMethods),
        (true, None) => basic(headers).ok_or(ClientRefusal::Wrong)?,
        (false, Some(secret)) => (
            parameters
                .get("client_id")
                .ok_or(ClientRefusal::Missing)?
                .to_owned(),
            secret.to_owned(),
        ),
        (false, None) => return Err(ClientRefusal::Missing),
    };
    if client.authenticates(&id, &secret) {
        Ok(())
    } else {
        Err(ClientRefusal::Wrong)
    }
}

/// Id and secret of the `Authorization` header, each form-encoded before they were joined.
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let (scheme, credentials) = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let decoded = String::from_utf8(base64(credentials)?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((form_decoded(id)?, form_decoded(secret)?))
}

/// Base64 with the ordinary alphabet and padding, by way of base64url. RFC 4648 §4.
fn base64(text: &str) -> Option<Vec<u8>> {
    if text.contains(['-', '_']) {
        return None;
    }
    base64url::decode(
        &text
            .trim_end_matches('=')
            .replace('+', "-")
            .replace('/', "_"),
    )
    .ok()
}

fn form_decoded(text: &str) -> Option<String> {
    // `=` and `&` would have been encoded, so the text is one name without a value.
    let mut pairs = form_urlencoded::parse(text.as_bytes());
    match (pairs.next(), pairs.next()) {
        (Some((name, value)), None) if value.is_empty() => Some(name.into_owned()),
        (None, None) => Some(String::new()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(authorization: Option<&str>, body: &str) -> Result<(), ClientRefusal> {
        let client = Client::register(
            "a:b".to_owned(),
            "p%+ /=".to_owned(),
            Vec::new(),
            Vec::new(),
        );
        let mut headers = HeaderMap::new();
        if let Some(value) = authorization {
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        }
        check(&client, &headers, &Parameters::parse(body).unwrap())
    }

    #[test]
    fn basic_is_form_encoded_before_base64() {
        // a%3Ab:p%25%2B+%2F%3D
        assert_eq!(
            attempt(Some("Basic YSUzQWI6cCUyNSUyQislMkYlM0Q="), ""),
            Ok(())
        );
        // a:b:p%+ /= without the encoding
        assert_eq!(
            attempt(Some("Basic YTpiOnAlKyAvPQ=="), ""),
            Err(ClientRefusal::Wrong)
        );
        for no_base64 in [
            "Basic ???",
            "Basic YSUzQWI6cCUyNSUyQislMkYlM0Q-",
            "Basic _w==",
        ] {
            assert_eq!(attempt(Some(no_base64), ""), Err(ClientRefusal::Wrong));
        }
        assert_eq!(base64("+/8="), Some(vec![0xfb, 0xff]));
        assert_eq!(base64("-_8="), None);
        assert_eq!(
            attempt(Some("Bearer YSUzQWI6cCUyNSUyQislMkYlM0Q="), ""),
            Err(ClientRefusal::Wrong)
        );
    }

    #[test]
    fn post_carries_both_in_the_body() {
        assert_eq!(
            attempt(None, "client_id=a%3Ab&client_secret=p%25%2B+%2F%3D"),
            Ok(())
        );
        assert_eq!(
            attempt(None, "client_id=a%3Ab&client_secret=wrong"),
            Err(ClientRefusal::Wrong)
        );
        assert_eq!(
            attempt(None, "client_id=a%3Ab"),
            Err(ClientRefusal::Missing)
        );
    }

    #[test]
    fn two_ways_at_once_are_refused() {
        let both = attempt(
            Some("Basic YSUzQWI6cCUyNSUyQislMkYlM0Q="),
            "client_secret=x",
        );
        assert_eq!(both, Err(ClientRefusal::TwoMethods));
    }
}
