//! The fingerprint of RSA keys from a generator whose primes can be guessed: CVE-2017-15361, "ROCA".
//!
//! That generator made primes of the form k·M + (65537^a mod M), where M is the product of the first primes (39 of them for
//! short keys, more for longer ones). So the modulus is a power of 65537 modulo M, and modulo each prime that divides M. For 17
//! of the first 39 primes the powers of 65537 are not all residues; a modulus that is a power for all of them is
//! from that generator, or one of 2^27 others. The residues follow from this description and are computed, not listed.

/// The first 39 primes: those whose product divides M at every key length.
const PRIMES: [u32; 39] = [
    2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

const GENERATOR: u32 = 65537;

/// Whether the big-endian modulus has the fingerprint.
pub(super) fn has_fingerprint(modulus: &[u8]) -> bool {
    PRIMES
        .iter()
        .all(|prime| is_power_of_generator(remainder(modulus, *prime), *prime))
}

fn remainder(number: &[u8], prime: u32) -> u32 {
    number
        .iter()
        .fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % prime)
}

fn is_power_of_generator(residue: u32, prime: u32) -> bool {
    let powers = std::iter::successors(Some(1 % prime), |power| {
        Some(power * (GENERATOR % prime) % prime)
    });
    powers.take(prime as usize).any(|power| power == residue)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The big-endian bytes of the product of `number` and `factor`, plus `term`.
    fn multiply_add(number: &[u8], factor: u32, term: u32) -> Vec<u8> {
        let mut carry = term;
        let mut bytes: Vec<u8> = number
            .iter()
            .rev()
            .map(|byte| {
                let sum = u32::from(*byte) * factor + carry;
                carry = sum >> 8;
                u8::try_from(sum & 0xff).unwrap()
            })
            .collect();
        while carry > 0 {
            bytes.push(u8::try_from(carry & 0xff).unwrap());
            carry >>= 8;
        }
        bytes.reverse();
        bytes
    }

    /// The big-endian bytes of the sum of a longer number and another.
    fn add(longer: &[u8], other: &[u8]) -> Vec<u8> {
        let mut sum = longer.to_vec();
        let mut carry = 0;
        for (position, byte) in sum.iter_mut().rev().enumerate() {
            let other = other.iter().rev().nth(position).copied().unwrap_or(0);
            let total = u32::from(*byte) + u32::from(other) + carry;
            (*byte, carry) = (u8::try_from(total & 0xff).unwrap(), total >> 8);
        }
        sum
    }

    /// The product of the primes, but for one of them.
    fn product_without(left_out: u32) -> Vec<u8> {
        PRIMES
            .iter()
            .filter(|prime| **prime != left_out)
            .fold(vec![1], |product, prime| multiply_add(&product, *prime, 0))
    }

    /// A modulus of the vulnerable form, k·M + 65537^a: what the product of two such primes is too.
    fn vulnerable(exponent: usize) -> Vec<u8> {
        let multiple = (0..230).fold(product_without(0), |multiple, _| {
            multiply_add(&multiple, 251, 0)
        });
        let power = (0..exponent).fold(vec![1], |power, _| multiply_add(&power, GENERATOR, 0));
        add(&multiple, &power)
    }

    // JO-07
    #[test]
    fn finds_moduli_of_the_vulnerable_form() {
        for exponent in [1, 2, 40, 41, 80] {
            assert!(has_fingerprint(&vulnerable(exponent)), "{exponent}");
        }
    }

    #[test]
    fn one_more_or_less_is_not_of_that_form() {
        for step in [2, 4, 6] {
            let mut other = vulnerable(2);
            *other.last_mut().unwrap() ^= step;
            assert!(!has_fingerprint(&other));
        }
    }

    // JO-07
    #[test]
    fn each_telling_prime_tells_alone() {
        // With the number of powers of 65537 that there are modulo each.
        for (prime, powers) in [
            (11, 2),
            (13, 6),
            (17, 8),
            (19, 9),
            (37, 3),
            (53, 26),
            (61, 20),
            (71, 35),
            (73, 24),
            (79, 13),
            (97, 6),
            (103, 51),
            (107, 53),
            (109, 54),
            (127, 42),
            (151, 50),
            (157, 78),
        ] {
            // Steps of the others' product change the residue modulo this prime alone, and reach each one once.
            let step = product_without(prime);
            let mut modulus = vulnerable(40);
            let mut found = 0;
            for _ in 0..prime {
                found += u32::from(has_fingerprint(&modulus));
                modulus = add(&modulus, &step);
            }
            assert_eq!(found, powers, "{prime}");
        }
    }

    #[test]
    fn seventeen_primes_tell() {
        let telling = PRIMES
            .iter()
            .filter(|prime| !(1..**prime).all(|residue| is_power_of_generator(residue, **prime)));
        assert_eq!(
            telling.copied().collect::<Vec<_>>(),
            [
                11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157
            ]
        );
    }

    #[test]
    fn the_remainder_is_taken_of_the_whole_number() {
        assert_eq!(
            remainder(&[1, 0, 0, 0, 0, 0, 0, 0, 0], 167),
            u32::try_from((1_u128 << 64) % 167).unwrap()
        );
        assert_eq!(remainder(&[], 3), 0);
    }
}
