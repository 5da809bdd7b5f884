//! Targets of relyant-jose: tokens, keys, and what they are made of.

pub mod base64url;
pub mod json;
pub mod jwe;
pub mod jwe_header;
pub mod jwk_set;
pub mod jws;
pub mod jws_header;
pub mod mac;
pub mod pem;
pub mod private_jwk;
pub mod seal;
