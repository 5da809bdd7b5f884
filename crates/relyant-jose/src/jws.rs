//! Compact JWS: from a text to a payload that a key of the issuer signed. RFC 7515 §5.2.

use std::fmt;

use crate::algorithm::SignatureAlgorithm;
use crate::compact::Compact;
use crate::header::{Header, HeaderError};
use crate::json::{self, JsonError, Object};
use crate::jwk::VerificationKey;
use crate::jwk_set::JwkSet;
use crate::limits::MAX_TOKEN_BYTES;

/// A signed token whose form is right and whose signature nobody has looked at yet.
///
/// Its header may be read, to find the keys; its payload may not.
pub struct UnverifiedJws<'a> {
    header: Header,
    payload: Vec<u8>,
    signature: Vec<u8>,
    signing_input: &'a str,
}

impl<'a> UnverifiedJws<'a> {
    /// Takes a token apart.
    ///
    /// Length first, then the number of parts, base64url, the header's JSON, and an algorithm that this crate has.
    pub fn parse(token: &'a str) -> Result<Self, JwsError> {
        let Compact {
            header,
            payload,
            signature,
            signing_input,
        } = Compact::parse(token)?;
        // RFC 7515 §5.2 (5): `alg` must be understood; what `crit` adds to that, the header has refused.
        // RFC 8725 §3.2: `none` is no algorithm here.
        let algorithm = SignatureAlgorithm::from_name(&header.alg)
            .ok_or(JwsError::UnknownAlgorithm { got: header.alg })?;
        Ok(Self {
            header: Header {
                algorithm,
                kid: header.kid,
                typ: header.typ,
            },
            payload,
            signature,
            signing_input,
        })
    }

    /// What the token says about itself: good for finding keys and for messages, not for trust.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Verifies the signature with the one key of the set that the header means, by an algorithm that the caller allows.
    pub fn verify(
        self,
        keys: &JwkSet,
        allowed: &[SignatureAlgorithm],
    ) -> Result<VerifiedJws, JwsError> {
        let algorithm = self.header.algorithm;
        // RFC 8725 §3.1: the caller says which algorithms count, never the token.
        if !algorithm.is_among(allowed) {
            return Err(JwsError::AlgorithmNotAllowed { got: algorithm });
        }
        let key = select(keys, &self.header)?;
        // RFC 7515 §5.2 (8): over the bytes that were sent, not over a copy that was put together again.
        if !key.verify(algorithm, self.signing_input.as_bytes(), &self.signature) {
            return Err(JwsError::BadSignature);
        }
        Ok(VerifiedJws {
            header: self.header,
            payload: self.payload,
        })
    }
}

/// Whether `token` has the form of a compact token, whatever authenticates it; nobody has looked at that.
pub fn check_form(token: &str) -> Result<(), JwsError> {
    Compact::parse(token).map(drop)
}

impl fmt::Debug for UnverifiedJws<'_> {
    /// The header alone: what nobody has verified is not to be read, and a log line is no place for a token.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("UnverifiedJws")
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

/// A signed token whose signature is right: the receipt without which there is no payload.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedJws {
    header: Header,
    payload: Vec<u8>,
}

impl VerifiedJws {
    /// The protected header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The bytes that were signed.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The payload as a set of claims: one strict JSON object. RFC 7519 §7.2 (10).
    pub fn claims(&self) -> Result<Object, JsonError> {
        json::parse_object(&self.payload)
    }
}

impl fmt::Debug for VerifiedJws {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "VerifiedJws({:?}, payload of {} bytes, not shown)",
            self.header,
            self.payload.len()
        )
    }
}

/// Why a token is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JwsError {
    /// Longer than [`MAX_TOKEN_BYTES`].
    TooLong,
    /// Not three parts: no compact JWS at all.
    NotCompact,
    /// Five parts: an encrypted token, and to decrypt one is not to verify a signature (RFC 8725 §2.3).
    Encrypted,
    /// A part is not base64url.
    Base64Url,
    /// The header is refused.
    Header(HeaderError),
    /// `alg` is not an algorithm of this crate, `none` and the HMAC family among them.
    UnknownAlgorithm {
        /// What `alg` says, in full: clip it before it is logged.
        got: String,
    },
    /// `alg` is not one that the caller allows.
    AlgorithmNotAllowed {
        /// What `alg` says.
        got: SignatureAlgorithm,
    },
    /// The set has no key of that name: a fresh set might have it.
    UnknownKid {
        /// What `kid` says.
        kid: String,
    },
    /// No key that is meant may verify this algorithm.
    NoFittingKey,
    /// The header has no `kid` and more than one key fits.
    AmbiguousKey,
    /// The signature is not of this key over these bytes.
    BadSignature,
}

impl fmt::Display for JwsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(formatter, "token longer than {MAX_TOKEN_BYTES} bytes"),
            Self::NotCompact => write!(formatter, "not three parts separated by full stops"),
            Self::Encrypted => write!(formatter, "encrypted token where a signed one is expected"),
            Self::Base64Url => write!(formatter, "part that is not base64url"),
            Self::Header(error) => write!(formatter, "header refused: {error}"),
            Self::UnknownAlgorithm { got } => {
                write!(
                    formatter,
                    "algorithm `{}` is not supported",
                    got.escape_debug()
                )
            }
            Self::AlgorithmNotAllowed { got } => {
                write!(formatter, "algorithm `{got}` is not allowed here")
            }
            Self::UnknownKid { kid } => {
                write!(formatter, "no key with `kid` `{}`", kid.escape_debug())
            }
            Self::NoFittingKey => write!(formatter, "no key that fits the algorithm"),
            Self::AmbiguousKey => write!(
                formatter,
                "no `kid` and several keys that fit the algorithm"
            ),
            Self::BadSignature => write!(formatter, "signature does not verify"),
        }
    }
}

impl std::error::Error for JwsError {}

/// The one key that the header means. Keys are never tried in turn.
///
/// RFC 7515 §6 leaves it to the application; OpenID Connect Core §10.1 wants a `kid` where the set has several keys.
fn select<'k>(keys: &'k JwkSet, header: &Header) -> Result<&'k VerificationKey, JwsError> {
    let named = |key: &&VerificationKey| header.kid.is_none() || key.kid() == header.kid.as_deref();
    let mut fitting = keys
        .keys()
        .iter()
        .filter(named)
        .filter(|key| key.fits(header.algorithm));
    match (fitting.next(), fitting.next(), &header.kid) {
        (Some(key), None, _) => Ok(key),
        (Some(_), Some(_), _) => Err(JwsError::AmbiguousKey),
        (None, _, Some(kid)) if !keys.has_kid(kid) => {
            Err(JwsError::UnknownKid { kid: kid.clone() })
        }
        (None, _, _) => Err(JwsError::NoFittingKey),
    }
}
