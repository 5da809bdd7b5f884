//! RSA public keys: which moduli and exponents are taken, and their verifiers. RFC 7518 §3.3, §3.5 and §6.3.1.

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters,
};

use super::{Verifier, roca};
use crate::algorithm::SignatureAlgorithm;
use crate::jwk::JwkError;
use crate::limits::{MAX_RSA_BITS, MAX_RSA_EXPONENT_BITS, MIN_RSA_BITS};

/// What each algorithm computes. The PSS ones take a salt as long as the hash and no other. RFC 7518 §3.5.
const PARAMETERS: [(SignatureAlgorithm, &RsaParameters); 6] = [
    (SignatureAlgorithm::Rs256, &RSA_PKCS1_2048_8192_SHA256),
    (SignatureAlgorithm::Rs384, &RSA_PKCS1_2048_8192_SHA384),
    (SignatureAlgorithm::Rs512, &RSA_PKCS1_2048_8192_SHA512),
    (SignatureAlgorithm::Ps256, &RSA_PSS_2048_8192_SHA256),
    (SignatureAlgorithm::Ps384, &RSA_PSS_2048_8192_SHA384),
    (SignatureAlgorithm::Ps512, &RSA_PSS_2048_8192_SHA512),
];

/// The verifiers of an RSA key, one an algorithm.
pub(super) fn verifiers(modulus: &[u8], exponent: &[u8]) -> Result<Vec<Verifier>, JwkError> {
    let (n, e) = (
        without_leading_zeros(modulus),
        without_leading_zeros(exponent),
    );
    check_modulus(n)?;
    check_exponent(e)?;
    let components = PublicKeyComponents { n, e };
    let parsed = PARAMETERS.iter().map(|(algorithm, parameters)| {
        let key = components
            .to_parsed_public_key(parameters)
            .map_err(|_| JwkError::RefusedByCrypto)?;
        Ok(Verifier {
            algorithm: *algorithm,
            key,
        })
    });
    parsed.collect()
}

/// RFC 7518 §6.3.1.1: no extra zero octet in front. Some issuers send the sign octet of their big integers all the same; it
/// changes nothing about the key, so it is dropped.
pub(crate) fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn check_modulus(n: &[u8]) -> Result<(), JwkError> {
    // RFC 7518 §3.3: 2048 bits or larger. RFC 8725 §3.5: keys that can be factored give no assurance.
    let bits = bit_length(n);
    if !(MIN_RSA_BITS..=MAX_RSA_BITS).contains(&bits) {
        return Err(JwkError::RsaModulusSize { bits });
    }
    // RFC 8017 §3.1: a product of odd primes.
    if is_even(n) {
        return Err(JwkError::RsaModulusEven);
    }
    if roca::has_fingerprint(n) {
        return Err(JwkError::RsaWeakGenerator);
    }
    Ok(())
}

/// RFC 8017 §3.1: odd and at least 3. With `e` = 1 every message is its own signature.
fn check_exponent(e: &[u8]) -> Result<(), JwkError> {
    let bits = bit_length(e);
    if is_even(e) || !(2..=MAX_RSA_EXPONENT_BITS).contains(&bits) {
        return Err(JwkError::RsaExponent);
    }
    Ok(())
}

/// The length of a big-endian number that has no zero octet in front.
fn bit_length(number: &[u8]) -> usize {
    number
        .first()
        .map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

fn is_even(number: &[u8]) -> bool {
    number.last().is_none_or(|last| last % 2 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An odd number of that many bits.
    fn modulus(bits: usize) -> Vec<u8> {
        let mut bytes = vec![0x5b; bits.div_ceil(8)];
        bytes[0] = u8::try_from(1_u32 << ((bits - 1) % 8)).unwrap();
        bytes
    }

    fn outcome(n: &[u8], e: &[u8]) -> Option<JwkError> {
        verifiers(n, e).err()
    }

    // JO-07
    // RFC 8725 §3.5
    #[test]
    fn the_modulus_has_2048_to_8192_bits() {
        for bits in [2048, 2049, 3072, 4096, 8192] {
            assert_eq!(outcome(&modulus(bits), &[1, 0, 1]), None, "{bits}");
        }
        for bits in [8, 1024, 2040, 2047, 8193, 16384] {
            assert_eq!(
                outcome(&modulus(bits), &[1, 0, 1]),
                Some(JwkError::RsaModulusSize { bits })
            );
        }
        assert_eq!(
            outcome(&[], &[1, 0, 1]),
            Some(JwkError::RsaModulusSize { bits: 0 })
        );
        assert_eq!(
            outcome(&[0; 300], &[1, 0, 1]),
            Some(JwkError::RsaModulusSize { bits: 0 })
        );
    }

    #[test]
    fn zeros_in_front_neither_count_nor_disturb() {
        let padded = |bits: usize| [&[0; 3][..], &modulus(bits)].concat();
        assert_eq!(outcome(&padded(2048), &[0, 1, 0, 1]), None);
        assert_eq!(
            outcome(&padded(2040), &[1, 0, 1]),
            Some(JwkError::RsaModulusSize { bits: 2040 })
        );
    }

    #[test]
    fn an_even_modulus_is_refused() {
        let mut even = modulus(2048);
        *even.last_mut().unwrap() = 2;
        assert_eq!(outcome(&even, &[1, 0, 1]), Some(JwkError::RsaModulusEven));
    }

    // JO-07
    // RFC 8017 §3.1
    #[test]
    fn the_exponent_is_odd_from_3_to_33_bits() {
        for e in [
            &[3][..],
            &[17],
            &[1, 0, 1],
            &[0xff, 0xff, 0xff, 0xff],
            &[1, 0, 0, 0, 1],
        ] {
            assert_eq!(outcome(&modulus(2048), e), None, "{e:?}");
        }
        for e in [
            &[][..],
            &[0],
            &[1],
            &[0, 0, 1],
            &[2],
            &[4],
            &[1, 0, 0],
            &[2, 0, 0, 0, 1],
            &[1; 300],
        ] {
            assert_eq!(
                outcome(&modulus(2048), e),
                Some(JwkError::RsaExponent),
                "{e:?}"
            );
        }
    }
}
