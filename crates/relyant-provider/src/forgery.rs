//! Tokens that no honest signer makes.

use relyant_jose::base64url;
use relyant_jose::digest::sha256;
use relyant_jose::jwe::{ContentEncryptionAlgorithm, EncryptionKey, KeyManagementAlgorithm};
use serde_json::{Map, Value, json};

use crate::failure::Failure;

/// An unsigned token. RFC 7515 appendix A.5.
pub(crate) fn unsigned(payload: &[u8]) -> String {
    format!(
        "{}.",
        signing_input(&json!({ "alg": "none", "typ": "JWT" }), payload)
    )
}

/// A token authenticated by a secret that both sides know. RFC 7518 §3.2.
pub(crate) fn authenticated(payload: &[u8], kid: &str, secret: &str) -> String {
    let input = signing_input(
        &json!({ "alg": "HS256", "typ": "JWT", "kid": kid }),
        payload,
    );
    let mac = hmac_sha256(secret.as_bytes(), input.as_bytes());
    format!("{input}.{}", base64url::encode(&mac))
}

/// The token, encrypted to a key that is forgotten at once. RFC 7516 §5.1.
pub(crate) fn encrypted(token: &[u8]) -> Result<String, Failure> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret)?;
    let key = EncryptionKey::shared(&secret);
    let (algorithm, encryption) = (
        KeyManagementAlgorithm::Direct,
        ContentEncryptionAlgorithm::A256Gcm,
    );
    Ok(key.encrypt(algorithm, encryption, token, &Map::new())?)
}

/// What a signed token signs, without its signature.
pub(crate) fn payload(token: &str) -> Vec<u8> {
    let payload = token.split('.').nth(1).unwrap_or_default();
    base64url::decode(payload).unwrap_or_default()
}

/// The token with the first bit of its signature flipped.
pub(crate) fn tampered(token: &str) -> String {
    let Some((input, signature)) = token.rsplit_once('.') else {
        return token.to_owned();
    };
    let mut bytes = base64url::decode(signature).unwrap_or_default();
    if let Some(first) = bytes.first_mut() {
        *first ^= 0x80;
    }
    format!("{input}.{}", base64url::encode(&bytes))
}

/// The payload with a second `sub` behind its own.
pub(crate) fn with_second_subject(payload: &[u8]) -> Vec<u8> {
    let mut doubled = payload.strip_suffix(b"}").unwrap_or(payload).to_vec();
    doubled.extend_from_slice(b",\"sub\":\"somebody-else\"}");
    doubled
}

fn signing_input(header: &Value, payload: &[u8]) -> String {
    format!(
        "{}.{}",
        base64url::encode(header.to_string().as_bytes()),
        base64url::encode(payload)
    )
}

/// RFC 2104 §2, with SHA-256's block of 64 bytes.
fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let hashed;
    let key = if key.len() > 64 {
        hashed = sha256(key);
        &hashed[..]
    } else {
        key
    };
    let pad = |byte: u8| -> Vec<u8> {
        let padded = key.iter().copied().chain(std::iter::repeat(0)).take(64);
        padded.map(|octet| octet ^ byte).collect()
    };
    let inner = sha256(&[pad(0x36), message.to_vec()].concat());
    sha256(&[pad(0x5c), inner.to_vec()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mac_is_that_of_rfc_4231() {
        // Test cases 2 and 6, the second with a key longer than a block.
        assert_eq!(
            base64url::encode(&hmac_sha256(b"Jefe", b"what do ya want for nothing?")),
            "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM"
        );
        assert_eq!(
            base64url::encode(&hmac_sha256(
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First"
            )),
            "YOQxWR7gtn8Niiaqy_W3f44LxiE3KMUUBUYEDw7jf1Q"
        );
    }

    #[test]
    fn forgeries_change_what_they_say() {
        assert!(unsigned(b"{}").ends_with(".e30."));
        assert_eq!(tampered("a.b.AAAA"), "a.b.gAAA");
        assert_eq!(payload("a.e30.b"), b"{}");
        assert_eq!(
            with_second_subject(b"{\"sub\":\"a\"}"),
            b"{\"sub\":\"a\",\"sub\":\"somebody-else\"}"
        );
    }
}
