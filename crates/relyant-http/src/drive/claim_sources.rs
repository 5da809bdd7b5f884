//! Reads the claims that others keep for the provider, from those whom the settings name. Core §5.6.2.

use std::sync::Arc;

use relyant_oidc::Error;
use relyant_oidc::claim_sources::{
    ClaimSource, ClaimsProviderMetadata, LeftOut, NeededSources, claims_provider_jwks_request,
    claims_provider_request, issuer_of, needed_sources, process_claim_source_response,
    process_claims_provider_jwks_response, process_claims_provider_response, validate,
};
use relyant_oidc::error::{Clipped, InvalidClaimSource};
use relyant_oidc::http::{HttpRequest, HttpResponse};
use relyant_oidc::identity::Claims;
use relyant_oidc::issuer::Issuer;
use relyant_oidc::jwks::IssuerKeys;
use url::Url;

use super::{ExchangedCode, Step};
use crate::cache::{Fetched, lifetime};
use crate::claims_provider::KeptOfClaimsProvider;
use crate::deadline::Deadline;
use crate::destination::Destinations;

/// One claims provider: who it is, where it is reached and what is kept of it.
struct Believed<'a> {
    issuer: &'a Issuer,
    destinations: &'a Destinations,
    kept: &'a KeptOfClaimsProvider,
}

impl Step<'_> {
    /// The claims that the ID token and userinfo say others keep, as far as the policy looks at them, and what was left out.
    ///
    /// Within the time that is left of the step: what is asked before doesn't wait for others.
    pub(crate) fn claims_of_others(
        &self,
        exchanged: &ExchangedCode,
        claims: &[Claims],
    ) -> (Vec<Claims>, Vec<LeftOut>) {
        if self.provider.claims_providers.issuers.is_empty() {
            return (Vec::new(), Vec::new());
        }
        let NeededSources {
            sources,
            mut left_out,
        } = needed_sources(&exchanged.id_token, claims, &self.provider.needed_claims);
        let mut read = Vec::new();
        for source in sources {
            match self.read_source(&source, exchanged) {
                Ok(claims) => read.push(claims),
                Err(error) => left_out.push(source.left_out(error)),
            }
        }
        (read, left_out)
    }

    fn read_source(
        &self,
        source: &ClaimSource,
        exchanged: &ExchangedCode,
    ) -> Result<Claims, Error> {
        let jwt = match source.jwt() {
            Some(jwt) => jwt.to_owned(),
            None => self.fetch_distributed(source)?,
        };
        let issuer = issuer_of(&jwt, &self.provider.claims_providers.issuers)?;
        let ExchangedCode {
            id_token,
            metadata,
            registration,
            ..
        } = exchanged;
        let now = self.provider.clock.unix();
        let validate =
            |keys: &IssuerKeys| validate(source, &jwt, issuer, keys, id_token, registration, now);
        if *issuer == self.provider.issuer {
            return self.with_keys(metadata, validate);
        }
        self.with_keys_of(&self.believed(issuer)?, validate)
    }

    /// Core §5.6.2: from the host of a claims provider, to which nothing goes but the token that came with the address.
    fn fetch_distributed(&self, source: &ClaimSource) -> Result<String, Error> {
        let issuers = &self.provider.claims_providers.issuers;
        let Some((issuer, request)) = source.request(issuers)? else {
            return Err(InvalidClaimSource::Unreadable {
                reason: "it has no `endpoint`",
            }
            .into());
        };
        let response = if *issuer == self.provider.issuer {
            self.exchange_by(&request, None, self.deadline)?
        } else {
            self.believed(issuer)?
                .ask(self, &request, &[], self.deadline)?
        };
        process_claim_source_response(&response)
    }

    fn believed<'a>(&'a self, issuer: &'a Issuer) -> Result<Believed<'a>, Error> {
        let place = self.provider.claims_providers.of(issuer);
        let found = place.and_then(|(place, destinations)| {
            let kept = self.process.claims_providers.get(place)?;
            Some(Believed {
                issuer,
                destinations,
                kept,
            })
        });
        let got = Clipped::new(issuer.as_str());
        found.ok_or_else(|| InvalidClaimSource::IssuerUntrusted { got }.into())
    }

    fn with_keys_of<T>(
        &self,
        believed: &Believed<'_>,
        validate: impl Fn(&IssuerKeys) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let clock = self.provider.clock.as_ref();
        let late = |url: &Url| self.process.client.late(url);
        let metadata = believed.kept.metadata.get(
            clock,
            self.deadline,
            || late(believed.issuer.metadata_url()),
            |deadline| believed.fetch_metadata(self, deadline),
        )?;
        let fetch = |deadline| believed.fetch_keys(self, &metadata, deadline);
        let keys =
            believed
                .kept
                .keys
                .get(clock, self.deadline, || late(metadata.jwks_uri()), fetch)?;
        self.with_newer_keys(&believed.kept.keys, &keys, fetch, validate)
    }
}

impl Believed<'_> {
    fn fetch_metadata(
        &self,
        step: &Step<'_>,
        deadline: Deadline,
    ) -> Result<Fetched<ClaimsProviderMetadata>, Error> {
        let request = claims_provider_request(self.issuer);
        let response = self.ask(step, &request, &[], deadline)?;
        let rules = &step.provider.rules;
        let metadata = process_claims_provider_response(self.issuer, rules, &response)?;
        self.kept.check_pin(&metadata)?;
        Ok(Fetched {
            value: metadata,
            lifetime: lifetime(&response),
        })
    }

    fn fetch_keys(
        &self,
        step: &Step<'_>,
        metadata: &Arc<ClaimsProviderMetadata>,
        deadline: Deadline,
    ) -> Result<Fetched<IssuerKeys>, Error> {
        let request = claims_provider_jwks_request(metadata);
        let response = self.ask(step, &request, &[metadata.jwks_uri()], deadline)?;
        Ok(Fetched {
            value: process_claims_provider_jwks_response(metadata, &response)?,
            lifetime: lifetime(&response),
        })
    }

    fn ask(
        &self,
        step: &Step<'_>,
        request: &HttpRequest,
        endpoints: &[&Url],
        deadline: Deadline,
    ) -> Result<HttpResponse, Error> {
        let route = self.destinations.route(&request.url, endpoints)?;
        let clock = step.provider.clock.as_ref();
        step.process
            .client
            .exchange(request, &route, deadline, clock)
    }
}
