//! Token responses, mutated.

use relyant_oidc::token::response::process_token_response;
use serde_json::{Value, json};

use super::provider::{ACCESS_TOKEN, CLIENT_SECRET, NOW, REFRESH_TOKEN, any_answer, request};
use crate::choices::Choices;
use crate::spell::spell;
use crate::{mutate, shown};

const ID_TOKEN: &str = "eyJhbGciOiJub25lIn0.e30.signature-that-nobody-may-see";
const SECRETS: &[&str] = &[ACCESS_TOKEN, REFRESH_TOKEN, ID_TOKEN, CLIENT_SECRET];

/// A body in one of its spellings: the tokens are those that stand in it, and no error shows one.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let plain = json!({
        "access_token": ACCESS_TOKEN, "token_type": "Bearer", "id_token": ID_TOKEN, "refresh_token": REFRESH_TOKEN,
        "expires_in": 300, "scope": "openid",
    });
    let refusal =
        json!({"error": "invalid_grant", "error_description": format!("of {REFRESH_TOKEN}")});
    let body = mutate::value(
        choices.pick(&[plain.clone(), plain.clone(), plain.clone(), refusal]),
        &mut choices,
    );
    let spelling = spell(&body, &mut choices);
    let answer = any_answer(&mut choices, spelling.text);
    match process_token_response(&request(), &answer) {
        Ok(tokens) => {
            assert!(spelling.sound && answer.status == 200);
            assert_eq!(body["access_token"], tokens.access_token());
            assert_eq!(body["id_token"], tokens.id_token());
            assert_eq!(body["refresh_token"].as_str(), tokens.refresh_token());
            assert!(
                body["token_type"]
                    .as_str()
                    .unwrap()
                    .eq_ignore_ascii_case("bearer")
            );
            assert_eq!(
                body.get("expires_in")
                    .and_then(Value::as_i64)
                    .map(|it| NOW.plus(it)),
                tokens.access_token_expires_at(NOW)
            );
            for token in [tokens.access_token(), tokens.id_token()] {
                assert!(!token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()));
            }
            shown::check_debug(&format!("{tokens:?}"), SECRETS);
        }
        Err(error) => {
            let typed = answer
                .content_type
                .as_deref()
                .is_some_and(|is| is.to_lowercase().contains("json"));
            assert!(
                !(body == plain && spelling.sound && answer.status == 200 && typed),
                "refused: {error}"
            );
            shown::check(&error, SECRETS);
        }
    }
}
