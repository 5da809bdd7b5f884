//! The signing keys: one that signs, those published beside it, and a stranger's.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::sign::SigningKey;
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::random;

/// Retired keys that stay published; a relying party takes a hundred keys and no more.
const RETIRED_KEYS: usize = 8;

/// The provider's keys.
#[derive(Debug)]
pub(crate) struct Keys {
    ring: Mutex<Ring>,
    elliptic: Arc<SigningKey>,
}

#[derive(Debug)]
struct Ring {
    current: Arc<SigningKey>,
    /// Public keys of before, newest first.
    retired: Vec<Map<String, Value>>,
    /// Made when a misbehaviour first needs it: RSA keys cost time.
    stranger: Option<Arc<SigningKey>>,
}

impl Keys {
    /// Makes the first keys; an RSA key takes some tenths of a second.
    pub(crate) fn generate() -> Result<Self, Failure> {
        let ring = Ring {
            current: new_key(SignatureAlgorithm::Rs256)?,
            retired: Vec::new(),
            stranger: None,
        };
        Ok(Self {
            ring: Mutex::new(ring),
            elliptic: new_key(SignatureAlgorithm::Es256)?,
        })
    }

    /// The key that signs.
    pub(crate) fn current(&self) -> Arc<SigningKey> {
        Arc::clone(&self.ring().current)
    }

    /// An ES256 key, for odd key sets and the algorithm that the metadata doesn't offer.
    pub(crate) fn elliptic(&self) -> &SigningKey {
        &self.elliptic
    }

    /// A second RSA key that never signs for the provider.
    pub(crate) fn stranger(&self) -> Result<Arc<SigningKey>, Failure> {
        let mut ring = self.ring();
        if let Some(stranger) = &ring.stranger {
            return Ok(Arc::clone(stranger));
        }
        let stranger = new_key(SignatureAlgorithm::Rs256)?;
        ring.stranger = Some(Arc::clone(&stranger));
        Ok(stranger)
    }

    /// Signs with a new key from now on; the old ones stay published if `keep_old`.
    pub(crate) fn rotate(&self, keep_old: bool) -> Result<(), Failure> {
        let new = new_key(SignatureAlgorithm::Rs256)?;
        let mut ring = self.ring();
        let old = std::mem::replace(&mut ring.current, new);
        if keep_old {
            ring.retired.insert(0, old.public_jwk());
            ring.retired.truncate(RETIRED_KEYS);
        } else {
            ring.retired.clear();
        }
        Ok(())
    }

    /// The public keys of an honest JWK Set, the signing one first.
    pub(crate) fn public(&self) -> Vec<Map<String, Value>> {
        let ring = self.ring();
        std::iter::once(ring.current.public_jwk())
            .chain(ring.retired.iter().cloned())
            .collect()
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A random `kid`: after a restart nobody mistakes the new key for one in a cache.
fn new_key(algorithm: SignatureAlgorithm) -> Result<Arc<SigningKey>, Failure> {
    let kid = random::identifier()?;
    Ok(Arc::new(SigningKey::generate(algorithm, &kid)?))
}
