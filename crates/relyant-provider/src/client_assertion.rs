//! A client assertion: a JWT by which the client proves that it has its private key. RFC 7523 §2.2 and §3.
//!
//! Held to what careful providers hold it to: this issuer as its one audience, a kind of its own, a minute, one use.

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::json::Object;
use relyant_jose::jwk_set::JwkSet;
use relyant_jose::jws::UnverifiedJws;
use serde_json::Value;

use crate::clock;
use crate::local_http::LocalUri;
use crate::provider::Provider;

/// The value of `client_assertion_type`. RFC 7523 §2.2.
pub(crate) const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// What `typ` says, so that no other JWT of the client counts. RFC 8725 §3.11.
const KIND: &str = "client-authentication+jwt";
/// How long an assertion may be good for, in seconds: it is made for one request.
const LIFETIME: i64 = 60;

/// Checks an assertion with the keys that the client publishes now; says what is wrong.
pub(crate) async fn check(
    provider: &Provider,
    jwks_uri: LocalUri,
    assertion: &str,
) -> Result<(), &'static str> {
    let keys = published(jwks_uri).await?;
    let claims = verified(assertion, &keys)?;
    let jti = check_claims(
        &claims,
        &provider.client.id,
        &provider.issuer(),
        clock::now(),
    )?;
    // RFC 7523 §3 (7): each is good for one use.
    if provider.store().use_assertion(jti) {
        Ok(())
    } else {
        Err("the client assertion was used before")
    }
}

async fn published(jwks_uri: LocalUri) -> Result<JwkSet, &'static str> {
    let answer = jwks_uri.get().await.filter(|answer| answer.status == 200);
    let answer = answer.ok_or("the client's JWK Set can't be had")?;
    JwkSet::parse(&answer.body).map_err(|_| "the client's JWK Set is none")
}

fn verified(assertion: &str, keys: &JwkSet) -> Result<Object, &'static str> {
    let jws =
        UnverifiedJws::parse(assertion).map_err(|_| "the client assertion is no signed JWT")?;
    let jws = jws
        .verify(keys, SignatureAlgorithm::ALL)
        .map_err(|_| "no key that the client publishes verifies the client assertion")?;
    if jws.header().typ.as_deref() != Some(KIND) {
        return Err("the client assertion's typ is not client-authentication+jwt");
    }
    jws.claims()
        .map_err(|_| "the client assertion has no claims")
}

/// The assertion's `jti`, where all its claims are right.
fn check_claims(
    claims: &Object,
    client_id: &str,
    issuer: &str,
    now: i64,
) -> Result<String, &'static str> {
    let text = |name| claims.get(name).and_then(Value::as_str);
    // RFC 7523 §3 (1) and (2B).
    if text("iss") != Some(client_id) || text("sub") != Some(client_id) {
        return Err("the client assertion's iss and sub are not the client");
    }
    // RFC 7523 §3 (3): this issuer, and nobody beside it, who could show the assertion elsewhere.
    if text("aud") != Some(issuer) {
        return Err("the client assertion's aud is not the issuer alone");
    }
    // RFC 7523 §3 (4).
    let end = claims.get("exp").and_then(Value::as_i64);
    if !end.is_some_and(|end| (now + 1..=now + LIFETIME).contains(&end)) {
        return Err("the client assertion's exp is not within a minute from now");
    }
    let jti = text("jti").filter(|jti| !jti.is_empty());
    jti.map(str::to_owned)
        .ok_or("the client assertion has no jti")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn check(change: &Value) -> Result<String, &'static str> {
        let mut claims = json!({
            "iss": "beer", "sub": "beer", "aud": "http://127.0.0.1/realms/brewery", "exp": NOW + 60, "jti": "one",
        });
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let claims = claims.as_object().unwrap();
        check_claims(claims, "beer", "http://127.0.0.1/realms/brewery", NOW)
    }

    // TK-04
    #[test]
    fn one_claim_that_is_wrong_is_enough() {
        assert_eq!(check(&json!({})), Ok("one".to_owned()));
        for (change, word) in [
            (json!({ "iss": "wine" }), "iss"),
            (json!({ "sub": "wine" }), "sub"),
            (json!({ "sub": null }), "sub"),
            (json!({ "aud": "http://127.0.0.1/realms/brewery/" }), "aud"),
            (json!({ "aud": ["http://127.0.0.1/realms/brewery"] }), "aud"),
            (
                json!({ "aud": "http://127.0.0.1/realms/brewery/protocol/openid-connect/token" }),
                "aud",
            ),
            (json!({ "exp": NOW }), "exp"),
            (json!({ "exp": NOW + 61 }), "exp"),
            (json!({ "exp": null }), "exp"),
            (json!({ "jti": "" }), "jti"),
            (json!({ "jti": null }), "jti"),
        ] {
            let wrong = check(&change).unwrap_err();
            assert!(wrong.contains(word), "{change}: {wrong}");
        }
    }
}
