//! What is likely wrong between a relying party and its provider, told from an error, an answer or a login.
//!
//! A diagnosis groups what is mended by the same hand: two codes of [`Error`](crate::Error) that one knob
//! causes are one diagnosis. It decides nothing and lets nobody in; it is for a report to an operator.

pub mod facts;
pub mod login;
mod of_error;
pub mod probe;

use url::form_urlencoded;

use crate::Error;
use crate::claim_sources::LeftOut;

/// Writes the enum, the list of all and their names from one table.
macro_rules! diagnoses {
    ($($(#[doc = $meaning:literal])+ $variant:ident $name:literal;)+) => {
        /// One thing that is likely wrong, by a stable name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Diagnosis {
            $($(#[doc = $meaning])+ $variant,)+
        }

        impl Diagnosis {
            /// All of them, in the order of a login.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable name, such as `issuer_mismatch`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

diagnoses! {
    /// A setting of the provider's address, client or transport can't be used.
    SettingUnusable "setting_unusable";
    /// The file of certificate authorities can't be used.
    CaFile "ca_file";
    /// The proxy variables of the environment can't be used.
    ProxyVariable "proxy_variable";

    /// The provider's host name doesn't resolve.
    HostUnknown "host_unknown";
    /// Nobody takes a connection.
    NoConnection "no_connection";
    /// The proxy opens no way to the provider.
    ProxyRefused "proxy_refused";
    /// The provider's certificate is of an authority that isn't trusted here.
    TlsUnknownAuthority "tls_unknown_authority";
    /// The provider's certificate has expired.
    TlsExpired "tls_expired";
    /// The provider's certificate doesn't hold yet.
    TlsNotYetValid "tls_not_yet_valid";
    /// The provider's certificate is for another host.
    TlsWrongHost "tls_wrong_host";
    /// TLS failed otherwise.
    TlsFailed "tls_failed";
    /// The provider doesn't answer in time.
    NoAnswer "no_answer";
    /// The provider, or what stands before it, says that it is down.
    ProviderDown "provider_down";
    /// The provider redirects where an answer is expected.
    Redirected "redirected";
    /// The exchange breaks, or is too large or compressed.
    ExchangeBroken "exchange_broken";

    /// Nothing is at the issuer's well-known address.
    IssuerNotFound "issuer_not_found";
    /// The metadata are of another issuer.
    IssuerMismatch "issuer_mismatch";
    /// What answers at the issuer's address are no metadata, or have faults.
    MetadataUnusable "metadata_unusable";
    /// An endpoint is plain http.
    EndpointNotHttps "endpoint_not_https";
    /// PKCE with S256 is not offered.
    PkceNotOffered "pkce_not_offered";
    /// The code flow is not offered.
    CodeFlowNotOffered "code_flow_not_offered";
    /// Plain authorization requests are not taken.
    RequestFormRequired "request_form_required";
    /// The way in which the answer is to come is not offered.
    ResponseModeNotOffered "response_mode_not_offered";
    /// No client authentication method that is offered is one of ours.
    ClientAuthenticationNotOffered "client_authentication_not_offered";
    /// No signature algorithm that is offered is one of ours.
    AlgorithmNotOffered "algorithm_not_offered";
    /// There is no end-session endpoint.
    NoEndSessionEndpoint "no_end_session_endpoint";
    /// The provider's clock and ours differ by more than is allowed.
    ClockDifference "clock_difference";
    /// The JWK Set can't be used as a whole.
    KeySetUnusable "key_set_unusable";
    /// No key of the JWK Set fits an algorithm that the provider signs with.
    NoFittingKey "no_fitting_key";
    /// Keys of the JWK Set that are for signatures can't be used.
    KeysSkipped "keys_skipped";

    /// The provider doesn't know the client.
    ClientUnknown "client_unknown";
    /// The provider doesn't take the client's secret, or the way in which it is shown.
    ClientSecretRefused "client_secret_refused";
    /// The redirect URI is not registered.
    RedirectUriRefused "redirect_uri_refused";
    /// The post-logout redirect URI is not registered.
    PostLogoutRedirectUriRefused "post_logout_redirect_uri_refused";
    /// The client may not use the code flow.
    CodeFlowNotAllowed "code_flow_not_allowed";
    /// PKCE with S256 is refused for the client.
    PkceRefused "pkce_refused";
    /// A scope is refused.
    ScopeRefused "scope_refused";
    /// The provider refuses the request as malformed, or for a reason of its own.
    RequestRefused "request_refused";
    /// The person or the provider's policy ended the login.
    AccessDenied "access_denied";
    /// The provider failed at the login.
    ProviderFailed "provider_failed";
    /// The authorization code is refused.
    CodeRefused "code_refused";

    /// The answer to a pushed authorization request is none.
    PushedRequestUnusable "pushed_request_unusable";

    /// The callback doesn't belong to the login.
    CallbackOfAnotherLogin "callback_of_another_login";
    /// The callback came too late.
    CallbackTooLate "callback_too_late";
    /// The callback is malformed.
    CallbackMalformed "callback_malformed";
    /// The callback is of another issuer.
    CallbackIssuer "callback_issuer";

    /// The token response is none.
    TokenResponseUnusable "token_response_unusable";
    /// The token response has no ID token.
    IdTokenMissing "id_token_missing";
    /// The access token is of a type that needs more than presenting it.
    TokenType "token_type";
    /// The ID token is encrypted.
    IdTokenEncrypted "id_token_encrypted";
    /// The ID token isn't encrypted, and a setting says that it is.
    IdTokenNotEncrypted "id_token_not_encrypted";
    /// A token is encrypted in a way that is refused on purpose.
    EncryptionAlgorithm "encryption_algorithm";
    /// A token doesn't open with our keys.
    NotDecrypted "not_decrypted";
    /// The ID token is signed with an algorithm that isn't allowed.
    IdTokenAlgorithm "id_token_algorithm";
    /// The ID token is signed with a key that isn't published, or not with it.
    IdTokenSignature "id_token_signature";
    /// The person didn't sign in as recently, as surely or by the means that was asked for.
    SignInNotAsAsked "sign_in_not_as_asked";
    /// The ID token is a token of another kind.
    IdTokenKind "id_token_kind";
    /// The ID token is malformed, or lacks a claim that each must have.
    IdTokenMalformed "id_token_malformed";
    /// The ID token is of another issuer.
    IdTokenIssuer "id_token_issuer";
    /// The ID token is for another audience.
    IdTokenAudience "id_token_audience";
    /// The ID token names no subject, or none that can be one.
    IdTokenSubject "id_token_subject";
    /// The times in the ID token or the access token don't fit this server's clock.
    TokenTimes "token_times";
    /// The ID token is of another login.
    IdTokenNonce "id_token_nonce";
    /// The ID token is of another access token.
    IdTokenAccessTokenHash "id_token_access_token_hash";

    /// Userinfo is encrypted.
    UserinfoEncrypted "userinfo_encrypted";
    /// Userinfo is signed and refused, or should be signed.
    UserinfoRefused "userinfo_refused";
    /// Claims that others keep were not had: the login goes on without them.
    ClaimSourceLeftOut "claim_source_left_out";
    /// Userinfo names no subject, or another one.
    UserinfoSubject "userinfo_subject";
    /// Userinfo is unreadable.
    UserinfoUnusable "userinfo_unusable";

    /// The access token is not of the type that the preset expects.
    AccessTokenKind "access_token_kind";
    /// The access token was issued to another client, by another issuer or for another person.
    AccessTokenOfAnother "access_token_of_another";
    /// The access token is malformed, or its signature doesn't hold.
    AccessTokenUnusable "access_token_unusable";
    /// The access token is too large for the userinfo request.
    AccessTokenTooLarge "access_token_too_large";
    /// The access token is no JWT, although roles are looked for in it.
    AccessTokenOpaque "access_token_opaque";
    /// The access token says nothing about the person.
    AccessTokenLightweight "access_token_lightweight";
    /// The access token names no subject.
    AccessTokenWithoutSubject "access_token_without_subject";
    /// The e-mail address is not verified.
    EmailUnverified "email_unverified";

    /// The machine gives no randomness, or the fault is ours.
    OwnFault "own_fault";
}

/// A diagnosis with what it was told from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symptom {
    /// What is likely wrong.
    pub diagnosis: Diagnosis,
    /// The code of the error that a login gets by it, if there is one.
    pub code: Option<&'static str>,
    /// What was seen, for an operator; no secret and no token.
    pub detail: String,
}

impl Symptom {
    /// What an error shows.
    pub fn of(error: &Error) -> Self {
        Self::from_error(Diagnosis::of(error), error)
    }

    /// What an error of a login shows whose callback had `query`.
    pub fn of_login(error: &Error, query: &str) -> Self {
        let at_authorization =
            form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "error");
        let diagnosis = if at_authorization {
            Diagnosis::of_authorization_error(error)
        } else {
            Diagnosis::of(error)
        };
        Self::from_error(diagnosis, error)
    }

    pub(crate) fn from_error(diagnosis: Diagnosis, error: &Error) -> Self {
        Self {
            diagnosis,
            code: Some(error.code()),
            detail: error.to_string(),
        }
    }

    /// What it means that claims which others keep were not had: nothing that ends a login.
    pub fn of_left_out(left_out: &LeftOut) -> Self {
        let detail = format!("{left_out} ({})", left_out.error.code());
        Self::seen(Diagnosis::ClaimSourceLeftOut, detail)
    }

    /// What no error stands for.
    pub fn seen(diagnosis: Diagnosis, detail: String) -> Self {
        Self {
            diagnosis,
            code: None,
            detail,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::error::{Clipped, Configuration, Misbehaved};

    #[test]
    fn names_are_unique_words() {
        let names: BTreeSet<_> = Diagnosis::ALL.iter().map(|one| one.name()).collect();
        assert_eq!(names.len(), Diagnosis::ALL.len());
        for name in names {
            assert!(
                name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'_')),
                "{name}"
            );
        }
    }

    #[test]
    fn an_error_is_told_by_its_code_and_words() {
        let error = Error::from(Misbehaved::IdTokenMissing);
        assert_eq!(
            Symptom::of(&error),
            Symptom {
                diagnosis: Diagnosis::IdTokenMissing,
                code: Some("misbehaved.id_token_missing"),
                detail: error.to_string(),
            }
        );
    }

    #[test]
    fn the_same_word_means_the_flow_at_one_endpoint_and_the_secret_at_the_other() {
        let description = Clipped::new("no");
        let error = Error::from(Configuration::UnauthorizedClient { description });
        let at = |query| Symptom::of_login(&error, query).diagnosis;
        assert_eq!(
            at("error=unauthorized_client&state=s"),
            Diagnosis::CodeFlowNotAllowed
        );
        assert_eq!(at("code=c&state=s"), Diagnosis::ClientSecretRefused);
    }
}
