//! What a private JWK says beside its public half. RFC 7518 §6.2.2 and §6.3.2, RFC 8037 §2.

use aws_lc_rs::rsa::{KeyPairComponents, PublicKeyComponents};
use zeroize::Zeroizing;

use super::{JwkError, SECRET_MEMBERS, octets};
use crate::crypto::without_leading_zeros;
use crate::json::Object;

/// The numbers of an RSA key. RFC 7518 §6.3.
///
/// The primes and their exponents must be there: every generator writes them down.
pub(crate) fn rsa_components(
    jwk: &Object,
) -> Result<KeyPairComponents<Vec<u8>, Zeroizing<Vec<u8>>>, JwkError> {
    let public = |member| octets(jwk, member).map(|number| without_leading_zeros(&number).to_vec());
    let secret = |member| secret_octets(jwk, member);
    Ok(KeyPairComponents {
        public_key: PublicKeyComponents {
            n: public("n")?,
            e: public("e")?,
        },
        d: secret("d")?,
        p: secret("p")?,
        q: secret("q")?,
        dP: secret("dp")?,
        dQ: secret("dq")?,
        qInv: secret("qi")?,
    })
}

/// The bytes of a secret member that must be there.
pub(crate) fn secret_octets(
    jwk: &Object,
    member: &'static str,
) -> Result<Zeroizing<Vec<u8>>, JwkError> {
    octets(jwk, member).map(Zeroizing::new)
}

/// The JWK without what nobody else may know.
pub(crate) fn public_half(jwk: &Object) -> Object {
    let public = |(name, _): &(&String, _)| !SECRET_MEMBERS.contains(&name.as_str());
    jwk.iter()
        .filter(public)
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
