//! The evaluation of a policy: claims in, decision out, total and without side effects.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::Object;
use crate::claim_path::{ClaimPath, Lookup};
use crate::decision::{Decision, Effect, Groups, Reason, Refusal, Verdict, Warning};
use crate::document::{GroupRules, Policy};
use crate::json_type::JsonType;
use crate::roles::HeldRoles;
use crate::rule::Rule;

impl Policy {
    /// Decides about one identity, whose claims come as named sources, the first of which has precedence.
    ///
    /// The same claims always give the same decision. What is not as it should be grants nothing.
    pub fn evaluate(&self, sources: &[(&str, &Object)]) -> Decision {
        let mut warnings = Vec::new();
        let roles = match HeldRoles::read(&self.role_paths, sources, &mut warnings) {
            Ok(roles) => roles,
            Err(refusal) => {
                return Decision {
                    warnings,
                    ..Decision::refused(refusal)
                };
            }
        };
        let mut reasons = Vec::new();
        if !granted(self.allow.as_ref(), Effect::Allow, &roles, &mut reasons).unwrap_or(true) {
            let needs = reasons
                .iter()
                .flat_map(|reason| reason.needs.clone())
                .collect();
            let refused = Decision::refused(Refusal::NotAllowed { needs });
            return Decision {
                roles: roles.found(),
                reasons,
                warnings,
                ..refused
            };
        }
        Decision {
            verdict: Verdict::Allowed,
            groups: self.decide_groups(&roles, &mut reasons),
            staff: granted(self.staff.as_ref(), Effect::Staff, &roles, &mut reasons),
            superuser: granted(
                self.superuser.as_ref(),
                Effect::Superuser,
                &roles,
                &mut reasons,
            ),
            roles: roles.found(),
            user: read_user(&self.user, sources, &mut warnings),
            reasons,
            warnings,
        }
    }

    fn decide_groups(&self, roles: &HeldRoles<'_>, reasons: &mut Vec<Reason>) -> Groups {
        match &self.groups {
            None => Groups::Unmanaged,
            Some(GroupRules::SameName) => Groups::SameName {
                candidates: roles.group_names(),
            },
            Some(GroupRules::Named(named)) => {
                let mut in_group = |(name, rule): (&String, &Rule)| {
                    let reason = rule.decide(Effect::Group(name.clone()), roles);
                    let granted = reason.granted;
                    reasons.push(reason);
                    granted.then(|| name.clone())
                };
                let granted = named.iter().filter_map(&mut in_group).collect();
                Groups::Named {
                    granted,
                    managed: named.keys().cloned().collect(),
                }
            }
        }
    }
}

/// What `rule` says about `effect`, with its reason; a rule that was left out says nothing.
fn granted(
    rule: Option<&Rule>,
    effect: Effect,
    roles: &HeldRoles<'_>,
    reasons: &mut Vec<Reason>,
) -> Option<bool> {
    let reason = rule?.decide(effect, roles);
    let granted = reason.granted;
    reasons.push(reason);
    Some(granted)
}

/// The user fields that the claims have, each from the first source that has its path.
fn read_user(
    fields: &BTreeMap<String, ClaimPath>,
    sources: &[(&str, &Object)],
    warnings: &mut Vec<Warning>,
) -> BTreeMap<String, Value> {
    let mut user = BTreeMap::new();
    for (field, path) in fields {
        match read_field(field, path, sources) {
            Ok(None) => {}
            Ok(Some(value)) => {
                user.insert(field.clone(), value.clone());
            }
            Err(warning) => warnings.push(warning),
        }
    }
    user
}

fn read_field<'c>(
    field: &str,
    path: &ClaimPath,
    sources: &[(&str, &'c Object)],
) -> Result<Option<&'c Value>, Warning> {
    let lookups = sources
        .iter()
        .map(|(source, claims)| (*source, path.find(claims)));
    let Some((source, lookup)) = lookups
        .into_iter()
        .find(|(_, lookup)| *lookup != Lookup::Absent)
    else {
        return Ok(None);
    };
    let (field, path, source) = (field.to_owned(), path.to_string(), source.to_owned());
    match lookup {
        Lookup::Absent => Ok(None),
        Lookup::Found(Value::String(text)) if text.contains('\0') => Err(Warning::FieldWithNul {
            field,
            path,
            source,
        }),
        Lookup::Found(value @ (Value::String(_) | Value::Number(_) | Value::Bool(_))) => {
            Ok(Some(value))
        }
        Lookup::Found(value) => Err(Warning::FieldOfWrongType {
            field,
            path,
            source,
            got: JsonType::of(value),
        }),
        Lookup::Blocked { got } => Err(Warning::FieldOfWrongType {
            field,
            path,
            source,
            got,
        }),
    }
}
