//! JOSE: bytes in, verified bytes out; no clock, no network, no OpenID word.
//!
//! A signed token goes one way: [`jws::UnverifiedJws`] → [`jws::VerifiedJws`], and only the second one gives its payload away.
//! Keys come from a [`jwk_set::JwkSet`], are parsed once and know what they may be used for. The algorithm `none` can't be
//! expressed, and keys of the issuer (asymmetric) and shared secrets ([`mac`]) are different types that never meet.
//!
//! ```
//! use relyant_jose::algorithm::SignatureAlgorithm;
//! use relyant_jose::json::Object;
//! use relyant_jose::jwk_set::JwkSet;
//! use relyant_jose::jws::UnverifiedJws;
//! use relyant_jose::sign::SigningKey;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let key = SigningKey::generate(SignatureAlgorithm::Es256, "2026-11")?;
//! let token = key.sign(br#"{"sub":"carol"}"#, &Object::new())?;
//!
//! let published = serde_json::json!({ "keys": [key.public_jwk()] }).to_string();
//! let keys = JwkSet::parse(published.as_bytes())?;
//! let verified = UnverifiedJws::parse(&token)?.verify(&keys, &[SignatureAlgorithm::Es256])?;
//! assert_eq!(verified.claims()?["sub"], "carol");
//! # Ok(())
//! # }
//! ```
//!
//! Standards: [RFC 7515](https://www.rfc-editor.org/rfc/rfc7515) (JWS), [RFC 7516](https://www.rfc-editor.org/rfc/rfc7516) (JWE),
//! [RFC 7517](https://www.rfc-editor.org/rfc/rfc7517) (JWK),
//! [RFC 7518](https://www.rfc-editor.org/rfc/rfc7518) (JWA), [RFC 8037](https://www.rfc-editor.org/rfc/rfc8037) (Ed25519 in JOSE),
//! [RFC 8725](https://www.rfc-editor.org/rfc/rfc8725) (best current practice), [RFC 9864](https://www.rfc-editor.org/rfc/rfc9864)
//! (fully specified algorithms).

pub mod algorithm;
pub mod base64url;
mod compact;
mod crypto;
pub mod derive;
pub mod digest;
pub mod generate;
pub mod header;
pub mod json;
pub mod jwe;
pub mod jwk;
pub mod jwk_set;
pub mod jws;
pub mod limits;
pub mod mac;
pub mod pem;
pub mod seal;
pub mod sign;
pub mod thumbprint;
