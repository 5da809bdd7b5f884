//! The roles of one identity, read from its sources in their order.

use serde_json::Value;

use crate::claim_path::{ClaimPath, Lookup};
use crate::decision::{FoundRole, Refusal, Warning};
use crate::json_type::JsonType;
use crate::limits::MAX_ROLES;
use crate::name::{check_group, check_role, clipped};
use crate::role_path::{RolePath, Roles, Shape};
use crate::sources::Sources;

/// The roles that an identity holds, in alphabetical order and each once.
#[derive(Debug)]
pub(crate) struct HeldRoles<'c> {
    roles: Vec<HeldRole<'c>>,
    /// Whether a source has one of the claim paths, whatever stands there.
    any_place: bool,
}

/// A role at the claim path number `order` of the policy; the order of the fields is the order of the roles.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct HeldRole<'c> {
    name: &'c str,
    order: usize,
    path: &'c str,
    source: &'c str,
}

/// What one source has at the claim path of roles.
struct Place<'c> {
    order: usize,
    path: &'c str,
    shape: Shape,
    source: &'c str,
}

impl<'c> HeldRoles<'c> {
    /// The roles at `paths`, given with their shown form: for each path the first source that has it, all paths united.
    pub(crate) fn read(
        paths: &'c [(RolePath, String)],
        sources: Sources<'c>,
        warnings: &mut Vec<Warning>,
    ) -> Result<Self, Refusal> {
        let mut roles = Vec::new();
        let mut any_place = false;
        for (order, (path, shown)) in paths.iter().enumerate() {
            let found = sources
                .first(&path.path)
                .map_err(|kept| overage(&path.path, kept.source))?;
            let Some((source, lookup)) = found else {
                continue;
            };
            any_place = true;
            let place = Place {
                order,
                path: shown,
                shape: path.shape,
                source,
            };
            match lookup {
                Lookup::Found(value) => match place.shape.read(value) {
                    Roles::Members(members) => place.take_roles(members, &mut roles, warnings)?,
                    Roles::Names(names) => place.take_names(names, &mut roles, warnings)?,
                    Roles::WrongShape { got } => warnings.push(place.wrong_type(got)),
                },
                Lookup::Blocked { got } => warnings.push(place.wrong_type(got)),
                Lookup::Absent => {}
            }
        }
        roles.sort_unstable();
        roles.dedup_by(|later, kept| later.name == kept.name);
        Ok(Self { roles, any_place })
    }

    /// Whether no source has any of the claim paths.
    pub(crate) fn are_missing(&self) -> bool {
        !self.any_place
    }

    /// Whether the role of exactly this name came.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.place(name).is_some()
    }

    /// The role of exactly this name.
    pub(crate) fn get(&self, name: &str) -> Option<FoundRole> {
        self.place(name).map(HeldRole::found)
    }

    fn place(&self, name: &str) -> Option<&HeldRole<'c>> {
        let place = self.roles.binary_search_by(|role| role.name.cmp(name));
        self.roles.get(place.ok()?)
    }

    /// All roles.
    pub(crate) fn found(&self) -> Vec<FoundRole> {
        self.roles.iter().map(HeldRole::found).collect()
    }

    /// What follows `prefix` in the names of roles, where it can be the name of a Django group.
    pub(crate) fn group_names(&self, prefix: &str) -> Vec<String> {
        let names = self.roles.iter();
        names
            .filter_map(|role| role.name.strip_prefix(prefix))
            .filter(|name| check_group(name).is_ok())
            .map(str::to_owned)
            .collect()
    }
}

impl HeldRole<'_> {
    fn found(&self) -> FoundRole {
        FoundRole {
            role: self.name.to_owned(),
            path: self.path.to_owned(),
            source: self.source.to_owned(),
        }
    }
}

pub(crate) fn overage(path: &ClaimPath, source: &str) -> Refusal {
    Refusal::Overage {
        path: path.to_string(),
        source: source.to_owned(),
    }
}

impl<'c> Place<'c> {
    fn take_roles(
        &self,
        members: &'c [Value],
        roles: &mut Vec<HeldRole<'c>>,
        warnings: &mut Vec<Warning>,
    ) -> Result<(), Refusal> {
        if let Some((index, member)) = members
            .iter()
            .enumerate()
            .find(|(_, member)| !member.is_string())
        {
            warnings.push(self.wrong_member(index, JsonType::of(member)));
            return Ok(());
        }
        let names = members.iter().filter_map(Value::as_str);
        self.take_names(names.collect(), roles, warnings)
    }

    fn take_names(
        &self,
        names: Vec<&'c str>,
        roles: &mut Vec<HeldRole<'c>>,
        warnings: &mut Vec<Warning>,
    ) -> Result<(), Refusal> {
        if roles.len() + names.len() > MAX_ROLES {
            return Err(Refusal::TooManyRoles { limit: MAX_ROLES });
        }
        let (usable, unusable): (Vec<&str>, Vec<&str>) =
            names.into_iter().partition(|name| check_role(name).is_ok());
        roles.extend(usable.into_iter().map(|name| self.hold(name)));
        warnings.extend(self.unusable(&unusable));
        Ok(())
    }

    fn hold(&self, name: &'c str) -> HeldRole<'c> {
        HeldRole {
            name,
            order: self.order,
            path: self.path,
            source: self.source,
        }
    }

    /// One warning for all the names of a place that can't be roles, however many they are.
    fn unusable(&self, names: &[&str]) -> Option<Warning> {
        let first = names.first()?;
        Some(Warning::UnusableRoles {
            path: self.path.to_owned(),
            source: self.source.to_owned(),
            count: names.len(),
            first: clipped(first),
            problem: check_role(first).err()?,
        })
    }

    fn wrong_type(&self, got: JsonType) -> Warning {
        Warning::RolesOfWrongType {
            path: self.path.to_owned(),
            source: self.source.to_owned(),
            expected: self.shape,
            got,
        }
    }

    fn wrong_member(&self, index: usize, got: JsonType) -> Warning {
        Warning::MemberOfWrongType {
            path: self.path.to_owned(),
            source: self.source.to_owned(),
            index,
            got,
        }
    }
}
