//! The authorization code grant: a code for tokens, once. Core §3.1.3, RFC 6749 §4.1.3, RFC 7636 §4.6.

use relyant_jose::base64url;
use relyant_jose::digest::{constant_time_eq, sha256};
use serde_json::Value;

use super::{Refusal, person, session_tokens};
use crate::clock;
use crate::id_token::Occasion;
use crate::parameters::Parameters;
use crate::provider::Provider;
use crate::store::{CodeRefusal, Grant};

/// The tokens for a code.
pub(super) fn redeem(provider: &Provider, parameters: &Parameters) -> Result<Value, Refusal> {
    let code = parameters
        .get("code")
        .ok_or(Refusal::InvalidRequest("code is missing"))?;
    let grant = provider.store().take_code(code, clock::now())?;
    check_binding(&grant, parameters)?;
    let person = person(provider, &grant)?;
    session_tokens(provider, &person, &grant, code, Occasion::Login)
}

/// The code belongs to this redirect URI and this code verifier.
fn check_binding(grant: &Grant, parameters: &Parameters) -> Result<(), Refusal> {
    if parameters.get("redirect_uri") != Some(grant.redirect_uri.as_str()) {
        return Err(Refusal::InvalidGrant(
            "redirect_uri is not the one of the authorization request",
        ));
    }
    let verifier = parameters
        .get("code_verifier")
        .ok_or(Refusal::InvalidGrant("code_verifier is missing"))?;
    let challenge = base64url::encode(&sha256(verifier.as_bytes()));
    if !constant_time_eq(challenge.as_bytes(), grant.code_challenge.as_bytes()) {
        return Err(Refusal::InvalidGrant(
            "code_verifier doesn't fit the code challenge",
        ));
    }
    // RFC 8707 §2.2: of the resources that were granted, all or some.
    let mut asked = parameters.all("resource");
    if !asked.all(|resource| grant.resources.iter().any(|granted| granted == resource)) {
        return Err(Refusal::InvalidTarget("the resource was not granted"));
    }
    Ok(())
}

impl From<CodeRefusal> for Refusal {
    fn from(refusal: CodeRefusal) -> Self {
        Self::InvalidGrant(match refusal {
            CodeRefusal::Unknown => "the code is unknown",
            CodeRefusal::Used => "the code was used before",
            CodeRefusal::Expired => "the code has expired",
        })
    }
}
