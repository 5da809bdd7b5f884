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
        let userinfo = ProviderMetadata::userinfo_signature_algorithms;
        if let Some(algorithms) = self.still(metadata, userinfo) {
            registration.userinfo_algorithms = Some(algorithms);
        }
        let introspection = ProviderMetadata::introspection_signature_algorithms;
        if let Some(algorithms) = self.still(metadata, introspection) {
            registration.introspection_algorithms = Some(algorithms);
        }
        registration
    }

    /// Those of the `algorithms` that the provider lists now that it listed from the start; none where it is silent.
    fn still<A: PartialEq>(
        &self,
        metadata: &ProviderMetadata,
        algorithms: fn(&ProviderMetadata) -> Option<Vec<A>>,
    ) -> Option<Vec<A>> {
        let first = algorithms(&self.first)?;
        let mut offered = algorithms(metadata)?;
        offered.retain(|algorithm| first.contains(algorithm));
        Some(offered)
    }
}

fn endpoints(metadata: &ProviderMetadata) -> [Option<&Url>; 8] {
    [
        Some(metadata.authorization_endpoint()),
        Some(metadata.token_endpoint()),
        Some(metadata.jwks_uri()),
        metadata.userinfo_endpoint(),
        metadata.end_session_endpoint(),
        metadata.revocation_endpoint(),
        metadata.introspection_endpoint(),
        metadata.pushed_authorization_request_endpoint(),
    ]
}

/// The error of an address that is on another host than it was.
pub(crate) fn moved(endpoint: &Url) -> Error {
    let reason = "the metadata named another host when they were first read; if the provider has moved, restart the site";
    Configuration::DestinationForbidden {
        got: Clipped::new(endpoint.as_str()),
        reason,
    }
    .into()
}

#[cfg(test)]
mod tests {
    use relyant_oidc::discovery::process_discovery_response;
    use relyant_oidc::http::HttpResponse;
    use relyant_oidc::issuer::Issuer;
    use relyant_oidc::transport::TransportRules;
    use serde_json::{Value, json};

    use super::*;

    const ENDPOINTS: [&str; 8] = [
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "userinfo_endpoint",
        "end_session_endpoint",
        "revocation_endpoint",
        "introspection_endpoint",
        "pushed_authorization_request_endpoint",
    ];

    /// Metadata whose endpoints are on a host of their own each, but for `changes`; null leaves a member out.
    fn metadata(changes: &Value) -> ProviderMetadata {
        let (rules, base) = (TransportRules::default(), "https://op.example");
        let mut document = json!({ "issuer": base });
        for name in ENDPOINTS {
            let host = name.replace('_', "-");
            document[name] = json!(format!("https://{host}.op.example/"));
        }
        let members = document.as_object_mut().unwrap();
        members.extend(changes.as_object().unwrap().clone());
        members.retain(|_, value| !value.is_null());
        let response = HttpResponse {
            status: 200,
            content_type: Some("application/json".to_owned()),
            body: document.to_string().into_bytes(),
            ..HttpResponse::default()
        };
        let issuer = Issuer::parse(base, &rules).unwrap();
        process_discovery_response(&issuer, &rules, &response).unwrap()
    }

    fn code(first: &Value, later: &Value) -> &'static str {
        let checked = Pin::of(&metadata(first)).check(&metadata(later));
        checked.map_or_else(|error| error.code(), |()| "none")
    }

    const FORBIDDEN: &str = "configuration.destination_forbidden";

    // DK-09
    #[test]
    fn each_endpoint_stays_on_its_own_host() {
        for name in ENDPOINTS {
            for (target, expected) in [
                (
                    format!("https://{}.op.example/moved", name.replace('_', "-")),
                    "none",
                ),
                (
                    format!("https://{}.op.example:8443/", name.replace('_', "-")),
                    FORBIDDEN,
                ),
                ("https://evil.example/".to_owned(), FORBIDDEN),
                // Known, but as the host of another endpoint or of the issuer.
                ("https://other.op.example/".to_owned(), FORBIDDEN),
                ("https://op.example/".to_owned(), FORBIDDEN),
            ] {
                let later = json!({ name: target });
                assert_eq!(code(&json!({}), &later), expected, "{later}");
            }
        }
    }

    // DK-09
    #[test]
    fn an_endpoint_that_appears_later_is_on_a_host_that_was_known() {
        for name in [
            "userinfo_endpoint",
            "end_session_endpoint",
            "revocation_endpoint",
            "introspection_endpoint",
            "pushed_authorization_request_endpoint",
        ] {
            let first = json!({ name: null });
            for (target, expected) in [
                ("https://token-endpoint.op.example/new", "none"),
                ("https://jwks-uri.op.example/new", "none"),
                ("https://token-endpoint.op.example:8443/new", FORBIDDEN),
                ("https://new.op.example/", FORBIDDEN),
                ("https://evil.example/", FORBIDDEN),
            ] {
                let later = json!({ name: target });
                assert_eq!(code(&first, &later), expected, "{later}");
            }
        }
    }

    #[test]
    fn an_endpoint_may_go_away_and_come_back_where_it_was() {
        let gone = json!({ "userinfo_endpoint": null });
        assert_eq!(code(&json!({}), &gone), "none");
        assert_eq!(code(&json!({}), &json!({})), "none");
    }
}
