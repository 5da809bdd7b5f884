//! A path of roles: where roles stand in the claims, and what shape they have there.

use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::claim_path::ClaimPath;
use crate::json_type::JsonType;

/// A claim path and the shape of what stands at it.
///
/// In JSON the list of the path's segments alone, where the shape is the usual one, or an object with `path` and `shape`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Written")]
pub struct RolePath {
    /// Where the roles stand.
    pub path: ClaimPath,
    /// How they stand there.
    pub shape: Shape,
}

/// The shape that roles have at their claim path; any other there grants nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// A list of strings.
    #[default]
    List,
    /// A list of strings, or one string where there is one role: never a list of its characters.
    ListOrString,
    /// An object whose keys are the roles.
    Keys,
}

/// What a document and a preset may write for a path of roles.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Path(ClaimPath),
    Shaped(Shaped),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shaped {
    path: ClaimPath,
    shape: Shape,
}

/// The roles of one shape, not yet looked at.
pub(crate) enum Roles<'c> {
    /// The members of a list.
    Members(&'c [Value]),
    /// Names alone.
    Names(Vec<&'c str>),
    /// What stands there has another shape.
    WrongShape {
        /// What it is, or what the first member is that doesn't fit.
        got: JsonType,
    },
}

impl Shape {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::List, Self::ListOrString, Self::Keys];

    /// What documents call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::ListOrString => "list_or_string",
            Self::Keys => "keys",
        }
    }

    /// The shape of this name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|shape| shape.name() == name)
    }

    /// The roles that `value` holds in this shape.
    pub(crate) fn read(self, value: &Value) -> Roles<'_> {
        match (self, value) {
            (Self::List | Self::ListOrString, Value::Array(members)) => Roles::Members(members),
            (Self::ListOrString, Value::String(role)) => Roles::Names(vec![role]),
            (Self::Keys, Value::Object(members)) => held_keys(members),
            (_, other) => Roles::WrongShape {
                got: JsonType::of(other),
            },
        }
    }
}

/// The keys whose value says that the role is held: `true`, or an object that tells more of it.
///
/// `false`, `null` and an empty object say that it isn't. Anything else says nothing that can be relied on.
fn held_keys(members: &Map<String, Value>) -> Roles<'_> {
    let mut names = Vec::new();
    for (name, value) in members {
        match value {
            Value::Bool(true) => names.push(name.as_str()),
            Value::Object(more) if !more.is_empty() => names.push(name),
            Value::Bool(false) | Value::Null | Value::Object(_) => {}
            other => {
                return Roles::WrongShape {
                    got: JsonType::of(other),
                };
            }
        }
    }
    Roles::Names(names)
}

impl RolePath {
    /// The path with `{client_id}` filled in.
    pub(crate) fn for_client(&self, client_id: &str) -> Self {
        Self {
            path: self.path.for_client(client_id),
            shape: self.shape,
        }
    }
}

impl From<ClaimPath> for RolePath {
    fn from(path: ClaimPath) -> Self {
        Self {
            path,
            shape: Shape::default(),
        }
    }
}

impl From<Written> for RolePath {
    fn from(written: Written) -> Self {
        match written {
            Written::Path(path) => path.into(),
            Written::Shaped(Shaped { path, shape }) => Self { path, shape },
        }
    }
}

/// What is expected, in the words of a message.
impl fmt::Display for Shape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::List => "a list of strings",
            Self::ListOrString => "a list of strings or one string",
            Self::Keys => "an object whose keys are the roles, with `true` or an object each",
        })
    }
}
