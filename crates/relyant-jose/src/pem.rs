//! Private keys in PEM text: which blocks there are, and the one that a text has. RFC 7468.

use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::{Error as PemError, PemObject};

use crate::sign::SignError;

/// The blocks of a text that hold a private key, in their order; a last one may be cut off. RFC 7468 §2 and §10.
///
/// Certificates, parameters and whatever else stands between them are passed over.
pub fn private_key_blocks(text: &str) -> Vec<&str> {
    let ends = text.match_indices(END).map(|(start, _)| {
        let line = text.get(start..).and_then(|rest| rest.find('\n'));
        line.map_or(text.len(), |length| start + length + 1)
    });
    let mut begun = 0;
    let mut blocks = Vec::new();
    for end in ends.chain([text.len()]) {
        blocks.extend(text.get(begun..end));
        begun = end;
    }
    blocks.retain(|block| block.lines().any(begins_a_private_key));
    blocks
}

const END: &str = "-----END ";

fn begins_a_private_key(line: &str) -> bool {
    line.starts_with("-----BEGIN ") && line.contains("PRIVATE KEY")
}

/// The private key of a text that has exactly one. What the reader says is dropped: it quotes the text.
pub(crate) fn single_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, SignError> {
    let keys: Result<Vec<_>, PemError> = PrivateKeyDer::pem_slice_iter(pem).collect();
    let mut keys = keys
        .map_err(|_| unless_encrypted(pem, SignError::MalformedPem))?
        .into_iter();
    match (keys.next(), keys.next()) {
        (Some(key), None) => Ok(key),
        (Some(_), Some(_)) => Err(SignError::SeveralKeys),
        (None, _) => Err(unless_encrypted(pem, SignError::NoPem)),
    }
}

/// RFC 7468 §11 and RFC 1421 §4.6.1.1: both forms of an encrypted key say so in a line of their own.
fn unless_encrypted(pem: &[u8], otherwise: SignError) -> SignError {
    let says_so = |line: &[u8]| {
        line.starts_with(b"-----BEGIN ENCRYPTED PRIVATE KEY") || line.starts_with(b"Proc-Type:")
    };
    if pem.split(|byte| *byte == b'\n').any(says_so) {
        SignError::EncryptedPem
    } else {
        otherwise
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 7468 §2
    #[test]
    fn each_block_of_a_private_key_is_found_and_nothing_else() {
        let block = |label: &str| format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
        let (key, other) = (block("PRIVATE KEY"), block("EC PRIVATE KEY"));
        let text = format!("words\n{key}{}{other}", block("CERTIFICATE"));
        assert_eq!(
            private_key_blocks(&text),
            [format!("words\n{key}").as_str(), &other]
        );
        let cut = "-----BEGIN PRIVATE KEY-----\nAAAA";
        assert_eq!(private_key_blocks(&format!("{key}{cut}")), [&key, cut]);
        let unended = key.trim_end();
        assert_eq!(private_key_blocks(unended), [unended]);
        for none in [
            "",
            "words",
            &block("PUBLIC KEY"),
            "-----END PRIVATE KEY-----",
        ] {
            assert!(private_key_blocks(none).is_empty(), "{none}");
        }
    }
}
