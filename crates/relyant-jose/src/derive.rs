//! Keys and values derived from one secret: HKDF with SHA-256 (RFC 5869).

use aws_lc_rs::hmac;

/// The 32 bytes that belong to `label` under `seed`: HKDF-Expand, so `seed` must be uniformly random.
///
/// Different labels give independent values: none tells anything about another or about the seed. RFC 5869 §2.3.
pub fn expand(seed: &[u8; 32], label: &str) -> [u8; 32] {
    expand_block(seed, &[label.as_bytes()])
}

/// A uniform key of a secret that has any length and shape: HKDF-Extract. RFC 5869 §2.2.
pub(crate) fn extract(salt: &[u8], secret: &[u8]) -> [u8; 32] {
    hmac_sha256(salt, &[secret])
}

/// HKDF-Expand for one block of output: T(1) = HMAC(PRK, info ‖ 0x01). RFC 5869 §2.3.
pub(crate) fn expand_block(key: &[u8; 32], info: &[&[u8]]) -> [u8; 32] {
    let mut message = info.to_vec();
    message.push(&[1]);
    hmac_sha256(key, &message)
}

fn hmac_sha256(key: &[u8], message: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    for part in message {
        context.update(part);
    }
    let mut tag = [0; 32];
    tag.copy_from_slice(context.sign().as_ref());
    tag
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap())
            .collect()
    }

    // RFC 5869 §2.2, §2.3
    #[test]
    fn rfc_5869_appendix_a_1() {
        let prk = extract(&hex("000102030405060708090a0b0c"), &[0x0b; 22]);
        assert_eq!(
            prk.to_vec(),
            hex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5")
        );
        let block = expand_block(&prk, &[&hex("f0f1f2f3f4f5f6f7f8f9")]);
        assert_eq!(
            block.to_vec(),
            hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf")
        );
    }

    #[test]
    fn rfc_5869_appendix_a_3_with_empty_salt_and_info() {
        let prk = extract(b"", &[0x0b; 22]);
        assert_eq!(
            prk.to_vec(),
            hex("19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04")
        );
        assert_eq!(
            expand(&prk, "").to_vec(),
            hex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d")
        );
    }

    #[test]
    fn labels_and_seeds_are_apart() {
        assert_ne!(expand(&[7; 32], "state"), expand(&[7; 32], "nonce"));
        assert_ne!(expand(&[7; 32], "state"), expand(&[8; 32], "state"));
    }
}
