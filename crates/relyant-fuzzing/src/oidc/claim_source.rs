//! Claims that are kept elsewhere: where the ID token says that they are, and the JWT that comes from there, both mutated.

use relyant_oidc::claim_sources::{issuer_of, needed_sources, validate as validate_source};
use relyant_oidc::id_token::validate;
use serde_json::{Value, json};

use super::provider::{
    CLIENT_ID, ISSUER, KEYS, METADATA, NOW, date, id_token_claims, issuer, login, now_and,
    registration,
};
use crate::choices::Choices;
use crate::keys::sign_header;
use crate::spell::spell;
use crate::{mutate, shown};

const HEADER: &str = r#"{"alg":"EdDSA","kid":"ed","typ":"JWT"}"#;
const ACCESS_TOKEN: &str = "access-token-of-the-source";

/// Only hosts of believed issuers are called, and only claims come back that were asked for, in a JWT that was signed as it stands.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let plain = json!({"iss": ISSUER, "sub": "carol", "aud": CLIENT_ID, "exp": NOW.0 + 60, "groups": ["a"], "email": "a@b.example"});
    let body = mutate::value(&plain, &mut choices);
    let spelling = spell(&body, &mut choices);
    let signed = sign_header(HEADER, spelling.text.as_bytes());
    let jwt = mutate::text(&signed, &mut choices);
    let names = json!({"groups": "here", "email": "there"});
    let endpoint = "https://op.example/realms/brewery/claims";
    let sources = json!({"here": {"JWT": jwt}, "there": {"endpoint": endpoint, "access_token": ACCESS_TOKEN}});
    let mut claims = id_token_claims();
    claims["_claim_names"] = mutate::value(&names, &mut choices);
    claims["_claim_sources"] = mutate::value(&sources, &mut choices);
    let token = sign_header(HEADER, claims.to_string().as_bytes());
    let Ok(id_token) = validate(
        &token,
        &KEYS,
        &METADATA,
        &registration(),
        &login(),
        None,
        NOW,
    ) else {
        return; // Nested too deep, or too long.
    };
    let found = needed_sources(
        &id_token,
        &[],
        &["groups".to_owned(), "email".to_owned(), "sub".to_owned()],
    );
    for left_out in &found.left_out {
        shown::check(&left_out.error, &[ACCESS_TOKEN, &signed]);
    }
    let believed = [issuer()];
    for source in found.sources {
        match source.request(&believed) {
            Ok(Some((_, request))) => {
                assert_eq!(request.url.origin(), issuer().metadata_url().origin());
            }
            Ok(None) => {}
            Err(error) => shown::check(&error, &[ACCESS_TOKEN]),
        }
        let brought = source.jwt().unwrap_or(&jwt);
        let of = issuer_of(brought, &believed);
        match validate_source(
            &source,
            brought,
            &issuer(),
            &KEYS,
            &id_token,
            &registration(),
            NOW,
        ) {
            Ok(claims) => {
                assert!(
                    spelling.sound && brought == signed && of.is_ok(),
                    "taken: {brought}"
                );
                check(&body);
                assert!(
                    claims
                        .members()
                        .keys()
                        .all(|name| ["groups", "email"].contains(&name.as_str()))
                );
                assert!(
                    claims
                        .members()
                        .iter()
                        .all(|(name, value)| body.get(name) == Some(value))
                );
            }
            Err(error) => shown::check(&error, &[ACCESS_TOKEN, &signed]),
        }
    }
}

/// Core §5.6.2 and RFC 7519 §4.1, once more.
fn check(body: &Value) {
    assert_eq!(body["iss"], ISSUER);
    assert!(body.get("sub").is_none_or(|sub| sub == "carol"));
    assert!(
        body.get("exp")
            .is_none_or(|exp| date(Some(exp)).unwrap() > now_and(-60))
    );
    assert!(
        body.get("nbf")
            .is_none_or(|nbf| date(Some(nbf)).unwrap() <= now_and(60))
    );
    let is_us = |value: &Value| value == CLIENT_ID;
    assert!(body.get("aud").is_none_or(|aud| is_us(aud) || aud.as_array().is_some_and(|all| all.iter().any(is_us))));
    assert!(
        ["nonce", "events"]
            .iter()
            .all(|name| body.get(*name).is_none())
    );
}
