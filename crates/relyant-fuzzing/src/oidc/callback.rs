//! Callbacks: what a browser brings back from the provider, or a stranger's page sends it with.

use relyant_oidc::authorization::response::{process_authorization_response, state_of};
use url::form_urlencoded::{Serializer, parse};

use super::provider::{ISSUER, METADATA, NOW, login};
use crate::choices::Choices;
use crate::{mutate, shown};

const CODE: &str = "code-that-nobody-may-see";
const NAMES: &[&str] = &[
    "state",
    "iss",
    "code",
    "error",
    "error_description",
    "id_token",
    "access_token",
    "response",
    "session_state",
    "x",
];
/// RFC 6749 §3.1, Core §3: what must not stand in a callback with a code.
const FOREIGN: &[&str] = &["error", "id_token", "access_token", "response"];

/// A query, its parameters mutated, then its text. A code comes out where it alone stands beside our state and issuer.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let state = login().state().as_str().to_owned();
    let plain = [("state", state.as_str()), ("iss", ISSUER), ("code", CODE)];
    let mut parameters: Vec<(String, String)> = plain
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    for _ in 0..choices.below(4) {
        mutate::parameters(&mut parameters, NAMES, &mut choices);
    }
    let query = Serializer::new(String::new())
        .extend_pairs(&parameters)
        .finish();
    let query = mutate::text(&query, &mut choices);
    let verdict = process_authorization_response(&query, &METADATA, &login(), NOW);
    let pairs: Vec<(String, String)> = parse(query.as_bytes()).into_owned().collect();
    assert_eq!(
        verdict.is_ok(),
        is_answer(&pairs, &state),
        "{:?}: {query}",
        verdict.err()
    );
    if let Err(error) = verdict {
        // What a stranger writes into a parameter that messages show is no secret of this login.
        let elsewhere = |secret: &str| {
            let others = pairs
                .iter()
                .filter(|pair| !["code", "state"].contains(&pair.0.as_str()));
            others
                .into_iter()
                .any(|(name, value)| name.contains(secret) || value.contains(secret))
        };
        let secrets = [CODE, &state, login().nonce().as_str()].map(str::to_owned);
        let kept: Vec<&str> = secrets
            .iter()
            .map(String::as_str)
            .filter(|secret| !elsewhere(secret))
            .collect();
        shown::check(&error, &kept);
    }
    if let Ok(found) = state_of(&query) {
        assert!(
            pairs
                .iter()
                .filter(|(name, value)| name == "state" && value == found.as_str())
                .count()
                == 1
        );
    }
}

/// The rules once more: every name once, our state, the issuer, a code of printable ASCII and nothing of another answer.
fn is_answer(pairs: &[(String, String)], state: &str) -> bool {
    let of = |name: &str| {
        pairs
            .iter()
            .filter(|pair| pair.0 == name)
            .map(|pair| pair.1.as_str())
            .collect::<Vec<_>>()
    };
    let once = pairs.iter().all(|(name, _)| of(name).len() == 1);
    let code = of("code");
    once && of("state") == [state]
        && of("iss") == [ISSUER]
        && !FOREIGN.iter().any(|name| !of(name).is_empty())
        && code.len() == 1
        && !code[0].is_empty()
        && code[0].bytes().all(|byte| (b' '..=b'~').contains(&byte))
}
