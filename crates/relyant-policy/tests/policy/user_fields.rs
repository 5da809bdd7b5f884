//! The user fields: which claims fill them, and which leave them alone.

use std::collections::BTreeMap;

use relyant_policy::{JsonType, Warning};
use serde_json::json;

use crate::beer::{decide, object, policy};

#[test]
fn user_fields_come_from_the_first_source_that_has_their_claim() {
    let document = json!({"USER": {"username": "preferred_username", "email": "email", "city": ["address", "locality"]}});
    let id_token = object(json!({"preferred_username": "carol", "sub": "7"}));
    let userinfo = object(
        json!({"preferred_username": "other", "email": "", "address": {"locality": "Bamberg"}}),
    );
    let decision = policy(&document).evaluate(&[("id_token", &id_token), ("userinfo", &userinfo)]);
    let expected = [("city", "Bamberg"), ("email", ""), ("username", "carol")];
    let user: Vec<(&str, &str)> = decision
        .user
        .iter()
        .map(|(field, value)| (field.as_str(), value.as_str().unwrap()))
        .collect();
    assert_eq!(user, expected);
}

#[test]
fn a_user_field_may_stand_at_a_claim_of_the_client() {
    let document = json!({"USER": {"city": "profiles.{client_id}.city"}});
    let decision = decide(
        &document,
        &json!({"profiles": {"beer": {"city": "Bamberg"}}}),
    );
    assert_eq!(decision.user["city"], "Bamberg");
}

#[test]
fn a_user_field_without_a_usable_claim_is_left_alone() {
    let document = json!({"USER": {"email": "email"}});
    assert_eq!(decide(&document, &json!({})).user, BTreeMap::new());
    for (value, got) in [
        (json!(null), JsonType::Null),
        (json!(["carol@beer.example"]), JsonType::List),
        (json!({"value": "carol@beer.example"}), JsonType::Object),
    ] {
        let decision = decide(&document, &json!({"email": value}));
        let [field, path, source] = ["email", "email", "access_token"].map(str::to_owned);
        assert_eq!(decision.user, BTreeMap::new());
        assert_eq!(
            decision.warnings,
            [Warning::FieldOfWrongType {
                field,
                path,
                source,
                got
            }]
        );
    }
    let decision = decide(&document, &json!({"email": "a\0b"}));
    let [field, path, source] = ["email", "email", "access_token"].map(str::to_owned);
    assert_eq!(
        (decision.user, decision.warnings),
        (
            BTreeMap::new(),
            vec![Warning::FieldWithNul {
                field,
                path,
                source
            }]
        )
    );
    for scalar in [json!(7), json!(true), json!("carol@beer.example")] {
        assert_eq!(
            decide(&document, &json!({"email": scalar})).user["email"],
            scalar
        );
    }
}
