//! What may be seen of a message once it was refused: bounded text without a secret in it.

use std::fmt::{Debug, Display};

/// The longest error that anybody should have to read, in bytes.
const MAX_ERROR_BYTES: usize = 4 * 1024;

/// Panics where an error is long, or shows one of `secrets`; those of a few characters stand in many texts by chance.
pub(crate) fn check(error: &(impl Display + Debug), secrets: &[&str]) {
    let shown = error.to_string();
    assert!(
        shown.len() <= MAX_ERROR_BYTES,
        "an error of {} bytes",
        shown.len()
    );
    check_debug(&format!("{shown} {error:?}"), secrets);
}

/// Panics where `shown` contains one of `secrets`.
pub(crate) fn check_debug(shown: &str, secrets: &[&str]) {
    for secret in secrets.iter().filter(|secret| secret.len() >= 12) {
        assert!(!shown.contains(secret), "a secret is shown: {shown}");
    }
}
