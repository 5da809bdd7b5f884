//! The algorithms that an encrypted token may name: how its key travels, and how its content is encrypted. RFC 7518 §4.1 and §5.1.
//!
//! Left out on purpose, so that no header can choose them: `RSA1_5` (its padding is an oracle, RFC 8725 §3.2), the `PBES2`
//! family (the sender decides how long we compute), the symmetric key wraps (we
//! share no such key with anybody), and the variants with A192KW, which the cryptographic library doesn't have.

use std::fmt;

/// How the content encryption key comes to us: `alg`. RFC 7518 §4.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyManagementAlgorithm {
    /// Encrypted by RSAES-OAEP with SHA-1 and MGF1 with SHA-1, which OAEP's security doesn't rest on. RFC 7518 §4.3.
    RsaOaep,
    /// Encrypted by RSAES-OAEP with SHA-256 and MGF1 with SHA-256. RFC 7518 §4.3.
    RsaOaep256,
    /// Agreed upon with an ephemeral key of the sender. RFC 7518 §4.6.
    EcdhEs,
    /// Wrapped by AES with a 128-bit key that is agreed upon. RFC 7518 §4.6.
    EcdhEsA128Kw,
    /// Wrapped by AES with a 256-bit key that is agreed upon. RFC 7518 §4.6.
    EcdhEsA256Kw,
    /// Shared beforehand. RFC 7518 §4.5.
    Direct,
}

impl KeyManagementAlgorithm {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::RsaOaep,
        Self::RsaOaep256,
        Self::EcdhEs,
        Self::EcdhEsA128Kw,
        Self::EcdhEsA256Kw,
        Self::Direct,
    ];

    /// The algorithm of that name, which is compared exactly. RFC 7516 §4.1.1.
    pub fn from_name(name: &str) -> Option<Self> {
        named(Self::ALL, Self::name, name)
    }

    /// The name in the registry of RFC 7518 §7.1.
    pub fn name(self) -> &'static str {
        match self {
            Self::RsaOaep => "RSA-OAEP",
            Self::RsaOaep256 => "RSA-OAEP-256",
            Self::EcdhEs => "ECDH-ES",
            Self::EcdhEsA128Kw => "ECDH-ES+A128KW",
            Self::EcdhEsA256Kw => "ECDH-ES+A256KW",
            Self::Direct => "dir",
        }
    }
}

impl fmt::Display for KeyManagementAlgorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// How the content is encrypted and authenticated: `enc`. RFC 7518 §5.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContentEncryptionAlgorithm {
    /// AES-128 in CBC mode, authenticated by HMAC with SHA-256. RFC 7518 §5.2.3.
    A128CbcHs256,
    /// AES-192 in CBC mode, authenticated by HMAC with SHA-384. RFC 7518 §5.2.4.
    A192CbcHs384,
    /// AES-256 in CBC mode, authenticated by HMAC with SHA-512. RFC 7518 §5.2.5.
    A256CbcHs512,
    /// AES-128 in Galois/Counter Mode. RFC 7518 §5.3.
    A128Gcm,
    /// AES-192 in Galois/Counter Mode. RFC 7518 §5.3.
    A192Gcm,
    /// AES-256 in Galois/Counter Mode. RFC 7518 §5.3.
    A256Gcm,
}

impl ContentEncryptionAlgorithm {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::A128CbcHs256,
        Self::A192CbcHs384,
        Self::A256CbcHs512,
        Self::A128Gcm,
        Self::A192Gcm,
        Self::A256Gcm,
    ];

    /// The algorithm of that name, which is compared exactly. RFC 7516 §4.1.2.
    pub fn from_name(name: &str) -> Option<Self> {
        named(Self::ALL, Self::name, name)
    }

    /// The name in the registry of RFC 7518 §7.1.
    pub fn name(self) -> &'static str {
        match self {
            Self::A128CbcHs256 => "A128CBC-HS256",
            Self::A192CbcHs384 => "A192CBC-HS384",
            Self::A256CbcHs512 => "A256CBC-HS512",
            Self::A128Gcm => "A128GCM",
            Self::A192Gcm => "A192GCM",
            Self::A256Gcm => "A256GCM",
        }
    }

    /// The length of its key in bytes; with CBC, the MAC's half and the cipher's. RFC 7518 §5.2.2.1 and §5.3.
    pub fn key_bytes(self) -> usize {
        match self {
            Self::A128Gcm => 16,
            Self::A192Gcm => 24,
            Self::A128CbcHs256 | Self::A256Gcm => 32,
            Self::A192CbcHs384 => 48,
            Self::A256CbcHs512 => 64,
        }
    }
}

impl fmt::Display for ContentEncryptionAlgorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

fn named<A: Copy>(all: &[A], name_of: fn(A) -> &'static str, name: &str) -> Option<A> {
    all.iter().copied().find(|one| name_of(*one) == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 7518 §4.1, §5.1, §5.2.3, §5.2.4, §5.2.5
    #[test]
    fn names_are_read_back() {
        for algorithm in KeyManagementAlgorithm::ALL {
            assert_eq!(
                KeyManagementAlgorithm::from_name(algorithm.name()),
                Some(*algorithm)
            );
        }
        for algorithm in ContentEncryptionAlgorithm::ALL {
            assert_eq!(
                ContentEncryptionAlgorithm::from_name(algorithm.name()),
                Some(*algorithm)
            );
        }
    }

    // JO-13, JO-15
    // RFC 8725 §3.2
    #[test]
    fn what_is_left_out_on_purpose_has_no_name_here() {
        for name in [
            "RSA1_5",
            "RSA-OAEP-384",
            "RSA-OAEP-512",
            "A128KW",
            "A192KW",
            "A256KW",
            "A128GCMKW",
            "A256GCMKW",
            "ECDH-ES+A192KW",
            "PBES2-HS256+A128KW",
            "PBES2-HS512+A256KW",
            "none",
            "",
            "rsa-oaep",
            "DIR",
            "RSA-OAEP ",
        ] {
            assert_eq!(KeyManagementAlgorithm::from_name(name), None, "{name}");
        }
        for name in [
            "A128CBC",
            "A256CBC+HS512",
            "a128gcm",
            "none",
            "",
            "C20P",
            "A128CTR",
        ] {
            assert_eq!(ContentEncryptionAlgorithm::from_name(name), None, "{name}");
        }
    }
}
