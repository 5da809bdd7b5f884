//! Encryption to somebody's public key. For issuers, so for the development provider and for tests. RFC 7516 §5.1.

use std::fmt;

use aws_lc_rs::agreement::PrivateKey;
use aws_lc_rs::key_wrap::{AesKek, KeyWrap};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey,
    PublicKeyComponents,
};
use zeroize::Zeroizing;

use super::agreement::{Curve, Derivation, agree};
use super::algorithm::{ContentEncryptionAlgorithm, KeyManagementAlgorithm};
use super::content;
use super::key::wrapping;
use crate::base64url;
use crate::json::{Object, Value};
use crate::jwk::{self, JwkError, octets, required};
use crate::sign::object;

/// A public key, or a shared secret, that content is encrypted to.
pub struct EncryptionKey {
    kid: Option<String>,
    key: Key,
}

enum Key {
    Rsa(OaepPublicEncryptingKey),
    Agreement(Curve, Vec<u8>),
    Shared(Zeroizing<Vec<u8>>),
}

/// Why nothing was encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EncryptError {
    /// The JWK is no key for encryption.
    Key(JwkError),
    /// The algorithm needs another kind of key.
    AlgorithmMismatch {
        /// The algorithm that was asked for.
        got: KeyManagementAlgorithm,
    },
    /// The cryptographic library failed, or a shared secret is not as long as the content's algorithm needs.
    Crypto,
}

impl fmt::Display for EncryptError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(error) => write!(formatter, "{error}"),
            Self::AlgorithmMismatch { got } => {
                write!(formatter, "algorithm `{got}` needs another kind of key")
            }
            Self::Crypto => write!(formatter, "the cryptographic library failed"),
        }
    }
}

impl std::error::Error for EncryptError {}

impl EncryptionKey {
    /// The key of a public JWK that may be encrypted to.
    pub fn from_jwk(jwk: &Object) -> Result<Self, JwkError> {
        jwk::check_use(jwk, "enc")?;
        let key = if required(jwk, "kty")? == "RSA" {
            Key::Rsa(rsa(jwk)?)
        } else {
            let curve = Curve::of(jwk)?;
            Key::Agreement(curve, curve.point(jwk)?)
        };
        Ok(Self {
            kid: jwk::kid(jwk)?,
            key,
        })
    }

    /// A secret that both sides know.
    pub fn shared(secret: &[u8]) -> Self {
        Self {
            kid: None,
            key: Key::Shared(Zeroizing::new(secret.to_vec())),
        }
    }

    /// The compact JWE of `content`. RFC 7516 §5.1.
    ///
    /// The header is `alg`, `enc`, `kid` and what the algorithm adds; a member of `extra_header` replaces the one of its name,
    /// and a null takes it away. Fresh keys and IVs are the cryptographic library's.
    pub fn encrypt(
        &self,
        algorithm: KeyManagementAlgorithm,
        encryption: ContentEncryptionAlgorithm,
        content: &[u8],
        extra_header: &Object,
    ) -> Result<String, EncryptError> {
        let fresh = self.content_key(algorithm, encryption)?;
        let mut header = object([("alg", algorithm.name()), ("enc", encryption.name())]);
        if let Some(kid) = &self.kid {
            header.insert("kid".to_owned(), Value::from(kid.clone()));
        }
        if let Some(epk) = fresh.epk {
            header.insert("epk".to_owned(), Value::Object(epk));
        }
        header.extend(extra_header.clone());
        header.retain(|_, value| !value.is_null());
        let header = base64url::encode(Value::Object(header).to_string().as_bytes());
        let iv = random(content::iv_bytes(encryption))?;
        let (ciphertext, tag) =
            content::seal(encryption, &fresh.key, &iv, header.as_bytes(), content)
                .ok_or(EncryptError::Crypto)?;
        Ok([
            header,
            base64url::encode(&fresh.encrypted_key),
            base64url::encode(&iv),
            base64url::encode(&ciphertext),
            base64url::encode(&tag),
        ]
        .join("."))
    }

    fn content_key(
        &self,
        algorithm: KeyManagementAlgorithm,
        encryption: ContentEncryptionAlgorithm,
    ) -> Result<ContentKey, EncryptError> {
        use KeyManagementAlgorithm as A;
        match (&self.key, algorithm) {
            (Key::Rsa(key), A::RsaOaep | A::RsaOaep256) => encrypted(key, algorithm, encryption),
            (Key::Agreement(curve, point), A::EcdhEs | A::EcdhEsA128Kw | A::EcdhEsA256Kw) => {
                agreed(*curve, point, algorithm, encryption)
            }
            (Key::Shared(secret), A::Direct) => Ok(ContentKey {
                key: secret.clone(),
                encrypted_key: Vec::new(),
                epk: None,
            }),
            _ => Err(EncryptError::AlgorithmMismatch { got: algorithm }),
        }
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "EncryptionKey({:?}, key not shown)", self.kid)
    }
}

/// The content's key, and what tells it to the receiver.
struct ContentKey {
    key: Zeroizing<Vec<u8>>,
    encrypted_key: Vec<u8>,
    epk: Option<Object>,
}

fn rsa(jwk: &Object) -> Result<OaepPublicEncryptingKey, JwkError> {
    let components = PublicKeyComponents {
        n: octets(jwk, "n")?,
        e: octets(jwk, "e")?,
    };
    let key: PublicEncryptingKey = components
        .try_into()
        .map_err(|_| JwkError::RefusedByCrypto)?;
    OaepPublicEncryptingKey::new(key).map_err(|_| JwkError::RefusedByCrypto)
}

fn encrypted(
    key: &OaepPublicEncryptingKey,
    algorithm: KeyManagementAlgorithm,
    encryption: ContentEncryptionAlgorithm,
) -> Result<ContentKey, EncryptError> {
    let oaep = match algorithm {
        KeyManagementAlgorithm::RsaOaep => &OAEP_SHA1_MGF1SHA1,
        _ => &OAEP_SHA256_MGF1SHA256,
    };
    let content_key = random(encryption.key_bytes())?;
    let mut encrypted_key = vec![0; key.ciphertext_size()];
    key.encrypt(oaep, &content_key, &mut encrypted_key, None)
        .map_err(|_| EncryptError::Crypto)?;
    Ok(ContentKey {
        key: content_key,
        encrypted_key,
        epk: None,
    })
}

/// RFC 7518 §4.6.
fn agreed(
    curve: Curve,
    peer: &[u8],
    algorithm: KeyManagementAlgorithm,
    encryption: ContentEncryptionAlgorithm,
) -> Result<ContentKey, EncryptError> {
    let ours = PrivateKey::generate(curve.algorithm()).map_err(|_| EncryptError::Crypto)?;
    let point = ours
        .compute_public_key()
        .map_err(|_| EncryptError::Crypto)?;
    let derive = |algorithm_id, key_bytes| {
        let derivation = Derivation {
            algorithm_id,
            apu: &[],
            apv: &[],
            key_bytes,
        };
        agree(curve, &ours, peer, &derivation).ok_or(EncryptError::Crypto)
    };
    let epk = Some(curve.jwk(point.as_ref()));
    let Some((cipher, key_bytes)) = wrapping(algorithm) else {
        return Ok(ContentKey {
            key: derive(encryption.name(), encryption.key_bytes())?,
            encrypted_key: Vec::new(),
            epk,
        });
    };
    let content_key = random(encryption.key_bytes())?;
    let kek = AesKek::new(cipher, &derive(algorithm.name(), key_bytes)?)
        .map_err(|_| EncryptError::Crypto)?;
    // RFC 3394 §2.2.1: the wrapped key is eight bytes longer.
    let mut encrypted_key = vec![0; content_key.len() + 8];
    kek.wrap(&content_key, &mut encrypted_key)
        .map_err(|_| EncryptError::Crypto)?;
    Ok(ContentKey {
        key: content_key,
        encrypted_key,
        epk,
    })
}

fn random(length: usize) -> Result<Zeroizing<Vec<u8>>, EncryptError> {
    let mut bytes = Zeroizing::new(vec![0; length]);
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| EncryptError::Crypto)?;
    Ok(bytes)
}
