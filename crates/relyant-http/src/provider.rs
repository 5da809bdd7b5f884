//! One client registration at one provider: what the settings say, and what each process keeps.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use relyant_oidc::Error;
use relyant_oidc::authorization::options::AuthorizationOptions;
use relyant_oidc::error::{Clipped, Configuration};
use relyant_oidc::identity::VerifiedIdentity;
use relyant_oidc::issuer::Issuer;
use relyant_oidc::jwks::IssuerKeys;
use relyant_oidc::logout::rp_initiated::{EndSessionRequest, LogoutParameters};
use relyant_oidc::provider_metadata::ProviderMetadata;
use relyant_oidc::registration::ClientRegistration;
use relyant_oidc::transport::TransportRules;
use url::Url;

use crate::cache::Cached;
use crate::claims_provider::{ClaimsProviders, KeptOfClaimsProvider};
use crate::client::Client;
use crate::clock::{Clock, SystemClock};
use crate::deadline::Deadline;
use crate::destination::Destinations;
use crate::drive::{LoginRequest, Step};
use crate::limits::{DEFAULT_TIMEOUT, MAX_TIMEOUT};
use crate::pin::Pin;
use crate::process::PerProcess;
use crate::tls::ExtraRoots;

/// How a provider is reached.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// What one step of a login may spend on the network in all: names, connections, TLS, answers to the last byte.
    ///
    /// More than nothing, and [`MAX_TIMEOUT`] at most.
    pub timeout: Duration,
    /// PEM certificates that are trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// Hosts that may be reached by plain http; loopback always may.
    pub allow_insecure_http_hosts: Vec<String>,
    /// Scheme, host and port under which this server reaches the issuer's host, where the browser's don't work for it.
    ///
    /// `Host` stays the public one; issuer checks are unchanged; TLS checks the certificate for the internal name.
    pub internal_base_url: Option<Url>,
    /// Issuers that are believed where the provider says that others keep claims (Core §5.6.2); none: nothing of it is followed.
    pub claims_providers: Vec<String>,
    /// The claims that are looked for there.
    pub needed_claims: Vec<String>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            timeout: DEFAULT_TIMEOUT,
            ca_file: None,
            allow_insecure_http_hosts: Vec::new(),
            internal_base_url: None,
            claims_providers: Vec::new(),
            needed_claims: Vec::new(),
        }
    }
}

/// One client registration at one provider. To be shared by threads; may be made before a fork.
pub struct Provider {
    pub(crate) issuer: Issuer,
    pub(crate) registration: ClientRegistration,
    pub(crate) rules: TransportRules,
    pub(crate) destinations: Destinations,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) claims_providers: ClaimsProviders,
    pub(crate) needed_claims: Vec<String>,
    timeout: Duration,
    extra_roots: ExtraRoots,
    processes: PerProcess<Arc<Process>>,
}

/// What one process keeps of a provider.
pub(crate) struct Process {
    pub(crate) client: Client,
    pub(crate) metadata: Cached<ProviderMetadata>,
    pub(crate) keys: Cached<IssuerKeys>,
    pub(crate) pin: OnceLock<Pin>,
    pub(crate) claims_providers: Vec<KeptOfClaimsProvider>,
}

impl Provider {
    /// Checks the registration and the options, and reads the `ca_file`; no network.
    pub fn new(
        issuer: &str,
        registration: ClientRegistration,
        options: ClientOptions,
    ) -> Result<Self, Error> {
        Self::with_clock(issuer, registration, options, Arc::new(SystemClock))
    }

    /// As [`Self::new`], with a clock of the caller's for the age of what is kept and for the times in tokens.
    ///
    /// Deadlines run on the machine's own clock.
    pub fn with_clock(
        issuer: &str,
        registration: ClientRegistration,
        options: ClientOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let rules = TransportRules {
            allow_insecure_http_hosts: options.allow_insecure_http_hosts,
        };
        let issuer = Issuer::parse(issuer, &rules)?;
        let rule = registration.tenant_rule.as_ref();
        let issuer = issuer.for_tenants(rule, &registration.tenants)?;
        registration.check()?;
        check_timeout(options.timeout)?;
        let destinations = Destinations::new(&issuer, rules.clone(), options.internal_base_url)?;
        let claims_providers = ClaimsProviders::new(&options.claims_providers, &rules)?;
        let extra_roots = options
            .ca_file
            .as_deref()
            .map(ExtraRoots::from_pem_file)
            .transpose()?;
        Ok(Self {
            issuer,
            registration,
            rules,
            destinations,
            clock,
            claims_providers,
            needed_claims: options.needed_claims,
            timeout: options.timeout,
            extra_roots: extra_roots.unwrap_or_default(),
            processes: PerProcess::new(),
        })
    }

    /// Begins a login: where to send the browser, and what to keep until it comes back.
    pub fn begin_login(&self, redirect_uri: &str) -> Result<LoginRequest, Error> {
        self.begin_login_with(redirect_uri, self.registration.authorization.clone())
    }

    /// What each authorization request asks for, unless it is told otherwise.
    pub fn authorization_options(&self) -> &AuthorizationOptions {
        &self.registration.authorization
    }

    /// As [`Self::begin_login`], with `options` in the place of those of the registration.
    pub fn begin_login_with(
        &self,
        redirect_uri: &str,
        options: AuthorizationOptions,
    ) -> Result<LoginRequest, Error> {
        self.step().begin_login(redirect_uri, options)
    }

    /// Completes a login from the callback's query and the transaction that it began with.
    pub fn complete_login(
        &self,
        query: &str,
        transaction: &[u8],
        redirect_uri: &str,
    ) -> Result<VerifiedIdentity, Error> {
        self.step().complete_login(query, transaction, redirect_uri)
    }

    /// How the browser ends the provider's session; `None` where the provider has no such endpoint.
    pub fn end_session_request(
        &self,
        told: LogoutParameters<'_>,
    ) -> Result<Option<EndSessionRequest>, Error> {
        self.step().end_session_request(told)
    }

    /// Why metadata or keys could not be renewed since this was last asked, while the old ones serve on: for a log.
    pub fn take_renewal_failures(&self) -> Vec<Error> {
        let process = self.process();
        let of_others = process
            .claims_providers
            .iter()
            .flat_map(|kept| [kept.metadata.take_bridged(), kept.keys.take_bridged()]);
        [process.metadata.take_bridged(), process.keys.take_bridged()]
            .into_iter()
            .chain(of_others)
            .flatten()
            .collect()
    }

    pub(crate) fn step(&self) -> Step<'_> {
        Step {
            provider: self,
            process: self.process(),
            deadline: Deadline::after(self.timeout),
        }
    }

    fn process(&self) -> Arc<Process> {
        self.processes.get(|| {
            Arc::new(Process {
                client: Client::new(self.extra_roots.clone(), self.timeout),
                metadata: Cached::new(),
                keys: Cached::new(),
                pin: OnceLock::new(),
                claims_providers: self.claims_providers.keep(),
            })
        })
    }
}

fn check_timeout(timeout: Duration) -> Result<(), Configuration> {
    if timeout.is_zero() || timeout > MAX_TIMEOUT {
        return Err(timeout_invalid(timeout.as_secs_f64()));
    }
    Ok(())
}

/// The error of a timeout of so many seconds, which is also that of a number that is no time at all.
pub fn timeout_invalid(seconds: f64) -> Configuration {
    Configuration::TimeoutInvalid {
        got: Clipped::new(&seconds.to_string()),
        limit: MAX_TIMEOUT.as_secs(),
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Provider")
            .field("issuer", &self.issuer.as_str())
            .field("client_id", &self.registration.client_id)
            .finish_non_exhaustive()
    }
}
