//! The content of an encrypted token: authenticated first, then decrypted. RFC 7518 §5.2 and §5.3.

use aws_lc_rs::aead::{AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey,
    PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{aead, cipher, hmac};
use zeroize::Zeroizing;

use super::algorithm::ContentEncryptionAlgorithm as Algorithm;
use crate::digest::constant_time_eq;

/// An encrypted content with all that authenticates it.
pub(super) struct Sealed<'a> {
    /// The protected header as it was sent: RFC 7516 §5.1 (14).
    pub(super) aad: &'a [u8],
    pub(super) iv: &'a [u8],
    pub(super) ciphertext: &'a [u8],
    pub(super) tag: &'a [u8],
}

/// The plaintext; None for whatever reason, which nobody is told.
pub(super) fn open(
    algorithm: Algorithm,
    key: &[u8],
    sealed: &Sealed<'_>,
) -> Option<Zeroizing<Vec<u8>>> {
    match Mode::of(algorithm) {
        Mode::Gcm(gcm) => open_gcm(gcm, key, sealed),
        Mode::CbcHmac(cbc, mac) => open_cbc(cbc, mac, key, sealed),
    }
}

/// Ciphertext and tag. The IV must be as long as the algorithm's, and new for each content.
pub(super) fn seal(
    algorithm: Algorithm,
    key: &[u8],
    iv: &[u8],
    aad: &[u8],
    plaintext: &[u8],
) -> Option<(Vec<u8>, Vec<u8>)> {
    match Mode::of(algorithm) {
        Mode::Gcm(gcm) => seal_gcm(gcm, key, iv, aad, plaintext),
        Mode::CbcHmac(cbc, mac) => seal_cbc(cbc, mac, key, iv, aad, plaintext),
    }
}

/// The length of the initialization vector in bytes. RFC 7518 §5.2.2.1 (2) and §5.3.
pub(super) fn iv_bytes(algorithm: Algorithm) -> usize {
    match Mode::of(algorithm) {
        Mode::Gcm(_) => aead::NONCE_LEN,
        Mode::CbcHmac(..) => cipher::AES_CBC_IV_LEN,
    }
}

enum Mode {
    Gcm(&'static aead::Algorithm),
    CbcHmac(&'static cipher::Algorithm, hmac::Algorithm),
}

impl Mode {
    fn of(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::A128Gcm => Self::Gcm(&AES_128_GCM),
            Algorithm::A192Gcm => Self::Gcm(&AES_192_GCM),
            Algorithm::A256Gcm => Self::Gcm(&AES_256_GCM),
            Algorithm::A128CbcHs256 => Self::CbcHmac(&AES_128, hmac::HMAC_SHA256),
            Algorithm::A192CbcHs384 => Self::CbcHmac(&AES_192, hmac::HMAC_SHA384),
            Algorithm::A256CbcHs512 => Self::CbcHmac(&AES_256, hmac::HMAC_SHA512),
        }
    }
}

fn open_gcm(
    algorithm: &'static aead::Algorithm,
    key: &[u8],
    sealed: &Sealed<'_>,
) -> Option<Zeroizing<Vec<u8>>> {
    // RFC 7518 §5.3: an IV of 96 bits and a tag of 128, no others. A shorter tag would be quickly guessed.
    let nonce = Nonce::try_assume_unique_for_key(sealed.iv).ok()?;
    if sealed.tag.len() != algorithm.tag_len() {
        return None;
    }
    let key = LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?);
    let mut buffer = Zeroizing::new([sealed.ciphertext, sealed.tag].concat());
    let length = key
        .open_in_place(nonce, Aad::from(sealed.aad), &mut buffer)
        .ok()?
        .len();
    buffer.truncate(length);
    Some(buffer)
}

fn open_cbc(
    algorithm: &'static cipher::Algorithm,
    mac: hmac::Algorithm,
    key: &[u8],
    sealed: &Sealed<'_>,
) -> Option<Zeroizing<Vec<u8>>> {
    let (mac_key, cipher_key) = key.split_at_checked(key.len() / 2)?;
    let iv = FixedLength::<{ cipher::AES_CBC_IV_LEN }>::try_from(sealed.iv).ok()?;
    // RFC 7518 §5.2.2.2 (2): the tag first, whole and in constant time; a padding is only looked at once it is the sender's.
    if !constant_time_eq(&tag(mac, mac_key, sealed), sealed.tag) {
        return None;
    }
    let key = UnboundCipherKey::new(algorithm, cipher_key).ok()?;
    let mut buffer = Zeroizing::new(sealed.ciphertext.to_vec());
    let length = PaddedBlockDecryptingKey::cbc_pkcs7(key)
        .ok()?
        .decrypt(&mut buffer, DecryptionContext::Iv128(iv))
        .ok()?
        .len();
    buffer.truncate(length);
    Some(buffer)
}

fn seal_gcm(
    algorithm: &'static aead::Algorithm,
    key: &[u8],
    iv: &[u8],
    aad: &[u8],
    plaintext: &[u8],
) -> Option<(Vec<u8>, Vec<u8>)> {
    let key = LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?);
    let nonce = Nonce::try_assume_unique_for_key(iv).ok()?;
    let mut buffer = plaintext.to_vec();
    let tag = key
        .seal_in_place_separate_tag(nonce, Aad::from(aad), &mut buffer)
        .ok()?;
    Some((buffer, tag.as_ref().to_vec()))
}

fn seal_cbc(
    algorithm: &'static cipher::Algorithm,
    mac: hmac::Algorithm,
    key: &[u8],
    iv: &[u8],
    aad: &[u8],
    plaintext: &[u8],
) -> Option<(Vec<u8>, Vec<u8>)> {
    let (mac_key, cipher_key) = key.split_at_checked(key.len() / 2)?;
    let context = FixedLength::<{ cipher::AES_CBC_IV_LEN }>::try_from(iv).ok()?;
    let mut ciphertext = plaintext.to_vec();
    PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(algorithm, cipher_key).ok()?)
        .ok()?
        .less_safe_encrypt(&mut ciphertext, EncryptionContext::Iv128(context))
        .ok()?;
    let tag = tag(
        mac,
        mac_key,
        &Sealed {
            aad,
            iv,
            ciphertext: &ciphertext,
            tag: &[],
        },
    );
    Some((ciphertext, tag))
}

/// The first half of HMAC(AAD ‖ IV ‖ ciphertext ‖ length of the AAD in bits). RFC 7518 §5.2.2.1 (5) and (6).
fn tag(algorithm: hmac::Algorithm, key: &[u8], sealed: &Sealed<'_>) -> Vec<u8> {
    let mut context = hmac::Context::with_key(&hmac::Key::new(algorithm, key));
    context.update(sealed.aad);
    context.update(sealed.iv);
    context.update(sealed.ciphertext);
    context.update(&(sealed.aad.len() as u64 * 8).to_be_bytes());
    let whole = context.sign();
    let half = whole.as_ref().len() / 2;
    whole.as_ref().iter().copied().take(half).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAINTEXT: &[u8] =
        b"A cipher system must not be required to be secret, and it must be able to fall into \
        the hands of the enemy without inconvenience";
    const AAD: &[u8] = b"The second principle of Auguste Kerckhoffs";
    const IV: [u8; 16] = [
        0x1a, 0xf3, 0x8c, 0x2d, 0xc2, 0xb9, 0x6f, 0xfd, 0xd8, 0x66, 0x94, 0x09, 0x23, 0x41, 0xbc,
        0x04,
    ];

    const B1: &[u8] = &[
        0x65, 0x2c, 0x3f, 0xa3, 0x6b, 0x0a, 0x7c, 0x5b, 0x32, 0x19, 0xfa, 0xb3, 0xa3, 0x0b, 0xc1,
        0xc4,
    ];
    const B2: &[u8] = &[
        0x84, 0x90, 0xac, 0x0e, 0x58, 0x94, 0x9b, 0xfe, 0x51, 0x87, 0x5d, 0x73, 0x3f, 0x93, 0xac,
        0x20, 0x75, 0x16, 0x80, 0x39, 0xcc, 0xc7, 0x33, 0xd7,
    ];
    const B3: &[u8] = &[
        0x4d, 0xd3, 0xb4, 0xc0, 0x88, 0xa7, 0xf4, 0x5c, 0x21, 0x68, 0x39, 0x64, 0x5b, 0x20, 0x12,
        0xbf, 0x2e, 0x62, 0x69, 0xa8, 0xc5, 0x6a, 0x81, 0x6d, 0xbc, 0x1b, 0x26, 0x77, 0x61, 0x95,
        0x5b, 0xc5,
    ];

    // RFC 7518 Appendix B
    #[test]
    fn the_tag_is_that_of_the_three_examples() {
        for (algorithm, expected) in [
            (Algorithm::A128CbcHs256, B1),
            (Algorithm::A192CbcHs384, B2),
            (Algorithm::A256CbcHs512, B3),
        ] {
            let key: Vec<u8> = (0..).take(algorithm.key_bytes()).collect();
            let (ciphertext, tag) = seal(algorithm, &key, &IV, AAD, PLAINTEXT).unwrap();
            assert_eq!(tag, expected, "{algorithm}");
            let sealed = Sealed {
                aad: AAD,
                iv: &IV,
                ciphertext: &ciphertext,
                tag: &tag,
            };
            assert_eq!(**open(algorithm, &key, &sealed).unwrap(), *PLAINTEXT);
        }
    }
}
