//! Keys and tokens that the specification tests share.

use std::sync::LazyLock;

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::base64url;
use relyant_jose::json::{Object, Value};
use relyant_jose::jwk_set::JwkSet;
use relyant_jose::jws::{JwsError, UnverifiedJws, VerifiedJws};
use relyant_jose::sign::SigningKey;

/// The name of the key that [`key`] makes.
pub(crate) const KID: &str = "brewery-1";

/// The claims that the tokens carry.
pub(crate) const PAYLOAD: &[u8] = br#"{"sub":"carol"}"#;

/// The private key of RFC 7515 appendix A.2, as PKCS #8.
pub(crate) const RSA_PKCS8: &[u8] = include_bytes!("rfc7515_appendix_a_2.der");

static ECDSA_KEYS: LazyLock<Vec<SigningKey>> = LazyLock::new(|| {
    [
        SignatureAlgorithm::Es256,
        SignatureAlgorithm::Es384,
        SignatureAlgorithm::Es512,
        SignatureAlgorithm::EdDsa,
    ]
    .map(|algorithm| SigningKey::generate(algorithm, KID).unwrap())
    .into()
});

/// A private key for the algorithm: the RFC's for RSA, a fresh one for the others.
pub(crate) fn key(algorithm: SignatureAlgorithm) -> SigningKey {
    SigningKey::from_pkcs8(algorithm, KID, RSA_PKCS8)
        .or_else(|_| SigningKey::generate(algorithm, KID))
        .unwrap()
}

/// The same ES256 key all through a test program.
pub(crate) fn es256() -> &'static SigningKey {
    &ECDSA_KEYS[0]
}

/// A token with [`PAYLOAD`] and no header member but the usual ones.
pub(crate) fn token(key: &SigningKey) -> String {
    key.sign(PAYLOAD, &Object::new()).unwrap()
}

/// The object that the text describes.
pub(crate) fn object(text: &str) -> Object {
    relyant_jose::json::parse_object(text.as_bytes()).unwrap()
}

/// The public JWK of a key, with members replaced, or taken away by a null.
pub(crate) fn jwk_with(key: &SigningKey, changes: &str) -> Object {
    let mut jwk = key.public_jwk();
    jwk.extend(object(changes));
    jwk.retain(|_, value| !value.is_null());
    jwk
}

/// The text of a JWK Set with these keys.
pub(crate) fn set_text<const N: usize>(jwks: [Object; N]) -> String {
    serde_json::json!({ "keys": jwks.map(Value::Object).to_vec() }).to_string()
}

/// The JWK Set with these keys.
pub(crate) fn set<const N: usize>(jwks: [Object; N]) -> JwkSet {
    JwkSet::parse(set_text(jwks).as_bytes()).unwrap()
}

/// What becomes of a token if every algorithm is allowed.
pub(crate) fn verify(token: &str, keys: &JwkSet) -> Result<VerifiedJws, JwsError> {
    UnverifiedJws::parse(token)?.verify(keys, SignatureAlgorithm::ALL)
}

/// The token with one of its three parts replaced.
pub(crate) fn with_part(token: &str, index: usize, part: &str) -> String {
    let mut parts: Vec<&str> = token.split('.').collect();
    parts[index] = part;
    parts.join(".")
}

/// The token with another header, not signed again.
pub(crate) fn with_header(token: &str, header: &str) -> String {
    with_part(token, 0, &base64url::encode(header.as_bytes()))
}

/// The signature of a token.
pub(crate) fn signature(token: &str) -> Vec<u8> {
    base64url::decode(token.rsplit('.').next().unwrap()).unwrap()
}

/// The token with another signature.
pub(crate) fn with_signature(token: &str, signature: &[u8]) -> String {
    with_part(token, 2, &base64url::encode(signature))
}
