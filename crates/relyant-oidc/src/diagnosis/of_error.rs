//! Which diagnosis an error of a login is.

use super::Diagnosis;
use crate::Error;
use crate::error::{
    Configuration, Incompatible, InvalidAccessToken, InvalidToken, Misbehaved, Refused, TlsFault,
    Transaction, Unavailable,
};
use crate::http::Endpoint;

impl Diagnosis {
    /// What is likely wrong where a step of a login gives `error`.
    pub fn of(error: &Error) -> Self {
        match error {
            Error::Configuration(error) => of_configuration(error),
            Error::Refused(error) => of_refused(error),
            Error::Transaction(error) => of_transaction(error),
            Error::Misbehaved(error) => of_misbehaved(error),
            Error::Incompatible(error) => of_incompatible(error),
            Error::InvalidToken(error) => of_id_token(error),
            Error::InvalidAccessToken(error) => of_access_token(error),
            Error::InvalidUserinfo(_) => Self::UserinfoRefused,
            Error::InvalidClaimSource(_) => Self::ClaimSourceLeftOut,
            Error::Unavailable(error) => of_unavailable(error),
            // A login is told of no logout, and asks what no token is.
            Error::InvalidLogoutToken(_)
            | Error::InvalidFrontChannelLogout(_)
            | Error::InvalidIntrospection(_)
            | Error::Misuse(_) => Self::OwnFault,
        }
    }

    /// As [`Self::of`], for what the authorization endpoint itself answered.
    ///
    /// `unauthorized_client` is about the client's flows there, about its secret at the token endpoint.
    /// RFC 6749 §4.1.2.1 and §5.2.
    pub(crate) fn of_authorization_error(error: &Error) -> Self {
        match error {
            Error::Configuration(Configuration::UnauthorizedClient { .. }) => {
                Self::CodeFlowNotAllowed
            }
            other => Self::of(other),
        }
    }
}

fn of_configuration(error: &Configuration) -> Diagnosis {
    match error {
        Configuration::IssuerInvalid { .. }
        | Configuration::TenantsMissing { .. }
        | Configuration::TenantsUnused { .. }
        | Configuration::TenantInvalid { .. }
        | Configuration::IssuerNotHttps { .. }
        | Configuration::ClientIdInvalid { .. }
        | Configuration::ClientSecretEmpty
        | Configuration::ClientSecretMissing
        | Configuration::ClientSecretTooShort { .. }
        | Configuration::ClientKeyMissing
        | Configuration::PrivateKeyInvalid { .. }
        | Configuration::IdTokenAlgorithmUnknown { .. }
        | Configuration::IdTokenAlgorithmsMixed { .. }
        | Configuration::ClientCredentialsUnused
        | Configuration::ClientAuthUnknown { .. }
        | Configuration::ScopeInvalid { .. }
        | Configuration::AuthorizationOptionInvalid { .. }
        | Configuration::ResourceInvalid { .. }
        | Configuration::RedirectUriInvalid { .. }
        | Configuration::InternalBaseUrlInvalid { .. }
        | Configuration::TimeoutInvalid { .. }
        | Configuration::DestinationForbidden { .. } => Diagnosis::SettingUnusable,
        Configuration::CaFile { .. } => Diagnosis::CaFile,
        Configuration::ProxyInvalid { .. } => Diagnosis::ProxyVariable,
        Configuration::NoMetadataAtIssuer { .. } => Diagnosis::IssuerNotFound,
        Configuration::IssuerMismatch { .. } => Diagnosis::IssuerMismatch,
        Configuration::InvalidClient { .. } | Configuration::UnauthorizedClient { .. } => {
            Diagnosis::ClientSecretRefused
        }
        Configuration::RedirectUriRefused { .. } => Diagnosis::RedirectUriRefused,
        Configuration::InvalidScope { .. } => Diagnosis::ScopeRefused,
        Configuration::InvalidRequest { description } if is_about_pkce(description.as_str()) => {
            Diagnosis::PkceRefused
        }
        Configuration::InvalidRequest { description } if is_about_scopes(description.as_str()) => {
            Diagnosis::ScopeRefused
        }
        Configuration::InvalidRequest { .. } | Configuration::InvalidTarget { .. } => {
            Diagnosis::RequestRefused
        }
        Configuration::UnsupportedResponseType { .. }
        | Configuration::UnsupportedGrantType { .. } => Diagnosis::CodeFlowNotAllowed,
        // A login asks for one grant alone, and is no API.
        Configuration::RefreshNotAllowed { .. }
        | Configuration::AudienceInvalid { .. }
        | Configuration::IntrospectionOfPublicClient
        | Configuration::ClientCredentialsOfPublicClient
        | Configuration::ClientCredentialsNotAllowed { .. } => Diagnosis::OwnFault,
    }
}

/// RFC 7636 §4.4.1: a refusal of the code challenge is an `invalid_request`; its description alone tells it apart.
fn is_about_pkce(description: &str) -> bool {
    let description = description.to_ascii_lowercase().replace('_', " ");
    ["code challenge", "code verifier", "pkce"]
        .iter()
        .any(|words| description.contains(words))
}

/// RFC 9126 §2.3: what is wrong with a pushed request may all be an `invalid_request`; its description alone tells it apart.
fn is_about_scopes(description: &str) -> bool {
    description.to_ascii_lowercase().contains("scope")
}

fn of_refused(error: &Refused) -> Diagnosis {
    match error {
        Refused::AccessDenied { .. } | Refused::InteractionRequired { .. } => {
            Diagnosis::AccessDenied
        }
        Refused::ServerError { .. } | Refused::TemporarilyUnavailable { .. } => {
            Diagnosis::ProviderFailed
        }
        Refused::InvalidGrant { description } if is_about_pkce(description.as_str()) => {
            Diagnosis::PkceRefused
        }
        Refused::InvalidGrant { .. } => Diagnosis::CodeRefused,
        Refused::AuthorizationError { .. } | Refused::TokenError { .. } => {
            Diagnosis::RequestRefused
        }
        // A login refreshes and revokes nothing, and asks what no token is.
        Refused::RefreshToken { .. }
        | Refused::RevocationError { .. }
        | Refused::IntrospectionError { .. } => Diagnosis::OwnFault,
    }
}

fn of_transaction(error: &Transaction) -> Diagnosis {
    match error {
        Transaction::StateMissing | Transaction::StateMismatch | Transaction::Unreadable => {
            Diagnosis::CallbackOfAnotherLogin
        }
        Transaction::Expired { .. } | Transaction::StartedInFuture { .. } => {
            Diagnosis::CallbackTooLate
        }
        Transaction::QueryTooLong { .. } | Transaction::ParameterRepeated { .. } => {
            Diagnosis::CallbackMalformed
        }
    }
}

fn of_misbehaved(error: &Misbehaved) -> Diagnosis {
    match error {
        Misbehaved::Status { endpoint, .. }
        | Misbehaved::ContentType { endpoint, .. }
        | Misbehaved::Json { endpoint, .. } => of_unreadable(*endpoint),
        Misbehaved::MetadataMissing { .. }
        | Misbehaved::MetadataType { .. }
        | Misbehaved::MetadataEndpointInvalid { .. }
        | Misbehaved::EndpointQueryCollision { .. } => Diagnosis::MetadataUnusable,
        Misbehaved::MetadataEndpointNotHttps { .. } => Diagnosis::EndpointNotHttps,
        Misbehaved::JwkSetInvalid { .. } => Diagnosis::KeySetUnusable,
        Misbehaved::CallbackIssuerMismatch { .. } | Misbehaved::CallbackIssuerMissing => {
            Diagnosis::CallbackIssuer
        }
        Misbehaved::FrontChannelToken { .. }
        | Misbehaved::CodeAndError
        | Misbehaved::NeitherCodeNorError
        | Misbehaved::CodeInvalid => Diagnosis::CallbackMalformed,
        Misbehaved::PushedRequestStatus { .. }
        | Misbehaved::PushedResponseMissing { .. }
        | Misbehaved::PushedResponseType { .. } => Diagnosis::PushedRequestUnusable,
        Misbehaved::TokenResponseMissing { .. } | Misbehaved::TokenResponseType { .. } => {
            Diagnosis::TokenResponseUnusable
        }
        Misbehaved::IdTokenMissing => Diagnosis::IdTokenMissing,
        // A login asks what no token is.
        Misbehaved::IntrospectionActive { .. } => Diagnosis::OwnFault,
        Misbehaved::UserinfoSubjectMissing | Misbehaved::UserinfoSubjectMismatch { .. } => {
            Diagnosis::UserinfoSubject
        }
    }
}

fn of_unreadable(endpoint: Endpoint) -> Diagnosis {
    match endpoint {
        Endpoint::Metadata => Diagnosis::MetadataUnusable,
        Endpoint::JwkSet => Diagnosis::KeySetUnusable,
        Endpoint::Token => Diagnosis::TokenResponseUnusable,
        Endpoint::PushedAuthorization => Diagnosis::PushedRequestUnusable,
        Endpoint::Userinfo => Diagnosis::UserinfoUnusable,
        Endpoint::ClaimSource => Diagnosis::ClaimSourceLeftOut,
        // A login revokes nothing, and asks what no token is.
        Endpoint::Revocation | Endpoint::Introspection => Diagnosis::OwnFault,
    }
}

fn of_incompatible(error: &Incompatible) -> Diagnosis {
    match error {
        Incompatible::NoPkceS256 { .. } => Diagnosis::PkceNotOffered,
        Incompatible::NoCodeFlow { .. } | Incompatible::NoCodeGrant { .. } => {
            Diagnosis::CodeFlowNotOffered
        }
        Incompatible::NoResponseMode { .. } => Diagnosis::ResponseModeNotOffered,
        Incompatible::RequestFormRequired { .. } => Diagnosis::RequestFormRequired,
        Incompatible::NoClientAuthentication { .. }
        | Incompatible::NoClientAssertionAlgorithm { .. } => {
            Diagnosis::ClientAuthenticationNotOffered
        }
        Incompatible::NoSignatureAlgorithm { .. } => Diagnosis::AlgorithmNotOffered,
        Incompatible::TokenType { .. } => Diagnosis::TokenType,
        Incompatible::EncryptedIdToken => Diagnosis::IdTokenEncrypted,
        Incompatible::EncryptedUserinfo => Diagnosis::UserinfoEncrypted,
        Incompatible::EncryptionAlgorithm { .. } => Diagnosis::EncryptionAlgorithm,
        Incompatible::AccessTokenTooLarge { .. } => Diagnosis::AccessTokenTooLarge,
        // A login has no logout token.
        Incompatible::EncryptedLogoutToken
        | Incompatible::EncryptedAccessToken
        | Incompatible::EncryptedIntrospection
        | Incompatible::NoIntrospectionEndpoint
        | Incompatible::NoIntrospectionAuthentication { .. } => Diagnosis::OwnFault,
    }
}

fn of_id_token(error: &InvalidToken) -> Diagnosis {
    match error {
        InvalidToken::NotEncrypted => Diagnosis::IdTokenNotEncrypted,
        InvalidToken::EncryptionMalformed { .. } => Diagnosis::EncryptionAlgorithm,
        InvalidToken::EncryptionKeyUnknown { .. } | InvalidToken::NotDecrypted { .. } => {
            Diagnosis::NotDecrypted
        }
        InvalidToken::AlgorithmNotAllowed { .. } => Diagnosis::IdTokenAlgorithm,
        InvalidToken::UnknownKey { .. }
        | InvalidToken::NoFittingKey
        | InvalidToken::AmbiguousKey
        | InvalidToken::BadSignature => Diagnosis::IdTokenSignature,
        InvalidToken::HeaderType { .. }
        | InvalidToken::IsAccessToken { .. }
        | InvalidToken::IsLogoutToken => Diagnosis::IdTokenKind,
        InvalidToken::IssuerMissing
        | InvalidToken::IssuerMismatch { .. }
        | InvalidToken::TenantInvalid { .. }
        | InvalidToken::TenantNotAllowed { .. } => Diagnosis::IdTokenIssuer,
        InvalidToken::SubjectMissing
        | InvalidToken::SubjectInvalid
        | InvalidToken::AccountInvalid { .. } => Diagnosis::IdTokenSubject,
        InvalidToken::AudienceMissing
        | InvalidToken::AudienceInvalid
        | InvalidToken::AudienceMismatch { .. }
        | InvalidToken::AudienceUntrusted { .. }
        | InvalidToken::AuthorizedPartyMissing
        | InvalidToken::AuthorizedPartyMismatch { .. } => Diagnosis::IdTokenAudience,
        InvalidToken::Expired { .. }
        | InvalidToken::IssuedInFuture { .. }
        | InvalidToken::IssuedTooLongAgo { .. }
        | InvalidToken::NotYetValid { .. } => Diagnosis::TokenTimes,
        InvalidToken::NonceMissing | InvalidToken::NonceMismatch => Diagnosis::IdTokenNonce,
        InvalidToken::AuthTimeMissing
        | InvalidToken::AuthTimeInFuture { .. }
        | InvalidToken::SignInTooLongAgo { .. }
        | InvalidToken::AcrMismatch { .. }
        | InvalidToken::AmrMismatch { .. } => Diagnosis::SignInNotAsAsked,
        InvalidToken::AccessTokenHashInvalid | InvalidToken::AccessTokenHashMismatch => {
            Diagnosis::IdTokenAccessTokenHash
        }
        // A login refreshes nothing.
        InvalidToken::RefreshedSubjectMismatch { .. }
        | InvalidToken::RefreshedAudienceMismatch { .. }
        | InvalidToken::RefreshedAuthorizedPartyMismatch { .. }
        | InvalidToken::RefreshedIssuedEarlier { .. }
        | InvalidToken::RefreshedAuthTimeMismatch { .. } => Diagnosis::OwnFault,
        InvalidToken::Malformed { .. }
        | InvalidToken::ClaimsMalformed { .. }
        | InvalidToken::ClaimType { .. }
        | InvalidToken::ExpiryMissing
        | InvalidToken::ExpiryInvalid { .. }
        | InvalidToken::IssuedAtMissing
        | InvalidToken::IssuedAtInvalid { .. }
        | InvalidToken::NotBeforeInvalid { .. } => Diagnosis::IdTokenMalformed,
    }
}

fn of_access_token(error: &InvalidAccessToken) -> Diagnosis {
    match error {
        InvalidAccessToken::HeaderType { .. }
        | InvalidAccessToken::BodyType { .. }
        | InvalidAccessToken::IsIdToken
        | InvalidAccessToken::IsLogoutToken
        | InvalidAccessToken::IsIntrospection => Diagnosis::AccessTokenKind,
        InvalidAccessToken::IssuerMismatch { .. }
        | InvalidAccessToken::AuthorizedPartyMismatch { .. }
        | InvalidAccessToken::SubjectMismatch { .. } => Diagnosis::AccessTokenOfAnother,
        InvalidAccessToken::Expired { .. }
        | InvalidAccessToken::IssuedInFuture { .. }
        | InvalidAccessToken::NotYetValid { .. } => Diagnosis::TokenTimes,
        InvalidAccessToken::Malformed { .. }
        | InvalidAccessToken::AlgorithmNotAllowed { .. }
        | InvalidAccessToken::UnknownKey { .. }
        | InvalidAccessToken::NoFittingKey
        | InvalidAccessToken::AmbiguousKey
        | InvalidAccessToken::BadSignature
        | InvalidAccessToken::ClaimsMalformed { .. }
        | InvalidAccessToken::ExpiryInvalid { .. }
        | InvalidAccessToken::IssuedAtInvalid { .. }
        | InvalidAccessToken::NotBeforeInvalid { .. } => Diagnosis::AccessTokenUnusable,
        // These are checked at an API alone.
        InvalidAccessToken::TooLong { .. }
        | InvalidAccessToken::Characters
        | InvalidAccessToken::NotMarked
        | InvalidAccessToken::TokenType { .. }
        | InvalidAccessToken::AudienceInvalid
        | InvalidAccessToken::AudienceMismatch { .. }
        | InvalidAccessToken::SubjectMissing
        | InvalidAccessToken::SubjectInvalid
        | InvalidAccessToken::ClientIdInvalid
        | InvalidAccessToken::JtiInvalid
        | InvalidAccessToken::ScopeInvalid { .. }
        | InvalidAccessToken::ClaimType { .. }
        | InvalidAccessToken::SenderConstrained
        | InvalidAccessToken::IssuedTooLongAgo { .. } => Diagnosis::OwnFault,
    }
}

fn of_unavailable(error: &Unavailable) -> Diagnosis {
    match error {
        Unavailable::NameResolution { .. } => Diagnosis::HostUnknown,
        Unavailable::Connect { .. } => Diagnosis::NoConnection,
        Unavailable::ProxyRefused { .. } | Unavailable::ProxyAnswer { .. } => {
            Diagnosis::ProxyRefused
        }
        Unavailable::Tls { fault, .. } => of_tls(*fault),
        Unavailable::Timeout { .. } => Diagnosis::NoAnswer,
        Unavailable::Status { .. } => Diagnosis::ProviderDown,
        Unavailable::Redirect { .. } => Diagnosis::Redirected,
        Unavailable::TooLarge { .. }
        | Unavailable::HeadersTooLarge { .. }
        | Unavailable::ContentEncoding { .. }
        | Unavailable::Protocol { .. } => Diagnosis::ExchangeBroken,
        Unavailable::Randomness { .. } => Diagnosis::OwnFault,
    }
}

fn of_tls(fault: TlsFault) -> Diagnosis {
    match fault {
        TlsFault::UnknownAuthority => Diagnosis::TlsUnknownAuthority,
        TlsFault::Expired => Diagnosis::TlsExpired,
        TlsFault::NotYetValid => Diagnosis::TlsNotYetValid,
        TlsFault::WrongHost => Diagnosis::TlsWrongHost,
        TlsFault::Other => Diagnosis::TlsFailed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Clipped;

    // RFC 7636 §4.4.1, RFC 9126 §2.3
    #[test]
    fn a_refused_code_challenge_or_scope_is_known_by_the_description() {
        for (description, expected) in [
            (
                "Missing parameter: code_challenge_method",
                Diagnosis::PkceRefused,
            ),
            (
                "code challenge method is not matching the configured one",
                Diagnosis::PkceRefused,
            ),
            ("PKCE verification failed", Diagnosis::PkceRefused),
            ("Invalid scopes: openid hops", Diagnosis::ScopeRefused),
            ("redirect_uri is missing", Diagnosis::RequestRefused),
            ("", Diagnosis::RequestRefused),
        ] {
            let description = Clipped::new(description);
            let error = Error::from(Configuration::InvalidRequest { description });
            assert_eq!(Diagnosis::of(&error), expected, "{error}");
        }
    }
}
