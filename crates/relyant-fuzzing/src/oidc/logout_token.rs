//! Logout tokens with mutated claims, rightly signed; and validly claimed ones whose text was mutated.

use relyant_oidc::id_token::Subject;
use relyant_oidc::logout::back_channel::{ValidLogoutToken, check_form, validate};
use serde_json::{Value, json};

use super::provider::{
    CLIENT_ID, ISSUER, KEYS, METADATA, NOW, date, is_for_us_alone, now_and, registration,
};
use crate::choices::Choices;
use crate::keys::sign_header;
use crate::spell::spell;
use crate::{mutate, shown};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// What is valid says of somebody or a session of this issuer that it ended, just now and to us.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let header = json!({"alg": "EdDSA", "kid": "ed", "typ": "logout+jwt"});
    let mutated = mutate::value(&header, &mut choices);
    let plain = json!({
        "iss": ISSUER, "aud": CLIENT_ID, "iat": NOW.0, "exp": NOW.0 + 120, "jti": "1", "sid": "s", "sub": "carol",
        "events": {EVENT: {}},
    });
    let claims = mutate::value(&plain, &mut choices);
    let spelling = spell(&claims, &mut choices);
    let signed = sign_header(&mutated.to_string(), spelling.text.as_bytes());
    let token = mutate::text(&signed, &mut choices);
    match validate(&token, &KEYS, &METADATA, &registration(), NOW) {
        Ok(valid) => {
            assert!(spelling.sound && token == signed, "taken: {token}");
            assert!(check_form(&token).is_ok());
            check(&valid, &claims);
        }
        Err(error) => {
            let untouched =
                mutated == header && claims == plain && spelling.sound && token == signed;
            assert!(!untouched, "refused: {error}");
            shown::check(&error, &[&token]);
        }
    }
}

/// Back-Channel Logout 1.0 §2.4 and §2.6, once more.
fn check(valid: &ValidLogoutToken, claims: &Value) {
    assert_eq!(claims["iss"], ISSUER);
    assert!(is_for_us_alone(claims), "{claims}");
    assert!(date(claims.get("exp")).unwrap() > now_and(-60));
    assert!(date(claims.get("iat")).unwrap() <= now_and(60));
    assert!(date(claims.get("iat")).unwrap() >= now_and(-180));
    assert!(claims["events"][EVENT].is_object());
    assert!(claims.get("nonce").is_none());
    assert_eq!(claims["jti"], valid.jti());
    assert!(valid.sid().is_some() || valid.subject().is_some());
    assert_eq!(claims.get("sid").and_then(Value::as_str), valid.sid());
    assert_eq!(
        claims.get("sub").and_then(Value::as_str),
        valid.subject().map(Subject::as_str)
    );
}
