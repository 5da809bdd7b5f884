//! What a provider's metadata said first, and must go on saying while the process lives.
//!
//! Whoever gets hold of the metadata for a moment must not have our client secret sent to a host of his, nor a weaker
//! algorithm believed. A provider that really moves is followed by a restart of the site.

use relyant_oidc::Error;
use relyant_oidc::error::{Clipped, Configuration};
use relyant_oidc::provider_metadata::ProviderMetadata;
use relyant_oidc::registration::ClientRegistration;
use url::Url;

/// The first metadata of a process.
#[derive(Debug, Clone)]
pub(crate) struct Pin {
    first: ProviderMetadata,
}

impl Pin {
    /// Holds the provider to `metadata`.
    pub(crate) fn of(metadata: &ProviderMetadata) -> Self {
        Self {
            first: metadata.clone(),
        }
    }

    /// Refuses metadata with an endpoint on another host than it had, or a new endpoint on a host that none had.
    pub(crate) fn check(&self, metadata: &ProviderMetadata) -> Result<(), Error> {
        let known = endpoints(&self.first);
        for (pinned, endpoint) in known.iter().zip(endpoints(metadata)) {
            let Some(endpoint) = endpoint else { continue };
            let same = |other: &&Url| other.origin() == endpoint.origin();
            let holds = match pinned {
                Some(pinned) => same(pinned),
                None => known.iter().flatten().any(same),
            };
            if !holds {
                return Err(moved(endpoint));
            }
        }
        Ok(())
    }

    /// `registration` with the algorithms that the provider had from the start and still has, where the settings name none.
    pub(crate) fn narrow(
        &self,
        registration: &ClientRegistration,
        metadata: &ProviderMetadata,
    ) -> ClientRegistration {
        let mut registration = registration.clone();
        let first = self.first.signature_algorithms();
        registration.id_token_algorithms.get_or_insert_with(|| {
            let mut algorithms = metadata.signature_algorithms();
            algorithms.retain(|algorithm| first.contains(algorithm));
            algorithms
        });
        registration
    }
}

fn endpoints(metadata: &ProviderMetadata) -> [Option<&Url>; 5] {
    [
        Some(metadata.authorization_endpoint()),
        Some(metadata.token_endpoint()),
        Some(metadata.jwks_uri()),
        metadata.userinfo_endpoint(),
        metadata.end_session_endpoint(),
    ]
}

fn moved(endpoint: &Url) -> Error {
    let reason = "the metadata named another host when they were first read; if the provider has moved, restart the site";
    Configuration::DestinationForbidden {
        got: Clipped::new(endpoint.as_str()),
        reason,
    }
    .into()
}
