//! Tokens authenticated with a shared secret: HMAC with SHA-2. RFC 7518 §3.2.
//!
//! A room of its own: its keys come from our side and never from an issuer's JWK Set, its algorithms can't be named where an
//! issuer's signature is expected, and what it has verified is another type. So a public key can't be taken for a secret
//! (RFC 8725 §2.1).

use std::fmt;

use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use crate::compact::{self, Compact};
use crate::json::{self, JsonError, Object, Value};
use crate::jwk::{self, JwkError};
use crate::jws::JwsError;
use crate::limits::MAX_KEYS;
use crate::sign::object;

/// An HMAC algorithm of RFC 7518 §3.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MacAlgorithm {
    /// HMAC with SHA-256.
    Hs256,
    /// HMAC with SHA-384.
    Hs384,
    /// HMAC with SHA-512.
    Hs512,
}

impl MacAlgorithm {
    /// All of them; each needs a longer secret than the one before.
    pub const ALL: &[Self] = &[Self::Hs256, Self::Hs384, Self::Hs512];

    /// The algorithm of that name, which is compared exactly.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|algorithm| algorithm.name() == name)
    }

    /// The name in the registry of RFC 7518 §7.1.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
        }
    }

    fn hmac(self) -> hmac::Algorithm {
        match self {
            Self::Hs256 => hmac::HMAC_SHA256,
            Self::Hs384 => hmac::HMAC_SHA384,
            Self::Hs512 => hmac::HMAC_SHA512,
        }
    }

    /// RFC 7518 §3.2: a key of the size of the hash output or larger.
    pub fn least_secret_bytes(self) -> usize {
        match self {
            Self::Hs256 => 32,
            Self::Hs384 => 48,
            Self::Hs512 => 64,
        }
    }
}

/// A shared secret for one algorithm.
pub struct MacKey {
    algorithm: MacAlgorithm,
    kid: Option<String>,
    key: hmac::Key,
}

impl MacKey {
    /// A secret as it is, without a name.
    pub fn new(algorithm: MacAlgorithm, secret: &[u8]) -> Result<Self, JwkError> {
        let least = algorithm.least_secret_bytes();
        if secret.len() < least {
            return Err(JwkError::ShortSecret {
                got: secret.len(),
                least,
            });
        }
        Ok(Self {
            algorithm,
            kid: None,
            key: hmac::Key::new(algorithm.hmac(), secret),
        })
    }

    /// The secret that a JWK of type `oct` holds. RFC 7518 §6.4.
    ///
    /// `alg` must be there: a secret is for one algorithm.
    pub fn from_jwk(jwk: &Object) -> Result<Self, JwkError> {
        let kid = jwk::kid(jwk)?;
        jwk::check_purpose(jwk, "verify")?;
        let kty = jwk::required(jwk, "kty")?;
        if kty != "oct" {
            return Err(JwkError::UnsupportedKeyType {
                got: kty.to_owned(),
            });
        }
        let name = jwk::required(jwk, "alg")?;
        let algorithm =
            MacAlgorithm::from_name(name).ok_or_else(|| JwkError::UnknownAlgorithm {
                got: name.to_owned(),
            })?;
        let secret = Zeroizing::new(jwk::octets(jwk, "k")?);
        Ok(Self {
            kid,
            ..Self::new(algorithm, &secret)?
        })
    }

    /// The algorithm that the secret is for.
    pub fn algorithm(&self) -> MacAlgorithm {
        self.algorithm
    }

    /// The compact token with `payload`, authenticated with the secret. RFC 7515 §5.1.
    ///
    /// The header is `alg`, `kid` where the secret has a name, and `typ` (`JWT`); a member of `extra_header` replaces the one of
    /// its name, and a null takes it away. The algorithm that authenticates stays the key's own, whatever the header says.
    pub fn sign(&self, payload: &[u8], extra_header: &Object) -> String {
        let mut usual = object([("alg", self.algorithm.name()), ("typ", "JWT")]);
        if let Some(kid) = &self.kid {
            usual.insert("kid".to_owned(), Value::from(kid.as_str()));
        }
        let signing_input = compact::signing_input(usual, extra_header, payload);
        let tag = hmac::sign(&self.key, signing_input.as_bytes());
        compact::join(&signing_input, tag.as_ref())
    }
}

impl fmt::Debug for MacKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "MacKey({:?}, {:?}, secret not shown)",
            self.algorithm, self.kid
        )
    }
}

/// Our shared secrets, of which a token's `kid` chooses one.
#[derive(Debug)]
pub struct MacKeys(Vec<MacKey>);

impl From<MacKey> for MacKeys {
    fn from(key: MacKey) -> Self {
        Self(vec![key])
    }
}

impl MacKeys {
    /// The secrets of a JWK Set from our own configuration.
    ///
    /// Stricter than a published set: every key must be usable, and no name may come twice.
    pub fn parse(bytes: &[u8]) -> Result<Self, MacKeysError> {
        let document = json::parse_object(bytes).map_err(MacKeysError::Json)?;
        let Some(Value::Array(elements)) = document.get("keys") else {
            return Err(MacKeysError::NoKeys);
        };
        if elements.len() > MAX_KEYS {
            return Err(MacKeysError::TooManyKeys {
                got: elements.len(),
            });
        }
        let mut keys: Vec<MacKey> = Vec::new();
        for (index, element) in elements.iter().enumerate() {
            let jwk = element.as_object().ok_or(JwkError::NotAnObject);
            let key = jwk
                .and_then(MacKey::from_jwk)
                .map_err(|reason| MacKeysError::Key { index, reason })?;
            // RFC 7517 §4.5: different keys have different names.
            if keys.iter().any(|other| other.kid == key.kid) {
                return Err(MacKeysError::DuplicateKid { index });
            }
            keys.push(key);
        }
        Ok(Self(keys))
    }

    /// Verifies a compact token: the payload that was authenticated, or why it isn't taken.
    ///
    /// The name in the header chooses the secret; a header without one is taken where there is a single secret.
    pub fn verify(&self, token: &str) -> Result<VerifiedMac, JwsError> {
        let Compact {
            header,
            payload,
            signature,
            signing_input,
        } = Compact::parse(token)?;
        let algorithm = MacAlgorithm::from_name(&header.alg)
            .ok_or(JwsError::UnknownAlgorithm { got: header.alg })?;
        let key = self.select(header.kid)?;
        // RFC 8725 §3.1: the key says which algorithm it is for.
        if key.algorithm != algorithm {
            return Err(JwsError::NoFittingKey);
        }
        // RFC 7518 §3.2: compared in constant time, and the whole tag.
        hmac::verify(&key.key, signing_input.as_bytes(), &signature)
            .map_err(|_| JwsError::BadSignature)?;
        Ok(VerifiedMac {
            typ: header.typ,
            payload,
        })
    }

    fn select(&self, kid: Option<String>) -> Result<&MacKey, JwsError> {
        match (self.0.as_slice(), kid) {
            ([key], None) => Ok(key),
            // A single secret without a name of its own is meant by every header.
            ([key], Some(_)) if key.kid.is_none() => Ok(key),
            (keys, Some(kid)) => {
                let found = keys.iter().find(|key| key.kid.as_ref() == Some(&kid));
                found.ok_or(JwsError::UnknownKid { kid })
            }
            ([], None) => Err(JwsError::NoFittingKey),
            (_, None) => Err(JwsError::AmbiguousKey),
        }
    }
}

/// A token that somebody who knows the secret made; not a signature, since we know it too.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedMac {
    typ: Option<String>,
    payload: Vec<u8>,
}

impl VerifiedMac {
    /// The header's type, as it was written. RFC 7515 §4.1.9.
    pub fn typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// The bytes that were authenticated.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }
}

impl fmt::Debug for VerifiedMac {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "VerifiedMac(payload of {} bytes, not shown)",
            self.payload.len()
        )
    }
}

/// Why a set of secrets is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MacKeysError {
    /// Not a JSON object as this crate takes it.
    Json(JsonError),
    /// `keys` is missing or not an array.
    NoKeys,
    /// More keys than [`MAX_KEYS`].
    TooManyKeys {
        /// How many.
        got: usize,
    },
    /// A key that is no usable secret.
    Key {
        /// Its place in the set, from 0.
        index: usize,
        /// What is wrong with it.
        reason: JwkError,
    },
    /// A key whose name another key has.
    DuplicateKid {
        /// Its place in the set, from 0.
        index: usize,
    },
}

impl fmt::Display for MacKeysError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => write!(formatter, "{error}"),
            Self::NoKeys => write!(formatter, "`keys` is not an array"),
            Self::TooManyKeys { got } => {
                write!(formatter, "{got} keys, expected at most {MAX_KEYS}")
            }
            Self::Key { index, reason } => write!(formatter, "key {index}: {reason}"),
            Self::DuplicateKid { index } => {
                write!(formatter, "key {index} has the `kid` of another")
            }
        }
    }
}

impl std::error::Error for MacKeysError {}
