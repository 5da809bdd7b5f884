//! What is wrong with a policy document: for its author, at start.

use std::borrow::Cow;
use std::fmt;

use crate::claim_path::ClaimPathError;
use crate::condition_error::ConditionProblem;
use crate::document::key_names;
use crate::json_type::JsonType;
use crate::name::{NameProblem, clipped};

/// How a claim path is written.
const A_PATH: &str = r#"for example "realm_access.roles" or ["realm_access", "roles"]"#;

/// One fault of a policy document, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentError {
    /// The place: `STAFF[1]`, `GROUPS.creators`; empty for the document itself.
    pub path: String,
    /// The fault.
    pub problem: Problem,
}

/// A fault of a policy document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The document is no object.
    NotAnObject {
        /// What it is.
        got: JsonType,
    },
    /// No key of a policy has this name.
    UnknownKey {
        /// The name.
        got: String,
        /// The known name that was most likely meant.
        nearest: Option<&'static str>,
    },
    /// A rule is a list of roles and conditions, or one condition.
    NotARule {
        /// What it is.
        got: JsonType,
    },
    /// A member of a rule is a role, which is a string, or a condition.
    NotARole {
        /// What it is.
        got: JsonType,
    },
    /// A condition that is none.
    Condition(ConditionProblem),
    /// The name of a role that no role can have.
    UnusableRole(NameProblem),
    /// `GROUPS` is a map or `same-name`.
    NotGroups {
        /// What it is.
        got: JsonType,
    },
    /// `GROUPS` is a string other than `same-name`.
    UnknownGroupsMode {
        /// The string.
        got: String,
    },
    /// The name of a group that no group can have.
    UnusableGroup(NameProblem),
    /// `ROLES` is a list of claim paths.
    NotAPathList {
        /// What it is.
        got: JsonType,
    },
    /// A claim path is dotted text or a list of segments.
    NotAPath {
        /// What it is.
        got: JsonType,
    },
    /// A path of roles that is an object has a `path` and a `shape`, and nothing else.
    UnknownRolePathKey {
        /// The other key.
        got: String,
    },
    /// No shape of roles is called so.
    NotAShape {
        /// The type of what stands there.
        got: JsonType,
    },
    /// A segment of a claim path is a string.
    NotASegment {
        /// What it is.
        got: JsonType,
    },
    /// A claim path that is none.
    ClaimPath(ClaimPathError),
    /// `USER` is a map of user fields to claim paths.
    NotUserFields {
        /// What it is.
        got: JsonType,
    },
    /// The name of a field is an identifier.
    NotAField,
    /// A field that no claim may set: a right has a rule of its own, and the rest is Django's.
    ProtectedField {
        /// The key that is for it, if there is one.
        instead: Option<&'static str>,
    },
    /// `PERMISSIONS` is a map of permissions to rules.
    NotPermissions {
        /// What it is.
        got: JsonType,
    },
    /// The name of a permission is `app.codename`.
    NotAPermission,
    /// `PREFIX` is a text.
    NotAPrefix {
        /// What it is.
        got: JsonType,
    },
    /// A prefix that no role can begin with.
    UnusablePrefix(NameProblem),
    /// `PREFIX` where the names of roles are no names of groups.
    PrefixWithoutSameName,
    /// `CREATE` is a boolean.
    NotABoolean {
        /// What it is.
        got: JsonType,
    },
    /// `CREATE` where no group is the provider's.
    CreateWithoutGroups,
    /// `ON_MISSING_ROLES` is a text.
    NotMissingRoles {
        /// What it is.
        got: JsonType,
    },
    /// `ON_MISSING_ROLES` is a text of another meaning.
    UnknownMissingRoles {
        /// The text.
        got: String,
    },
    /// `HOOK` is a text.
    NotAHook {
        /// What it is.
        got: JsonType,
    },
    /// `HOOK` is the dotted path of a callable in a module.
    NotADottedPath,
    /// A rule needs roles, and neither `ROLES` nor the preset says where they stand.
    NoRolePaths {
        /// The preset.
        preset: &'static str,
    },
}

impl DocumentError {
    pub(crate) fn new(path: impl Into<String>, problem: Problem) -> Self {
        Self {
            path: path.into(),
            problem,
        }
    }

    /// What was expected and what came.
    pub fn message(&self) -> String {
        self.problem.to_string()
    }

    /// What to write instead.
    pub fn hint(&self) -> String {
        self.problem.hint().into_owned()
    }
}

/// What was expected and what came.
impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnObject { got } => {
                write!(
                    formatter,
                    "expected a policy, which is a map of rules, got {got}"
                )
            }
            Self::UnknownKey { got, .. } => write!(formatter, "unknown key `{}`", clipped(got)),
            Self::NotARule { got } => {
                write!(
                    formatter,
                    "expected a list of roles or a condition, got {got}"
                )
            }
            Self::NotARole { got } => write!(
                formatter,
                "expected a role, which is a string, or a condition, got {got}"
            ),
            Self::Condition(problem) => problem.fmt(formatter),
            Self::UnusableRole(problem) => write!(formatter, "the name of the role {problem}"),
            Self::NotGroups { got } => write!(
                formatter,
                "expected a map of groups to rules, or `same-name`, got {got}"
            ),
            Self::UnknownGroupsMode { got } => {
                write!(
                    formatter,
                    "expected a map of groups to rules, or `same-name`, got `{}`",
                    clipped(got)
                )
            }
            Self::UnusableGroup(problem) => write!(formatter, "the name of the group {problem}"),
            Self::NotAPathList { got } => {
                write!(formatter, "expected a list of claim paths, got {got}")
            }
            Self::NotAPath { got } => write!(formatter, "expected a claim path, got {got}"),
            Self::UnknownRolePathKey { got } => {
                write!(formatter, "a path of roles has no key `{}`", clipped(got))
            }
            Self::NotAShape { .. } => formatter.write_str("roles have no such shape"),
            Self::NotASegment { got } => write!(
                formatter,
                "expected a segment of a claim path, which is a string, got {got}"
            ),
            Self::ClaimPath(error) => error.fmt(formatter),
            Self::NotUserFields { got } => {
                write!(
                    formatter,
                    "expected a map of user fields to claim paths, got {got}"
                )
            }
            Self::NotAField => formatter.write_str("expected the name of a user field"),
            Self::ProtectedField { .. } => formatter.write_str("no claim may set this field"),
            Self::NotPermissions { got } => {
                write!(
                    formatter,
                    "expected a map of permissions to rules, got {got}"
                )
            }
            Self::NotAPermission => formatter.write_str(
                "expected the name of a permission, which is an application, a dot and a codename",
            ),
            Self::NotAPrefix { got } => {
                write!(
                    formatter,
                    "expected what roles begin with, which is a string, got {got}"
                )
            }
            Self::UnusablePrefix(problem) => write!(formatter, "the prefix {problem}"),
            Self::PrefixWithoutSameName => {
                formatter.write_str("a prefix is for `GROUPS` with `same-name` alone")
            }
            Self::NotABoolean { got } => write!(formatter, "expected a boolean, got {got}"),
            Self::CreateWithoutGroups => {
                formatter.write_str("without `GROUPS` there are no groups to make")
            }
            Self::NotMissingRoles { got } => {
                write!(formatter, "expected `empty` or `refuse`, got {got}")
            }
            Self::UnknownMissingRoles { got } => {
                write!(
                    formatter,
                    "expected `empty` or `refuse`, got `{}`",
                    clipped(got)
                )
            }
            Self::NotAHook { got } => write!(
                formatter,
                "expected the dotted path of a callable, which is a string, got {got}"
            ),
            Self::NotADottedPath => {
                formatter.write_str("expected the dotted path of a callable in a module")
            }
            Self::NoRolePaths { preset } => {
                write!(
                    formatter,
                    "a rule needs roles, and the preset `{preset}` doesn't say which claim has them"
                )
            }
        }
    }
}

impl Problem {
    /// What to write instead.
    fn hint(&self) -> Cow<'static, str> {
        let known = match self {
            Self::NotAnObject { .. } => r#"for example {"STAFF": ["admins"]}"#,
            Self::UnknownKey { nearest, .. } => return hint_for_key(*nearest).into(),
            Self::NotARule {
                got: JsonType::Null,
            } => "leave the key out if the right is not the provider's",
            Self::NotARule { .. } | Self::NotARole { .. } => {
                r#"for example ["admins"], any of which grants"#
            }
            Self::Condition(problem) => return problem.hint(),
            Self::UnusableRole(_) => "write the name as the provider sends it",
            Self::NotGroups { .. } | Self::UnknownGroupsMode { .. } => {
                r#"for example {"customers": ["customers"]}, or "same-name""#
            }
            Self::UnusableGroup(_) => "write the name as Django has it",
            Self::NotAPathList { .. } => {
                r#"for example ["realm_access.roles"] or [["realm_access", "roles"]]"#
            }
            Self::ClaimPath(ClaimPathError::Url) => {
                r#"write a list of segments: ["https://example.com/roles"]"#
            }
            Self::ClaimPath(ClaimPathError::UnknownPlaceholder { .. }) => {
                "only `{client_id}` is filled in"
            }
            Self::NotAPath { .. } | Self::NotASegment { .. } | Self::ClaimPath(_) => A_PATH,
            Self::UnknownRolePathKey { .. } => {
                r#"for example {"path": ["groups"], "shape": "list_or_string"}"#
            }
            Self::NotAShape { .. } => r#"write "list", "list_or_string" or "keys""#,
            Self::NotUserFields { .. } => r#"for example {"username": "preferred_username"}"#,
            Self::NotAField => "write the name as the user model has it",
            Self::ProtectedField { instead: Some(key) } => {
                return format!("`{key}` is the key for it").into();
            }
            Self::ProtectedField { instead: None }
            | Self::PrefixWithoutSameName
            | Self::CreateWithoutGroups => "leave it out",
            Self::NotPermissions { .. } | Self::NotAPermission => {
                r#"for example {"beers.add_beer": ["creators"]}"#
            }
            Self::NotAPrefix { .. } | Self::UnusablePrefix(_) => {
                r#"for example "beer-", so that the role `beer-creators` stands for the group `creators`"#
            }
            Self::NotABoolean { .. } => "write true or false",
            Self::NotMissingRoles { .. } | Self::UnknownMissingRoles { .. } => {
                r#"write "empty" or "refuse""#
            }
            Self::NotAHook { .. } | Self::NotADottedPath => r#"for example "beer.policy.decide""#,
            Self::NoRolePaths { .. } => r#"add "ROLES", for example ["groups"]"#,
        };
        known.into()
    }
}

fn hint_for_key(nearest: Option<&str>) -> String {
    match nearest {
        Some(key) => format!("did you mean `{key}`?"),
        None => format!("known are {}", key_names().join(", ")),
    }
}

impl fmt::Display for DocumentError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(formatter, "{}: ", self.path)?;
        }
        write!(formatter, "{}; {}", self.message(), self.hint())
    }
}

impl std::error::Error for DocumentError {}
