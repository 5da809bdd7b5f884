//! The evaluation of a policy: claims in, decision out, total and without side effects.

use std::collections::BTreeMap;

use crate::Object;
use crate::condition::Test;
use crate::condition::judge::Facts;
use crate::decision::{
    Decision, Effect, Groups, Permissions, Reason, Refusal, SignIn, Verdict, Warning,
};
use crate::policy::{GroupRules, MissingRoles, Policy};
use crate::roles::{HeldRoles, overage};
use crate::rule::Rule;
use crate::sources::Sources;
use crate::user;

impl Policy {
    /// Decides about claims alone, which come as named sources, the first of which has precedence.
    ///
    /// What a rule says of scopes or of the acr is unknown then, and grants nothing.
    pub fn evaluate(&self, sources: &[(&str, &Object)]) -> Decision {
        self.decide(Sources(sources), None)
    }

    /// Decides about one identity: its claims, as for [`evaluate`](Self::evaluate), and what the sign-in brought beside.
    ///
    /// The same facts always give the same decision. What is not as it should be grants nothing.
    pub fn evaluate_sign_in(&self, sources: &[(&str, &Object)], sign_in: SignIn<'_>) -> Decision {
        self.decide(Sources(sources), Some(sign_in))
    }

    fn decide(&self, sources: Sources<'_>, sign_in: Option<SignIn<'_>>) -> Decision {
        let mut warnings = Vec::new();
        let mut decision = match self.held_roles(sources, &mut warnings) {
            Ok(roles) => {
                let facts = Facts {
                    roles: &roles,
                    sources,
                    sign_in,
                };
                self.warn(&facts, &mut warnings);
                self.judge(&facts)
            }
            Err(refusal) => Decision::unmanaged(Verdict::Refused(refusal)),
        };
        if decision.allowed() {
            decision.user = user::read(&self.user, sources.0, &mut warnings);
        }
        Decision {
            warnings,
            ..decision
        }
    }

    /// The roles, unless too little is known of the person to decide anything.
    fn held_roles<'c>(
        &'c self,
        sources: Sources<'c>,
        warnings: &mut Vec<Warning>,
    ) -> Result<HeldRoles<'c>, Refusal> {
        let roles = HeldRoles::read(&self.role_paths, sources, warnings)?;
        self.refuse_withheld_lists(sources)?;
        if roles.are_missing() && self.on_missing_roles == MissingRoles::Refuse {
            let paths = self.role_paths().map(str::to_owned).collect();
            return Err(Refusal::RolesMissing { paths });
        }
        Ok(roles)
    }

    /// A list that a rule looks into and that the provider left out says as little as roles that it left out:
    /// to go on would revoke what stands in it.
    fn refuse_withheld_lists(&self, sources: Sources<'_>) -> Result<(), Refusal> {
        for claim in self.claim_conditions() {
            if let (Test::Contains(_), Err(kept)) = (&claim.test, sources.first(&claim.path)) {
                return Err(overage(&claim.path, kept.source));
            }
        }
        Ok(())
    }

    /// Warns of each claim that a rule can't judge, once, whether it decided or not.
    fn warn(&self, facts: &Facts<'_>, warnings: &mut Vec<Warning>) {
        for claim in self.claim_conditions() {
            let seen = facts.see(claim);
            if let (Err(fault), Some(source)) = (seen.outcome, seen.source) {
                let warning = Warning::ClaimNotJudged {
                    path: claim.path.to_string(),
                    source: source.to_owned(),
                    fault,
                };
                if !warnings.contains(&warning) {
                    warnings.push(warning);
                }
            }
        }
    }

    /// What the rules say: everything but the user fields.
    fn judge(&self, facts: &Facts<'_>) -> Decision {
        let mut judge = Judge {
            facts,
            reasons: Vec::new(),
        };
        let decision = match &self.allow {
            Some(rule) if !judge.grants(rule, Effect::Allow) => {
                let (needs, words) = (rule.needs().to_vec(), rule.words());
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
            roles: facts.roles.found(),
            reasons: judge.reasons,
            ..decision
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

/// Asks one rule after the other about the same facts, and keeps the reasons.
struct Judge<'f> {
    facts: &'f Facts<'f>,
    reasons: Vec<Reason>,
}

impl Judge<'_> {
    fn grants(&mut self, rule: &Rule, effect: Effect) -> bool {
        let reason = rule.decide(effect, self.facts);
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
                candidates: self.facts.roles.group_names(prefix),
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
