//! Keys that are agreed upon: elliptic-curve Diffie-Hellman and the Concat KDF. RFC 7518 §4.6, RFC 8037 §3.2.

use aws_lc_rs::agreement::{
    self, ECDH_P256, ECDH_P384, ECDH_P521, PrivateKey, UnparsedPublicKey, X25519,
};
use aws_lc_rs::kdf::{SskdfDigestAlgorithmId, get_sskdf_digest_algorithm, sskdf_digest};
use zeroize::Zeroizing;

use crate::base64url;
use crate::json::{Object, Value};
use crate::jwk::{JwkError, octets, required};

/// A curve that keys are agreed upon with. RFC 7518 §6.2.1.1, RFC 8037 §2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
    X25519,
}

impl Curve {
    /// The curve that a JWK's `kty` and `crv` name together.
    pub(super) fn of(jwk: &Object) -> Result<Self, JwkError> {
        let name = required(jwk, "crv")?;
        match (required(jwk, "kty")?, name) {
            ("EC", "P-256") => Ok(Self::P256),
            ("EC", "P-384") => Ok(Self::P384),
            ("EC", "P-521") => Ok(Self::P521),
            ("OKP", "X25519") => Ok(Self::X25519),
            _ => Err(JwkError::UnsupportedCurve {
                got: name.to_owned(),
            }),
        }
    }

    pub(super) fn algorithm(self) -> &'static agreement::Algorithm {
        match self {
            Self::P256 => &ECDH_P256,
            Self::P384 => &ECDH_P384,
            Self::P521 => &ECDH_P521,
            Self::X25519 => &X25519,
        }
    }

    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::P256 => ("EC", "P-256"),
            Self::P384 => ("EC", "P-384"),
            Self::P521 => ("EC", "P-521"),
            Self::X25519 => ("OKP", "X25519"),
        }
    }

    /// The octets of one coordinate. RFC 7518 §6.2.1.2, RFC 7748 §5.
    pub(super) fn coordinate_bytes(self) -> usize {
        match self {
            Self::P256 | Self::X25519 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// The point of a public JWK of this curve, encoded as the cryptographic library reads it. SEC 1 §2.3.4, RFC 8037 §2.
    pub(super) fn point(self, jwk: &Object) -> Result<Vec<u8>, JwkError> {
        let x = self.coordinate(jwk, "x")?;
        if self == Self::X25519 {
            return Ok(x);
        }
        Ok([vec![4], x, self.coordinate(jwk, "y")?].concat())
    }

    fn coordinate(self, jwk: &Object, member: &'static str) -> Result<Vec<u8>, JwkError> {
        let coordinate = octets(jwk, member)?;
        let (got, expected) = (coordinate.len(), self.coordinate_bytes());
        if got == expected {
            Ok(coordinate)
        } else {
            Err(JwkError::CoordinateLength { got, expected })
        }
    }

    /// The public JWK of an encoded point.
    pub(super) fn jwk(self, point: &[u8]) -> Object {
        let (kty, crv) = self.names();
        let coordinates = if self == Self::X25519 {
            point
        } else {
            point.get(1..).unwrap_or_default()
        };
        let mut jwk = Object::new();
        jwk.insert("kty".to_owned(), Value::from(kty));
        jwk.insert("crv".to_owned(), Value::from(crv));
        for (member, octets) in ["x", "y"]
            .into_iter()
            .zip(coordinates.chunks(self.coordinate_bytes()))
        {
            jwk.insert(member.to_owned(), Value::from(base64url::encode(octets)));
        }
        jwk
    }
}

/// What goes into a derived key beside the shared secret. RFC 7518 §4.6.2.
pub(super) struct Derivation<'a> {
    /// `enc` where the key encrypts the content itself, else `alg`.
    pub(super) algorithm_id: &'a str,
    pub(super) apu: &'a [u8],
    pub(super) apv: &'a [u8],
    /// The length of the key in bytes.
    pub(super) key_bytes: usize,
}

/// The key that both sides derive; None where the peer's point is no good.
///
/// The library refuses points that aren't on the curve, the point at infinity, and an agreement on zeros. RFC 8725 §3.4,
/// RFC 8037 §3.2.1.
pub(super) fn agree(
    curve: Curve,
    ours: &PrivateKey,
    peer: &[u8],
    derivation: &Derivation<'_>,
) -> Option<Zeroizing<Vec<u8>>> {
    let peer = UnparsedPublicKey::new(curve.algorithm(), peer);
    agreement::agree(ours, peer, (), |secret| {
        derive(secret, derivation).ok_or(())
    })
    .ok()
}

/// The Concat KDF with SHA-256: NIST SP 800-56A §5.8.1, as RFC 7518 §4.6.2 fills it in.
fn derive(secret: &[u8], derivation: &Derivation<'_>) -> Option<Zeroizing<Vec<u8>>> {
    let bits = u32::try_from(derivation.key_bytes * 8).ok()?;
    let info = [
        &with_length(derivation.algorithm_id.as_bytes())?[..],
        &with_length(derivation.apu)?,
        &with_length(derivation.apv)?,
        &bits.to_be_bytes(),
    ]
    .concat();
    let mut key = Zeroizing::new(vec![0; derivation.key_bytes]);
    let sha256 = get_sskdf_digest_algorithm(SskdfDigestAlgorithmId::Sha256);
    sskdf_digest(sha256?, secret, &info, &mut key).ok()?;
    Some(key)
}

/// RFC 7518 §4.6.2: Datalen, 32 bits, and the data.
fn with_length(data: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(data.len()).ok()?;
    Some([&length.to_be_bytes(), data].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DERIVATION: Derivation<'_> = Derivation {
        algorithm_id: "A128GCM",
        apu: b"",
        apv: b"",
        key_bytes: 16,
    };

    fn jwk(text: &str) -> Object {
        crate::json::parse_object(text.as_bytes()).unwrap()
    }

    fn private(curve: Curve, d: &str) -> PrivateKey {
        PrivateKey::from_private_key(curve.algorithm(), &base64url::decode(d).unwrap()).unwrap()
    }

    // RFC 7518 §4.6.2, SP 800-56A §5.8.1
    #[test]
    fn rfc_7518_appendix_c() {
        let alice = jwk(
            r#"{"kty":"EC","crv":"P-256","x":"gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0","y":"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps"}"#,
        );
        let bob = private(Curve::P256, "VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw");
        let derivation = Derivation {
            algorithm_id: "A128GCM",
            apu: b"Alice",
            apv: b"Bob",
            key_bytes: 16,
        };
        let key = agree(
            Curve::P256,
            &bob,
            &Curve::P256.point(&alice).unwrap(),
            &derivation,
        );
        assert_eq!(base64url::encode(&key.unwrap()), "VqqN6vgjbSBcIijNcacQGg");
    }

    // JO-17
    // RFC 8725 §3.4
    #[test]
    fn a_point_that_is_not_on_the_curve_agrees_on_nothing() {
        let ours = PrivateKey::generate(&ECDH_P256).unwrap();
        let theirs = PrivateKey::generate(&ECDH_P256).unwrap();
        let good = theirs.compute_public_key().unwrap().as_ref().to_vec();
        assert!(agree(Curve::P256, &ours, &good, &DERIVATION).is_some());
        for position in 1..good.len() {
            let mut point = good.clone();
            point[position] ^= 1;
            assert!(
                agree(Curve::P256, &ours, &point, &DERIVATION).is_none(),
                "{position}"
            );
        }
        for point in [&[][..], &[0], &[4], &[4; 64], &[0; 65], &good[..64]] {
            assert!(agree(Curve::P256, &ours, point, &DERIVATION).is_none());
        }
    }

    // JO-17
    // RFC 7748 §5
    #[test]
    fn a_point_of_small_order_agrees_on_nothing() {
        let ours = PrivateKey::generate(&X25519).unwrap();
        let mut one = [0; 32];
        one[0] = 1;
        for point in [[0; 32], one] {
            assert!(agree(Curve::X25519, &ours, &point, &DERIVATION).is_none());
        }
    }

    #[test]
    fn key_type_and_curve_go_together() {
        for (kty, crv) in [
            ("OKP", "P-256"),
            ("EC", "X25519"),
            ("EC", "Ed25519"),
            ("OKP", "Ed25519"),
            ("OKP", "X448"),
            ("EC", "secp256k1"),
            ("RSA", "P-256"),
        ] {
            let text = format!(r#"{{"kty":"{kty}","crv":"{crv}"}}"#);
            assert_eq!(
                Curve::of(&jwk(&text)),
                Err(JwkError::UnsupportedCurve {
                    got: crv.to_owned()
                })
            );
        }
    }

    #[test]
    fn coordinates_have_the_curves_length() {
        let short = jwk(r#"{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}"#);
        assert_eq!(
            Curve::P256.point(&short),
            Err(JwkError::CoordinateLength {
                got: 3,
                expected: 32
            })
        );
    }

    // SEC 1 §2.3.4
    #[test]
    fn a_point_becomes_a_jwk_and_a_point_again() {
        for curve in [Curve::P256, Curve::P384, Curve::P521, Curve::X25519] {
            let key = PrivateKey::generate(curve.algorithm()).unwrap();
            let point = key.compute_public_key().unwrap().as_ref().to_vec();
            let jwk = curve.jwk(&point);
            assert_eq!(Curve::of(&jwk), Ok(curve));
            assert_eq!(curve.point(&jwk).unwrap(), point);
        }
    }
}
