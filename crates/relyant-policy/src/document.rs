//! The policy document, read key by key; every fault of it is named.

use std::collections::BTreeMap;

use serde_json::Value;

mod conditions;

use crate::Object;
use crate::claim_path::ClaimPath;
use crate::error::{DocumentError, Problem};
use crate::json_type::JsonType;
use crate::name::{check_codename, check_group, check_role, clipped};
use crate::nearest::nearest;
use crate::policy::{GroupRules, MissingRoles};
use crate::role_path::{RolePath, Shape};
use crate::rule::Rule;

/// A key of the policy document, told for a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocumentKey {
    /// The key itself.
    pub name: &'static str,
    /// What its value is.
    pub takes: &'static str,
    /// What it means, and what leaving it out means.
    pub meaning: &'static str,
}

/// The keys of a policy document, in the order of their names.
pub const DOCUMENT_KEYS: [DocumentKey; 11] = [
    DocumentKey {
        name: "ALLOW",
        takes: "rule",
        meaning: "Who may enter at all: whoever the rule grants it. Left out: everybody who signs in.",
    },
    DocumentKey {
        name: "CREATE",
        takes: "boolean",
        meaning: "Whether a group that is granted and doesn't exist is made. Left out: yes for a map, no with `\"same-name\"`.",
    },
    DocumentKey {
        name: "GROUPS",
        takes: "dictionary of group name to rule, or `\"same-name\"`",
        meaning: "Who is a member: whoever the rule of the group grants it. A group named here is the provider's: a membership made by \
                  hand ends at the next login. With `\"same-name\"` each role grants the existing group of its name, and only \
                  what a login granted is ever taken. Left out: groups are never touched.",
    },
    DocumentKey {
        name: "HOOK",
        takes: "dotted path of a Python callable",
        meaning: "What decides on top of the rules, before anything is written. Left out: the rules alone.",
    },
    DocumentKey {
        name: "ON_MISSING_ROLES",
        takes: "`\"empty\"` or `\"refuse\"`",
        meaning: "What it means that no source has any of the claim paths of roles: that the person has none, or that nothing \
                  can be decided and the login is refused. Left out: `\"empty\"`.",
    },
    DocumentKey {
        name: "PERMISSIONS",
        takes: "dictionary of permission to rule",
        meaning: "Who has a permission, written `app.codename`, beside those of groups: for the session and the request, \
                  without a row. Left out: none.",
    },
    DocumentKey {
        name: "PREFIX",
        takes: "text",
        meaning: "With `\"same-name\"`: only roles that begin with it stand for groups, and the group's name is what follows. \
                  Left out: every role, with its whole name.",
    },
    DocumentKey {
        name: "ROLES",
        takes: "list of claim paths",
        meaning: "Where roles are, instead of where the preset says: dotted text or lists of segments, with `{client_id}` \
                  filled in. For roles that are no list, `{\"path\": …, \"shape\": …}` with `\"list_or_string\"` or `\"keys\"`.",
    },
    DocumentKey {
        name: "STAFF",
        takes: "rule",
        meaning: "Who is staff: whoever the rule grants it, and nobody else. Left out: the flag is never touched.",
    },
    DocumentKey {
        name: "SUPERUSER",
        takes: "rule",
        meaning: "Who is a superuser: whoever the rule grants it, and nobody else; but the last active superuser stays one. \
                  Left out: the flag is never touched.",
    },
    DocumentKey {
        name: "USER",
        takes: "dictionary of user field to claim path",
        meaning: "Which claims fill which fields of the user, instead of the preset's. A field that isn't named is never touched.",
    },
];

const SAME_NAME: &str = "same-name";

/// What a path of roles may say, where it is an object.
const ROLE_PATH_KEYS: [&str; 2] = ["path", "shape"];

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
    ("user_permissions", Some("PERMISSIONS")),
];

/// The names of the keys.
pub(crate) fn key_names() -> [&'static str; DOCUMENT_KEYS.len()] {
    DOCUMENT_KEYS.map(|key| key.name)
}

/// Reads the parts of a document and collects their faults; a part with a fault is read as empty.
pub(crate) struct Reader<'d> {
    document: &'d Object,
    /// What `{client_id}` stands for.
    client_id: &'d str,
    faults: Vec<DocumentError>,
    /// How many roles and conditions the rule has that is being read.
    parts: usize,
}

impl<'d> Reader<'d> {
    /// A reader of `document`, whose keys are all known or named as faults.
    pub(crate) fn new(document: &'d Object, client_id: &'d str) -> Self {
        let mut reader = Self {
            document,
            client_id,
            faults: Vec::new(),
            parts: 0,
        };
        reader.check_keys();
        reader
    }

    /// `ROLES`, if the document has it.
    pub(crate) fn roles(&mut self) -> Option<Vec<RolePath>> {
        self.document
            .get("ROLES")
            .map(|value| self.role_paths(value))
    }

    /// `USER`, if the document has it.
    pub(crate) fn user(&mut self) -> Option<BTreeMap<String, ClaimPath>> {
        self.document
            .get("USER")
            .map(|value| self.user_fields(value))
    }

    /// `GROUPS`, if the document has it.
    pub(crate) fn groups(&mut self) -> Option<GroupRules> {
        self.document
            .get("GROUPS")
            .map(|value| self.group_rules(value))
    }

    /// The rule of a key, if the document has it.
    pub(crate) fn rule(&mut self, key: &str) -> Option<Rule> {
        self.document.get(key).map(|value| self.rule_at(key, value))
    }

    /// `PERMISSIONS`; none where it was left out.
    pub(crate) fn permissions(&mut self) -> BTreeMap<String, Rule> {
        match self.document.get("PERMISSIONS") {
            None => BTreeMap::new(),
            Some(Value::Object(rules)) => {
                let permission = |(name, rule): (&String, _)| self.permission(name, rule);
                rules.iter().map(permission).collect()
            }
            Some(other) => {
                self.refuse_type("PERMISSIONS", other, |got| Problem::NotPermissions { got });
                BTreeMap::new()
            }
        }
    }

    /// `PREFIX`; empty where it was left out.
    pub(crate) fn prefix(&mut self) -> String {
        let Some(value) = self.document.get("PREFIX") else {
            return String::new();
        };
        if self.document.get("GROUPS").and_then(Value::as_str) != Some(SAME_NAME) {
            self.refuse("PREFIX", Problem::PrefixWithoutSameName);
        }
        match value {
            Value::String(prefix) => {
                if let Err(problem) = check_role(prefix) {
                    self.refuse("PREFIX", Problem::UnusablePrefix(problem));
                }
                prefix.clone()
            }
            other => {
                self.refuse_type("PREFIX", other, |got| Problem::NotAPrefix { got });
                String::new()
            }
        }
    }

    /// `CREATE`, if the document has it.
    pub(crate) fn create(&mut self) -> Option<bool> {
        let value = self.document.get("CREATE")?;
        if !self.document.contains_key("GROUPS") {
            self.refuse("CREATE", Problem::CreateWithoutGroups);
        }
        if let Value::Bool(create) = value {
            return Some(*create);
        }
        self.refuse_type("CREATE", value, |got| Problem::NotABoolean { got });
        None
    }

    /// `ON_MISSING_ROLES`.
    pub(crate) fn on_missing_roles(&mut self) -> MissingRoles {
        match self.document.get("ON_MISSING_ROLES") {
            None => MissingRoles::default(),
            Some(Value::String(mode)) if mode == "empty" => MissingRoles::Empty,
            Some(Value::String(mode)) if mode == "refuse" => MissingRoles::Refuse,
            Some(Value::String(mode)) => {
                self.refuse(
                    "ON_MISSING_ROLES",
                    Problem::UnknownMissingRoles { got: mode.clone() },
                );
                MissingRoles::default()
            }
            Some(other) => {
                self.refuse_type("ON_MISSING_ROLES", other, |got| Problem::NotMissingRoles {
                    got,
                });
                MissingRoles::default()
            }
        }
    }

    /// `HOOK`, if the document has it.
    pub(crate) fn hook(&mut self) -> Option<String> {
        match self.document.get("HOOK")? {
            Value::String(path) if is_dotted_path(path) => return Some(path.clone()),
            Value::String(_) => self.refuse("HOOK", Problem::NotADottedPath),
            other => self.refuse_type("HOOK", other, |got| Problem::NotAHook { got }),
        }
        None
    }

    /// What was read, if it has no fault.
    pub(crate) fn finish<T>(self, read: T) -> Result<T, Vec<DocumentError>> {
        if self.faults.is_empty() {
            Ok(read)
        } else {
            Err(self.faults)
        }
    }

    fn refuse(&mut self, path: impl Into<String>, problem: Problem) {
        self.faults.push(DocumentError::new(path, problem));
    }

    /// Names a fault that is about the type of `value`.
    fn refuse_type(&mut self, path: &str, value: &Value, problem: fn(JsonType) -> Problem) {
        self.refuse(path, problem(JsonType::of(value)));
    }

    fn check_keys(&mut self) {
        let unknown = |key: &&String| !key_names().contains(&key.as_str());
        for key in self.document.keys().filter(unknown) {
            let problem = Problem::UnknownKey {
                got: key.clone(),
                nearest: nearest(key, key_names()),
            };
            self.refuse(clipped(key), problem);
        }
    }

    fn group_rules(&mut self, value: &Value) -> GroupRules {
        let mut rules = BTreeMap::new();
        match value {
            Value::String(mode) if mode == SAME_NAME => return GroupRules::SameName,
            Value::String(mode) => {
                self.refuse("GROUPS", Problem::UnknownGroupsMode { got: mode.clone() });
            }
            Value::Object(groups) => {
                rules.extend(groups.iter().map(|(name, roles)| self.group(name, roles)));
            }
            other => self.refuse_type("GROUPS", other, |got| Problem::NotGroups { got }),
        }
        GroupRules::Named(rules)
    }

    fn group(&mut self, name: &str, roles: &Value) -> (String, Rule) {
        let path = format!("GROUPS.{}", clipped(name));
        if let Err(problem) = check_group(name) {
            self.refuse(&path, Problem::UnusableGroup(problem));
        }
        (name.to_owned(), self.rule_at(&path, roles))
    }

    fn permission(&mut self, name: &str, roles: &Value) -> (String, Rule) {
        let path = format!("PERMISSIONS.{}", clipped(name));
        if !is_permission(name) {
            self.refuse(&path, Problem::NotAPermission);
        }
        (name.to_owned(), self.rule_at(&path, roles))
    }

    fn role_paths(&mut self, value: &Value) -> Vec<RolePath> {
        let Value::Array(paths) = value else {
            self.refuse_type("ROLES", value, |got| Problem::NotAPathList { got });
            return Vec::new();
        };
        let path = |(index, path)| self.role_path(&format!("ROLES[{index}]"), path);
        paths.iter().enumerate().filter_map(path).collect()
    }

    /// A claim path, or an object with the `path` and the `shape` of what stands there.
    fn role_path(&mut self, path: &str, value: &Value) -> Option<RolePath> {
        let Value::Object(members) = value else {
            return self.claim_path(path, value).map(RolePath::from);
        };
        let unknown = members
            .keys()
            .find(|key| !ROLE_PATH_KEYS.contains(&key.as_str()));
        if let Some(got) = unknown {
            let got = got.clone();
            self.refuse(path, Problem::UnknownRolePathKey { got });
            return None;
        }
        let shape = members.get("shape").unwrap_or(&Value::Null);
        let shape = self.shape(&format!("{path}.shape"), shape);
        let inner = members.get("path").unwrap_or(&Value::Null);
        let inner = self.claim_path(&format!("{path}.path"), inner);
        Some(RolePath {
            path: inner?,
            shape: shape?,
        })
    }

    fn shape(&mut self, path: &str, value: &Value) -> Option<Shape> {
        let shape = value.as_str().and_then(Shape::from_name);
        if shape.is_none() {
            self.refuse_type(path, value, |got| Problem::NotAShape { got });
        }
        shape
    }

    fn user_fields(&mut self, value: &Value) -> BTreeMap<String, ClaimPath> {
        let Value::Object(fields) = value else {
            self.refuse_type("USER", value, |got| Problem::NotUserFields { got });
            return BTreeMap::new();
        };
        let field = |(field, path): (&String, _)| self.user_field(field, path);
        fields.iter().filter_map(field).collect()
    }

    fn user_field(&mut self, field: &str, value: &Value) -> Option<(String, ClaimPath)> {
        let path = format!("USER.{}", clipped(field));
        let protected = PROTECTED_FIELDS
            .into_iter()
            .find(|(name, _)| *name == field);
        if let Some((_, instead)) = protected {
            self.refuse(&path, Problem::ProtectedField { instead });
        } else if !is_field_name(field) {
            self.refuse(&path, Problem::NotAField);
        }
        Some((field.to_owned(), self.claim_path(&path, value)?))
    }

    fn claim_path(&mut self, path: &str, value: &Value) -> Option<ClaimPath> {
        let parsed = match value {
            Value::String(text) => ClaimPath::from_dotted(text),
            Value::Array(segments) => ClaimPath::from_segments(self.segments(path, segments)?),
            other => {
                self.refuse_type(path, other, |got| Problem::NotAPath { got });
                return None;
            }
        };
        parsed
            .map_err(|error| self.refuse(path, Problem::ClaimPath(error)))
            .ok()
    }

    fn segments(&mut self, path: &str, segments: &[Value]) -> Option<Vec<String>> {
        let mut texts = Vec::new();
        for (index, segment) in segments.iter().enumerate() {
            match segment {
                Value::String(text) => texts.push(text.clone()),
                other => {
                    let path = format!("{path}[{index}]");
                    self.refuse_type(&path, other, |got| Problem::NotASegment { got });
                }
            }
        }
        (texts.len() == segments.len()).then_some(texts)
    }
}

/// Whether `text` can be the name of a model field: an identifier without Django's `__`.
fn is_field_name(text: &str) -> bool {
    is_identifier(text) && !text.contains("__")
}

/// Whether `text` can be the name of a permission: an application's label, a dot and a codename as Django stores it.
fn is_permission(text: &str) -> bool {
    let Some((label, codename)) = text.split_once('.') else {
        return false;
    };
    is_identifier(label) && check_codename(codename).is_ok()
}

/// Whether `text` can be a callable in a module: identifiers with dots between, two at least.
fn is_dotted_path(text: &str) -> bool {
    text.contains('.') && text.split('.').all(is_identifier)
}

fn is_identifier(text: &str) -> bool {
    let begins = |first: char| first.is_alphabetic() || first == '_';
    let goes_on = |c: char| c.is_alphanumeric() || c == '_';
    text.starts_with(begins) && text.chars().all(goes_on)
}
