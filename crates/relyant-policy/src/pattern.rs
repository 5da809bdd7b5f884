//! A pattern that the whole of a claim must match, in time that is linear in the claim.

use regex::{Regex, RegexBuilder};

use crate::limits::{MAX_PATTERN_BYTES, MAX_PATTERN_CHARS, MAX_PATTERN_NESTING};
use crate::name::clipped;

/// A pattern, compiled; it is anchored at both ends, whatever it says itself.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    text: String,
    regex: Regex,
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatternProblem {
    /// More characters than [`MAX_PATTERN_CHARS`].
    TooLong,
    /// Compiled, it takes more than [`MAX_PATTERN_BYTES`].
    TooBig,
    /// What the compiler says, on one line.
    Syntax(String),
}

impl Pattern {
    /// Compiles `text`.
    pub(crate) fn compile(text: &str) -> Result<Self, PatternProblem> {
        if text.chars().nth(MAX_PATTERN_CHARS).is_some() {
            return Err(PatternProblem::TooLong);
        }
        // Alone first: what is whole by itself can't close the group around it.
        build(text)?;
        let regex = build(&format!(r"\A(?:{text})\z"))?;
        Ok(Self {
            text: text.to_owned(),
            regex,
        })
    }

    /// Whether it matches the whole of `text`.
    pub(crate) fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// The pattern as it was written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

fn build(text: &str) -> Result<Regex, PatternProblem> {
    let mut builder = RegexBuilder::new(text);
    builder
        .size_limit(MAX_PATTERN_BYTES)
        .nest_limit(MAX_PATTERN_NESTING);
    builder.build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => PatternProblem::TooBig,
        other => PatternProblem::Syntax(last_line(&other.to_string())),
    })
}

/// The compiler's sentence, without the drawing that points at the place.
fn last_line(text: &str) -> String {
    let line = text.lines().last().unwrap_or_default();
    clipped(line.trim_start_matches("error: "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Pattern::compile(pattern).unwrap().matches(text)
    }

    // AZ-02
    #[test]
    fn a_pattern_matches_the_whole_text_or_not_at_all() {
        assert!(matches("admin", "admin"));
        for text in ["xadminx", "admin ", "admin\n", "\nadmin", "Admin", ""] {
            assert!(!matches("admin", text), "{text:?}");
        }
        for pattern in ["a|b", "(?m)^a$|b", "a|", "(?x) a | b # a comment\n"] {
            assert!(
                !matches(pattern, "ax") && !matches(pattern, "xa\nb"),
                "{pattern}"
            );
        }
        assert!(matches("(?i)admin", "ADMIN"));
        assert!(!matches("a.c", "a\nc"));
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        let syntax = |pattern: &str| match Pattern::compile(pattern) {
            Err(PatternProblem::Syntax(text)) => text,
            other => panic!("{pattern}: {other:?}"),
        };
        assert_eq!(syntax("("), "unclosed group");
        for pattern in ["a)(?:b", r"(a)\1", "(?=a)", "*", "[", "(?x)a#"] {
            assert!(!syntax(pattern).contains('\n'), "{pattern}");
        }
        assert_eq!(
            Pattern::compile(&"a".repeat(MAX_PATTERN_CHARS + 1)),
            Err(PatternProblem::TooLong)
        );
        assert_eq!(
            Pattern::compile(r"\w{1,1000}").unwrap_err(),
            PatternProblem::TooBig
        );
        assert_eq!(
            Pattern::compile("((a{99}){99}){99}").unwrap_err(),
            PatternProblem::TooBig
        );
        assert!(Pattern::compile(&"(".repeat(400)).is_err());
        assert!(Pattern::compile(&format!("{}a{}", "(".repeat(200), ")".repeat(200))).is_err());
    }
}
