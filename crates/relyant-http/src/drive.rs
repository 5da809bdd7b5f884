//! Drives one step of a login: asks relyant-oidc what to send, sends it, hands back what came.
//!
//! What a session does with its tokens afterwards has files of its own below.

mod claim_sources;
mod client_credentials;
mod front_channel_logout;
mod logout_token;
mod refresh;
mod resource_server;
mod revocation;

use std::fmt;
use std::sync::Arc;

use relyant_oidc::Error;
use relyant_oidc::access_token;
use relyant_oidc::authorization::options::AuthorizationOptions;
use relyant_oidc::authorization::pushed::{
    process_pushed_authorization_response, pushed_authorization_request,
};
use relyant_oidc::authorization::request::authorization_request;
use relyant_oidc::authorization::response::process_authorization_response;
use relyant_oidc::authorization::transaction::LoginTransaction;
use relyant_oidc::discovery::{discovery_request, process_discovery_response};
use relyant_oidc::error::{Clipped, Unavailable};
use relyant_oidc::http::{HttpRequest, HttpResponse};
use relyant_oidc::id_token::{self, ValidIdToken};
use relyant_oidc::identity::{Claims, VerifiedIdentity};
use relyant_oidc::jwks::{IssuerKeys, jwks_request, process_jwks_response};
use relyant_oidc::logout::rp_initiated::{self, EndSessionRequest, LogoutParameters};
use relyant_oidc::provider_metadata::ProviderMetadata;
use relyant_oidc::registration::ClientRegistration;
use relyant_oidc::token::client_assertion::Freshness;
use relyant_oidc::token::request::token_request;
use relyant_oidc::token::response::{TokenResponse, process_token_response};
use relyant_oidc::token::session_tokens::SessionTokens;
use relyant_oidc::userinfo::{process_userinfo_response, userinfo_request};

use url::Url;

use crate::cache::{Cached, Fetched, lifetime};
use crate::deadline::Deadline;
use crate::pin::Pin;
use crate::provider::{Process, Provider};

pub use refresh::Refreshed;

/// A login that begins. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct LoginRequest {
    /// Where the browser is sent.
    pub url: String,
    /// The request's `state`, by which the callback finds the transaction.
    pub state: String,
    /// The login transaction; secret, to be sealed before it leaves the server.
    pub transaction: Vec<u8>,
}

impl fmt::Debug for LoginRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LoginRequest")
            .finish_non_exhaustive()
    }
}

/// What a code, or a refresh token, was good for, with all that further claims are asked for by.
pub(crate) struct ExchangedCode {
    pub(crate) id_token: ValidIdToken,
    tokens: SessionTokens,
    metadata: Arc<ProviderMetadata>,
    registration: ClientRegistration,
}

impl ExchangedCode {
    /// The identity, with the claims that came from beside the ID token.
    pub(crate) fn identify(self, claims: Vec<Claims>) -> Result<VerifiedIdentity, Error> {
        VerifiedIdentity::receipt(self.id_token, claims, self.tokens)
    }
}

/// One step of a login, with the one deadline of all its exchanges.
pub(crate) struct Step<'a> {
    pub(crate) provider: &'a Provider,
    pub(crate) process: Arc<Process>,
    pub(crate) deadline: Deadline,
}

impl Step<'_> {
    pub(crate) fn begin_login(
        &self,
        redirect_uri: &str,
        options: AuthorizationOptions,
    ) -> Result<LoginRequest, Error> {
        let metadata = self.metadata()?;
        let registration = ClientRegistration {
            authorization: options,
            ..self.pinned_registration(&metadata)
        };
        let login = LoginTransaction::begin(random_seed()?, self.provider.clock.unix())
            .demanding(registration.authorization.demands());
        let url = self.authorization_url(&metadata, &registration, redirect_uri, &login)?;
        Ok(LoginRequest {
            url: url.into(),
            state: login.state().as_str().to_owned(),
            transaction: login.to_bytes(),
        })
    }

    /// Where the browser is sent, once the provider has what is asked for where it takes pushed requests.
    fn authorization_url(
        &self,
        metadata: &ProviderMetadata,
        registration: &ClientRegistration,
        redirect_uri: &str,
        login: &LoginTransaction,
    ) -> Result<Url, Error> {
        let freshness = self.freshness()?;
        let pushed =
            pushed_authorization_request(metadata, registration, redirect_uri, login, freshness)?;
        let Some(request) = pushed else {
            return authorization_request(metadata, registration, redirect_uri, login);
        };
        // RFC 9126 §5: whatever becomes of it, no plain request takes its place.
        let response = self.exchange(&request, metadata)?;
        process_pushed_authorization_response(metadata, registration, &request, &response)
    }

    pub(crate) fn complete_login(
        &self,
        query: &str,
        transaction: &[u8],
        redirect_uri: &str,
    ) -> Result<VerifiedIdentity, Error> {
        let exchanged = self.exchange_code(query, transaction, redirect_uri)?;
        self.identity(exchanged)
    }

    /// Who it is, with the claims that are read with the access token.
    fn identity(&self, exchanged: ExchangedCode) -> Result<VerifiedIdentity, Error> {
        let mut claims = Vec::new();
        claims.extend(self.userinfo(&exchanged)?);
        claims.extend(self.access_token_claims(&exchanged)?);
        let (of_others, left_out) = self.claims_of_others(&exchanged, &claims);
        claims.extend(of_others);
        Ok(exchanged.identify(claims)?.without(left_out))
    }

    /// Exchanges the callback's code for tokens; who signed in is validated then.
    pub(crate) fn exchange_code(
        &self,
        query: &str,
        transaction: &[u8],
        redirect_uri: &str,
    ) -> Result<ExchangedCode, Error> {
        let login = LoginTransaction::from_bytes(transaction)?;
        let metadata = self.metadata()?;
        let code =
            process_authorization_response(query, &metadata, &login, self.provider.clock.unix())?;
        // The keys before the token request: a code is good for one, and would be lost without them.
        self.keys(&metadata)?;
        let registration = self.pinned_registration(&metadata);
        let request = token_request(
            &metadata,
            &registration,
            redirect_uri,
            &code,
            &login,
            self.freshness()?,
        )?;
        let response = self.exchange(&request, &metadata)?;
        let tokens = process_token_response(&request, &response)?;
        let answered_at = self.provider.clock.unix();
        let id_token = self.id_token(&tokens, &metadata, &registration, &login)?;
        let tokens = SessionTokens::of_login(&tokens, &id_token, &registration, answered_at);
        Ok(ExchangedCode {
            id_token,
            tokens,
            metadata,
            registration,
        })
    }

    pub(crate) fn end_session_request(
        &self,
        told: LogoutParameters<'_>,
    ) -> Result<Option<EndSessionRequest>, Error> {
        let metadata = self.metadata()?;
        rp_initiated::end_session_request(&metadata, &self.provider.registration, told)
    }

    fn metadata(&self) -> Result<Arc<ProviderMetadata>, Error> {
        let late = || {
            self.process
                .client
                .late(self.provider.issuer.metadata_url())
        };
        let clock = self.provider.clock.as_ref();
        self.process
            .metadata
            .get(clock, self.deadline, late, |deadline| {
                self.fetch_metadata(deadline)
            })
    }

    fn fetch_metadata(&self, deadline: Deadline) -> Result<Fetched<ProviderMetadata>, Error> {
        let Provider { issuer, rules, .. } = self.provider;
        let request = discovery_request(issuer);
        let response = self.exchange_by(&request, None, deadline)?;
        let metadata = process_discovery_response(issuer, rules, &response)?;
        self.pin(&metadata).check(&metadata)?;
        Ok(Fetched {
            value: metadata,
            lifetime: lifetime(&response),
        })
    }

    fn keys(&self, metadata: &ProviderMetadata) -> Result<Arc<IssuerKeys>, Error> {
        let late = || self.process.client.late(metadata.jwks_uri());
        let clock = self.provider.clock.as_ref();
        self.process
            .keys
            .get(clock, self.deadline, late, |deadline| {
                self.fetch_keys(metadata, deadline)
            })
    }

    fn fetch_keys(
        &self,
        metadata: &ProviderMetadata,
        deadline: Deadline,
    ) -> Result<Fetched<IssuerKeys>, Error> {
        let response = self.exchange_by(&jwks_request(metadata), Some(metadata), deadline)?;
        let keys = process_jwks_response(metadata, &response)?;
        Ok(Fetched {
            value: keys,
            lifetime: lifetime(&response),
        })
    }

    /// Core §10.1.1: a key that isn't in the set may be one that the provider has just begun to use.
    fn with_keys<T>(
        &self,
        metadata: &ProviderMetadata,
        validate: impl Fn(&IssuerKeys) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let keys = self.keys(metadata)?;
        let fetch = |deadline| self.fetch_keys(metadata, deadline);
        self.with_newer_keys(&self.process.keys, &keys, fetch, validate)
    }

    fn with_newer_keys<T>(
        &self,
        cached: &Cached<IssuerKeys>,
        keys: &Arc<IssuerKeys>,
        fetch: impl FnOnce(Deadline) -> Result<Fetched<IssuerKeys>, Error>,
        validate: impl Fn(&IssuerKeys) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let result = validate(keys);
        if !result.as_ref().is_err_and(Error::may_need_newer_keys) {
            return result;
        }
        let clock = self.provider.clock.as_ref();
        match cached.renew_for_unknown(keys, clock, self.deadline, fetch)? {
            Some(renewed) => validate(&renewed),
            None => result,
        }
    }

    fn id_token(
        &self,
        tokens: &TokenResponse,
        metadata: &ProviderMetadata,
        registration: &ClientRegistration,
        login: &LoginTransaction,
    ) -> Result<ValidIdToken, Error> {
        let now = self.provider.clock.unix();
        let access_token = Some(tokens.access_token());
        self.with_keys(metadata, |keys| {
            id_token::validate(
                tokens.id_token(),
                keys,
                metadata,
                registration,
                login,
                access_token,
                now,
            )
        })
    }

    pub(crate) fn userinfo(&self, exchanged: &ExchangedCode) -> Result<Option<Claims>, Error> {
        let metadata = &exchanged.metadata;
        let registration = &exchanged.registration;
        let access_token = exchanged.tokens.access_token();
        let Some(request) = userinfo_request(metadata, registration, access_token)? else {
            return Ok(None);
        };
        let response = self.exchange(&request, metadata)?;
        let now = self.provider.clock.unix();
        self.with_keys(metadata, |keys| {
            let id_token = &exchanged.id_token;
            process_userinfo_response(id_token, &response, keys, metadata, registration, now)
        })
        .map(Some)
    }

    pub(crate) fn access_token_claims(
        &self,
        exchanged: &ExchangedCode,
    ) -> Result<Option<Claims>, Error> {
        let ExchangedCode {
            id_token,
            tokens,
            metadata,
            registration,
            ..
        } = exchanged;
        let Some(rules) = &registration.claims_from_access_token else {
            return Ok(None);
        };
        let now = self.provider.clock.unix();
        self.with_keys(metadata, |keys| {
            let raw = tokens.access_token();
            access_token::validate_as_claims_source(
                raw,
                keys,
                metadata,
                registration,
                rules,
                id_token,
                now,
            )
        })
    }

    /// What makes a request with a client assertion one of its own.
    pub(crate) fn freshness(&self) -> Result<Freshness, Error> {
        Ok(Freshness::new(random_seed()?, self.provider.clock.unix()))
    }

    /// What the first metadata of this process said; these, if there were none before.
    fn pin(&self, metadata: &ProviderMetadata) -> &Pin {
        self.process.pin.get_or_init(|| Pin::of(metadata))
    }

    fn pinned_registration(&self, metadata: &ProviderMetadata) -> ClientRegistration {
        self.pin(metadata)
            .narrow(&self.provider.registration, metadata)
    }

    fn exchange(
        &self,
        request: &HttpRequest,
        metadata: &ProviderMetadata,
    ) -> Result<HttpResponse, Error> {
        self.exchange_by(request, Some(metadata), self.deadline)
    }

    pub(crate) fn exchange_by(
        &self,
        request: &HttpRequest,
        metadata: Option<&ProviderMetadata>,
        deadline: Deadline,
    ) -> Result<HttpResponse, Error> {
        let endpoints: Vec<_> = metadata
            .into_iter()
            .flat_map(|metadata| {
                [
                    Some(metadata.token_endpoint()),
                    Some(metadata.jwks_uri()),
                    metadata.userinfo_endpoint(),
                    metadata.revocation_endpoint(),
                    metadata.introspection_endpoint(),
                    metadata.pushed_authorization_request_endpoint(),
                ]
            })
            .flatten()
            .collect();
        let route = self.provider.destinations.route(&request.url, &endpoints)?;
        self.process
            .client
            .exchange(request, &route, deadline, self.provider.clock.as_ref())
    }
}

pub(crate) fn random_seed() -> Result<[u8; 32], Error> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| Unavailable::Randomness {
        reason: Clipped::new(&error.to_string()),
    })?;
    Ok(seed)
}
