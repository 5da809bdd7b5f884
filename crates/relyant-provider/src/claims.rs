//! The claims of an honest Keycloak: which claim is in which token.

use relyant_jose::base64url;
use relyant_jose::digest::left_half;
use serde_json::{Map, Value, json};

use crate::claim_sources;
use crate::failure::Failure;
use crate::issued_tokens::ClientGrant;
use crate::people::{Person, derived_subject};
use crate::provider::Provider;
use crate::random;
use crate::store::{Grant, TOKEN_LIFETIME};

type Object = Map<String, Value>;

/// The claims of an access token; the only place for roles.
pub(crate) fn of_access_token(
    provider: &Provider,
    person: &Person,
    grant: &Grant,
    now: i64,
) -> Result<Object, Failure> {
    let mut claims = of_any_token(provider, person, grant, now)?;
    claims.insert("typ".to_owned(), json!("Bearer"));
    claims.insert("aud".to_owned(), audience(&grant.resources));
    claims.insert("scope".to_owned(), json!(grant.scope));
    // The last role gone, the claim is gone, not an empty list.
    if !person.roles.is_empty() {
        claims.insert("realm_access".to_owned(), json!({ "roles": person.roles }));
    }
    claims.extend(person.access_token.clone());
    Ok(claims)
}

/// The claims of an access token of the client's own: its service account, as Keycloak calls it, is who it is of.
pub(crate) fn of_client_token(
    provider: &Provider,
    grant: &ClientGrant,
    now: i64,
) -> Result<Object, Failure> {
    let client = &provider.client.id;
    let name = format!("service-account-{client}");
    let claims = [
        ("iss", json!(provider.issuer())),
        ("sub", json!(derived_subject(&name))),
        ("aud", audience(&grant.resources)),
        ("iat", json!(now)),
        ("exp", json!(now + TOKEN_LIFETIME)),
        ("jti", json!(random::identifier()?)),
        ("typ", json!("Bearer")),
        ("azp", json!(client)),
        ("client_id", json!(client)),
        ("preferred_username", json!(name)),
        ("scope", json!(grant.scope)),
    ];
    Ok(claims
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect())
}

/// The claims of an ID token. Core §2.
pub(crate) fn of_id_token(
    provider: &Provider,
    person: &Person,
    grant: &Grant,
    access_token: &str,
    now: i64,
) -> Result<Object, Failure> {
    let mut claims = of_any_token(provider, person, grant, now)?;
    claims.insert("typ".to_owned(), json!("ID"));
    claims.insert("aud".to_owned(), json!(provider.client.id));
    if let Some(nonce) = &grant.nonce {
        claims.insert("nonce".to_owned(), json!(nonce));
    }
    claims.insert(
        "at_hash".to_owned(),
        json!(access_token_hash(provider, access_token)),
    );
    let asked = person.userinfo.iter();
    let asked = asked.filter(|(name, _)| grant.asked_claims.contains(name));
    claims.extend(asked.map(|(name, value)| (name.clone(), value.clone())));
    claims.extend(claim_sources::references(provider, person, now)?);
    claims.extend(person.id_token.clone());
    Ok(claims)
}

/// The resources that were asked for (RFC 8707 §2); `account` otherwise, as Keycloak says it.
fn audience(resources: &[String]) -> Value {
    match resources {
        [] => json!("account"),
        [one] => json!(one),
        several => json!(several),
    }
}

/// The claims of a userinfo response. Core §5.3.2.
pub(crate) fn of_userinfo(person: &Person) -> Object {
    let mut claims = of_person(person);
    claims.extend(person.userinfo.clone());
    claims
}

/// Core §3.1.3.6: the left half of the hash that the signature algorithm uses.
pub(crate) fn access_token_hash(provider: &Provider, access_token: &str) -> String {
    base64url::encode(&left_half(
        provider
            .response_algorithms()
            .id_token_signed_response_alg
            .hash(),
        access_token.as_bytes(),
    ))
}

fn of_any_token(
    provider: &Provider,
    person: &Person,
    grant: &Grant,
    now: i64,
) -> Result<Object, Failure> {
    let mut claims = of_person(person);
    let protocol = [
        ("iss", json!(provider.issuer())),
        ("iat", json!(now)),
        ("exp", json!(now + TOKEN_LIFETIME)),
        ("auth_time", json!(grant.session.auth_time)),
        ("jti", json!(random::identifier()?)),
        ("azp", json!(provider.client.id)),
        ("sid", json!(grant.session.sid)),
        ("acr", json!(grant.acr)),
    ];
    claims.extend(protocol.map(|(name, value)| (name.to_owned(), value)));
    Ok(claims)
}

fn of_person(person: &Person) -> Object {
    let mut claims = Object::new();
    claims.insert("sub".to_owned(), json!(person.subject()));
    claims.insert("preferred_username".to_owned(), json!(person.name));
    claims.extend(person.claims.clone());
    claims
}
