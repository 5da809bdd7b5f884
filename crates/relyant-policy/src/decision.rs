//! What a policy answers: the decision, its reasons and its warnings.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::condition::words::listed;
use crate::json_type::JsonType;
use crate::limits::MAX_MATCHED_BYTES;
use crate::name::NameProblem;
use crate::role_path::Shape;
use crate::sources::in_words;

/// What a sign-in brought beside claims, for rules about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignIn<'s> {
    /// The scopes that were granted; `None` where the provider didn't say. RFC 6749 §3.3, §5.1.
    pub scopes: Option<&'s [&'s str]>,
    /// The authentication context, of the validated ID token. OpenID Connect Core §2, `acr`.
    pub acr: Option<&'s str>,
}

/// The answer of a policy for one identity.
///
/// What is `None` or unmanaged is not the provider's and must not be touched. A refused decision manages nothing, so
/// that nobody who overlooks the verdict can grant or revoke by it.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Whether the person may enter at all.
    pub verdict: Verdict,
    /// The roles that were found, in alphabetical order, each at the first claim path that has it.
    pub roles: Vec<FoundRole>,
    /// The groups that the provider gives.
    pub groups: Groups,
    /// Whether a group that is given and doesn't exist is made.
    pub create_groups: bool,
    /// The permissions that the provider gives beside those of groups.
    pub permissions: Permissions,
    /// Whether the person is staff.
    pub staff: Option<bool>,
    /// Whether the person is superuser.
    pub superuser: Option<bool>,
    /// The user fields that the claims have: a string, a number or a boolean each.
    pub user: BTreeMap<String, Value>,
    /// One reason a rule: `ALLOW` first, then the groups by name, staff, superuser and the permissions by name.
    pub reasons: Vec<Reason>,
    /// What was wrong with the claims and therefore granted nothing.
    pub warnings: Vec<Warning>,
}

/// Whether the person may enter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// She may.
    Allowed,
    /// She may not.
    Refused(Refusal),
}

/// Why a person may not enter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// She has nothing of what `ALLOW` needs.
    NotAllowed {
        /// What any of would let her in.
        needs: Vec<String>,
        /// The same in words.
        words: String,
    },
    /// The provider leaves the roles out because there are too many or others keep them, and they could not be had.
    ///
    /// Core §5.6.2, `_claim_names`; Entra ID does so above 200 groups, and says `hasgroups` where it is short of space.
    Overage {
        /// The claim path of the roles.
        path: String,
        /// The source that says so.
        source: String,
    },
    /// The claims hold more roles than [`MAX_ROLES`](crate::limits::MAX_ROLES).
    TooManyRoles {
        /// How many are read.
        limit: usize,
    },
    /// No source has any of the claim paths of roles, and `ON_MISSING_ROLES` says to refuse then.
    RolesMissing {
        /// The claim paths.
        paths: Vec<String>,
    },
}

/// A role, and where it was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FoundRole {
    /// Its name, exactly as the provider writes it.
    pub role: String,
    /// The claim path at which it stands.
    pub path: Arc<str>,
    /// The source of the claims: `id_token`, `userinfo`, `access_token`, or one that these name, as `id_token/src1`.
    pub source: Arc<str>,
}

/// The groups that the provider gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Groups {
    /// The policy has no `GROUPS`: no membership is touched.
    Unmanaged,
    /// The policy names groups.
    Named {
        /// The groups that the person is in, in alphabetical order.
        granted: Vec<String>,
        /// All groups that the policy names: in those that aren't granted she is not.
        managed: Vec<String>,
    },
    /// Each role that is the name of an existing group puts the person into it.
    SameName {
        /// The names of groups that the roles stand for, in alphabetical order.
        candidates: Vec<String>,
        /// What stands before the name of a group in that of its role; empty without `PREFIX`.
        prefix: String,
    },
}

/// The permissions that a person has by her roles, for as long as the decision holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions {
    /// Those that she has, `app.codename`, in alphabetical order.
    pub granted: Vec<String>,
    /// All that the policy names.
    pub managed: Vec<String>,
}

/// Why something was granted or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// What the rule is about.
    pub effect: Effect,
    /// Whether the rule granted it.
    pub granted: bool,
    /// The role that did; with several, the first in the rule's own order.
    pub because: Option<FoundRole>,
    /// What any of would grant: a role by its name, a condition in words.
    pub needs: Vec<String>,
    /// The roles that the rule names, wherever in it, in alphabetical order.
    pub roles: Vec<String>,
    /// What decided, in words that can follow "because".
    pub words: String,
}

/// What a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// `ALLOW`: to enter at all.
    Allow,
    /// `GROUPS`: to be in this group.
    Group(String),
    /// `STAFF`: the flag.
    Staff,
    /// `SUPERUSER`: the flag.
    Superuser,
    /// `PERMISSIONS`: to have this permission.
    Permission(String),
}

/// Something in the claims that granted nothing because it is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// Roles have the shape that their claim path says; nothing at this path counts.
    RolesOfWrongType {
        /// The claim path.
        path: String,
        /// The source that has it.
        source: String,
        /// The shape that they must have.
        expected: Shape,
        /// What stands there.
        got: JsonType,
    },
    /// A list of roles has a member that is no string; the whole list counts for nothing.
    MemberOfWrongType {
        /// The claim path.
        path: String,
        /// The source that has it.
        source: String,
        /// The member's place in the list, from 0.
        index: usize,
        /// What stands there.
        got: JsonType,
    },
    /// Texts in a list of roles can't be the names of roles; they alone are left out.
    UnusableRoles {
        /// The claim path.
        path: String,
        /// The source that has it.
        source: String,
        /// How many they are.
        count: usize,
        /// The first of them, clipped.
        first: String,
        /// What is wrong with the first.
        problem: NameProblem,
    },
    /// A rule says something of a claim, and whether it holds can't be told; it grants nothing.
    ClaimNotJudged {
        /// The claim path.
        path: String,
        /// The source that has it.
        source: String,
        /// Why.
        fault: ClaimFault,
    },
    /// A user field takes a string, a number or a boolean; the field is not touched.
    FieldOfWrongType {
        /// The user field.
        field: String,
        /// The claim path.
        path: String,
        /// The source that has it.
        source: String,
        /// What stands there.
        got: JsonType,
    },
    /// A string for a user field has the character NUL, which databases refuse; the field is not touched.
    FieldWithNul {
        /// The user field.
        field: String,
        /// The claim path.
        path: String,
        /// The source that has it.
        source: String,
    },
}

/// Why it can't be told whether something holds of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimFault {
    /// It is of another type.
    WrongType {
        /// What it should be.
        expected: JsonType,
        /// What it is.
        got: JsonType,
    },
    /// It is a list with a member of another type.
    WrongMember {
        /// The member's place, from 0.
        index: usize,
        /// What the members should be.
        expected: JsonType,
        /// What the member is.
        got: JsonType,
    },
    /// Something on the way to it is no object.
    Blocked {
        /// What it is.
        got: JsonType,
    },
    /// It is there and null.
    Null,
    /// It isn't one plain e-mail address.
    NotAnAddress,
    /// It is longer than [`MAX_MATCHED_BYTES`](crate::limits::MAX_MATCHED_BYTES).
    TooLong,
    /// It has a line break or another control character, which most patterns don't think of.
    ControlCharacter,
    /// The source keeps it elsewhere, from where it could not be had. Core §5.6.2.
    KeptElsewhere,
}

impl Decision {
    /// Whether the person may enter.
    pub fn allowed(&self) -> bool {
        self.verdict == Verdict::Allowed
    }

    /// The refusal, if the person may not enter.
    pub fn refusal(&self) -> Option<&Refusal> {
        match &self.verdict {
            Verdict::Allowed => None,
            Verdict::Refused(refusal) => Some(refusal),
        }
    }

    /// The role that puts the person into this group, if one does.
    pub fn role_for_group(&self, group: &str) -> Option<&FoundRole> {
        match &self.groups {
            Groups::Unmanaged => None,
            Groups::Named { .. } => {
                let mut reasons = self.reasons.iter();
                let of_group = |reason: &&Reason| reason.effect.is_group(group);
                reasons.find(of_group)?.because.as_ref()
            }
            Groups::SameName { prefix, .. } => {
                let stands_for =
                    |found: &&FoundRole| found.role.strip_prefix(prefix.as_str()) == Some(group);
                self.roles.iter().find(stands_for)
            }
        }
    }

    /// A decision that grants and revokes nothing.
    pub(crate) fn unmanaged(verdict: Verdict) -> Self {
        Self {
            verdict,
            roles: Vec::new(),
            groups: Groups::Unmanaged,
            create_groups: false,
            permissions: Permissions::default(),
            staff: None,
            superuser: None,
            user: BTreeMap::new(),
            reasons: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

impl Refusal {
    /// The stable code of this refusal; too many roles are one, whoever left them out.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAllowed { .. } => "decision.not_allowed",
            Self::Overage { .. } | Self::TooManyRoles { .. } => "decision.overage",
            Self::RolesMissing { .. } => "decision.roles_missing",
        }
    }
}

/// The operator's message.
impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAllowed { needs, .. } if needs.is_empty() => {
                formatter.write_str("`ALLOW` names no role, so nobody may enter")
            }
            Self::NotAllowed { words, .. } => write!(formatter, "`ALLOW` needs {words}"),
            Self::Overage { path, source } => {
                write!(
                    formatter,
                    "the {source} leaves out the roles at `{path}` because there are too many or others keep them (`_claim_names`, \
                     `hasgroups`), and they could not be had",
                    source = in_words(source)
                )
            }
            Self::TooManyRoles { limit } => {
                write!(formatter, "the claims hold more than {limit} roles")
            }
            Self::RolesMissing { paths } => {
                let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
                write!(
                    formatter,
                    "no claim is at {}, where roles are looked for, and `ON_MISSING_ROLES` says to refuse then",
                    listed(&paths)
                )
            }
        }
    }
}

impl Warning {
    /// Whether it is about a place of roles of which none counts.
    pub(crate) fn is_of_unread_roles(&self) -> bool {
        matches!(
            self,
            Self::RolesOfWrongType { .. } | Self::MemberOfWrongType { .. }
        )
    }
}

impl Effect {
    fn is_group(&self, name: &str) -> bool {
        matches!(self, Self::Group(group) if group == name)
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allow => formatter.write_str("allow"),
            Self::Group(name) => write!(formatter, "group:{name}"),
            Self::Staff => formatter.write_str("staff"),
            Self::Superuser => formatter.write_str("superuser"),
            Self::Permission(name) => write!(formatter, "permission:{name}"),
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RolesOfWrongType {
                path,
                source,
                expected,
                got,
            } => {
                write!(
                    formatter,
                    "`{path}` of the {source} grants nothing: expected {expected}, got {got}",
                    source = in_words(source)
                )
            }
            Self::MemberOfWrongType {
                path,
                source,
                index,
                got,
            } => {
                write!(
                    formatter,
                    "`{path}` of the {source} grants nothing: expected a string at [{index}], got {got}",
                    source = in_words(source)
                )
            }
            Self::UnusableRoles {
                path,
                source,
                count,
                first,
                problem,
            } => {
                write!(
                    formatter,
                    "{count} of the roles at `{path}` of the {source} are left out: `{first}` {problem}",
                    source = in_words(source)
                )
            }
            Self::ClaimNotJudged {
                path,
                source,
                fault,
            } => {
                write!(
                    formatter,
                    "`{path}` of the {source} grants nothing: {fault}",
                    source = in_words(source)
                )
            }
            Self::FieldOfWrongType {
                field,
                path,
                source,
                got,
            } => {
                write!(
                    formatter,
                    "the user field `{field}` is left alone: expected a string, a number or a boolean "
                )?;
                write!(
                    formatter,
                    "at `{path}` of the {source}, got {got}",
                    source = in_words(source)
                )
            }
            Self::FieldWithNul {
                field,
                path,
                source,
            } => {
                write!(
                    formatter,
                    "the user field `{field}` is left alone: the string at `{path}` of the {source} has a NUL",
                    source = in_words(source)
                )
            }
        }
    }
}

impl fmt::Display for ClaimFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongType { expected, got } => {
                write!(formatter, "expected {expected}, got {got}")
            }
            Self::WrongMember {
                index,
                expected,
                got,
            } => write!(formatter, "expected {expected} at [{index}], got {got}"),
            Self::Blocked { got } => {
                write!(formatter, "expected an object on the way to it, got {got}")
            }
            Self::Null => formatter.write_str("it is null, which is neither a value nor none"),
            Self::NotAnAddress => formatter.write_str("expected one plain e-mail address"),
            Self::TooLong => write!(
                formatter,
                "it is longer than the {MAX_MATCHED_BYTES} bytes that a pattern is matched with"
            ),
            Self::ControlCharacter => formatter
                .write_str("no pattern is matched with a line break or another control character"),
            Self::KeptElsewhere => {
                formatter.write_str("it is kept elsewhere (`_claim_names`) and could not be had")
            }
        }
    }
}
