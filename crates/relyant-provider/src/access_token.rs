//! Access tokens as Keycloak signs them, and their misbehaviours.

use relyant_jose::base64url;
use serde_json::{Map, Value, json};

use crate::claims;
use crate::failure::Failure;
use crate::forgery;
use crate::issued_tokens::ClientGrant;
use crate::misbehaviour::Misbehaviour;
use crate::people::Person;
use crate::provider::Provider;
use crate::store::Grant;

/// Issues an access token.
pub(crate) fn issue(
    provider: &Provider,
    person: &Person,
    grant: &Grant,
    now: i64,
) -> Result<String, Failure> {
    let misbehaviours = provider.misbehaviours();
    let mut claims = claims::of_access_token(provider, person, grant, now)?;
    for misbehaviour in misbehaviours.iter() {
        distort(&mut claims, misbehaviour, provider, now);
    }
    claims.retain(|name, _| misbehaviours.iter().all(|one| keeps(one, name)));
    let payload = Value::Object(claims).to_string();
    let token = provider
        .keys
        .current()
        .sign(payload.as_bytes(), &Map::new())?;
    Ok(if misbehaviours.has(Misbehaviour::AccessTokenOpaque) {
        base64url::encode(&relyant_jose::digest::sha256(token.as_bytes()))
    } else if misbehaviours.has(Misbehaviour::AccessTokenTampered) {
        forgery::tampered(&token)
    } else {
        token
    })
}

/// Issues an access token of the client's own.
pub(crate) fn issue_to_client(
    provider: &Provider,
    grant: &ClientGrant,
    now: i64,
) -> Result<String, Failure> {
    let payload = Value::Object(claims::of_client_token(provider, grant, now)?).to_string();
    let key = provider.keys.current();
    Ok(key.sign(payload.as_bytes(), &Map::new())?)
}

/// What a lightweight access token has, as Keycloak makes it.
const LIGHTWEIGHT: [&str; 8] = ["exp", "iat", "jti", "iss", "typ", "azp", "sid", "scope"];

/// Whether the access token has this claim in spite of the misbehaviour.
fn keeps(misbehaviour: Misbehaviour, claim: &str) -> bool {
    match misbehaviour {
        Misbehaviour::AccessTokenLightweight => LIGHTWEIGHT.contains(&claim),
        Misbehaviour::AccessTokenNoSub => claim != "sub",
        _ => true,
    }
}

fn distort(
    claims: &mut Map<String, Value>,
    misbehaviour: Misbehaviour,
    provider: &Provider,
    now: i64,
) {
    let (name, value) = match misbehaviour {
        Misbehaviour::AccessTokenWrongIssuer => ("iss", json!(format!("{}/", provider.issuer()))),
        Misbehaviour::AccessTokenWrongAzp => ("azp", json!("another-client")),
        Misbehaviour::AccessTokenWrongSub => ("sub", json!("somebody-else")),
        Misbehaviour::AccessTokenWrongType => ("typ", json!("Refresh")),
        Misbehaviour::AccessTokenExpired => ("exp", json!(now - 3_600)),
        _ => return,
    };
    claims.insert(name.to_owned(), value);
}
