//! Sealed texts, mutated: none opens that we didn't seal for the same place.

use relyant_jose::seal::SealingKeys;

use crate::choices::Choices;
use crate::keys::SHARED;
use crate::{mutate, shown};

/// A sealed text: what opens is what was sealed, for its purpose and its place alone.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let keys = SealingKeys::new(&[&SHARED], "login").unwrap();
    let salt = std::array::from_fn(|_| choices.byte());
    let plaintext = mutate::bytes(b"who signs in, and where to go then", &mut choices);
    let sealed = keys.seal(salt, b"tab", &plaintext).unwrap();
    assert_eq!(keys.open(b"tab", &sealed), Some(plaintext.clone()));
    assert_eq!(keys.open(b"another", &sealed), None);
    assert_eq!(
        SealingKeys::new(&[&SHARED], "session")
            .unwrap()
            .open(b"tab", &sealed),
        None
    );
    let mutated = mutate::text(&sealed, &mut choices);
    let opened = keys.open(b"tab", &mutated);
    assert_eq!(opened.is_some(), mutated == sealed, "{mutated}");
    let raw = String::from_utf8_lossy(choices.rest());
    assert!(raw == sealed || keys.open(b"tab", &raw).is_none());
    shown::check_debug(&format!("{keys:?}"), &["brewing is mostly"]);
}
