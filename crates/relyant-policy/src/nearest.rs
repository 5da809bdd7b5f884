//! The known word that somebody most likely meant.

use crate::limits::MAX_SLIP_CHARS;

/// The member of `known` that is nearest to `word`, where one is near enough to be a slip of the keyboard.
///
/// Near enough: at most one edit for each three characters of the known word, letter case aside.
pub(crate) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    if word.chars().nth(MAX_SLIP_CHARS).is_some() {
        return None;
    }
    known
        .into_iter()
        .map(|candidate| {
            (
                distance(&word.to_lowercase(), &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(edits, candidate)| *edits * 3 <= candidate.chars().count().max(3))
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance: insertions, deletions and replacements of one character.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (above, a) in from.chars().enumerate() {
        let mut next = vec![above + 1];
        for ((b, replaced), deleted) in to.iter().zip(&row).zip(row.iter().skip(1)) {
            let inserted = next.last().copied().unwrap_or(above) + 1;
            next.push(
                (replaced + usize::from(a != *b))
                    .min(deleted + 1)
                    .min(inserted),
            );
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&str; 4] = ["GROUPS", "ROLES", "STAFF", "SUPERUSER"];

    #[test]
    fn the_distance_counts_single_edits() {
        for (from, to, edits) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("staf", "staff", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(from, to), edits, "{from} {to}");
        }
    }

    #[test]
    fn a_slip_finds_its_word_and_another_word_finds_none() {
        assert_eq!(nearest("STAF", KEYS), Some("STAFF"));
        assert_eq!(nearest("group", KEYS), Some("GROUPS"));
        assert_eq!(nearest("SUPER_USER", KEYS), Some("SUPERUSER"));
        assert_eq!(nearest("roles", KEYS), Some("ROLES"));
        assert_eq!(nearest("RULED", KEYS), None);
        assert_eq!(nearest("PERMISSIONS", KEYS), None);
        assert_eq!(nearest("", KEYS), None);
        assert_eq!(nearest(&"S".repeat(10_000), KEYS), None);
    }
}
