//! The userinfo endpoint: claims about the person whom the ID token names. Core §5.3.

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::json::{self, Object, Value};

use crate::Error;
use crate::authentic::{self, AuthenticJwt, allowed_algorithms};
use crate::claims_jwt::{check_audience, check_header_type, check_kind, check_times};
use crate::clock::UnixTime;
use crate::decryption_keys::{Encrypted, is_encrypted};
use crate::error::{Clipped, Incompatible, InvalidUserinfo, Misbehaved};
use crate::http::{Endpoint, HttpRequest, HttpResponse, JSON, JWT};
use crate::id_token::ValidIdToken;
use crate::identity::{Claims, ClaimsSource};
use crate::jwks::IssuerKeys;
use crate::limits::MAX_BEARER_TOKEN_BYTES;
use crate::provider_metadata::ProviderMetadata;
use crate::registration::ClientRegistration;

/// The request for claims, if the provider has such an endpoint and is to be asked.
///
/// The access token goes into the header, never into a URL. Core §5.3.1, RFC 6750 §2.1, §5.3. One that no server takes in
/// a header is refused here: sent, it would break the connection, which tells nobody why.
pub fn userinfo_request(
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
    access_token: &str,
) -> Result<Option<HttpRequest>, Error> {
    let endpoint = metadata.userinfo_endpoint();
    let Some(endpoint) = endpoint.filter(|_| registration.userinfo) else {
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
    Ok(validate(&jwt, metadata, registration, now)?)
}

/// Core §5.3.2: what a signed answer must be, beside its signature.
fn validate(
    jwt: &AuthenticJwt,
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
    now: UnixTime,
) -> Result<Object, InvalidUserinfo> {
    let claims = jwt.claims()?; // RFC 7519 §7.2 (10)
    check_header_type(jwt.typ())?; // RFC 8725 §3.11: not a token of another kind.
    check_kind(&claims, registration)?; // RFC 8725 §3.12: nor by its claims.
    let required = registration.required.signed_userinfo;
    check_issuer(&claims, metadata.issuer().as_str(), required)?; // `iss`
    check_audience(&claims, &registration.client_id, required)?; // `aud`
    check_times(&claims, now)?; // RFC 7519 §4.1.4, §4.1.5, §4.1.6: of now, where it says of when.
    Ok(claims)
}

/// Core §5.3.2: `iss` should be there, and is the provider then. It must be where signatures are required.
fn check_issuer(claims: &Object, expected: &str, required: bool) -> Result<(), InvalidUserinfo> {
    match claims.get("iss") {
        None if !required => Ok(()),
        Some(Value::String(got)) if got == expected => Ok(()),
        other => Err(InvalidUserinfo::IssuerMismatch {
            expected: Clipped::new(expected),
            got: Clipped::claim(other),
        }),
    }
}

fn check_may_be_unsigned(registration: &ClientRegistration) -> Result<(), InvalidUserinfo> {
    if registration.required.signed_userinfo {
        return Err(InvalidUserinfo::Unsigned);
    }
    Ok(())
}

/// Discovery §3, `userinfo_signing_alg_values_supported`; those of the ID token where the metadata are silent.
fn signing_algorithms(
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
) -> Result<Vec<SignatureAlgorithm>, Error> {
    match (
        &registration.userinfo_algorithms,
        metadata.userinfo_signature_algorithms(),
    ) {
        (Some(pinned), _) => Ok(pinned.clone()),
        (None, Some(offered)) => Ok(offered),
        (None, None) => Ok(allowed_algorithms(metadata, registration)?),
    }
}
