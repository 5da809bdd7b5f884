//! From a JWT of an issuer that is believed to the claims that are taken from it. Core §5.6.2.

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::json::{Object, Value};

use super::ClaimSource;
use crate::Error;
use crate::authentic::{self, AuthenticJwt};
use crate::claims_jwt::{check_audience, check_header_type, check_kind, check_times};
use crate::clock::UnixTime;
use crate::error::{Clipped, InvalidClaimSource};
use crate::id_token::{Subject, ValidIdToken};
use crate::identity::Claims;
use crate::issuer::Issuer;
use crate::jwks::IssuerKeys;
use crate::registration::ClientRegistration;
use crate::unverified::{Unreadable, said_claims};

/// Whose keys a JWT has to be verified with: the one of `believed` that it says it is of.
///
/// Nobody has verified that; it is good for finding the keys, and [`validate`] asks again. Core §5.6.2: `iss` should be there,
/// and without it there are no keys.
pub fn issuer_of<'i>(jwt: &str, believed: &'i [Issuer]) -> Result<&'i Issuer, Error> {
    let claims = said_claims(jwt).map_err(|error| match error {
        Unreadable::Form(error) => InvalidClaimSource::Malformed {
            reason: Clipped::new(&error.to_string()),
        },
        Unreadable::Json(error) => error.into(),
    })?;
    let named = claims.get("iss").and_then(Value::as_str);
    let known = |issuer: &&Issuer| named == Some(issuer.as_str());
    Ok(believed
        .iter()
        .find(known)
        .ok_or_else(|| untrusted(&claims))?)
}

/// The claims that `source` was asked for, out of a JWT whose every check passed.
///
/// Signed by a key of `issuer`, never authenticated by a secret; for us where it says for whom, of now where it says of when,
/// and of no other kind. Other claims in it count for nothing, those of the protocol neither.
pub fn validate(
    source: &ClaimSource,
    jwt: &str,
    issuer: &Issuer,
    keys: &IssuerKeys,
    id_token: &ValidIdToken,
    registration: &ClientRegistration,
    now: UnixTime,
) -> Result<Claims, Error> {
    let keys = keys.of(issuer)?; // RFC 8725 §3.8: keys of this issuer, of no other.
    let allowed = SignatureAlgorithm::ALL; // RFC 8725 §3.1: `none` and MACs are not among them.
    let jwt = authentic::verify_signed::<InvalidClaimSource>(jwt, keys, allowed)?;
    let taken = read(source, &jwt, issuer, id_token, registration, now)?;
    Ok(Claims::receipt(source.source.clone(), id_token, taken))
}

/// The claims that are taken, once everything else that the JWT says is checked.
fn read(
    source: &ClaimSource,
    jwt: &AuthenticJwt,
    issuer: &Issuer,
    id_token: &ValidIdToken,
    registration: &ClientRegistration,
    now: UnixTime,
) -> Result<Object, InvalidClaimSource> {
    check_header_type(jwt.typ())?; // RFC 8725 §3.11: not a token of another kind.
    let claims = jwt.claims()?; // RFC 7519 §7.2 (10)
    check_kind(&claims, registration)?; // RFC 8725 §3.12: nor by its claims.
    check_issuer(&claims, issuer)?; // RFC 7519 §4.1.1
    check_audience(&claims, &registration.client_id, false)?; // RFC 7519 §4.1.3
    check_times(&claims, now)?; // RFC 7519 §4.1.4, §4.1.5, §4.1.6
    check_subject(&claims, issuer, id_token)?; // Core §5.6.2, `sub`
    take(claims, &source.claims) // Core §5.6.2: what `_claim_names` names, no more.
}

fn untrusted(claims: &Object) -> InvalidClaimSource {
    InvalidClaimSource::IssuerUntrusted {
        got: Clipped::claim(claims.get("iss")),
    }
}

/// The issuer whose keys verified it.
fn check_issuer(claims: &Object, expected: &Issuer) -> Result<(), InvalidClaimSource> {
    if claims.get("iss").and_then(Value::as_str) == Some(expected.as_str()) {
        return Ok(());
    }
    Err(untrusted(claims))
}

/// A subject is the person's name at that issuer. It should not be there (Core §5.6.2), and says nothing about the person
/// whom the ID token names unless the issuer is the same: then it is the same person.
fn check_subject(
    claims: &Object,
    issuer: &Issuer,
    id_token: &ValidIdToken,
) -> Result<(), InvalidClaimSource> {
    let Some(value) = claims.get("sub") else {
        return Ok(());
    };
    let got = Subject::read(value).ok_or(InvalidClaimSource::SubjectInvalid)?;
    if issuer != id_token.issuer() || got == *id_token.subject() {
        return Ok(());
    }
    Err(InvalidClaimSource::SubjectMismatch {
        expected: Clipped::new(id_token.subject().as_str()),
        got: Clipped::new(got.as_str()),
    })
}

/// The claims of these names, all of which must be there: one that is missing may be one that is withheld.
fn take(mut claims: Object, names: &[String]) -> Result<Object, InvalidClaimSource> {
    let mut taken = Object::new();
    for name in names {
        let missing = || InvalidClaimSource::ClaimMissing {
            name: Clipped::new(name),
        };
        let (name, value) = claims.remove_entry(name).ok_or_else(missing)?;
        taken.insert(name, value);
    }
    Ok(taken)
}
