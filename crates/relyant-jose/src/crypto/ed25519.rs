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
pub(super) fn verifier(point: &[u8]) -> Result<Verifier, JwkError> {
    let point: &[u8; POINT_BYTES] = point.try_into().map_err(|_| JwkError::CoordinateLength)?;
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

    #[test]
    fn jo_11_keys_of_small_order_are_refused_with_either_sign() {
        for point in &SMALL_ORDER {
            assert_eq!(outcome(point), Some(JwkError::SmallOrderPoint));
            assert_eq!(outcome(&with_sign(point)), Some(JwkError::SmallOrderPoint));
        }
    }

    #[test]
    fn jo_11_a_second_spelling_of_a_point_is_refused() {
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
    fn a_point_has_32_octets() {
        for length in [0, 31, 33, 57, 64] {
            assert_eq!(outcome(&vec![9; length]), Some(JwkError::CoordinateLength));
        }
    }

    #[test]
    fn jo_11_s_is_below_the_order() {
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

    #[test]
    fn jo_11_r_of_small_order_or_of_a_second_spelling_is_refused() {
        for point in &SMALL_ORDER {
            assert!(!is_strict(&[*point, [0; 32]].concat()));
            assert!(!is_strict(&[with_sign(point), [0; 32]].concat()));
        }
        assert!(!is_strict(&[plus(&PRIME, 3), [0; 32]].concat()));
    }

    /// Why all this is needed: aws-lc alone takes a signature that nobody made, under a key of small order.
    #[test]
    fn jo_11_a_signature_without_a_private_key_is_refused() {
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

    /// The published edge cases of "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko, 2020): message, key, signature.
    ///
    /// One is right by the letter of RFC 8032 §5.1.7 and strict in form (key and R of mixed order, but their equation holds
    /// without the cofactor); every other one must be refused.
    #[test]
    fn jo_11_speccheck() {
        let small_order_key = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa";
        let second_spelling_key =
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";
        let mixed_order_key = "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d";
        let good_key = "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43";
        let another_good_key = "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623";
        let cases = [
            (
                "2a66241a42a9ee12994d8068dcf1bb7dfc6637b45450acd43711f637fa5080fc",
                small_order_key,
                "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a0000000000000000000000000000000000000000000000000000000000000000",
                false,
            ),
            (
                "8c93255d71dcab10e8f379c26200f3c7bd5f09d9bc3068d3ef4edeb4853022b6",
                small_order_key,
                "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a0000000000000000000000000000000000000000000000000000000000000000",
                false,
            ),
            (
                "9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
                small_order_key,
                "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
                false,
            ),
            (
                "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
                small_order_key,
                "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
                false,
            ),
            (
                "9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
                good_key,
                "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa182ef1a5b928da07fec769cc8a12db6bcf70dab3f3227fa315e9d5e3e01a3405",
                false,
            ),
            (
                "aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab",
                good_key,
                "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa8c4bd45aecaca5b24fb97bc10ac27ac8751a7dfe1baff8b953ec9f5833ca260e",
                false,
            ),
            (
                "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
                mixed_order_key,
                "9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009",
                true,
            ),
            (
                "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
                mixed_order_key,
                "160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed5125ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09",
                false,
            ),
            (
                "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
                mixed_order_key,
                "21122a84e0b5fca4052f5b1235c80a537878b38f3142356b2c2384ebad4668b7e40bc836dac0f71076f9abe3a53f9c03c1ceeeddb658d0030494ace586687405",
                false,
            ),
            (
                "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
                another_good_key,
                "e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e547f7690a0e2ddcd04d87dbc3490dc19b3b3052f7ff0538cb68afb369ba3a514",
                false,
            ),
            (
                "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
                another_good_key,
                "8ce5b96c8f26d0ab6c47958c9e68b937104cd36e13c33566acd2fe8d38aa19427e71f98a473474f2f13f06f97c20d58cc3f54b8bd0d272f42b695dd7e89a8c22",
                false,
            ),
            (
                "9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
                good_key,
                "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff03be9678ac102edcd92b0210bb34d7428d12ffc5df5f37e359941266a4e35f0f",
                false,
            ),
            (
                "9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
                good_key,
                "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffca8c5b64cd208982aa38d4936621a4775aa233aa0505711d8fdcfdaa943d4908",
                false,
            ),
            (
                "e96b7021eb39c1a163b6da4e3093dcd3f21387da4cc4572be588fafae23c155b",
                second_spelling_key,
                "a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dca5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
                false,
            ),
            (
                "39a591f5321bbe07fd5a23dc2f39d025d74526615746727ceefd6e82ae65c06f",
                second_spelling_key,
                "a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dca5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
                false,
            ),
            (
                "fdaebc429f4a735932a160da1301080c13280eea8bc280d1b392c6b9e6ba3a5a",
                good_key,
                "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f454d370c8d9fc323a41450f8d513eafeb5b0697390c1e505a0d4ddc71f566607",
                false,
            ),
            (
                "84b698d39be126ff55fe45079e6c8bf64a0d7db6994560b4e96b7021eb39c1a1",
                good_key,
                "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f084d5b99c2a9463d9c8bd5026916996984eeec87ddf1d3be329006ace1b37b09",
                false,
            ),
        ];
        for (index, (message, key, signature, accepted)) in cases.into_iter().enumerate() {
            let verified = PublicKey::ed25519(&hex(key)).is_ok_and(|key| {
                key.verify(SignatureAlgorithm::EdDsa, &hex(message), &hex(signature))
            });
            assert_eq!(verified, accepted, "case {index}");
        }
    }

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap())
            .collect()
    }
}
