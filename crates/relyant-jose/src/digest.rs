//! Hashes of the SHA-2 family and comparison in constant time.

use aws_lc_rs::digest::{self, SHA256, SHA384, SHA512};

use crate::algorithm::SignatureAlgorithm;

/// The SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&SHA256, bytes).as_ref());
    hash
}

/// The left half of the hash that belongs to a signature algorithm, as `at_hash` and `c_hash` use it.
///
/// EdDSA names no hash of its own in JOSE; Ed25519 signs with SHA-512 (RFC 8032 §5.1), so that is what counts.
pub fn left_half(algorithm: SignatureAlgorithm, bytes: &[u8]) -> Vec<u8> {
    let hash = digest::digest(hash_of(algorithm), bytes);
    let half = hash.as_ref().len() / 2;
    hash.as_ref().iter().copied().take(half).collect()
}

/// The first `length` octets of a SHA-2 hash of `bytes`: of the smallest of the family that is long enough. 64 at most.
///
/// OpenID Connect Core §10.2 derives shared keys so.
pub fn left(bytes: &[u8], length: usize) -> Vec<u8> {
    let algorithm = match length {
        0..=32 => &SHA256,
        33..=48 => &SHA384,
        _ => &SHA512,
    };
    let hash = digest::digest(algorithm, bytes);
    hash.as_ref().iter().copied().take(length).collect()
}

/// Whether `a` and `b` are equal; the time tells their lengths at most, never where they differ.
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(a, b).is_ok()
}

fn hash_of(algorithm: SignatureAlgorithm) -> &'static digest::Algorithm {
    use SignatureAlgorithm as A;
    match algorithm {
        A::Rs256 | A::Ps256 | A::Es256 => &SHA256,
        A::Rs384 | A::Ps384 | A::Es384 => &SHA384,
        A::Rs512 | A::Ps512 | A::Es512 | A::EdDsa | A::Ed25519 => &SHA512,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base64url;

    #[test]
    fn sha256_of_abc_as_fips_180_4_gives_it() {
        let expected = [
            0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae,
            0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61,
            0xf2, 0x00, 0x15, 0xad,
        ];
        assert_eq!(sha256(b"abc"), expected);
    }

    #[test]
    fn the_half_has_half_the_length_of_the_algorithms_hash() {
        for algorithm in SignatureAlgorithm::ALL {
            let expected = match algorithm.name().strip_prefix(['R', 'P', 'E']) {
                Some("S256") => 16,
                Some("S384") => 24,
                _ => 32,
            };
            assert_eq!(left_half(*algorithm, b"x").len(), expected, "{algorithm}");
        }
        assert_eq!(
            left_half(SignatureAlgorithm::Es256, b"abc"),
            sha256(b"abc")[..16]
        );
    }

    /// OpenID Connect Core, appendix A.4: the access token and the `at_hash` of its ID token.
    #[test]
    fn the_at_hash_of_openid_connect_core_appendix_a() {
        let half = left_half(
            SignatureAlgorithm::Rs256,
            b"jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y",
        );
        assert_eq!(base64url::encode(&half), "77QmUPtjPfzWtF2AnpK9RQ");
    }

    // JO-20
    #[test]
    fn comparison_is_by_whole_value() {
        assert!(constant_time_eq(b"", b""));
        assert!(constant_time_eq(b"abc", b"abc"));
        for other in [&b"abd"[..], b"bbc", b"ab", b"abcd", b""] {
            assert!(!constant_time_eq(b"abc", other));
        }
    }
}
