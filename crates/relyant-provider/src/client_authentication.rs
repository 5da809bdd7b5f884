//! Client authentication at the endpoints for its server: `client_secret_basic` or `client_secret_post` (RFC 6749 §2.3.1), or
//! `private_key_jwt` alone where the client is registered with keys (Core §9).

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use relyant_jose::base64url;
use url::form_urlencoded;

use crate::client_assertion;
use crate::json_answer;
use crate::parameters::{self, Parameters, Repeated};
use crate::provider::Provider;

/// Why a request is not the client's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClientRefusal {
    /// Two ways at once. RFC 6749 §2.3.
    TwoMethods,
    /// No way.
    Missing,
    /// The id or the secret is another.
    Wrong,
    /// By a way that the client isn't registered for; which it is.
    Unregistered(&'static str),
    /// By an assertion that isn't taken; why.
    Assertion(&'static str),
}

impl ClientRefusal {
    /// The reason, for whoever runs the client.
    pub(crate) fn why(self) -> &'static str {
        match self {
            Self::TwoMethods => "the client authenticated in two ways",
            Self::Missing => "client authentication is missing",
            Self::Wrong => "the client id or secret is wrong",
            Self::Unregistered(why) | Self::Assertion(why) => why,
        }
    }
}

/// By what a request shows whose it is.
#[derive(Debug, PartialEq, Eq)]
enum Shown {
    Secret { id: String, secret: String },
    Assertion(String),
}

/// The form of a request that is the client's, or the answer to one that isn't. RFC 6749 §5.2.
pub(crate) async fn form(
    provider: &Provider,
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
    match check(provider, headers, &parameters).await {
        Ok(()) => Ok(parameters),
        Err(refusal @ ClientRefusal::TwoMethods) => Err(malformed(refusal.why())),
        Err(refusal) => Err(Box::new(refuse(refusal.why()))),
    }
}

/// The answer to a request that isn't the client's. RFC 6749 §5.2.
pub(crate) fn refuse(why: &str) -> Response {
    let challenge = [(header::WWW_AUTHENTICATE, "Basic realm=\"brewery\"")];
    let answer = json_answer::error(StatusCode::UNAUTHORIZED, "invalid_client", why);
    (challenge, answer).into_response()
}

/// Checks that the request is the client's.
pub(crate) async fn check(
    provider: &Provider,
    headers: &HeaderMap,
    parameters: &Parameters,
) -> Result<(), ClientRefusal> {
    match (shown(headers, parameters)?, provider.client_jwks_uri()) {
        (Shown::Assertion(assertion), Some(jwks_uri)) => {
            // RFC 7521 §4.2: the parameter isn't needed, and names the same client where it is there.
            let named = parameters.get("client_id");
            if named.is_some_and(|id| id != provider.client.id) {
                return Err(ClientRefusal::Wrong);
            }
            let checked = client_assertion::check(provider, jwks_uri, &assertion).await;
            checked.map_err(ClientRefusal::Assertion)
        }
        (Shown::Secret { id, secret }, None) if provider.client.authenticates(&id, &secret) => {
            Ok(())
        }
        (Shown::Secret { .. }, None) => Err(ClientRefusal::Wrong),
        (Shown::Secret { .. }, Some(_)) => Err(ClientRefusal::Unregistered(
            "the client is registered for private_key_jwt",
        )),
        (Shown::Assertion(_), None) => Err(ClientRefusal::Unregistered(
            "the client is registered with a secret, and with no keys",
        )),
    }
}

fn shown(headers: &HeaderMap, parameters: &Parameters) -> Result<Shown, ClientRefusal> {
    let in_header = headers.contains_key(header::AUTHORIZATION);
    let in_body = parameters.get("client_secret");
    let assertion = parameters.get("client_assertion");
    match (in_header, in_body, assertion) {
        (true, None, None) => basic(headers).ok_or(ClientRefusal::Wrong),
        (false, Some(secret), None) => Ok(Shown::Secret {
            id: parameters
                .get("client_id")
                .ok_or(ClientRefusal::Missing)?
                .to_owned(),
            secret: secret.to_owned(),
        }),
        (false, None, Some(assertion)) => {
            // RFC 7523 §2.2.
            if parameters.get("client_assertion_type") != Some(client_assertion::TYPE) {
                let why = "the client assertion is of another type than jwt-bearer";
                return Err(ClientRefusal::Assertion(why));
            }
            Ok(Shown::Assertion(assertion.to_owned()))
        }
        (false, None, None) => Err(ClientRefusal::Missing),
        _ => Err(ClientRefusal::TwoMethods),
    }
}

/// Id and secret of the `Authorization` header, each form-encoded before they were joined.
fn basic(headers: &HeaderMap) -> Option<Shown> {
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
    Some(Shown::Secret {
        id: form_decoded(id)?,
        secret: form_decoded(secret)?,
    })
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

    fn attempt(authorization: Option<&str>, body: &str) -> Result<Shown, ClientRefusal> {
        let mut headers = HeaderMap::new();
        if let Some(value) = authorization {
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        }
        shown(&headers, &Parameters::parse(body).unwrap())
    }

    fn secret(id: &str, secret: &str) -> Shown {
        Shown::Secret {
            id: id.to_owned(),
            secret: secret.to_owned(),
        }
    }

    #[test]
    fn basic_is_form_encoded_before_base64() {
        // a%3Ab:p%25%2B+%2F%3D
        assert_eq!(
            attempt(Some("Basic YSUzQWI6cCUyNSUyQislMkYlM0Q="), ""),
            Ok(secret("a:b", "p%+ /="))
        );
        // a:b:p%+ /= without the encoding
        assert_eq!(
            attempt(Some("Basic YTpiOnAlKyAvPQ=="), ""),
            Ok(secret("a", "b:p%  /"))
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
            Ok(secret("a:b", "p%+ /="))
        );
        assert_eq!(
            attempt(None, "client_id=a%3Ab"),
            Err(ClientRefusal::Missing)
        );
    }

    // RFC 7523 §2.2
    #[test]
    fn an_assertion_says_its_type() {
        let form = |kind: &str| {
            format!(
                "client_assertion=a.b.c&client_assertion_type={}",
                form_encoded(kind)
            )
        };
        assert_eq!(
            attempt(None, &form(client_assertion::TYPE)),
            Ok(Shown::Assertion("a.b.c".to_owned()))
        );
        for kind in [
            "",
            "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
        ] {
            assert!(matches!(
                attempt(None, &form(kind)),
                Err(ClientRefusal::Assertion(_))
            ));
        }
    }

    fn form_encoded(text: &str) -> String {
        form_urlencoded::byte_serialize(text.as_bytes()).collect()
    }

    #[test]
    fn two_ways_at_once_are_refused() {
        const BASIC: &str = "Basic YSUzQWI6cCUyNSUyQislMkYlM0Q=";
        for (header, body) in [
            (Some(BASIC), "client_secret=x"),
            (Some(BASIC), "client_assertion=x"),
            (None, "client_secret=x&client_assertion=x"),
        ] {
            assert_eq!(attempt(header, body), Err(ClientRefusal::TwoMethods));
        }
    }
}
