//! Access tokens that somebody presents to an API, with mutated claims, rightly signed; and validly claimed ones, their text mutated.

use std::collections::BTreeSet;

use relyant_oidc::access_token::{Audience, Leniency, ValidAccessToken, check_form, validate};
use serde_json::{Value, json};

use super::provider::{
    ISSUER, KEYS, METADATA, NOW, access_token_claims, date, now_and, registration,
};
use crate::choices::Choices;
use crate::keys::sign_header;
use crate::spell::spell;
use crate::{mutate, shown};

/// What is valid is of our issuer, for us, of now, and whose it is stands in it; no leniency forgives any of these.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let mut registration = registration();
    for leniency in Leniency::ALL {
        if choices.once_in(3) {
            registration
                .access_token_profile
                .leniencies
                .insert(leniency);
        }
    }
    let plain = json!({"alg": "EdDSA", "kid": "ed", "typ": "at+jwt"});
    let header = mutate::value(&plain, &mut choices);
    let claims = mutate::value(&access_token_claims(), &mut choices);
    let spelling = spell(&claims, &mut choices);
    let signed = sign_header(&header.to_string(), spelling.text.as_bytes());
    let token = mutate::text(&signed, &mut choices);
    let audience = Audience::parse("api").unwrap();
    match validate(&token, &KEYS, &METADATA, &registration, &audience, NOW) {
        Ok(valid) => {
            assert!(spelling.sound && token == signed, "taken: {token}");
            assert!(check_form(&token).is_ok());
            assert!(date(claims.get("exp")).unwrap() > now_and(-60));
            check(&valid, &claims);
            shown::check_debug(&format!("{valid:?}"), &[&token]);
        }
        Err(error) => {
            let untouched = header == plain && claims == access_token_claims();
            assert!(
                !(untouched && spelling.sound && token == signed),
                "refused: {error}"
            );
            shown::check(&error, &[&token]);
        }
    }
}

/// RFC 9068 §4 and RFC 7662 §2.2, once more: what counts of a token's claims, however they came.
pub(super) fn check(valid: &ValidAccessToken, claims: &Value) {
    assert_eq!(valid.issuer().as_str(), ISSUER);
    assert!(claims.get("iss").is_none_or(|issuer| issuer == ISSUER));
    let is_us = |value: &Value| value == "api";
    assert!(
        is_us(&claims["aud"])
            || claims["aud"]
                .as_array()
                .is_some_and(|several| several.iter().any(is_us))
    );
    assert!(
        claims
            .get("nbf")
            .is_none_or(|nbf| date(Some(nbf)).unwrap() <= now_and(60))
    );
    assert!(
        claims
            .get("iat")
            .is_none_or(|iat| date(Some(iat)).unwrap() <= now_and(60))
    );
    assert!(
        ["cnf", "events", "at_hash"]
            .iter()
            .all(|name| claims.get(*name).is_none())
    );
    let named = [claims.get("client_id"), claims.get("azp")];
    assert!(
        named
            .into_iter()
            .flatten()
            .any(|name| name == valid.client_id())
    );
    assert_eq!(valid.is_service(), valid.subject().is_none());
    if let Some(subject) = valid.subject() {
        assert_eq!(claims["sub"], subject.as_str());
        assert_ne!(subject.as_str(), valid.client_id());
    }
    let scopes = claims["scope"]
        .as_str()
        .unwrap_or_default()
        .split(' ')
        .filter(|scope| !scope.is_empty());
    assert_eq!(
        *valid.scopes(),
        scopes.map(str::to_owned).collect::<BTreeSet<_>>()
    );
}
