//! What the issuer answers about a token, mutated: plain, and as a signed JWT.

use relyant_oidc::access_token::Audience;
use relyant_oidc::introspection::process_introspection_response;
use serde_json::{Value, json};

use super::access_token::check;
use super::provider::{
    CLIENT_ID, CLIENT_SECRET, ISSUER, KEYS, METADATA, NOW, access_token_claims, answer, any_answer,
    date, now_and, registration, request,
};
use crate::choices::Choices;
use crate::keys::sign_header;
use crate::spell::spell;
use crate::{mutate, shown};

const HEADER: &str = r#"{"alg":"EdDSA","kid":"ed","typ":"token-introspection+jwt"}"#;

/// What is active is JSON's `true`, for us and of now; a signed answer was signed as it stands, just now, for us alone.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let mut plain = access_token_claims();
    plain["active"] = json!(true);
    plain["token_type"] = json!("Bearer");
    let body = mutate::value(&plain, &mut choices);
    let around =
        json!({"iss": ISSUER, "aud": CLIENT_ID, "iat": NOW.0, "token_introspection": body});
    let is_jwt = choices.once_in(2);
    let outer = if is_jwt {
        mutate::value(&around, &mut choices)
    } else {
        body.clone()
    };
    let spelling = spell(&outer, &mut choices);
    let signed = sign_header(HEADER, spelling.text.as_bytes());
    let token = mutate::text(&signed, &mut choices);
    let response = if is_jwt {
        answer(200, "application/token-introspection+jwt", token.clone())
    } else {
        any_answer(&mut choices, spelling.text)
    };
    let mut registration = registration();
    registration.required.signed_introspection = choices.once_in(4);
    let audience = Audience::parse("api").unwrap();
    let verdict = process_introspection_response(
        &request(),
        &response,
        &KEYS,
        &METADATA,
        &registration,
        &audience,
        NOW,
    );
    let told = if is_jwt {
        &outer["token_introspection"]
    } else {
        &outer
    };
    if let Ok(verdict) = &verdict {
        assert!(spelling.sound && response.status == 200);
        assert!(is_jwt || !registration.required.signed_introspection);
        assert_eq!(told["active"], Value::from(verdict.is_some()));
        assert!(!is_jwt || token.trim() == signed, "taken: {token}");
        assert!(
            !is_jwt || (outer["iss"] == ISSUER && date(outer.get("iat")).unwrap() <= now_and(60))
        );
    }
    match verdict {
        Ok(Some(valid)) => {
            assert!(
                told.get("exp")
                    .is_none_or(|exp| date(Some(exp)).unwrap() > now_and(-60))
            );
            check(&valid, told);
        }
        Ok(None) => {}
        Err(error) => shown::check(&error, &[&token, CLIENT_SECRET]),
    }
}
