//! A JWT that tells of a person and is no ID token: userinfo that is signed (Core §5.3.2), and claims that others keep (§5.6.2).
//!
//! Neither has a header type of its own, so what such a JWT must not be is asked of both alike. What is wrong is a [`Fault`];
//! each of them has errors of its own for it.

use relyant_jose::json::{Object, Value};

use crate::clock::UnixTime;
use crate::error::Clipped;
use crate::id_token::is_media_type;
use crate::numeric_date::NumericDate;
use crate::registration::ClientRegistration;

/// What is wrong with such a JWT.
pub(crate) enum Fault {
    /// The header says that it is another kind of token.
    HeaderType { got: Clipped },
    /// A claim says so.
    OtherKind { name: &'static str },
    /// It is for another client.
    AudienceMismatch { expected: Clipped, got: Clipped },
    /// A time is none.
    TimeInvalid {
        claim: &'static str,
        got: &'static str,
    },
    /// Its time is over.
    Expired { seconds: i64 },
    /// Its time has not come.
    NotYetValid { seconds: i64 },
    /// It was issued in the future.
    IssuedInFuture { seconds: i64 },
}

/// Absent, or JWT: other kinds of token say so in their header. RFC 8725 §3.11.
pub(crate) fn check_header_type(typ: Option<&str>) -> Result<(), Fault> {
    match typ {
        Some(typ) if !is_media_type(typ, "JWT") => Err(Fault::HeaderType {
            got: Clipped::new(typ),
        }),
        _ => Ok(()),
    }
}

/// Neither by a claim of another kind, nor by the mark of an access token, where the provider marks them. RFC 8725 §3.12.
pub(crate) fn check_kind(claims: &Object, registration: &ClientRegistration) -> Result<(), Fault> {
    if let Some(name) = claim_of_another_kind(claims) {
        return Err(Fault::OtherKind { name });
    }
    let typ = claims.get("typ").and_then(Value::as_str);
    if typ.is_some() && typ == registration.access_token_mark() {
        return Err(Fault::OtherKind { name: "typ" });
    }
    Ok(())
}

/// The claim by which a JWT is no answer about a person.
///
/// A logout token has `events` (Back-Channel Logout §2.4), an ID token the nonce of its login or, as one of a refresh, a hash
/// (Core §3.1.3.6, §3.3.2.11, §12.2), an answer about a token `token_introspection` (RFC 9701 §5).
fn claim_of_another_kind(claims: &Object) -> Option<&'static str> {
    [
        "events",
        "nonce",
        "at_hash",
        "c_hash",
        "token_introspection",
    ]
    .into_iter()
    .find(|name| claims.contains_key(*name))
}

/// We are among those whom it is for, where it says so; and it must say so where that is `required`. RFC 7519 §4.1.3.
pub(crate) fn check_audience(
    claims: &Object,
    client_id: &str,
    required: bool,
) -> Result<(), Fault> {
    let is_us = |value: &Value| value.as_str() == Some(client_id);
    let audience = claims.get("aud");
    let fits = match audience {
        None => !required,
        Some(Value::Array(members)) => members.iter().any(is_us),
        Some(value) => is_us(value),
    };
    if fits {
        return Ok(());
    }
    Err(Fault::AudienceMismatch {
        expected: Clipped::new(client_id),
        got: Clipped::claim(audience),
    })
}

/// It is of now, as far as it says of when. RFC 7519 §4.1.4, §4.1.5, §4.1.6.
pub(crate) fn check_times(claims: &Object, now: UnixTime) -> Result<(), Fault> {
    if let Some(seconds) = date(claims, "exp")?.and_then(|expiry| expiry.passed(now)) {
        return Err(Fault::Expired { seconds });
    }
    if let Some(seconds) = date(claims, "nbf")?.and_then(|date| date.ahead(now)) {
        return Err(Fault::NotYetValid { seconds });
    }
    match date(claims, "iat")?.and_then(|date| date.ahead(now)) {
        Some(seconds) => Err(Fault::IssuedInFuture { seconds }),
        None => Ok(()),
    }
}

fn date(claims: &Object, claim: &'static str) -> Result<Option<NumericDate>, Fault> {
    let date = claims.get(claim).map(NumericDate::read).transpose();
    date.map_err(|got| Fault::TimeInvalid { claim, got })
}
