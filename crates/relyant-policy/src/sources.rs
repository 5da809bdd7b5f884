//! The sources of one identity's claims, and which of them has a claim.

use serde_json::Value;

use crate::Object;
use crate::claim_path::{ClaimPath, Lookup};

/// A member of this name lists the claims that the provider keeps elsewhere, each with the name of a source. Core §5.6.2.
const CLAIM_NAMES: &str = "_claim_names";

/// The claim that groups are listed in, and the one that stands there where they are too many for the token: Entra ID says by it
/// that there are groups, and not where.
const GROUPS: &str = "groups";
const HAS_GROUPS: &str = "hasgroups";

/// A source as people read it: `ID token` for `id_token`, and `ID token (src1)` for one that it names.
pub(crate) fn in_words(source: &str) -> String {
    let (carrier, named) = source
        .split_once('/')
        .map_or((source, None), |(carrier, named)| (carrier, Some(named)));
    let words = match carrier {
        "id_token" => "ID token",
        "access_token" => "access token",
        other => other,
    };
    named.map_or_else(|| words.to_owned(), |named| format!("{words} ({named})"))
}

/// Named sources, the first of which has precedence; never merged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sources<'c>(pub(crate) &'c [(&'c str, &'c Object)]);

/// A source says that a claim is kept elsewhere, and it could not be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeptElsewhere<'c> {
    /// The source that says so.
    pub(crate) source: &'c str,
}

impl<'c> Sources<'c> {
    /// The first source that has `path`, or that says it keeps the claim elsewhere: then only the source that it names stands in.
    pub(crate) fn first(
        self,
        path: &ClaimPath,
    ) -> Result<Option<(&'c str, Lookup<'c>)>, KeptElsewhere<'c>> {
        for &(source, claims) in self.0 {
            let (source, claims) = match Keeper::of(claims, path.claim()) {
                Keeper::Itself => (source, claims),
                Keeper::Another(name) => self
                    .named(path.claim(), source, name)
                    .ok_or(KeptElsewhere { source })?,
                Keeper::Unknown => return Err(KeptElsewhere { source }),
            };
            match path.find(claims) {
                Lookup::Absent => {}
                lookup => return Ok(Some((source, lookup))),
            }
        }
        Ok(None)
    }

    /// The source that `carrier` calls `name`, if the identity has it with the claim: `id_token/src1`.
    fn named(self, claim: &str, carrier: &str, name: &str) -> Option<(&'c str, &'c Object)> {
        let is_named = |source: &str| {
            source
                .strip_prefix(carrier)
                .and_then(|rest| rest.strip_prefix('/'))
                == Some(name)
        };
        let mut named = self.0.iter().copied();
        named.find(|(source, claims)| is_named(source) && claims.contains_key(claim))
    }
}

/// Who has a claim, by what the claims say.
enum Keeper<'c> {
    /// They themselves, or nobody.
    Itself,
    /// The source of this name.
    Another(&'c str),
    /// Somebody whom they don't name so that it can be read.
    Unknown,
}

impl<'c> Keeper<'c> {
    fn of(claims: &'c Object, claim: &str) -> Self {
        match claims.get(CLAIM_NAMES) {
            Some(Value::Object(names)) => match names.get(claim) {
                // Two values for one claim: which is meant, nobody can tell.
                Some(_) if claims.contains_key(claim) => return Self::Unknown,
                Some(Value::String(name)) => return Self::Another(name),
                Some(_) => return Self::Unknown,
                None => {}
            },
            // What can't be read may name any claim.
            Some(_) => return Self::Unknown,
            None => {}
        }
        let hidden = claim == GROUPS && !claims.contains_key(GROUPS);
        match claims.get(HAS_GROUPS) {
            Some(said) if hidden && *said != Value::Bool(false) => Self::Unknown,
            _ => Self::Itself,
        }
    }
}
