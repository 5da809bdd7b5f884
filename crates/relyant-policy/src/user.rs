//! The user fields of one identity, read from its sources in their order.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::Object;
use crate::claim_path::{ClaimPath, Lookup};
use crate::decision::Warning;
use crate::json_type::JsonType;

/// The fields that the claims have, each from the first source that has its path.
///
/// A field whose claim is absent or of no use is not among them, and so is never touched.
pub(crate) fn read(
    fields: &BTreeMap<String, ClaimPath>,
    sources: &[(&str, &Object)],
    warnings: &mut Vec<Warning>,
) -> BTreeMap<String, Value> {
    let mut user = BTreeMap::new();
    for (field, path) in fields {
        let mut lookups = sources
            .iter()
            .map(|(source, claims)| (source, path.find(claims)));
        let Some((source, lookup)) = lookups.find(|(_, lookup)| *lookup != Lookup::Absent) else {
            continue;
        };
        match usable(lookup) {
            Ok(value) => {
                user.insert(field.clone(), value.clone());
            }
            Err(unusable) => warnings.push(unusable.warning(field, path, source)),
        }
    }
    user
}

/// Why a value can't fill a field.
enum Unusable {
    Type(JsonType),
    Nul,
}

fn usable(lookup: Lookup<'_>) -> Result<&Value, Unusable> {
    match lookup {
        Lookup::Found(Value::String(text)) if text.contains('\0') => Err(Unusable::Nul),
        Lookup::Found(value @ (Value::String(_) | Value::Number(_) | Value::Bool(_))) => Ok(value),
        Lookup::Found(value) => Err(Unusable::Type(JsonType::of(value))),
        Lookup::Blocked { got } => Err(Unusable::Type(got)),
        Lookup::Absent => Err(Unusable::Type(JsonType::Null)),
    }
}

impl Unusable {
    fn warning(&self, field: &str, path: &ClaimPath, source: &str) -> Warning {
        let (field, path, source) = (field.to_owned(), path.to_string(), source.to_owned());
        match *self {
            Self::Nul => Warning::FieldWithNul {
                field,
                path,
                source,
            },
            Self::Type(got) => Warning::FieldOfWrongType {
                field,
                path,
                source,
                got,
            },
        }
    }
}
