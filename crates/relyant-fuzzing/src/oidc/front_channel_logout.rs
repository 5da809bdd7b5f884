//! Queries of a front-channel logout: what a frame on the provider's page asks for, or one on anybody's.

use relyant_oidc::issuer::Issuer;
use relyant_oidc::logout::front_channel::validate;
use relyant_oidc::transport::TransportRules;
use url::form_urlencoded::{Serializer, parse};

use super::provider::ISSUER;
use crate::choices::Choices;
use crate::{mutate, shown};

const SID: &str = "session-that-nobody-may-see";
const NAMES: &[&str] = &["iss", "sid", "ISS", "state", "x", ""];

/// A query, its parameters mutated, then its text. A session comes out where our issuer and one `sid` stand in it.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let mut parameters = vec![
        ("iss".to_owned(), ISSUER.to_owned()),
        ("sid".to_owned(), SID.to_owned()),
    ];
    for _ in 0..choices.below(4) {
        mutate::parameters(&mut parameters, NAMES, &mut choices);
    }
    let query = Serializer::new(String::new())
        .extend_pairs(&parameters)
        .finish();
    let query = mutate::text(&query, &mut choices);
    let pairs: Vec<(String, String)> = parse(query.as_bytes()).into_owned().collect();
    let of = |name: &str| -> Vec<&str> {
        let named = pairs.iter().filter(|pair| pair.0 == name);
        named.map(|pair| pair.1.as_str()).collect()
    };
    let issuer = Issuer::parse(ISSUER, &TransportRules::default()).unwrap();
    match validate(&query, &issuer) {
        Ok(valid) => {
            assert_eq!(of("iss"), [ISSUER], "{query}");
            assert_eq!(of("sid"), [valid.sid()], "{query}");
            assert_eq!(valid.issuer().as_str(), ISSUER);
            assert!(is_session(valid.sid()) && query.len() <= 8_192);
        }
        Err(error) => {
            let (issuers, sids) = (of("iss"), of("sid"));
            let fits = issuers == [ISSUER] && sids.len() == 1 && is_session(sids[0]);
            assert!(!fits || query.len() > 8_192, "refused: {error}: {query}");
            // What a stranger writes as the issuer is shown, and is no secret.
            let secret = if issuers.iter().any(|issuer| issuer.contains(SID)) {
                ""
            } else {
                SID
            };
            shown::check(&error, &[secret]);
        }
    }
}

/// RFC 6749 A.1, once more.
fn is_session(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}
