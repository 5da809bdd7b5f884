//! A JWK Set: the keys that an issuer publishes. RFC 7517 §5.

use std::fmt;

use crate::json::{self, JsonError, Value};
use crate::jwk::{self, JwkError, VerificationKey};
use crate::limits::MAX_KEYS;

/// The keys of a set that may verify signatures, and which ones were left aside.
#[derive(Debug)]
pub struct JwkSet {
    keys: Vec<VerificationKey>,
    skipped: Vec<SkippedKey>,
}

impl JwkSet {
    /// The set that `bytes` hold.
    ///
    /// A key that can't be used is skipped, so that a new kind of key beside the old ones breaks nothing. Two usable keys that
    /// one header could mean refuse the whole set.
    pub fn parse(bytes: &[u8]) -> Result<Self, JwkSetError> {
        let document = json::parse_object(bytes).map_err(JwkSetError::Json)?;
        // RFC 7517 §5.1: `keys` must be there and is an array of JWKs.
        let Some(Value::Array(elements)) = document.get("keys") else {
            return Err(JwkSetError::NoKeys);
        };
        if elements.len() > MAX_KEYS {
            return Err(JwkSetError::TooManyKeys {
                got: elements.len(),
            });
        }
        let mut set = Self {
            keys: Vec::new(),
            skipped: Vec::new(),
        };
        for (index, element) in elements.iter().enumerate() {
            set.add(index, element)?;
        }
        Ok(set)
    }

    /// The keys that may verify signatures, in the set's order.
    pub fn keys(&self) -> &[VerificationKey] {
        &self.keys
    }

    /// The keys that can't be used, each with the reason.
    pub fn skipped(&self) -> &[SkippedKey] {
        &self.skipped
    }

    /// Whether the set has a key of that name, a skipped one included: fetching the set again would bring nothing new.
    pub fn has_kid(&self, kid: &str) -> bool {
        let skipped = self.skipped.iter().map(|skipped| skipped.kid.as_deref());
        self.keys
            .iter()
            .map(VerificationKey::kid)
            .chain(skipped)
            .any(|other| other == Some(kid))
    }

    fn add(&mut self, index: usize, element: &Value) -> Result<(), JwkSetError> {
        // RFC 7517 §5: keys with an unknown `kty`, missing members or values out of range are ignored.
        let parsed = element
            .as_object()
            .ok_or(JwkError::NotAnObject)
            .and_then(VerificationKey::from_jwk);
        match parsed {
            Ok(key) => self.add_usable(key),
            Err(reason) => {
                let kid = element
                    .as_object()
                    .and_then(|jwk| jwk::kid(jwk).ok().flatten());
                self.skipped.push(SkippedKey { index, kid, reason });
                Ok(())
            }
        }
    }

    /// RFC 7517 §4.5: different keys of one set should have different `kid` values. Which of two would be tried is a guess.
    fn add_usable(&mut self, key: VerificationKey) -> Result<(), JwkSetError> {
        if self.keys.iter().any(|other| other.is_mistakable_for(&key)) {
            return Err(JwkSetError::DuplicateKid {
                kid: key.kid().unwrap_or_default().to_owned(),
            });
        }
        self.keys.push(key);
        Ok(())
    }
}

/// A key of a set that can't be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedKey {
    /// Its place in the set, from 0.
    pub index: usize,
    /// Its name, where it has a proper one.
    pub kid: Option<String>,
    /// Why it can't be used.
    pub reason: JwkError,
}

/// Why a JWK Set is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JwkSetError {
    /// Not a JSON object as this crate takes it.
    Json(JsonError),
    /// `keys` is missing or not an array.
    NoKeys,
    /// More keys than [`MAX_KEYS`].
    TooManyKeys {
        /// How many.
        got: usize,
    },
    /// Two usable keys have one `kid` and fit one algorithm.
    DuplicateKid {
        /// The name that comes twice.
        kid: String,
    },
}

impl fmt::Display for JwkSetError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => write!(formatter, "{error}"),
            Self::NoKeys => write!(formatter, "`keys` is not an array"),
            Self::TooManyKeys { got } => {
                write!(formatter, "{got} keys, expected at most {MAX_KEYS}")
            }
            Self::DuplicateKid { kid } => {
                write!(
                    formatter,
                    "`kid` `{}` twice for one algorithm",
                    kid.escape_debug()
                )
            }
        }
    }
}

impl std::error::Error for JwkSetError {}
