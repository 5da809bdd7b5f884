//! One JSON Web Key as a key for verification: parsed once, and told what it may be used for. RFC 7517 §4.

pub(crate) mod private;

use std::collections::BTreeSet;
use std::fmt;

use crate::algorithm::SignatureAlgorithm;
use crate::base64url;
use crate::crypto::{Curve, PublicKey};
use crate::json::{Object, Value};
use crate::limits::{MAX_KID_BYTES, MAX_RSA_BITS, MIN_RSA_BITS};

/// The members of private and symmetric keys: RFC 7518 §6.2.2, §6.3.2 and §6.4.1, RFC 8037 §2, and RFC 9964 §3 (`priv`).
pub(crate) const SECRET_MEMBERS: [&str; 9] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

/// A public key that may verify signatures.
#[derive(Debug)]
pub struct VerificationKey {
    kid: Option<String>,
    key: PublicKey,
}

impl VerificationKey {
    /// The key that a JWK describes, if it may verify signatures.
    ///
    /// Members that aren't understood are ignored (RFC 7517 §4), `x5c` and `x5u` among them: the key is what `n`, `e`, `x` and
    /// `y` say.
    pub fn from_jwk(jwk: &Object) -> Result<Self, JwkError> {
        let kid = kid(jwk)?;
        refuse_secrets(jwk)?;
        check_purpose(jwk, "verify")?;
        let mut key = public_key(jwk)?;
        if let Some(name) = text(jwk, "alg")? {
            restrict(&mut key, name)?;
        }
        Ok(Self { kid, key })
    }

    /// The key's name in its set. RFC 7517 §4.5.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Whether the key may verify this algorithm: key type, curve and the JWK's own `alg` fit.
    pub fn fits(&self, algorithm: SignatureAlgorithm) -> bool {
        self.key.fits(algorithm)
    }

    /// Whether one header could mean either key: equal kid, and an algorithm that both fit.
    pub(crate) fn is_mistakable_for(&self, other: &Self) -> bool {
        self.kid.is_some() && self.kid == other.kid && self.key.overlaps(&other.key)
    }

    pub(crate) fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        self.key.verify(algorithm, message, signature)
    }
}

/// Why a JWK is not a key for verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JwkError {
    /// The element of the set is not a JSON object.
    NotAnObject,
    /// A required member is missing.
    Missing {
        /// The member's name.
        member: &'static str,
    },
    /// A member has a JSON type that its definition excludes.
    WrongType {
        /// The member's name.
        member: &'static str,
    },
    /// A member is not base64url.
    Base64Url {
        /// The member's name.
        member: &'static str,
    },
    /// `kid` is longer than [`MAX_KID_BYTES`].
    KidTooLong,
    /// The JWK holds a private or symmetric key: what was published can't be trusted.
    SecretKeyMaterial {
        /// The member that gives it away.
        member: &'static str,
    },
    /// `use` is for something else than what the key is wanted for.
    Use {
        /// What `use` says.
        got: String,
    },
    /// `key_ops` leaves out what the key is wanted for, has a value twice, or contradicts `use`.
    KeyOperations,
    /// A key type that is not supported.
    UnsupportedKeyType {
        /// What `kty` says.
        got: String,
    },
    /// A curve that is not supported, or not for this key type.
    UnsupportedCurve {
        /// What `crv` says.
        got: String,
    },
    /// `alg` is no signature algorithm of this crate.
    UnknownAlgorithm {
        /// What `alg` says.
        got: String,
    },
    /// `alg` belongs to another key type or curve.
    AlgorithmMismatch {
        /// What `alg` says.
        got: SignatureAlgorithm,
    },
    /// The RSA modulus is too short or too long.
    RsaModulusSize {
        /// Its length.
        bits: usize,
    },
    /// The RSA modulus is even.
    RsaModulusEven,
    /// The RSA key comes from a generator whose keys can be factored: CVE-2017-15361.
    RsaWeakGenerator,
    /// The RSA exponent is even, 1, or too long.
    RsaExponent,
    /// A coordinate has another length than the curve's.
    CoordinateLength {
        /// Its length in bytes.
        got: usize,
        /// The curve's.
        expected: usize,
    },
    /// The coordinates are no point of the curve, or not its one encoding.
    InvalidPoint,
    /// The point has a small order: signatures under it prove nothing.
    SmallOrderPoint,
    /// The cryptographic library refuses the key.
    RefusedByCrypto,
    /// A symmetric key shorter than its algorithm needs.
    ShortSecret {
        /// How many bytes it has.
        got: usize,
        /// The least number of bytes.
        least: usize,
    },
}

impl fmt::Display for JwkError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnObject => write!(formatter, "key that is not a JSON object"),
            Self::Missing { member } => write!(formatter, "`{member}` is missing"),
            Self::WrongType { member } => write!(formatter, "`{member}` has the wrong JSON type"),
            Self::Base64Url { member } => write!(formatter, "`{member}` is not base64url"),
            Self::KidTooLong => write!(formatter, "`kid` is longer than {MAX_KID_BYTES} bytes"),
            Self::SecretKeyMaterial { member } => {
                write!(
                    formatter,
                    "`{member}` is part of a private or symmetric key"
                )
            }
            Self::Use { got } => write!(
                formatter,
                "`use` is `{}`: the key is for something else",
                got.escape_debug()
            ),
            Self::KeyOperations => {
                write!(
                    formatter,
                    "`key_ops` does not fit what the key is wanted for"
                )
            }
            Self::UnsupportedKeyType { got } => {
                write!(
                    formatter,
                    "key type `{}` is not supported",
                    got.escape_debug()
                )
            }
            Self::UnsupportedCurve { got } => write!(
                formatter,
                "curve `{}` is not supported for this key type",
                got.escape_debug()
            ),
            Self::UnknownAlgorithm { got } => {
                write!(
                    formatter,
                    "algorithm `{}` is not supported",
                    got.escape_debug()
                )
            }
            Self::AlgorithmMismatch { got } => {
                write!(
                    formatter,
                    "algorithm `{got}` does not fit the key type or curve"
                )
            }
            Self::RsaModulusSize { bits } => write!(
                formatter,
                "RSA modulus of {bits} bits, expected {MIN_RSA_BITS} to {MAX_RSA_BITS}"
            ),
            Self::RsaModulusEven => write!(formatter, "RSA modulus is even"),
            Self::RsaWeakGenerator => {
                write!(formatter, "RSA key of a weak generator (CVE-2017-15361)")
            }
            Self::RsaExponent => write!(formatter, "RSA exponent is even, 1 or too long"),
            Self::CoordinateLength { got, expected } => {
                write!(formatter, "coordinate of {got} bytes, expected {expected}")
            }
            Self::InvalidPoint => write!(formatter, "coordinates are no point of the curve"),
            Self::SmallOrderPoint => write!(formatter, "point of small order"),
            Self::RefusedByCrypto => write!(formatter, "key refused by the cryptographic library"),
            Self::ShortSecret { got, least } => write!(
                formatter,
                "symmetric key of {got} bytes, expected at least {least}"
            ),
        }
    }
}

impl std::error::Error for JwkError {}

/// The key's name. RFC 7517 §4.5: a string.
pub(crate) fn kid(jwk: &Object) -> Result<Option<String>, JwkError> {
    match text(jwk, "kid")? {
        Some(kid) if kid.len() > MAX_KID_BYTES => Err(JwkError::KidTooLong),
        kid => Ok(kid.map(str::to_owned)),
    }
}

/// `use` and `key_ops` allow `operation`, which is `sign` or `verify`.
pub(crate) fn check_purpose(jwk: &Object, operation: &str) -> Result<(), JwkError> {
    let purpose = check_use(jwk, "sig")?;
    let Some(operations) = key_operations(jwk)? else {
        return Ok(());
    };
    // RFC 7517 §4.3: the operations that the key is intended for, none of them twice.
    let different = operations.iter().collect::<BTreeSet<_>>().len();
    // RFC 7517 §4.3: where `use` is there too, both must say the same.
    let contradicts = purpose.is_some()
        && operations
            .iter()
            .any(|operation| !matches!(*operation, "sign" | "verify"));
    if different < operations.len() || contradicts || !operations.contains(&operation) {
        return Err(JwkError::KeyOperations);
    }
    Ok(())
}

/// What `use` says, which must be what the key is wanted for. RFC 7517 §4.2: `sig` or `enc`; absent, nothing is said.
pub(crate) fn check_use<'a>(jwk: &'a Object, wanted: &str) -> Result<Option<&'a str>, JwkError> {
    let purpose = text(jwk, "use")?;
    match purpose.filter(|purpose| *purpose != wanted) {
        Some(got) => Err(JwkError::Use {
            got: got.to_owned(),
        }),
        None => Ok(purpose),
    }
}

/// A string member, absent or there.
pub(crate) fn text<'a>(jwk: &'a Object, member: &'static str) -> Result<Option<&'a str>, JwkError> {
    match jwk.get(member) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(JwkError::WrongType { member }),
    }
}

/// A string member that must be there.
pub(crate) fn required<'a>(jwk: &'a Object, member: &'static str) -> Result<&'a str, JwkError> {
    text(jwk, member)?.ok_or(JwkError::Missing { member })
}

/// The bytes of a base64url member that must be there.
pub(crate) fn octets(jwk: &Object, member: &'static str) -> Result<Vec<u8>, JwkError> {
    base64url::decode(required(jwk, member)?).map_err(|_| JwkError::Base64Url { member })
}

/// RFC 7517 §9.2: private and symmetric keys must be kept from others. One that was published is no longer a secret.
fn refuse_secrets(jwk: &Object) -> Result<(), JwkError> {
    match SECRET_MEMBERS
        .into_iter()
        .find(|member| jwk.contains_key(*member))
    {
        Some(member) => Err(JwkError::SecretKeyMaterial { member }),
        None => Ok(()),
    }
}

/// What `key_ops` lists. RFC 7517 §4.3: strings.
pub(crate) fn key_operations(jwk: &Object) -> Result<Option<Vec<&str>>, JwkError> {
    let wrong = JwkError::WrongType { member: "key_ops" };
    match jwk.get("key_ops") {
        None => Ok(None),
        Some(Value::Array(operations)) => operations
            .iter()
            .map(|operation| operation.as_str().ok_or(wrong.clone()))
            .collect::<Result<_, _>>()
            .map(Some),
        Some(_) => Err(wrong),
    }
}

/// RFC 7518 §6.1 and RFC 8037 §2: the key types, compared exactly.
fn public_key(jwk: &Object) -> Result<PublicKey, JwkError> {
    match required(jwk, "kty")? {
        "RSA" => PublicKey::rsa(&octets(jwk, "n")?, &octets(jwk, "e")?),
        "EC" => {
            let name = required(jwk, "crv")?;
            let curve = Curve::from_name(name).ok_or_else(|| JwkError::UnsupportedCurve {
                got: name.to_owned(),
            })?;
            PublicKey::ec(curve, &octets(jwk, "x")?, &octets(jwk, "y")?)
        }
        "OKP" => match required(jwk, "crv")? {
            "Ed25519" => PublicKey::ed25519(&octets(jwk, "x")?),
            // Ed448 signs too, but isn't supported; X25519 and X448 agree on keys and never sign (RFC 8037 §3.2).
            other => Err(JwkError::UnsupportedCurve {
                got: other.to_owned(),
            }),
        },
        other => Err(JwkError::UnsupportedKeyType {
            got: other.to_owned(),
        }),
    }
}

/// RFC 7517 §4.4: the algorithm that the key is intended for. RFC 8725 §3.1: and no other.
fn restrict(key: &mut PublicKey, name: &str) -> Result<(), JwkError> {
    let got = SignatureAlgorithm::from_name(name).ok_or_else(|| JwkError::UnknownAlgorithm {
        got: name.to_owned(),
    })?;
    if key.restrict_to(got) {
        Ok(())
    } else {
        Err(JwkError::AlgorithmMismatch { got })
    }
}
