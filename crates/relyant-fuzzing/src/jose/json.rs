//! Strict JSON: each text that means one value is taken for it, and no other text is.

use relyant_jose::json::{parse, parse_object};
use relyant_jose::limits::MAX_JSON_DEPTH;
use serde_json::{Value, json};

use crate::choices::Choices;
use crate::spell::spell;
use crate::{mutate, shown};

/// Spellings of a mutated document, or the bytes as they are.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    if choices.once_in(3) {
        return raw(choices.rest());
    }
    let document = json!({"iss": "https://op.example", "aud": ["beer"], "realm_access": {"roles": ["a", "b"]}, "exp": 1});
    let value = mutate::value(&document, &mut choices);
    let spelling = spell(&value, &mut choices);
    match parse(spelling.text.as_bytes()) {
        Ok(parsed) => assert!(spelling.sound && parsed == value, "{}", spelling.text),
        Err(error) => {
            assert!(!spelling.sound, "{error}: {}", spelling.text);
            shown::check(&error, &[]);
        }
    }
}

fn raw(bytes: &[u8]) {
    let Ok(value) = parse(bytes) else { return };
    let again: Value = serde_json::from_slice(bytes).unwrap();
    assert_eq!(again, value);
    assert_eq!(parse(value.to_string().as_bytes()).unwrap(), value);
    assert!(
        bytes
            .iter()
            .filter(|byte| matches!(byte, b'[' | b'{'))
            .count()
            <= MAX_JSON_DEPTH
            || value != json!(null)
    );
    assert_eq!(parse_object(bytes).is_ok(), value.is_object());
}
