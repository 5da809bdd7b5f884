//! One issuer whose claims about the provider's people are believed: where it is reached, and what each process keeps of it.

use std::sync::OnceLock;

use relyant_oidc::Error;
use relyant_oidc::claim_sources::ClaimsProviderMetadata;
use relyant_oidc::issuer::Issuer;
use relyant_oidc::jwks::IssuerKeys;
use relyant_oidc::transport::TransportRules;
use url::Origin;

use crate::cache::Cached;
use crate::destination::Destinations;
use crate::pin::moved;

/// The issuers that the settings name, each with its destinations at the same place.
pub(crate) struct ClaimsProviders {
    pub(crate) issuers: Vec<Issuer>,
    destinations: Vec<Destinations>,
}

/// The metadata and keys of one of them, as the provider's own are kept.
pub(crate) struct KeptOfClaimsProvider {
    pub(crate) metadata: Cached<ClaimsProviderMetadata>,
    pub(crate) keys: Cached<IssuerKeys>,
    keys_origin: OnceLock<Origin>,
}

impl ClaimsProviders {
    pub(crate) fn new(issuers: &[String], rules: &TransportRules) -> Result<Self, Error> {
        let issuers = issuers
            .iter()
            .map(|issuer| Issuer::parse(issuer, rules))
            .collect::<Result<Vec<_>, _>>()?;
        let destinations = issuers
            .iter()
            .map(|issuer| Destinations::new(issuer, rules.clone(), None))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            issuers,
            destinations,
        })
    }

    /// Nothing kept of any of them yet.
    pub(crate) fn keep(&self) -> Vec<KeptOfClaimsProvider> {
        self.issuers
            .iter()
            .map(|_| KeptOfClaimsProvider::new())
            .collect()
    }

    /// The destinations of `issuer`, and its place.
    pub(crate) fn of(&self, issuer: &Issuer) -> Option<(usize, &Destinations)> {
        let place = self.issuers.iter().position(|known| known == issuer)?;
        Some((place, self.destinations.get(place)?))
    }
}

impl KeptOfClaimsProvider {
    fn new() -> Self {
        Self {
            metadata: Cached::new(),
            keys: Cached::new(),
            keys_origin: OnceLock::new(),
        }
    }

    /// Holds the keys to the host on which they were when the metadata were first read.
    pub(crate) fn check_pin(&self, metadata: &ClaimsProviderMetadata) -> Result<(), Error> {
        let origin = metadata.jwks_uri().origin();
        if *self.keys_origin.get_or_init(|| origin.clone()) == origin {
            return Ok(());
        }
        Err(moved(metadata.jwks_uri()))
    }
}
