//! What a JSON value is, in the words of a message, and the values that are of one type alone.

use relyant_jose::json::Value;

use crate::characters::is_printable;

/// The type of `value`, with its article.
pub(crate) fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// A string of 1 to `max_chars` printable ASCII characters; none where `value` is anything else.
pub(crate) fn printable(value: &Value, max_chars: usize) -> Option<&str> {
    let text = value.as_str()?;
    (text.len() <= max_chars && is_printable(text)).then_some(text)
}

/// A string, or what `value` is instead.
pub(crate) fn text(value: &Value) -> Result<String, &'static str> {
    match value {
        Value::String(text) => Ok(text.clone()),
        other => Err(json_type(other)),
    }
}

/// A list of strings, or what `value` is instead.
pub(crate) fn texts(value: &Value) -> Result<Vec<String>, &'static str> {
    let Value::Array(members) = value else {
        return Err(json_type(value));
    };
    let texts: Result<_, _> = members.iter().map(text).collect();
    texts.map_err(|_| "a list with other members")
}
