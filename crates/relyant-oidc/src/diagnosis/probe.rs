//! Questions that cost nobody a login: would the provider take this client, its secret and its addresses?
//!
//! The token endpoint is asked with a code that nobody issued: what it says to that, it says only after it knows the
//! client (RFC 6749 §5.2). The authorization and the end-session endpoint are asked as a browser without cookies
//! asks: a request with a wrong client or address is not answered by a redirect (RFC 6749 §4.1.2.1).

use url::{Url, form_urlencoded};

use super::{Diagnosis, Symptom};
use crate::Error;
use crate::authorization::pushed::{
    process_pushed_authorization_response, pushed_authorization_request,
};
use crate::authorization::request::authorization_request;
use crate::authorization::response::process_authorization_response;
use crate::authorization::transaction::LoginTransaction;
use crate::clock::UnixTime;
use crate::error::{Clipped, Configuration, Refused};
use crate::http::{HttpRequest, HttpResponse};
use crate::logout::rp_initiated::{self, LogoutParameters};
use crate::provider_metadata::ProviderMetadata;
use crate::registration::ClientRegistration;
use crate::token::client_assertion::Freshness;
use crate::token::request::token_request;
use crate::token::response::process_token_response;

/// The code that nobody issued; it says in the provider's log who asks.
const NO_CODE: &str = "relyant-doctor-asks-whether-the-client-is-known";

/// An answer that a browser would show or follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageAnswer {
    /// The status code.
    pub status: u16,
    /// Where it leads, if it is a redirect.
    pub location: Option<String>,
}

/// Whether the token endpoint takes us for the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// It refused the code alone.
    Taken,
    /// It refused the client.
    Refused(Error),
    /// It answered something that tells neither.
    Unclear,
}

/// Whether the authorization endpoint would let a person sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// It shows a page, or leads on to one.
    Open,
    /// It sent its refusal to the redirect URI, which it therefore knows.
    Refused(Error),
    /// It refuses to the browser itself.
    RefusedByPage(u16),
}

/// One login that is begun for its questions alone.
pub struct Probe<'a> {
    metadata: &'a ProviderMetadata,
    registration: &'a ClientRegistration,
    login: LoginTransaction,
    now: UnixTime,
}

impl<'a> Probe<'a> {
    /// Questions to the provider of `metadata`, from a seed of the operating system's randomness.
    pub fn new(
        metadata: &'a ProviderMetadata,
        registration: &'a ClientRegistration,
        seed: [u8; 32],
        now: UnixTime,
    ) -> Self {
        let demands = registration.authorization.demands();
        let login = LoginTransaction::begin(seed, now).demanding(demands);
        Self {
            metadata,
            registration,
            login,
            now,
        }
    }

    /// The token request that tells whether the client is known.
    pub fn credentials_request(
        &self,
        redirect_uri: &str,
        freshness: Freshness,
    ) -> Result<HttpRequest, Error> {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("code", NO_CODE)
            .append_pair("state", self.login.state().as_str())
            .append_pair("iss", self.metadata.issuer().as_str())
            .finish();
        let code = process_authorization_response(&query, self.metadata, &self.login, self.now)?;
        token_request(
            self.metadata,
            self.registration,
            redirect_uri,
            &code,
            &self.login,
            freshness,
        )
    }

    /// What the answer to it tells.
    pub fn process_credentials_response(
        &self,
        request: &HttpRequest,
        response: &HttpResponse,
    ) -> Credentials {
        match process_token_response(request, response) {
            Err(Error::Refused(Refused::InvalidGrant { .. })) => Credentials::Taken,
            Err(
                error @ Error::Configuration(
                    Configuration::InvalidClient { .. } | Configuration::UnauthorizedClient { .. },
                ),
            ) => Credentials::Refused(error),
            _ => Credentials::Unclear,
        }
    }

    /// Where a browser would be sent to log in.
    pub fn authorization_url(&self, redirect_uri: &str) -> Result<Url, Error> {
        authorization_request(self.metadata, self.registration, redirect_uri, &self.login)
    }

    /// The request that pushes what the login would ask for, where the provider takes such requests.
    pub fn pushed_request(
        &self,
        redirect_uri: &str,
        freshness: Freshness,
    ) -> Result<Option<HttpRequest>, Error> {
        let (metadata, login) = (self.metadata, &self.login);
        pushed_authorization_request(metadata, self.registration, redirect_uri, login, freshness)
    }

    /// Where a browser would be sent then.
    pub fn process_pushed_response(
        &self,
        request: &HttpRequest,
        response: &HttpResponse,
    ) -> Result<Url, Error> {
        process_pushed_authorization_response(self.metadata, self.registration, request, response)
    }

    /// What the answer to that tells.
    pub fn process_authorization_page(&self, redirect_uri: &str, answer: &PageAnswer) -> Admission {
        if is_refusal(answer.status) {
            return Admission::RefusedByPage(answer.status);
        }
        let query = answer
            .location
            .as_deref()
            .filter(|location| location.starts_with(redirect_uri))
            .and_then(|location| location.split_once('?'));
        let Some((_, query)) = query else {
            return Admission::Open;
        };
        match process_authorization_response(query, self.metadata, &self.login, self.now) {
            Ok(_) => Admission::Open,
            Err(error) => Admission::Refused(error),
        }
    }

    /// Where a browser would be sent to log out, if the provider has such an endpoint.
    pub fn end_session_url(&self, post_logout_redirect_uri: &str) -> Result<Option<Url>, Error> {
        let state = self.login.state();
        let told = LogoutParameters {
            post_logout_redirect_uri: Some(post_logout_redirect_uri),
            state: Some(state.as_str()),
            ..LogoutParameters::default()
        };
        let request = rp_initiated::end_session_request(self.metadata, self.registration, told)?;
        Ok(request.map(|request| request.url().clone()))
    }

    /// What the answer to that shows.
    pub fn process_end_session_page(&self, uri: &str, answer: &PageAnswer) -> Option<Symptom> {
        is_refusal(answer.status).then(|| {
            let (uri, status) = (Clipped::new(uri), answer.status);
            let detail =
                format!("the end-session endpoint answered with status {status} to `{uri}`");
            Symptom::seen(Diagnosis::PostLogoutRedirectUriRefused, detail)
        })
    }
}

/// What both answers show together: who is refused by both is unknown.
pub fn judge_client(
    credentials: &Credentials,
    admission: Option<&Admission>,
    redirect_uri: &str,
) -> Option<Symptom> {
    match (credentials, admission) {
        (Credentials::Refused(error), Some(Admission::RefusedByPage(_))) => {
            Some(Symptom::from_error(Diagnosis::ClientUnknown, error))
        }
        (Credentials::Refused(error), _) => {
            Some(Symptom::from_error(Diagnosis::ClientSecretRefused, error))
        }
        (_, Some(Admission::RefusedByPage(status))) => {
            let uri = Clipped::new(redirect_uri);
            let detail =
                format!("the authorization endpoint answered with status {status} to `{uri}`");
            Some(Symptom::seen(Diagnosis::RedirectUriRefused, detail))
        }
        (_, Some(Admission::Refused(error))) => {
            let diagnosis = Diagnosis::of_authorization_error(error);
            Some(Symptom::from_error(diagnosis, error))
        }
        (_, Some(Admission::Open) | None) => None,
    }
}

/// RFC 6749 §4.1.2.1 and RP-Initiated Logout §4 name no status; providers use these. Others (429, 5xx) are about the moment.
fn is_refusal(status: u16) -> bool {
    matches!(status, 400 | 401 | 403 | 404 | 422)
}
