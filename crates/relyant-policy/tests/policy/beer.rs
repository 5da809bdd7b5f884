//! The Beer site's policy, and how the tests read documents and claims.

use relyant_policy::{Object, Policy, preset};
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
