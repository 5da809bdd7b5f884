//! A parsed policy.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::claim_path::ClaimPath;
use crate::condition::ClaimCondition;
use crate::document::Reader;
use crate::error::{DocumentError, Problem};
use crate::json_type::JsonType;
use crate::preset::Preset;
use crate::role_path::RolePath;
use crate::rule::Rule;

/// Rules that decide about identities; what is `None` was left out and is never touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The claim paths of roles, each with its shown form, in their order.
    pub(crate) role_paths: Vec<(RolePath, String)>,
    pub(crate) allow: Option<Rule>,
    pub(crate) groups: Option<GroupRules>,
    pub(crate) staff: Option<Rule>,
    pub(crate) superuser: Option<Rule>,
    /// `PERMISSIONS`, none where it was left out: a permission isn't kept, so that there is none to take away.
    pub(crate) permissions: BTreeMap<String, Rule>,
    pub(crate) user: BTreeMap<String, ClaimPath>,
    /// `PREFIX`, empty where it was left out.
    pub(crate) prefix: String,
    pub(crate) create: Option<bool>,
    pub(crate) on_missing_roles: MissingRoles,
    pub(crate) hook: Option<String>,
}

/// `ON_MISSING_ROLES`: what it means that no source has a claim path of roles.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum MissingRoles {
    /// That the person has none.
    #[default]
    Empty,
    /// That nothing can be decided.
    Refuse,
}

/// `GROUPS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GroupRules {
    /// A rule for each group that is named.
    Named(BTreeMap<String, Rule>),
    /// Each role is the name of its group.
    SameName,
}

/// A rule of a policy, to be read by people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleView<'p> {
    /// The key of the document.
    pub key: &'static str,
    /// The group or the permission, where the key is a map.
    pub target: Option<&'p str>,
    /// What grants, in words that can follow "whoever has".
    pub words: String,
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
            let got = JsonType::of(document);
            return Err(vec![DocumentError::new("", Problem::NotAnObject { got })]);
        };
        let mut reader = Reader::new(document, client_id);
        let roles = reader.roles().unwrap_or_else(|| preset.role_paths.clone());
        let user = reader.user().unwrap_or_else(|| preset.user.clone());
        let policy = Self {
            role_paths: fill_paths(&roles, client_id),
            allow: reader.rule("ALLOW"),
            groups: reader.groups(),
            staff: reader.rule("STAFF"),
            superuser: reader.rule("SUPERUSER"),
            permissions: reader.permissions(),
            user: fill_fields(user, client_id),
            prefix: reader.prefix(),
            create: reader.create(),
            on_missing_roles: reader.on_missing_roles(),
            hook: reader.hook(),
        };
        let policy = reader.finish(policy)?;
        policy.check_role_paths(preset)?;
        Ok(policy)
    }

    /// The claim paths at which roles are looked for, dotted, in their order.
    pub fn role_paths(&self) -> impl Iterator<Item = &str> {
        self.role_paths.iter().map(|(_, shown)| shown.as_str())
    }

    /// The names of the claims that decide here, roles and user fields, in alphabetical order and each once.
    ///
    /// What a policy doesn't look at needn't be fetched for it.
    pub fn claim_names(&self) -> Vec<&str> {
        let roles = self.role_paths.iter().map(|(path, _)| &path.path);
        let names: BTreeSet<&str> = roles
            .chain(self.claim_conditions().map(|claim| &claim.path))
            .chain(self.user.values())
            .map(ClaimPath::claim)
            .collect();
        names.into_iter().collect()
    }

    /// The user fields that claims fill, each with its claim path, dotted, in alphabetical order.
    pub fn user_paths(&self) -> impl Iterator<Item = (&str, String)> {
        let fields = self.user.iter();
        fields.map(|(field, path)| (field.as_str(), path.to_string()))
    }

    /// The Python callable that decides on top of the rules, by its dotted path.
    pub fn hook(&self) -> Option<&str> {
        self.hook.as_deref()
    }

    /// The groups that the policy names, in alphabetical order; none under `same-name`.
    pub fn group_names(&self) -> Vec<&str> {
        match &self.groups {
            Some(GroupRules::Named(rules)) => rules.keys().map(String::as_str).collect(),
            Some(GroupRules::SameName) | None => Vec::new(),
        }
    }

    /// The permissions that the policy names, in alphabetical order.
    pub fn permission_names(&self) -> Vec<&str> {
        self.permissions.keys().map(String::as_str).collect()
    }

    /// Each rule, in the order of the reasons that it gives, in words.
    pub fn rules(&self) -> Vec<RuleView<'_>> {
        let rules = self.named_rules();
        rules
            .map(|(key, target, rule)| RuleView {
                key,
                target,
                words: rule.words(),
            })
            .collect()
    }

    /// Each rule with its key and what it is for, if the key has several.
    pub(crate) fn named_rules(&self) -> impl Iterator<Item = (&'static str, Option<&str>, &Rule)> {
        let allow = self.allow.as_ref().map(|rule| ("ALLOW", None, rule));
        let groups = match &self.groups {
            Some(GroupRules::Named(rules)) => Some(rules),
            Some(GroupRules::SameName) | None => None,
        };
        let groups = groups.into_iter().flatten();
        let groups = groups.map(|(name, rule)| ("GROUPS", Some(name.as_str()), rule));
        let staff = self.staff.as_ref().map(|rule| ("STAFF", None, rule));
        let superuser = self
            .superuser
            .as_ref()
            .map(|rule| ("SUPERUSER", None, rule));
        let permissions = self.permissions.iter();
        let permissions =
            permissions.map(|(name, rule)| ("PERMISSIONS", Some(name.as_str()), rule));
        allow
            .into_iter()
            .chain(groups)
            .chain(staff)
            .chain(superuser)
            .chain(permissions)
    }

    /// What the rules say of claims, in their order.
    pub(crate) fn claim_conditions(&self) -> impl Iterator<Item = &ClaimCondition> {
        self.named_rules()
            .flat_map(|(_, _, rule)| rule.condition.claims())
    }

    /// A rule that needs a role could never grant without a claim path to find it at.
    fn check_role_paths(&self, preset: &Preset) -> Result<(), Vec<DocumentError>> {
        if !self.role_paths.is_empty() || !self.needs_roles() {
            return Ok(());
        }
        let preset = preset.name;
        Err(vec![DocumentError::new(
            "ROLES",
            Problem::NoRolePaths { preset },
        )])
    }

    fn needs_roles(&self) -> bool {
        self.on_missing_roles == MissingRoles::Refuse
            || self.groups == Some(GroupRules::SameName)
            || self.named_rules().any(|(_, _, rule)| rule.needs_roles())
    }
}

fn fill_paths(paths: &[RolePath], client_id: &str) -> Vec<(RolePath, String)> {
    let filled = paths.iter().map(|path| path.for_client(client_id));
    filled
        .map(|path| {
            let shown = path.path.to_string();
            (path, shown)
        })
        .collect()
}

fn fill_fields(
    fields: BTreeMap<String, ClaimPath>,
    client_id: &str,
) -> BTreeMap<String, ClaimPath> {
    let fill = |(field, path): (String, ClaimPath)| (field, path.for_client(client_id));
    fields.into_iter().map(fill).collect()
}
