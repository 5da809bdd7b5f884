//! What a signed token says of itself before anybody has verified it: good for finding keys, and for nothing else.

use relyant_jose::base64url;
use relyant_jose::json::{self, JsonError, Object};
use relyant_jose::jws::{JwsError, check_form};

/// Why a token says nothing.
pub(crate) enum Unreadable {
    /// It has not the form of a signed token, or is too long.
    Form(JwsError),
    /// It has, and holds no strict JSON object.
    Json(JsonError),
}

/// What the token says, read as strictly as after its verification.
pub(crate) fn said_claims(token: &str) -> Result<Object, Unreadable> {
    check_form(token).map_err(Unreadable::Form)?;
    let payload = token.split('.').nth(1).unwrap_or_default();
    let payload = base64url::decode(payload).map_err(|_| Unreadable::Form(JwsError::Base64Url))?;
    json::parse_object(&payload).map_err(Unreadable::Json)
}
