//! The characters that the texts of OAuth are made of, by their names in its grammar.

/// Whether `text` is 1*VSCHAR: printable ASCII characters, blanks among them.
pub(crate) fn is_printable(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| (0x20..=0x7e).contains(&byte))
}

/// Whether `text` is a scope-token: 1*NQCHAR. RFC 6749 A.4.
pub(crate) fn is_scope_token(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
    !text.is_empty() && text.bytes().all(fits)
}
