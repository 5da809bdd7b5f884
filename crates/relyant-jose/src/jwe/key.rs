//! Our keys for decryption: parsed once, each for the algorithms that its kind and its `alg` allow. RFC 7517 §4.

use std::fmt;

use aws_lc_rs::agreement::PrivateKey;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::key_wrap::{AES_128, AES_256, AesBlockCipher, AesKek, KeyWrap};
use aws_lc_rs::rsa::{
    KeyPair, OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPrivateDecryptingKey,
    PrivateDecryptingKey,
};
use aws_lc_rs::signature::KeyPair as _;
use rustls_pki_types::PrivateKeyDer;
use zeroize::Zeroizing;

use super::JweHeader;
use super::agreement::{Curve, Derivation, agree};
use super::algorithm::KeyManagementAlgorithm;
use crate::json::{Object, Value};
use crate::jwk::private::rsa_components;
use crate::jwk::{self, JwkError, octets, required};
use crate::pem::single_key;
use crate::sign::rsa_members;
use crate::thumbprint::thumbprint;

/// What may be done with a key that opens encrypted tokens. RFC 7517 §4.3.
const OPERATIONS: [&str; 4] = ["decrypt", "unwrapKey", "deriveKey", "deriveBits"];

/// A PKCS #8 document of an X25519 key is this and the 32 bytes of the key. RFC 8410 §7.
const X25519_PKCS8: &[u8] = &[
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x04, 0x22, 0x04, 0x20,
];

/// A key of ours that opens encrypted tokens.
pub struct DecryptionKey {
    kid: Option<String>,
    algorithm: Option<KeyManagementAlgorithm>,
    secret: Secret,
    public_jwk: Option<Object>,
}

enum Secret {
    Rsa(OaepPrivateDecryptingKey),
    Agreement(Curve, PrivateKey),
    Shared(Zeroizing<Vec<u8>>),
}

impl DecryptionKey {
    /// The key of a private JWK. RFC 7518 §6.
    ///
    /// An RSA key needs its primes and their exponents, which every generator writes down.
    pub fn from_jwk(jwk: &Object) -> Result<Self, JwkError> {
        let kid = jwk::kid(jwk)?;
        check_purpose(jwk)?;
        let mut key = match required(jwk, "kty")? {
            "RSA" => Self::rsa(&rsa_of_jwk(jwk)?)?,
            "EC" | "OKP" => {
                let curve = Curve::of(jwk)?;
                Self::agreement(curve, private_key(curve, jwk)?)?
            }
            "oct" => Self::shared(&Zeroizing::new(octets(jwk, "k")?)),
            other => {
                return Err(JwkError::UnsupportedKeyType {
                    got: other.to_owned(),
                });
            }
        };
        if let Some(kid) = kid {
            key.name(kid);
        }
        if let Some(name) = jwk::text(jwk, "alg")? {
            key.restrict(name)?;
        }
        Ok(key)
    }

    /// The private key of a PKCS #8 document in DER. Without a name it is named by its thumbprint. RFC 5958, RFC 7638.
    pub fn from_pkcs8(kid: Option<&str>, der: &[u8]) -> Result<Self, JwkError> {
        match KeyPair::from_pkcs8(der) {
            Ok(pair) => Self::rsa(&pair)?,
            Err(_) => Self::agreement_of_der(der)?,
        }
        .named(kid)
    }

    /// The one private key of a PEM text, in the forms that a key for signing has, too. Named as one of PKCS #8. RFC 7468 §10.
    ///
    /// Whatever is wrong with the text counts as refused; a reader of signing keys tells it better.
    pub fn from_pem(kid: Option<&str>, pem: &[u8]) -> Result<Self, JwkError> {
        let refused = |_| JwkError::RefusedByCrypto;
        match single_key(pem).map_err(refused)? {
            PrivateKeyDer::Pkcs1(der) => {
                let pair = KeyPair::from_der(der.secret_pkcs1_der())
                    .map_err(|_| JwkError::RefusedByCrypto)?;
                Self::rsa(&pair)?.named(kid)
            }
            key => Self::from_pkcs8(kid, key.secret_der()),
        }
    }

    /// A secret that both sides know. It fits the one key length that it has. RFC 7518 §4.5.
    pub fn shared(secret: &[u8]) -> Self {
        Self {
            kid: None,
            algorithm: None,
            secret: Secret::Shared(Zeroizing::new(secret.to_vec())),
            public_jwk: None,
        }
    }

    /// The key's name in its set. RFC 7517 §4.5.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The public half, for a JWK Set; None for a shared secret. RFC 7517 §4.
    pub fn public_jwk(&self) -> Option<&Object> {
        self.public_jwk.as_ref()
    }

    fn rsa(pair: &KeyPair) -> Result<Self, JwkError> {
        let der = pair.as_der().map_err(|_| JwkError::RefusedByCrypto)?;
        let key = PrivateDecryptingKey::from_pkcs8(der.as_ref())
            .map_err(|_| JwkError::RefusedByCrypto)?;
        let key = OaepPrivateDecryptingKey::new(key).map_err(|_| JwkError::RefusedByCrypto)?;
        let public = rsa_members(pair.public_key().as_ref()).ok_or(JwkError::RefusedByCrypto)?;
        Ok(Self::with_public(Secret::Rsa(key), public))
    }

    fn agreement_of_der(der: &[u8]) -> Result<Self, JwkError> {
        let (curve, key) = agreement_of_der(der).ok_or(JwkError::RefusedByCrypto)?;
        Self::agreement(curve, key)
    }

    /// By that name, or else by its thumbprint.
    fn named(mut self, kid: Option<&str>) -> Result<Self, JwkError> {
        let thumbprint = || self.public_jwk.as_ref().map(thumbprint).transpose();
        let kid = kid.map_or_else(thumbprint, |kid| Ok(Some(kid.to_owned())))?;
        if let Some(kid) = kid {
            self.name(kid);
        }
        Ok(self)
    }

    fn agreement(curve: Curve, key: PrivateKey) -> Result<Self, JwkError> {
        let point = key
            .compute_public_key()
            .map_err(|_| JwkError::RefusedByCrypto)?;
        let public = curve.jwk(point.as_ref());
        Ok(Self::with_public(Secret::Agreement(curve, key), public))
    }

    fn with_public(secret: Secret, mut public: Object) -> Self {
        public.insert("use".to_owned(), Value::from("enc"));
        Self {
            kid: None,
            algorithm: None,
            secret,
            public_jwk: Some(public),
        }
    }

    fn name(&mut self, kid: String) {
        if let Some(public) = &mut self.public_jwk {
            public.insert("kid".to_owned(), Value::from(kid.clone()));
        }
        self.kid = Some(kid);
    }

    /// RFC 7517 §4.4: the algorithm that the key is intended for. RFC 8725 §3.1: and no other.
    fn restrict(&mut self, name: &str) -> Result<(), JwkError> {
        let algorithm = KeyManagementAlgorithm::from_name(name)
            .filter(|algorithm| self.secret.fits(*algorithm))
            .ok_or_else(|| JwkError::UnknownAlgorithm {
                got: name.to_owned(),
            })?;
        self.algorithm = Some(algorithm);
        if let Some(public) = &mut self.public_jwk {
            public.insert("alg".to_owned(), Value::from(name));
        }
        Ok(())
    }

    /// Whether the header may mean this key.
    pub(super) fn fits(&self, header: &JweHeader) -> bool {
        let shared_length = match &self.secret {
            Secret::Shared(secret) => Some(secret.len()),
            _ => None,
        };
        self.secret.fits(header.algorithm)
            && self.algorithm.is_none_or(|only| only == header.algorithm)
            && shared_length.is_none_or(|length| length == header.encryption.key_bytes())
    }

    /// The key of the content: of the length that `enc` needs, and None for whatever reason. RFC 7516 §5.2 (9) to (12).
    pub(super) fn content_key(
        &self,
        header: &JweHeader,
        encrypted_key: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let key = match &self.secret {
            Secret::Rsa(key) => decrypt(key, oaep(header.algorithm)?, encrypted_key)?,
            Secret::Agreement(curve, key) => agreed(*curve, key, header, encrypted_key)?,
            // RFC 7516 §5.2 (10): with a shared secret the encrypted key is empty.
            Secret::Shared(secret) => encrypted_key.is_empty().then(|| secret.clone())?,
        };
        // RFC 7516 §5.2 (9): of the length that the content's algorithm requires.
        (key.len() == header.encryption.key_bytes()).then_some(key)
    }
}

impl fmt::Debug for DecryptionKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "DecryptionKey({:?}, private key not shown)",
            self.kid
        )
    }
}

impl Secret {
    fn fits(&self, algorithm: KeyManagementAlgorithm) -> bool {
        use KeyManagementAlgorithm as A;
        match self {
            Self::Rsa(_) => matches!(algorithm, A::RsaOaep | A::RsaOaep256),
            Self::Agreement(..) => {
                matches!(algorithm, A::EcdhEs | A::EcdhEsA128Kw | A::EcdhEsA256Kw)
            }
            Self::Shared(_) => algorithm == A::Direct,
        }
    }
}

/// Our keys, of which a token's `kid` chooses one.
#[derive(Debug, Default)]
pub struct DecryptionKeys(Vec<DecryptionKey>);

impl DecryptionKeys {
    /// All of them: today's, and former ones that tokens may still be encrypted to.
    pub fn new(keys: Vec<DecryptionKey>) -> Self {
        Self(keys)
    }

    /// The keys one by one.
    pub fn iter(&self) -> impl Iterator<Item = &DecryptionKey> {
        self.0.iter()
    }
}

/// `use` and `key_ops` allow decryption. RFC 7517 §4.2 and §4.3.
fn check_purpose(jwk: &Object) -> Result<(), JwkError> {
    jwk::check_use(jwk, "enc")?;
    match jwk::key_operations(jwk)? {
        Some(operations) if !operations.iter().any(|one| OPERATIONS.contains(one)) => {
            Err(JwkError::KeyOperations)
        }
        _ => Ok(()),
    }
}

fn rsa_of_jwk(jwk: &Object) -> Result<KeyPair, JwkError> {
    KeyPair::from_components(&rsa_components(jwk)?).map_err(|_| JwkError::RefusedByCrypto)
}

/// The public half of the JWK must be that of its private half.
fn private_key(curve: Curve, jwk: &Object) -> Result<PrivateKey, JwkError> {
    let d = Zeroizing::new(octets(jwk, "d")?);
    let key = PrivateKey::from_private_key(curve.algorithm(), &d)
        .map_err(|_| JwkError::RefusedByCrypto)?;
    let point = key
        .compute_public_key()
        .map_err(|_| JwkError::RefusedByCrypto)?;
    if curve.point(jwk)? == point.as_ref() {
        Ok(key)
    } else {
        Err(JwkError::InvalidPoint)
    }
}

/// PKCS #8, or what a curve's key had before it (RFC 5915 §3).
fn agreement_of_der(der: &[u8]) -> Option<(Curve, PrivateKey)> {
    if let Some(octets) = der.strip_prefix(X25519_PKCS8) {
        let key = PrivateKey::from_private_key(Curve::X25519.algorithm(), octets).ok()?;
        return Some((Curve::X25519, key));
    }
    [Curve::P256, Curve::P384, Curve::P521]
        .into_iter()
        .find_map(|curve| {
            let key = PrivateKey::from_private_key_der(curve.algorithm(), der).ok()?;
            Some((curve, key))
        })
}

fn oaep(algorithm: KeyManagementAlgorithm) -> Option<&'static OaepAlgorithm> {
    match algorithm {
        KeyManagementAlgorithm::RsaOaep => Some(&OAEP_SHA1_MGF1SHA1),
        KeyManagementAlgorithm::RsaOaep256 => Some(&OAEP_SHA256_MGF1SHA256),
        _ => None,
    }
}

/// RFC 7518 §4.3.
fn decrypt(
    key: &OaepPrivateDecryptingKey,
    algorithm: &'static OaepAlgorithm,
    encrypted_key: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let mut buffer = Zeroizing::new(vec![0; key.min_output_size()]);
    let length = key
        .decrypt(algorithm, encrypted_key, &mut buffer, None)
        .ok()?
        .len();
    buffer.truncate(length);
    Some(buffer)
}

/// RFC 7518 §4.6: the agreed key itself, or the one that it unwraps.
fn agreed(
    curve: Curve,
    key: &PrivateKey,
    header: &JweHeader,
    encrypted_key: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let peer = header.epk.as_ref()?;
    // RFC 7518 §4.6.1.1: the ephemeral key is on the curve of ours.
    let peer = (Curve::of(peer) == Ok(curve)).then(|| curve.point(peer).ok())??;
    let derive = |algorithm_id, key_bytes| {
        let derivation = Derivation {
            algorithm_id,
            apu: &header.apu,
            apv: &header.apv,
            key_bytes,
        };
        agree(curve, key, &peer, &derivation)
    };
    match wrapping(header.algorithm) {
        // RFC 7516 §5.2 (10): with direct agreement the encrypted key is empty.
        None if !encrypted_key.is_empty() => None,
        None => derive(header.encryption.name(), header.encryption.key_bytes()),
        Some((cipher, key_bytes)) => {
            let wrapping_key = derive(header.algorithm.name(), key_bytes)?;
            unwrap(cipher, &wrapping_key, encrypted_key)
        }
    }
}

/// The cipher that wraps the content's key and its key length, or None where the agreed key is the content's. RFC 7518 §4.6.
pub(super) fn wrapping(
    algorithm: KeyManagementAlgorithm,
) -> Option<(&'static AesBlockCipher, usize)> {
    match algorithm {
        KeyManagementAlgorithm::EcdhEsA128Kw => Some((&AES_128, 16)),
        KeyManagementAlgorithm::EcdhEsA256Kw => Some((&AES_256, 32)),
        _ => None,
    }
}

/// RFC 7518 §4.4 and RFC 3394 §2.2.2.
fn unwrap(
    cipher: &'static AesBlockCipher,
    wrapping_key: &[u8],
    encrypted_key: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let kek = AesKek::new(cipher, wrapping_key).ok()?;
    let mut buffer = Zeroizing::new(vec![0; encrypted_key.len()]);
    let length = kek.unwrap(encrypted_key, &mut buffer).ok()?.len();
    buffer.truncate(length);
    Some(buffer)
}
