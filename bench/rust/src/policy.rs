//! A policy of ten rules over a thousand roles, beside the least that any program must do for the same answer.

use std::collections::HashSet;
use std::error::Error;
use std::hint::black_box;

use relyant_policy::{Object, Policy, preset};
use serde_json::{Value, json};

use crate::task::Task;

const ROLES: usize = 1_000;
const CLIENT_ID: &str = "beer";

/// A policy of roles, one of conditions, and claims with many roles.
pub(crate) struct Rules {
    document: Value,
    policy: Policy,
    conditions: Value,
    conditional: Policy,
    claims: Object,
}

impl Rules {
    pub(crate) fn new() -> Result<Self, Box<dyn Error>> {
        let (document, conditions) = (document(rule), document(condition));
        let roles: Vec<String> = (0..ROLES).map(role).collect();
        let claims = Object::from_iter([
            ("realm_access".to_owned(), json!({"roles": roles})),
            ("email".to_owned(), json!("hops@brewery.example")),
            ("email_verified".to_owned(), json!(true)),
        ]);
        Ok(Self {
            policy: parse(&document)?,
            conditional: parse(&conditions)?,
            document,
            conditions,
            claims,
        })
    }

    pub(crate) fn tasks(&self) -> Vec<Task<'_>> {
        vec![
            Task::new("relyant policy", || self.evaluate(&self.policy)),
            Task::new("relyant conditions", || self.evaluate(&self.conditional)),
            Task::new("bare policy", || {
                self.look_up().is_some_and(|granted| granted == 5)
            }),
        ]
    }

    /// The documents and the claims, for a peer.
    pub(crate) fn material(&self) -> Value {
        json!({
            "document": self.document,
            "conditions": self.conditions,
            "client_id": CLIENT_ID,
            "sources": [["access_token", self.claims]],
        })
    }

    /// The whole decision: groups, flags, every role with its place, a reason a rule.
    fn evaluate(&self, policy: &Policy) -> bool {
        let decision = policy.evaluate(black_box(&[("access_token", &self.claims)]));
        decision.staff == Some(true)
            && decision.reasons.len() == 10
            && decision.roles.len() == ROLES
    }

    /// How many of the rules grant: a set of the roles and the look-ups, without a word why.
    fn look_up(&self) -> Option<usize> {
        let roles = black_box(&self.claims).get("realm_access")?.get("roles")?;
        let held: HashSet<&str> = texts(roles).collect();
        let groups = self.document.get("GROUPS")?.as_object()?;
        let flags = [self.document.get("STAFF")?, self.document.get("SUPERUSER")?];
        let grants = |rule: &&Value| texts(rule).any(|role| held.contains(role));
        Some(groups.values().chain(flags).filter(grants).count())
    }
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn parse(document: &Value) -> Result<Policy, Box<dyn Error>> {
    let faults = |faults| format!("the policy has faults: {faults:?}");
    Ok(Policy::parse(document, &preset("keycloak")?, CLIENT_ID).map_err(faults)?)
}

/// Eight groups, staff and superuser.
fn document(rule: fn(usize) -> Value) -> Value {
    let groups: Value = (0..8)
        .map(|index| (format!("group-{index}"), rule(index)))
        .collect();
    json!({"GROUPS": groups, "STAFF": rule(8), "SUPERUSER": rule(9)})
}

/// Every other one grants, to a verified address of the brewery's with one of the roles.
fn condition(index: usize) -> Value {
    json!({"all": [
        {"claim": "email_verified", "equals": true},
        {"claim": "email", "domain": ["malthouse.example", "brewery.example"]},
        {"any": rule(index)},
    ]})
}

/// Every other one grants, by the last of its three roles.
fn rule(index: usize) -> Value {
    let held = index.is_multiple_of(2);
    let last = if held { index * 97 } else { ROLES + index };
    json!(["no-such-role", "nor-this-one", role(last)])
}

fn role(index: usize) -> String {
    format!("brewery-role-{index:04}")
}
