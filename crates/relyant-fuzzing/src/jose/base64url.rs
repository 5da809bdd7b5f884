//! Base64url: one text for one byte string.

use relyant_jose::base64url::{decode, encode};

use crate::choices::Choices;
use crate::mutate;

/// Bytes are read back; a text that is taken is the one that its bytes are written as.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let mut mutated = choices.clone();
    let plain = encode(bytes);
    assert_eq!(decode(&plain).unwrap(), bytes);
    let text = if choices.once_in(2) {
        String::from_utf8_lossy(choices.rest()).into_owned()
    } else {
        mutate::text(&plain, &mut mutated)
    };
    if let Ok(decoded) = decode(&text) {
        assert_eq!(encode(&decoded), text);
        assert_eq!(decoded.len(), text.len() * 3 / 4);
    }
}
