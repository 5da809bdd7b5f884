//! A parsed policy.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::claim_path::ClaimPath;
use crate::document::Reader;
use crate::error::{DocumentError, Problem};
use crate::json_type::JsonType;
use crate::preset::Preset;
use crate::rule::Rule;

/// Rules that decide about identities; what is `None` was left out and is never touched.
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
    /// A rule for each group that is named.
    Named(BTreeMap<String, Rule>),
    /// Each role is the name of its group.
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
            let got = JsonType::of(document);
            return Err(vec![DocumentError::new("", Problem::NotAnObject { got })]);
        };
        let mut reader = Reader::new(document);
        let roles = reader.roles().unwrap_or_else(|| preset.role_paths.clone());
        let user = reader.user().unwrap_or_else(|| preset.user.clone());
        let policy = Self {
            role_paths: fill_paths(&roles, client_id),
            allow: reader.rule("ALLOW"),
            groups: reader.groups(),
            staff: reader.rule("STAFF"),
            superuser: reader.rule("SUPERUSER"),
            user: fill_fields(user, client_id),
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
        let roles = self.role_paths.iter().map(|(path, _)| path);
        let names: BTreeSet<&str> = roles
            .chain(self.user.values())
            .map(ClaimPath::claim)
            .collect();
        names.into_iter().collect()
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
        let groups = match &self.groups {
            None => false,
            Some(GroupRules::Named(rules)) => rules.values().any(Rule::needs_roles),
            Some(GroupRules::SameName) => true,
        };
        let mut rules = [&self.allow, &self.staff, &self.superuser]
            .into_iter()
            .flatten();
        groups || rules.any(Rule::needs_roles)
    }
}

fn fill_paths(paths: &[ClaimPath], client_id: &str) -> Vec<(ClaimPath, String)> {
    let filled = paths.iter().map(|path| path.for_client(client_id));
    filled
        .map(|path| (path.clone(), path.to_string()))
        .collect()
}

fn fill_fields(
    fields: BTreeMap<String, ClaimPath>,
    client_id: &str,
) -> BTreeMap<String, ClaimPath> {
    let fill = |(field, path): (String, ClaimPath)| (field, path.for_client(client_id));
    fields.into_iter().map(fill).collect()
}
