//! The evaluation of a policy: claims in, decision out, total and without side effects.

use std::collections::BTreeMap;

use crate::Object;
use crate::decision::{Decision, Effect, Groups, Permissions, Reason, Refusal, Verdict};
use crate::policy::{GroupRules, MissingRoles, Policy};
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
            Ok(roles) if roles.are_missing() && self.on_missing_roles == MissingRoles::Refuse => {
                Decision::unmanaged(Verdict::Refused(self.missing_roles()))
            }
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
                let (needs, words) = (rule.needs(), rule.words());
                Decision::unmanaged(Verdict::Refused(Refusal::NotAllowed { needs, words }))
            }
            _ => Decision {
                groups: judge.groups(self.groups.as_ref(), &self.prefix),
                create_groups: self.creates_groups(),
                staff: judge.flag(self.staff.as_ref(), Effect::Staff),
                superuser: judge.flag(self.superuser.as_ref(), Effect::Superuser),
                permissions: judge.permissions(&self.permissions),
                ..Decision::unmanaged(Verdict::Allowed)
            },
        };
        Decision {
            roles: roles.found(),
            reasons: judge.reasons,
            ..decision
        }
    }

    fn missing_roles(&self) -> Refusal {
        Refusal::RolesMissing {
            paths: self.role_paths().map(str::to_owned).collect(),
        }
    }

    /// A map says which groups there are to be; a role alone says that of no group.
    fn creates_groups(&self) -> bool {
        match &self.groups {
            None => false,
            Some(GroupRules::Named(_)) => self.create.unwrap_or(true),
            Some(GroupRules::SameName) => self.create.unwrap_or(false),
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

    fn groups(&mut self, rules: Option<&GroupRules>, prefix: &str) -> Groups {
        match rules {
            None => Groups::Unmanaged,
            Some(GroupRules::SameName) => Groups::SameName {
                candidates: self.roles.group_names(prefix),
                prefix: prefix.to_owned(),
            },
            Some(GroupRules::Named(named)) => Groups::Named {
                granted: self.granted(named, Effect::Group),
                managed: named.keys().cloned().collect(),
            },
        }
    }

    fn permissions(&mut self, rules: &BTreeMap<String, Rule>) -> Permissions {
        Permissions {
            granted: self.granted(rules, Effect::Permission),
            managed: rules.keys().cloned().collect(),
        }
    }

    /// The names whose rules grant, in alphabetical order.
    fn granted(
        &mut self,
        rules: &BTreeMap<String, Rule>,
        effect: fn(String) -> Effect,
    ) -> Vec<String> {
        let mut is_granted =
            |(name, rule): &(&String, &Rule)| self.grants(rule, effect((*name).clone()));
        let granted = rules.iter().filter(|entry| is_granted(entry));
        granted.map(|(name, _)| name.clone()).collect()
    }
}
