//! The client credentials grant: an access token for the client itself. RFC 6749 §4.4, RFC 8707 §2.

use serde_json::{Value, json};
use url::Url;

use super::Refusal;
use crate::issued_tokens::{ClientGrant, Holder};
use crate::parameters::Parameters;
use crate::provider::Provider;
use crate::store::TOKEN_LIFETIME;
use crate::{access_token, clock};

/// What a client has that asks for no scope, as at Keycloak.
const DEFAULT_SCOPE: &str = "profile email";

/// The access token; neither an ID token nor a refresh token goes with it. RFC 6749 §4.4.3.
pub(super) fn issue(provider: &Provider, parameters: &Parameters) -> Result<Value, Refusal> {
    let resources: Vec<String> = parameters.all("resource").map(str::to_owned).collect();
    // RFC 8707 §2: an absolute URI without a fragment.
    let is_address = |text: &String| Url::parse(text).is_ok_and(|url| url.fragment().is_none());
    if !resources.iter().all(is_address) {
        return Err(Refusal::InvalidTarget("the resource is no absolute URI"));
    }
    let scope = parameters.get("scope").unwrap_or(DEFAULT_SCOPE).to_owned();
    let now = clock::now();
    let grant = ClientGrant {
        scope: scope.clone(),
        resources,
    };
    let token = access_token::issue_to_client(provider, &grant, now)?;
    let mut store = provider.store();
    store
        .tokens
        .issue_access_token(token.clone(), Holder::Client(grant), None, now);
    Ok(json!({
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": TOKEN_LIFETIME,
        "scope": scope,
        "not-before-policy": 0,
    }))
}
