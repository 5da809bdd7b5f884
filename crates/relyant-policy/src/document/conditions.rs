//! The rules of a document: lists of roles and conditions, or one condition.

use serde_json::Value;

use super::Reader;
use crate::Object;
use crate::address::Domain;
use crate::condition::{ClaimCondition, Condition, Test};
use crate::condition_error::{ConditionProblem, Expected};
use crate::error::Problem;
use crate::json_type::JsonType;
use crate::limits::{MAX_CONDITION_DEPTH, MAX_RULE_PARTS};
use crate::name::{check_role, clipped};
use crate::nearest::nearest;
use crate::pattern::Pattern;
use crate::rule::Rule;
use crate::scalar::Scalar;

/// What a condition is about: it has exactly one of these.
const SUBJECTS: [&str; 7] = ["all", "any", "not", "role", "scope", "acr", "claim"];

/// What a condition on a claim says of it: exactly one of these.
const OPERATORS: [&str; 6] = ["present", "equals", "in", "contains", "domain", "matches"];

impl Reader<'_> {
    /// The rule at `path`; one with a fault is read as granting to nobody.
    pub(super) fn rule_at(&mut self, path: &str, value: &Value) -> Rule {
        self.parts = 0;
        match value {
            Value::Array(members) => Rule::list(self.members(path, members, 1)),
            Value::Object(_) => match self.condition(path, value, 1) {
                Some(condition) => Rule::single(condition),
                None => Rule::list(Vec::new()),
            },
            other => {
                self.refuse_type(path, other, |got| Problem::NotARule { got });
                Rule::list(Vec::new())
            }
        }
    }

    fn members(&mut self, path: &str, members: &[Value], depth: usize) -> Vec<Condition> {
        let mut conditions = Vec::new();
        for (index, member) in members.iter().enumerate() {
            if self.parts > MAX_RULE_PARTS {
                break;
            }
            conditions.extend(self.condition(&format!("{path}[{index}]"), member, depth));
        }
        conditions
    }

    /// A role by its bare name, or a condition.
    fn condition(&mut self, path: &str, value: &Value, depth: usize) -> Option<Condition> {
        self.parts += 1;
        if self.parts == MAX_RULE_PARTS + 1 {
            self.refuse_condition(path, ConditionProblem::TooManyParts);
        } else if depth > MAX_CONDITION_DEPTH {
            self.refuse_condition(path, ConditionProblem::TooDeep);
        } else {
            match value {
                Value::String(name) => return self.role(path, name),
                Value::Object(members) => return self.about(path, members, depth),
                other => self.refuse_type(path, other, |got| Problem::NotARole { got }),
            }
        }
        None
    }

    fn role(&mut self, path: &str, name: &str) -> Option<Condition> {
        match check_role(name) {
            Ok(()) => return Some(Condition::Role(name.to_owned())),
            Err(problem) => self.refuse(path, Problem::UnusableRole(problem)),
        }
        None
    }

    fn about(&mut self, path: &str, members: &Object, depth: usize) -> Option<Condition> {
        if !self.knows_members(path, members) {
            return None;
        }
        let subjects = among(members, &SUBJECTS);
        let [(subject, value)] = subjects.as_slice() else {
            let got = names(&subjects);
            self.refuse_condition(path, ConditionProblem::NotOneSubject { got });
            return None;
        };
        if *subject == "claim" {
            return self.claim(path, value, members).map(Condition::Claim);
        }
        if let Some((operator, _)) = among(members, &OPERATORS).first() {
            self.refuse_condition(path, ConditionProblem::OperatorWithoutClaim { operator });
            return None;
        }
        let path = format!("{path}.{subject}");
        match *subject {
            "all" => self.all(&path, value, depth),
            "any" => self
                .list(&path, value, Expected::Conditions)
                .map(|members| Condition::Any(self.members(&path, members, depth + 1))),
            "not" => {
                let inner = self.condition(&path, value, depth + 1)?;
                Some(Condition::Not(Box::new(inner)))
            }
            "role" => self
                .text(&path, value, Expected::Role)
                .and_then(|name| self.role(&path, name)),
            "scope" => self.scope(&path, value),
            _ => self.acr(&path, value),
        }
    }

    fn knows_members(&mut self, path: &str, members: &Object) -> bool {
        let known = || SUBJECTS.into_iter().chain(OPERATORS);
        let unknown: Vec<&String> = members
            .keys()
            .filter(|key| !known().any(|name| name == key.as_str()))
            .collect();
        for key in &unknown {
            let (got, nearest) = ((*key).clone(), nearest(key, known()));
            let path = format!("{path}.{}", clipped(key));
            self.refuse_condition(path, ConditionProblem::UnknownMember { got, nearest });
        }
        unknown.is_empty()
    }

    /// Without members it would hold of everybody.
    fn all(&mut self, path: &str, value: &Value, depth: usize) -> Option<Condition> {
        let members = self.list(path, value, Expected::Conditions)?;
        if members.is_empty() {
            self.refuse_condition(path, ConditionProblem::EmptyAll);
            return None;
        }
        let read = self.members(path, members, depth + 1);
        (read.len() == members.len()).then_some(Condition::All(read))
    }

    /// RFC 6749 §3.3: a scope is printable ASCII without blanks, quotation marks and backslashes.
    fn scope(&mut self, path: &str, value: &Value) -> Option<Condition> {
        let name = self.text(path, value, Expected::Scope)?;
        let is_of_scope = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
        if name.is_empty() || !name.bytes().all(is_of_scope) {
            self.refuse_condition(path, ConditionProblem::NotAScope);
            return None;
        }
        Some(Condition::Scope(name.to_owned()))
    }

    fn acr(&mut self, path: &str, value: &Value) -> Option<Condition> {
        if value.is_string() {
            let name = self.acr_name(path, value)?;
            return Some(Condition::Acr(vec![name]));
        }
        let members = self.list(path, value, Expected::AcrValues)?;
        Some(Condition::Acr(self.each(path, members, Self::acr_name)))
    }

    fn acr_name(&mut self, path: &str, value: &Value) -> Option<String> {
        let name = self.text(path, value, Expected::AcrValue)?;
        if let Err(problem) = check_role(name) {
            self.refuse_condition(path, ConditionProblem::UnusableAcr(problem));
            return None;
        }
        Some(name.to_owned())
    }

    fn claim(&mut self, path: &str, value: &Value, members: &Object) -> Option<ClaimCondition> {
        let operators = among(members, &OPERATORS);
        let [(operator, operand)] = operators.as_slice() else {
            let got = names(&operators);
            self.refuse_condition(path, ConditionProblem::NotOneOperator { got });
            return None;
        };
        let test = self.test(&format!("{path}.{operator}"), operator, operand);
        let claim = self.claim_path(&format!("{path}.claim"), value)?;
        Some(ClaimCondition {
            path: claim.for_client(self.client_id),
            test: test?,
        })
    }

    fn test(&mut self, path: &str, operator: &str, value: &Value) -> Option<Test> {
        match operator {
            "present" => match value {
                Value::Bool(present) => return Some(Test::Present(*present)),
                other => self.refuse_other(path, Expected::Boolean, other),
            },
            "equals" => return self.scalar(path, value).map(Test::Equals),
            "contains" => return self.scalar(path, value).map(Test::Contains),
            "in" => {
                let members = self.list(path, value, Expected::Scalars)?;
                return Some(Test::In(self.each(path, members, Self::scalar)));
            }
            "domain" => {
                let members = self.list(path, value, Expected::Domains)?;
                return Some(Test::Domain(self.each(path, members, Self::domain)));
            }
            _ => {
                let text = self.text(path, value, Expected::Pattern)?;
                match Pattern::compile(text) {
                    Ok(pattern) => return Some(Test::Matches(pattern)),
                    Err(problem) => self.refuse_condition(path, ConditionProblem::Pattern(problem)),
                }
            }
        }
        None
    }

    fn scalar(&mut self, path: &str, value: &Value) -> Option<Scalar> {
        let scalar = Scalar::read(value);
        if scalar.is_none() {
            self.refuse_other(path, Expected::Scalar, value);
        }
        scalar
    }

    fn domain(&mut self, path: &str, value: &Value) -> Option<Domain> {
        let text = self.text(path, value, Expected::Domain)?;
        let domain = Domain::read(text);
        if domain.is_none() {
            let got = text.to_owned();
            self.refuse_condition(path, ConditionProblem::NotADomain { got });
        }
        domain
    }

    fn each<T>(
        &mut self,
        path: &str,
        members: &[Value],
        read: fn(&mut Self, &str, &Value) -> Option<T>,
    ) -> Vec<T> {
        if members.len() > MAX_RULE_PARTS {
            self.refuse_condition(path, ConditionProblem::TooManyParts);
            return Vec::new();
        }
        let mut each = Vec::new();
        for (index, member) in members.iter().enumerate() {
            each.extend(read(self, &format!("{path}[{index}]"), member));
        }
        each
    }

    fn list<'v>(
        &mut self,
        path: &str,
        value: &'v Value,
        expected: Expected,
    ) -> Option<&'v [Value]> {
        if let Value::Array(members) = value {
            return Some(members);
        }
        self.refuse_other(path, expected, value);
        None
    }

    fn text<'v>(&mut self, path: &str, value: &'v Value, expected: Expected) -> Option<&'v str> {
        if let Value::String(text) = value {
            return Some(text);
        }
        self.refuse_other(path, expected, value);
        None
    }

    fn refuse_condition(&mut self, path: impl Into<String>, problem: ConditionProblem) {
        self.refuse(path, Problem::Condition(problem));
    }

    fn refuse_other(&mut self, path: &str, expected: Expected, value: &Value) {
        let got = JsonType::of(value);
        self.refuse_condition(path, ConditionProblem::Unexpected { expected, got });
    }
}

/// The members of a condition that are among these names.
fn among<'m>(members: &'m Object, known: &[&'static str]) -> Vec<(&'static str, &'m Value)> {
    let member = |name: &&'static str| Some((*name, members.get(*name)?));
    known.iter().filter_map(member).collect()
}

fn names(members: &[(&'static str, &Value)]) -> Vec<&'static str> {
    members.iter().map(|(name, _)| *name).collect()
}
