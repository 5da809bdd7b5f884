//! Policy documents, mutated: each is a policy or a list of its faults, and neither grants what no rule gives.

use relyant_policy::{Asked, Decision, Groups, Object, Policy, SignIn, preset};
use serde_json::{Value, json};

use crate::choices::Choices;
use crate::{mutate, shown};

/// The most faults that one document of a few keys may be told.
const MAX_ERRORS: usize = 100;

/// The longest sentence that a rule of a few conditions may make, in bytes: each names a path and a value, both clipped.
const MAX_WORDS: usize = 16 * 1024;

/// A document and claims, both mutated.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let plain = if choices.below(2) == 0 {
        roles()
    } else {
        conditions()
    };
    let document = mutate::value(&plain, &mut choices);
    match Policy::parse(&document, &preset("keycloak").unwrap(), "beer") {
        Ok(policy) => {
            check(&policy, &mutate::object(&claims(), &mut choices));
            reads_well(&policy);
            // Of nobody a `not` holds, and so does the absence of a claim.
            let text = document.to_string();
            if !text.contains("\"not\"") && !text.contains("\"present\"") {
                grants_nothing_to_nobody(&policy);
            }
        }
        Err(faults) => {
            assert!(document != plain && !faults.is_empty() && faults.len() <= MAX_ERRORS);
            for fault in &faults {
                shown::check(fault, &[]);
            }
        }
    }
}

/// Each key with lists of roles.
fn roles() -> Value {
    json!({
        "ROLES": ["realm_access.roles", ["resource_access", "{client_id}", "roles"]],
        "ALLOW": ["customers", "admins"],
        "GROUPS": {"customers": ["customers"], "creators": ["creators", "admins"]},
        "CREATE": false,
        "STAFF": ["creators", "admins"],
        "SUPERUSER": ["admins"],
        "PERMISSIONS": {"beers.add_beer": ["creators"]},
        "ON_MISSING_ROLES": "refuse",
        "HOOK": "beer.policy.decide",
        "USER": {"username": "preferred_username", "department": ["org", "department"]},
    })
}

/// Rules with each condition.
fn conditions() -> Value {
    json!({
        "ALLOW": {"all": [
            {"claim": "email_verified", "equals": true},
            {"any": [{"claim": "email", "domain": ["brewery.example", "bücher.example"]}, "admins"]},
        ]},
        "GROUPS": "same-name",
        "PREFIX": "beer-",
        "STAFF": [{"role": "creators"}, {"not": {"not": {"scope": "beers"}}}, {"acr": ["2", "3"]}],
        "SUPERUSER": {"not": {"claim": ["org", "{client_id}"], "in": ["a", 1, false]}},
        "PERMISSIONS": {
            "beers.add_beer": {"claim": "groups", "contains": "brewers"},
            "beers.view_beer": {"any": [{"claim": "tier", "matches": "gold|silver"}, {"claim": "tier", "present": false}]},
        },
    })
}

fn claims() -> Value {
    json!({
        "realm_access": {"roles": ["admins", "customers"]}, "resource_access": {"beer": {"roles": ["beer-creators"]}},
        "preferred_username": "adam", "email": "adam@brewery.example", "email_verified": true, "groups": ["brewers"],
        "tier": "gold", "org": {"beer": 1},
    })
}

/// What is granted has a reason, and a role that is one stands in the claims.
fn check(policy: &Policy, claims: &Object) {
    let decide = || {
        let sign_in = SignIn {
            scopes: Some(&["openid"]),
            acr: Some("2"),
        };
        policy.evaluate_sign_in(&[("id_token", claims)], sign_in)
    };
    let decision = decide();
    assert!(decision.staff != Some(true) || decision.allowed());
    assert!(decision.superuser != Some(true) || decision.allowed());
    assert!(decision.permissions.managed.is_empty() || decision.allowed());
    let text = Value::Object(claims.clone()).to_string();
    for role in &decision.roles {
        assert!(
            text.contains(&Value::from(role.role.as_str()).to_string()),
            "{} isn't in {text}",
            role.role
        );
    }
    has_reasons(&decision);
    assert_eq!(decide(), decision);
}

fn has_reasons(decision: &Decision) {
    for reason in &decision.reasons {
        assert!(reason.granted || reason.because.is_none());
        assert!(!reason.words.is_empty() && !reason.words.contains('\n'));
        assert!(reason.words.len() <= MAX_WORDS, "{}", reason.words);
        if let Some(because) = &reason.because {
            assert!(reason.roles.contains(&because.role) && decision.roles.contains(because));
        }
    }
    for warning in &decision.warnings {
        assert!(!warning.to_string().contains('\n'));
    }
}

/// What is odd about a policy and what its rules say can be told of each.
fn reads_well(policy: &Policy) {
    for lint in policy.lint(Asked::default()) {
        assert!(!lint.path.is_empty() && !lint.message().is_empty() && !lint.hint().is_empty());
    }
    for rule in policy.rules() {
        assert!(!rule.words.is_empty() && !rule.words.contains('\n'));
        assert!(rule.words.len() <= MAX_WORDS, "{}", rule.words);
    }
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
