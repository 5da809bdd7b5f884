//! Examines a provider for an operator: what it says, what it would answer, and what a login with it brings.
//!
//! Nothing here ends early where a later question can still be asked, and nothing fails: what goes wrong is a symptom.
//! Each question has the time of a whole step, and the cache has no part in it.

use relyant_oidc::Error;
use relyant_oidc::diagnosis::facts::{self, KeyFacts, MetadataFacts};
use relyant_oidc::diagnosis::probe::{Admission, Credentials, PageAnswer, Probe, judge_client};
use relyant_oidc::diagnosis::{Symptom, login};
use relyant_oidc::discovery::{discovery_request, process_discovery_response};
use relyant_oidc::http::{HttpRequest, HttpResponse, Method};
use relyant_oidc::identity::{Claims, ClaimsSource, VerifiedIdentity};
use relyant_oidc::jwks::{jwks_request, process_jwks_response};
use relyant_oidc::provider_metadata::ProviderMetadata;
use url::Url;

use crate::drive::{ExchangedCode, Step, random_seed};
use crate::provider::Provider;
use crate::retry_after::parse_date;

/// A redirect URI that is registered nowhere, for a token request that doesn't get so far.
const NO_ADDRESS: &str = "https://relyant.invalid/";

/// The addresses of the site that the provider is asked about; without one, that question is left out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Addresses<'a> {
    /// Where a login comes back to.
    pub redirect_uri: Option<&'a str>,
    /// Where a logout comes back to.
    pub post_logout_redirect_uri: Option<&'a str>,
}

/// What a provider says and would answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Examination {
    /// Where this server reaches the issuer's host: scheme, host and port.
    pub reached_at: String,
    /// The proxy of the environment on the way there, as host and port.
    pub proxy: Option<String>,
    /// How many seconds the provider's clock is ahead of ours; none where it doesn't say.
    pub clock_difference: Option<i64>,
    /// The metadata, if they can be used.
    pub metadata: Option<MetadataFacts>,
    /// The keys, if they can be used.
    pub keys: Option<KeyFacts>,
    /// What is likely wrong, in the order of a login.
    pub symptoms: Vec<Symptom>,
}

/// What one login brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoginExamination {
    /// Who signed in, if the login is complete.
    pub identity: Option<VerifiedIdentity>,
    /// The names of the claims that came, source by source.
    pub claim_names: Vec<(ClaimsSource, Vec<String>)>,
    /// What is likely wrong.
    pub symptoms: Vec<Symptom>,
}

impl Examination {
    /// Takes up what is not known yet: one fault may be in the way of several questions.
    fn note(&mut self, symptoms: impl IntoIterator<Item = Symptom>) {
        for symptom in symptoms {
            if self
                .symptoms
                .iter()
                .all(|known| known.diagnosis != symptom.diagnosis)
            {
                self.symptoms.push(symptom);
            }
        }
    }
}

impl Provider {
    /// Asks the provider what a login and a logout would ask, as far as that needs no person.
    pub fn examine(&self, addresses: Addresses<'_>) -> Examination {
        let mut examination = Examination::default();
        if let Err(error) = self.examine_into(&mut examination, addresses) {
            examination.note([Symptom::of(&error)]);
        }
        examination
    }

    /// As [`Provider::complete_login`], but what goes wrong, and what is odd though it works, are symptoms.
    pub fn examine_login(
        &self,
        query: &str,
        transaction: &[u8],
        redirect_uri: &str,
    ) -> LoginExamination {
        let step = self.step();
        match step.exchange_code(query, transaction, redirect_uri) {
            Ok(exchanged) => self.of_exchanged(&step, exchanged),
            Err(error) => LoginExamination {
                symptoms: vec![Symptom::of_login(&error, query)],
                ..LoginExamination::default()
            },
        }
    }

    fn of_exchanged(&self, step: &Step<'_>, exchanged: ExchangedCode) -> LoginExamination {
        let userinfo = step.userinfo(&exchanged);
        let access_token = step.access_token_claims(&exchanged);
        let mut claims: Vec<Claims> = [&userinfo, &access_token]
            .into_iter()
            .filter_map(|claims| claims.clone().ok().flatten())
            .collect();
        let (of_others, left_out) = step.claims_of_others(&exchanged, &claims);
        claims.extend(of_others);
        let claim_names = login::claim_names(&exchanged.id_token, &claims);
        let odd = login::symptoms(&exchanged.id_token, &claims, &self.registration);
        let mut symptoms = match (userinfo.err(), access_token.err()) {
            (None, None) => odd,
            (Some(error), None) => vec![login::refused_userinfo(&error, odd)],
            (_, Some(error)) => vec![Symptom::of(&error)],
        };
        symptoms.extend(left_out.iter().map(Symptom::of_left_out));
        let mut identity = None;
        // What is odd has no code: a login goes on with it.
        if symptoms.iter().all(|symptom| symptom.code.is_none()) {
            match exchanged.identify(claims) {
                Ok(complete) => identity = Some(complete.without(left_out)),
                Err(error) => symptoms.push(Symptom::of(&error)),
            }
        }
        LoginExamination {
            identity,
            claim_names,
            symptoms,
        }
    }

    fn examine_into(
        &self,
        examination: &mut Examination,
        addresses: Addresses<'_>,
    ) -> Result<(), Error> {
        let request = discovery_request(&self.issuer);
        let route = self.destinations.route(&request.url, &[])?;
        examination.reached_at = route.url.origin().ascii_serialization();
        examination.proxy = self.step().process.client.proxy_of(&route);
        let response = self.ask(&request, None)?;
        examination.clock_difference = self.clock_difference(&response);
        let metadata = process_discovery_response(&self.issuer, &self.rules, &response);
        let clock = examination.clock_difference.and_then(facts::of_clock);
        examination.note(clock);
        let metadata = metadata?;
        let (facts, symptoms) = facts::of_metadata(&metadata, &self.registration);
        examination.metadata = Some(facts);
        examination.note(symptoms);
        if let Err(error) = self.examine_keys(examination, &metadata) {
            examination.note([Symptom::of(&error)]);
        }
        self.examine_client(examination, &metadata, addresses)
    }

    fn examine_keys(
        &self,
        examination: &mut Examination,
        metadata: &ProviderMetadata,
    ) -> Result<(), Error> {
        let response = self.ask(&jwks_request(metadata), Some(metadata))?;
        let keys = process_jwks_response(metadata, &response)?;
        let (facts, symptoms) = facts::of_keys(&keys, metadata, &self.registration)?;
        examination.keys = Some(facts);
        examination.note(symptoms);
        Ok(())
    }

    /// Asks the endpoints that a person's browser is sent to; what the metadata exclude anyway isn't asked.
    fn examine_client(
        &self,
        examination: &mut Examination,
        metadata: &ProviderMetadata,
        addresses: Addresses<'_>,
    ) -> Result<(), Error> {
        let probe = Probe::new(
            metadata,
            &self.registration,
            random_seed()?,
            self.clock.unix(),
        );
        let redirect_uri = addresses.redirect_uri.unwrap_or(NO_ADDRESS);
        let freshness = self.step().freshness()?;
        let Ok(request) = probe.credentials_request(redirect_uri, freshness) else {
            return Ok(());
        };
        let credentials = match self.ask(&request, Some(metadata)) {
            Ok(response) => probe.process_credentials_response(&request, &response),
            Err(error) => {
                examination.note([Symptom::of(&error)]);
                Credentials::Unclear
            }
        };
        let admission = match addresses.redirect_uri {
            Some(redirect_uri) => self.admission(&probe, metadata, redirect_uri, &credentials),
            None => None,
        };
        let client = judge_client(&credentials, admission.as_ref(), redirect_uri);
        let known = !matches!(credentials, Credentials::Refused(_));
        examination.note(client);
        if let Some(uri) = addresses.post_logout_redirect_uri.filter(|_| known) {
            let page = probe
                .end_session_url(uri)?
                .and_then(|url| self.look(url, metadata));
            let symptom = page.and_then(|page| probe.process_end_session_page(uri, &page));
            examination.note(symptom);
        }
        Ok(())
    }

    fn admission(
        &self,
        probe: &Probe<'_>,
        metadata: &ProviderMetadata,
        redirect_uri: &str,
        credentials: &Credentials,
    ) -> Option<Admission> {
        match self.authorization_url(probe, metadata, redirect_uri, credentials) {
            Ok(url) => {
                let page = self.look(url, metadata)?;
                Some(probe.process_authorization_page(redirect_uri, &page))
            }
            Err(error) => Some(Admission::Refused(error)),
        }
    }

    /// Where a browser would be sent to log in; what is asked for is pushed first, as at a login.
    ///
    /// A client that was refused already would only be refused again: the page of a request that isn't pushed tells whether
    /// it is known at all.
    fn authorization_url(
        &self,
        probe: &Probe<'_>,
        metadata: &ProviderMetadata,
        redirect_uri: &str,
        credentials: &Credentials,
    ) -> Result<Url, Error> {
        let is_refused = matches!(credentials, Credentials::Refused(_));
        if is_refused && !metadata.require_pushed_authorization_requests() {
            return probe.authorization_url(redirect_uri);
        }
        let Some(request) = probe.pushed_request(redirect_uri, self.step().freshness()?)? else {
            return probe.authorization_url(redirect_uri);
        };
        let response = self.ask(&request, Some(metadata))?;
        probe.process_pushed_response(&request, &response)
    }

    /// How far the provider's clock is ahead; a cache on the way keeps the date and counts the age. RFC 9110 §6.6.1, RFC 9111 §5.1.
    fn clock_difference(&self, response: &HttpResponse) -> Option<i64> {
        let date = parse_date(response.date.as_deref()?)?;
        let age = response
            .age
            .as_deref()
            .and_then(|age| age.trim().parse::<i64>().ok());
        Some(
            date.saturating_add(age.unwrap_or(0))
                .saturating_sub(self.clock.unix().0),
        )
    }

    fn ask(
        &self,
        request: &HttpRequest,
        metadata: Option<&ProviderMetadata>,
    ) -> Result<HttpResponse, Error> {
        let step = self.step();
        step.exchange_by(request, metadata, step.deadline)
    }

    /// What a browser would get at an endpoint of the metadata; none where this server can't reach it, which a browser may.
    fn look(&self, url: Url, metadata: &ProviderMetadata) -> Option<PageAnswer> {
        let step = self.step();
        let endpoints = [
            Some(metadata.authorization_endpoint()),
            metadata.end_session_endpoint(),
        ];
        let endpoints: Vec<&Url> = endpoints.into_iter().flatten().collect();
        let route = self.destinations.route(&url, &endpoints).ok()?;
        let request = HttpRequest {
            method: Method::Get,
            url,
            headers: vec![("accept", "text/html".to_owned())],
            body: None,
        };
        step.process
            .client
            .look(&request, &route, step.deadline)
            .ok()
    }
}
