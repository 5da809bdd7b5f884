//! The roles of one identity, read from its sources in their order.

use serde_json::Value;

use crate::Object;
use crate::claim_path::{ClaimPath, Lookup};
use crate::decision::{FoundRole, Refusal, Warning};
use crate::json_type::JsonType;
use crate::limits::MAX_ROLES;
use crate::name::{check_group, check_role, clipped};

/// A member of this name lists the claims that the provider keeps elsewhere. Core §5.6.2.
const CLAIM_NAMES: &str = "_claim_names";

/// The roles that an identity holds, in alphabetical order and each once.
#[derive(Debug)]
pub(crate) struct HeldRoles<'c> {
    roles: Vec<HeldRole<'c>>,
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
    source: &'c str,
}

impl<'c> HeldRoles<'c> {
    /// The roles at `paths`, given with their shown form: for each path the first source that has it, all paths united.
    pub(crate) fn read(
        paths: &'c [(ClaimPath, String)],
        sources: &[(&'c str, &'c Object)],
        warnings: &mut Vec<Warning>,
    ) -> Result<Self, Refusal> {
        let mut roles = Vec::new();
        for (order, (path, shown)) in paths.iter().enumerate() {
            let Some((source, lookup)) = first_source(path, sources)? else {
                continue;
            };
            let place = Place {
                order,
                path: shown,
                source,
            };
            match lookup {
                Lookup::Found(Value::Array(members)) => {
                    place.take_roles(members, &mut roles, warnings)?;
                }
                Lookup::Found(value) => warnings.push(place.wrong_type(JsonType::of(value))),
                Lookup::Blocked { got } => warnings.push(place.wrong_type(got)),
                Lookup::Absent => {}
            }
        }
        roles.sort_unstable();
        roles.dedup_by(|later, kept| later.name == kept.name);
        Ok(Self { roles })
    }

    /// The role of exactly this name.
    pub(crate) fn get(&self, name: &str) -> Option<FoundRole> {
        let place = self
            .roles
            .binary_search_by(|role| role.name.cmp(name))
            .ok()?;
        self.roles.get(place).map(HeldRole::found)
    }

    /// All roles.
    pub(crate) fn found(&self) -> Vec<FoundRole> {
        self.roles.iter().map(HeldRole::found).collect()
    }

    /// The roles that can be the name of a Django group.
    pub(crate) fn group_names(&self) -> Vec<String> {
        let names = self.roles.iter().map(|role| role.name);
        names
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

/// The first source that has `path`, or that says it keeps the claim elsewhere: then no source after it may stand in.
fn first_source<'c>(
    path: &ClaimPath,
    sources: &[(&'c str, &'c Object)],
) -> Result<Option<(&'c str, Lookup<'c>)>, Refusal> {
    for (source, claims) in sources {
        if keeps_elsewhere(claims, path.claim()) {
            return Err(Refusal::Overage {
                path: path.to_string(),
                source: (*source).to_owned(),
            });
        }
        match path.find(claims) {
            Lookup::Absent => {}
            lookup => return Ok(Some((source, lookup))),
        }
    }
    Ok(None)
}

/// Whether `claims` say that `claim` is kept elsewhere. A `_claim_names` that can't be read may name any claim.
fn keeps_elsewhere(claims: &Object, claim: &str) -> bool {
    match claims.get(CLAIM_NAMES) {
        None => false,
        Some(Value::Object(names)) => names.contains_key(claim),
        Some(_) => true,
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
        if roles.len() + members.len() > MAX_ROLES {
            return Err(Refusal::TooManyRoles { limit: MAX_ROLES });
        }
        let (usable, unusable): (Vec<&str>, Vec<&str>) = members
            .iter()
            .filter_map(Value::as_str)
            .partition(|name| check_role(name).is_ok());
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
