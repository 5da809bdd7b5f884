//! Unguessable identifiers: codes, session ids, token ids, key ids.

use relyant_jose::base64url;

/// 128 random bits as base64url text.
pub(crate) fn identifier() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes)?;
    Ok(base64url::encode(&bytes))
}
