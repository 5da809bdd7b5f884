//! ID tokens as Keycloak signs them, and their misbehaviours.

use serde_json::{Map, Value, json};

use crate::claims;
use crate::failure::Failure;
use crate::forgery;
use crate::misbehaviour::{Misbehaviour, Misbehaviours};
use crate::people::Person;
use crate::provider::Provider;
use crate::store::Grant;

type Object = Map<String, Value>;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const WEEK: i64 = 7 * 24 * HOUR;
/// An extension that no implementation knows.
const UNKNOWN_EXTENSION: &str = "urn:example:unknown";

/// What an ID token is issued at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occasion {
    /// A login.
    Login,
    /// A refresh of its tokens.
    Refresh,
}

/// Issues the ID token that goes with an access token.
pub(crate) fn issue(
    provider: &Provider,
    person: &Person,
    grant: &Grant,
    access_token: &str,
    occasion: Occasion,
    now: i64,
) -> Result<String, Failure> {
    let misbehaviours = provider.misbehaviours();
    let mut claims = claims::of_id_token(provider, person, grant, access_token, now)?;
    for misbehaviour in misbehaviours.iter() {
        distort(&mut claims, misbehaviour, provider, now);
        if occasion == Occasion::Refresh {
            claims.extend(distortion_of_refresh(misbehaviour, now));
        }
    }
    let mut payload = Value::Object(claims).to_string().into_bytes();
    if misbehaviours.has(Misbehaviour::DuplicateClaim) {
        payload = forgery::with_second_subject(&payload);
    }
    let token = sign(provider, &payload, &misbehaviours)?;
    Ok(spoil_signature(token, &misbehaviours))
}

fn distort(claims: &mut Object, misbehaviour: Misbehaviour, provider: &Provider, now: i64) {
    let us = &provider.client.id;
    let (name, value) = match misbehaviour {
        Misbehaviour::WrongIssuer => ("iss", json!(format!("{}/", provider.issuer()))),
        Misbehaviour::WrongAudience => ("aud", json!("another-client")),
        Misbehaviour::ExtraAudience => ("aud", json!([us, "another-client"])),
        Misbehaviour::MissingAudience => ("aud", Value::Null),
        Misbehaviour::WrongAzp => ("azp", json!("another-client")),
        Misbehaviour::WrongNonce => ("nonce", json!("another-nonce")),
        Misbehaviour::MissingNonce => ("nonce", Value::Null),
        Misbehaviour::Expired => ("exp", json!(now - HOUR)),
        Misbehaviour::IssuedInFuture => ("iat", json!(now + HOUR)),
        Misbehaviour::IssuedLongAgo => ("iat", json!(now - WEEK)),
        Misbehaviour::NotYetValid => ("nbf", json!(now + HOUR)),
        Misbehaviour::MissingExp => ("exp", Value::Null),
        Misbehaviour::MissingIat => ("iat", Value::Null),
        Misbehaviour::MissingSub => ("sub", Value::Null),
        Misbehaviour::MissingAuthTime => ("auth_time", Value::Null),
        Misbehaviour::MissingAcr => ("acr", Value::Null),
        Misbehaviour::EmptySub => ("sub", json!("")),
        Misbehaviour::NumericSub => ("sub", json!(4_711)),
        Misbehaviour::WrongAtHash => (
            "at_hash",
            json!(claims::access_token_hash(provider, "another access token")),
        ),
        _ => return,
    };
    if value.is_null() {
        claims.remove(name);
    } else {
        claims.insert(name.to_owned(), value);
    }
}

/// What a refresh alone says wrong.
fn distortion_of_refresh(misbehaviour: Misbehaviour, now: i64) -> Option<(String, Value)> {
    let (name, value) = match misbehaviour {
        Misbehaviour::RefreshedWrongSub => ("sub", json!("somebody-else")),
        Misbehaviour::RefreshedWrongAuthTime => ("auth_time", json!(now - HOUR)),
        // Before the login, and yet not so old that it is refused for its age.
        Misbehaviour::RefreshedIssuedEarlier => ("iat", json!(now - 5 * MINUTE)),
        _ => return None,
    };
    Some((name.to_owned(), value))
}

fn sign(
    provider: &Provider,
    payload: &[u8],
    misbehaviours: &Misbehaviours,
) -> Result<String, Failure> {
    let key = provider.keys.current();
    if misbehaviours.has(Misbehaviour::AlgNone) {
        return Ok(forgery::unsigned(payload));
    }
    if misbehaviours.has(Misbehaviour::AlgHs256) {
        return Ok(forgery::authenticated(
            payload,
            key.kid(),
            provider.client.secret(),
        ));
    }
    if misbehaviours.has(Misbehaviour::WrongAlg) {
        return Ok(provider.keys.elliptic().sign(payload, &Object::new())?);
    }
    if misbehaviours.has(Misbehaviour::JwkHeader) {
        let stranger = provider.keys.stranger()?;
        let header = object([
            ("kid", json!(key.kid())),
            ("jwk", Value::Object(stranger.public_jwk())),
        ]);
        return Ok(stranger.sign(payload, &header)?);
    }
    let signing = provider.response_algorithms().id_token_signed_response_alg;
    signing.sign(provider, payload, &odd_header(misbehaviours))
}

/// Header members that replace or join the honest ones.
fn odd_header(misbehaviours: &Misbehaviours) -> Object {
    let mut header = Object::new();
    for misbehaviour in misbehaviours.iter() {
        header.extend(match misbehaviour {
            Misbehaviour::UnknownKid => object([("kid", json!("of-no-published-key"))]),
            Misbehaviour::MissingKid => object([("kid", Value::Null)]),
            Misbehaviour::TypAtJwt => object([("typ", json!("at+jwt"))]),
            Misbehaviour::CritHeader => object([
                ("crit", json!([UNKNOWN_EXTENSION])),
                (UNKNOWN_EXTENSION, json!(true)),
            ]),
            _ => Object::new(),
        });
    }
    header
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Object {
    members
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn spoil_signature(mut token: String, misbehaviours: &Misbehaviours) -> String {
    if misbehaviours.has(Misbehaviour::TamperedSignature) {
        token = forgery::tampered(&token);
    }
    if misbehaviours.has(Misbehaviour::PaddedToken) {
        token.push_str("==");
    }
    token
}
