//! Access tokens at a resource server: a JWT is validated by the list of RFC 9068 §4, and leaves a receipt.
//!
//! The client reads its own access token too, where a provider puts roles nowhere else: [`validate_as_claims_source`].

mod claims;
mod claims_source;
mod profile;

use std::collections::BTreeSet;
use std::fmt;

use relyant_jose::json::Object;

use crate::Error;
use crate::authentic::{self, allowed_algorithms};
use crate::characters::is_printable;
use crate::clock::UnixTime;
use crate::decryption_keys::{Encrypted, check_compact};
use crate::error::{Clipped, Configuration, InvalidAccessToken};
use crate::id_token::{Subject, is_media_type};
use crate::issuer::Issuer;
use crate::jwks::IssuerKeys;
use crate::limits::{MAX_AUDIENCE_CHARS, MAX_BEARER_TOKEN_BYTES};
use crate::numeric_date::NumericDate;
use crate::provider_metadata::ProviderMetadata;
use crate::registration::ClientRegistration;

pub(crate) use claims::AccessTokenClaims;
use claims::{Principal, SignInTold};
pub use claims_source::{AccessTokenRules, validate_as_claims_source};
pub use profile::{AccessTokenProfile, Leniency, ServiceAccountMarks};

/// The identifier under which access tokens name us as a resource server. Without one no token is taken.
///
/// RFC 9068 §4: a token is refused that isn't for us, so there is no "any".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audience(String);

impl Audience {
    /// An identifier of printable ASCII characters: a client identifier, or the address of an API (RFC 8707 §2).
    pub fn parse(text: &str) -> Result<Self, Configuration> {
        if text.len() > MAX_AUDIENCE_CHARS || !is_printable(text) {
            let got = Clipped::new(text);
            return Err(Configuration::AudienceInvalid { got });
        }
        Ok(Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Refuses what is no JWT at all, before the provider is asked for anything: everybody may send that to an API.
///
/// By its length before anything else.
pub fn check_form(raw: &str) -> Result<(), Error> {
    check_length(raw)?;
    check_compact(raw).map_err(|reason| InvalidAccessToken::Malformed { reason }.into())
}

/// What no server takes in a header is no token, whatever is in it. RFC 6750 §2.1.
pub(crate) fn check_length(token: &str) -> Result<(), InvalidAccessToken> {
    let bytes = token.len();
    if bytes > MAX_BEARER_TOKEN_BYTES {
        return Err(InvalidAccessToken::TooLong { bytes });
    }
    Ok(())
}

/// Validates a JWT access token that somebody presented to us, in the order of RFC 9068 §4.
///
/// What the `registration`'s profile forgives is forgiven, one thing at a time; that the token is for `audience`, is never.
pub fn validate(
    raw: &str,
    keys: &IssuerKeys,
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
    audience: &Audience,
    now: UnixTime,
) -> Result<ValidAccessToken, Error> {
    let profile = &registration.access_token_profile;
    let keys = keys.of(metadata.issuer())?; // RFC 8725 §3.8: keys of this issuer, of no other.
    let token = registration
        .decryption_keys
        .open(raw, Encrypted::AccessToken)?; // "If the JWT access token is encrypted"
    // "MUST validate the signature", by an algorithm that is ours to choose: no MAC and never `none` (RFC 8725 §3.1).
    let allowed = allowed_algorithms(metadata, registration)?;
    let jwt = authentic::verify_signed::<InvalidAccessToken>(&token, keys, &allowed)?;
    let kind = check_header_type(jwt.typ(), profile)?; // "MUST verify that the `typ` header"
    let claims = AccessTokenClaims::parse(&jwt)?; // RFC 7519 §7.2 (10): strict JSON, no member twice.
    check_kind(kind, &claims, profile)?; // RFC 8725 §3.12: nor another kind by its claims.
    claims.check_issuer(metadata.issuer())?; // "The issuer identifier"
    claims.check_audience(audience.as_str())?; // "MUST validate that the `aud` claim"
    let expires_at = claims.check_expiry(now)?; // "The current time MUST be before"
    claims.check_age(now)?; // §2.2, `iat`
    claims.check_not_before(now)?; // RFC 7519 §4.1.5
    claims.check_jti(profile)?; // §2.2, `jti`
    claims.check_subject_present(profile)?; // §2.2, `sub`
    ValidAccessToken::receipt(claims, metadata.issuer(), Some(expires_at), profile)
}

/// How far a token's header tells what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HeaderKind {
    /// An access token.
    AccessToken,
    /// Some JWT.
    Unsaid,
}

/// RFC 9068 §2.1, §4: `at+jwt`, with or without `application/` in front, and nothing else unless the profile forgives it.
fn check_header_type(
    typ: Option<&str>,
    profile: &AccessTokenProfile,
) -> Result<HeaderKind, InvalidAccessToken> {
    match typ {
        Some(typ) if is_media_type(typ, "at+jwt") => Ok(HeaderKind::AccessToken),
        Some(typ) if is_media_type(typ, "JWT") && profile.forgives(Leniency::HeaderTypeJwt) => {
            Ok(HeaderKind::Unsaid)
        }
        None if profile.forgives(Leniency::HeaderTypeAbsent) => Ok(HeaderKind::Unsaid),
        other => Err(InvalidAccessToken::HeaderType {
            expected: Clipped::new(profile.header_types()),
            got: Clipped::new(other.unwrap_or_default()),
        }),
    }
}

/// The body's part: the provider's own mark, where it has one, or what only access tokens have, where the header says nothing.
fn check_kind(
    kind: HeaderKind,
    claims: &AccessTokenClaims,
    profile: &AccessTokenProfile,
) -> Result<(), InvalidAccessToken> {
    claims.check_no_other_kind()?;
    match (&profile.body_type, kind) {
        (Some(expected), _) => claims.check_body_type(expected),
        (None, HeaderKind::Unsaid) => claims.check_unmarked(profile),
        (None, HeaderKind::AccessToken) => Ok(()),
    }
}

/// An access token that passed every check; the only way to what it says.
///
/// Made by [`validate`], and by the answer of its issuer, [`crate::introspection`]. It holds no token: whoever keeps it for the
/// next request keeps it under a name of his own, and not beyond [`expires_at`](Self::expires_at). `Debug` shows the issuer alone.
#[derive(Clone, PartialEq, Eq)]
pub struct ValidAccessToken {
    issuer: Issuer,
    principal: Principal,
    client_id: String,
    scopes: BTreeSet<String>,
    expires_at: Option<NumericDate>,
    sign_in: SignInTold,
    claims: Object,
}

impl ValidAccessToken {
    /// Reads what every access token tells, however it was told, once its own checks are passed.
    pub(crate) fn receipt(
        claims: AccessTokenClaims,
        issuer: &Issuer,
        expires_at: Option<NumericDate>,
        profile: &AccessTokenProfile,
    ) -> Result<Self, Error> {
        claims.check_not_bound()?; // RFC 9449 §7.1, RFC 8705 §3: no bearer token.
        let client_id = claims.read_client_id(profile)?; // RFC 9068 §2.2, `client_id`
        Ok(Self {
            issuer: issuer.clone(),
            principal: claims.read_principal(&client_id, profile)?, // RFC 9068 §2.2, `sub`
            client_id,
            scopes: claims.read_scopes(profile)?, // RFC 9068 §2.2.3
            expires_at,
            sign_in: claims.read_sign_in()?, // RFC 9068 §2.2.1
            claims: claims.into_members(),
        })
    }

    /// Who vouches.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// The person whose token it is, among the issuer's people; none where it is a client's own.
    ///
    /// A client's own token may have a `sub` too, and a client may be called as a person is: it never stands for her.
    pub fn subject(&self) -> Option<&Subject> {
        match &self.principal {
            Principal::Person(subject) => Some(subject),
            Principal::Service => None,
        }
    }

    /// Whether it is a client's own, without any person. RFC 6749 §4.4.
    pub fn is_service(&self) -> bool {
        self.principal == Principal::Service
    }

    /// The client that it was issued to.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// What it allows, word for word; none of it means another. RFC 6749 §3.3.
    pub fn scopes(&self) -> &BTreeSet<String> {
        &self.scopes
    }

    /// The moment up to which it may be used, rounded down to a second; none where its issuer, who was asked, didn't say.
    ///
    /// Compared with `now` plus the leeway when it was validated.
    pub fn expires_at(&self) -> Option<UnixTime> {
        self.expires_at.map(NumericDate::floor)
    }

    /// When the person signed in at the provider. RFC 9068 §2.2.1.
    pub fn auth_time(&self) -> Option<UnixTime> {
        self.sign_in.auth_time.map(NumericDate::floor)
    }

    /// How sure the provider is, in its own words. RFC 9068 §2.2.1.
    pub fn acr(&self) -> Option<&str> {
        self.sign_in.acr.as_deref()
    }

    /// How the person signed in; empty where the provider doesn't say. RFC 9068 §2.2.1.
    pub fn amr(&self) -> Vec<&str> {
        self.sign_in.amr.iter().map(String::as_str).collect()
    }

    /// All claims, as they were told.
    pub fn claims(&self) -> &Object {
        &self.claims
    }
}

impl fmt::Debug for ValidAccessToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ValidAccessToken")
            .field("issuer", &self.issuer.as_str())
            .finish_non_exhaustive()
    }
}
