//! The policy document: its keys, read once, every fault of it named.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::Object;
use crate::claim_path::ClaimPath;
use crate::error::{DocumentError, Problem};
use crate::json_type::JsonType;
use crate::name::{check_group, check_role, clipped};
use crate::nearest::nearest;
use crate::preset::Preset;
use crate::rule::Rule;

/// The keys of a policy.
pub(crate) const KEYS: [&str; 6] = ["ALLOW", "GROUPS", "ROLES", "STAFF", "SUPERUSER", "USER"];
/// Keys that have their meaning, but not in this version.
const LATER_KEYS: [&str; 3] = ["HOOK", "ON_MISSING_ROLES", "PERMISSIONS"];
const SAME_NAME: &str = "same-name";

/// User fields that no claim may set, with the key that is for them.
const PROTECTED_FIELDS: [(&str, Option<&str>); 9] = [
    ("groups", Some("GROUPS")),
    ("id", None),
    ("is_active", None),
    ("is_staff", Some("STAFF")),
    ("is_superuser", Some("SUPERUSER")),
    ("last_login", None),
    ("password", None),
    ("pk", None),
    ("user_permissions", Some("GROUPS")),
];

/// A parsed policy: what is `None` was left out and is never touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The claim paths of roles, each with its shown form, in their order.
    pub(crate) role_paths: Vec<(ClaimPath, String)>,
    pub(crate) allow: Option<Rule>,
    pub(crate) groups: Option<GroupRules>,
    pub(crate) staff: Option<Rule>,
    pub(crate) superuser: Option<Rule>,
    pub(crate) user: BTreeMap<String, ClaimPath>,
}

/// `GROUPS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GroupRules {
    Named(BTreeMap<String, Rule>),
    SameName,
}

/// What the provider owns under a policy; the rest is never touched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Managed {
    /// Which groups.
    pub groups: ManagedGroups,
    /// Whether the staff flag.
    pub staff: bool,
    /// Whether the superuser flag.
    pub superuser: bool,
    /// Which user fields, in alphabetical order.
    pub user: Vec<String>,
}

/// Which groups the provider owns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ManagedGroups {
    /// None.
    Unmanaged,
    /// These, in alphabetical order.
    Named(Vec<String>),
    /// What each identity was granted by the name of a role.
    SameName,
}

impl Policy {
    /// Reads a document for the client `client_id`, or names every fault of it.
    ///
    /// `ROLES` and `USER`, where they are given, stand in the place of the preset's.
    pub fn parse(
        document: &Value,
        preset: &Preset,
        client_id: &str,
    ) -> Result<Self, Vec<DocumentError>> {
        let Value::Object(document) = document else {
            return Err(vec![DocumentError::new(
                "",
                Problem::NotAnObject {
                    got: JsonType::of(document),
                },
            )]);
        };
        let mut reader = Reader { errors: Vec::new() };
        reader.check_keys(document);
        let role_paths = document.get("ROLES").map_or_else(
            || preset.role_paths.clone(),
            |value| reader.role_paths(value),
        );
        let user = document
            .get("USER")
            .map_or_else(|| preset.user.clone(), |value| reader.user(value));
        let policy = Self {
            role_paths: role_paths
                .iter()
                .map(|path| shown(path.for_client(client_id)))
                .collect(),
            allow: document
                .get("ALLOW")
                .map(|value| reader.rule("ALLOW", value)),
            groups: document.get("GROUPS").map(|value| reader.groups(value)),
            staff: document
                .get("STAFF")
                .map(|value| reader.rule("STAFF", value)),
            superuser: document
                .get("SUPERUSER")
                .map(|value| reader.rule("SUPERUSER", value)),
            user: user
                .into_iter()
                .map(|(field, path)| (field, path.for_client(client_id)))
                .collect(),
        };
        if reader.errors.is_empty() && policy.role_paths.is_empty() && policy.needs_roles() {
            reader.refuse(
                "ROLES",
                Problem::NoRolePaths {
                    preset: preset.name,
                },
            );
        }
        if reader.errors.is_empty() {
            Ok(policy)
        } else {
            Err(reader.errors)
        }
    }

    /// What the provider owns under this policy.
    pub fn managed(&self) -> Managed {
        Managed {
            groups: match &self.groups {
                None => ManagedGroups::Unmanaged,
                Some(GroupRules::Named(rules)) => {
                    ManagedGroups::Named(rules.keys().cloned().collect())
                }
                Some(GroupRules::SameName) => ManagedGroups::SameName,
            },
            staff: self.staff.is_some(),
            superuser: self.superuser.is_some(),
            user: self.user.keys().cloned().collect(),
        }
    }

    fn needs_roles(&self) -> bool {
        let groups = match &self.groups {
            None => false,
            Some(GroupRules::Named(rules)) => rules.values().any(Rule::needs_roles),
            Some(GroupRules::SameName) => true,
        };
        groups
            || [&self.allow, &self.staff, &self.superuser]
                .into_iter()
                .flatten()
                .any(Rule::needs_roles)
    }
}

fn shown(path: ClaimPath) -> (ClaimPath, String) {
    let text = path.to_string();
    (path, text)
}

/// Reads the parts of a document and collects their faults; a part with a fault is read as empty.
struct Reader {
    errors: Vec<DocumentError>,
}

impl Reader {
    fn refuse(&mut self, path: impl Into<String>, problem: Problem) {
        self.errors.push(DocumentError::new(path, problem));
    }

    fn check_keys(&mut self, document: &Object) {
        for key in document.keys().filter(|key| !KEYS.contains(&key.as_str())) {
            let later = LATER_KEYS.into_iter().find(|later| later == key);
            let problem = match later {
                Some(key) => Problem::KeyNotSupported { key },
                None => Problem::UnknownKey {
                    got: key.clone(),
                    nearest: nearest(key, KEYS),
                },
            };
            self.refuse(clipped(key), problem);
        }
    }

    fn rule(&mut self, path: &str, value: &Value) -> Rule {
        let members = match value {
            Value::Array(members) => members.as_slice(),
            Value::Object(_) => {
                self.refuse(path, Problem::ConditionNotSupported);
                &[]
            }
            other => {
                self.refuse(
                    path,
                    Problem::NotARoleList {
                        got: JsonType::of(other),
                    },
                );
                &[]
            }
        };
        let role = |(index, member)| self.role(&format!("{path}[{index}]"), member);
        Rule::any_of(members.iter().enumerate().filter_map(role).collect())
    }

    fn role(&mut self, path: &str, value: &Value) -> Option<String> {
        let problem = match value {
            Value::String(name) => match check_role(name) {
                Ok(()) => return Some(name.clone()),
                Err(problem) => Problem::UnusableRole(problem),
            },
            Value::Object(_) => Problem::ConditionNotSupported,
            other => Problem::NotARole {
                got: JsonType::of(other),
            },
        };
        self.refuse(path, problem);
        None
    }

    fn groups(&mut self, value: &Value) -> GroupRules {
        match value {
            Value::Object(groups) => {
                return GroupRules::Named(
                    groups
                        .iter()
                        .map(|(name, roles)| self.group(name, roles))
                        .collect(),
                );
            }
            Value::String(mode) if mode == SAME_NAME => return GroupRules::SameName,
            Value::String(mode) => {
                self.refuse("GROUPS", Problem::UnknownGroupsMode { got: mode.clone() });
            }
            other => self.refuse(
                "GROUPS",
                Problem::NotGroups {
                    got: JsonType::of(other),
                },
            ),
        }
        GroupRules::Named(BTreeMap::new())
    }

    fn group(&mut self, name: &str, roles: &Value) -> (String, Rule) {
        let path = format!("GROUPS.{}", clipped(name));
        if let Err(problem) = check_group(name) {
            self.refuse(&path, Problem::UnusableGroup(problem));
        }
        (name.to_owned(), self.rule(&path, roles))
    }

    fn role_paths(&mut self, value: &Value) -> Vec<ClaimPath> {
        let Value::Array(paths) = value else {
            self.refuse(
                "ROLES",
                Problem::NotAPathList {
                    got: JsonType::of(value),
                },
            );
            return Vec::new();
        };
        let path = |(index, path)| self.claim_path(&format!("ROLES[{index}]"), path);
        paths.iter().enumerate().filter_map(path).collect()
    }

    fn user(&mut self, value: &Value) -> BTreeMap<String, ClaimPath> {
        let Value::Object(fields) = value else {
            self.refuse(
                "USER",
                Problem::NotUserFields {
                    got: JsonType::of(value),
                },
            );
            return BTreeMap::new();
        };
        fields
            .iter()
            .filter_map(|(field, path)| self.user_field(field, path))
            .collect()
    }

    fn user_field(&mut self, field: &str, value: &Value) -> Option<(String, ClaimPath)> {
        let path = format!("USER.{}", clipped(field));
        if let Some((_, instead)) = PROTECTED_FIELDS
            .into_iter()
            .find(|(protected, _)| *protected == field)
        {
            self.refuse(&path, Problem::ProtectedField { instead });
        } else if !is_identifier(field) {
            self.refuse(&path, Problem::NotAField);
        }
        Some((field.to_owned(), self.claim_path(&path, value)?))
    }

    fn claim_path(&mut self, path: &str, value: &Value) -> Option<ClaimPath> {
        let parsed = match value {
            Value::String(text) => ClaimPath::from_dotted(text),
            Value::Array(segments) => ClaimPath::from_segments(self.segments(path, segments)?),
            other => {
                self.refuse(
                    path,
                    Problem::NotAPath {
                        got: JsonType::of(other),
                    },
                );
                return None;
            }
        };
        parsed
            .map_err(|error| self.refuse(path, Problem::ClaimPath(error)))
            .ok()
    }

    fn segments(&mut self, path: &str, segments: &[Value]) -> Option<Vec<String>> {
        let before = self.errors.len();
        for (index, segment) in segments
            .iter()
            .enumerate()
            .filter(|(_, segment)| !segment.is_string())
        {
            self.refuse(
                format!("{path}[{index}]"),
                Problem::NotASegment {
                    got: JsonType::of(segment),
                },
            );
        }
        let texts = segments
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        (self.errors.len() == before).then_some(texts)
    }
}

/// Whether `text` can be the name of a model field: an identifier without Django's `__`.
fn is_identifier(text: &str) -> bool {
    let mut characters = text.chars();
    characters
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|c| c.is_alphanumeric() || c == '_')
        && !text.contains("__")
}
