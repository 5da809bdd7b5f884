//! Compact JWE: from a text to the bytes that somebody encrypted to a key of ours. RFC 7516 §5.2.
//!
//! To decrypt is not to verify: whoever has our public key can encrypt. What comes
//! out is [`DecryptedJwe`], which is good for being parsed as a signed token and for nothing else.

mod agreement;
mod algorithm;
mod content;
mod encrypt;
mod key;

use std::fmt;

use zeroize::Zeroizing;

use crate::base64url;
use crate::header::{self, HeaderError};
use crate::json::{Object, Value};
use crate::limits::MAX_TOKEN_BYTES;

pub use algorithm::{ContentEncryptionAlgorithm, KeyManagementAlgorithm};
pub use encrypt::{EncryptError, EncryptionKey};
pub use key::{DecryptionKey, DecryptionKeys};

/// What the header of an encrypted token says, as far as its receiver needs it. RFC 7516 §4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JweHeader {
    /// How the content's key travels. RFC 7516 §4.1.1.
    pub algorithm: KeyManagementAlgorithm,
    /// How the content is encrypted. RFC 7516 §4.1.2.
    pub encryption: ContentEncryptionAlgorithm,
    /// Which of our keys it was encrypted to. RFC 7516 §4.1.6.
    pub kid: Option<String>,
    /// The type of the token, as it was written. RFC 7516 §4.1.11.
    pub typ: Option<String>,
    /// The type of the content: `JWT` where another token is inside. RFC 7516 §4.1.12, RFC 7519 §5.2.
    pub cty: Option<String>,
    epk: Option<Object>,
    apu: Vec<u8>,
    apv: Vec<u8>,
}

/// An encrypted token whose form is right.
pub struct EncryptedJwe<'a> {
    header: JweHeader,
    encrypted_key: Vec<u8>,
    iv: Vec<u8>,
    ciphertext: Vec<u8>,
    tag: Vec<u8>,
    aad: &'a str,
}

impl<'a> EncryptedJwe<'a> {
    /// Takes a token apart: length first, then the number of parts, base64url, the header's JSON, and algorithms of this crate.
    pub fn parse(token: &'a str) -> Result<Self, JweError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(JweError::TooLong);
        }
        let [aad, encrypted_key, iv, ciphertext, tag] = split(token)?;
        let decode = |part: &str| base64url::decode(part).map_err(|_| JweError::Base64Url);
        Ok(Self {
            header: JweHeader::parse(&decode(aad)?)?,
            encrypted_key: decode(encrypted_key)?,
            iv: decode(iv)?,
            ciphertext: decode(ciphertext)?,
            tag: decode(tag)?,
            aad,
        })
    }

    /// What the token says about itself: good for finding keys and for messages, not for trust.
    pub fn header(&self) -> &JweHeader {
        &self.header
    }

    /// Decrypts with the one key of ours that the header means.
    ///
    /// Whatever goes wrong from here on is one error, so that no sender learns from it. RFC 7516 §11.5.
    pub fn decrypt(self, keys: &DecryptionKeys) -> Result<DecryptedJwe, JweError> {
        let key = select(keys, &self.header)?;
        let content_key = key.content_key(&self.header, &self.encrypted_key);
        let sealed = content::Sealed {
            // RFC 7516 §5.2 (15): the header as it was sent, not a copy that was put together again.
            aad: self.aad.as_bytes(),
            iv: &self.iv,
            ciphertext: &self.ciphertext,
            tag: &self.tag,
        };
        // RFC 7516 §11.5: a key that can't be had costs the time of one that doesn't fit. What the decoy opens is thrown away.
        let decoy = Zeroizing::new(vec![0; self.header.encryption.key_bytes()]);
        let opened = content::open(
            self.header.encryption,
            content_key.as_ref().unwrap_or(&decoy),
            &sealed,
        );
        let content = content_key.and(opened).ok_or(JweError::NotDecrypted)?;
        Ok(DecryptedJwe {
            header: self.header,
            content,
        })
    }
}

impl fmt::Debug for EncryptedJwe<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("EncryptedJwe")
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

/// What was inside an encrypted token: nobody knows yet who wrote it.
pub struct DecryptedJwe {
    header: JweHeader,
    content: Zeroizing<Vec<u8>>,
}

impl DecryptedJwe {
    /// The protected header.
    pub fn header(&self) -> &JweHeader {
        &self.header
    }

    /// The token inside, whose signature nobody has looked at; None where the content is no text.
    pub fn nested(&self) -> Option<&str> {
        std::str::from_utf8(&self.content).ok()
    }
}

impl fmt::Debug for DecryptedJwe {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "DecryptedJwe({:?}, content of {} bytes, not shown)",
            self.header,
            self.content.len()
        )
    }
}

/// Why an encrypted token is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JweError {
    /// Longer than [`MAX_TOKEN_BYTES`].
    TooLong,
    /// Not five parts: no compact JWE at all.
    NotCompact,
    /// A part is not base64url.
    Base64Url,
    /// The header is refused.
    Header(HeaderError),
    /// `enc` is missing.
    MissingEncryption,
    /// `epk`, `apu` or `apv` is not what its definition wants.
    Parameter {
        /// The member's name.
        member: &'static str,
    },
    /// `alg` is not an algorithm of this crate.
    UnknownAlgorithm {
        /// What `alg` says, in full: clip it before it is logged.
        got: String,
    },
    /// `enc` is not an algorithm of this crate.
    UnknownEncryption {
        /// What `enc` says, in full: clip it before it is logged.
        got: String,
    },
    /// None of our keys has that name.
    UnknownKid {
        /// What `kid` says.
        kid: String,
    },
    /// No key that is meant may open a token of these algorithms.
    NoFittingKey,
    /// The header has no `kid` and more than one key fits.
    AmbiguousKey,
    /// It was not encrypted to this key, or was changed on its way. Nobody is told which.
    NotDecrypted,
}

impl fmt::Display for JweError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(formatter, "token longer than {MAX_TOKEN_BYTES} bytes"),
            Self::NotCompact => write!(formatter, "not five parts separated by full stops"),
            Self::Base64Url => write!(formatter, "part that is not base64url"),
            Self::Header(error) => write!(formatter, "header refused: {error}"),
            Self::MissingEncryption => write!(formatter, "`enc` is missing"),
            Self::Parameter { member } => write!(formatter, "`{member}` is malformed"),
            Self::UnknownAlgorithm { got } => write!(
                formatter,
                "key management algorithm `{}` is not supported",
                got.escape_debug()
            ),
            Self::UnknownEncryption { got } => write!(
                formatter,
                "content encryption algorithm `{}` is not supported",
                got.escape_debug()
            ),
            Self::UnknownKid { kid } => {
                write!(
                    formatter,
                    "no key of ours with `kid` `{}`",
                    kid.escape_debug()
                )
            }
            Self::NoFittingKey => write!(formatter, "no key of ours that fits the algorithms"),
            Self::AmbiguousKey => write!(
                formatter,
                "no `kid` and several keys of ours that fit the algorithms"
            ),
            Self::NotDecrypted => write!(formatter, "token does not decrypt"),
        }
    }
}

impl std::error::Error for JweError {}

impl JweHeader {
    fn parse(bytes: &[u8]) -> Result<Self, JweError> {
        // RFC 7516 §4.1.13: `crit` as in a JWS; RFC 7516 §4.1.3: `zip`. Both are refused there, and keys in headers too.
        let members = header::members(bytes).map_err(JweError::Header)?;
        let text = |member| header::text(&members, member).map_err(JweError::Header);
        let alg = text("alg")?.ok_or(JweError::Header(HeaderError::MissingAlgorithm))?;
        let enc = text("enc")?.ok_or(JweError::MissingEncryption)?;
        Ok(Self {
            algorithm: KeyManagementAlgorithm::from_name(&alg)
                .ok_or(JweError::UnknownAlgorithm { got: alg })?,
            encryption: ContentEncryptionAlgorithm::from_name(&enc)
                .ok_or(JweError::UnknownEncryption { got: enc })?,
            kid: header::kid(&members).map_err(JweError::Header)?,
            typ: text("typ")?,
            cty: text("cty")?,
            epk: ephemeral_key(&members)?,
            apu: party_information(&members, "apu")?,
            apv: party_information(&members, "apv")?,
        })
    }
}

/// RFC 7516 §7.1: exactly five parts.
fn split(token: &str) -> Result<[&str; 5], JweError> {
    let parts: Vec<&str> = token.splitn(6, '.').collect();
    parts.try_into().map_err(|_| JweError::NotCompact)
}

/// The sender's ephemeral key: a public JWK. RFC 7518 §4.6.1.1.
fn ephemeral_key(header: &Object) -> Result<Option<Object>, JweError> {
    match header.get("epk") {
        None => Ok(None),
        Some(Value::Object(jwk)) if !jwk.contains_key("d") => Ok(Some(jwk.clone())),
        Some(_) => Err(JweError::Parameter { member: "epk" }),
    }
}

/// What the parties put into the derivation of a key. RFC 7518 §4.6.1.2 and §4.6.1.3.
fn party_information(header: &Object, member: &'static str) -> Result<Vec<u8>, JweError> {
    match header::text(header, member).map_err(JweError::Header)? {
        None => Ok(Vec::new()),
        Some(text) => base64url::decode(&text).map_err(|_| JweError::Parameter { member }),
    }
}

/// The one key of ours that the header means. Keys are never tried in turn.
fn select<'k>(keys: &'k DecryptionKeys, header: &JweHeader) -> Result<&'k DecryptionKey, JweError> {
    let named = |key: &&DecryptionKey| header.kid.is_none() || key.kid() == header.kid.as_deref();
    let mut fitting = keys.iter().filter(named).filter(|key| key.fits(header));
    match (fitting.next(), fitting.next(), &header.kid) {
        (Some(key), None, _) => Ok(key),
        (Some(_), Some(_), _) => Err(JweError::AmbiguousKey),
        (None, _, Some(kid)) if !keys.iter().any(|key| key.kid() == Some(kid)) => {
            Err(JweError::UnknownKid { kid: kid.clone() })
        }
        (None, _, _) => Err(JweError::NoFittingKey),
    }
}
