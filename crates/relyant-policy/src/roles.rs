//! The roles of one identity, read from its sources in their order.

use std::sync::Arc;

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
    /// The claim paths that a source has, whatever stands there, with that source: shared by all roles of the place.
    places: Vec<(Arc<str>, Arc<str>)>,
    /// Whether something stands where roles should, and can't be read: it may hold any role.
    are_incomplete: bool,
}

/// A role at one of the places; the order of the fields is the order of the roles.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct HeldRole<'c> {
    name: &'c str,
    place: usize,
}

/// What one source has at the claim path of roles.
struct Place<'c> {
    number: usize,
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
        let mut places = Vec::new();
        for (path, shown) in paths {
            let found = sources
                .first(&path.path)
                .map_err(|kept| overage(&path.path, kept.source))?;
            let Some((source, lookup)) = found else {
                continue;
            };
            let place = Place {
                number: places.len(),
                path: shown,
                shape: path.shape,
                source,
            };
            places.push((Arc::from(shown.as_str()), Arc::from(source)));
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
        Ok(Self {
            roles,
            places,
            are_incomplete: warnings.iter().any(Warning::is_of_unread_roles),
        })
    }

    /// Whether no source has any of the claim paths.
    pub(crate) fn are_missing(&self) -> bool {
        self.places.is_empty()
    }

    /// Whether the role of exactly this name came; `None` where that can't be told.
    pub(crate) fn has(&self, name: &str) -> Option<bool> {
        match self.held(name) {
            None if self.are_incomplete => None,
            held => Some(held.is_some()),
        }
    }

    /// The role of exactly this name.
    pub(crate) fn get(&self, name: &str) -> Option<FoundRole> {
        self.held(name).and_then(|role| self.found_as(role))
    }

    fn held(&self, name: &str) -> Option<&HeldRole<'c>> {
        let index = self.roles.binary_search_by(|role| role.name.cmp(name));
        self.roles.get(index.ok()?)
    }

    /// All roles.
    pub(crate) fn found(&self) -> Vec<FoundRole> {
        let mut found = Vec::with_capacity(self.roles.len());
        found.extend(self.roles.iter().filter_map(|role| self.found_as(role)));
        found
    }

    fn found_as(&self, role: &HeldRole<'_>) -> Option<FoundRole> {
        let (path, source) = self.places.get(role.place)?;
        Some(FoundRole {
            role: role.name.to_owned(),
            path: Arc::clone(path),
            source: Arc::clone(source),
        })
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
            place: self.number,
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
