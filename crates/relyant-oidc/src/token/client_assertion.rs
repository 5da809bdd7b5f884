//! The client assertion: a short-lived JWT that proves who we are, for this provider and this request alone. RFC 7523 §2.2
//! and §3, Core §9.

use std::fmt;

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::json::{Object, Value};
use relyant_jose::mac::{MacAlgorithm, MacKey};
use relyant_jose::sign::SigningKey;
use relyant_jose::{base64url, derive};

use crate::Error;
use crate::authentic::key_of_secret;
use crate::client_key::ClientKey;
use crate::clock::UnixTime;
use crate::error::{Clipped, Configuration, Incompatible, Misuse};
use crate::issuer::Issuer;
use crate::limits::CLIENT_ASSERTION_SECONDS;
use crate::provider_metadata::ProviderMetadata;
use crate::secret::Secret;

/// The value of `client_assertion_type`. RFC 7523 §2.2.
pub(super) const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The assertion's own kind, so that it can't be taken for another JWT of ours. RFC 8725 §3.11.
const HEADER_TYPE: &str = "client-authentication+jwt";

/// What makes an assertion this request's own: randomness and the time.
///
/// It can't be copied and is used up by its request, so no assertion's `jti` comes twice. `Debug` shows the time alone.
pub struct Freshness {
    seed: [u8; 32],
    now: UnixTime,
}

impl Freshness {
    /// From a seed that is fresh from the operating system's randomness.
    pub fn new(seed: [u8; 32], now: UnixTime) -> Self {
        Self { seed, now }
    }

    /// What the assertion says.
    fn claims(self, client_id: &str, issuer: &Issuer) -> Value {
        let claims: [(&str, Value); 6] = [
            // RFC 7523 §3 (1) and (2B): issuer and subject are the client itself.
            ("iss", client_id.into()),
            ("sub", client_id.into()),
            // RFC 7523 §3 (3): whom it is meant for, which is this provider alone. Its token endpoint, or a list, could be
            // another provider's too, who would then be shown an assertion that is good elsewhere.
            ("aud", issuer.as_str().into()),
            // RFC 7523 §3 (4), (6) and (7): short-lived and for one use.
            ("iat", self.now.0.into()),
            ("exp", self.now.plus(CLIENT_ASSERTION_SECONDS).0.into()),
            ("jti", self.jti().into()),
        ];
        claims
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    /// 256 bits that tell nothing about the seed. RFC 7519 §4.1.7.
    fn jti(&self) -> String {
        base64url::encode(&derive::expand(&self.seed, "relyant client assertion jti"))
    }
}

impl fmt::Debug for Freshness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Freshness")
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

/// What an assertion is signed or authenticated with, and by which algorithm.
pub(crate) enum AssertionKey<'a> {
    /// `client_secret_jwt`.
    Secret(Box<MacKey>),
    /// `private_key_jwt`; the name is the provider's for the key's algorithm.
    Private(&'a SigningKey, SignatureAlgorithm),
}

impl<'a> AssertionKey<'a> {
    /// The client secret as a key: its UTF-8 bytes. Core §10.1.
    ///
    /// The algorithm is the first that the provider offers, HS256 where it is silent: it needs the shortest secret.
    pub(super) fn of_secret(metadata: &ProviderMetadata, secret: &Secret) -> Result<Self, Error> {
        let offered = metadata.token_endpoint_auth_signing_algs()?;
        let is_offered = |algorithm: &&MacAlgorithm| {
            offered.is_none_or(|names| names.iter().any(|name| name == algorithm.name()))
        };
        let algorithm = MacAlgorithm::ALL.iter().find(is_offered).ok_or_else(|| {
            let names: Vec<_> = MacAlgorithm::ALL.iter().map(|one| one.name()).collect();
            not_offered(&names.join(" "), offered)
        })?;
        let key = key_of_secret(secret, *algorithm)?;
        Ok(Self::Secret(Box::new(key)))
    }

    /// The first of the client's private keys that the provider takes, by the name that it has for the key's algorithm: by
    /// the key's own where it has both.
    pub(super) fn of_private(
        metadata: &ProviderMetadata,
        keys: &'a [ClientKey],
    ) -> Result<Self, Error> {
        if keys.is_empty() {
            return Err(Configuration::ClientKeyMissing.into());
        }
        let offered = metadata.token_endpoint_auth_signing_algs()?;
        let named = |key: &'a ClientKey| {
            let key = key.signing_key();
            name_of(key.algorithm(), offered).map(|name| Self::Private(key, name))
        };
        keys.iter().find_map(named).ok_or_else(|| {
            let own = keys.iter().map(|key| key.signing_key().algorithm().name());
            not_offered(&own.collect::<Vec<_>>().join(" "), offered)
        })
    }

    /// The assertion that `client_id` is the client who asks `issuer`. RFC 7523 §3, Core §9.
    pub(super) fn assertion(
        &self,
        client_id: &str,
        issuer: &Issuer,
        freshness: Freshness,
    ) -> Result<String, Error> {
        let payload = freshness.claims(client_id, issuer).to_string();
        let mut header = Object::new();
        header.insert("typ".to_owned(), HEADER_TYPE.into());
        match self {
            Self::Secret(key) => Ok(key.sign(payload.as_bytes(), &header)),
            Self::Private(key, algorithm) => {
                header.insert("alg".to_owned(), algorithm.name().into());
                key.sign(payload.as_bytes(), &header)
                    .map_err(|_| Misuse::ClientAssertionUnsigned.into())
            }
        }
    }
}

/// The name that a provider has for an algorithm of ours, where it takes it. RFC 8414 §2.
fn name_of(own: SignatureAlgorithm, offered: Option<&[String]>) -> Option<SignatureAlgorithm> {
    let Some(names) = offered else {
        return Some(own);
    };
    names
        .iter()
        .filter_map(|name| SignatureAlgorithm::from_name(name))
        .filter(|algorithm| algorithm.is_among(&[own]))
        .max_by_key(|algorithm| *algorithm == own)
}

fn not_offered(expected: &str, offered: Option<&[String]>) -> Error {
    Incompatible::NoClientAssertionAlgorithm {
        expected: Clipped::new(expected),
        got: Clipped::new(&offered.unwrap_or_default().join(" ")),
    }
    .into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    // TK-04
    #[test]
    fn a_jti_has_256_bits_and_never_repeats() {
        let mut known = BTreeSet::new();
        for number in 0_u64..2_000 {
            let mut seed = [0; 32];
            seed[..8].copy_from_slice(&number.to_le_bytes());
            let jti = Freshness::new(seed, UnixTime(0)).jti();
            assert_eq!(base64url::decode(&jti).unwrap().len(), 32);
            assert_ne!(jti, base64url::encode(&seed));
            assert!(known.insert(jti));
        }
    }

    // OP-01
    #[test]
    fn debug_shows_no_seed() {
        let shown = format!("{:?}", Freshness::new([0xab; 32], UnixTime(5)));
        assert_eq!(shown, "Freshness { now: UnixTime(5), .. }");
    }
}
