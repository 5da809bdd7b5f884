//! Token introspection: the issuer tells what an access token is, opaque or not. RFC 7662, and signed RFC 9701.
//!
//! The answer is held to what a JWT access token is held to, as far as RFC 7662 has the members for it.

mod signed;

use relyant_jose::json::{Object, Value};
use url::form_urlencoded;

use crate::Error;
use crate::access_token::{
    AccessTokenClaims, AccessTokenProfile, Audience, ValidAccessToken, check_length,
};
use crate::clock::UnixTime;
use crate::error::{
    Clipped, Configuration, Incompatible, InvalidAccessToken, InvalidIntrospection, Misbehaved,
    Refused,
};
use crate::http::{Endpoint, HttpRequest, HttpResponse, JSON};
use crate::json_type::json_type;
use crate::jwks::IssuerKeys;
use crate::numeric_date::NumericDate;
use crate::provider_metadata::ProviderMetadata;
use crate::registration::ClientRegistration;
use crate::token::client_assertion::Freshness;
use crate::token::client_authentication::{ClientAuthentication, ClientProof};
use crate::token::request::client_request;
use crate::token::response::{ProviderError, read_error};

/// The media type of an answer that is signed. RFC 9701 §4, §10.1.
const SIGNED: &str = "application/token-introspection+jwt";

/// Refuses what no access token can be, before the provider is asked for anything: everybody may send that to an API.
///
/// By its length before anything else, then by the characters that a bearer token has. RFC 6750 §2.1.
pub fn check_form(token: &str) -> Result<(), Error> {
    check_length(token)?;
    let body = token.trim_end_matches('=').bytes();
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    if body.len() == 0 || !body.into_iter().all(fits) {
        return Err(InvalidAccessToken::Characters.into());
    }
    Ok(())
}

/// The request that asks what `token` is. It only reads, and may be repeated. RFC 7662 §2.1.
///
/// The token goes into the form, never into a URL (§2.1, §4). We authenticate as at the token endpoint, since a client is
/// registered with one method.
pub fn introspection_request(
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
    token: &str,
    freshness: Freshness,
) -> Result<HttpRequest, Error> {
    let endpoint = metadata
        .introspection_endpoint()
        .ok_or(Incompatible::NoIntrospectionEndpoint)?;
    check_form(token)?;
    check_authentication(metadata, registration)?;
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("token", token)
        .append_pair("token_type_hint", "access_token"); // RFC 7662 §2.1, RFC 7009 §2.1
    let request = client_request(endpoint, metadata, registration, freshness, form)?;
    Ok(request.accepting(accepted(metadata, registration)))
}

/// RFC 9701 §4: a signed answer is asked for by its media type.
///
/// It is where the metadata say that the provider can sign (§7), in a way that we can verify, and is alone where the registration
/// says that nothing else will do.
fn accepted(metadata: &ProviderMetadata, registration: &ClientRegistration) -> &'static str {
    if registration.required.signed_introspection {
        return SIGNED;
    }
    match metadata.introspection_signature_algorithms() {
        Some(known) if !known.is_empty() => {
            "application/token-introspection+jwt, application/json;q=0.5"
        }
        _ => JSON,
    }
}

/// RFC 7662 §2.1, §4: the endpoint wants to know who asks, or anybody could try tokens there; so a public client never asks.
fn check_authentication(
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
) -> Result<(), Error> {
    let method = ClientProof::choose(metadata, registration)?.method();
    if method == ClientAuthentication::Public {
        return Err(Configuration::IntrospectionOfPublicClient.into());
    }
    match metadata.introspection_endpoint_auth_methods() {
        // RFC 8414 §2, `introspection_endpoint_auth_methods_supported`; where it is silent, as at the token endpoint.
        Some(offered) if !offered.iter().any(|name| name == method.name()) => {
            let (expected, got) = (method.name(), Clipped::new(&offered.join(" ")));
            Err(Incompatible::NoIntrospectionAuthentication { expected, got }.into())
        }
        _ => Ok(()),
    }
}

/// What the answer to `request` says of the token; none where it is good for nothing, which is no fault of anybody.
///
/// RFC 7662 §2.2. Plain JSON, or a JWT that is signed, and may be encrypted beside that; the content type tells (RFC 9701 §5).
pub fn process_introspection_response(
    request: &HttpRequest,
    response: &HttpResponse,
    keys: &IssuerKeys,
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
    audience: &Audience,
    now: UnixTime,
) -> Result<Option<ValidAccessToken>, Error> {
    if matches!(response.status, 400 | 401 | 403) {
        let error = read_error(request, response, Endpoint::Introspection)?; // §2.3
        return Err(refusal(error));
    }
    let members = if response.media_type().as_deref() == Some(SIGNED) {
        response.check(Endpoint::Introspection, &[SIGNED])?;
        signed::read(response, keys, metadata, registration, now)?
    } else {
        let members = response.json_object(Endpoint::Introspection)?;
        check_may_be_unsigned(registration)?;
        members
    };
    if !is_active(&members)? {
        return Ok(None);
    }
    validate(members, metadata, registration, audience, now).map(Some)
}

fn check_may_be_unsigned(registration: &ClientRegistration) -> Result<(), InvalidIntrospection> {
    if registration.required.signed_introspection {
        return Err(InvalidIntrospection::Unsigned);
    }
    Ok(())
}

/// §2.2, `active`: the JSON boolean, and nothing that looks like it.
fn is_active(members: &Object) -> Result<bool, Misbehaved> {
    let got = match members.get("active") {
        Some(Value::Bool(active)) => return Ok(*active),
        Some(other) => json_type(other),
        None => "absent",
    };
    Err(Misbehaved::IntrospectionActive { got })
}

/// What an active token must be to be taken by us. §2.2, §4.
fn validate(
    members: Object,
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
    audience: &Audience,
    now: UnixTime,
) -> Result<ValidAccessToken, Error> {
    let profile = &registration.access_token_profile;
    let claims = AccessTokenClaims::new(members);
    check_kind(&claims, profile)?; // §2.2, `token_type`; RFC 8725 §3.12
    if claims.has("iss") {
        claims.check_issuer(metadata.issuer())?; // §2.2, `iss`
    }
    claims.check_audience(audience.as_str())?; // §2.2, `aud`; RFC 9700 §2.3: never any.
    check_person_has_subject(&claims)?; // §2.2, `username`, `sub`
    let expires_at = read_expiry(&claims, now)?; // §2.2, `exp`
    claims.check_issued_at(now)?; // §2.2, `iat`
    claims.check_not_before(now)?; // §2.2, `nbf`
    ValidAccessToken::receipt(claims, metadata.issuer(), expires_at, profile)
}

/// §2.2, `username`: a person authorized the token. Without `sub` nothing tells which, and a client's own it is not.
fn check_person_has_subject(claims: &AccessTokenClaims) -> Result<(), InvalidAccessToken> {
    let has_person = claims.text("username").is_some_and(|name| !name.is_empty());
    if has_person && !claims.has("sub") {
        return Err(InvalidAccessToken::SubjectMissing);
    }
    Ok(())
}

/// §2.2: `exp` need not be there, since the issuer was asked just now; where it is, it counts.
fn read_expiry(
    claims: &AccessTokenClaims,
    now: UnixTime,
) -> Result<Option<NumericDate>, InvalidAccessToken> {
    if !claims.has("exp") {
        return Ok(None);
    }
    claims.check_expiry(now).map(Some)
}

/// An access token that is presented as it is, and no other token of the issuer: some tell of ID tokens that they are active,
/// and all may tell it of refresh tokens (§2.1).
///
/// §2.2, `token_type`: compared without regard to case (RFC 6749 §5.1). A refresh token has none, and may have everything else;
/// so without it the provider's own mark must be there.
fn check_kind(
    claims: &AccessTokenClaims,
    profile: &AccessTokenProfile,
) -> Result<(), InvalidAccessToken> {
    claims.check_no_other_kind()?;
    let mark = profile.body_type.as_deref().filter(|_| claims.has("typ"));
    if let Some(expected) = mark {
        claims.check_body_type(expected)?;
    }
    match claims.text("token_type") {
        Some(kind) if kind.eq_ignore_ascii_case("Bearer") => Ok(()),
        None if mark.is_some() && !claims.has("token_type") => Ok(()),
        _ => Err(InvalidAccessToken::TokenType {
            got: claims.shown("token_type"),
        }),
    }
}

/// The provider's error. RFC 7662 §2.3, RFC 6749 §5.2.
fn refusal(error: ProviderError) -> Error {
    let ProviderError {
        name,
        error,
        description,
    } = error;
    match name.as_str() {
        "invalid_client" => Configuration::InvalidClient { description }.into(),
        _ => Refused::IntrospectionError { error, description }.into(),
    }
}
