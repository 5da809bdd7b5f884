//! JSON, strict: UTF-8 without a byte order mark, no member twice anywhere, bounded depth and size, nothing after the value.
//!
//! Parsers disagree on which of two equal members counts, so a document with one would be read one way here and another way
//! by the provider or by the next program (RFC 7515 §4, RFC 7519 §4, RFC 8259 §4).

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

pub use serde_json::Value;

use crate::limits::{MAX_JSON_BYTES, MAX_JSON_DEPTH};

/// A JSON object; the order of its members carries no meaning.
pub type Object = serde_json::Map<String, Value>;

/// The one JSON value that `bytes` hold.
pub fn parse(bytes: &[u8]) -> Result<Value, JsonError> {
    if bytes.len() > MAX_JSON_BYTES {
        return Err(JsonError::TooLong);
    }
    // RFC 8259 §8.1: a byte order mark must not be sent.
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err(JsonError::ByteOrderMark);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| JsonError::NotUtf8)?;
    let fault = RefCell::new(None);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    Strict {
        depth: 0,
        fault: &fault,
    }
    .deserialize(&mut deserializer)
    .and_then(|value| deserializer.end().map(|()| value))
    .map_err(|error| {
        fault.take().unwrap_or(JsonError::Syntax {
            line: error.line(),
            column: error.column(),
        })
    })
}

/// The one JSON object that `bytes` hold.
pub fn parse_object(bytes: &[u8]) -> Result<Object, JsonError> {
    match parse(bytes)? {
        Value::Object(object) => Ok(object),
        _ => Err(JsonError::NotAnObject),
    }
}

/// Why a text is not JSON as this crate takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonError {
    /// Longer than [`MAX_JSON_BYTES`].
    TooLong,
    /// Starts with a byte order mark.
    ByteOrderMark,
    /// Not UTF-8.
    NotUtf8,
    /// Arrays and objects nest deeper than [`MAX_JSON_DEPTH`].
    TooDeep,
    /// One object has a member twice.
    DuplicateMember {
        /// The member's name.
        name: String,
    },
    /// Not the grammar of RFC 8259, or something follows the value.
    Syntax {
        /// The line, from 1.
        line: usize,
        /// The column, from 0.
        column: usize,
    },
    /// A JSON value other than an object.
    NotAnObject,
}

impl fmt::Display for JsonError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(formatter, "JSON longer than {MAX_JSON_BYTES} bytes"),
            Self::ByteOrderMark => write!(formatter, "JSON with a byte order mark"),
            Self::NotUtf8 => write!(formatter, "JSON that is not UTF-8"),
            Self::TooDeep => write!(formatter, "JSON nested deeper than {MAX_JSON_DEPTH}"),
            Self::DuplicateMember { name } => write!(
                formatter,
                "JSON member `{}` twice in one object",
                name.escape_debug()
            ),
            Self::Syntax { line, column } => {
                write!(formatter, "not JSON at line {line}, column {column}")
            }
            Self::NotAnObject => write!(formatter, "JSON value that is not an object"),
        }
    }
}

impl std::error::Error for JsonError {}

/// Builds a value and refuses what serde_json alone would let pass.
///
/// serde's errors are texts, so the exact reason travels beside them in `fault`.
#[derive(Clone, Copy)]
struct Strict<'f> {
    depth: usize,
    fault: &'f RefCell<Option<JsonError>>,
}

impl Strict<'_> {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == MAX_JSON_DEPTH {
            return Err(self.refuse(JsonError::TooDeep));
        }
        Ok(Self {
            depth: self.depth + 1,
            ..self
        })
    }

    fn refuse<E: serde::de::Error>(self, reason: JsonError) -> E {
        let error = E::custom(&reason);
        self.fault.replace(Some(reason));
        error
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut array = Vec::new();
        while let Some(element) = elements.next_element_seed(inner)? {
            array.push(element);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut object = Object::new();
        while let Some(name) = members.next_key::<String>()? {
            // RFC 7515 §4, RFC 7517 §4, RFC 7519 §4: names are unique. Compared after escapes are resolved.
            if object.contains_key(&name) {
                return Err(self.refuse(JsonError::DuplicateMember { name }));
            }
            let value = members.next_value_seed(inner)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn duplicate(name: &str) -> JsonError {
        JsonError::DuplicateMember {
            name: name.to_owned(),
        }
    }

    #[test]
    fn a_plain_document_is_read_as_serde_json_reads_it() {
        let text = r#" {"a": [1, -2, 3.5, true, null, "\u00e9\ud83c\udf7a"], "b": {"c": {}}, "d": 18446744073709551615} "#;
        assert_eq!(
            parse(text.as_bytes()),
            Ok(serde_json::from_str(text).unwrap())
        );
    }

    // RFC 8259 §4, RFC 7519 §4
    #[test]
    fn refuses_a_member_twice_anywhere() {
        for (text, name) in [
            (r#"{"a":1,"a":1}"#, "a"),
            (r#"{"a":1,"b":2,"\u0061":3}"#, "a"),
            (r#"{"x":[{"y":{"b":1,"c":2,"b":null}}]}"#, "b"),
            (r#"[{"":0,"":0}]"#, ""),
        ] {
            assert_eq!(parse(text.as_bytes()), Err(duplicate(name)), "{text}");
        }
    }

    #[test]
    fn equal_names_in_different_objects_are_fine() {
        assert!(parse(br#"{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}"#).is_ok());
    }

    // JO-21
    #[test]
    fn bounds_depth_and_size() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(parse(nested(MAX_JSON_DEPTH).as_bytes()).is_ok());
        assert_eq!(
            parse(nested(MAX_JSON_DEPTH + 1).as_bytes()),
            Err(JsonError::TooDeep)
        );
        assert_eq!(parse(nested(100_000).as_bytes()), Err(JsonError::TooDeep));
        assert_eq!(parse(&b"{\"a\":".repeat(20)), Err(JsonError::TooDeep));
        let text = |length: usize| format!("\"{}\"", "x".repeat(length - 2));
        assert!(parse(text(MAX_JSON_BYTES).as_bytes()).is_ok());
        assert_eq!(
            parse(text(MAX_JSON_BYTES + 1).as_bytes()),
            Err(JsonError::TooLong)
        );
    }

    // RFC 8259 §8.1
    #[test]
    fn refuses_what_is_not_one_utf8_json_text() {
        assert_eq!(parse(b"\xef\xbb\xbf{}"), Err(JsonError::ByteOrderMark));
        assert_eq!(parse(b"\"\xff\""), Err(JsonError::NotUtf8));
        assert_eq!(parse(b"\"\xed\xa0\x80\""), Err(JsonError::NotUtf8));
        for text in [
            "",
            "{} x",
            "{}{}",
            "{\"a\":1,}",
            "[1,]",
            "{'a':1}",
            "NaN",
            "Infinity",
            "01",
            "1e999",
            "nul",
            "\"\\ud800\"",
            "\"\t\"",
            "// c\n1",
            "{a:1}",
        ] {
            assert!(
                matches!(parse(text.as_bytes()), Err(JsonError::Syntax { .. })),
                "{text}"
            );
        }
    }

    // RFC 8259 §6
    #[test]
    fn a_fraction_is_the_nearest_double() {
        let text = "9999999999919000000000000000000";
        let nearest: f64 = text.parse().unwrap();
        assert_eq!(parse(text.as_bytes()), Ok(Value::from(nearest)));
    }

    #[test]
    fn an_object_is_asked_for_by_name() {
        assert!(parse_object(b"{}").is_ok());
        for text in ["[]", "null", "1", "\"{}\"", "true"] {
            assert_eq!(parse_object(text.as_bytes()), Err(JsonError::NotAnObject));
        }
    }

    #[test]
    fn a_refused_name_is_shown_without_control_characters() {
        let shown = duplicate("a\nb").to_string();
        assert_eq!(shown, "JSON member `a\\nb` twice in one object");
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 32, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map(any::<String>(), inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn parsing_undoes_writing(value in value()) {
            prop_assert_eq!(parse(value.to_string().as_bytes()), Ok(value));
        }

        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn what_is_taken_is_what_serde_json_takes(text in r#"[\[\]{}":,a0-9eE.+\\ -]{0,24}"#) {
            if let Ok(value) = parse(text.as_bytes()) {
                prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
            }
        }
    }
}
