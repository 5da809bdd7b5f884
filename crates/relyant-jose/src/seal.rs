//! Sealed texts: what we hand to a browser and want back unread and unchanged. AES-256-GCM.
//!
//! The key and the nonce of each message are derived (HKDF-SHA256) from the secret, the purpose and a random salt of 16 bytes,
//! so no counter has to be kept and a salt that comes twice by chance is the only risk: below 2^-32 after 2^48 messages.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::{Zeroize, Zeroizing};

use crate::base64url;
use crate::derive;

/// The first byte of every sealed text: this format.
const VERSION: u8 = 1;

const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 12;

/// The keys of one purpose: the first seals, every one opens.
///
/// More than one key lets a secret be changed while texts that the old one sealed are still out.
pub struct SealingKeys {
    keys: Vec<Zeroizing<[u8; 32]>>,
}

impl SealingKeys {
    /// Keys for `purpose` from the secrets, the current one first.
    ///
    /// What one purpose sealed never opens under another. The secrets may have any length, but none may be empty.
    pub fn new(secrets: &[&[u8]], purpose: &str) -> Result<Self, SealError> {
        if secrets.is_empty() {
            return Err(SealError::NoSecret);
        }
        if secrets.iter().any(|secret| secret.is_empty()) {
            return Err(SealError::EmptySecret);
        }
        let salt = ["relyant seal 1 ", purpose].concat();
        Ok(Self {
            keys: secrets
                .iter()
                .map(|secret| Zeroizing::new(derive::extract(salt.as_bytes(), secret)))
                .collect(),
        })
    }

    /// The sealed text of `plaintext`: base64url of version, salt, ciphertext and tag.
    ///
    /// `salt` must come fresh from a random generator. `bound_to` isn't part of the text: [`Self::open`] must be given the same.
    /// Fails for a plaintext beyond 64 GiB. RFC 5116 §5.1.
    pub fn seal(
        &self,
        salt: [u8; SALT_BYTES],
        bound_to: &[u8],
        plaintext: &[u8],
    ) -> Result<String, SealError> {
        let key = self.keys.first().ok_or(SealError::NoSecret)?;
        let (cipher, nonce) = message_cipher(key, &salt).ok_or(SealError::Cipher)?;
        let mut message = plaintext.to_vec();
        cipher
            .seal_in_place_append_tag(nonce, Aad::from(bound_to), &mut message)
            .map_err(|_| SealError::Cipher)?;
        Ok(base64url::encode(
            &[&[VERSION], &salt[..], &message].concat(),
        ))
    }

    /// The plaintext of a text that one of the keys sealed for the same `bound_to`; nothing for any other text.
    pub fn open(&self, bound_to: &[u8], sealed: &str) -> Option<Vec<u8>> {
        let bytes = base64url::decode(sealed).ok()?;
        let (version, rest) = bytes.split_first()?;
        let (salt, message) = rest.split_first_chunk::<SALT_BYTES>()?;
        if *version != VERSION {
            return None;
        }
        self.keys.iter().find_map(|key| {
            let (cipher, nonce) = message_cipher(key, salt)?;
            let mut message = message.to_vec();
            // The tag is 16 octets and checked before anything is given out.
            let length = cipher
                .open_in_place(nonce, Aad::from(bound_to), &mut message)
                .ok()?
                .len();
            message.truncate(length);
            Some(message)
        })
    }
}

impl fmt::Debug for SealingKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "SealingKeys({} keys, not shown)",
            self.keys.len()
        )
    }
}

/// Why there are no sealing keys, or no sealed text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealError {
    /// The list of secrets is empty.
    NoSecret,
    /// One of the secrets has no bytes.
    EmptySecret,
    /// The cipher failed: the plaintext is longer than it takes.
    Cipher,
}

impl fmt::Display for SealError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSecret => write!(formatter, "no secret to seal with"),
            Self::EmptySecret => write!(formatter, "empty secret to seal with"),
            Self::Cipher => write!(formatter, "the cipher failed to seal"),
        }
    }
}

impl std::error::Error for SealError {}

/// The cipher and nonce of the one message that has this salt.
fn message_cipher(key: &[u8; 32], salt: &[u8; SALT_BYTES]) -> Option<(LessSafeKey, Nonce)> {
    let mut message_key = derive::expand_block(key, &[b"key", salt]);
    let cipher = UnboundKey::new(&AES_256_GCM, &message_key)
        .ok()
        .map(LessSafeKey::new);
    message_key.zeroize();
    let nonce_block = derive::expand_block(key, &[b"nonce", salt]);
    let nonce = nonce_block.first_chunk::<NONCE_BYTES>()?;
    Some((cipher?, Nonce::assume_unique_for_key(*nonce)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SALT: [u8; 16] = [42; 16];

    fn keys(secrets: &[&[u8]]) -> SealingKeys {
        SealingKeys::new(secrets, "transaction").unwrap()
    }

    fn seal(keys: &SealingKeys, bound_to: &[u8], plaintext: &[u8]) -> String {
        keys.seal(SALT, bound_to, plaintext).unwrap()
    }

    #[test]
    fn opens_what_it_sealed() {
        let keys = keys(&[b"secret"]);
        let sealed = seal(&keys, b"carol", b"a hoppy one");
        assert_eq!(keys.open(b"carol", &sealed), Some(b"a hoppy one".to_vec()));
    }

    #[test]
    fn opens_nothing_else() {
        let keys = keys(&[b"secret"]);
        let sealed = seal(&keys, b"carol", b"a hoppy one");
        assert_eq!(keys.open(b"chris", &sealed), None);
        assert_eq!(self::keys(&[b"other"]).open(b"carol", &sealed), None);
        assert_eq!(
            SealingKeys::new(&[b"secret"], "session")
                .unwrap()
                .open(b"carol", &sealed),
            None
        );
        for text in [
            "",
            "A",
            "AQ",
            "!",
            &sealed[..20],
            &format!("{sealed}="),
            &format!("{sealed}A"),
        ] {
            assert_eq!(keys.open(b"carol", text), None, "{text}");
        }
    }

    // RFC 5116 §5.1
    #[test]
    fn every_changed_byte_is_noticed() {
        let keys = keys(&[b"secret"]);
        let bytes = base64url::decode(&seal(&keys, b"", b"stout")).unwrap();
        for position in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[position] ^= 1 << bit;
                assert_eq!(
                    keys.open(b"", &base64url::encode(&changed)),
                    None,
                    "byte {position}, bit {bit}"
                );
            }
        }
    }

    #[test]
    fn every_shortened_text_is_noticed() {
        let keys = keys(&[b"secret"]);
        let bytes = base64url::decode(&seal(&keys, b"", b"stout")).unwrap();
        for length in 0..bytes.len() {
            assert_eq!(
                keys.open(b"", &base64url::encode(&bytes[..length])),
                None,
                "{length}"
            );
        }
    }

    #[test]
    fn an_old_secret_opens_and_the_new_one_seals() {
        let (old, new, both) = (keys(&[b"old"]), keys(&[b"new"]), keys(&[b"new", b"old"]));
        assert_eq!(
            both.open(b"", &seal(&old, b"", b"ale")),
            Some(b"ale".to_vec())
        );
        assert_eq!(
            new.open(b"", &seal(&both, b"", b"ale")),
            Some(b"ale".to_vec())
        );
        assert_eq!(old.open(b"", &seal(&both, b"", b"ale")), None);
    }

    #[test]
    fn another_salt_gives_another_text() {
        let keys = keys(&[b"secret"]);
        let (one, two) = (
            keys.seal([1; 16], b"", b"ale").unwrap(),
            keys.seal([2; 16], b"", b"ale").unwrap(),
        );
        let tail = |text: &str| base64url::decode(text).unwrap()[17..].to_vec();
        assert_ne!(tail(&one), tail(&two));
    }

    #[test]
    fn secrets_must_exist() {
        assert_eq!(SealingKeys::new(&[], "p").unwrap_err(), SealError::NoSecret);
        assert_eq!(
            SealingKeys::new(&[b"a", b""], "p").unwrap_err(),
            SealError::EmptySecret
        );
    }

    /// Keys can't be without a secret; if they were, there would be an error and no text, not even an empty one.
    #[test]
    fn what_can_not_be_sealed_is_an_error() {
        let keys = SealingKeys { keys: Vec::new() };
        assert_eq!(keys.seal(SALT, b"", b"ale"), Err(SealError::NoSecret));
    }

    #[test]
    fn debug_shows_no_key() {
        assert_eq!(
            format!("{:?}", keys(&[b"secret", b"other"])),
            "SealingKeys(2 keys, not shown)"
        );
    }

    proptest! {
        #[test]
        fn opening_undoes_sealing(secret in proptest::collection::vec(any::<u8>(), 1..80), salt in any::<[u8; 16]>(), bound in any::<Vec<u8>>(), plain in any::<Vec<u8>>()) {
            let keys = keys(&[&secret]);
            prop_assert_eq!(keys.open(&bound, &keys.seal(salt, &bound, &plain).unwrap()), Some(plain));
        }

        #[test]
        fn any_text_is_answered(text in any::<String>()) {
            prop_assert_eq!(keys(&[b"secret"]).open(b"", &text), None);
        }
    }
}
