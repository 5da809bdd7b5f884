//! What metadata and keys say, as far as it decides whether a login can work.

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::jwk::JwkError;
use relyant_jose::jwk_set::SkippedKey;

use super::{Diagnosis, Symptom};
use crate::Error;
use crate::authentic::allowed_algorithms;
use crate::error::Clipped;
use crate::jwks::IssuerKeys;
use crate::limits::LEEWAY_SECONDS;
use crate::provider_metadata::ProviderMetadata;
use crate::registration::ClientRegistration;
use crate::token::client_authentication::{ClientAuthentication, ClientProof};

/// The metadata of a provider, and what we make of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataFacts {
    /// Each endpoint by its name in the metadata.
    pub endpoints: Vec<(&'static str, String)>,
    /// The signature algorithms that the provider uses for ID tokens and that we take.
    pub algorithms: Vec<&'static str>,
    /// The client authentication methods that are offered; empty where the metadata are silent.
    pub client_authentication_offered: Vec<String>,
    /// The one that we use; none for a public client.
    pub client_authentication: Option<&'static str>,
    /// Whether each callback names its issuer. RFC 9207 §3.
    pub callback_names_issuer: bool,
}

/// The keys of a provider, and what we make of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyFacts {
    /// Each key that may verify signatures.
    pub usable: Vec<UsableKey>,
    /// Each other key.
    pub skipped: Vec<UnusableKey>,
}

/// A key that may verify signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsableKey {
    /// Its name in the set, cut to what a message carries.
    pub kid: Option<String>,
    /// The algorithms of this provider that it fits.
    pub algorithms: Vec<&'static str>,
}

/// A key that is left aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusableKey {
    /// Its name in the set, cut to what a message carries.
    pub kid: Option<String>,
    /// Why it is left aside.
    pub reason: String,
}

/// What `metadata` say to the client of `registration`, and what is wrong with that.
pub fn of_metadata(
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
) -> (MetadataFacts, Vec<Symptom>) {
    let mut symptoms = Vec::new();
    let algorithms = allowed_algorithms(metadata, registration)
        .map_err(|error| symptoms.push(Symptom::of(&error.into())))
        .unwrap_or_default();
    let client_authentication = ClientProof::choose(metadata, registration)
        .map_err(|error| symptoms.push(Symptom::of(&error)))
        .map(|proof| proof.method())
        .ok()
        .filter(|method| *method != ClientAuthentication::Public);
    if metadata.end_session_endpoint().is_none() {
        let detail = "the metadata have no `end_session_endpoint`".to_owned();
        symptoms.push(Symptom::seen(Diagnosis::NoEndSessionEndpoint, detail));
    }
    let offered = metadata.token_endpoint_auth_methods().unwrap_or_default();
    let facts = MetadataFacts {
        endpoints: endpoints(metadata),
        algorithms: names(&algorithms),
        client_authentication_offered: offered.iter().map(|name| shown(name)).collect(),
        client_authentication: client_authentication.map(ClientAuthentication::name),
        callback_names_issuer: metadata.authorization_response_iss_parameter_supported(),
    };
    (facts, symptoms)
}

/// What `keys` can verify of what this provider signs, and what is wrong with that.
///
/// A key for encryption is left aside as it should be (RFC 7517 §4.2, `use`), and is no symptom.
pub fn of_keys(
    keys: &IssuerKeys,
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
) -> Result<(KeyFacts, Vec<Symptom>), Error> {
    let set = keys.of(metadata.issuer())?;
    let wanted = allowed_algorithms(metadata, registration).unwrap_or_default();
    let usable: Vec<UsableKey> = set
        .keys()
        .iter()
        .map(|key| {
            let fitting = wanted
                .iter()
                .copied()
                .filter(|algorithm| key.fits(*algorithm));
            UsableKey {
                kid: key.kid().map(shown),
                algorithms: names(&fitting.collect::<Vec<_>>()),
            }
        })
        .collect();
    let mut symptoms = Vec::new();
    if !wanted.is_empty() && usable.iter().all(|key| key.algorithms.is_empty()) {
        symptoms.push(no_fitting_key(&wanted, set.skipped()));
    } else {
        symptoms.extend(keys_skipped(set.skipped()));
    }
    let skipped = set.skipped().iter().map(unusable).collect();
    Ok((KeyFacts { usable, skipped }, symptoms))
}

/// The symptom of clocks that differ by more than the leeway. `seconds` is how far the provider's is ahead.
pub fn of_clock(seconds: i64) -> Option<Symptom> {
    if seconds.saturating_abs() <= LEEWAY_SECONDS {
        return None;
    }
    let side = if seconds > 0 { "ahead of" } else { "behind" };
    let detail = format!(
        "the provider's clock is {} s {side} this server's, expected {LEEWAY_SECONDS} at most",
        seconds.saturating_abs()
    );
    Some(Symptom::seen(Diagnosis::ClockDifference, detail))
}

fn endpoints(metadata: &ProviderMetadata) -> Vec<(&'static str, String)> {
    [
        (
            "authorization_endpoint",
            Some(metadata.authorization_endpoint()),
        ),
        ("token_endpoint", Some(metadata.token_endpoint())),
        ("jwks_uri", Some(metadata.jwks_uri())),
        ("userinfo_endpoint", metadata.userinfo_endpoint()),
        ("end_session_endpoint", metadata.end_session_endpoint()),
    ]
    .into_iter()
    .filter_map(|(name, url)| Some((name, shown(url?.as_str()))))
    .collect()
}

fn no_fitting_key(wanted: &[SignatureAlgorithm], skipped: &[SkippedKey]) -> Symptom {
    let mut detail = format!("no key fits {}", names(wanted).join(", "));
    if !skipped.is_empty() {
        detail = format!("{detail}; left aside: {}", reasons(skipped.iter()));
    }
    Symptom::seen(Diagnosis::NoFittingKey, detail)
}

fn keys_skipped(skipped: &[SkippedKey]) -> Option<Symptom> {
    let meant = |key: &&SkippedKey| !matches!(key.reason, JwkError::Use { .. });
    let odd: Vec<&SkippedKey> = skipped.iter().filter(meant).collect();
    (!odd.is_empty()).then(|| Symptom::seen(Diagnosis::KeysSkipped, reasons(odd.into_iter())))
}

fn reasons<'a>(skipped: impl Iterator<Item = &'a SkippedKey>) -> String {
    let line = |key: &SkippedKey| {
        let key = unusable(key);
        let kid = key.kid.unwrap_or_else(|| "without kid".to_owned());
        format!("`{kid}`: {}", key.reason)
    };
    skipped.map(line).collect::<Vec<_>>().join("; ")
}

fn unusable(key: &SkippedKey) -> UnusableKey {
    UnusableKey {
        kid: key.kid.as_deref().map(shown),
        reason: shown(&key.reason.to_string()),
    }
}

fn names(algorithms: &[SignatureAlgorithm]) -> Vec<&'static str> {
    algorithms
        .iter()
        .map(|algorithm| algorithm.name())
        .collect()
}

fn shown(text: &str) -> String {
    Clipped::new(text).as_str().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_may_differ_by_the_leeway() {
        assert_eq!(of_clock(60), None);
        assert_eq!(of_clock(-60), None);
        for (seconds, words) in [(61, "61 s ahead of"), (-3_600, "3600 s behind")] {
            let symptom = of_clock(seconds).unwrap();
            assert_eq!(symptom.diagnosis, Diagnosis::ClockDifference);
            assert!(symptom.detail.contains(words), "{}", symptom.detail);
        }
        assert!(of_clock(i64::MIN).is_some());
    }
}
