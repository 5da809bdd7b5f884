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
