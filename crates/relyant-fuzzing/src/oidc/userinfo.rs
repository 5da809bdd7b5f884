//! Userinfo answers, mutated: plain, and as a signed JWT.

use std::sync::LazyLock;

use relyant_oidc::id_token::{ValidIdToken, validate};
use relyant_oidc::userinfo::process_userinfo_response;
use serde_json::json;

use super::provider::{
    CLIENT_ID, ISSUER, KEYS, METADATA, NOW, answer, any_answer, id_token_claims, login,
    registration,
};
use crate::choices::Choices;
use crate::keys::sign_header;
use crate::spell::spell;
use crate::{mutate, shown};

const HEADER: &str = r#"{"alg":"EdDSA","kid":"ed","typ":"JWT"}"#;

static ID_TOKEN: LazyLock<ValidIdToken> = LazyLock::new(|| {
    let token = sign_header(HEADER, id_token_claims().to_string().as_bytes());
    validate(
        &token,
        &KEYS,
        &METADATA,
        &registration(),
        &login(),
        None,
        NOW,
    )
    .unwrap()
});

/// What is taken is about the person of the ID token and, where it is a JWT, was signed as it stands.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let plain = json!({"sub": "carol", "iss": ISSUER, "aud": CLIENT_ID, "groups": ["a"], "email": "carol@beer.example"});
    let body = mutate::value(&plain, &mut choices);
    let spelling = spell(&body, &mut choices);
    let signed = sign_header(HEADER, spelling.text.as_bytes());
    let token = mutate::text(&signed, &mut choices);
    let is_jwt = choices.once_in(2);
    let response = if is_jwt {
        answer(200, "application/jwt", token.clone())
    } else {
        any_answer(&mut choices, spelling.text)
    };
    let mut registration = registration();
    registration.required.signed_userinfo = choices.once_in(4);
    match process_userinfo_response(&ID_TOKEN, &response, &KEYS, &METADATA, &registration, NOW) {
        Ok(claims) => {
            assert!(spelling.sound && response.status == 200);
            assert_eq!(body["sub"], "carol");
            assert_eq!(claims.members().get("email"), body.get("email"));
            assert!(!is_jwt || token.trim() == signed, "taken: {token}");
            assert!(is_jwt || !registration.required.signed_userinfo);
            for name in ["iss", "aud"] {
                assert!(
                    !is_jwt
                        || body.get(name).is_none()
                        || body[name] == plain[name]
                        || body[name].is_array()
                );
            }
        }
        Err(error) => {
            let untouched = body == plain && spelling.sound && is_jwt && token == signed;
            assert!(!untouched, "refused: {error}");
            shown::check(&error, &[&token]);
        }
    }
}
