//! The signature algorithms that a JWS of an issuer may name.
//!
//! RFC 7518 §3.1 also registers `none` and the HMAC family: neither can be expressed here, so no configuration and no header
//! can choose them (RFC 8725 §3.1 and §3.2). HMAC with a shared secret is [`crate::mac`]'s, with key types of its own.

use std::fmt;

/// An asymmetric signature algorithm: its name in `alg` and what a verification does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256. RFC 7518 §3.3.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384. RFC 7518 §3.3.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512. RFC 7518 §3.3.
    Rs512,
    /// RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 octets. RFC 7518 §3.5.
    Ps256,
    /// RSASSA-PSS with SHA-384, MGF1 with SHA-384 and a salt of 48 octets. RFC 7518 §3.5.
    Ps384,
    /// RSASSA-PSS with SHA-512, MGF1 with SHA-512 and a salt of 64 octets. RFC 7518 §3.5.
    Ps512,
    /// ECDSA on P-256 with SHA-256. RFC 7518 §3.4.
    Es256,
    /// ECDSA on P-384 with SHA-384. RFC 7518 §3.4.
    Es384,
    /// ECDSA on P-521 with SHA-512. RFC 7518 §3.4.
    Es512,
    /// EdDSA on Ed25519, by the older name that leaves the curve to the key; Ed448 is not supported. RFC 8037 §3.1.
    EdDsa,
    /// EdDSA on Ed25519, by the name that says so. RFC 9864 §2.2.
    Ed25519,
}

impl SignatureAlgorithm {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::EdDsa,
        Self::Ed25519,
    ];

    /// The algorithm of that name, which is compared exactly: case-sensitive, no white space. RFC 7515 §4.1.1.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|algorithm| algorithm.name() == name)
    }

    /// The name in the registry of RFC 7518 §7.1.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::EdDsa => "EdDSA",
            Self::Ed25519 => "Ed25519",
        }
    }

    /// Whether both names stand for one computation: equal, or the two names of EdDSA on Ed25519. RFC 9864 §2.2.
    pub(crate) fn is_same_as(self, other: Self) -> bool {
        self.current() == other.current()
    }

    /// Whether a list of allowed algorithms has this one, under either of its names.
    pub fn is_among(self, allowed: &[Self]) -> bool {
        allowed.iter().any(|algorithm| algorithm.is_same_as(self))
    }

    /// The fully specified name of the same computation.
    fn current(self) -> Self {
        match self {
            Self::EdDsa => Self::Ed25519,
            other => other,
        }
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 7518 §7.1
    #[test]
    fn names_are_read_back() {
        for algorithm in SignatureAlgorithm::ALL {
            assert_eq!(
                SignatureAlgorithm::from_name(algorithm.name()),
                Some(*algorithm)
            );
        }
    }

    #[test]
    fn other_names_are_unknown() {
        let names = [
            "none",
            "None",
            "NONE",
            "",
            "HS256",
            "HS384",
            "HS512",
            "rs256",
            "RS256 ",
            " RS256",
            "RS1",
            "ES256K",
            "ES521",
            "ES224",
            "Ed448",
            "eddsa",
            "ED25519",
            "RSA-OAEP",
            "dir",
            "ML-DSA-44",
        ];
        for name in names {
            assert_eq!(SignatureAlgorithm::from_name(name), None, "{name}");
        }
    }

    // JO-24
    // RFC 9864 §2.2
    #[test]
    fn the_two_names_of_ed25519_are_one_algorithm() {
        assert!(SignatureAlgorithm::EdDsa.is_among(&[SignatureAlgorithm::Ed25519]));
        assert!(
            SignatureAlgorithm::Ed25519
                .is_among(&[SignatureAlgorithm::Es256, SignatureAlgorithm::EdDsa])
        );
    }

    #[test]
    fn no_other_pair_is_one_algorithm() {
        for (i, a) in SignatureAlgorithm::ALL.iter().enumerate() {
            for (j, b) in SignatureAlgorithm::ALL.iter().enumerate() {
                let ed25519 = [a, b]
                    .iter()
                    .all(|x| matches!(x, SignatureAlgorithm::EdDsa | SignatureAlgorithm::Ed25519));
                assert_eq!(a.is_same_as(*b), i == j || ed25519, "{a} {b}");
            }
        }
        assert!(!SignatureAlgorithm::Rs256.is_among(&[]));
    }
}
