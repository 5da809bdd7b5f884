//! Untrusted text, made fit for a message.

use std::fmt;

use relyant_jose::json::Value;

use crate::limits::MAX_CLIPPED_CHARS;

/// Text from outside, cut to 200 printable characters.
///
/// Control characters, line separators and characters that hide or turn text become
/// U+FFFD, a backtick becomes an apostrophe: neither a log line nor the backticks around the text
/// can be broken out of. It is not HTML-escaped; templates do that. RFC 6749 §4.1.2.1.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Clipped(String);

impl Clipped {
    /// Cuts and cleans `text`.
    pub fn new(text: &str) -> Self {
        let mut clipped: String = text
            .chars()
            .take(MAX_CLIPPED_CHARS)
            .map(printable)
            .collect();
        if text.chars().nth(MAX_CLIPPED_CHARS).is_some() {
            clipped.pop();
            clipped.push('…');
        }
        Self(clipped)
    }

    /// A claim as a message shows it: its text, other JSON as it is, nothing where it is absent.
    pub(crate) fn claim(value: Option<&Value>) -> Self {
        match value {
            None => Self::default(),
            Some(Value::String(text)) => Self::new(text),
            Some(other) => Self::new(&other.to_string()),
        }
    }

    /// Cuts and cleans the text of a setting that should be a URL, without what may be a user name
    /// and a password.
    ///
    /// A mistyped URL isn't parsed as its author meant it, so everything up to the last `@` is left out.
    pub fn without_credentials(text: &str) -> Self {
        let Some((before, after)) = text.rsplit_once('@') else {
            return Self::new(text);
        };
        let scheme = ["https://", "http://"]
            .into_iter()
            .find(|scheme| before.starts_with(scheme))
            .unwrap_or_default();
        Self::new(&format!("{scheme}***@{after}"))
    }

    /// The clean text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Clipped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn printable(character: char) -> char {
    match character {
        '`' => '\'',
        '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{e0000}'..='\u{e007f}' => '\u{fffd}',
        other if other.is_control() => '\u{fffd}',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use relyant_jose::json;

    use super::*;

    // AR-24
    #[test]
    fn at_most_200_printable_characters_remain() {
        let clipped = Clipped::new(&"é".repeat(201));
        assert_eq!(clipped.as_str().chars().count(), 200);
        assert!(clipped.as_str().ends_with('…'));
        assert_eq!(Clipped::new(&"é".repeat(200)).as_str(), "é".repeat(200));
    }

    #[test]
    fn a_claim_is_shown_as_it_is_and_one_that_is_absent_as_nothing() {
        for (claims, expected) in [
            (r#"{"iss": "https://op.example"}"#, "https://op.example"),
            (r#"{"iss": ["a", 1]}"#, r#"["a",1]"#),
            (r#"{"iss": null}"#, "null"),
            ("{}", ""),
        ] {
            let claims = json::parse_object(claims.as_bytes()).unwrap();
            assert_eq!(Clipped::claim(claims.get("iss")).as_str(), expected);
        }
    }

    // OP-01
    #[test]
    fn credentials_are_not_repeated_however_the_url_is_mistyped() {
        for (text, expected) in [
            ("https://op.example/a", "https://op.example/a"),
            (
                "https://carol:beer@op.example/a",
                "https://***@op.example/a",
            ),
            ("http://beer@op.example", "http://***@op.example"),
            ("https://carol:be/er@op.example", "https://***@op.example"),
            ("https://carol:#beer@op.example", "https://***@op.example"),
            ("https://carol:be@er@op.example", "https://***@op.example"),
            ("https://carol:be://er@op.example", "https://***@op.example"),
            (" https://carol:beer@op.example", "***@op.example"),
            ("carol:beer@op.example", "***@op.example"),
        ] {
            assert_eq!(Clipped::without_credentials(text).as_str(), expected);
        }
        let long = format!("https://carol:{}@op.example", "beer".repeat(60));
        assert_eq!(
            Clipped::without_credentials(&long).as_str(),
            "https://***@op.example"
        );
    }

    // AR-24
    #[test]
    fn a_log_line_can_not_be_broken() {
        let clipped = Clipped::new("a\r\nb\0c\u{1b}[31m`d`\u{202e}e\u{2028}f\u{85}g");
        assert_eq!(
            clipped.as_str(),
            "a\u{fffd}\u{fffd}b\u{fffd}c\u{fffd}[31m'd'\u{fffd}e\u{fffd}f\u{fffd}g"
        );
    }

    // AR-24
    #[test]
    fn characters_that_hide_or_turn_text_are_shown_and_their_neighbours_kept() {
        let ranges = [
            ('\u{0}', '\u{1f}'),
            ('\u{7f}', '\u{9f}'),
            ('\u{61c}', '\u{61c}'),
            ('\u{200b}', '\u{200f}'),
            ('\u{2028}', '\u{202e}'),
            ('\u{2060}', '\u{206f}'),
            ('\u{feff}', '\u{feff}'),
            ('\u{e0000}', '\u{e007f}'),
        ];
        let shown = |character: char| Clipped::new(&character.to_string());
        for (first, last) in ranges {
            for character in [first, last] {
                assert_eq!(shown(character).as_str(), "\u{fffd}", "{character:?}");
            }
            let before = u32::from(first).checked_sub(1).and_then(char::from_u32);
            let after = char::from_u32(u32::from(last) + 1);
            for character in before.into_iter().chain(after) {
                assert_eq!(
                    shown(character).as_str(),
                    character.to_string(),
                    "{character:?}"
                );
            }
        }
    }
}
