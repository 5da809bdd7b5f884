//! A rule: the roles, any of which grants.

use std::collections::BTreeSet;

use crate::decision::{Effect, Reason};
use crate::name::clipped;
use crate::roles::HeldRoles;

/// The roles of a rule, in the document's order; without roles it grants to nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    any_of: Vec<String>,
}

impl Rule {
    pub(crate) fn any_of(roles: Vec<String>) -> Self {
        Self { any_of: roles }
    }

    /// What any of would grant.
    pub(crate) fn needs(&self) -> Vec<String> {
        self.any_of.clone()
    }

    /// The roles that it names, in alphabetical order.
    pub(crate) fn roles(&self) -> Vec<String> {
        let roles: BTreeSet<&String> = self.any_of.iter().collect();
        roles.into_iter().cloned().collect()
    }

    pub(crate) fn needs_roles(&self) -> bool {
        !self.any_of.is_empty()
    }

    /// What grants, in words that can follow "whoever has".
    pub(crate) fn words(&self) -> String {
        match self.any_of.as_slice() {
            [] => "nobody".to_owned(),
            [role] => format!("the role `{}`", clipped(role)),
            roles => format!("any of the roles {}", quoted(roles)),
        }
    }

    /// Whether `roles` grant `effect`, and why.
    ///
    /// Names are equal byte for byte or not at all: no case folding, no trimming, no normal forms, no patterns.
    pub(crate) fn decide(&self, effect: Effect, roles: &HeldRoles<'_>) -> Reason {
        let because = self.any_of.iter().find_map(|role| roles.get(role));
        let words = match &because {
            Some(found) => format!(
                "role `{}` at `{}` of the {}",
                clipped(&found.role),
                found.path,
                found.source
            ),
            None => self.words_for_none(),
        };
        Reason {
            effect,
            granted: because.is_some(),
            because,
            needs: self.needs(),
            roles: self.roles(),
            words,
        }
    }
}

impl Rule {
    fn words_for_none(&self) -> String {
        match self.any_of.as_slice() {
            [] => "nobody has it by this rule".to_owned(),
            [role] => format!("no role `{}`", clipped(role)),
            roles => format!("none of the roles {}", quoted(roles)),
        }
    }
}

fn quoted(roles: &[String]) -> String {
    let quoted = roles.iter().map(|role| format!("`{}`", clipped(role)));
    quoted.collect::<Vec<_>>().join(", ")
}
