//! ID token validation: the provider's word on who signed in. Core §3.1.3.7.

use std::borrow::Cow;
use std::fmt;

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::json::{Object, Value};
use relyant_jose::{base64url, digest};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::Error;
use crate::authentic::{self, AuthenticJwt};
use crate::authorization::demands::SignIn;
use crate::authorization::transaction::{LoginTransaction, Nonce};
use crate::clock::UnixTime;
use crate::decryption_keys::{Encrypted, is_encrypted};
use crate::error::{Clipped, InvalidToken};
use crate::issuer::Issuer;
use crate::json_type::{json_type, printable, text, texts};
use crate::jwks::IssuerKeys;
use crate::limits::{MAX_ID_TOKEN_AGE_SECONDS, MAX_SID_CHARS, MAX_SUBJECT_CHARS};
use crate::numeric_date::NumericDate;
use crate::provider_metadata::ProviderMetadata;
use crate::registration::{ClientRegistration, IdTokenAudience};
use crate::token::refresh::FormerIdToken;

/// Validates the ID token of a login, with the numbers of Core §3.1.3.7.
///
/// `login` is the one that it was asked for, `access_token` the one that came with the ID token, if one did.
pub fn validate(
    raw: &str,
    keys: &IssuerKeys,
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
    login: &LoginTransaction,
    access_token: Option<&str>,
    now: UnixTime,
) -> Result<ValidIdToken, Error> {
    let occasion = Occasion::Login(login);
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

/// What an ID token was issued at.
pub(crate) enum Occasion<'a> {
    /// A login, with its nonce and its demands.
    Login(&'a LoginTransaction),
    /// A refresh of a session that has this ID token so far.
    Refresh(&'a FormerIdToken),
}

/// The steps of [`validate`], for an ID token of any occasion.
pub(crate) fn validate_on(
    occasion: &Occasion<'_>,
    raw: &str,
    keys: &IssuerKeys,
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
    access_token: Option<&str>,
    now: UnixTime,
) -> Result<ValidIdToken, Error> {
    let token = open(raw, registration)?; // (1): encrypted as was agreed.
    let keys = keys.of_token(metadata.issuer(), &token)?; // RFC 8725 §3.8: keys of this issuer, of no other.
    // (6), (7), (8): signed, whatever the channel, by an algorithm that is ours to choose.
    let jwt = authentic::verify::<InvalidToken>(&token, keys, metadata, registration)?;
    check_header_type(jwt.typ())?; // RFC 8725 §3.11: not a token of another kind.
    let claims = IdTokenClaims::parse(&jwt)?; // RFC 7519 §7.2 (10): strict JSON, no member twice.
    claims.check_kind(registration)?; // RFC 8725 §3.12: nor by its claims.
    let issuer = claims.check_issuer(metadata.issuer())?; // (2)
    claims.check_audience(registration)?; // (3)
    claims.check_authorized_party(&registration.client_id)?; // (4), (5)
    let expires_at = claims.check_expiry(now)?; // (9)
    let issued_at = claims.check_issued_at(now)?; // (10)
    claims.check_not_before(now)?; // RFC 7519 §4.1.5
    let subject = claims.read_subject()?; // §2, `sub`
    let account = claims.read_account(registration, &subject)?; // where `sub` names her to this client alone
    match occasion {
        Occasion::Login(login) => claims.check_nonce(&login.nonce())?, // (11)
        Occasion::Refresh(former) => former.check_continued_by(&claims.0)?, // §12.2
    }
    let details = claims.read_details()?; // §2: the types of what may be there.
    if let Occasion::Login(login) = occasion {
        let demands = login.demands();
        demands.check_met(&details.sign_in(), login.started_at(), now)?; // (12), (13)
    }
    claims.check_access_token_hash(jwt.hash(), access_token)?; // §3.1.3.8
    let text = RawIdToken(token.into_owned());
    Ok(ValidIdToken::receipt(
        text,
        issuer,
        (subject, account),
        (issued_at, expires_at),
        details,
        claims.0,
    ))
}

/// An ID token that passed every check; the only way to its claims.
///
/// Made by [`validate`] only. `Debug` shows issuer and subject and nothing else.
#[derive(Clone, PartialEq, Eq)]
pub struct ValidIdToken {
    raw: RawIdToken,
    issuer: Issuer,
    subject: Subject,
    account: Subject,
    issued_at: NumericDate,
    expires_at: NumericDate,
    details: Details,
    claims: Object,
}

/// The token's text, wiped when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
struct RawIdToken(String);

/// The optional claims that Core §2 and Back-Channel Logout §2.1 give a type to.
#[derive(Clone, PartialEq, Eq)]
struct Details {
    sid: Option<String>,
    auth_time: Option<NumericDate>,
    acr: Option<String>,
    amr: Vec<String>,
}

impl Details {
    fn sign_in(&self) -> SignIn<'_> {
        SignIn {
            auth_time: self.auth_time,
            acr: self.acr.as_deref(),
            amr: &self.amr,
        }
    }
}

/// Who signed in, among the people of the issuer: 1 to 255 printable ASCII characters, compared
/// exactly. Core §2, `sub`; §5.7.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Subject(String);

impl Subject {
    pub(crate) fn read(value: &Value) -> Option<Self> {
        printable(value, MAX_SUBJECT_CHARS).map(|text| Self(text.to_owned()))
    }

    /// The text, as the provider wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ValidIdToken {
    fn receipt(
        raw: RawIdToken,
        issuer: Issuer,
        (subject, account): (Subject, Subject),
        (issued_at, expires_at): (NumericDate, NumericDate),
        details: Details,
        claims: Object,
    ) -> Self {
        Self {
            raw,
            issuer,
            subject,
            account,
            issued_at,
            expires_at,
            details,
            claims,
        }
    }

    /// The signed token, for the hint of a logout: out of its encryption, which the provider couldn't open.
    ///
    /// RP-Initiated Logout §2, `id_token_hint`.
    pub fn as_str(&self) -> &str {
        &self.raw.0
    }

    /// Who vouches.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Who signed in.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// Under what her account is known: the subject, or what this provider calls her for every client.
    ///
    /// Core §8: a subject may be pairwise, another one for each client.
    pub fn account(&self) -> &Subject {
        &self.account
    }

    /// When the ID token was issued, rounded down to a second. Core §2, `iat`.
    pub fn issued_at(&self) -> UnixTime {
        self.issued_at.floor()
    }

    /// The moment up to which the ID token may be used, rounded down to a second.
    ///
    /// Compared with `now` plus the leeway when it was validated. Core §2, `exp`.
    pub fn expires_at(&self) -> UnixTime {
        self.expires_at.floor()
    }

    /// The provider's session. Back-Channel Logout §2.1, `sid`.
    pub fn sid(&self) -> Option<&str> {
        self.details.sid.as_deref()
    }

    /// When the person signed in at the provider. Core §2, `auth_time`.
    pub fn auth_time(&self) -> Option<UnixTime> {
        self.details.auth_time.map(NumericDate::floor)
    }

    /// How sure the provider is, in its own words. Core §2, `acr`.
    pub fn acr(&self) -> Option<&str> {
        self.details.acr.as_deref()
    }

    /// How the person signed in; empty where the provider doesn't say. Core §2, `amr`.
    pub fn amr(&self) -> Vec<&str> {
        self.details.amr.iter().map(String::as_str).collect()
    }

    /// All claims, as signed.
    pub fn claims(&self) -> &Object {
        &self.claims
    }
}

impl fmt::Debug for ValidIdToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ValidIdToken")
            .field("issuer", &self.issuer.as_str())
            .field("subject", &self.subject.as_str())
            .finish_non_exhaustive()
    }
}

/// The token without its encryption, if it has one. Core §3.1.3.7 (1).
fn open<'t>(raw: &'t str, registration: &ClientRegistration) -> Result<Cow<'t, str>, Error> {
    if registration.required.encrypted_id_token && !is_encrypted(raw) {
        return Err(InvalidToken::NotEncrypted.into());
    }
    registration.decryption_keys.open(raw, Encrypted::IdToken)
}

/// Absent, or JWT: other kinds of token say so in their header (`at+jwt`, `logout+jwt`).
fn check_header_type(typ: Option<&str>) -> Result<(), InvalidToken> {
    match typ {
        Some(typ) if !is_media_type(typ, "JWT") => Err(InvalidToken::HeaderType {
            got: Clipped::new(typ),
        }),
        _ => Ok(()),
    }
}

/// Whether a header's `typ` is `expected`, both with or without `application/` in front.
///
/// RFC 7515 §4.1.9; media types are compared without regard to case (RFC 9110 §8.3.1).
pub(crate) fn is_media_type(typ: &str, expected: &str) -> bool {
    without_application(typ).eq_ignore_ascii_case(without_application(expected))
}

fn without_application(typ: &str) -> &str {
    const PREFIX: &str = "application/";
    match typ.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
        _ => typ,
    }
}

/// The claims of a verified ID token, on their way through the checks.
struct IdTokenClaims(Object);

impl IdTokenClaims {
    fn parse(jwt: &AuthenticJwt) -> Result<Self, InvalidToken> {
        Ok(Self(jwt.claims()?))
    }

    /// A logout token has `events` (Back-Channel Logout §2.4); an access token is known by a `typ`
    /// claim where the provider marks them so.
    fn check_kind(&self, registration: &ClientRegistration) -> Result<(), InvalidToken> {
        if self.0.contains_key("events") {
            return Err(InvalidToken::IsLogoutToken);
        }
        match (self.text("typ"), registration.access_token_mark()) {
            (Some(typ), Some(marked)) if typ == marked => Err(InvalidToken::IsAccessToken {
                got: Clipped::new(typ),
            }),
            _ => Ok(()),
        }
    }

    /// (2) The issuer is exactly the one that was discovered, or that of the token's tenant where it was one for several.
    fn check_issuer(&self, discovered: &Issuer) -> Result<Issuer, InvalidToken> {
        let got = self.text("iss").ok_or(InvalidToken::IssuerMissing)?;
        let expected = match discovered.tenants() {
            Some(tenants) => discovered.of_tenant(&tenants.issuer_for(&self.0)?),
            None => discovered.clone(),
        };
        if got == expected.as_str() {
            return Ok(expected);
        }
        let expected = Clipped::new(expected.as_str());
        Err(InvalidToken::IssuerMismatch {
            expected,
            got: Clipped::new(got),
        })
    }

    /// (3) We are an audience, and there is none that nobody said to trust.
    ///
    /// Where a provider names its other clients in each ID token, `azp` must say that it was issued to us: (4), (5).
    fn check_audience(&self, registration: &ClientRegistration) -> Result<(), InvalidToken> {
        let client_id = registration.client_id.as_str();
        let audiences = self.audiences()?;
        if !audiences.contains(&client_id) {
            let (expected, got) = (Clipped::new(client_id), Clipped::new(&audiences.join(" ")));
            return Err(InvalidToken::AudienceMismatch { expected, got });
        }
        match audiences.iter().find(|audience| **audience != client_id) {
            Some(other) if registration.id_token_audience == IdTokenAudience::Us => {
                Err(InvalidToken::AudienceUntrusted {
                    got: Clipped::new(other),
                })
            }
            _ => Ok(()),
        }
    }

    /// Core §2, `aud`: one string, or a list of strings.
    fn audiences(&self) -> Result<Vec<&str>, InvalidToken> {
        match self.0.get("aud") {
            None => Err(InvalidToken::AudienceMissing),
            Some(Value::String(audience)) => Ok(vec![audience]),
            Some(Value::Array(members)) if !members.is_empty() => members
                .iter()
                .map(|member| member.as_str().ok_or(InvalidToken::AudienceInvalid))
                .collect(),
            Some(_) => Err(InvalidToken::AudienceInvalid),
        }
    }

    /// (4) Several audiences need `azp`. (5) An `azp` that is there is us.
    ///
    /// As errata set 1 words (4) and (5); set 2 leaves both to extensions that use `azp`.
    fn check_authorized_party(&self, client_id: &str) -> Result<(), InvalidToken> {
        match self.0.get("azp") {
            None if self.audiences()?.len() > 1 => Err(InvalidToken::AuthorizedPartyMissing),
            None => Ok(()),
            Some(Value::String(azp)) if azp == client_id => Ok(()),
            other => Err(InvalidToken::AuthorizedPartyMismatch {
                expected: Clipped::new(client_id),
                got: Clipped::claim(other),
            }),
        }
    }

    /// (9) Now lies before the expiry, give or take the leeway.
    fn check_expiry(&self, now: UnixTime) -> Result<NumericDate, InvalidToken> {
        let value = self.0.get("exp").ok_or(InvalidToken::ExpiryMissing)?;
        let expiry = NumericDate::read(value).map_err(|got| InvalidToken::ExpiryInvalid { got })?;
        match expiry.passed(now) {
            Some(seconds) => Err(InvalidToken::Expired { seconds }),
            None => Ok(expiry),
        }
    }

    /// (10) Issued for this occasion: neither in the future nor long ago.
    fn check_issued_at(&self, now: UnixTime) -> Result<NumericDate, InvalidToken> {
        let value = self.0.get("iat").ok_or(InvalidToken::IssuedAtMissing)?;
        let issued_at =
            NumericDate::read(value).map_err(|got| InvalidToken::IssuedAtInvalid { got })?;
        if let Some(seconds) = issued_at.ahead(now) {
            return Err(InvalidToken::IssuedInFuture { seconds });
        }
        match issued_at.older_than(MAX_ID_TOKEN_AGE_SECONDS, now) {
            Some(seconds) => Err(InvalidToken::IssuedTooLongAgo { seconds }),
            None => Ok(issued_at),
        }
    }

    /// RFC 7519 §4.1.5: not to be used before `nbf`, where there is one.
    fn check_not_before(&self, now: UnixTime) -> Result<(), InvalidToken> {
        let Some(value) = self.0.get("nbf") else {
            return Ok(());
        };
        let not_before =
            NumericDate::read(value).map_err(|got| InvalidToken::NotBeforeInvalid { got })?;
        match not_before.ahead(now) {
            Some(seconds) => Err(InvalidToken::NotYetValid { seconds }),
            None => Ok(()),
        }
    }

    /// (11) The nonce that this login sent; one is always sent.
    fn check_nonce(&self, expected: &Nonce) -> Result<(), InvalidToken> {
        let got = self.text("nonce").ok_or(InvalidToken::NonceMissing)?;
        if expected.matches(got) {
            Ok(())
        } else {
            Err(InvalidToken::NonceMismatch)
        }
    }

    fn read_details(&self) -> Result<Details, InvalidToken> {
        Ok(Details {
            sid: self.typed("sid", SID_EXPECTED, sid)?,
            auth_time: self.typed("auth_time", NumericDate::EXPECTED, NumericDate::read)?,
            acr: self.typed("acr", "a string", text)?,
            amr: self
                .typed("amr", "a list of strings", texts)?
                .unwrap_or_default(),
        })
    }

    /// A claim that need not be there, but is what `expected` says where it is.
    fn typed<T>(
        &self,
        claim: &'static str,
        expected: &'static str,
        read: impl FnOnce(&Value) -> Result<T, &'static str>,
    ) -> Result<Option<T>, InvalidToken> {
        let value = self.0.get(claim).map(read).transpose();
        value.map_err(|got| InvalidToken::ClaimType {
            claim,
            expected,
            got,
        })
    }

    fn read_subject(&self) -> Result<Subject, InvalidToken> {
        let value = self.0.get("sub").ok_or(InvalidToken::SubjectMissing)?;
        Subject::read(value).ok_or(InvalidToken::SubjectInvalid)
    }

    /// The claim that names her account, where the registration says that another than `sub` does.
    fn read_account(
        &self,
        registration: &ClientRegistration,
        subject: &Subject,
    ) -> Result<Subject, InvalidToken> {
        let Some(claim) = &registration.account_claim else {
            return Ok(subject.clone());
        };
        let named = self.0.get(claim).and_then(Subject::read);
        named.ok_or_else(|| InvalidToken::AccountInvalid {
            claim: Clipped::new(claim),
            got: Clipped::claim(self.0.get(claim)),
        })
    }

    /// §3.1.3.8: the left half of the hash of the access token's ASCII, by the hash of `alg`.
    fn check_access_token_hash(
        &self,
        algorithm: SignatureAlgorithm,
        access_token: Option<&str>,
    ) -> Result<(), InvalidToken> {
        let Some(value) = self.0.get("at_hash") else {
            return Ok(());
        };
        let got = value.as_str().ok_or(InvalidToken::AccessTokenHashInvalid)?;
        let Some(access_token) = access_token else {
            return Ok(());
        };
        let expected = base64url::encode(&digest::left_half(algorithm, access_token.as_bytes()));
        if digest::constant_time_eq(got.as_bytes(), expected.as_bytes()) {
            return Ok(());
        }
        Err(InvalidToken::AccessTokenHashMismatch)
    }

    fn text(&self, claim: &str) -> Option<&str> {
        self.0.get(claim).and_then(Value::as_str)
    }
}

const SID_EXPECTED: &str = "a string of 1 to 255 printable ASCII characters";

/// Back-Channel Logout §2.1: its syntax is that of a client identifier, RFC 6749 A.1.
fn sid(value: &Value) -> Result<String, &'static str> {
    match (printable(value, MAX_SID_CHARS), value) {
        (Some(sid), _) => Ok(sid.to_owned()),
        (None, Value::String(_)) => Err("another string"),
        (None, other) => Err(json_type(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_of_headers_are_compared_as_rfc_7515_section_4_1_9_says() {
        for (typ, expected, same) in [
            ("JWT", "JWT", true),
            ("jwt", "JWT", true),
            ("application/jwt", "JWT", true),
            ("Application/JWT", "JWT", true),
            ("at+jwt", "application/at+jwt", true),
            ("at+jwt", "JWT", false),
            ("application/", "JWT", false),
            ("text/jwt", "JWT", false),
            (" JWT", "JWT", false),
            ("", "JWT", false),
            ("ﬃﬃﬃﬃﬃ", "JWT", false),
        ] {
            assert_eq!(is_media_type(typ, expected), same, "{typ} {expected}");
        }
    }
}
