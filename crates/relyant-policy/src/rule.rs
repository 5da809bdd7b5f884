//! A rule: a condition that grants where it holds, and says why.

use crate::condition::Condition;
use crate::condition::explain::Explanation;
use crate::condition::judge::{Facts, Truth};
use crate::decision::{Effect, Reason};

/// A condition, and how the document writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) condition: Condition,
    pub(crate) form: Form,
    needs: Vec<String>,
    roles: Vec<String>,
}

/// How the document writes a rule; the paths of its parts depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As a list, any of which grants.
    List,
    /// As one condition.
    Single,
}

impl Rule {
    pub(crate) fn list(members: Vec<Condition>) -> Self {
        Self::new(Condition::Any(members), Form::List)
    }

    pub(crate) fn single(condition: Condition) -> Self {
        Self::new(condition, Form::Single)
    }

    fn new(condition: Condition, form: Form) -> Self {
        let needs = match &condition {
            Condition::Any(members) => members.iter().map(need).collect(),
            other => vec![need(other)],
        };
        let roles = condition.roles().into_iter().map(str::to_owned).collect();
        Self {
            condition,
            form,
            needs,
            roles,
        }
    }

    /// What any of would grant: a role by its name, a condition in words.
    pub(crate) fn needs(&self) -> &[String] {
        &self.needs
    }

    pub(crate) fn needs_roles(&self) -> bool {
        !self.roles.is_empty()
    }

    /// What grants, in words that can follow "whoever has".
    pub(crate) fn words(&self) -> String {
        self.condition.words()
    }

    /// Whether `facts` grant `effect`, and why.
    ///
    /// Names are equal byte for byte or not at all: no case folding, no trimming, no normal forms. What is unknown
    /// isn't granted.
    pub(crate) fn decide(&self, effect: Effect, facts: &Facts<'_>) -> Reason {
        let granted = facts.truth(&self.condition) == Truth::Yes;
        let explanation = Explanation::of(&self.condition, facts);
        let words = explanation.words();
        Reason {
            effect,
            granted,
            because: explanation.because.filter(|_| granted),
            needs: self.needs.clone(),
            roles: self.roles.clone(),
            words,
        }
    }
}

fn need(condition: &Condition) -> String {
    match condition {
        Condition::Role(name) => name.clone(),
        other => other.words(),
    }
}
