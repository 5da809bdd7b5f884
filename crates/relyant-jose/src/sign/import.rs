//! Private keys that an operator brings: as a JWK, or as PEM. RFC 7517 §4, RFC 7468.

use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair};
use rustls_pki_types::PrivateKeyDer;

use super::{Pair, Scheme, SignError, SigningKey, scheme};
use crate::algorithm::SignatureAlgorithm;
use crate::json::Object;
use crate::jwk::private::{public_half, rsa_components, secret_octets};
use crate::jwk::{JwkError, VerificationKey, check_purpose, octets, text};
use crate::pem::single_key;
use crate::thumbprint::thumbprint;

/// One algorithm for each kind of key, in the order in which the kinds are tried.
const USUAL: [SignatureAlgorithm; 5] = [
    SignatureAlgorithm::Rs256,
    SignatureAlgorithm::Es256,
    SignatureAlgorithm::Es384,
    SignatureAlgorithm::Es512,
    SignatureAlgorithm::EdDsa,
];

impl SigningKey {
    /// The key of a private JWK. RFC 7518 §6, RFC 8037 §2.
    ///
    /// It signs with `algorithm`, or else with its own `alg`, or else with the usual one of its kind, which is RS256 for RSA. A
    /// key that says what it is for is taken for that alone. Without `kid` it is named by its thumbprint (RFC 7638). An RSA key
    /// needs its primes and their exponents, which every generator writes down.
    pub fn from_jwk(
        jwk: &Object,
        algorithm: Option<SignatureAlgorithm>,
    ) -> Result<Self, SignError> {
        check_purpose(jwk, "sign").map_err(SignError::Jwk)?;
        let mut public = public_half(jwk);
        // What the public half is for is said by its own JWK, which has no such member.
        public.remove("key_ops");
        let verifier = VerificationKey::from_jwk(&public).map_err(SignError::Jwk)?;
        let algorithm = algorithm_of(jwk, &verifier, algorithm).map_err(SignError::Jwk)?;
        let pair = pair_of_jwk(jwk, algorithm)?;
        Self::named(algorithm, verifier.kid(), pair)
    }

    /// The one private key of a PEM text: PKCS #8, PKCS #1 for RSA or SEC 1 for curves. RFC 7468 §10, RFC 5958.
    ///
    /// It signs with `algorithm`, or else with the usual one of its kind, which is RS256 for RSA. Without a name it is named by
    /// its thumbprint (RFC 7638). Certificates and parameters beside the key are passed over.
    pub fn from_pem(
        pem: &[u8],
        kid: Option<&str>,
        algorithm: Option<SignatureAlgorithm>,
    ) -> Result<Self, SignError> {
        let der = single_key(pem)?;
        let usual = USUAL.as_slice();
        let candidates = algorithm.as_ref().map_or(usual, std::slice::from_ref);
        let (algorithm, pair) = candidates
            .iter()
            .find_map(|algorithm| Some((*algorithm, pair_of_der(&der, *algorithm)?)))
            .ok_or(SignError::NotAKey)?;
        Self::named(algorithm, kid, pair)
    }

    fn named(
        algorithm: SignatureAlgorithm,
        kid: Option<&str>,
        pair: Pair,
    ) -> Result<Self, SignError> {
        let thumbprint = || thumbprint(&pair.public_members()?).map_err(SignError::PublicKey);
        let kid = kid.map_or_else(thumbprint, |kid| Ok(kid.to_owned()))?;
        Self::new(algorithm, &kid, pair)
    }
}

/// The algorithm to sign with, which the key must fit. RFC 8725 §3.1.
fn algorithm_of(
    jwk: &Object,
    key: &VerificationKey,
    wanted: Option<SignatureAlgorithm>,
) -> Result<SignatureAlgorithm, JwkError> {
    let own = || {
        text(jwk, "alg")
            .ok()?
            .and_then(SignatureAlgorithm::from_name)
    };
    let usual = || USUAL.into_iter().find(|algorithm| key.fits(*algorithm));
    let got = wanted
        .or_else(own)
        .or_else(usual)
        .ok_or(JwkError::RefusedByCrypto)?;
    if key.fits(got) {
        Ok(got)
    } else {
        Err(JwkError::AlgorithmMismatch { got })
    }
}

/// RFC 7518 §6.2.2 and §6.3.2, RFC 8037 §2: the private members must be those of the public ones.
fn pair_of_jwk(jwk: &Object, algorithm: SignatureAlgorithm) -> Result<Pair, SignError> {
    let pair = match scheme(algorithm) {
        Scheme::Rsa(encoding) => {
            let components = rsa_components(jwk).map_err(SignError::Jwk)?;
            RsaKeyPair::from_components(&components).map(|pair| Pair::Rsa(pair, encoding))
        }
        Scheme::Ec(parameters) => return ec_of_jwk(jwk, parameters),
        Scheme::Ed25519 => {
            let seed = secret_octets(jwk, "d").map_err(SignError::Jwk)?;
            let point = octets(jwk, "x").map_err(SignError::Jwk)?;
            // RFC 8032 §5.1.5: the private key has the point's length; a longer one must not be cut.
            if seed.len() != point.len() {
                return Err(SignError::PrivateMembers);
            }
            Ed25519KeyPair::from_seed_and_public_key(&seed, &point).map(Pair::Ed25519)
        }
    };
    pair.map_err(|_| SignError::PrivateMembers)
}

fn ec_of_jwk(jwk: &Object, parameters: &'static EcdsaSigningAlgorithm) -> Result<Pair, SignError> {
    let number = secret_octets(jwk, "d").map_err(SignError::Jwk)?;
    let x = octets(jwk, "x").map_err(SignError::Jwk)?;
    let y = octets(jwk, "y").map_err(SignError::Jwk)?;
    // RFC 7518 §6.2.2.1: `d` has the length of the curve's order, which is that of a coordinate.
    if number.len() != x.len() {
        return Err(SignError::PrivateMembers);
    }
    // SEC 1 §2.3.3: 0x04 and the two coordinates.
    let point = [&[4], x.as_slice(), &y].concat();
    EcdsaKeyPair::from_private_key_and_public_key(parameters, &number, &point)
        .map(Pair::Ec)
        .map_err(|_| SignError::PrivateMembers)
}

fn pair_of_der(der: &PrivateKeyDer<'_>, algorithm: SignatureAlgorithm) -> Option<Pair> {
    let octets = der.secret_der();
    match (scheme(algorithm), der) {
        (Scheme::Rsa(encoding), PrivateKeyDer::Pkcs1(_)) => RsaKeyPair::from_der(octets)
            .map(|pair| Pair::Rsa(pair, encoding))
            .ok(),
        (Scheme::Rsa(encoding), PrivateKeyDer::Pkcs8(_)) => RsaKeyPair::from_pkcs8(octets)
            .map(|pair| Pair::Rsa(pair, encoding))
            .ok(),
        (Scheme::Ec(parameters), PrivateKeyDer::Sec1(_)) => {
            EcdsaKeyPair::from_private_key_der(parameters, octets)
                .map(Pair::Ec)
                .ok()
        }
        (Scheme::Ec(parameters), PrivateKeyDer::Pkcs8(_)) => {
            EcdsaKeyPair::from_pkcs8(parameters, octets)
                .map(Pair::Ec)
                .ok()
        }
        (Scheme::Ed25519, PrivateKeyDer::Pkcs8(_)) => {
            Ed25519KeyPair::from_pkcs8(octets).map(Pair::Ed25519).ok()
        }
        _ => None,
    }
}
