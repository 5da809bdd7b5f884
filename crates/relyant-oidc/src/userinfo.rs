//! The userinfo endpoint: claims about the person whom the ID token names. Core §5.3.

use relyant_jose::json::Value;

use crate::Error;
use crate::error::{Clipped, Incompatible, Misbehaved};
use crate::http::{Endpoint, HttpRequest, HttpResponse};
use crate::id_token::ValidIdToken;
use crate::identity::{Claims, ClaimsSource};
use crate::limits::MAX_BEARER_TOKEN_BYTES;
use crate::provider_metadata::ProviderMetadata;

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
    let mut request = HttpRequest::get(endpoint);
    request
        .headers
        .push(("authorization", format!("Bearer {access_token}")));
    Ok(Some(request))
}

/// The claims in the answer, if they are about the person whom `id_token` names.
///
/// Plain JSON only (Core §5.3.2). Aggregated and distributed claims are kept as they are: what they
/// point to is never fetched (Core §5.6.2).
pub fn process_userinfo_response(
    id_token: &ValidIdToken,
    response: &HttpResponse,
) -> Result<Claims, Error> {
    if response.status == 200 && response.media_type().as_deref() == Some("application/jwt") {
        return Err(Incompatible::SignedUserinfo.into());
    }
    let members = response.json_object(Endpoint::Userinfo)?;
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
