//! Our keys for tokens that the provider encrypts to us, and what comes out when one is opened. Core §10.2, RFC 7516 §5.2.
//!
//! To open is not to verify: whoever has our public key can encrypt. What comes out is good for being looked at for its
//! signature, and for nothing else.

use std::borrow::Cow;
use std::sync::Arc;

use relyant_jose::digest;
use relyant_jose::jwe::{DecryptionKey, DecryptionKeys, EncryptedJwe, JweError};
use relyant_jose::jws;

use crate::Error;
use crate::error::{Clipped, Incompatible, InvalidToken};
use crate::id_token::is_media_type;
use crate::secret::Secret;

/// The keys that open encrypted tokens. Clones share them; `Debug` shows their names alone.
#[derive(Debug, Clone, Default)]
pub struct ClientDecryptionKeys(Arc<DecryptionKeys>);

/// What may come encrypted, in the words of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encrypted {
    IdToken,
    LogoutToken,
    Userinfo,
    AccessToken,
    Introspection,
}

impl Encrypted {
    fn name(self) -> &'static str {
        match self {
            Self::IdToken => "ID token",
            Self::LogoutToken => "logout token",
            Self::Userinfo => "userinfo answer",
            Self::AccessToken => "access token",
            Self::Introspection => "introspection answer",
        }
    }

    fn without_key(self) -> Incompatible {
        match self {
            Self::IdToken => Incompatible::EncryptedIdToken,
            Self::LogoutToken => Incompatible::EncryptedLogoutToken,
            Self::Userinfo => Incompatible::EncryptedUserinfo,
            Self::AccessToken => Incompatible::EncryptedAccessToken,
            Self::Introspection => Incompatible::EncryptedIntrospection,
        }
    }
}

impl ClientDecryptionKeys {
    /// All of them: today's, and former ones that the provider may still encrypt to.
    pub fn new(keys: Vec<DecryptionKey>) -> Self {
        Self(Arc::new(DecryptionKeys::new(keys)))
    }

    /// The keys that both sides derive from the client secret, one for each length that a content needs.
    ///
    /// Core §10.2: the left-most octets of a SHA-2 hash of the secret, of the smallest that is long enough.
    pub fn of_secret(secret: &Secret) -> Vec<DecryptionKey> {
        let secret = secret.expose().as_bytes();
        let lengths = [16, 24, 32, 48, 64];
        let keys = lengths.map(|length| DecryptionKey::shared(&digest::left(secret, length)));
        keys.into()
    }

    /// The token inside `token`, or the token itself where it isn't encrypted.
    ///
    /// Told by the number of its parts (RFC 7516 §9).
    pub(crate) fn open<'t>(&self, token: &'t str, what: Encrypted) -> Result<Cow<'t, str>, Error> {
        if !is_encrypted(token) {
            return Ok(Cow::Borrowed(token));
        }
        if self.0.iter().next().is_none() {
            return Err(what.without_key().into());
        }
        let opened = EncryptedJwe::parse(token)
            .and_then(|jwe| jwe.decrypt(&self.0))
            .map_err(|error| refused(error, what))?;
        // RFC 7519 §5.2: a token is inside, which is text; what it is, the next reader says.
        let inner = opened.nested().ok_or_else(|| not_decrypted(what))?;
        check_content_type(opened.header().cty.as_deref(), inner, what)?;
        Ok(Cow::Owned(inner.to_owned()))
    }
}

/// Keys with the same names and public halves are the same.
impl PartialEq for ClientDecryptionKeys {
    fn eq(&self, other: &Self) -> bool {
        let shown = |keys: &Self| -> Vec<_> {
            let halves = keys.0.iter();
            halves
                .map(|key| (key.kid().map(str::to_owned), key.public_jwk().cloned()))
                .collect()
        };
        shown(self) == shown(other)
    }
}

impl Eq for ClientDecryptionKeys {}

/// RFC 7516 §9: five parts.
pub(crate) fn is_encrypted(token: &str) -> bool {
    token.bytes().filter(|byte| *byte == b'.').count() == 4
}

/// Refuses what is no token at all: neither a JWS nor a JWE in compact form, by its parts and its header.
pub(crate) fn check_compact(token: &str) -> Result<(), Clipped> {
    let form = if is_encrypted(token) {
        EncryptedJwe::parse(token)
            .map(drop)
            .map_err(|error| error.to_string())
    } else {
        jws::check_form(token).map_err(|error| error.to_string())
    };
    form.map_err(|reason| Clipped::new(&reason))
}

/// RFC 7516 §4.1.12, RFC 7519 §5.2: where the header says what is inside, a token or claims, that is what it must be.
///
/// So claims that nobody signed can't be called a token. Headers that say nothing are taken, as many providers write them.
fn check_content_type(cty: Option<&str>, inner: &str, what: Encrypted) -> Result<(), InvalidToken> {
    let Some(cty) = cty else {
        return Ok(());
    };
    let says_token = is_media_type(cty, "JWT") || cty.to_ascii_lowercase().ends_with("+jwt");
    let is_token = !inner.starts_with('{');
    if says_token == is_token {
        return Ok(());
    }
    let got = if is_token {
        "a token"
    } else {
        "claims without a signature"
    };
    let reason = format!("its `cty` is `{cty}`, and inside is {got}");
    Err(InvalidToken::EncryptionMalformed {
        token: what.name(),
        reason: Clipped::new(&reason),
    })
}

/// RFC 7516 §11.5: what fails with the key is one error; what the header says of itself is told, for the operator's sake.
fn refused(error: JweError, what: Encrypted) -> Error {
    let token = what.name();
    match error {
        JweError::UnknownAlgorithm { got } | JweError::UnknownEncryption { got } => {
            let got = Clipped::new(&got);
            Incompatible::EncryptionAlgorithm { token, got }.into()
        }
        JweError::UnknownKid { kid } => {
            let kid = Clipped::new(&kid);
            InvalidToken::EncryptionKeyUnknown { token, kid }.into()
        }
        JweError::NoFittingKey | JweError::AmbiguousKey | JweError::NotDecrypted => {
            not_decrypted(what)
        }
        form @ (JweError::TooLong
        | JweError::NotCompact
        | JweError::Base64Url
        | JweError::Header(_)
        | JweError::MissingEncryption
        | JweError::Parameter { .. }) => InvalidToken::EncryptionMalformed {
            token,
            reason: Clipped::new(&form.to_string()),
        }
        .into(),
    }
}

fn not_decrypted(what: Encrypted) -> Error {
    let token = what.name();
    InvalidToken::NotDecrypted { token }.into()
}
