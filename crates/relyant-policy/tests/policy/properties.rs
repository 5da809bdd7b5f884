//! What holds for every document and all claims.

use proptest::prelude::*;
use relyant_policy::{DOCUMENT_KEYS, Decision, Groups, Object, Policy, preset, preset_names};
use serde_json::{Map, Value, json};

use crate::beer::{object, policy};

/// Words that mean something somewhere, so that random JSON comes near to real documents and claims.
fn word() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "ROLES",
        "ALLOW",
        "GROUPS",
        "STAFF",
        "SUPERUSER",
        "USER",
        "STAF",
        "same-name",
        "realm_access",
        "resource_access",
        "roles",
        "groups",
        "beer",
        "beer.example",
        "{client_id}",
        "_claim_names",
        "email",
        "username",
        "is_staff",
        "admins",
        "admins ",
        "",
        ".",
        "a.b",
        "\0",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => any::<String>()]
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(word(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn members() -> impl Strategy<Value = Object> {
    prop::collection::btree_map(word(), json_value(), 0..6)
        .prop_map(|members| members.into_iter().collect())
}

/// A handful of names, so that rules and claims meet.
fn role() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c", "d", "e", "A", "a "]).prop_map(str::to_owned)
}

fn roles() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(role(), 0..6)
}

/// A document without faults; each key may be left out.
fn document() -> impl Strategy<Value = Value> {
    let groups = prop_oneof![
        Just(json!("same-name")),
        prop::collection::btree_map(role(), roles(), 0..4).prop_map(|groups| json!(groups)),
    ];
    let rule = || prop::option::of(roles());
    (rule(), prop::option::of(groups), rule(), rule()).prop_map(
        |(allow, groups, staff, superuser)| {
            let keys = [
                ("ALLOW", allow.map(Value::from)),
                ("GROUPS", groups),
                ("STAFF", staff.map(Value::from)),
                ("SUPERUSER", superuser.map(Value::from)),
            ];
            keys.into_iter()
                .filter_map(|(key, value)| Some((key.to_owned(), value?)))
                .collect()
        },
    )
}

fn claims(realm: &Value, client: &Value) -> Object {
    object(
        json!({"realm_access": {"roles": realm}, "resource_access": {"beer": {"roles": client}}}),
    )
}

/// A decision without what may depend on the order of a list.
fn grants(decision: Decision) -> Decision {
    Decision {
        warnings: Vec::new(),
        ..decision
    }
}

fn grants_nothing(decision: &Decision) -> bool {
    let no_group = match &decision.groups {
        Groups::Unmanaged => true,
        Groups::Named { granted, .. } => granted.is_empty(),
        Groups::SameName { candidates, .. } => candidates.is_empty(),
    };
    no_group
        && decision.roles.is_empty()
        && decision.staff != Some(true)
        && decision.superuser != Some(true)
        && decision.reasons.iter().all(|reason| !reason.granted)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_document_is_a_policy_or_has_faults(document in json_value(), client_id in word()) {
        for name in preset_names() {
            if let Err(faults) = Policy::parse(&document, &preset(name).unwrap(), &client_id) {
                prop_assert!(!faults.is_empty());
                for fault in faults {
                    prop_assert!(!fault.message().is_empty() && !fault.hint().is_empty());
                    prop_assert!(!fault.to_string().contains('\n'), "{fault}");
                }
            }
        }
    }

    #[test]
    fn any_member_of_a_document_is_read(members in members()) {
        let known = DOCUMENT_KEYS.map(|key| key.name);
        let unknown = members.keys().filter(|key| !known.contains(&key.as_str())).count();
        let faults = Policy::parse(&Value::Object(members), &preset("keycloak").unwrap(), "beer").err();
        let named = faults.iter().flatten().filter(|fault| fault.message().starts_with("unknown key")).count();
        prop_assert_eq!(named, unknown);
    }

    #[test]
    fn any_claims_give_a_decision(document in document(), first in members(), second in members()) {
        let decision = policy(&document).evaluate(&[("id_token", &first), ("access_token", &second)]);
        for warning in &decision.warnings {
            prop_assert!(!warning.to_string().contains('\n'));
        }
    }

    #[test]
    fn the_same_claims_give_the_same_decision(document in document(), claims in members()) {
        let sources = [("id_token", &claims)];
        prop_assert_eq!(policy(&document).evaluate(&sources), policy(&document).evaluate(&sources));
    }

    // AZ-01
    #[test]
    fn a_wrong_type_never_grants(document in document(), good in roles(), bad in prop_oneof![json_value(), role().prop_map(Value::from)], place in 0_usize..6) {
        let mut wrong = Vec::new();
        if !bad.is_string() {
            let mut list: Vec<Value> = good.into_iter().map(Value::from).collect();
            list.insert(place.min(list.len()), bad.clone());
            wrong.push(Value::from(list));
        }
        if !bad.is_array() {
            wrong.push(bad);
        }
        for value in wrong {
            let decision = policy(&document).evaluate(&[("access_token", &claims(&value, &value))]);
            prop_assert!(grants_nothing(&decision), "{decision:?}");
            prop_assert_eq!(decision.warnings.len(), 2);
        }
    }

    // AZ-02
    #[test]
    fn exactly_the_named_roles_grant(held in roles(), rule in roles()) {
        let decision = policy(&json!({"STAFF": rule})).evaluate(&[("access_token", &claims(&json!(held), &json!([])))]);
        prop_assert_eq!(decision.staff, Some(rule.iter().any(|role| held.contains(role))));
    }

    #[test]
    fn what_is_left_out_is_never_touched(document in document(), held in roles()) {
        let decision = policy(&document).evaluate(&[("access_token", &claims(&json!(held), &json!([])))]);
        prop_assert!(document.get("STAFF").is_some() || decision.staff.is_none());
        prop_assert!(document.get("SUPERUSER").is_some() || decision.superuser.is_none());
        prop_assert!(document.get("GROUPS").is_some() || decision.groups == Groups::Unmanaged);
        prop_assert!(document.get("ALLOW").is_some() || decision.allowed());
        if decision.allowed() {
            prop_assert_eq!(decision.staff.is_some(), document.get("STAFF").is_some());
            prop_assert_eq!(decision.superuser.is_some(), document.get("SUPERUSER").is_some());
            prop_assert_eq!(decision.groups != Groups::Unmanaged, document.get("GROUPS").is_some());
        } else {
            prop_assert_eq!((decision.staff, decision.superuser, decision.groups), (None, None, Groups::Unmanaged));
        }
    }

    #[test]
    fn the_order_of_the_roles_in_a_list_does_not_matter(
        document in document(),
        (held, shuffled) in roles().prop_flat_map(|held| (Just(held.clone()), Just(held).prop_shuffle())),
        client in roles(),
    ) {
        let decide = |held: &Vec<String>| {
            grants(policy(&document).evaluate(&[("access_token", &claims(&json!(held), &json!(client)))]))
        };
        prop_assert_eq!(decide(&held), decide(&shuffled));
    }

    #[test]
    fn the_order_of_sources_with_different_claims_does_not_matter(document in document(), realm in roles(), client in roles()) {
        let first = object(json!({"realm_access": {"roles": realm}}));
        let second = object(json!({"resource_access": {"beer": {"roles": client}}}));
        let policy = policy(&document);
        let one_way = policy.evaluate(&[("id_token", &first), ("access_token", &second)]);
        let other_way = policy.evaluate(&[("access_token", &second), ("id_token", &first)]);
        prop_assert_eq!(one_way, other_way);
    }

    #[test]
    fn the_order_of_the_members_of_a_document_does_not_matter(document in document(), held in roles()) {
        let members = document.as_object().unwrap();
        let reversed: Map<String, Value> = members.iter().rev().map(|(key, value)| (key.clone(), value.clone())).collect();
        let held = claims(&json!(held), &json!([]));
        let sources = [("access_token", &held)];
        prop_assert_eq!(policy(&document).evaluate(&sources), policy(&Value::Object(reversed)).evaluate(&sources));
    }
}
