//! Provider metadata, mutated.

use relyant_oidc::discovery::process_discovery_response;
use relyant_oidc::transport::TransportRules;
use serde_json::Value;
use url::Url;

use super::provider::{ISSUER, any_answer, issuer, metadata_document};
use crate::choices::Choices;
use crate::spell::spell;
use crate::{mutate, shown};

/// A document in one of its spellings: taken, it is of this issuer, and names https endpoints as they stand in it.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let plain = metadata_document();
    let document = mutate::value(&plain, &mut choices);
    let spelling = spell(&document, &mut choices);
    let answer = any_answer(&mut choices, spelling.text);
    match process_discovery_response(&issuer(), &TransportRules::default(), &answer) {
        Ok(metadata) => {
            assert!(spelling.sound && answer.status == 200);
            assert_eq!(document["issuer"], ISSUER);
            assert_eq!(metadata.issuer().as_str(), ISSUER);
            assert_is(
                Some(metadata.authorization_endpoint()),
                &document["authorization_endpoint"],
            );
            assert_is(Some(metadata.token_endpoint()), &document["token_endpoint"]);
            assert_is(Some(metadata.jwks_uri()), &document["jwks_uri"]);
            assert_is(metadata.userinfo_endpoint(), &document["userinfo_endpoint"]);
            assert_is(
                metadata.end_session_endpoint(),
                &document["end_session_endpoint"],
            );
            assert_is(
                metadata.revocation_endpoint(),
                &document["revocation_endpoint"],
            );
            assert!(
                !metadata
                    .signature_algorithms()
                    .iter()
                    .any(|algorithm| algorithm.name() == "none")
            );
        }
        Err(error) => {
            let plainly = document == plain && spelling.sound && answer.status == 200;
            let typed = answer
                .content_type
                .as_deref()
                .is_some_and(|is| is.to_lowercase().contains("json"));
            assert!(!(plainly && typed), "refused: {error}");
            shown::check(&error, &[]);
        }
    }
}

fn assert_is(url: Option<&Url>, written: &Value) {
    match url {
        Some(url) => {
            assert!(
                url.scheme() == "https" || url.host_str() == Some("localhost"),
                "{url}"
            );
            assert_eq!(Url::parse(written.as_str().unwrap()).unwrap(), *url);
        }
        None => assert!(written.is_null()),
    }
}
