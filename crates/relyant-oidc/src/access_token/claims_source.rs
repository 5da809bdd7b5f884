//! A JWT access token as a source of claims, where a provider puts roles nowhere else.
//!
//! An access token is not made for the client: its form is the provider's own business (RFC 6749
//! §1.4). So this is done only under rules that say how this provider marks its access tokens, and
//! the token is never a proof of who signed in: that is the ID token's job.

use relyant_jose::base64url;
use relyant_jose::json;

use super::claims::AccessTokenClaims;
use crate::Error;
use crate::authentic::{self, allowed_algorithms};
use crate::clock::UnixTime;
use crate::error::{Clipped, InvalidAccessToken};
use crate::id_token::{ValidIdToken, is_media_type};
use crate::identity::{Claims, ClaimsSource};
use crate::jwks::IssuerKeys;
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
    // RFC 9068 §4: signed by this issuer's keys.
    let jwt = authentic::verify_signed::<InvalidAccessToken>(raw, keys, &allowed)?;
    rules.check_header_type(jwt.typ())?; // RFC 8725 §3.11
    let claims = AccessTokenClaims::parse(&jwt)?;
    rules.check_kind(&claims)?; // RFC 8725 §3.12
    claims.check_issuer(metadata.issuer())?; // RFC 9068 §4
    check_authorized_party(&claims, &registration.client_id)?; // issued to us
    check_subject(&claims, id_token)?; // about the same person
    claims.check_expiry(now)?; // RFC 7519 §4.1.4
    claims.check_issued_at(now)?; // RFC 7519 §4.1.6
    claims.check_not_before(now)?; // RFC 7519 §4.1.5
    Ok(Some(Claims::receipt(
        ClaimsSource::AccessToken,
        id_token,
        claims.into_members(),
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
        let expected = Clipped::new(&self.header_types.join(" or "));
        Err(InvalidAccessToken::HeaderType {
            expected,
            got: Clipped::new(got),
        })
    }

    /// Neither an ID token nor a logout token.
    ///
    /// Every ID token of ours has a `nonce`, which some access tokens have too: it tells them apart where the provider has
    /// no mark of its own.
    fn check_kind(&self, claims: &AccessTokenClaims) -> Result<(), InvalidAccessToken> {
        if self.body_type.is_none() && claims.has("nonce") {
            return Err(InvalidAccessToken::IsIdToken);
        }
        claims.check_no_other_kind()?;
        match &self.body_type {
            Some(expected) => claims.check_body_type(expected),
            None => Ok(()),
        }
    }
}

/// The audience is a resource server, not us; that the token was issued to us is in `azp`.
fn check_authorized_party(
    claims: &AccessTokenClaims,
    client_id: &str,
) -> Result<(), InvalidAccessToken> {
    if claims.text("azp") == Some(client_id) {
        return Ok(());
    }
    let expected = Clipped::new(client_id);
    Err(InvalidAccessToken::AuthorizedPartyMismatch {
        expected,
        got: claims.shown("azp"),
    })
}

/// Where a subject is named, it is the ID token's.
fn check_subject(
    claims: &AccessTokenClaims,
    id_token: &ValidIdToken,
) -> Result<(), InvalidAccessToken> {
    let expected = id_token.subject().as_str();
    if !claims.has("sub") || claims.text("sub") == Some(expected) {
        return Ok(());
    }
    let expected = Clipped::new(expected);
    Err(InvalidAccessToken::SubjectMismatch {
        expected,
        got: claims.shown("sub"),
    })
}
