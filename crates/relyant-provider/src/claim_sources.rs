//! Claims that are kept elsewhere, as this provider refers to them in an ID token: it is their keeper itself. Core §5.6.2.

use serde_json::{Map, Value, json};

use crate::endpoint::Endpoint;
use crate::failure::Failure;
use crate::forgery;
use crate::misbehaviour::{Misbehaviour, Misbehaviours};
use crate::people::Person;
use crate::provider::Provider;
use crate::random;
use crate::store::TOKEN_LIFETIME;

type Object = Map<String, Value>;

/// The names of the two sources, by how they are had.
const AGGREGATED: &str = "aggregated";
const DISTRIBUTED: &str = "distributed";

/// `_claim_names` and `_claim_sources` of the person's ID token; nothing where nobody keeps claims of hers.
pub(crate) fn references(
    provider: &Provider,
    person: &Person,
    now: i64,
) -> Result<Object, Failure> {
    let mut sources = Object::new();
    if !person.aggregated.is_empty() {
        let jwt = sign(provider, person, &person.aggregated, now)?;
        sources.insert(AGGREGATED.to_owned(), json!({ "JWT": jwt }));
    }
    if !person.distributed.is_empty() {
        let token = random::identifier()?;
        provider
            .store()
            .claims_tokens
            .put(token.clone(), person.name.clone());
        let entry = json!({ "endpoint": endpoint(provider), "access_token": token });
        sources.insert(DISTRIBUTED.to_owned(), entry);
    }
    if sources.is_empty() {
        return Ok(sources);
    }
    let names = |claims: &Object, source| {
        let refer = |name: &String| (name.clone(), json!(source));
        claims.keys().map(refer).collect::<Object>()
    };
    let mut referred = names(&person.aggregated, AGGREGATED);
    referred.extend(names(&person.distributed, DISTRIBUTED));
    Ok(Object::from_iter([
        ("_claim_names".to_owned(), Value::Object(referred)),
        ("_claim_sources".to_owned(), Value::Object(sources)),
    ]))
}

/// The distributed claims behind an access token that came with their address.
pub(crate) fn distributed(
    provider: &Provider,
    token: &str,
    now: i64,
) -> Result<Option<String>, Failure> {
    let name = provider.store().claims_tokens.get(token).cloned();
    let Some(person) = name.and_then(|name| provider.people().find(&name).cloned()) else {
        return Ok(None);
    };
    sign(provider, &person, &person.distributed, now).map(Some)
}

/// Where distributed claims are; on another name of this machine where it shall not be the issuer's.
fn endpoint(provider: &Provider) -> String {
    let path = Endpoint::Claims.path();
    if !provider
        .misbehaviours()
        .has(Misbehaviour::ClaimsEndpointElsewhere)
    {
        return format!("{}{path}", provider.origin);
    }
    let host = if provider.origin.contains("//localhost") {
        "127.0.0.1"
    } else {
        "localhost"
    };
    format!("http://{host}:{}{path}", provider.port)
}

fn sign(provider: &Provider, person: &Person, kept: &Object, now: i64) -> Result<String, Failure> {
    let misbehaviours = provider.misbehaviours();
    let mut claims = Object::from_iter([
        ("iss".to_owned(), json!(provider.issuer())),
        ("sub".to_owned(), json!(person.subject())),
        ("aud".to_owned(), json!(provider.client.id)),
        ("iat".to_owned(), json!(now)),
        ("exp".to_owned(), json!(now + TOKEN_LIFETIME)),
    ]);
    if !misbehaviours.has(Misbehaviour::ClaimsIncomplete) {
        claims.extend(kept.clone());
    }
    for misbehaviour in misbehaviours.iter() {
        claims.extend(distortion(provider, misbehaviour, now));
    }
    let payload = Value::Object(claims).to_string().into_bytes();
    seal(provider, &payload, &misbehaviours)
}

fn distortion(
    provider: &Provider,
    misbehaviour: Misbehaviour,
    now: i64,
) -> Option<(String, Value)> {
    let (name, value) = match misbehaviour {
        Misbehaviour::ClaimsWrongIssuer => ("iss", json!(format!("{}/", provider.issuer()))),
        Misbehaviour::ClaimsWrongSub => ("sub", json!("somebody-else")),
        Misbehaviour::ClaimsWrongAudience => ("aud", json!("another-client")),
        Misbehaviour::ClaimsExpired => ("exp", json!(now - 3600)),
        _ => return None,
    };
    Some((name.to_owned(), value))
}

fn seal(
    provider: &Provider,
    payload: &[u8],
    misbehaviours: &Misbehaviours,
) -> Result<String, Failure> {
    if misbehaviours.has(Misbehaviour::ClaimsUnsigned) {
        return Ok(forgery::unsigned(payload));
    }
    if misbehaviours.has(Misbehaviour::ClaimsForged) {
        return Ok(provider.keys.stranger()?.sign(payload, &Object::new())?);
    }
    Ok(provider.keys.current().sign(payload, &Object::new())?)
}
