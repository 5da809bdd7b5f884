//! The client's own key, whose public half the provider knows. Core §9, `private_key_jwt`.

use std::sync::Arc;

use relyant_jose::sign::SigningKey;

/// A private key of the client. Clones share it; `Debug` shows its name alone.
#[derive(Debug, Clone)]
pub struct ClientKey(Arc<SigningKey>);

impl ClientKey {
    /// The key itself, for the one place that signs with it.
    pub(crate) fn signing_key(&self) -> &SigningKey {
        &self.0
    }
}

impl From<SigningKey> for ClientKey {
    fn from(key: SigningKey) -> Self {
        Self(Arc::new(key))
    }
}

/// Keys with one public half are one key.
impl PartialEq for ClientKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.public_jwk() == other.0.public_jwk()
    }
}

impl Eq for ClientKey {}

#[cfg(test)]
mod tests {
    use relyant_jose::algorithm::SignatureAlgorithm;

    use super::*;

    fn key() -> ClientKey {
        SigningKey::generate(SignatureAlgorithm::EdDsa, "beer-1")
            .unwrap()
            .into()
    }

    #[test]
    fn a_clone_is_the_same_key_and_another_is_not() {
        let (one, other) = (key(), key());
        assert_eq!(one, one.clone());
        assert_ne!(one, other);
    }

    // OP-01
    #[test]
    fn debug_shows_its_name_alone() {
        assert_eq!(
            format!("{:?}", key()),
            r#"ClientKey(SigningKey(EdDSA, "beer-1", private key not shown))"#
        );
    }
}
