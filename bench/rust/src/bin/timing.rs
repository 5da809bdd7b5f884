//! Whether the time of a refusal tells why: for each secret comparison, Welch's t between two ways to be wrong.
//!
//! Both ways are measured in turn, in an order that is drawn; the slowest tenth of all measurements, which the machine and not the
//! code made, is left out. A |t| above 4.5 means that the two ways can be told apart by their time. It prints and judges nothing:
//! a machine under load tells nothing either way.

use std::error::Error;
use std::hint::black_box;
use std::io::{self, Write};
use std::time::Instant;

use relyant_jose::base64url;
use relyant_jose::digest::constant_time_eq;
use relyant_jose::json::Object;
use relyant_jose::jwe::{
    ContentEncryptionAlgorithm, DecryptionKey, DecryptionKeys, EncryptedJwe, EncryptionKey,
    KeyManagementAlgorithm,
};
use relyant_jose::mac::{MacAlgorithm, MacKey, MacKeys};
use relyant_jose::seal::SealingKeys;

const SECRET: &[u8; 32] = b"brewing is mostly about cleaning";
const COMPARISONS: usize = 40_000;
const DECRYPTIONS: usize = 6_000;
/// A private key of this program alone.
const RSA: &[u8] =
    include_bytes!("../../../../crates/relyant-jose/tests/specification/rfc7515_appendix_a_2.der");

fn main() -> Result<(), Box<dyn Error>> {
    comparison()?;
    mac()?;
    sealed_text()?;
    content()?;
    encrypted_key()?;
    Ok(())
}

/// JO-20: the comparison of `state`, `nonce` and hashes.
fn comparison() -> Result<(), Box<dyn Error>> {
    let secret = base64url::encode(SECRET);
    let [early, late] = [0, secret.len() - 1].map(|index| {
        let changed = changed(secret.as_bytes(), index);
        String::from_utf8(changed)
    });
    let differs = |other: &str| !constant_time_eq(secret.as_bytes(), other.as_bytes());
    report(
        "a text wrong in its first or its last byte",
        COMPARISONS,
        [&early?, &late?],
        |other| (0..50).all(|_| differs(black_box(other))),
    )
}

/// JO-20: the tag of a MAC.
fn mac() -> Result<(), Box<dyn Error>> {
    let key = MacKey::new(MacAlgorithm::Hs256, SECRET)?;
    let token = key.sign(b"{}", &Object::new());
    let keys = MacKeys::from(key);
    report(
        "a MAC wrong in its first or its last byte",
        COMPARISONS,
        [&with_part(&token, 2, 0)?, &with_part(&token, 2, 31)?],
        |token| keys.verify(token).is_err(),
    )
}

/// JO-20: a sealed cookie.
fn sealed_text() -> Result<(), Box<dyn Error>> {
    let keys = SealingKeys::new(&[SECRET], "timing")?;
    let sealed = base64url::decode(&keys.seal([1; 16], b"", &[7; 64])?)?;
    let [early, late] =
        [17, sealed.len() - 1].map(|index| base64url::encode(&changed(&sealed, index)));
    report(
        "a sealed text wrong in its content or its tag",
        COMPARISONS,
        [&early, &late],
        |text| keys.open(b"", text).is_none(),
    )
}

/// JO-14: block ciphers, whose padding must tell nothing.
fn content() -> Result<(), Box<dyn Error>> {
    let (algorithm, encryption) = (
        KeyManagementAlgorithm::Direct,
        ContentEncryptionAlgorithm::A128CbcHs256,
    );
    let sender = EncryptionKey::shared(SECRET);
    let token = sender.encrypt(algorithm, encryption, &[7; 300], &Object::new())?;
    let keys = DecryptionKeys::new(vec![DecryptionKey::shared(SECRET)]);
    report(
        "A128CBC-HS256: the padding or the tag is wrong",
        COMPARISONS,
        [&with_part(&token, 3, 303)?, &with_part(&token, 4, 0)?],
        |token| refuses(&keys, token),
    )
}

/// JO-13: RSA-OAEP, whose padding must tell nothing.
fn encrypted_key() -> Result<(), Box<dyn Error>> {
    let key = DecryptionKey::from_pkcs8(None, RSA)?;
    let public = EncryptionKey::from_jwk(key.public_jwk().ok_or("an RSA key has a public half")?)?;
    let (algorithm, encryption) = (
        KeyManagementAlgorithm::RsaOaep256,
        ContentEncryptionAlgorithm::A256Gcm,
    );
    let token = public.encrypt(algorithm, encryption, &[7; 300], &Object::new())?;
    let keys = DecryptionKeys::new(vec![key]);
    report(
        "RSA-OAEP-256: the encrypted key or the tag is wrong",
        DECRYPTIONS,
        [&with_part(&token, 1, 200)?, &with_part(&token, 4, 0)?],
        |token| refuses(&keys, token),
    )
}

fn refuses(keys: &DecryptionKeys, token: &str) -> bool {
    EncryptedJwe::parse(token).is_ok_and(|token| token.decrypt(keys).is_err())
}

fn changed(octets: &[u8], index: usize) -> Vec<u8> {
    let flip = |(position, octet): (usize, &u8)| {
        if position == index { octet ^ 1 } else { *octet }
    };
    octets.iter().enumerate().map(flip).collect()
}

/// The token with one byte of one part changed.
fn with_part(token: &str, part: usize, index: usize) -> Result<String, Box<dyn Error>> {
    let parts = token.split('.').enumerate().map(|(number, text)| {
        if number != part {
            return Ok(text.to_owned());
        }
        Ok(base64url::encode(&changed(
            &base64url::decode(text)?,
            index,
        )))
    });
    Ok(parts.collect::<Result<Vec<_>, Box<dyn Error>>>()?.join("."))
}

/// Both texts go through one buffer and one call, so that neither an address nor a copy of the code tells them apart.
fn report(
    name: &str,
    runs: usize,
    texts: [&str; 2],
    run: impl Fn(&str) -> bool,
) -> Result<(), Box<dyn Error>> {
    let mut times = Vec::with_capacity(runs);
    let mut buffer = String::with_capacity(texts[0].len());
    let mut order = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..runs {
        // xorshift: an order without a pattern that a clock or a cache could follow.
        order ^= order << 13;
        order ^= order >> 7;
        order ^= order << 17;
        let is_first = order & 1 == 0;
        buffer.clear();
        buffer.push_str(if is_first { texts[0] } else { texts[1] });
        let start = Instant::now();
        let refused = run(black_box(&buffer));
        let nanoseconds = start.elapsed().as_secs_f64() * 1e9;
        if !refused {
            return Err(format!("{name}: taken").into());
        }
        times.push((is_first, nanoseconds));
    }
    writeln!(io::stdout(), "t = {:6.2}  {name}", welch(times))?;
    Ok(())
}

/// Welch's t of the two classes, without the slowest tenth.
fn welch(mut times: Vec<(bool, f64)>) -> f64 {
    times.sort_by(|a, b| a.1.total_cmp(&b.1));
    times.truncate(times.len() / 10 * 9);
    let [(mean_a, error_a), (mean_b, error_b)] = [true, false].map(|class| {
        let of_class = times.iter().filter(|(is_first, _)| *is_first == class);
        moments(&of_class.map(|(_, time)| *time).collect::<Vec<_>>())
    });
    (mean_a - mean_b) / (error_a + error_b).sqrt()
}

/// The mean and its squared error.
#[allow(clippy::cast_precision_loss, reason = "some thousand measurements")]
fn moments(times: &[f64]) -> (f64, f64) {
    let count = times.len() as f64;
    let mean = times.iter().sum::<f64>() / count;
    let variance = times.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, variance / count)
}
