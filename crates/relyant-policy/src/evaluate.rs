//! The evaluation of a policy: claims in, decision out, total and without side effects.

use std::collections::BTreeMap;

use crate::Object;
use crate::decision::{Decision, Effect, Groups, Reason, Refusal, Verdict};
use crate::policy::{GroupRules, Policy};
use crate::roles::HeldRoles;
use crate::rule::Rule;
use crate::user;

impl Policy {
    /// Decides about one identity, whose claims come as named sources, the first of which has precedence.
    ///
    /// The same claims always give the same decision. What is not as it should be grants nothing.
    pub fn evaluate(&self, sources: &[(&str, &Object)]) -> Decision {
        let mut warnings = Vec::new();
        let mut decision = match HeldRoles::read(&self.role_paths, sources, &mut warnings) {
            Ok(roles) => self.decide(&roles),
            Err(refusal) => Decision::unmanaged(Verdict::Refused(refusal)),
        };
        if decision.allowed() {
            decision.user = user::read(&self.user, sources, &mut warnings);
        }
        Decision {
            warnings,
            ..decision
        }
    }

    /// What depends on roles alone: everything but the user fields.
    fn decide(&self, roles: &HeldRoles<'_>) -> Decision {
        let mut judge = Judge::new(roles);
        let decision = match &self.allow {
            Some(rule) if !judge.grants(rule, Effect::Allow) => {
                let needs = rule.roles().to_vec();
                Decision::unmanaged(Verdict::Refused(Refusal::NotAllowed { needs }))
            }
            _ => Decision {
                groups: judge.groups(self.groups.as_ref()),
                staff: judge.flag(self.staff.as_ref(), Effect::Staff),
                superuser: judge.flag(self.superuser.as_ref(), Effect::Superuser),
                ..Decision::unmanaged(Verdict::Allowed)
            },
        };
        Decision {
            roles: roles.found(),
            reasons: judge.reasons,
            ..decision
        }
    }
}

/// Asks one rule after the other about the same roles, and keeps the reasons.
struct Judge<'r> {
    roles: &'r HeldRoles<'r>,
    reasons: Vec<Reason>,
}

impl<'r> Judge<'r> {
    fn new(roles: &'r HeldRoles<'r>) -> Self {
        Self {
            roles,
            reasons: Vec::new(),
        }
    }

    fn grants(&mut self, rule: &Rule, effect: Effect) -> bool {
        let reason = rule.decide(effect, self.roles);
        let granted = reason.granted;
        self.reasons.push(reason);
        granted
    }

    /// A rule that was left out says neither yes nor no.
    fn flag(&mut self, rule: Option<&Rule>, effect: Effect) -> Option<bool> {
        Some(self.grants(rule?, effect))
    }

    fn groups(&mut self, rules: Option<&GroupRules>) -> Groups {
        match rules {
            None => Groups::Unmanaged,
            Some(GroupRules::SameName) => Groups::SameName {
                candidates: self.roles.group_names(),
            },
            Some(GroupRules::Named(named)) => Groups::Named {
                granted: self.granted_groups(named),
                managed: named.keys().cloned().collect(),
            },
        }
    }

    fn granted_groups(&mut self, rules: &BTreeMap<String, Rule>) -> Vec<String> {
        let mut in_group =
            |(name, rule): &(&String, &Rule)| self.grants(rule, Effect::Group((*name).clone()));
        let granted = rules.iter().filter(|entry| in_group(entry));
        granted.map(|(name, _)| name.clone()).collect()
    }
}
