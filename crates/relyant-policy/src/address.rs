//! The domain of an e-mail address, read so that no other reader could take it for another.

use std::fmt;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use crate::limits::MAX_ADDRESS_BYTES;
use crate::name::is_printable;

/// A domain name in its ASCII form, lower case: `xn--brwery-9wa.example`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Domain(String);

impl Domain {
    /// The domain that `text` names, in letters of any script or in its ASCII form.
    ///
    /// What only becomes a domain by what UTS 46 maps or drops (full-width letters, other dots, characters that aren't
    /// seen) is none: somebody else may read it otherwise.
    pub(crate) fn read(text: &str) -> Option<Self> {
        if is_plain(text) {
            return Some(Self(text.to_ascii_lowercase()));
        }
        Self::by_uts46(text)
    }

    fn by_uts46(text: &str) -> Option<Self> {
        let written = lower_case(text)?;
        let rules = Uts46::new();
        let (deny, hyphens) = (AsciiDenyList::STD3, Hyphens::CheckFirstLast);
        let ascii = rules.to_ascii(written.as_bytes(), deny, hyphens, DnsLength::Verify);
        let ascii = ascii.ok()?.into_owned();
        let (unicode, valid) = rules.to_unicode(ascii.as_bytes(), deny, hyphens);
        let is_own_form = written == ascii || written == *unicode;
        (valid.is_ok() && is_own_form).then_some(Self(ascii))
    }

    /// The domain of an address: what follows its one `@`.
    ///
    /// Quoted and commented local parts, address literals and lists of addresses are refused, and whatever else has a
    /// second meaning. RFC 5321 §4.1.2 has them; people at a provider don't.
    pub(crate) fn of_address(address: &str) -> Option<Self> {
        if address.len() > MAX_ADDRESS_BYTES {
            return None;
        }
        let (local, domain) = address.split_once('@')?;
        let is_plain = !local.is_empty() && local.chars().all(is_of_local_part);
        if is_plain { Self::read(domain) } else { None }
    }
}

/// Whether `text` is a domain name that UTS 46 has nothing to say about: most are.
///
/// ASCII letters, digits and hyphens, labels without a hyphen at either end and of no encoding. RFC 1035 §2.3.4 has the lengths.
fn is_plain(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_label = |label: &str| {
        let edges = label.starts_with('-') || label.ends_with('-');
        let is_encoded = label.get(2..4) == Some("--");
        (1..=63).contains(&label.len()) && label.bytes().all(is_letter) && !edges && !is_encoded
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

/// In lower case; none where a letter of another script would become one of ASCII's.
fn lower_case(text: &str) -> Option<String> {
    let mut lower = String::with_capacity(text.len());
    for character in text.chars() {
        let before = lower.len();
        lower.extend(character.to_lowercase());
        let turns_ascii = lower.get(before..)?.chars().any(|c| c.is_ascii());
        if turns_ascii && !character.is_ascii() {
            return None;
        }
    }
    Some(lower)
}

/// Atoms and dots, in letters of any script. RFC 5321 §4.1.2, RFC 6531 §3.3.
fn is_of_local_part(character: char) -> bool {
    match character {
        '(' | ')' | '<' | '>' | '[' | ']' | ':' | ';' | '@' | '\\' | ',' | '"' => false,
        other => is_printable(other) && !other.is_whitespace(),
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn domain(address: &str) -> Option<String> {
        Domain::of_address(address).map(|domain| domain.to_string())
    }

    // RFC 5321 §4.1.2, RFC 6531 §3.3
    #[test]
    fn the_domain_is_what_follows_the_one_at() {
        for (address, expected) in [
            ("a@good.com", "good.com"),
            ("A.B+beer@GOOD.Com", "good.com"),
            ("o'hara@good.com", "good.com"),
            ("größe@good.com", "good.com"),
            ("a@bücher.example", "xn--bcher-kva.example"),
            ("a@BÜCHER.example", "xn--bcher-kva.example"),
            ("a@xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("a@XN--BCHER-KVA.example", "xn--bcher-kva.example"),
            ("a@sub.good.com", "sub.good.com"),
        ] {
            assert_eq!(domain(address).as_deref(), Some(expected), "{address}");
        }
    }

    // AZ-06; RFC 5321 §4.1.2 and §4.5.3.1.3
    #[test]
    fn an_address_that_could_be_read_twice_has_no_domain() {
        for address in [
            "",
            "@",
            "good.com",
            "@good.com",
            "a@",
            "a@evil.com@good.com",
            "a@good.com@evil.com",
            "\"a@good.com\"@evil.com",
            "\"a\"@good.com",
            "a\\@good.com",
            "a@good.com ",
            " a@good.com",
            "a @good.com",
            "a@good.com\n",
            "a@good.com\0",
            "a\0@good.com",
            "<a@good.com>",
            "A <a@good.com>",
            "a(b)@good.com",
            "a@good.com(b)",
            "a@evil.com,b@good.com",
            "a,b@good.com",
            "a;b@good.com",
            "a@[127.0.0.1]",
            "a@good.com.",
            "a@.good.com",
            "a@good..com",
            "a@-good.com",
            "a@good_.com",
            "a@good.com/",
            "a@evil.com#good.com",
            "a@evil.com%40good.com",
            "a@good.com:25",
            "a@xn--a.com",
        ] {
            assert_eq!(domain(address), None, "{address:?}");
        }
        assert_eq!(domain(&format!("{}@good.com", "a".repeat(246))), None);
        assert_eq!(domain(&format!("a@{}.com", "a".repeat(64))), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

        // RFC 1035 §2.3.4
        #[test]
        fn the_quick_way_comes_to_the_same(text in "[a-zA-Z0-9.ü-]{0,12}|[a-z]{60,66}\\.[a-z]|([a-z]{60}\\.){4}[a-z]{5,12}") {
            prop_assert_eq!(Domain::read(&text), Domain::by_uts46(&text));
        }
    }

    // AZ-06
    #[test]
    fn a_domain_that_is_only_mapped_to_another_is_not_that_one() {
        for address in [
            "a@good。com",
            "a@ｇｏｏｄ.com",
            "a@go\u{ad}od.com",
            "a@go\u{200b}od.com",
            "a@go\u{2060}od.com",
            "a@good.co\u{1d50}",
            "a@good\u{212a}.com",
            "a@g\u{2134}od.com",
        ] {
            assert_eq!(domain(address), None, "{address:?}");
        }
        // A Cyrillic o is a letter of its own.
        let other = domain("a@g\u{43e}od.com");
        assert!(
            other.is_some() && other.as_deref() != Some("good.com"),
            "{other:?}"
        );
    }
}
