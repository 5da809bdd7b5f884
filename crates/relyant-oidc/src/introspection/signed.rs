//! An answer about a token that its issuer signed. RFC 9701 §5.

use relyant_jose::json::{Object, Value};

use crate::Error;
use crate::authentic::{self, AuthenticJwt, allowed_algorithms};
use crate::clock::UnixTime;
use crate::decryption_keys::Encrypted;
use crate::error::{Clipped, InvalidIntrospection};
use crate::http::HttpResponse;
use crate::id_token::is_media_type;
use crate::issuer::Issuer;
use crate::json_type::json_type;
use crate::jwks::IssuerKeys;
use crate::limits::MAX_INTROSPECTION_AGE_SECONDS;
use crate::numeric_date::NumericDate;
use crate::provider_metadata::ProviderMetadata;
use crate::registration::ClientRegistration;

/// The members of `token_introspection`, once the JWT around them is known to be the issuer's, for us, and of now.
pub(super) fn read(
    response: &HttpResponse,
    keys: &IssuerKeys,
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
    now: UnixTime,
) -> Result<Object, Error> {
    let token = response
        .text()
        .ok_or_else(|| InvalidIntrospection::Malformed {
            reason: Clipped::new("it is not text"),
        })?;
    let keys = keys.of(metadata.issuer())?; // RFC 8725 §3.8: keys of this issuer, of no other.
    // §5: signed first, and then encrypted where that was agreed. To open is not to verify.
    let token = registration
        .decryption_keys
        .open(token, Encrypted::Introspection)?;
    let allowed = match &registration.introspection_algorithms {
        Some(pinned) => pinned.clone(),
        None => match metadata.introspection_signature_algorithms() {
            Some(offered) => offered, // §7
            None => allowed_algorithms(metadata, registration)?,
        },
    };
    let jwt = authentic::verify_signed::<InvalidIntrospection>(&token, keys, &allowed)?;
    check_header_type(jwt.typ())?; // §5, `typ`; §8.1: not a token of another kind.
    let claims = SignedClaims::parse(&jwt)?;
    claims.check_issuer(metadata.issuer())?; // §5, `iss`
    claims.check_audience(&registration.client_id)?; // §5, `aud`
    claims.check_issued_at(now)?; // §5, `iat`
    Ok(claims.into_token_introspection()?) // §5, `token_introspection`
}

fn check_header_type(typ: Option<&str>) -> Result<(), InvalidIntrospection> {
    match typ {
        Some(typ) if is_media_type(typ, "token-introspection+jwt") => Ok(()),
        other => Err(InvalidIntrospection::HeaderType {
            got: Clipped::new(other.unwrap_or_default()),
        }),
    }
}

/// The claims around the answer.
struct SignedClaims(Object);

impl SignedClaims {
    fn parse(jwt: &AuthenticJwt) -> Result<Self, InvalidIntrospection> {
        Ok(Self(jwt.claims()?))
    }

    fn check_issuer(&self, issuer: &Issuer) -> Result<(), InvalidIntrospection> {
        if self.0.get("iss").and_then(Value::as_str) == Some(issuer.as_str()) {
            return Ok(());
        }
        Err(InvalidIntrospection::IssuerMismatch {
            expected: Clipped::new(issuer.as_str()),
            got: Clipped::claim(self.0.get("iss")),
        })
    }

    /// The answer is for us alone: one that others got as well could be theirs, played on to us.
    fn check_audience(&self, client_id: &str) -> Result<(), InvalidIntrospection> {
        let is_us = |value: &Value| value.as_str() == Some(client_id);
        let fits = match self.0.get("aud") {
            Some(Value::Array(members)) => !members.is_empty() && members.iter().all(is_us),
            Some(value) => is_us(value),
            None => false,
        };
        if fits {
            return Ok(());
        }
        Err(InvalidIntrospection::AudienceMismatch {
            expected: Clipped::new(client_id),
            got: Clipped::claim(self.0.get("aud")),
        })
    }

    /// It was made for the request that was sent just now.
    fn check_issued_at(&self, now: UnixTime) -> Result<(), InvalidIntrospection> {
        let issued_at = self
            .0
            .get("iat")
            .ok_or("absent")
            .and_then(NumericDate::read);
        let issued_at = issued_at.map_err(|got| InvalidIntrospection::IssuedAtInvalid { got })?;
        if let Some(seconds) = issued_at.ahead(now) {
            return Err(InvalidIntrospection::IssuedInFuture { seconds });
        }
        match issued_at.older_than(MAX_INTROSPECTION_AGE_SECONDS, now) {
            Some(seconds) => Err(InvalidIntrospection::IssuedTooLongAgo { seconds }),
            None => Ok(()),
        }
    }

    fn into_token_introspection(mut self) -> Result<Object, InvalidIntrospection> {
        let got = match self.0.remove("token_introspection") {
            Some(Value::Object(members)) => return Ok(members),
            Some(other) => json_type(&other),
            None => "absent",
        };
        Err(InvalidIntrospection::NoTokenIntrospection { got })
    }
}
