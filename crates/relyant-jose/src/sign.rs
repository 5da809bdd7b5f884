//! Signing: a private key that makes compact JWS and knows its public JWK. For issuers, and for clients that prove who they are.

mod import;

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
    ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair,
    KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256,
    RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding,
};

use crate::algorithm::SignatureAlgorithm;
use crate::base64url;
use crate::compact;
use crate::json::{Object, Value};
use crate::jwk::{JwkError, VerificationKey};

/// A private key for one algorithm.
///
/// The private half stays inside aws-lc, which wipes it when it is freed.
pub struct SigningKey {
    algorithm: SignatureAlgorithm,
    kid: String,
    pair: Pair,
    public_jwk: Object,
}

enum Pair {
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Ec(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    /// A fresh key; RSA keys have 2048 bits. The randomness is aws-lc's, as is that of ECDSA and PSS signatures.
    pub fn generate(algorithm: SignatureAlgorithm, kid: &str) -> Result<Self, SignError> {
        let pair = match scheme(algorithm) {
            Scheme::Rsa(encoding) => {
                RsaKeyPair::generate(KeySize::Rsa2048).map(|pair| Pair::Rsa(pair, encoding))
            }
            Scheme::Ec(parameters) => EcdsaKeyPair::generate(parameters).map(Pair::Ec),
            Scheme::Ed25519 => Ed25519KeyPair::generate().map(Pair::Ed25519),
        };
        Self::new(algorithm, kid, pair.map_err(|_| SignError::Crypto)?)
    }

    /// The private key of a PKCS #8 document in DER. RFC 5958.
    pub fn from_pkcs8(
        algorithm: SignatureAlgorithm,
        kid: &str,
        der: &[u8],
    ) -> Result<Self, SignError> {
        let pair = match scheme(algorithm) {
            Scheme::Rsa(encoding) => {
                RsaKeyPair::from_pkcs8(der).map(|pair| Pair::Rsa(pair, encoding))
            }
            Scheme::Ec(parameters) => EcdsaKeyPair::from_pkcs8(parameters, der).map(Pair::Ec),
            Scheme::Ed25519 => Ed25519KeyPair::from_pkcs8(der).map(Pair::Ed25519),
        };
        Self::new(algorithm, kid, pair.map_err(|_| SignError::NotAKey)?)
    }

    /// The algorithm that the key signs with.
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// The key's name in its set.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public half, for a JWK Set. RFC 7517 §4.
    pub fn public_jwk(&self) -> Object {
        self.public_jwk.clone()
    }

    /// The compact JWS of `payload`. RFC 7515 §5.1.
    ///
    /// The header is `alg`, `kid` and `typ` (`JWT`); a member of `extra_header` replaces the one of its name, and a null takes
    /// it away. The algorithm that signs stays the key's own, whatever the header says.
    pub fn sign(&self, payload: &[u8], extra_header: &Object) -> Result<String, SignError> {
        let usual = object([
            ("alg", self.algorithm.name()),
            ("kid", &self.kid),
            ("typ", "JWT"),
        ]);
        let signing_input = compact::signing_input(usual, extra_header, payload);
        let signature = self.pair.sign(signing_input.as_bytes())?;
        Ok(compact::join(&signing_input, &signature))
    }

    fn new(algorithm: SignatureAlgorithm, kid: &str, pair: Pair) -> Result<Self, SignError> {
        let mut public_jwk = object([("kid", kid), ("use", "sig"), ("alg", algorithm.name())]);
        public_jwk.extend(pair.public_members()?);
        // What we publish must be a key that we would take ourselves.
        VerificationKey::from_jwk(&public_jwk).map_err(SignError::PublicKey)?;
        Ok(Self {
            algorithm,
            kid: kid.to_owned(),
            pair,
            public_jwk,
        })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "SigningKey({}, {:?}, private key not shown)",
            self.algorithm, self.kid
        )
    }
}

/// Why there is no key or no signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignError {
    /// The document is no private key for the algorithm.
    NotAKey,
    /// The private JWK can't be used.
    Jwk(JwkError),
    /// The private members of a JWK are malformed, or of another key than its public ones.
    PrivateMembers,
    /// The text has no private key in PEM.
    NoPem,
    /// The text has PEM that is cut off or not base64.
    MalformedPem,
    /// The private key is encrypted with a passphrase.
    EncryptedPem,
    /// The text has more than one private key.
    SeveralKeys,
    /// The public half would be refused by a verifier.
    PublicKey(JwkError),
    /// The cryptographic library failed.
    Crypto,
}

impl fmt::Display for SignError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAKey => write!(
                formatter,
                "not a private key for the algorithm, expected one of RSA, P-256, P-384, P-521 or Ed25519"
            ),
            Self::Jwk(error) => write!(formatter, "not a private JWK that signs: {error}"),
            Self::PrivateMembers => write!(
                formatter,
                "the private members of the JWK are not those of its public key"
            ),
            Self::NoPem => write!(
                formatter,
                "no private key in PEM, expected `PRIVATE KEY`, `RSA PRIVATE KEY` or `EC PRIVATE KEY` between BEGIN and END"
            ),
            Self::MalformedPem => write!(formatter, "PEM that is cut off or not base64"),
            Self::EncryptedPem => write!(
                formatter,
                "the private key is encrypted, expected one without a passphrase"
            ),
            Self::SeveralKeys => write!(formatter, "more than one private key, expected one"),
            Self::PublicKey(error) => write!(formatter, "key that verifiers refuse: {error}"),
            Self::Crypto => write!(formatter, "the cryptographic library failed"),
        }
    }
}

impl std::error::Error for SignError {}

impl Pair {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &random, message, &mut signature)
                    .map_err(|_| SignError::Crypto)?;
                Ok(signature)
            }
            Self::Ec(pair) => pair
                .sign(&random, message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| SignError::Crypto),
            Self::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }

    /// The members of the public JWK that describe the key itself.
    fn public_members(&self) -> Result<Object, SignError> {
        match self {
            Self::Rsa(pair, _) => rsa_members(pair.public_key().as_ref()).ok_or(SignError::Crypto),
            Self::Ec(pair) => {
                // SEC 1 §2.3.3: 0x04 and two coordinates of equal length.
                let point = pair.public_key().as_ref();
                let coordinates = point
                    .split_first()
                    .map(|(_, coordinates)| coordinates)
                    .ok_or(SignError::Crypto)?;
                let (x, y) = coordinates.split_at(coordinates.len() / 2);
                let curve = curve_name(x.len()).ok_or(SignError::Crypto)?;
                Ok(object([
                    ("kty", "EC"),
                    ("crv", curve),
                    ("x", &base64url::encode(x)),
                    ("y", &base64url::encode(y)),
                ]))
            }
            Self::Ed25519(pair) => Ok(object([
                ("kty", "OKP"),
                ("crv", "Ed25519"),
                ("x", &base64url::encode(pair.public_key().as_ref())),
            ])),
        }
    }
}

enum Scheme {
    Rsa(&'static dyn RsaEncoding),
    Ec(&'static EcdsaSigningAlgorithm),
    Ed25519,
}

fn scheme(algorithm: SignatureAlgorithm) -> Scheme {
    use SignatureAlgorithm as A;
    match algorithm {
        A::Rs256 => Scheme::Rsa(&RSA_PKCS1_SHA256),
        A::Rs384 => Scheme::Rsa(&RSA_PKCS1_SHA384),
        A::Rs512 => Scheme::Rsa(&RSA_PKCS1_SHA512),
        A::Ps256 => Scheme::Rsa(&RSA_PSS_SHA256),
        A::Ps384 => Scheme::Rsa(&RSA_PSS_SHA384),
        A::Ps512 => Scheme::Rsa(&RSA_PSS_SHA512),
        A::Es256 => Scheme::Ec(&ECDSA_P256_SHA256_FIXED_SIGNING),
        A::Es384 => Scheme::Ec(&ECDSA_P384_SHA384_FIXED_SIGNING),
        A::Es512 => Scheme::Ec(&ECDSA_P521_SHA512_FIXED_SIGNING),
        A::EdDsa | A::Ed25519 => Scheme::Ed25519,
    }
}

fn curve_name(coordinate_bytes: usize) -> Option<&'static str> {
    match coordinate_bytes {
        32 => Some("P-256"),
        48 => Some("P-384"),
        66 => Some("P-521"),
        _ => None,
    }
}

pub(crate) fn object<const N: usize>(members: [(&str, &str); N]) -> Object {
    members
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .collect()
}

/// The members of a public JWK that describe an RSAPublicKey. RFC 7518 §6.3.1.
pub(crate) fn rsa_members(der: &[u8]) -> Option<Object> {
    let (n, e) = rsa_numbers(der)?;
    Some(object([
        ("kty", "RSA"),
        ("n", &base64url::encode(n)),
        ("e", &base64url::encode(e)),
    ]))
}

/// Modulus and exponent of an RSAPublicKey, without the sign octet: SEQUENCE { INTEGER n, INTEGER e }. RFC 8017 A.1.1.
fn rsa_numbers(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (body, _) = der_element(0x30, der)?;
    let (n, rest) = der_element(0x02, body)?;
    let (e, _) = der_element(0x02, rest)?;
    Some((n.strip_prefix(&[0]).unwrap_or(n), e))
}

/// The content of a DER element with this tag, and what follows it. Only our own key's encoding is read, never a stranger's.
fn der_element(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (first, rest) = der.split_first()?;
    let (length, rest) = rest.split_first()?;
    let (length, rest) = match length.checked_sub(0x80) {
        None => (usize::from(*length), rest),
        Some(octets) => {
            let (length, rest) = rest.split_at_checked(usize::from(octets))?;
            (
                length
                    .iter()
                    .fold(0, |sum, octet| sum * 256 + usize::from(*octet)),
                rest,
            )
        }
    };
    if *first == tag {
        rest.split_at_checked(length)
    } else {
        None
    }
}
