//! ID tokens with mutated claims, rightly signed; and validly claimed ones whose text was mutated.

use relyant_oidc::id_token::{ValidIdToken, validate};
use serde_json::{Value, json};

use super::provider::{
    ACCESS_TOKEN, ISSUER, KEYS, METADATA, NOW, date, id_token_claims, is_for_us_alone, login,
    now_and, registration,
};
use crate::choices::Choices;
use crate::keys::sign_header;
use crate::spell::spell;
use crate::{mutate, shown};

/// What is valid has our issuer, our audience, our nonce, its time and a subject; and was signed as it stands.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let header = mutate::value(
        &json!({"alg": "EdDSA", "kid": "ed", "typ": "JWT"}),
        &mut choices,
    );
    let plain = id_token_claims();
    let claims = mutate::value(&plain, &mut choices);
    let spelling = spell(&claims, &mut choices);
    let signed = sign_header(&header.to_string(), spelling.text.as_bytes());
    let token = mutate::text(&signed, &mut choices);
    match validate(
        &token,
        &KEYS,
        &METADATA,
        &registration(),
        &login(),
        Some(ACCESS_TOKEN),
        NOW,
    ) {
        Ok(valid) => {
            assert!(spelling.sound && token == signed, "taken: {token}");
            check(&valid, &claims);
            shown::check_debug(&format!("{valid:?}"), &[&token, ACCESS_TOKEN]);
        }
        Err(error) => {
            let untouched =
                header == json!({"alg": "EdDSA", "kid": "ed", "typ": "JWT"}) && claims == plain;
            assert!(
                !(untouched && spelling.sound && token == signed),
                "refused: {error}"
            );
            shown::check(&error, &[&token, ACCESS_TOKEN]);
        }
    }
}

/// Core §3.1.3.7, once more.
fn check(valid: &ValidIdToken, claims: &Value) {
    assert_eq!(claims["iss"], ISSUER);
    assert_eq!(claims["sub"], valid.subject().as_str());
    assert!(!valid.subject().as_str().is_empty() && valid.subject().as_str().is_ascii());
    assert!(is_for_us_alone(claims), "{claims}");
    assert!(claims.get("azp").is_none_or(|azp| azp == "beer"));
    assert!(date(claims.get("exp")).unwrap() > now_and(-60));
    assert!(date(claims.get("iat")).unwrap() <= now_and(60));
    assert!(date(claims.get("iat")).unwrap() >= now_and(-660));
    assert!(
        claims
            .get("nbf")
            .is_none_or(|nbf| date(Some(nbf)).unwrap() <= now_and(60))
    );
    assert_eq!(claims["nonce"], login().nonce().as_str());
    assert!(claims.get("events").is_none());
}
