//! Answers to a pushed authorization request, mutated.

use relyant_oidc::authorization::pushed::process_pushed_authorization_response;
use serde_json::json;

use super::provider::{
    CLIENT_ID, CLIENT_SECRET, METADATA, answer, any_answer, registration, request,
};
use crate::choices::Choices;
use crate::spell::spell;
use crate::{mutate, shown};

const REQUEST_URI: &str = "urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c";

/// A body in one of its spellings: the browser goes to the provider's own page, with our client and what was pushed.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let plain = json!({"request_uri": REQUEST_URI, "expires_in": 60});
    let body = mutate::value(&plain, &mut choices);
    let spelling = spell(&body, &mut choices);
    let response = if choices.once_in(4) {
        any_answer(&mut choices, spelling.text)
    } else {
        answer(201, "application/json", spelling.text)
    };
    match process_pushed_authorization_response(&METADATA, &registration(), &request(), &response) {
        Ok(url) => {
            assert!(spelling.sound && response.status == 201);
            let expected = METADATA.authorization_endpoint();
            assert_eq!(
                (url.origin(), url.path()),
                (expected.origin(), expected.path())
            );
            let pairs: Vec<_> = url.query_pairs().into_owned().collect();
            let pushed = body["request_uri"].as_str().unwrap();
            let wanted = [("client_id", CLIENT_ID), ("request_uri", pushed)];
            assert_eq!(
                pairs,
                wanted.map(|(name, value)| (name.to_owned(), value.to_owned()))
            );
            assert!(body["expires_in"].as_i64().unwrap() > 0);
        }
        Err(error) => {
            let whole = body == plain && spelling.sound && response.status == 201;
            let typed = response
                .content_type
                .as_deref()
                .is_some_and(|is| is.to_lowercase().contains("json"));
            assert!(!(whole && typed), "refused: {error}");
            shown::check(&error, &[CLIENT_SECRET]);
        }
    }
}
