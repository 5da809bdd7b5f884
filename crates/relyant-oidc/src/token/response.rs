//! The token response: strict in status, media type and types. Core §3.1.3.3, RFC 6749 §5.

use relyant_jose::json::{self, Object, Value};

use crate::Error;
use crate::clock::UnixTime;
use crate::error::{Clipped, Configuration, Incompatible, Misbehaved, Refused};
use crate::http::{Endpoint, HttpRequest, HttpResponse, JSON};
use crate::json_type::json_type;
use crate::limits::EXACT_INTEGER_END;
use crate::secret::Secret;
use crate::token::sent::SentSecrets;

/// The tokens of one login, not validated yet.
///
/// Made by [`process_token_response`] only. `Debug` redacts the tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenResponse {
    access_token: Secret,
    id_token: Secret,
    refresh_token: Option<Secret>,
    scope: Option<String>,
    expires_in: Option<i64>,
}

impl TokenResponse {
    fn receipt(members: &Members) -> Result<Self, Error> {
        Ok(Self {
            access_token: members.bearer_token()?,
            // Core §3.1.3.3: an OpenID Connect answer has an ID token.
            id_token: members
                .token("id_token")?
                .ok_or(Misbehaved::IdTokenMissing)?,
            refresh_token: members.optional_token("refresh_token")?,
            scope: members.scope()?,
            expires_in: members.seconds("expires_in")?,
        })
    }

    /// The access token, for userinfo and `at_hash`.
    pub fn access_token(&self) -> &str {
        self.access_token.expose()
    }

    /// The ID token as it came, to be validated.
    pub fn id_token(&self) -> &str {
        self.id_token.expose()
    }

    /// The refresh token, if the provider gave one. RFC 6749 §1.5.
    pub fn refresh_token(&self) -> Option<&str> {
        self.refresh_token.as_ref().map(Secret::expose)
    }

    /// The scope that was granted, if it isn't the one that was asked for. RFC 6749 §5.1.
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// When the access token expires, if the provider says so: counted from `now`, the moment of the
    /// answer. RFC 6749 §5.1, `expires_in`.
    pub fn access_token_expires_at(&self, now: UnixTime) -> Option<UnixTime> {
        self.expires_in.map(|seconds| now.plus(seconds))
    }
}

/// The tokens in the answer to `request`, or the provider's OAuth error.
pub fn process_token_response(
    request: &HttpRequest,
    response: &HttpResponse,
) -> Result<TokenResponse, Error> {
    // RFC 6749 §5.2: errors come with 400, or 401 for a client that isn't who it says.
    if matches!(response.status, 400 | 401) {
        return Err(refusal(read_error(request, response, Endpoint::Token)?));
    }
    TokenResponse::receipt(&Members::of(response)?)
}

/// The members of a token response, each with its type.
pub(super) struct Members(Object);

impl Members {
    /// RFC 6749 §5.1: status 200, application/json.
    pub(super) fn of(response: &HttpResponse) -> Result<Self, Error> {
        response.json_object(Endpoint::Token).map(Self)
    }

    /// The access token, of a type that needs no more than presenting it.
    ///
    /// RFC 6749 §5.1: `token_type` is compared without regard to case.
    pub(super) fn bearer_token(&self) -> Result<Secret, Error> {
        let token_type = self
            .text("token_type")?
            .ok_or(Misbehaved::TokenResponseMissing { name: "token_type" })?;
        if !token_type.eq_ignore_ascii_case("Bearer") {
            return Err(Incompatible::TokenType {
                got: Clipped::new(token_type),
            }
            .into());
        }
        let missing = Misbehaved::TokenResponseMissing {
            name: "access_token",
        };
        Ok(self.token("access_token")?.ok_or(missing)?)
    }

    /// A token that may be left out. Some providers write null for what they leave out.
    pub(super) fn optional_token(&self, name: &'static str) -> Result<Option<Secret>, Misbehaved> {
        if self.is_null(name) {
            return Ok(None);
        }
        self.token(name)
    }

    /// RFC 6749 §5.1: left out where it is the one that was asked for.
    pub(super) fn scope(&self) -> Result<Option<String>, Misbehaved> {
        if self.is_null("scope") {
            return Ok(None);
        }
        Ok(self.text("scope")?.map(str::to_owned))
    }

    fn text(&self, name: &'static str) -> Result<Option<&str>, Misbehaved> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(Misbehaved::TokenResponseType {
                name,
                expected: "a string",
                got: json_type(other),
            }),
        }
    }

    fn is_null(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(Value::is_null)
    }

    /// RFC 6749 A.12: visible characters; no blank either, since RFC 6750 §2.1 puts it into a header.
    fn token(&self, name: &'static str) -> Result<Option<Secret>, Misbehaved> {
        match self.text(name)? {
            Some(token)
                if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) =>
            {
                Err(Misbehaved::TokenResponseType {
                    name,
                    expected: "a token of visible ASCII characters",
                    got: "another string",
                })
            }
            token => Ok(token.map(Secret::new)),
        }
    }

    /// RFC 6749 A.14: expires-in = 1*DIGIT.
    pub(super) fn seconds(&self, name: &'static str) -> Result<Option<i64>, Misbehaved> {
        let Some(value) = self.0.get(name) else {
            return Ok(None);
        };
        match value.as_i64() {
            Some(seconds) if (0..EXACT_INTEGER_END).contains(&seconds) => Ok(Some(seconds)),
            _ => Err(Misbehaved::TokenResponseType {
                name,
                expected: "a whole number of seconds below 2^53",
                got: match value {
                    Value::Number(_) => "another number",
                    other => json_type(other),
                },
            }),
        }
    }
}

/// The provider's error, sorted by who must act. RFC 6749 §5.2.
fn refusal(error: ProviderError) -> Error {
    let ProviderError {
        name,
        error,
        description,
    } = error;
    match name.as_str() {
        "invalid_grant" => Refused::InvalidGrant { description }.into(),
        "invalid_client" => Configuration::InvalidClient { description }.into(),
        "unauthorized_client" => Configuration::UnauthorizedClient { description }.into(),
        "unsupported_grant_type" => Configuration::UnsupportedGrantType { description }.into(),
        "invalid_scope" => Configuration::InvalidScope { description }.into(),
        "invalid_request" => Configuration::InvalidRequest { description }.into(),
        "invalid_target" => Configuration::InvalidTarget { description }.into(), // RFC 8707 §2
        _ => Refused::TokenError { error, description }.into(),
    }
}

/// An OAuth error, fit for a message but for its `name`, by which it is told from others. RFC 6749 §5.2.
pub(crate) struct ProviderError {
    /// `error`, as it came.
    pub(crate) name: String,
    /// `error`, for a message.
    pub(crate) error: Clipped,
    /// `error_description`, for a message.
    pub(crate) description: Clipped,
}

/// The OAuth error of a JSON answer to `request`; where it is none, it is a status that nobody expects. RFC 6749 §5.2.
pub(crate) fn read_error(
    request: &HttpRequest,
    response: &HttpResponse,
    endpoint: Endpoint,
) -> Result<ProviderError, Misbehaved> {
    let got = response.status;
    find_error(request, response).ok_or(Misbehaved::Status { endpoint, got })
}

/// Some providers repeat what they were asked in their words about it: what of that is secret is taken out here.
fn find_error(request: &HttpRequest, response: &HttpResponse) -> Option<ProviderError> {
    if response.media_type()? != JSON {
        return None;
    }
    let members = json::parse_object(&response.body).ok()?;
    let text = |name| members.get(name).and_then(Value::as_str);
    let name = text("error")?;
    let secrets = SentSecrets::of(request);
    let shown = |text: &str| Clipped::new(&secrets.redact(text));
    Some(ProviderError {
        name: name.to_owned(),
        error: shown(name),
        description: shown(text("error_description").unwrap_or_default()),
    })
}
