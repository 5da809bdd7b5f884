//! Whether a condition holds: yes, no, or unknown, which is neither.

use serde_json::Value;

use crate::address::Domain;
use crate::claim_path::Lookup;
use crate::condition::{ClaimCondition, Condition, Test};
use crate::decision::{ClaimFault, SignIn};
use crate::json_type::JsonType;
use crate::limits::MAX_MATCHED_BYTES;
use crate::roles::HeldRoles;
use crate::scalar::Scalar;
use crate::sources::Sources;

/// Whether something holds. What can't be told is unknown, and its opposite is unknown too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    /// It holds.
    Yes,
    /// It doesn't.
    No,
    /// It can't be told.
    Unknown,
}

impl Truth {
    fn negated(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
        }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

/// What is known of one identity.
pub(crate) struct Facts<'f> {
    pub(crate) roles: &'f HeldRoles<'f>,
    pub(crate) sources: Sources<'f>,
    pub(crate) sign_in: Option<SignIn<'f>>,
}

/// What a condition on a claim came to see.
pub(crate) struct Seen<'f> {
    /// The source that has the claim, or that keeps it elsewhere.
    pub(crate) source: Option<&'f str>,
    /// The claim.
    pub(crate) value: Option<&'f Value>,
    /// Whether the condition holds, or why that can't be told.
    pub(crate) outcome: Result<bool, ClaimFault>,
}

impl Seen<'_> {
    pub(crate) fn truth(&self) -> Truth {
        self.outcome.map_or(Truth::Unknown, Truth::from)
    }
}

impl<'f> Facts<'f> {
    /// Whether `condition` holds; the order of its members doesn't matter.
    pub(crate) fn truth(&self, condition: &Condition) -> Truth {
        match condition {
            Condition::All(members) => self.first(members, Truth::No, Truth::Yes),
            Condition::Any(members) => self.first(members, Truth::Yes, Truth::No),
            Condition::Not(inner) => self.truth(inner).negated(),
            Condition::Role(name) => self.roles.has(name).map_or(Truth::Unknown, Truth::from),
            Condition::Scope(name) => self.scopes().map_or(Truth::Unknown, |scopes| {
                scopes.contains(&name.as_str()).into()
            }),
            Condition::Acr(names) => self.sign_in.map_or(Truth::Unknown, |it| {
                names
                    .iter()
                    .any(|name| Some(name.as_str()) == it.acr)
                    .into()
            }),
            Condition::Claim(claim) => self.see(claim).truth(),
        }
    }

    /// `decisive` if a member has it, else unknown if one is that, else `otherwise`.
    fn first(&self, members: &[Condition], decisive: Truth, otherwise: Truth) -> Truth {
        let mut truth = otherwise;
        for member in members {
            match self.truth(member) {
                found if found == decisive => return decisive,
                Truth::Unknown => truth = Truth::Unknown,
                _ => {}
            }
        }
        truth
    }

    /// The scopes that were granted, where that is known.
    pub(crate) fn scopes(&self) -> Option<&'f [&'f str]> {
        self.sign_in?.scopes
    }

    /// Looks at the claim in the first source that has it.
    pub(crate) fn see(&self, claim: &ClaimCondition) -> Seen<'f> {
        let (source, value, outcome) = match self.sources.first(&claim.path) {
            Err(kept) => (Some(kept.source), None, Err(ClaimFault::KeptElsewhere)),
            Ok(Some((source, Lookup::Found(value)))) => {
                (Some(source), Some(value), claim.test.judge(value))
            }
            Ok(Some((source, Lookup::Blocked { got }))) => {
                (Some(source), None, Err(ClaimFault::Blocked { got }))
            }
            Ok(None | Some((_, Lookup::Absent))) => {
                (None, None, Ok(claim.test == Test::Present(false)))
            }
        };
        Seen {
            source,
            value,
            outcome,
        }
    }
}

impl Test {
    /// Whether it holds of a claim that is there.
    pub(crate) fn judge(&self, value: &Value) -> Result<bool, ClaimFault> {
        let got = JsonType::of(value);
        match self {
            // Core §5.3.2: a claim that isn't there is left out, not null. Which of the two is meant, nobody can tell.
            Self::Present(_) if value.is_null() => Err(ClaimFault::Null),
            Self::Present(wanted) => Ok(*wanted),
            Self::Equals(scalar) => one_of(std::slice::from_ref(scalar), value),
            Self::In(scalars) => one_of(scalars, value),
            Self::Contains(scalar) => match value {
                Value::Array(members) => contains(scalar, members),
                _ => Err(ClaimFault::WrongType {
                    expected: JsonType::List,
                    got,
                }),
            },
            Self::Domain(domains) => {
                let domain = Domain::of_address(text(value)?).ok_or(ClaimFault::NotAnAddress)?;
                Ok(domains.contains(&domain))
            }
            Self::Matches(pattern) => match text(value)? {
                long if long.len() > MAX_MATCHED_BYTES => Err(ClaimFault::TooLong),
                broken if broken.contains(char::is_control) => Err(ClaimFault::ControlCharacter),
                text => Ok(pattern.matches(text)),
            },
        }
    }
}

fn text(value: &Value) -> Result<&str, ClaimFault> {
    value.as_str().ok_or(ClaimFault::WrongType {
        expected: JsonType::String,
        got: JsonType::of(value),
    })
}

/// Whether the value is one of the scalars; it must be of the type of one of them. Of none of them it is none.
fn one_of(scalars: &[Scalar], value: &Value) -> Result<bool, ClaimFault> {
    let mut answers = scalars.iter().filter_map(|scalar| scalar.equals(value));
    match answers.next() {
        Some(first) => Ok(first || answers.any(|same| same)),
        None if scalars.is_empty() && Scalar::read(value).is_some() => Ok(false),
        None => Err(ClaimFault::WrongType {
            expected: scalars.first().map_or(JsonType::String, Scalar::json_type),
            got: JsonType::of(value),
        }),
    }
}

/// Whether the scalar is in the list; as with roles, one member of another type spoils the whole of it.
fn contains(scalar: &Scalar, members: &[Value]) -> Result<bool, ClaimFault> {
    let mut found = false;
    for (index, member) in members.iter().enumerate() {
        let same = scalar.equals(member).ok_or(ClaimFault::WrongMember {
            index,
            expected: scalar.json_type(),
            got: JsonType::of(member),
        })?;
        found |= same;
    }
    Ok(found)
}
