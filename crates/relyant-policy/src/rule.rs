//! A rule: the roles, any of which grants.

use crate::decision::{Effect, Reason};
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

    pub(crate) fn roles(&self) -> &[String] {
        &self.any_of
    }

    pub(crate) fn needs_roles(&self) -> bool {
        !self.any_of.is_empty()
    }

    /// Whether `roles` grant `effect`, and why.
    ///
    /// Names are equal byte for byte or not at all: no case folding, no trimming, no normal forms, no patterns.
    pub(crate) fn decide(&self, effect: Effect, roles: &HeldRoles<'_>) -> Reason {
        let because = self.any_of.iter().find_map(|role| roles.get(role));
        Reason {
            effect,
            granted: because.is_some(),
            because,
            needs: self.any_of.clone(),
        }
    }
}
