//! The refresh grant: new tokens for a session, without its person. RFC 6749 §6, Core §12.

use std::fmt;

use relyant_jose::json::{self, Object, Value};
use url::form_urlencoded;

use super::client_assertion::Freshness;
use super::request::client_request;
use super::response::{Members, ProviderError, read_error};
use crate::Error;
use crate::clock::UnixTime;
use crate::error::{Clipped, Configuration, InvalidToken, Refused};
use crate::http::{Endpoint, HttpRequest, HttpResponse};
use crate::id_token::{Occasion, ValidIdToken, validate_on};
use crate::jwks::IssuerKeys;
use crate::numeric_date::NumericDate;
use crate::provider_metadata::ProviderMetadata;
use crate::registration::ClientRegistration;
use crate::secret::Secret;

/// The request that exchanges `refresh_token` for new tokens. Never repeat it blindly: where the
/// provider rotates refresh tokens, this one is used by it. RFC 9700 §4.14.2.
///
/// It names no scope, which asks for the one that was granted and can't ask for more. RFC 6749 §6.
pub fn refresh_request(
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
    refresh_token: &Secret,
    freshness: Freshness,
) -> Result<HttpRequest, Error> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "refresh_token")
        .append_pair("refresh_token", refresh_token.expose());
    client_request(
        metadata.token_endpoint(),
        metadata,
        registration,
        freshness,
        form,
    )
}

/// The tokens of one refresh, the ID token not validated yet.
///
/// Made by [`process_refresh_response`] only. `Debug` redacts the tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshedTokens {
    access_token: Secret,
    refresh_token: Secret,
    id_token: Option<Secret>,
    scope: Option<String>,
    expires_in: Option<i64>,
}

impl RefreshedTokens {
    fn receipt(used: &Secret, members: &Members) -> Result<Self, Error> {
        Ok(Self {
            access_token: members.bearer_token()?,
            // RFC 6749 §6: a new refresh token replaces the old one, which goes on without it.
            refresh_token: members
                .optional_token("refresh_token")?
                .unwrap_or_else(|| used.clone()),
            // Core §12.2: there might be none.
            id_token: members.optional_token("id_token")?,
            scope: members.scope()?,
            expires_in: members.seconds("expires_in")?,
        })
    }

    /// The new access token.
    pub fn access_token(&self) -> &str {
        self.access_token.expose()
    }

    /// The refresh token from now on: the new one, or the one that was used.
    pub fn refresh_token(&self) -> &str {
        self.refresh_token.expose()
    }

    /// The new ID token as it came, to be validated by [`validate_refreshed`]; most providers give one.
    pub fn id_token(&self) -> Option<&str> {
        self.id_token.as_ref().map(Secret::expose)
    }

    /// The scope of the new access token, if it isn't the one of the former. RFC 6749 §5.1.
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// When the access token expires, if the provider says so: counted from `now`, the moment of the
    /// answer. RFC 6749 §5.1, `expires_in`.
    pub fn access_token_expires_at(&self, now: UnixTime) -> Option<UnixTime> {
        self.expires_in.map(|seconds| now.plus(seconds))
    }
}

/// The tokens in the answer to `request`, which sent `refresh_token`.
///
/// Where the refresh token is expired, revoked or used, the session ends: [`Refused::RefreshToken`]. Any other error leaves
/// it as it was.
pub fn process_refresh_response(
    request: &HttpRequest,
    refresh_token: &Secret,
    response: &HttpResponse,
) -> Result<RefreshedTokens, Error> {
    // RFC 6749 §5.2: errors come with 400, or 401 for a client that isn't who it says.
    if matches!(response.status, 400 | 401) {
        return Err(refusal(read_error(request, response, Endpoint::Token)?));
    }
    RefreshedTokens::receipt(refresh_token, &Members::of(response)?)
}

/// The provider's error, sorted by who must act; one of them ends the session. RFC 6749 §5.2.
fn refusal(error: ProviderError) -> Error {
    let ProviderError {
        name,
        error,
        description,
    } = error;
    match name.as_str() {
        "invalid_grant" => Refused::RefreshToken { description }.into(),
        "invalid_client" => Configuration::InvalidClient { description }.into(),
        "unauthorized_client" | "unsupported_grant_type" => {
            Configuration::RefreshNotAllowed { error, description }.into()
        }
        _ => Refused::TokenError { error, description }.into(),
    }
}

/// Validates the ID token of a refresh: as the one of a login, and it must continue `former`. Core §12.2.
///
/// `access_token` is the one that came with it. There need be no nonce: where a provider marks its access tokens by nothing,
/// one whose audience we are can't be told from an ID token here. It would come from the token endpoint itself.
pub fn validate_refreshed(
    raw: &str,
    keys: &IssuerKeys,
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
    former: &FormerIdToken,
    access_token: &str,
    now: UnixTime,
) -> Result<ValidIdToken, Error> {
    let (occasion, access_token) = (Occasion::Refresh(former), Some(access_token));
    validate_on(
        &occasion,
        raw,
        keys,
        metadata,
        registration,
        access_token,
        now,
    )
}

/// What a session remembers of its ID token, for a later one to be compared with. `Debug` shows no nonce.
#[derive(Clone, PartialEq, Eq)]
pub struct FormerIdToken {
    issuer: String,
    subject: String,
    audiences: Vec<String>,
    authorized_party: Option<String>,
    issued_at: UnixTime,
    auth_time: Option<UnixTime>,
    nonce: Option<String>,
}

impl FormerIdToken {
    /// What is to be remembered of the ID token of a login.
    pub fn of(id_token: &ValidIdToken) -> Self {
        let claims = id_token.claims();
        Self {
            issuer: id_token.issuer().as_str().to_owned(),
            subject: id_token.subject().as_str().to_owned(),
            audiences: audiences(claims),
            authorized_party: text(claims, "azp").map(str::to_owned),
            issued_at: id_token.issued_at(),
            auth_time: id_token.auth_time(),
            nonce: text(claims, "nonce").map(str::to_owned),
        }
    }

    /// What is to be remembered after a refresh: the login's nonce and time of sign-in stay.
    #[must_use]
    pub fn continued_by(&self, refreshed: &ValidIdToken) -> Self {
        Self {
            issued_at: refreshed.issued_at(),
            ..self.clone()
        }
    }

    /// It as a session keeps it, to be sealed: a JSON object of the claims that it remembers.
    pub fn to_json(&self) -> String {
        Value::Object(self.claims()).to_string()
    }

    fn claims(&self) -> Object {
        let mut claims = Object::new();
        claims.insert("iss".to_owned(), self.issuer.as_str().into());
        claims.insert("sub".to_owned(), self.subject.as_str().into());
        claims.insert("aud".to_owned(), self.audiences.clone().into());
        claims.insert("iat".to_owned(), self.issued_at.0.into());
        let optional = [
            ("azp", self.authorized_party.as_deref().map(Value::from)),
            ("auth_time", self.auth_time.map(|time| time.0.into())),
            ("nonce", self.nonce.as_deref().map(Value::from)),
        ];
        for (claim, value) in optional {
            claims.extend(value.map(|value| (claim.to_owned(), value)));
        }
        claims
    }

    /// What [`to_json`](Self::to_json) wrote; none where a text can't be that.
    pub fn from_json(text: &str) -> Option<Self> {
        let claims = json::parse_object(text.as_bytes()).ok()?;
        let string = |claim| self::text(&claims, claim).map(str::to_owned);
        let former = Self {
            issuer: string("iss")?,
            subject: string("sub")?,
            audiences: audiences(&claims),
            authorized_party: string("azp"),
            issued_at: date(&claims, "iat")?,
            auth_time: date(&claims, "auth_time"),
            nonce: string("nonce"),
        };
        (former.claims() == claims).then_some(former)
    }

    /// The list of Core §12.2, for claims that are well-formed.
    pub(crate) fn check_continued_by(&self, claims: &Object) -> Result<(), InvalidToken> {
        self.check_issuer(claims)?; // the same `iss`
        self.check_subject(claims)?; // the same `sub`
        self.check_issued_at(claims)?; // `iat` is when the new one was issued
        self.check_audience(claims)?; // `aud` has what it had
        self.check_auth_time(claims)?; // `auth_time`, if there, is still that of the sign-in
        self.check_nonce(claims)?; // `nonce`, if there, is still that of the login
        self.check_authorized_party(claims) // the same `azp`, or none as before
    }

    fn check_issuer(&self, claims: &Object) -> Result<(), InvalidToken> {
        match text(claims, "iss") {
            Some(issuer) if issuer == self.issuer => Ok(()),
            _ => Err(InvalidToken::IssuerMismatch {
                expected: Clipped::new(&self.issuer),
                got: Clipped::claim(claims.get("iss")),
            }),
        }
    }

    fn check_subject(&self, claims: &Object) -> Result<(), InvalidToken> {
        match text(claims, "sub") {
            Some(subject) if subject == self.subject => Ok(()),
            _ => Err(InvalidToken::RefreshedSubjectMismatch {
                expected: Clipped::new(&self.subject),
                got: Clipped::claim(claims.get("sub")),
            }),
        }
    }

    fn check_issued_at(&self, claims: &Object) -> Result<(), InvalidToken> {
        match date(claims, "iat").map(|issued_at| self.issued_at.since(issued_at)) {
            Some(seconds) if seconds > 0 => Err(InvalidToken::RefreshedIssuedEarlier { seconds }),
            _ => Ok(()),
        }
    }

    fn check_audience(&self, claims: &Object) -> Result<(), InvalidToken> {
        let got = audiences(claims);
        if self.audiences.iter().all(|former| got.contains(former)) {
            return Ok(());
        }
        let expected = Clipped::new(&self.audiences.join(" "));
        let got = Clipped::new(&got.join(" "));
        Err(InvalidToken::RefreshedAudienceMismatch { expected, got })
    }

    fn check_auth_time(&self, claims: &Object) -> Result<(), InvalidToken> {
        match (self.auth_time, date(claims, "auth_time")) {
            (Some(expected), Some(got)) if expected != got => {
                let (expected, got) = (expected.0, got.0);
                Err(InvalidToken::RefreshedAuthTimeMismatch { expected, got })
            }
            _ => Ok(()),
        }
    }

    fn check_nonce(&self, claims: &Object) -> Result<(), InvalidToken> {
        let Some(value) = claims.get("nonce") else {
            return Ok(());
        };
        match (value.as_str(), &self.nonce) {
            (Some(got), Some(expected)) if got == expected => Ok(()),
            _ => Err(InvalidToken::NonceMismatch),
        }
    }

    fn check_authorized_party(&self, claims: &Object) -> Result<(), InvalidToken> {
        if text(claims, "azp") == self.authorized_party.as_deref() {
            return Ok(());
        }
        let expected = Clipped::new(self.authorized_party.as_deref().unwrap_or_default());
        Err(InvalidToken::RefreshedAuthorizedPartyMismatch {
            expected,
            got: Clipped::claim(claims.get("azp")),
        })
    }
}

impl fmt::Debug for FormerIdToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FormerIdToken")
            .field("issuer", &self.issuer)
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

fn text<'a>(claims: &'a Object, claim: &str) -> Option<&'a str> {
    claims.get(claim).and_then(Value::as_str)
}

fn date(claims: &Object, claim: &str) -> Option<UnixTime> {
    let date = NumericDate::read(claims.get(claim)?).ok()?;
    Some(date.floor())
}

/// Core §2, `aud`: one string, or a list of strings.
fn audiences(claims: &Object) -> Vec<String> {
    match claims.get("aud") {
        Some(Value::String(audience)) => vec![audience.clone()],
        Some(Value::Array(members)) => {
            let audiences = members.iter().filter_map(Value::as_str);
            audiences.map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}
