//! The authorization response: what the browser brings back to the redirect URI. Core §3.1.2.5–7.

use std::collections::BTreeMap;
use std::fmt;

use relyant_jose::digest;
use url::form_urlencoded;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::transaction::{LoginTransaction, State};
use crate::Error;
use crate::characters::is_printable;
use crate::clock::UnixTime;
use crate::error::{Clipped, Configuration, Misbehaved, Refused, Transaction};
use crate::limits::{LEEWAY_SECONDS, LOGIN_TRANSACTION_SECONDS, MAX_CALLBACK_QUERY_BYTES};
use crate::provider_metadata::ProviderMetadata;

/// What a login is completed with, once. RFC 6749 §1.3.1.
///
/// Made by [`process_authorization_response`] only. `Debug` redacts it.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct AuthorizationCode(String);

impl AuthorizationCode {
    fn receipt(code: &str) -> Self {
        Self(code.to_owned())
    }

    /// The text that the token request sends.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AuthorizationCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AuthorizationCode(redacted)")
    }
}

/// The state of a callback, so that the caller finds the login that it belongs to.
///
/// The query is as it stands in the URL, without the question mark. It proves nothing yet.
pub fn state_of(query: &str) -> Result<State, Error> {
    let callback = Callback::parse(query)?;
    Ok(State::new(callback.state()?.to_owned()))
}

/// The code of a callback that belongs to `login` and comes from the provider of `metadata`.
///
/// The query is as it stands in the URL, without the question mark.
pub fn process_authorization_response(
    query: &str,
    metadata: &ProviderMetadata,
    login: &LoginTransaction,
    now: UnixTime,
) -> Result<AuthorizationCode, Error> {
    let callback = Callback::parse(query)?;
    check_age(login, now)?;
    callback.check_state(&login.state())?;
    callback.check_issuer(metadata)?;
    callback.check_front_channel()?;
    // Core §3.1.2.5 and §3.1.2.6: a success has a code, a failure an error.
    match (callback.get("code"), callback.get("error")) {
        (Some(code), None) => read_code(code),
        (None, Some(error)) => {
            let description = callback.get("error_description").unwrap_or_default();
            Err(refusal(
                error,
                Clipped::new(error),
                Clipped::new(description),
            ))
        }
        (Some(_), Some(_)) => Err(Misbehaved::CodeAndError.into()),
        (None, None) => Err(Misbehaved::NeitherCodeNorError.into()),
    }
}

fn check_age(login: &LoginTransaction, now: UnixTime) -> Result<(), Transaction> {
    let age = now.since(login.started_at());
    if age >= LOGIN_TRANSACTION_SECONDS {
        return Err(Transaction::Expired { seconds: age });
    }
    if age < -LEEWAY_SECONDS {
        return Err(Transaction::StartedInFuture {
            seconds: age.saturating_neg(),
        });
    }
    Ok(())
}

/// RFC 6749 A.11: code = 1*VSCHAR.
fn read_code(code: &str) -> Result<AuthorizationCode, Error> {
    if !is_printable(code) {
        return Err(Misbehaved::CodeInvalid.into());
    }
    Ok(AuthorizationCode::receipt(code))
}

/// The provider's error, sorted by who must act. RFC 6749 §4.1.2.1, Core §3.1.2.6.
///
/// `error` and `description` are fit for a message; `name` is the error as it came.
pub(super) fn refusal(name: &str, error: Clipped, description: Clipped) -> Error {
    match name {
        "access_denied" => Refused::AccessDenied { description }.into(),
        "server_error" => Refused::ServerError { description }.into(),
        "temporarily_unavailable" => Refused::TemporarilyUnavailable { description }.into(),
        "interaction_required"
        | "login_required"
        | "account_selection_required"
        | "consent_required" => Refused::InteractionRequired { error, description }.into(),
        "invalid_request" => Configuration::InvalidRequest { description }.into(),
        "unauthorized_client" => Configuration::UnauthorizedClient { description }.into(),
        "unsupported_response_type" => {
            Configuration::UnsupportedResponseType { description }.into()
        }
        "invalid_scope" => Configuration::InvalidScope { description }.into(),
        "invalid_target" => Configuration::InvalidTarget { description }.into(), // RFC 8707 §2
        _ => Refused::AuthorizationError { error, description }.into(),
    }
}

/// The parameters of a callback, each there once.
struct Callback(BTreeMap<String, String>);

impl Callback {
    /// RFC 6749 §3.1: parameters must not be included more than once. RFC 6749 Appendix B: they are
    /// form-encoded.
    fn parse(query: &str) -> Result<Self, Transaction> {
        if query.len() > MAX_CALLBACK_QUERY_BYTES {
            return Err(Transaction::QueryTooLong { bytes: query.len() });
        }
        let mut parameters = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let name = name.into_owned();
            if parameters.contains_key(&name) {
                return Err(Transaction::ParameterRepeated {
                    name: Clipped::new(&name),
                });
            }
            parameters.insert(name, value.into_owned());
        }
        Ok(Self(parameters))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// JARM §2.3: a response JWT comes alone, with the state inside; none was asked for, so none is opened.
    fn state(&self) -> Result<&str, Error> {
        match (self.get("state"), self.get("response")) {
            (Some(state), _) => Ok(state),
            (None, Some(_)) => Err(Misbehaved::FrontChannelToken { name: "response" }.into()),
            (None, None) => Err(Transaction::StateMissing.into()),
        }
    }

    /// RFC 6749 §10.12, RFC 9700 §4.7.1: the state of this browser's login, in constant time.
    fn check_state(&self, expected: &State) -> Result<(), Error> {
        if digest::constant_time_eq(self.state()?.as_bytes(), expected.as_str().as_bytes()) {
            Ok(())
        } else {
            Err(Transaction::StateMismatch.into())
        }
    }

    /// RFC 9207 §2.4: compared on success and on error, byte for byte; its absence is refused where
    /// the metadata promise it.
    fn check_issuer(&self, metadata: &ProviderMetadata) -> Result<(), Misbehaved> {
        match self.get("iss") {
            Some(got) if got == metadata.issuer().as_str() => Ok(()),
            Some(got) => {
                let expected = Clipped::new(metadata.issuer().as_str());
                Err(Misbehaved::CallbackIssuerMismatch {
                    expected,
                    got: Clipped::new(got),
                })
            }
            None if metadata.authorization_response_iss_parameter_supported() => {
                Err(Misbehaved::CallbackIssuerMissing)
            }
            None => Ok(()),
        }
    }

    /// The code flow returns no token from the authorization endpoint (Core §3), and no response JWT
    /// was asked for.
    fn check_front_channel(&self) -> Result<(), Misbehaved> {
        match ["id_token", "access_token", "response"]
            .into_iter()
            .find(|name| self.get(name).is_some())
        {
            Some(name) => Err(Misbehaved::FrontChannelToken { name }),
            None => Ok(()),
        }
    }
}
