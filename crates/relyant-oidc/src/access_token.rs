//! A JWT access token as a source of claims, where a provider puts roles nowhere else.
//!
//! An access token is not made for the client: its form is the provider's own business (RFC 6749
//! §1.4). So this is done only under rules that say how this provider marks its access tokens, and
//! the token is never a proof of who signed in: that is the ID token's job.

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::base64url;
use relyant_jose::json::{self, Object, Value};
use relyant_jose::jwk_set::JwkSet;
use relyant_jose::jws::{UnverifiedJws, VerifiedJws};

use crate::Error;
use crate::authentic::allowed_algorithms;
use crate::clock::UnixTime;
use crate::error::{Clipped, InvalidAccessToken};
use crate::id_token::{ValidIdToken, is_media_type};
use crate::identity::{Claims, ClaimsSource};
use crate::issuer::Issuer;
use crate::jwks::IssuerKeys;
use crate::numeric_date::NumericDate;
use crate::provider_metadata::ProviderMetadata;
use crate::registration::ClientRegistration;

/// How one provider marks its access tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessTokenRules {
    /// The header types that they may have, compared as media types; one must be there.
    pub header_types: Vec<String>,
    /// The exact `typ` claim that they have, if they have one.
    pub body_type: Option<String>,
}

/// Validates an access token that came with `id_token`, and gives its claims.
///
/// None: it is opaque, not a JWT at all, which is no fault. A JWT that fails a check is one.
pub fn validate_as_claims_source(
    raw: &str,
    keys: &IssuerKeys,
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
    rules: &AccessTokenRules,
    id_token: &ValidIdToken,
    now: UnixTime,
) -> Result<Option<Claims>, Error> {
    if !is_jwt(raw) {
        return Ok(None);
    }
    let keys = keys.of(metadata.issuer())?; // RFC 8725 §3.8
    let allowed = allowed_algorithms(metadata, registration)?; // RFC 8725 §3.1: those of the ID token.
    let jws = verify(raw, keys, &allowed)?; // RFC 9068 §4: signed by this issuer's keys.
    rules.check_header_type(jws.header().typ.as_deref())?; // RFC 8725 §3.11
    let claims = AccessTokenClaims::parse(&jws)?;
    claims.check_kind(rules)?; // RFC 8725 §3.12
    claims.check_issuer(metadata.issuer())?; // RFC 9068 §4
    claims.check_authorized_party(&registration.client_id)?; // issued to us
    claims.check_subject(id_token)?; // about the same person
    claims.check_expiry(now)?; // RFC 7519 §4.1.4
    claims.check_issued_at(now)?; // RFC 7519 §4.1.6
    claims.check_not_before(now)?; // RFC 7519 §4.1.5
    Ok(Some(Claims::receipt(
        ClaimsSource::AccessToken,
        id_token,
        claims.0,
    )))
}

/// Whether `raw` has the form of a signed JWT: three parts, the first of them a JSON object.
///
/// Anything else is opaque to us, an encrypted token of five parts too: it is for the resource
/// server alone.
fn is_jwt(raw: &str) -> bool {
    let parts: Vec<&str> = raw.split('.').take(4).collect();
    let [header, _, _] = parts.as_slice() else {
        return false;
    };
    base64url::decode(header).is_ok_and(|bytes| json::parse_object(&bytes).is_ok())
}

fn verify(
    raw: &str,
    keys: &JwkSet,
    allowed: &[SignatureAlgorithm],
) -> Result<VerifiedJws, InvalidAccessToken> {
    let jws = UnverifiedJws::parse(raw)?;
    Ok(jws.verify(keys, allowed)?)
}

impl AccessTokenRules {
    fn check_header_type(&self, typ: Option<&str>) -> Result<(), InvalidAccessToken> {
        let got = typ.unwrap_or_default();
        if self
            .header_types
            .iter()
            .any(|expected| is_media_type(got, expected))
        {
            return Ok(());
        }
        let expected = Clipped::new(&self.header_types.join(" "));
        Err(InvalidAccessToken::HeaderType {
            expected,
            got: Clipped::new(got),
        })
    }
}

/// The claims of a verified access token, on their way through the checks.
struct AccessTokenClaims(Object);

impl AccessTokenClaims {
    fn parse(jws: &VerifiedJws) -> Result<Self, InvalidAccessToken> {
        Ok(Self(jws.claims()?))
    }

    /// Neither an ID token nor a logout token.
    ///
    /// Only ID tokens have `at_hash` (Core §3.1.3.6), and every ID token of ours has a `nonce`, which
    /// some access tokens have too: it tells them apart where the provider has no mark of its own.
    /// Only logout tokens have `events` (Back-Channel Logout §2.4).
    fn check_kind(&self, rules: &AccessTokenRules) -> Result<(), InvalidAccessToken> {
        let unmarked = rules.body_type.is_none();
        if self.0.contains_key("at_hash") || (unmarked && self.0.contains_key("nonce")) {
            return Err(InvalidAccessToken::IsIdToken);
        }
        if self.0.contains_key("events") {
            return Err(InvalidAccessToken::IsLogoutToken);
        }
        let Some(expected) = rules.body_type.as_deref() else {
            return Ok(());
        };
        match self.text("typ") {
            Some(typ) if typ == expected => Ok(()),
            _ => Err(InvalidAccessToken::BodyType {
                expected: Clipped::new(expected),
                got: self.shown("typ"),
            }),
        }
    }

    fn check_issuer(&self, issuer: &Issuer) -> Result<(), InvalidAccessToken> {
        if self.text("iss") == Some(issuer.as_str()) {
            return Ok(());
        }
        let expected = Clipped::new(issuer.as_str());
        Err(InvalidAccessToken::IssuerMismatch {
            expected,
            got: self.shown("iss"),
        })
    }

    /// The audience is a resource server, not us; that the token was issued to us is in `azp`.
    fn check_authorized_party(&self, client_id: &str) -> Result<(), InvalidAccessToken> {
        if self.text("azp") == Some(client_id) {
            return Ok(());
        }
        let expected = Clipped::new(client_id);
        Err(InvalidAccessToken::AuthorizedPartyMismatch {
            expected,
            got: self.shown("azp"),
        })
    }

    /// Where a subject is named, it is the ID token's.
    fn check_subject(&self, id_token: &ValidIdToken) -> Result<(), InvalidAccessToken> {
        let expected = id_token.subject().as_str();
        if !self.0.contains_key("sub") || self.text("sub") == Some(expected) {
            return Ok(());
        }
        let expected = Clipped::new(expected);
        Err(InvalidAccessToken::SubjectMismatch {
            expected,
            got: self.shown("sub"),
        })
    }

    fn check_expiry(&self, now: UnixTime) -> Result<(), InvalidAccessToken> {
        let expiry = self
            .0
            .get("exp")
            .ok_or("absent")
            .and_then(NumericDate::read);
        let expiry = expiry.map_err(|got| InvalidAccessToken::ExpiryInvalid { got })?;
        match expiry.passed(now) {
            Some(seconds) => Err(InvalidAccessToken::Expired { seconds }),
            None => Ok(()),
        }
    }

    fn check_issued_at(&self, now: UnixTime) -> Result<(), InvalidAccessToken> {
        let Some(value) = self.0.get("iat") else {
            return Ok(());
        };
        let issued_at =
            NumericDate::read(value).map_err(|got| InvalidAccessToken::IssuedAtInvalid { got })?;
        match issued_at.ahead(now) {
            Some(seconds) => Err(InvalidAccessToken::IssuedInFuture { seconds }),
            None => Ok(()),
        }
    }

    fn check_not_before(&self, now: UnixTime) -> Result<(), InvalidAccessToken> {
        let Some(value) = self.0.get("nbf") else {
            return Ok(());
        };
        let not_before =
            NumericDate::read(value).map_err(|got| InvalidAccessToken::NotBeforeInvalid { got })?;
        match not_before.ahead(now) {
            Some(seconds) => Err(InvalidAccessToken::NotYetValid { seconds }),
            None => Ok(()),
        }
    }

    fn text(&self, claim: &str) -> Option<&str> {
        self.0.get(claim).and_then(Value::as_str)
    }

    /// A claim as a message shows it: its text, other JSON as it is, nothing where it is absent.
    fn shown(&self, claim: &str) -> Clipped {
        match self.0.get(claim) {
            None => Clipped::default(),
            Some(Value::String(text)) => Clipped::new(text),
            Some(other) => Clipped::new(&other.to_string()),
        }
    }
}
