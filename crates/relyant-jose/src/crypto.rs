//! Public keys in the form that verifies: parsed once, one verifier for each algorithm that the key fits.

mod ec;
mod ed25519;
mod roca;
mod rsa;

use aws_lc_rs::signature::ParsedPublicKey;

use crate::algorithm::SignatureAlgorithm;
use crate::jwk::JwkError;

pub(crate) use ec::Curve;
pub(crate) use rsa::without_leading_zeros;

/// The verifiers of one public key.
#[derive(Debug)]
pub(crate) struct PublicKey {
    verifiers: Vec<Verifier>,
}

#[derive(Debug)]
struct Verifier {
    algorithm: SignatureAlgorithm,
    key: ParsedPublicKey,
}

impl PublicKey {
    /// An RSA key from its big-endian modulus and exponent. RFC 7518 §6.3.1.
    pub(crate) fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, JwkError> {
        rsa::verifiers(modulus, exponent).map(|verifiers| Self { verifiers })
    }

    /// A point on one of the NIST curves from its coordinates. RFC 7518 §6.2.1.
    pub(crate) fn ec(curve: Curve, x: &[u8], y: &[u8]) -> Result<Self, JwkError> {
        ec::verifier(curve, x, y).map(|verifier| Self {
            verifiers: vec![verifier],
        })
    }

    /// An Ed25519 key from its encoded point. RFC 8037 §2.
    pub(crate) fn ed25519(point: &[u8]) -> Result<Self, JwkError> {
        ed25519::verifier(point).map(|verifier| Self {
            verifiers: vec![verifier],
        })
    }

    /// Whether key type and curve fit the algorithm.
    pub(crate) fn fits(&self, algorithm: SignatureAlgorithm) -> bool {
        self.verifier(algorithm).is_some()
    }

    /// Forgets every algorithm but this one; false if the key doesn't fit it.
    pub(crate) fn restrict_to(&mut self, algorithm: SignatureAlgorithm) -> bool {
        self.verifiers
            .retain(|verifier| verifier.algorithm.is_same_as(algorithm));
        !self.verifiers.is_empty()
    }

    /// Whether both keys could be asked to verify one algorithm.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.verifiers
            .iter()
            .any(|verifier| other.fits(verifier.algorithm))
    }

    /// Whether `signature` is this key's signature of `message`.
    pub(crate) fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        let Some(verifier) = self.verifier(algorithm) else {
            return false;
        };
        if algorithm.is_same_as(SignatureAlgorithm::Ed25519) && !ed25519::is_strict(signature) {
            return false;
        }
        verifier.key.verify_sig(message, signature).is_ok()
    }

    fn verifier(&self, algorithm: SignatureAlgorithm) -> Option<&Verifier> {
        self.verifiers
            .iter()
            .find(|verifier| verifier.algorithm.is_same_as(algorithm))
    }
}
