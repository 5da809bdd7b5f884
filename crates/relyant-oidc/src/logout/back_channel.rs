//! Logout token validation: the provider's word that a session or a person is signed out. Back-Channel Logout 1.0 §2.6.

use relyant_jose::json::{Object, Value};

use crate::Error;
use crate::authentic::{self, AuthenticJwt};
use crate::clock::UnixTime;
use crate::decryption_keys::{Encrypted, check_compact};
use crate::error::{Clipped, InvalidLogoutToken};
use crate::id_token::{Subject, is_media_type};
use crate::issuer::Issuer;
use crate::json_type::{json_type, printable};
use crate::jwks::IssuerKeys;
use crate::limits::{MAX_JTI_CHARS, MAX_LOGOUT_TOKEN_AGE_SECONDS, MAX_SID_CHARS};
use crate::numeric_date::NumericDate;
use crate::provider_metadata::ProviderMetadata;
use crate::registration::ClientRegistration;

/// The member of `events` that makes a token a logout token. Back-Channel Logout §2.4.
const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Refuses what is no token at all, before the provider is asked for anything: everybody may send that to a logout endpoint.
pub fn check_form(raw: &str) -> Result<(), Error> {
    check_compact(raw).map_err(|reason| InvalidLogoutToken::Malformed { reason }.into())
}

/// Validates a logout token, with the numbers of Back-Channel Logout §2.6.
///
/// That it comes once is for the caller: `jti` is to be remembered until the token expires (8).
pub fn validate(
    raw: &str,
    keys: &IssuerKeys,
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
    now: UnixTime,
) -> Result<ValidLogoutToken, Error> {
    let keys = keys.of(metadata.issuer())?; // RFC 8725 §3.8: keys of this issuer, of no other.
    let token = registration
        .decryption_keys
        .open(raw, Encrypted::LogoutToken)?; // (1)
    // (2), (3): authenticated as an ID token is, `none` never.
    let jwt = authentic::verify::<InvalidLogoutToken>(&token, keys, metadata, registration)?;
    check_header_type(jwt.typ())?; // §2.4, RFC 8725 §3.11: not a token of another kind.
    let claims = LogoutTokenClaims::parse(&jwt)?; // RFC 7519 §7.2 (10): strict JSON, no member twice.
    claims.check_kind(registration)?; // RFC 8725 §3.12: nor by its claims.
    claims.check_issuer(metadata.issuer())?; // (4)
    claims.check_audience(&registration.client_id)?; // (4)
    let issued_at = claims.check_issued_at(now)?; // (4)
    let expires_at = claims.check_expiry(now)?; // (4); §2.4 requires it.
    claims.check_not_before(now)?; // RFC 7519 §4.1.5
    let (subject, sid) = claims.read_whom()?; // (5)
    claims.check_events()?; // (6)
    claims.check_no_nonce()?; // (7)
    let jti = claims.read_jti()?; // (8); §2.4 requires it.
    let issuer = metadata.issuer().clone();
    let times = (issued_at, expires_at);
    Ok(ValidLogoutToken::receipt(issuer, subject, sid, jti, times))
}

/// A logout token that passed every check; the only way to what it says.
///
/// Made by [`validate`] only. Subject and `sid` mean something together with the issuer alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidLogoutToken {
    issuer: Issuer,
    subject: Option<Subject>,
    sid: Option<String>,
    jti: String,
    issued_at: NumericDate,
    expires_at: NumericDate,
}

impl ValidLogoutToken {
    fn receipt(
        issuer: Issuer,
        subject: Option<Subject>,
        sid: Option<String>,
        jti: String,
        (issued_at, expires_at): (NumericDate, NumericDate),
    ) -> Self {
        Self {
            issuer,
            subject,
            sid,
            jti,
            issued_at,
            expires_at,
        }
    }

    /// Who vouches.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Who is signed out; without a [`sid`](Self::sid), of all sessions. Back-Channel Logout §2.4.
    pub fn subject(&self) -> Option<&Subject> {
        self.subject.as_ref()
    }

    /// The provider's session that ended. Back-Channel Logout §2.4, `sid`.
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// The token's own identifier, unique at its issuer. RFC 7519 §4.1.7.
    pub fn jti(&self) -> &str {
        &self.jti
    }

    /// When the logout token was issued, rounded down to a second: what is newer than that is not what it ends.
    pub fn issued_at(&self) -> UnixTime {
        self.issued_at.floor()
    }

    /// The moment up to which the logout token may be used, rounded down to a second.
    ///
    /// Compared with `now` plus the leeway when it was validated.
    pub fn expires_at(&self) -> UnixTime {
        self.expires_at.floor()
    }
}

/// `logout+jwt`, which is recommended, or what tokens of no declared kind have: `JWT` or nothing.
fn check_header_type(typ: Option<&str>) -> Result<(), InvalidLogoutToken> {
    match typ {
        Some(typ) if !is_media_type(typ, "logout+jwt") && !is_media_type(typ, "JWT") => {
            Err(InvalidLogoutToken::HeaderType {
                got: Clipped::new(typ),
            })
        }
        _ => Ok(()),
    }
}

/// The claims of a verified logout token, on their way through the checks.
struct LogoutTokenClaims(Object);

impl LogoutTokenClaims {
    fn parse(jwt: &AuthenticJwt) -> Result<Self, InvalidLogoutToken> {
        Ok(Self(jwt.claims()?))
    }

    /// An access token is known by a `typ` claim where the provider marks them so. An ID token, and an
    /// access token without mark, has no [`LOGOUT_EVENT`].
    fn check_kind(&self, registration: &ClientRegistration) -> Result<(), InvalidLogoutToken> {
        match (self.text("typ"), registration.access_token_mark()) {
            (Some(typ), Some(marked)) if typ == marked => Err(InvalidLogoutToken::IsAccessToken {
                got: Clipped::new(typ),
            }),
            _ => Ok(()),
        }
    }

    /// (4) The issuer is exactly the one that was discovered.
    fn check_issuer(&self, issuer: &Issuer) -> Result<(), InvalidLogoutToken> {
        if self.text("iss") == Some(issuer.as_str()) {
            return Ok(());
        }
        let got = Clipped::claim(self.0.get("iss"));
        let expected = Clipped::new(issuer.as_str());
        Err(InvalidLogoutToken::IssuerMismatch { expected, got })
    }

    /// (4) We are an audience, and there is none that nobody said to trust.
    fn check_audience(&self, client_id: &str) -> Result<(), InvalidLogoutToken> {
        let audiences = self.audiences()?;
        if !audiences.contains(&client_id) {
            let (expected, got) = (Clipped::new(client_id), Clipped::new(&audiences.join(" ")));
            return Err(InvalidLogoutToken::AudienceMismatch { expected, got });
        }
        match audiences.iter().find(|audience| **audience != client_id) {
            Some(other) => Err(InvalidLogoutToken::AudienceUntrusted {
                got: Clipped::new(other),
            }),
            None => Ok(()),
        }
    }

    /// §2.4, `aud`, as RFC 7519 §4.1.3 has it: one string, or a list of strings.
    fn audiences(&self) -> Result<Vec<&str>, InvalidLogoutToken> {
        match self.0.get("aud") {
            Some(Value::String(audience)) => Ok(vec![audience]),
            Some(Value::Array(members)) if !members.is_empty() => members
                .iter()
                .map(|member| member.as_str().ok_or(InvalidLogoutToken::AudienceInvalid))
                .collect(),
            _ => Err(InvalidLogoutToken::AudienceInvalid),
        }
    }

    /// (4) Issued just now: neither in the future nor minutes ago.
    fn check_issued_at(&self, now: UnixTime) -> Result<NumericDate, InvalidLogoutToken> {
        let issued_at = self
            .date("iat")
            .map_err(|got| InvalidLogoutToken::IssuedAtInvalid { got })?;
        if let Some(seconds) = issued_at.ahead(now) {
            return Err(InvalidLogoutToken::IssuedInFuture { seconds });
        }
        match issued_at.older_than(MAX_LOGOUT_TOKEN_AGE_SECONDS, now) {
            Some(seconds) => Err(InvalidLogoutToken::IssuedTooLongAgo { seconds }),
            None => Ok(issued_at),
        }
    }

    /// (4) Now lies before the expiry, give or take the leeway.
    fn check_expiry(&self, now: UnixTime) -> Result<NumericDate, InvalidLogoutToken> {
        let expiry = self
            .date("exp")
            .map_err(|got| InvalidLogoutToken::ExpiryInvalid { got })?;
        match expiry.passed(now) {
            Some(seconds) => Err(InvalidLogoutToken::Expired { seconds }),
            None => Ok(expiry),
        }
    }

    /// RFC 7519 §4.1.5: not to be used before `nbf`, where there is one.
    fn check_not_before(&self, now: UnixTime) -> Result<(), InvalidLogoutToken> {
        if !self.0.contains_key("nbf") {
            return Ok(());
        }
        let not_before = self
            .date("nbf")
            .map_err(|got| InvalidLogoutToken::NotBeforeInvalid { got })?;
        match not_before.ahead(now) {
            Some(seconds) => Err(InvalidLogoutToken::NotYetValid { seconds }),
            None => Ok(()),
        }
    }

    /// (5) A subject, a session of the provider, or both; each well-formed.
    fn read_whom(&self) -> Result<(Option<Subject>, Option<String>), InvalidLogoutToken> {
        let (subject, sid) = (self.0.get("sub"), self.0.get("sid"));
        if subject.is_none() && sid.is_none() {
            return Err(InvalidLogoutToken::NeitherSubjectNorSid);
        }
        // Core §2, `sub`.
        let subject = subject
            .map(|value| Subject::read(value).ok_or(InvalidLogoutToken::SubjectInvalid))
            .transpose()?;
        // §2.1: the syntax of `sid` is that of a client identifier, RFC 6749 A.1.
        let sid = sid
            .map(|value| printable(value, MAX_SID_CHARS).ok_or(InvalidLogoutToken::SidInvalid))
            .transpose()?;
        Ok((subject, sid.map(str::to_owned)))
    }

    /// (6) The event of a logout is there, and is an object. Other events beside it, and what is in
    /// it, are not understood here and ignored, as §2.4 has it.
    fn check_events(&self) -> Result<(), InvalidLogoutToken> {
        let events = match self.0.get("events") {
            Some(Value::Object(events)) => events,
            Some(other) => {
                let got = json_type(other);
                return Err(InvalidLogoutToken::EventsInvalid { got });
            }
            None => return Err(InvalidLogoutToken::EventsInvalid { got: "absent" }),
        };
        match events.get(LOGOUT_EVENT) {
            Some(Value::Object(_)) => Ok(()),
            Some(other) => Err(InvalidLogoutToken::LogoutEventInvalid {
                got: json_type(other),
            }),
            None => {
                let names: Vec<_> = events.keys().map(String::as_str).collect();
                let got = Clipped::new(&names.join(" "));
                Err(InvalidLogoutToken::NoLogoutEvent { got })
            }
        }
    }

    /// (7) No nonce, of whatever type: it makes an ID token unusable here, and a logout token in a login.
    fn check_no_nonce(&self) -> Result<(), InvalidLogoutToken> {
        if self.0.contains_key("nonce") {
            return Err(InvalidLogoutToken::NoncePresent);
        }
        Ok(())
    }

    /// (8) By what a second coming of this token is known.
    fn read_jti(&self) -> Result<String, InvalidLogoutToken> {
        let jti = self
            .0
            .get("jti")
            .and_then(|value| printable(value, MAX_JTI_CHARS));
        Ok(jti.ok_or(InvalidLogoutToken::JtiInvalid)?.to_owned())
    }

    fn date(&self, claim: &str) -> Result<NumericDate, &'static str> {
        self.0
            .get(claim)
            .ok_or("absent")
            .and_then(NumericDate::read)
    }

    fn text(&self, claim: &str) -> Option<&str> {
        self.0.get(claim).and_then(Value::as_str)
    }
}
