//! A scalar: a text, a number or a boolean that a rule compares claims with.

use std::cmp::Ordering;
use std::fmt;

use serde_json::{Number, Value};

use crate::json_type::JsonType;
use crate::name::clipped;

/// Up to here a double has each integer, 2^53.
const EXACT_DOUBLES: f64 = 9_007_199_254_740_992.0;

/// A text, a number or a boolean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scalar {
    Text(String),
    Number(Number),
    Boolean(bool),
}

impl Scalar {
    /// The scalar that `value` is, if it is one.
    pub(crate) fn read(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self::Text(text.clone())),
            Value::Number(number) => Some(Self::Number(number.clone())),
            Value::Bool(boolean) => Some(Self::Boolean(*boolean)),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// The same as JSON.
    pub(crate) fn to_json(&self) -> Value {
        match self {
            Self::Text(text) => Value::from(text.as_str()),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Boolean(boolean) => Value::from(*boolean),
        }
    }

    /// Its type.
    pub(crate) fn json_type(&self) -> JsonType {
        match self {
            Self::Text(_) => JsonType::String,
            Self::Number(_) => JsonType::Number,
            Self::Boolean(_) => JsonType::Boolean,
        }
    }

    /// Whether `value` is the same; `None` where it is of another type, and so can't be compared.
    ///
    /// Texts are equal byte for byte, numbers by what they are worth: 1 is 1.0, and neither is `"1"`.
    pub(crate) fn equals(&self, value: &Value) -> Option<bool> {
        match (self, value) {
            (Self::Text(text), Value::String(other)) => Some(text == other),
            (Self::Number(number), Value::Number(other)) => Some(same_number(number, other)),
            (Self::Boolean(boolean), Value::Bool(other)) => Some(boolean == other),
            _ => None,
        }
    }
}

/// Whether two numbers are worth the same, where that can be told for sure.
fn same_number(one: &Number, other: &Number) -> bool {
    if one == other {
        return true;
    }
    let (Some(one), Some(other)) = (one.as_f64(), other.as_f64()) else {
        return false;
    };
    let is_exact = one.abs() < EXACT_DOUBLES && other.abs() < EXACT_DOUBLES;
    is_exact && one.partial_cmp(&other) == Some(Ordering::Equal)
}

/// As a message shows it: a text in backticks, clipped.
impl fmt::Display for Scalar {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(formatter, "`{}`", clipped(text)),
            Self::Number(number) => number.fmt(formatter),
            Self::Boolean(boolean) => boolean.fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn equals(scalar: &Value, value: &Value) -> Option<bool> {
        Scalar::read(scalar).unwrap().equals(value)
    }

    #[test]
    fn another_type_is_neither_equal_nor_unequal() {
        for (scalar, value) in [
            (json!(true), json!("true")),
            (json!(true), json!(1)),
            (json!("1"), json!(1)),
            (json!(1), json!("1")),
            (json!("a"), json!(["a"])),
            (json!("a"), json!(null)),
            (json!(false), json!(null)),
        ] {
            assert_eq!(equals(&scalar, &value), None, "{scalar} {value}");
        }
        for value in [json!(null), json!([]), json!({})] {
            assert_eq!(Scalar::read(&value), None);
        }
    }

    #[test]
    fn numbers_are_equal_by_their_worth() {
        for (scalar, value, same) in [
            (json!(1), json!(1.0), true),
            (json!(0), json!(-0.0), true),
            (json!(1), json!(1.000_000_1), false),
            (json!(u64::MAX), json!(u64::MAX), true),
            (json!(i64::MIN), json!(i64::MIN), true),
            (json!(u64::MAX), json!(u64::MAX - 1), false),
            // A double has neither of these two apart.
            (
                json!(9_007_199_254_740_993_u64),
                json!(9_007_199_254_740_992.0),
                false,
            ),
        ] {
            assert_eq!(equals(&scalar, &value), Some(same), "{scalar} {value}");
        }
    }
}
