//! Roles that are left out, kept elsewhere, too many or missing: too little is known to decide anything.

use std::collections::BTreeMap;

use relyant_policy::{Groups, Object, Refusal};
use serde_json::{Value, json};

use crate::beer::{beer, decide, object, policy, realm_roles};

// AZ-04
#[test]
fn an_overage_refuses_and_revokes_nothing() {
    let document =
        json!({"ROLES": ["groups"], "STAFF": ["admins"], "GROUPS": {"creators": ["creators"]}});
    let overage = |claims: Value| {
        let decision = decide(&document, &claims);
        let source = "access_token".to_owned();
        assert_eq!(
            decision.refusal(),
            Some(&Refusal::Overage {
                path: "groups".to_owned(),
                source
            }),
            "{claims}"
        );
        assert_eq!(
            decision.refusal().map(Refusal::code),
            Some("decision.overage")
        );
        assert_eq!(
            (decision.staff, decision.superuser, decision.groups),
            (None, None, Groups::Unmanaged)
        );
        assert_eq!((decision.roles, decision.user), (vec![], BTreeMap::new()));
    };
    // As Entra ID writes it.
    overage(json!({
        "_claim_names": {"groups": "src1"},
        "_claim_sources": {"src1": {"endpoint": "https://graph.example/users/7/getMemberObjects"}},
    }));
    overage(json!({"_claim_names": {"groups": "src1"}, "groups": ["admins"]}));
    for unreadable in [json!(null), json!("groups"), json!(["groups"])] {
        overage(json!({"_claim_names": unreadable}));
    }
    let other = decide(
        &document,
        &json!({"_claim_names": {"address": "src1"}, "groups": ["admins"]}),
    );
    assert_eq!(other.staff, Some(true));
}

// AZ-04
#[test]
fn an_overage_is_judged_in_the_order_of_the_sources() {
    let document = json!({"ROLES": ["groups"], "STAFF": ["admins"]});
    let list = object(json!({"groups": ["admins"]}));
    let overage = object(json!({"_claim_names": {"groups": "src1"}}));
    let decide = |sources: &[(&str, &Object)]| policy(&document).evaluate(sources);
    assert_eq!(
        decide(&[("id_token", &list), ("userinfo", &overage)]).staff,
        Some(true)
    );
    assert!(!decide(&[("id_token", &overage), ("userinfo", &list)]).allowed());
}

// AZ-04, UI-04
// Core §5.6.2
#[test]
fn claims_that_are_kept_elsewhere_come_from_the_source_that_is_named() {
    let document = json!({"ROLES": ["groups"], "STAFF": ["admins"]});
    let carrier = object(json!({"_claim_names": {"groups": "src1"}}));
    let list = object(json!({"groups": ["admins"]}));
    let decide = |sources: &[(&str, &Object)]| policy(&document).evaluate(sources);
    let had = decide(&[("id_token", &carrier), ("id_token/src1", &list)]);
    assert_eq!(had.staff, Some(true));
    assert_eq!(&*had.roles[0].source, "id_token/src1");
    let empty = object(json!({"groups": []}));
    let none = decide(&[("id_token", &carrier), ("id_token/src1", &empty)]);
    assert_eq!(none.staff, Some(false));
    let without = object(json!({"email": "carol@brewery.example"}));
    for (name, source) in [
        ("id_token/src2", &list),
        ("id_token/src", &list),
        ("id_token/src11", &list),
        ("id_tokensrc1", &list),
        ("src1", &list),
        ("userinfo/src1", &list),
        ("userinfo", &list),
        ("id_token/src1", &without),
    ] {
        let decision = decide(&[("id_token", &carrier), (name, source)]);
        assert_eq!(
            decision.refusal().map(Refusal::code),
            Some("decision.overage"),
            "{name}"
        );
        assert_eq!(decision.staff, None);
    }
}

// AZ-04, UI-04
#[test]
fn a_claim_that_is_there_and_elsewhere_is_had_from_neither() {
    let document = json!({"ROLES": ["groups"], "STAFF": ["admins"]});
    let list = object(json!({"groups": ["admins"]}));
    for odd in [
        json!({"_claim_names": {"groups": "src1"}, "groups": ["admins"]}),
        json!({"_claim_names": {"groups": ["src1"]}}),
        json!({"_claim_names": ["groups"]}),
    ] {
        let carrier = object(odd);
        let decision =
            policy(&document).evaluate(&[("id_token", &carrier), ("id_token/src1", &list)]);
        assert!(!decision.allowed());
    }
}

// AZ-04
#[test]
fn groups_that_are_said_to_be_there_and_are_not_refuse() {
    let document = json!({"ROLES": ["groups"], "STAFF": ["admins"]});
    for said in [json!(true), json!("true"), json!(null), json!(1)] {
        let decision = decide(&document, &json!({"hasgroups": said}));
        assert_eq!(
            decision.refusal().map(Refusal::code),
            Some("decision.overage"),
            "{said}"
        );
        assert_eq!(decision.staff, None);
    }
    let has = |claims: Value| decide(&document, &claims).staff;
    assert_eq!(has(json!({"hasgroups": false})), Some(false));
    assert_eq!(
        has(json!({"hasgroups": true, "groups": ["admins"]})),
        Some(true)
    );
    // The claim is about no other roles.
    let roles = json!({"ROLES": ["roles"], "STAFF": ["admins"]});
    let decision = decide(&roles, &json!({"hasgroups": true, "roles": ["admins"]}));
    assert_eq!(decision.staff, Some(true));
}

// AZ-04
#[test]
fn more_roles_than_are_read_refuse_and_revoke_nothing() {
    let roles = |count: usize| {
        (0..count)
            .map(|index| format!("role-{index}"))
            .collect::<Vec<_>>()
    };
    let claims = |count| json!({"realm_access": {"roles": roles(count)}, "resource_access": {"beer": {"roles": ["x"]}}});
    let within = decide(&beer(), &claims(1_999));
    assert_eq!(within.roles.len(), 2_000);
    let above = decide(&beer(), &claims(2_000));
    assert_eq!(
        above.refusal(),
        Some(&Refusal::TooManyRoles { limit: 2_000 })
    );
    assert_eq!((above.staff, above.groups), (None, Groups::Unmanaged));
}

#[test]
fn missing_roles_are_refused_where_the_policy_says_so() {
    let document = json!({"ON_MISSING_ROLES": "refuse", "STAFF": ["admins"]});
    let refused = decide(&document, &json!({"email": "chris@brewery.example"}));
    let paths = ["realm_access.roles", "resource_access.beer.roles"].map(str::to_owned);
    assert_eq!(
        refused.refusal(),
        Some(&Refusal::RolesMissing {
            paths: paths.to_vec()
        })
    );
    assert_eq!(
        refused.refusal().map(Refusal::code),
        Some("decision.roles_missing")
    );
    assert_eq!(
        refused.refusal().map(ToString::to_string).as_deref(),
        Some(
            "no claim is at `realm_access.roles`, `resource_access.beer.roles`, where roles are looked for, \
             and `ON_MISSING_ROLES` says to refuse then"
        )
    );
    assert_eq!((refused.staff, refused.user.len()), (None, 0));
    for claims in [
        realm_roles(&[]),
        json!({"realm_access": null}),
        json!({"resource_access": {"beer": {"roles": "admins"}}}),
    ] {
        let decision = decide(&document, &claims);
        assert!(
            decision.allowed() && decision.staff == Some(false),
            "{claims}"
        );
    }
    assert!(decide(&json!({"STAFF": ["admins"]}), &json!({})).allowed());
}
