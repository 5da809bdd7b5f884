//! Policy documents, mutated: each is a policy or a list of its faults, and neither grants what no role gives.

use relyant_policy::{Groups, Object, Policy, preset};
use serde_json::{Value, json};

use crate::choices::Choices;
use crate::{mutate, shown};

/// The most faults that one document of a few keys may be told.
const MAX_ERRORS: usize = 100;

/// A document and claims, both mutated.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let plain = json!({
        "ROLES": ["realm_access.roles", ["resource_access", "{client_id}", "roles"]],
        "ALLOW": ["customers", "admins"],
        "GROUPS": {"customers": ["customers"], "creators": ["creators", "admins"]},
        "STAFF": ["creators", "admins"],
        "SUPERUSER": ["admins"],
        "USER": {"username": "preferred_username", "department": ["org", "department"]},
    });
    let document = mutate::value(&plain, &mut choices);
    match Policy::parse(&document, &preset("keycloak").unwrap(), "beer") {
        Ok(policy) => {
            let claims = json!({
                "realm_access": {"roles": ["admins", "customers"]}, "resource_access": {"beer": {"roles": ["creators"]}},
                "preferred_username": "adam",
            });
            check(&policy, &mutate::object(&claims, &mut choices));
            grants_nothing_to_nobody(&policy);
        }
        Err(faults) => {
            assert!(document != plain && !faults.is_empty() && faults.len() <= MAX_ERRORS);
            for fault in &faults {
                shown::check(fault, &[]);
            }
        }
    }
}

/// What is granted has a role as its reason, and the role stands in the claims.
fn check(policy: &Policy, claims: &Object) {
    let decision = policy.evaluate(&[("id_token", claims)]);
    assert!(decision.staff != Some(true) || decision.allowed());
    assert!(decision.superuser != Some(true) || decision.allowed());
    let text = Value::Object(claims.clone()).to_string();
    for role in &decision.roles {
        assert!(
            text.contains(&Value::from(role.role.as_str()).to_string()),
            "{} isn't in {text}",
            role.role
        );
    }
    for reason in &decision.reasons {
        assert_eq!(reason.granted, reason.because.is_some());
        if let Some(because) = &reason.because {
            assert!(reason.needs.contains(&because.role));
        }
    }
    assert_eq!(policy.evaluate(&[("id_token", claims)]), decision);
}

fn grants_nothing_to_nobody(policy: &Policy) {
    let decision = policy.evaluate(&[]);
    assert!(
        decision.roles.is_empty()
            && decision.staff != Some(true)
            && decision.superuser != Some(true)
    );
    match &decision.groups {
        Groups::Unmanaged => {}
        Groups::Named { granted, .. } => assert!(granted.is_empty()),
        Groups::SameName { candidates, .. } => assert!(candidates.is_empty()),
    }
}
