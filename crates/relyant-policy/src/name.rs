//! What may be the name of a role or of a group, and how a name from outside is shown.

use std::fmt;

use crate::limits::{MAX_CLIPPED_CHARS, MAX_CODENAME_CHARS, MAX_GROUP_CHARS, MAX_ROLE_CHARS};

/// Why a text can't be the name of a role or of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameProblem {
    /// The empty text.
    Empty,
    /// More characters than `limit`.
    TooLong {
        /// How many a name of this kind may have.
        limit: usize,
    },
    /// A control character: PostgreSQL refuses NUL, and logs are read line by line.
    ControlCharacter,
}

impl fmt::Display for NameProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => formatter.write_str("is empty"),
            Self::TooLong { limit } => write!(formatter, "is longer than {limit} characters"),
            Self::ControlCharacter => formatter.write_str("has a control character"),
        }
    }
}

/// Judges `name` as the name of a role.
pub(crate) fn check_role(name: &str) -> Result<(), NameProblem> {
    check(name, MAX_ROLE_CHARS)
}

/// Judges `name` as the name of a Django group.
pub(crate) fn check_group(name: &str) -> Result<(), NameProblem> {
    check(name, MAX_GROUP_CHARS)
}

/// Judges `name` as the codename of a Django permission.
pub(crate) fn check_codename(name: &str) -> Result<(), NameProblem> {
    check(name, MAX_CODENAME_CHARS)
}

fn check(name: &str, limit: usize) -> Result<(), NameProblem> {
    if name.is_empty() {
        Err(NameProblem::Empty)
    } else if name.len() <= limit && name.bytes().all(is_plain) {
        Ok(())
    } else if name.len() > limit && name.chars().nth(limit).is_some() {
        Err(NameProblem::TooLong { limit })
    } else if name.chars().any(char::is_control) {
        Err(NameProblem::ControlCharacter)
    } else {
        Ok(())
    }
}

/// Whether the byte is a printable character of ASCII; it decides of most names, at the price of a look at each byte.
fn is_plain(byte: u8) -> bool {
    (b' '..=b'~').contains(&byte)
}

/// `text` as a message may repeat it: on one line, in backticks, of bounded length.
///
/// Control characters, line separators and characters that hide or turn text become U+FFFD, a backtick becomes an
/// apostrophe: neither a log line nor the backticks around the text can be broken out of.
pub(crate) fn clipped(text: &str) -> String {
    if text.len() <= MAX_CLIPPED_CHARS && text.bytes().all(|byte| is_plain(byte) && byte != b'`') {
        return text.to_owned();
    }
    let mut shown: String = text
        .chars()
        .take(MAX_CLIPPED_CHARS)
        .map(printable)
        .collect();
    if text.chars().nth(MAX_CLIPPED_CHARS).is_some() {
        shown.pop();
        shown.push('…');
    }
    shown
}

/// Whether a message shows the character itself.
pub(crate) fn is_printable(character: char) -> bool {
    character == '`' || printable(character) == character
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
    use super::*;

    #[test]
    fn a_name_is_measured_in_characters() {
        assert_eq!(check_group(&"é".repeat(150)), Ok(()));
        assert_eq!(
            check_group(&"é".repeat(151)),
            Err(NameProblem::TooLong { limit: 150 })
        );
        assert_eq!(check_role(&"é".repeat(256)), Ok(()));
        assert_eq!(
            check_role(&"é".repeat(257)),
            Err(NameProblem::TooLong { limit: 256 })
        );
    }

    #[test]
    fn an_empty_name_and_control_characters_are_no_names() {
        assert_eq!(check_role(""), Err(NameProblem::Empty));
        for name in ["a\0", "\n", "a\u{7f}", "\u{85}a"] {
            assert_eq!(
                check_role(name),
                Err(NameProblem::ControlCharacter),
                "{name:?}"
            );
        }
        for name in [
            " ",
            "admin ",
            "default-roles-brewery",
            "/staff",
            "a.b",
            "Größe",
        ] {
            assert_eq!(check_role(name), Ok(()), "{name:?}");
        }
    }

    #[test]
    fn at_most_200_printable_characters_remain() {
        assert_eq!(clipped(&"é".repeat(200)), "é".repeat(200));
        assert_eq!(clipped(&"é".repeat(201)), format!("{}…", "é".repeat(199)));
    }

    #[test]
    fn a_log_line_can_not_be_broken() {
        assert_eq!(
            clipped("a\r\nb\0c\u{1b}[31m`d`\u{202e}e\u{2028}f\u{85}g"),
            "a\u{fffd}\u{fffd}b\u{fffd}c\u{fffd}[31m'd'\u{fffd}e\u{fffd}f\u{fffd}g"
        );
    }

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
        let shown = |character: char| clipped(&character.to_string());
        for (first, last) in ranges {
            for character in [first, last] {
                assert_eq!(shown(character), "\u{fffd}", "{character:?}");
            }
            let before = u32::from(first).checked_sub(1).and_then(char::from_u32);
            let after = char::from_u32(u32::from(last) + 1);
            for character in before.into_iter().chain(after) {
                assert_eq!(shown(character), character.to_string(), "{character:?}");
            }
        }
    }
}
