//! Answers to a refresh, mutated.

use relyant_oidc::secret::Secret;
use relyant_oidc::token::refresh::process_refresh_response;
use serde_json::{Value, json};

use super::provider::{ACCESS_TOKEN, CLIENT_SECRET, REFRESH_TOKEN, any_answer, request};
use crate::choices::Choices;
use crate::spell::spell;
use crate::{mutate, shown};

const ROTATED: &str = "the-next-refresh-token-of-this-session";
const SECRETS: &[&str] = &[ACCESS_TOKEN, REFRESH_TOKEN, ROTATED, CLIENT_SECRET];

/// A body in one of its spellings: the refresh token from then on is the one in it, or else the one that was sent.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let plain = json!({"access_token": ACCESS_TOKEN, "token_type": "bearer", "refresh_token": ROTATED, "expires_in": 60});
    let refusal = json!({"error": "invalid_grant", "error_description": format!("{REFRESH_TOKEN} is expired")});
    let body = mutate::value(
        choices.pick(&[plain.clone(), plain.clone(), refusal]),
        &mut choices,
    );
    let spelling = spell(&body, &mut choices);
    let answer = any_answer(&mut choices, spelling.text);
    match process_refresh_response(&request(), &Secret::new(REFRESH_TOKEN), &answer) {
        Ok(tokens) => {
            assert!(spelling.sound && answer.status == 200);
            assert_eq!(body["access_token"], tokens.access_token());
            assert_eq!(
                tokens.refresh_token(),
                body["refresh_token"].as_str().unwrap_or(REFRESH_TOKEN)
            );
            assert_eq!(
                tokens.id_token(),
                body.get("id_token").and_then(Value::as_str)
            );
            shown::check_debug(&format!("{tokens:?}"), SECRETS);
        }
        Err(error) => shown::check(&error, SECRETS),
    }
}
