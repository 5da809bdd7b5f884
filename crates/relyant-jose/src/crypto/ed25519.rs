//! Ed25519 public keys and the strict form of their signatures. RFC 8032 §5.1, RFC 8037 §3.1.
//!
//! A point of small order as key makes one signature fit many messages, and a second spelling of a point or of S makes two
//! signatures of one. RFC 8032 leaves room for both in what verifiers accept; here a key and a signature have one spelling and
//! no point of small order.

use aws_lc_rs::signature::{ED25519, ParsedPublicKey};

use super::Verifier;
use crate::algorithm::SignatureAlgorithm;
use crate::jwk::JwkError;

const POINT_BYTES: usize = 32;

/// The order of the base point, 2^252 + 27742317777372353535851937790883648493, little-endian. RFC 8032 §5.1.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// The prime of the field, 2^255 - 19, little-endian. RFC 8032 §5.1.
const PRIME: [u8; 32] = {
    let mut prime = [0xff; 32];
    prime[0] = 0xed;
    prime[31] = 0x7f;
    prime
};

/// The y coordinates of the eight points whose order divides the cofactor 8, little-endian.
///
/// Orders 4 (y = 0), 1 (y = 1), 2 (y = -1) and 8 (the two solutions of which one is the other's negative).
const SMALL_ORDER: [[u8; 32]; 5] = [
    [0; 32],
    {
        let mut one = [0; 32];
        one[0] = 1;
        one
    },
    {
        let mut minus_one = PRIME;
        minus_one[0] = 0xec;
        minus_one
    },
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
];

/// The verifier of an encoded point.
///
/// Whether the curve has a point with this y at all is found out by aws-lc when it verifies: if not, nothing verifies.
pub(super) fn verifier(point: &[u8]) -> Result<Verifier, JwkError> {
    let point: &[u8; POINT_BYTES] = point.try_into().map_err(|_| JwkError::CoordinateLength {
        got: point.len(),
        expected: POINT_BYTES,
    })?;
    check_point(point)?;
    let key = ParsedPublicKey::new(&ED25519, point).map_err(|_| JwkError::InvalidPoint)?;
    Ok(Verifier {
        algorithm: SignatureAlgorithm::Ed25519,
        key,
    })
}

/// Whether a signature has the one form that is accepted: 64 octets, R canonical and not of small order, S below the order.
pub(super) fn is_strict(signature: &[u8]) -> bool {
    let Some((r, s)) = signature.split_first_chunk::<POINT_BYTES>() else {
        return false;
    };
    // RFC 8032 §5.1.7 (1): S is in the range 0 <= s < L.
    check_point(r).is_ok() && s.len() == ORDER.len() && is_below(s, &ORDER)
}

fn check_point(point: &[u8; POINT_BYTES]) -> Result<(), JwkError> {
    let mut y = *point;
    // RFC 8032 §5.1.3 (1): the highest bit is the sign of x, the rest is y.
    if let Some(last) = y.last_mut() {
        *last &= 0x7f;
    }
    if !is_below(&y, &PRIME) {
        return Err(JwkError::InvalidPoint);
    }
    if SMALL_ORDER.contains(&y) {
        return Err(JwkError::SmallOrderPoint);
    }
    Ok(())
}

/// Whether one little-endian number is smaller than another of the same length. Public values only: not in constant time.
fn is_below(number: &[u8], limit: &[u8]) -> bool {
    number.iter().rev().lt(limit.iter().rev())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::PublicKey;

    fn outcome(point: &[u8]) -> Option<JwkError> {
        verifier(point).err()
    }

    /// The sum of a little-endian number and a small one.
    fn plus(number: &[u8; 32], term: u8) -> [u8; 32] {
        let mut sum = *number;
        let mut carry = term;
        for byte in &mut sum {
            let (value, overflow) = byte.overflowing_add(carry);
            (*byte, carry) = (value, u8::from(overflow));
        }
        sum
    }

    fn with_sign(point: &[u8; 32]) -> [u8; 32] {
        let mut signed = *point;
        signed[31] |= 0x80;
        signed
    }

    // JO-11
    #[test]
    fn keys_of_small_order_are_refused_with_either_sign() {
        for point in &SMALL_ORDER {
            assert_eq!(outcome(point), Some(JwkError::SmallOrderPoint));
            assert_eq!(outcome(&with_sign(point)), Some(JwkError::SmallOrderPoint));
        }
    }

    // JO-11
    // RFC 8032 §5.1.3
    #[test]
    fn a_second_spelling_of_a_point_is_refused() {
        for term in 0..19 {
            let point = plus(&PRIME, term);
            assert_eq!(outcome(&point), Some(JwkError::InvalidPoint), "{term}");
            assert_eq!(
                outcome(&with_sign(&point)),
                Some(JwkError::InvalidPoint),
                "{term}"
            );
        }
    }

    #[test]
    fn under_a_key_that_is_no_point_nothing_verifies() {
        let key = PublicKey::ed25519(&plus(&[0; 32], 2)).unwrap();
        let base_point: [u8; 32] = std::array::from_fn(|i| if i == 0 { 0x58 } else { 0x66 });
        for s in [[0; 32], plus(&[0; 32], 1)] {
            let signature = [base_point, s].concat();
            assert!(is_strict(&signature));
            assert!(!key.verify(SignatureAlgorithm::Ed25519, b"", &signature));
        }
    }

    // RFC 8032 §5.1
    #[test]
    fn a_point_has_32_octets() {
        for length in [0, 31, 33, 57, 64] {
            assert_eq!(
                outcome(&vec![9; length]),
                Some(JwkError::CoordinateLength {
                    got: length,
                    expected: 32
                })
            );
        }
    }

    // JO-11
    // RFC 8032 §5.1.7
    #[test]
    fn s_is_below_the_order() {
        let base_point: [u8; 32] = std::array::from_fn(|i| if i == 0 { 0x58 } else { 0x66 });
        let below = {
            let mut s = ORDER;
            s[0] -= 1;
            s
        };
        let signature = |s: &[u8]| [&base_point, s].concat();
        assert!(is_strict(&signature(&[0; 32])));
        assert!(is_strict(&signature(&below)));
        assert!(!is_strict(&signature(&ORDER)));
        assert!(!is_strict(&signature(&plus(&ORDER, 1))));
        assert!(!is_strict(&signature(&[0xff; 32])));
        assert!(!is_strict(&signature(&[0; 31])));
        assert!(!is_strict(&signature(&[0; 33])));
    }

    // JO-11
    #[test]
    fn r_of_small_order_or_of_a_second_spelling_is_refused() {
        for point in &SMALL_ORDER {
            assert!(!is_strict(&[*point, [0; 32]].concat()));
            assert!(!is_strict(&[with_sign(point), [0; 32]].concat()));
        }
        assert!(!is_strict(&[plus(&PRIME, 3), [0; 32]].concat()));
    }

    /// Why all this is needed: aws-lc alone takes a signature that nobody made, under a key of small order.
    // JO-11
    #[test]
    fn a_signature_without_a_private_key_is_refused() {
        let neutral = SMALL_ORDER[1];
        let signature = [neutral, [0; 32]].concat();
        let key = ParsedPublicKey::new(&ED25519, neutral).unwrap();
        assert!(
            key.verify_sig(b"any message at all", &signature).is_ok(),
            "aws-lc refuses it by now"
        );
        assert_eq!(outcome(&neutral), Some(JwkError::SmallOrderPoint));
        assert!(!is_strict(&signature));
    }

    // JO-11
    #[test]
    fn speccheck() {
        let cases = include_str!("ed25519_speccheck.txt");
        let mut count = 0;
        for case in cases.lines().filter(|line| !line.starts_with('#')) {
            let fields: Vec<&str> = case.split_whitespace().collect();
            let [outcome, message, key, signature] = fields[..] else {
                panic!("four fields: {case}")
            };
            let (message, signature) = (hex(message), hex(signature));
            let taken = PublicKey::ed25519(&hex(key))
                .is_ok_and(|key| key.verify(SignatureAlgorithm::EdDsa, &message, &signature));
            assert_eq!(taken, outcome == "taken", "{case}");
            count += 1;
        }
        assert_eq!(count, 17);
    }

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap())
            .collect()
    }
}
