//! Proof Key for Code Exchange: a code is worth nothing without the verifier. RFC 7636.

use std::fmt;

use relyant_jose::{base64url, digest};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The one method there is here; `plain` protects nothing. RFC 7636 §4.2, RFC 9700 §2.1.1.
pub(crate) const METHOD: &str = "S256";

/// The secret that only this login's token request shows. RFC 7636 §4.1.
///
/// 43 characters of base64url, 256 bits. `Debug` redacts it.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub(crate) struct CodeVerifier(String);

impl CodeVerifier {
    pub(super) fn from_octets(octets: &[u8; 32]) -> Self {
        Self(base64url::encode(octets))
    }

    /// The text that the token request sends.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// The challenge that the authorization request shows: BASE64URL(SHA256(ASCII(verifier))).
    /// RFC 7636 §4.2.
    pub(crate) fn challenge(&self) -> String {
        base64url::encode(&digest::sha256(self.0.as_bytes()))
    }
}

impl fmt::Debug for CodeVerifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CodeVerifier(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 7636 §4.1, §4.2
    #[test]
    fn rfc_7636_appendix_b() {
        let octets = [
            116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212,
            37, 77, 105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121,
        ];
        let verifier = CodeVerifier::from_octets(&octets);
        assert_eq!(
            verifier.expose(),
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        );
        assert_eq!(
            verifier.challenge(),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
        assert_eq!(format!("{verifier:?}"), "CodeVerifier(redacted)");
    }
}
