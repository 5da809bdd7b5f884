//! What is wrong with a condition of a policy document: for its author, at start.

use std::borrow::Cow;
use std::fmt;

use crate::json_type::JsonType;
use crate::limits::{MAX_CONDITION_DEPTH, MAX_PATTERN_CHARS, MAX_RULE_PARTS};
use crate::name::{NameProblem, clipped};
use crate::pattern::PatternProblem;

/// What a condition is about.
const A_SUBJECT: &str = "write one of `all`, `any`, `not`, `role`, `scope`, `acr` and `claim`; put several into `all` or `any`";

/// A fault of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConditionProblem {
    /// A part of a condition is of another type.
    Unexpected {
        /// What it should be.
        expected: Expected,
        /// What it is.
        got: JsonType,
    },
    /// A condition has a member that none has.
    UnknownMember {
        /// Its name.
        got: String,
        /// The known name that was most likely meant.
        nearest: Option<&'static str>,
    },
    /// A condition is about exactly one thing.
    NotOneSubject {
        /// What it is about.
        got: Vec<&'static str>,
    },
    /// A condition on a claim says exactly one thing.
    NotOneOperator {
        /// What it says.
        got: Vec<&'static str>,
    },
    /// What is said of claims, in a condition on something else.
    OperatorWithoutClaim {
        /// What is said.
        operator: &'static str,
    },
    /// `all` without conditions, which would hold of everybody.
    EmptyAll,
    /// Conditions nested deeper than [`MAX_CONDITION_DEPTH`].
    TooDeep,
    /// A rule of more parts than [`MAX_RULE_PARTS`].
    TooManyParts,
    /// A text that no scope can be.
    NotAScope,
    /// A text that no authentication context is taken to be.
    UnusableAcr(NameProblem),
    /// A text that is no domain name.
    NotADomain {
        /// The text.
        got: String,
    },
    /// A text that is no pattern.
    Pattern(PatternProblem),
}

/// What a part of a condition should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// A list of conditions.
    Conditions,
    /// The name of a role.
    Role,
    /// The name of a scope.
    Scope,
    /// The name of an authentication context.
    AcrValue,
    /// Several of these.
    AcrValues,
    /// A boolean.
    Boolean,
    /// A text, a number or a boolean.
    Scalar,
    /// Several of these.
    Scalars,
    /// A domain name.
    Domain,
    /// Several of these.
    Domains,
    /// A regular expression.
    Pattern,
}

impl fmt::Display for ConditionProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unexpected { expected, got } => {
                write!(formatter, "expected {expected}, got {got}")
            }
            Self::UnknownMember { got, .. } => {
                write!(formatter, "no condition has `{}`", clipped(got))
            }
            Self::NotOneSubject { got } => {
                write!(
                    formatter,
                    "expected a condition about one thing, got {}",
                    several(got)
                )
            }
            Self::NotOneOperator { got } => {
                write!(
                    formatter,
                    "expected one thing said of the claim, got {}",
                    several(got)
                )
            }
            Self::OperatorWithoutClaim { operator } => {
                write!(
                    formatter,
                    "`{operator}` is said of claims, and this condition is about none"
                )
            }
            Self::EmptyAll => formatter.write_str("an empty `all` would hold of everybody"),
            Self::TooDeep => {
                write!(
                    formatter,
                    "conditions are nested more than {MAX_CONDITION_DEPTH} deep"
                )
            }
            Self::TooManyParts => {
                write!(
                    formatter,
                    "a rule has more than {MAX_RULE_PARTS} roles and conditions"
                )
            }
            Self::NotAScope => formatter.write_str("expected one scope, which has no blanks"),
            Self::UnusableAcr(problem) => write!(formatter, "the acr {problem}"),
            Self::NotADomain { got } => {
                write!(formatter, "expected a domain name, got `{}`", clipped(got))
            }
            Self::Pattern(PatternProblem::TooLong) => {
                write!(
                    formatter,
                    "a pattern has more than {MAX_PATTERN_CHARS} characters"
                )
            }
            Self::Pattern(PatternProblem::TooBig) => {
                formatter.write_str("the pattern is too big when it is compiled")
            }
            Self::Pattern(PatternProblem::Syntax(text)) => {
                write!(formatter, "expected a regular expression: {text}")
            }
        }
    }
}

impl ConditionProblem {
    /// What to write instead.
    pub(crate) fn hint(&self) -> Cow<'static, str> {
        let known = match self {
            Self::UnknownMember { nearest, .. } => return hint_for_member(*nearest).into(),
            Self::Unexpected { expected, .. } => expected.hint(),
            Self::NotOneSubject { .. } => A_SUBJECT,
            Self::NotOneOperator { .. } => {
                "write one of `present`, `equals`, `in`, `contains`, `domain` and `matches`; put several conditions into `all`"
            }
            Self::OperatorWithoutClaim { .. } => {
                r#"for example {"claim": "email_verified", "equals": true}"#
            }
            Self::EmptyAll => "name what must hold, or leave the key out",
            Self::TooDeep => "write a flatter condition, or a `HOOK`",
            Self::TooManyParts => "give these people one role at the provider",
            Self::NotAScope => Expected::Scope.hint(),
            Self::UnusableAcr(_) => Expected::AcrValue.hint(),
            Self::NotADomain { .. } => Expected::Domains.hint(),
            Self::Pattern(PatternProblem::TooLong | PatternProblem::TooBig) => {
                "write a shorter one; for a list of values there is `in`"
            }
            Self::Pattern(PatternProblem::Syntax(_)) => {
                "the syntax is that of the Rust crate `regex`, without look-around and back references"
            }
        };
        known.into()
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Conditions => "a list of roles and conditions",
            Self::Role => "a role, which is a string",
            Self::Scope => "a scope, which is a string",
            Self::AcrValue => "an acr, which is a string",
            Self::AcrValues => "an acr or a list of them",
            Self::Boolean => "a boolean",
            Self::Scalar => "a string, a number or a boolean",
            Self::Scalars => "a list of strings, numbers and booleans",
            Self::Domain => "a domain name, which is a string",
            Self::Domains => "a list of domain names",
            Self::Pattern => "a regular expression, which is a string",
        })
    }
}

impl Expected {
    /// An example.
    fn hint(self) -> &'static str {
        match self {
            Self::Conditions => {
                r#"for example ["admins", {"claim": "email_verified", "equals": true}]"#
            }
            Self::Role => r#"for example {"role": "admins"}"#,
            Self::Scope => r#"for example {"scope": "beers"}"#,
            Self::AcrValue | Self::AcrValues => r#"for example {"acr": ["2"]}"#,
            Self::Boolean => "write true or false",
            Self::Scalar => r#"for example {"claim": "email_verified", "equals": true}"#,
            Self::Scalars => r#"for example {"claim": "tier", "in": ["gold", "silver"]}"#,
            Self::Domain | Self::Domains => {
                r#"for example {"claim": "email", "domain": ["brewery.example"]}; each domain on its own, without `@` and `*`"#
            }
            Self::Pattern => {
                r#"for example {"claim": "upn", "matches": "[a-z]+@brewery\.example"}"#
            }
        }
    }
}

fn several(names: &[&str]) -> String {
    match names {
        [] => "none".to_owned(),
        names => format!("`{}`", names.join("`, `")),
    }
}

fn hint_for_member(nearest: Option<&str>) -> String {
    match nearest {
        Some(name) => format!("did you mean `{name}`?"),
        None => A_SUBJECT.to_owned(),
    }
}
