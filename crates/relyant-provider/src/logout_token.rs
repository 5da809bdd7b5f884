//! Logout tokens as Keycloak signs them, and their misbehaviours. Back-Channel Logout §2.4.

use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::forgery;
use crate::misbehaviour::Misbehaviour;
use crate::people::Person;
use crate::provider::Provider;
use crate::random;
use crate::store::Session;

type Object = Map<String, Value>;

/// How long a logout token is good, in seconds; §2.4 recommends two minutes at most.
const LIFETIME: i64 = 120;
const HOUR: i64 = 3_600;
/// What makes a token a logout token. §2.4, `events`.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Issues the logout token of a session that has ended.
pub(crate) fn issue(provider: &Provider, session: &Session, now: i64) -> Result<String, Failure> {
    let misbehaviours = provider.misbehaviours();
    let mut claims = claims(provider, session, now)?;
    for misbehaviour in misbehaviours.iter() {
        for (name, value) in distortions(provider, misbehaviour, now) {
            claims.insert(name.to_owned(), value);
        }
    }
    claims.retain(|_, value| !value.is_null());
    let payload = Value::Object(claims).to_string();
    if misbehaviours.has(Misbehaviour::LogoutTokenUnsigned) {
        return Ok(forgery::unsigned(payload.as_bytes()));
    }
    let mut header = Object::new();
    header.insert("typ".to_owned(), json!("logout+jwt"));
    // §2.4: signed and encrypted with what ID tokens are.
    let signing = provider.response_algorithms().id_token_signed_response_alg;
    signing.sign(provider, payload.as_bytes(), &header)
}

fn claims(provider: &Provider, session: &Session, now: i64) -> Result<Object, Failure> {
    let people = provider.people();
    let person = people.iter().find(|person| person.name == session.person);
    let names_session = provider
        .logout_session()
        .backchannel_logout_session_required;
    let claims = [
        ("iss", json!(provider.issuer())),
        ("sub", json!(person.map(Person::subject))),
        ("aud", json!(provider.client.id)),
        ("iat", json!(now)),
        ("exp", json!(now + LIFETIME)),
        ("jti", json!(random::identifier()?)),
        ("typ", json!("Logout")),
        ("sid", json!(names_session.then_some(&session.sid))),
        ("events", json!({ EVENT: {} })),
    ];
    Ok(claims
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect())
}

/// The claims that a misbehaviour makes others, null where it takes one out.
fn distortions(
    provider: &Provider,
    misbehaviour: Misbehaviour,
    now: i64,
) -> Vec<(&'static str, Value)> {
    match misbehaviour {
        Misbehaviour::LogoutTokenWrongIssuer => {
            vec![("iss", json!(format!("{}/", provider.issuer())))]
        }
        Misbehaviour::LogoutTokenWrongAudience => vec![("aud", json!("another-client"))],
        Misbehaviour::LogoutTokenExpired => vec![("exp", json!(now - HOUR))],
        Misbehaviour::LogoutTokenIssuedLongAgo => vec![("iat", json!(now - HOUR))],
        Misbehaviour::LogoutTokenNoEvents => vec![("events", Value::Null)],
        Misbehaviour::LogoutTokenNonce => vec![("nonce", json!("a-nonce"))],
        Misbehaviour::LogoutTokenNoJti => vec![("jti", Value::Null)],
        Misbehaviour::LogoutTokenNobody => vec![("sub", Value::Null), ("sid", Value::Null)],
        _ => Vec::new(),
    }
}
