//! `RelyingParty`: one client registration at one provider.

use std::path::PathBuf;
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::PyString;
use relyant_http::clock::{Clock, SystemClock};
use relyant_http::{Addresses, ClientOptions, Provider, timeout_invalid};
use relyant_oidc::Error;
use relyant_oidc::access_token::{
    AccessTokenProfile, AccessTokenRules, Leniency, ServiceAccountMarks,
};
use relyant_oidc::authorization::options;
use relyant_oidc::client_keys::ClientKeys;
use relyant_oidc::error::{Clipped, Configuration};
use relyant_oidc::logout::rp_initiated::{LogoutForm, LogoutParameters};
use relyant_oidc::registration::{ClientRegistration, IdTokenAudience, RequiredProtection};
use relyant_oidc::secret::Secret;
use relyant_oidc::strict_url;
use relyant_oidc::tenants::TenantRule;
use relyant_oidc::token::client_authentication::ClientAuthentication;
use relyant_oidc::token::revocation::RevocableToken;
use relyant_policy::{AccessTokenClaims, AccessTokens, IdTokens, Preset, Tenants};
use url::Url;

use crate::authorization_options::AuthorizationOptions;
use crate::client_access_token::ClientAccessToken;
use crate::end_session_request::EndSessionRequest;
use crate::error::{relyant_error, unknown_preset, unknown_token_kind};
use crate::examination::{Examination, LoginExamination};
use crate::login_request::LoginRequest;
use crate::refreshed::Refreshed;
use crate::session_tokens::SessionTokens;
use crate::valid_access_token::ValidAccessToken;
use crate::valid_front_channel_logout::ValidFrontChannelLogout;
use crate::valid_logout_token::ValidLogoutToken;
use crate::verified_identity::VerifiedIdentity;

/// One client registration at one provider, with the cache of the provider's metadata and keys. Thread-safe.
///
/// What a stranger wrote is taken as any Python text, half a surrogate pair included: the core refuses it by its own codes.
#[pyclass(frozen, module = "relyant._core")]
pub(crate) struct RelyingParty {
    provider: Provider,
    shown: String,
}

#[pymethods]
impl RelyingParty {
    #[new]
    #[pyo3(signature = (*, issuer, client_id, client_secret, client_auth, private_key, decrypt_with_secret, scopes, authorization, id_token_algorithms,
        require_encrypted_id_token, require_signed_userinfo, preset, timeout, ca_file,
        internal_base_url, allow_insecure_http_hosts, claims_providers, needed_claims, require_signed_introspection=false, tenants=Vec::new()))]
    #[expect(
        clippy::too_many_arguments,
        clippy::fn_params_excessive_bools,
        reason = "keywords, as the settings have them"
    )]
    fn new(
        py: Python<'_>,
        issuer: &str,
        client_id: String,
        client_secret: Option<String>,
        client_auth: Option<&str>,
        private_key: Option<&str>,
        decrypt_with_secret: bool,
        scopes: Vec<String>,
        authorization: &AuthorizationOptions,
        id_token_algorithms: Vec<String>,
        require_encrypted_id_token: bool,
        require_signed_userinfo: bool,
        preset: &str,
        timeout: f64,
        ca_file: Option<PathBuf>,
        internal_base_url: Option<&str>,
        allow_insecure_http_hosts: Vec<String>,
        claims_providers: Vec<String>,
        needed_claims: Vec<String>,
        require_signed_introspection: bool,
        tenants: Vec<String>,
    ) -> PyResult<Self> {
        let preset = relyant_policy::preset(preset).map_err(|error| unknown_preset(&error))?;
        let shown = format!("<RelyingParty {client_id:?} at {issuer:?}>");
        let authorization = authorization.0.clone();
        let made = registration(client_id, client_secret, client_auth, scopes, preset).and_then(
            |registration| {
                let mut registration = ClientRegistration {
                    authorization,
                    required: RequiredProtection {
                        encrypted_id_token: require_encrypted_id_token,
                        signed_userinfo: require_signed_userinfo,
                        signed_introspection: require_signed_introspection,
                    },
                    tenants,
                    ..registration
                };
                registration.set_id_token_algorithms(&id_token_algorithms)?;
                registration.set_keys(client_keys(private_key)?, decrypt_with_secret);
                let internal_base_url =
                    internal_base_url.map(parse_internal_base_url).transpose()?;
                let options = ClientOptions {
                    timeout: parse_timeout(timeout)?,
                    ca_file,
                    allow_insecure_http_hosts,
                    internal_base_url,
                    claims_providers,
                    needed_claims,
                };
                Provider::new(issuer, registration, options)
            },
        );
        made.map(|provider| Self { provider, shown })
            .map_err(|error| relyant_error(py, &error))
    }

    #[pyo3(signature = (redirect_uri, *, prompt=None, max_age=None, acr_values=None, login_hint=None, ui_locales=None))]
    #[expect(
        clippy::too_many_arguments,
        reason = "keywords, as the site's code has them"
    )]
    fn begin_login(
        &self,
        py: Python<'_>,
        redirect_uri: &str,
        prompt: Option<String>,
        max_age: Option<i64>,
        acr_values: Option<Vec<String>>,
        login_hint: Option<String>,
        ui_locales: Option<Vec<String>>,
    ) -> PyResult<LoginRequest> {
        self.call(py, |provider| {
            let usual = provider.authorization_options().clone();
            let max_age = max_age.map(options::read_max_age).transpose()?;
            let options = options::AuthorizationOptions {
                prompt: prompt.or(usual.prompt),
                max_age: max_age.or(usual.max_age),
                acr_values: acr_values.unwrap_or(usual.acr_values),
                login_hint: login_hint.or(usual.login_hint),
                ui_locales: ui_locales.unwrap_or(usual.ui_locales),
                ..usual
            };
            provider.begin_login_with(redirect_uri, options)
        })
        .map(LoginRequest)
    }

    fn complete_login(
        &self,
        py: Python<'_>,
        parameters: &Bound<'_, PyString>,
        transaction: &[u8],
        redirect_uri: &str,
    ) -> PyResult<VerifiedIdentity> {
        let parameters = parameters.to_string_lossy();
        self.call(py, |provider| {
            provider.complete_login(&parameters, transaction, redirect_uri)
        })
        .inspect(|identity| log_left_out(py, identity))
        .map(VerifiedIdentity)
    }

    #[pyo3(signature = (*, id_token_hint, logout_hint, post_logout_redirect_uri, state))]
    fn end_session_request(
        &self,
        py: Python<'_>,
        id_token_hint: Option<&str>,
        logout_hint: Option<&str>,
        post_logout_redirect_uri: Option<&str>,
        state: Option<&str>,
    ) -> PyResult<Option<EndSessionRequest>> {
        let told = LogoutParameters {
            id_token_hint,
            logout_hint,
            post_logout_redirect_uri,
            state,
        };
        self.call(py, |provider| provider.end_session_request(told))
            .map(|request| request.map(EndSessionRequest))
    }

    fn refresh(&self, py: Python<'_>, tokens: &SessionTokens) -> PyResult<Refreshed> {
        let refreshed = self.call(py, |provider| provider.refresh(&tokens.0))?;
        if let Ok(Some(identity)) = &refreshed.identity {
            log_left_out(py, identity);
        }
        Ok(Refreshed(refreshed))
    }

    fn revoke(&self, py: Python<'_>, tokens: &SessionTokens, kind: &str) -> PyResult<bool> {
        let kind = RevocableToken::from_hint(kind).ok_or_else(|| unknown_token_kind(kind))?;
        self.call(py, |provider| provider.revoke(&tokens.0, kind))
    }

    #[pyo3(signature = (*, scopes, resources))]
    fn client_credentials(
        &self,
        py: Python<'_>,
        scopes: Vec<String>,
        resources: Vec<String>,
    ) -> PyResult<ClientAccessToken> {
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        let resources: Vec<&str> = resources.iter().map(String::as_str).collect();
        self.call(py, |provider| {
            provider.client_credentials(&scopes, &resources)
        })
        .map(ClientAccessToken)
    }

    fn validate_logout_token(
        &self,
        py: Python<'_>,
        logout_token: &Bound<'_, PyString>,
    ) -> PyResult<ValidLogoutToken> {
        let logout_token = logout_token.to_string_lossy();
        self.call(py, |provider| provider.validate_logout_token(&logout_token))
            .map(ValidLogoutToken)
    }

    fn validate_front_channel_logout(
        &self,
        py: Python<'_>,
        query: &Bound<'_, PyString>,
    ) -> PyResult<ValidFrontChannelLogout> {
        let query = query.to_string_lossy();
        self.provider
            .validate_front_channel_logout(&query)
            .map(ValidFrontChannelLogout)
            .map_err(|error| relyant_error(py, &error))
    }

    fn framing_origins(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        self.call(py, |provider| Ok(provider.framing_origins()))
    }

    #[pyo3(signature = (access_token, *, audience))]
    fn validate_access_token(
        &self,
        py: Python<'_>,
        access_token: &Bound<'_, PyString>,
        audience: &str,
    ) -> PyResult<ValidAccessToken> {
        let access_token = access_token.to_string_lossy();
        self.call(py, |provider| {
            provider.validate_access_token(&access_token, audience)
        })
        .map(ValidAccessToken)
    }

    #[pyo3(signature = (access_token, *, audience))]
    fn introspect(
        &self,
        py: Python<'_>,
        access_token: &Bound<'_, PyString>,
        audience: &str,
    ) -> PyResult<Option<ValidAccessToken>> {
        let access_token = access_token.to_string_lossy();
        self.call(py, |provider| provider.introspect(&access_token, audience))
            .map(|told| told.map(ValidAccessToken))
    }

    #[pyo3(signature = (*, redirect_uri, post_logout_redirect_uri))]
    fn examine(
        &self,
        py: Python<'_>,
        redirect_uri: Option<&str>,
        post_logout_redirect_uri: Option<&str>,
    ) -> Examination {
        let addresses = Addresses {
            redirect_uri,
            post_logout_redirect_uri,
        };
        Examination(py.detach(|| self.provider.examine(addresses)))
    }

    fn examine_login(
        &self,
        py: Python<'_>,
        query: &str,
        transaction: &[u8],
        redirect_uri: &str,
    ) -> LoginExamination {
        let examination = py.detach(|| {
            self.provider
                .examine_login(query, transaction, redirect_uri)
        });
        LoginExamination(examination)
    }

    fn __repr__(&self) -> &str {
        &self.shown
    }
}

impl RelyingParty {
    /// Runs a step without the GIL, and logs what the step got over by itself.
    fn call<T: Send>(
        &self,
        py: Python<'_>,
        step: impl FnOnce(&Provider) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        let result = py.detach(|| step(&self.provider));
        for failure in self.provider.take_renewal_failures() {
            let text = "metadata or keys could not be renewed, the old ones serve on: %s (%s)";
            log_warning(py, text, &failure.to_string(), failure.code());
        }
        result.map_err(|error| relyant_error(py, &error))
    }
}

/// Claims that others keep for the provider and that were not had, each source a warning.
fn log_left_out(py: Python<'_>, identity: &relyant_oidc::identity::VerifiedIdentity) {
    for left_out in identity.left_out() {
        log_warning(py, "%s (%s)", &left_out.to_string(), left_out.error.code());
    }
}

/// A warning of the logger `relyant`: an operator's message and its code.
fn log_warning(py: Python<'_>, text: &str, message: &str, code: &str) {
    let logged = py
        .import("logging")
        .and_then(|logging| logging.call_method1("getLogger", ("relyant",)))
        .and_then(|logger| logger.call_method1("warning", (text, message, code)));
    // A log that fails must not cost a login that is complete.
    if let Err(raised) = logged {
        raised.write_unraisable(py, None);
    }
}

fn registration(
    client_id: String,
    client_secret: Option<String>,
    client_auth: Option<&str>,
    scopes: Vec<String>,
    preset: Preset,
) -> Result<ClientRegistration, Error> {
    Ok(ClientRegistration {
        client_secret: client_secret.map(Secret::new),
        client_auth: client_auth
            .map(ClientAuthentication::from_name)
            .transpose()?,
        scopes,
        userinfo: preset.userinfo,
        id_token_audience: id_token_audience(&preset.id_token),
        tenant_rule: preset.tenants.map(tenant_rule),
        account_claim: preset.account.map(|account| account.subject),
        logout: LogoutForm {
            return_parameter: preset.logout.return_parameter,
            id_token_hint: preset.logout.id_token_hint,
        },
        claims_from_access_token: preset.claims_from_access_token.map(access_token_rules),
        access_token_profile: access_token_profile(preset.access_tokens),
        ..ClientRegistration::new(client_id)
    })
}

fn client_keys(text: Option<&str>) -> Result<ClientKeys, Error> {
    let keys = text.map(|text| ClientKeys::parse(text, SystemClock.unix()));
    Ok(keys.transpose()?.unwrap_or_default())
}

pub(crate) fn tenant_rule(tenants: Tenants) -> TenantRule {
    TenantRule {
        claim: tenants.claim,
        placeholder: tenants.placeholder,
        any: tenants.any,
    }
}

fn id_token_audience(id_tokens: &IdTokens) -> IdTokenAudience {
    if id_tokens.further_audiences {
        IdTokenAudience::UsAmongOthers
    } else {
        IdTokenAudience::Us
    }
}

fn access_token_rules(claims: AccessTokenClaims) -> AccessTokenRules {
    AccessTokenRules {
        header_types: claims.header_types,
        body_type: claims.body_type,
    }
}

fn access_token_profile(tokens: AccessTokens) -> AccessTokenProfile {
    AccessTokenProfile {
        leniencies: tokens.leniencies.into_iter().map(leniency).collect(),
        body_type: tokens.body_type,
        subject: tokens.subject,
        service_accounts: ServiceAccountMarks {
            present: tokens.service_if_present,
            absent: tokens.service_if_absent,
            subject: tokens.service_subject,
        },
    }
}

fn leniency(named: relyant_policy::Leniency) -> Leniency {
    match named {
        relyant_policy::Leniency::HeaderTypeJwt => Leniency::HeaderTypeJwt,
        relyant_policy::Leniency::HeaderTypeAbsent => Leniency::HeaderTypeAbsent,
        relyant_policy::Leniency::ClientIdFromAzp => Leniency::ClientIdFromAzp,
        relyant_policy::Leniency::ClientIdFromCid => Leniency::ClientIdFromCid,
        relyant_policy::Leniency::ScopeFromScp => Leniency::ScopeFromScp,
        relyant_policy::Leniency::JtiAbsent => Leniency::JtiAbsent,
        relyant_policy::Leniency::SubjectAbsent => Leniency::SubjectAbsent,
    }
}

fn parse_timeout(seconds: f64) -> Result<Duration, Error> {
    Duration::try_from_secs_f64(seconds).map_err(|_| timeout_invalid(seconds).into())
}

fn parse_internal_base_url(text: &str) -> Result<Url, Error> {
    let got = Clipped::without_credentials(text);
    strict_url::parse(text)
        .map_err(|reason| Configuration::InternalBaseUrlInvalid { got, reason }.into())
}
