//! Base64url without padding, strict: one text for one byte string.
//!
//! RFC 7515 §2 takes the URL-safe alphabet of RFC 4648 §5 with all trailing `=` left out and no line breaks, white space or
//! other characters. A lax decoder would give one token several spellings, and lists of used tokens could be walked around.

use std::fmt;

/// The base64url text of `bytes`, without padding.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group
            .iter()
            .fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte))
            << (8 * (3 - group.len()));
        for position in 0..=group.len() {
            text.push(digit(bits >> (18 - 6 * position)));
        }
    }
    text
}

/// The bytes that `text` spells.
///
/// Refuses padding, every character outside the alphabet, a length that no byte string has, and unused bits that aren't zero.
pub fn decode(text: &str) -> Result<Vec<u8>, Base64UrlError> {
    // RFC 4648 §4: a last group has 2 or 3 characters, never 1.
    if text.len() % 4 == 1 {
        return Err(Base64UrlError::Length);
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut bits, mut count) = (0_u32, 0);
    for (position, character) in text.bytes().enumerate() {
        bits = (bits << 6) | value(character).ok_or(Base64UrlError::Character { position })?;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(low_byte(bits >> count));
            bits &= (1 << count) - 1;
        }
    }
    // RFC 4648 §3.5: the bits that are left over must be zero.
    if bits != 0 {
        return Err(Base64UrlError::NonCanonical);
    }
    Ok(bytes)
}

/// Why a text is not base64url.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base64UrlError {
    /// A character outside the URL-safe alphabet, padding included.
    Character {
        /// Its offset in bytes.
        position: usize,
    },
    /// A length that leaves one character over.
    Length,
    /// Bits set in the last character that belong to no byte.
    NonCanonical,
}

impl fmt::Display for Base64UrlError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character { position } => write!(
                formatter,
                "character outside the base64url alphabet at offset {position}"
            ),
            Self::Length => write!(formatter, "length that no base64url text has"),
            Self::NonCanonical => write!(
                formatter,
                "unused bits of the last base64url character are set"
            ),
        }
    }
}

impl std::error::Error for Base64UrlError {}

/// The character of the lowest six bits. RFC 4648 §5.
fn digit(bits: u32) -> char {
    let value = low_byte(bits & 0x3f);
    char::from(match value {
        0..=25 => b'A' + value,
        26..=51 => b'a' + (value - 26),
        52..=61 => b'0' + (value - 52),
        62 => b'-',
        _ => b'_',
    })
}

/// The six bits of a character. RFC 4648 §5.
fn value(character: u8) -> Option<u32> {
    let value = match character {
        b'A'..=b'Z' => character - b'A',
        b'a'..=b'z' => character - b'a' + 26,
        b'0'..=b'9' => character - b'0' + 52,
        b'-' => 62,
        b'_' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

fn low_byte(bits: u32) -> u8 {
    let [.., byte] = bits.to_be_bytes();
    byte
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // RFC 4648 §4, §5
    #[test]
    fn rfc_4648_section_10_without_padding() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg"),
            ("fo", "Zm8"),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg"),
            ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text), Ok(bytes.as_bytes().to_vec()));
        }
    }

    #[test]
    fn rfc_7515_appendix_c() {
        assert_eq!(encode(&[3, 236, 255, 224, 193]), "A-z_4ME");
        assert_eq!(decode("A-z_4ME"), Ok(vec![3, 236, 255, 224, 193]));
    }

    // JO-10
    // RFC 4648 §3.5
    #[test]
    fn refuses_every_lax_spelling() {
        let refused = [
            ("Zg==", Base64UrlError::Character { position: 2 }),
            ("Zm8=", Base64UrlError::Character { position: 3 }),
            ("Zm9v\n", Base64UrlError::Length),
            ("Zm9vYg\n", Base64UrlError::Character { position: 6 }),
            (" m9v", Base64UrlError::Character { position: 0 }),
            ("Zm 9v ", Base64UrlError::Character { position: 2 }),
            ("Zm9v#Yg", Base64UrlError::Character { position: 4 }),
            ("A+z/4ME", Base64UrlError::Character { position: 1 }),
            ("Zm9vé", Base64UrlError::Character { position: 4 }),
            ("Zm9v\0g", Base64UrlError::Character { position: 4 }),
            ("Z", Base64UrlError::Length),
            ("Zm9vY", Base64UrlError::Length),
            ("Zh", Base64UrlError::NonCanonical),
            ("Zm9", Base64UrlError::NonCanonical),
            ("Zm9vYmF", Base64UrlError::NonCanonical),
        ];
        for (text, error) in refused {
            assert_eq!(decode(text), Err(error), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn decoding_undoes_encoding(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(decode(&encode(&bytes)), Ok(bytes));
        }

        #[test]
        fn a_decoded_text_has_no_second_spelling(text in "[A-Za-z0-9_=+/ -]{0,24}") {
            if let Ok(bytes) = decode(&text) {
                prop_assert_eq!(encode(&bytes), text);
            }
        }

        #[test]
        fn any_text_is_answered(text in any::<String>()) {
            let _ = decode(&text);
        }
    }
}
