//! A condition: what must hold of an identity, as data.

pub(crate) mod explain;
pub(crate) mod judge;
pub(crate) mod words;

use std::collections::BTreeSet;

use crate::address::Domain;
use crate::claim_path::ClaimPath;
use crate::pattern::Pattern;
use crate::scalar::Scalar;

/// What must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Condition {
    /// Each of these; never none, which would hold of everybody.
    All(Vec<Condition>),
    /// One of these; of nobody where there is none.
    Any(Vec<Condition>),
    /// That this doesn't hold.
    Not(Box<Condition>),
    /// The role of exactly this name came.
    Role(String),
    /// The scope of exactly this name was granted.
    Scope(String),
    /// The sign-in has one of these authentication contexts.
    Acr(Vec<String>),
    /// Of a claim.
    Claim(ClaimCondition),
}

/// What must hold of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClaimCondition {
    /// Where it stands, with `{client_id}` filled in.
    pub(crate) path: ClaimPath,
    /// What must hold.
    pub(crate) test: Test,
}

/// What must hold of the value of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Test {
    /// It is there, or it isn't.
    Present(bool),
    /// It is this.
    Equals(Scalar),
    /// It is one of these.
    In(Vec<Scalar>),
    /// It is a list with this in it.
    Contains(Scalar),
    /// It is an e-mail address at one of these domains, and at none below them.
    Domain(Vec<Domain>),
    /// It is a text, the whole of which matches.
    Matches(Pattern),
}

impl Condition {
    /// The conditions directly inside of it.
    pub(crate) fn members(&self) -> &[Condition] {
        match self {
            Self::All(members) | Self::Any(members) => members,
            Self::Not(inner) => std::slice::from_ref(inner),
            Self::Role(_) | Self::Scope(_) | Self::Acr(_) | Self::Claim(_) => &[],
        }
    }

    /// Calls `visit` for this condition and for each inside of it, the outer ones first.
    pub(crate) fn walk<'c>(&'c self, visit: &mut impl FnMut(&'c Condition)) {
        visit(self);
        for member in self.members() {
            member.walk(visit);
        }
    }

    /// The roles that it names, in alphabetical order.
    pub(crate) fn roles(&self) -> BTreeSet<&str> {
        let mut roles = BTreeSet::new();
        self.walk(&mut |condition| {
            if let Self::Role(name) = condition {
                roles.insert(name.as_str());
            }
        });
        roles
    }

    /// What it says of claims, in its order.
    pub(crate) fn claims(&self) -> Vec<&ClaimCondition> {
        let mut claims = Vec::new();
        self.walk(&mut |condition| {
            if let Self::Claim(claim) = condition {
                claims.push(claim);
            }
        });
        claims
    }
}
