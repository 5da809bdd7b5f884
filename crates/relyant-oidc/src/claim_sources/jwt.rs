//! From a JWT of an issuer that is believed to the claims that are taken from it. Core §5.6.2.

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::base64url;
use relyant_jose::json::{self, Object, Value};
use relyant_jose::jws::check_form;

use super::ClaimSource;
use crate::Error;
use crate::authentic;
use crate::clock::UnixTime;
use crate::error::{Clipped, InvalidClaimSource};
use crate::id_token::{Subject, ValidIdToken, is_media_type};
use crate::identity::Claims;
use crate::issuer::Issuer;
use crate::jwks::IssuerKeys;
use crate::numeric_date::NumericDate;
use crate::registration::ClientRegistration;
use crate::userinfo::claim_of_another_kind;

/// Whose keys a JWT has to be verified with: the one of `believed` that it says it is of.
///
/// Nobody has verified that; it is good for finding the keys, and [`validate`] asks again. Core §5.6.2: `iss` should be there,
/// and without it there are no keys.
pub fn issuer_of<'i>(jwt: &str, believed: &'i [Issuer]) -> Result<&'i Issuer, Error> {
    check_form(jwt).map_err(InvalidClaimSource::from)?;
    let payload = jwt.split('.').nth(1).unwrap_or_default();
    let payload = base64url::decode(payload).map_err(|_| InvalidClaimSource::Malformed {
        reason: Clipped::new("a part is not base64url"),
    })?;
    let claims = json::parse_object(&payload).map_err(InvalidClaimSource::from)?;
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
    check_header_type(jwt.typ())?; // RFC 8725 §3.11: not a token of another kind.
    let claims = jwt.claims().map_err(InvalidClaimSource::from)?; // RFC 7519 §7.2 (10)
    let claims = SourceClaims(claims);
    claims.check_kind(registration)?; // RFC 8725 §3.12: nor by its claims.
    claims.check_issuer(issuer)?; // RFC 7519 §4.1.1
    claims.check_audience(&registration.client_id)?; // RFC 7519 §4.1.3
    claims.check_times(now)?; // RFC 7519 §4.1.4, §4.1.5, §4.1.6
    claims.check_subject(issuer, id_token)?; // Core §5.6.2, `sub`
    let taken = claims.take(&source.claims)?; // Core §5.6.2: what `_claim_names` names, no more.
    Ok(Claims::receipt(source.source.clone(), id_token, taken))
}

/// Absent, or JWT: other kinds of token say so in their header.
fn check_header_type(typ: Option<&str>) -> Result<(), InvalidClaimSource> {
    match typ {
        Some(typ) if !is_media_type(typ, "JWT") => Err(InvalidClaimSource::HeaderType {
            got: Clipped::new(typ),
        }),
        _ => Ok(()),
    }
}

fn untrusted(claims: &Object) -> InvalidClaimSource {
    InvalidClaimSource::IssuerUntrusted {
        got: Clipped::claim(claims.get("iss")),
    }
}

/// The claims of a verified JWT, on their way through the checks.
struct SourceClaims(Object);

impl SourceClaims {
    /// Neither by a claim of another kind, nor by the mark of an access token, where the provider marks them.
    fn check_kind(&self, registration: &ClientRegistration) -> Result<(), InvalidClaimSource> {
        if let Some(name) = claim_of_another_kind(&self.0) {
            return Err(InvalidClaimSource::OtherKind { name });
        }
        let rules = registration.claims_from_access_token.as_ref();
        let marked = rules.and_then(|rules| rules.body_type.as_deref());
        if marked.is_some() && self.0.get("typ").and_then(Value::as_str) == marked {
            return Err(InvalidClaimSource::OtherKind { name: "typ" });
        }
        Ok(())
    }

    /// The issuer whose keys verified it.
    fn check_issuer(&self, expected: &Issuer) -> Result<(), InvalidClaimSource> {
        if self.0.get("iss").and_then(Value::as_str) == Some(expected.as_str()) {
            return Ok(());
        }
        Err(untrusted(&self.0))
    }

    /// We are among those whom it is for, where it says so.
    fn check_audience(&self, client_id: &str) -> Result<(), InvalidClaimSource> {
        let is_us = |value: &Value| value.as_str() == Some(client_id);
        let fits = match self.0.get("aud") {
            None => true,
            Some(Value::Array(members)) => members.iter().any(is_us),
            Some(value) => is_us(value),
        };
        if fits {
            return Ok(());
        }
        Err(InvalidClaimSource::AudienceMismatch {
            expected: Clipped::new(client_id),
            got: Clipped::claim(self.0.get("aud")),
        })
    }

    fn check_times(&self, now: UnixTime) -> Result<(), InvalidClaimSource> {
        if let Some(seconds) = self.date("exp")?.and_then(|expiry| expiry.passed(now)) {
            return Err(InvalidClaimSource::Expired { seconds });
        }
        if let Some(seconds) = self.date("nbf")?.and_then(|date| date.ahead(now)) {
            return Err(InvalidClaimSource::NotYetValid { seconds });
        }
        match self.date("iat")?.and_then(|date| date.ahead(now)) {
            Some(seconds) => Err(InvalidClaimSource::IssuedInFuture { seconds }),
            None => Ok(()),
        }
    }

    fn date(&self, claim: &'static str) -> Result<Option<NumericDate>, InvalidClaimSource> {
        let date = self.0.get(claim).map(NumericDate::read).transpose();
        date.map_err(|got| InvalidClaimSource::TimeInvalid { claim, got })
    }

    /// A subject is the person's name at that issuer. It should not be there (Core §5.6.2), and says nothing about the person
    /// whom the ID token names unless the issuer is the same: then it is the same person.
    fn check_subject(
        &self,
        issuer: &Issuer,
        id_token: &ValidIdToken,
    ) -> Result<(), InvalidClaimSource> {
        let Some(value) = self.0.get("sub") else {
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
    fn take(mut self, names: &[String]) -> Result<Object, InvalidClaimSource> {
        let mut taken = Object::new();
        for name in names {
            let (name, value) =
                self.0
                    .remove_entry(name)
                    .ok_or_else(|| InvalidClaimSource::ClaimMissing {
                        name: Clipped::new(name),
                    })?;
            taken.insert(name, value);
        }
        Ok(taken)
    }
}
