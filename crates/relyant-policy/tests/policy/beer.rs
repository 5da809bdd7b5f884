//! The Beer site's policy, how the tests read documents and claims, and what is decided about them.

use relyant_policy::{Decision, Object, Policy, preset};
use serde_json::{Value, json};

/// The Beer site's policy.
pub(crate) fn beer() -> Value {
    json!({
        "GROUPS": {"customers": ["customers"], "creators": ["creators"]},
        "STAFF": ["customers", "creators", "admins"],
        "SUPERUSER": ["admins"],
    })
}

/// The policy of a document without faults, for the client `beer` of a Keycloak.
pub(crate) fn policy(document: &Value) -> Policy {
    Policy::parse(document, &preset("keycloak").unwrap(), "beer").unwrap()
}

/// The members of a JSON object.
pub(crate) fn object(value: Value) -> Object {
    match value {
        Value::Object(members) => members,
        other => panic!("no object: {other}"),
    }
}

/// The decision about claims that come from one source, the access token.
pub(crate) fn decide(document: &Value, claims: &Value) -> Decision {
    policy(document).evaluate(&[("access_token", &object(claims.clone()))])
}

/// Claims with these roles of the realm.
pub(crate) fn realm_roles(roles: &[&str]) -> Value {
    json!({"realm_access": {"roles": roles}})
}
