//! New private keys, written down as JWKs. RFC 7518 §6, RFC 8037 §2.

use aws_lc_rs::agreement::{PrivateKey, X25519};
use aws_lc_rs::encoding::{AsBigEndian, AsDer, Curve25519SeedBin, EcPrivateKeyBin};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
    ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair,
};
use zeroize::Zeroizing;

use crate::base64url;
use crate::json::{Object, Value};
use crate::jwe::KeyManagementAlgorithm;
use crate::jwk::private::public_half;
use crate::sign::object;
use crate::thumbprint::thumbprint;

/// What a new key is for, and of which kind it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA of 3072 bits that signs with PKCS #1 v1.5.
    Rs256,
    /// RSA of 3072 bits that signs with PSS.
    Ps256,
    /// P-256 that signs.
    Es256,
    /// P-384 that signs.
    Es384,
    /// P-521 that signs.
    Es512,
    /// Ed25519.
    EdDsa,
    /// RSA of 3072 bits that is encrypted to, with SHA-256.
    RsaOaep256,
    /// RSA of 3072 bits that is encrypted to, with SHA-1, as its older name has it.
    RsaOaep,
    /// P-256 that is agreed with.
    EcdhEs,
    /// P-256 that is agreed with, for a key that wraps another.
    EcdhEsA128Kw,
    /// P-256 that is agreed with, for a longer key that wraps another.
    EcdhEsA256Kw,
    /// X25519 that is agreed with.
    X25519,
}

impl KeyKind {
    /// All of them with the names that an operator knows them by.
    pub const ALL: [(&'static str, Self); 12] = [
        ("RS256", Self::Rs256),
        ("PS256", Self::Ps256),
        ("ES256", Self::Es256),
        ("ES384", Self::Es384),
        ("ES512", Self::Es512),
        ("EdDSA", Self::EdDsa),
        ("RSA-OAEP-256", Self::RsaOaep256),
        ("RSA-OAEP", Self::RsaOaep),
        ("ECDH-ES", Self::EcdhEs),
        ("ECDH-ES+A128KW", Self::EcdhEsA128Kw),
        ("ECDH-ES+A256KW", Self::EcdhEsA256Kw),
        ("X25519", Self::X25519),
    ];

    /// The kind of that name, which is compared exactly.
    pub fn from_name(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, kind)| *kind)
    }

    fn is_for_encryption(self) -> bool {
        self.encryption_algorithm().is_some()
    }

    /// The algorithm that a key for encryption is for. RFC 7517 §4.4: some providers look for a key by it.
    fn encryption_algorithm(self) -> Option<KeyManagementAlgorithm> {
        use KeyManagementAlgorithm as A;
        match self {
            Self::RsaOaep256 => Some(A::RsaOaep256),
            Self::RsaOaep => Some(A::RsaOaep),
            Self::EcdhEs | Self::X25519 => Some(A::EcdhEs),
            Self::EcdhEsA128Kw => Some(A::EcdhEsA128Kw),
            Self::EcdhEsA256Kw => Some(A::EcdhEsA256Kw),
            _ => None,
        }
    }

    /// The algorithm that the key is for, as its JWK says it.
    fn algorithm(self) -> Option<&'static str> {
        let named = Self::ALL.iter().find(|(_, kind)| *kind == self);
        let encryption = self
            .encryption_algorithm()
            .map(KeyManagementAlgorithm::name);
        encryption.or(named.map(|(name, _)| *name))
    }
}

/// The cryptographic library made no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoKey;

impl std::fmt::Display for NoKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the cryptographic library made no key")
    }
}

impl std::error::Error for NoKey {}

/// A fresh private key as a JWK, named by its thumbprint (RFC 7638). The randomness is aws-lc's.
///
/// It is a secret in clear: whoever writes it down takes care of the file.
pub fn private_jwk(kind: KeyKind) -> Result<Object, NoKey> {
    let mut jwk = match kind {
        KeyKind::Rs256 | KeyKind::Ps256 | KeyKind::RsaOaep256 | KeyKind::RsaOaep => rsa(),
        KeyKind::Es256 | KeyKind::EcdhEs | KeyKind::EcdhEsA128Kw | KeyKind::EcdhEsA256Kw => {
            ec("P-256", &ECDSA_P256_SHA256_FIXED_SIGNING)
        }
        KeyKind::Es384 => ec("P-384", &ECDSA_P384_SHA384_FIXED_SIGNING),
        KeyKind::Es512 => ec("P-521", &ECDSA_P521_SHA512_FIXED_SIGNING),
        KeyKind::EdDsa => ed25519(),
        KeyKind::X25519 => x25519(),
    }
    .ok_or(NoKey)?;
    let name = thumbprint(&public_half(&jwk)).map_err(|_| NoKey)?;
    let purpose = if kind.is_for_encryption() {
        "enc"
    } else {
        "sig"
    };
    jwk.extend(object([("kid", &name), ("use", purpose)]));
    if let Some(algorithm) = kind.algorithm() {
        jwk.insert("alg".to_owned(), Value::from(algorithm));
    }
    Ok(jwk)
}

fn ec(crv: &str, algorithm: &'static EcdsaSigningAlgorithm) -> Option<Object> {
    let pair = EcdsaKeyPair::generate(algorithm).ok()?;
    let secret: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().ok()?;
    // SEC 1 §2.3.3: 0x04 and two coordinates of equal length.
    let point = pair.public_key().as_ref().strip_prefix(&[4])?;
    let (x, y) = point.split_at_checked(point.len() / 2)?;
    let mut jwk = object([("kty", "EC"), ("crv", crv)]);
    jwk.extend(members([("x", x), ("y", y), ("d", secret.as_ref())]));
    Some(jwk)
}

fn ed25519() -> Option<Object> {
    let pair = Ed25519KeyPair::generate().ok()?;
    let seed: Curve25519SeedBin<'_> = pair.seed().ok()?.as_be_bytes().ok()?;
    let public = pair.public_key().as_ref();
    Some(okp("Ed25519", public, seed.as_ref()))
}

fn x25519() -> Option<Object> {
    let key = PrivateKey::generate(&X25519).ok()?;
    let secret: Curve25519SeedBin<'_> = key.as_be_bytes().ok()?;
    let public = key.compute_public_key().ok()?;
    Some(okp("X25519", public.as_ref(), secret.as_ref()))
}

/// RFC 8037 §2.
fn okp(crv: &str, public: &[u8], secret: &[u8]) -> Object {
    let mut jwk = object([("kty", "OKP"), ("crv", crv)]);
    jwk.extend(members([("x", public), ("d", secret)]));
    jwk
}

fn rsa() -> Option<Object> {
    let pair = RsaKeyPair::generate(KeySize::Rsa3072).ok()?;
    let der = pair.as_der().ok()?;
    let numbers = Zeroizing::new(integers(der.as_ref())?);
    // RFC 8017 A.1.2: version, then the numbers of RFC 7518 §6.3.2 in the order of their definition.
    let names = ["n", "e", "d", "p", "q", "dp", "dq", "qi"];
    let mut jwk = object([("kty", "RSA")]);
    let numbers = numbers.iter().map(Vec::as_slice);
    jwk.extend(members(names.into_iter().zip(numbers)));
    (jwk.len() == names.len() + 1).then_some(jwk)
}

/// The numbers of the `RSAPrivateKey` at the end of a PKCS #8 document that the library has just written. RFC 8017 A.1.2.
fn integers(pkcs8: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (_, document, _) = element(pkcs8)?; // RFC 5958 §2: version, algorithm, key
    let (_, _, rest) = element(document)?;
    let (_, _, rest) = element(rest)?;
    let (_, key, _) = element(rest)?;
    let (_, mut sequence, _) = element(key)?;
    let mut numbers = Vec::new();
    while let Some((INTEGER, number, rest)) = element(sequence) {
        // RFC 7518 §6.3.1.1: without the zero that keeps a number positive in DER.
        numbers.push(number.strip_prefix(&[0]).unwrap_or(number).to_vec());
        sequence = rest;
    }
    Some(numbers.split_off(1))
}

const INTEGER: u8 = 2;

/// The tag and the content of the first element, and what stands behind it: DER with lengths below 2^16.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [tag, first, rest @ ..] = der else {
        return None;
    };
    let (length, rest) = match (first, rest) {
        (0..=0x7f, rest) => (usize::from(*first), rest),
        (0x81, [length, rest @ ..]) => (usize::from(*length), rest),
        (0x82, [high, low, rest @ ..]) => (usize::from(u16::from_be_bytes([*high, *low])), rest),
        _ => return None,
    };
    let (content, behind) = rest.split_at_checked(length)?;
    Some((*tag, content, behind))
}

fn members<'a>(octets: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Object {
    let member =
        |(name, value): (&str, &[u8])| (name.to_owned(), Value::from(base64url::encode(value)));
    octets.into_iter().map(member).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jwe::{
        ContentEncryptionAlgorithm, DecryptionKey, DecryptionKeys, EncryptedJwe, EncryptionKey,
    };
    use crate::jwk_set::JwkSet;
    use crate::jws::UnverifiedJws;
    use crate::sign::SigningKey;

    // RFC 7518 §6.2.2, §6.3.2, RFC 8037 §2
    #[test]
    fn each_kind_does_what_it_is_for() {
        for (name, kind) in KeyKind::ALL {
            assert_eq!(KeyKind::from_name(name), Some(kind));
            let jwk = private_jwk(kind).unwrap();
            if kind.is_for_encryption() {
                opens(&jwk, kind);
            } else {
                let key = SigningKey::from_jwk(&jwk, None).unwrap();
                assert_eq!(key.algorithm().name(), name);
                let set = Value::Object(
                    [(
                        "keys".to_owned(),
                        Value::Array(vec![key.public_jwk().into()]),
                    )]
                    .into_iter()
                    .collect(),
                );
                let keys = JwkSet::parse(set.to_string().as_bytes()).unwrap();
                let token = key.sign(b"{}", &Object::new()).unwrap();
                let jws = UnverifiedJws::parse(&token).unwrap();
                assert!(jws.verify(&keys, &[key.algorithm()]).is_ok(), "{name}");
            }
        }
        assert_eq!(KeyKind::from_name("rs256"), None);
    }

    fn opens(jwk: &Object, kind: KeyKind) {
        let algorithm = kind.encryption_algorithm().unwrap();
        let public = EncryptionKey::from_jwk(&public_half(jwk)).unwrap();
        let encryption = ContentEncryptionAlgorithm::A256Gcm;
        let token = public
            .encrypt(algorithm, encryption, b"beer", &Object::new())
            .unwrap();
        let keys = DecryptionKeys::new(vec![DecryptionKey::from_jwk(jwk).unwrap()]);
        let opened = EncryptedJwe::parse(&token).unwrap().decrypt(&keys).unwrap();
        assert_eq!(opened.nested(), Some("beer"), "{kind:?}");
    }

    #[test]
    fn two_keys_are_never_the_same() {
        let kid = || private_jwk(KeyKind::Es256).unwrap()["kid"].clone();
        assert_ne!(kid(), kid());
    }

    // RFC 5958 §2
    #[test]
    fn what_is_cut_short_is_no_element() {
        for der in [
            &[][..],
            &[2],
            &[2, 1],
            &[2, 0x81],
            &[2, 0x82, 1],
            &[2, 0x83, 0, 0, 1, 0],
            &[2, 2, 0],
        ] {
            assert_eq!(element(der), None, "{der:?}");
        }
        assert_eq!(element(&[2, 1, 7, 9]), Some((2, &[7][..], &[9][..])));
    }
}
