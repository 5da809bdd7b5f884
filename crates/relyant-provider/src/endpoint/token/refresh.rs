//! The refresh grant: new tokens for a session that goes on. RFC 6749 §6, Core §12.

use serde_json::Value;

use super::{Refusal, person, session_tokens};
use crate::clock;
use crate::id_token::Occasion;
use crate::issued_tokens::RefreshRefusal;
use crate::parameters::Parameters;
use crate::provider::Provider;
use crate::store::Grant;

/// The tokens for a refresh token.
pub(super) fn refresh(provider: &Provider, parameters: &Parameters) -> Result<Value, Refusal> {
    let token = parameters
        .get("refresh_token")
        .ok_or(Refusal::InvalidRequest("refresh_token is missing"))?;
    let rotates = provider.rotates_refresh_tokens();
    let redeemed = provider
        .store()
        .tokens
        .take_refresh_token(token, rotates, clock::now());
    let (granted, family) = redeemed?;
    let person = person(provider, &granted)?;
    let grant = Grant {
        scope: scope(&granted, parameters)?,
        // Core §12.2: the new ID token should have none; Keycloak's has none.
        nonce: None,
        ..granted
    };
    session_tokens(provider, &person, &grant, &family, Occasion::Refresh)
}

/// RFC 6749 §6: what was granted, or less.
fn scope(granted: &Grant, parameters: &Parameters) -> Result<String, Refusal> {
    let Some(asked) = parameters.get("scope") else {
        return Ok(granted.scope.clone());
    };
    let is_granted = |scope: &str| granted.scope.split(' ').any(|known| known == scope);
    if asked.split(' ').all(is_granted) {
        Ok(asked.to_owned())
    } else {
        Err(Refusal::InvalidScope("the scope was not granted"))
    }
}

impl From<RefreshRefusal> for Refusal {
    fn from(refusal: RefreshRefusal) -> Self {
        Self::InvalidGrant(match refusal {
            RefreshRefusal::Unknown => "the refresh token is unknown",
            RefreshRefusal::Used => "the refresh token was used before",
            RefreshRefusal::Expired => "the refresh token has expired",
        })
    }
}
