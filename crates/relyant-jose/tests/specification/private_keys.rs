//! Private keys of every kind in the forms in which an operator has them, made without the reader under test.

use aws_lc_rs::encoding::{AsBigEndian, AsDer, EcPrivateKeyBin, EcPrivateKeyRfc5915Der};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
    ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair as _,
};
use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::base64url;
use relyant_jose::json::{Object, Value};

use crate::tokens::{RSA_PKCS8, object};

/// The private key of RFC 8037 appendix A.1.
pub(crate) const ED25519: &str = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

/// The private key of RFC 7515 appendix A.3.1.
pub(crate) const P256: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;

/// The members of an RSAPrivateKey behind its version, as a JWK names them. RFC 8017 A.1.2, RFC 7518 §6.3.
const RSA_MEMBERS: [&str; 8] = ["n", "e", "d", "p", "q", "dp", "dq", "qi"];

/// A fresh key on a NIST curve, as each form that it has.
pub(crate) struct CurveKey {
    pub(crate) jwk: Object,
    pub(crate) pkcs8: Vec<u8>,
    pub(crate) sec1: Vec<u8>,
}

/// Fresh keys on the three curves, each with its algorithm.
pub(crate) fn curve_keys() -> [(SignatureAlgorithm, CurveKey); 3] {
    [
        (
            SignatureAlgorithm::Es256,
            "P-256",
            &ECDSA_P256_SHA256_FIXED_SIGNING,
        ),
        (
            SignatureAlgorithm::Es384,
            "P-384",
            &ECDSA_P384_SHA384_FIXED_SIGNING,
        ),
        (
            SignatureAlgorithm::Es512,
            "P-521",
            &ECDSA_P521_SHA512_FIXED_SIGNING,
        ),
    ]
    .map(|(algorithm, curve, parameters)| (algorithm, curve_key(curve, parameters)))
}

fn curve_key(curve: &str, parameters: &'static EcdsaSigningAlgorithm) -> CurveKey {
    let pair = EcdsaKeyPair::generate(parameters).unwrap();
    let number: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().unwrap();
    let sec1: EcPrivateKeyRfc5915Der<'_> = pair.private_key().as_der().unwrap();
    let (x, y) = {
        let point = &pair.public_key().as_ref()[1..];
        point.split_at(point.len() / 2)
    };
    let members = [("x", x), ("y", y), ("d", number.as_ref())];
    let mut jwk = object(&format!(r#"{{"kty":"EC","crv":"{curve}"}}"#));
    jwk.extend(members.map(|(name, octets)| (name.to_owned(), base64url::encode(octets).into())));
    CurveKey {
        jwk,
        pkcs8: pair.to_pkcs8v1().unwrap().as_ref().to_vec(),
        sec1: sec1.as_ref().to_vec(),
    }
}

/// The RSA key of RFC 7515 appendix A.2 as PKCS #1: what the octet string of its PKCS #8 holds. RFC 5958 §2.
pub(crate) fn rsa_pkcs1() -> Vec<u8> {
    let (document, _) = element(RSA_PKCS8);
    let (_version, rest) = element(document);
    let (_algorithm, rest) = element(rest);
    element(rest).0.to_vec()
}

/// The RSA key of RFC 7515 appendix A.2 as a private JWK.
pub(crate) fn rsa_jwk() -> Object {
    let pkcs1 = rsa_pkcs1();
    let (numbers, _) = element(&pkcs1);
    let (_version, mut rest) = element(numbers);
    let mut jwk = object(r#"{"kty":"RSA"}"#);
    for member in RSA_MEMBERS {
        let (number, behind) = element(rest);
        let number = number.strip_prefix(&[0]).unwrap_or(number);
        jwk.insert(member.to_owned(), base64url::encode(number).into());
        rest = behind;
    }
    jwk
}

/// The JWK with members replaced, or taken away by a null.
pub(crate) fn with(jwk: &Object, changes: &Value) -> Object {
    let mut made = jwk.clone();
    made.extend(changes.as_object().unwrap().clone());
    made.retain(|_, value| !value.is_null());
    made
}

/// A PEM section. RFC 7468 §3.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let mut text = base64url::encode(der).replace('-', "+").replace('_', "/");
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

/// The content of a DER element, and what follows it.
fn element(der: &[u8]) -> (&[u8], &[u8]) {
    let (length, rest) = match der[1] {
        short @ 0..=0x7f => (usize::from(short), &der[2..]),
        0x81 => (usize::from(der[2]), &der[3..]),
        _ => (usize::from(u16::from_be_bytes([der[2], der[3]])), &der[4..]),
    };
    rest.split_at(length)
}
