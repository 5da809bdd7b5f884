//! The userinfo endpoint: claims about the person whom the ID token names. Core §5.3.

use relyant_jose::json::{self, Object, Value};

use crate::Error;
use crate::authentic::{self, AuthenticJwt, allowed_algorithms};
use crate::clock::UnixTime;
use crate::decryption_keys::{Encrypted, is_encrypted};
use crate::error::{Clipped, Incompatible, InvalidUserinfo, Misbehaved};
use crate::http::{Endpoint, HttpRequest, HttpResponse, JSON};
use crate::id_token::{ValidIdToken, is_media_type};
use crate::identity::{Claims, ClaimsSource};
use crate::jwks::IssuerKeys;
use crate::limits::MAX_BEARER_TOKEN_BYTES;
use crate::numeric_date::NumericDate;
use crate::provider_metadata::ProviderMetadata;
use crate::registration::ClientRegistration;

/// The media type of an answer that is signed, encrypted or both. Core §5.3.2.
const JWT: &str = "application/jwt";

/// The request for claims, if the provider has such an endpoint.
///
/// The access token goes into the header, never into a URL. Core §5.3.1, RFC 6750 §2.1, §5.3. One that no server takes in
/// a header is refused here: sent, it would break the connection, which tells nobody why.
pub fn userinfo_request(
    metadata: &ProviderMetadata,
    access_token: &str,
) -> Result<Option<HttpRequest>, Error> {
    let Some(endpoint) = metadata.userinfo_endpoint() else {
        return Ok(None);
    };
    let bytes = access_token.len();
    if bytes > MAX_BEARER_TOKEN_BYTES {
        return Err(Incompatible::AccessTokenTooLarge { bytes }.into());
    }
    // Core §5.3.2: which of the two comes, the registration at the provider says.
    let mut request = HttpRequest::get(endpoint).accepting(&format!("{JSON}, {JWT}"));
    request
        .headers
        .push(("authorization", format!("Bearer {access_token}")));
    Ok(Some(request))
}

/// The claims in the answer, if they are about the person whom `id_token` names.
///
/// Plain JSON, or a JWT that is signed, encrypted, or signed and then encrypted; the content type tells (Core §5.3.2).
/// Aggregated and distributed claims are kept as they are (Core §5.6.2): `claim_sources` follows them, where the operator says so.
pub fn process_userinfo_response(
    id_token: &ValidIdToken,
    response: &HttpResponse,
    keys: &IssuerKeys,
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
    now: UnixTime,
) -> Result<Claims, Error> {
    let members = match response.media_type().as_deref() {
        Some(JWT) => {
            response.check(Endpoint::Userinfo, &[JWT])?;
            read_jwt(response, keys, metadata, registration, now)?
        }
        _ => response
            .json_object(Endpoint::Userinfo)
            .and_then(|members| {
                check_may_be_unsigned(registration)?;
                Ok(members)
            })?,
    };
    // Core §5.3.2: `sub` is always there and exactly the ID token's, else nothing may be used.
    let got = members
        .get("sub")
        .and_then(Value::as_str)
        .ok_or(Misbehaved::UserinfoSubjectMissing)?;
    let expected = id_token.subject().as_str();
    if got != expected {
        let (expected, got) = (Clipped::new(expected), Clipped::new(got));
        return Err(Misbehaved::UserinfoSubjectMismatch { expected, got }.into());
    }
    Ok(Claims::receipt(ClaimsSource::Userinfo, id_token, members))
}

/// The claims of an answer that is a JWT.
///
/// Encrypted without a signature, it says as much as plain JSON: TLS tells from whom it came, and anybody could have encrypted
/// it (RFC 7516 §11.5). So it is never taken where a signature is required.
fn read_jwt(
    response: &HttpResponse,
    keys: &IssuerKeys,
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
    now: UnixTime,
) -> Result<Object, Error> {
    let token = response.text().ok_or_else(|| {
        let reason = Clipped::new("it is not text");
        InvalidUserinfo::Malformed { reason }
    })?;
    let decryption_keys = &registration.decryption_keys;
    let inner = decryption_keys.open(token, Encrypted::Userinfo)?;
    if is_encrypted(token) && inner.starts_with('{') {
        check_may_be_unsigned(registration)?;
        return Ok(json::parse_object(inner.as_bytes()).map_err(InvalidUserinfo::from)?);
    }
    let keys = keys.of(metadata.issuer())?; // RFC 8725 §3.8: keys of this issuer, of no other.
    let allowed = signing_algorithms(metadata, registration)?;
    let jwt = authentic::verify_signed::<InvalidUserinfo>(&inner, keys, &allowed)?;
    validate(&jwt, metadata, registration, now)
}

/// Core §5.3.2, RFC 8725 §3.11 and §3.12: what a signed answer must be, beside its signature.
fn validate(
    jwt: &AuthenticJwt,
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
    now: UnixTime,
) -> Result<Object, Error> {
    let claims = UserinfoClaims(jwt.claims().map_err(InvalidUserinfo::from)?);
    check_header_type(jwt.typ())?; // RFC 8725 §3.11: not a token of another kind.
    claims.check_kind(registration)?; // RFC 8725 §3.12: nor by its claims.
    let required = registration.require_signed_userinfo;
    claims.check_issuer(metadata.issuer().as_str(), required)?; // Core §5.3.2, `iss`
    claims.check_audience(&registration.client_id, required)?; // Core §5.3.2, `aud`
    claims.check_times(now)?; // RFC 7519 §4.1.4, §4.1.5
    Ok(claims.0)
}

fn check_may_be_unsigned(registration: &ClientRegistration) -> Result<(), InvalidUserinfo> {
    if registration.require_signed_userinfo {
        return Err(InvalidUserinfo::Unsigned);
    }
    Ok(())
}

/// Discovery §3, `userinfo_signing_alg_values_supported`; those of the ID token where the metadata are silent.
fn signing_algorithms(
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
) -> Result<Vec<relyant_jose::algorithm::SignatureAlgorithm>, Error> {
    match (
        &registration.userinfo_algorithms,
        metadata.userinfo_signature_algorithms(),
    ) {
        (Some(pinned), _) => Ok(pinned.clone()),
        (None, Some(offered)) => Ok(offered),
        (None, None) => Ok(allowed_algorithms(metadata, registration)?),
    }
}

/// Absent, or JWT: other kinds of token say so in their header.
fn check_header_type(typ: Option<&str>) -> Result<(), InvalidUserinfo> {
    match typ {
        Some(typ) if !is_media_type(typ, "JWT") => Err(InvalidUserinfo::HeaderType {
            got: Clipped::new(typ),
        }),
        _ => Ok(()),
    }
}

/// The claim by which a JWT is no answer about a person.
///
/// A logout token has `events` (Back-Channel Logout §2.4), an ID token the nonce of its login or, as one of a refresh, a hash
/// (Core §3.1.3.6, §3.3.2.11, §12.2), an answer about a token `token_introspection` (RFC 9701 §5).
pub(crate) fn claim_of_another_kind(claims: &Object) -> Option<&'static str> {
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

/// The claims of a signed answer, on their way through the checks.
struct UserinfoClaims(Object);

impl UserinfoClaims {
    /// Neither by a claim of another kind, nor by the mark of an access token, where the provider marks them.
    fn check_kind(&self, registration: &ClientRegistration) -> Result<(), InvalidUserinfo> {
        if let Some(name) = claim_of_another_kind(&self.0) {
            return Err(InvalidUserinfo::OtherKind { name });
        }
        let rules = registration.claims_from_access_token.as_ref();
        let marked = rules.and_then(|rules| rules.body_type.as_deref());
        match (self.text("typ"), marked) {
            (Some(typ), Some(marked)) if typ == marked => {
                Err(InvalidUserinfo::OtherKind { name: "typ" })
            }
            _ => Ok(()),
        }
    }

    /// Core §5.3.2: `iss` should be there, and is the provider then. It must be where signatures are required.
    fn check_issuer(&self, expected: &str, required: bool) -> Result<(), InvalidUserinfo> {
        match self.0.get("iss") {
            None if !required => Ok(()),
            Some(Value::String(got)) if got == expected => Ok(()),
            other => Err(InvalidUserinfo::IssuerMismatch {
                expected: Clipped::new(expected),
                got: Clipped::claim(other),
            }),
        }
    }

    /// Core §5.3.2: `aud` should be there, and is or includes us then. It must be where signatures are required.
    fn check_audience(&self, client_id: &str, required: bool) -> Result<(), InvalidUserinfo> {
        let includes_us = |value: &Value| value.as_str() == Some(client_id);
        let fits = match self.0.get("aud") {
            None => !required,
            Some(Value::Array(members)) => members.iter().any(includes_us),
            Some(value) => includes_us(value),
        };
        if fits {
            return Ok(());
        }
        Err(InvalidUserinfo::AudienceMismatch {
            expected: Clipped::new(client_id),
            got: Clipped::claim(self.0.get("aud")),
        })
    }

    fn check_times(&self, now: UnixTime) -> Result<(), InvalidUserinfo> {
        if let Some(expiry) = self.date("exp")?
            && let Some(seconds) = expiry.passed(now)
        {
            return Err(InvalidUserinfo::Expired { seconds });
        }
        match self.date("nbf")?.and_then(|date| date.ahead(now)) {
            Some(seconds) => Err(InvalidUserinfo::NotYetValid { seconds }),
            None => Ok(()),
        }
    }

    fn date(&self, claim: &'static str) -> Result<Option<NumericDate>, InvalidUserinfo> {
        let date = self.0.get(claim).map(NumericDate::read).transpose();
        date.map_err(|got| InvalidUserinfo::TimeInvalid { claim, got })
    }

    fn text(&self, claim: &str) -> Option<&str> {
        self.0.get(claim).and_then(Value::as_str)
    }
}
