//! Public keys on the NIST curves: ECDSA. RFC 7518 §3.4 and §6.2.1.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED,
    EcdsaVerificationAlgorithm, ParsedPublicKey,
};

use super::Verifier;
use crate::algorithm::SignatureAlgorithm;
use crate::jwk::JwkError;

/// A curve of RFC 7518 §6.2.1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    /// The curve that `crv` names, exactly.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name {
            "P-256" => Some(Self::P256),
            "P-384" => Some(Self::P384),
            "P-521" => Some(Self::P521),
            _ => None,
        }
    }

    /// The octets of one coordinate: the curve's size in bits, rounded up. RFC 7518 §6.2.1.2.
    fn coordinate_bytes(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// The one algorithm of the curve, with R and S of fixed length. RFC 7518 §3.4.
    fn algorithm(self) -> (SignatureAlgorithm, &'static EcdsaVerificationAlgorithm) {
        match self {
            Self::P256 => (SignatureAlgorithm::Es256, &ECDSA_P256_SHA256_FIXED),
            Self::P384 => (SignatureAlgorithm::Es384, &ECDSA_P384_SHA384_FIXED),
            Self::P521 => (SignatureAlgorithm::Es512, &ECDSA_P521_SHA512_FIXED),
        }
    }
}

/// The verifier of a point.
///
/// That the point is on the curve and not at infinity, that a signature has exactly the length of R ‖ S and that both are
/// between 1 and the order of the curve, is aws-lc's work; the tests of RFC 7518 hold it.
pub(super) fn verifier(curve: Curve, x: &[u8], y: &[u8]) -> Result<Verifier, JwkError> {
    // RFC 7518 §6.2.1.2: the full size of a coordinate, zeros in front included.
    let expected = curve.coordinate_bytes();
    if let Some(got) = [x, y]
        .map(<[u8]>::len)
        .into_iter()
        .find(|got| *got != expected)
    {
        return Err(JwkError::CoordinateLength { got, expected });
    }
    // SEC 1 §2.3.3: 0x04 marks an uncompressed point.
    let point = [&[4], x, y].concat();
    let (algorithm, parameters) = curve.algorithm();
    let key = ParsedPublicKey::new(parameters, point).map_err(|_| JwkError::InvalidPoint)?;
    Ok(Verifier { algorithm, key })
}
