//! Everything that can go wrong, sorted by who must act.

mod claims_jwt;
mod clipped;
mod codes;
mod configuration;
mod incompatible;
mod invalid_access_token;
mod invalid_claim_source;
mod invalid_front_channel_logout;
mod invalid_introspection;
mod invalid_logout_token;
mod invalid_token;
mod invalid_userinfo;
mod misbehaved;
mod misuse;
mod refused;
mod signature;
mod transaction;
mod unavailable;

use std::fmt;

pub use clipped::Clipped;
pub use configuration::Configuration;
pub use incompatible::Incompatible;
pub use invalid_access_token::InvalidAccessToken;
pub use invalid_claim_source::InvalidClaimSource;
pub use invalid_front_channel_logout::InvalidFrontChannelLogout;
pub use invalid_introspection::InvalidIntrospection;
pub use invalid_logout_token::InvalidLogoutToken;
pub use invalid_token::InvalidToken;
pub use invalid_userinfo::InvalidUserinfo;
pub use misbehaved::Misbehaved;
pub use misuse::Misuse;
pub use refused::Refused;
pub(crate) use signature::SignatureFault;
pub use transaction::Transaction;
pub use unavailable::{TlsFault, Unavailable};

/// A check that failed: one variant a check in each of the kinds.
///
/// `Display` is the operator's message: no secret, and untrusted text only through [`Clipped`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The operator must act: a setting here, or the client at the provider.
    Configuration(Configuration),
    /// The provider said no, in OAuth's words.
    Refused(Refused),
    /// The browser brought something unknown, expired or malformed: start again.
    Transaction(Transaction),
    /// The request to the front-channel logout address is none that this provider's page makes.
    InvalidFrontChannelLogout(InvalidFrontChannelLogout),
    /// The provider broke the specification.
    Misbehaved(Misbehaved),
    /// The provider asks for, or is set to, something that we don't do.
    Incompatible(Incompatible),
    /// The ID token failed a check.
    InvalidToken(InvalidToken),
    /// The access token failed a check: presented to an API, or read as a source of claims.
    InvalidAccessToken(InvalidAccessToken),
    /// The signed introspection answer failed a check.
    InvalidIntrospection(InvalidIntrospection),
    /// The logout token failed a check.
    InvalidLogoutToken(InvalidLogoutToken),
    /// The signed userinfo answer failed a check.
    InvalidUserinfo(InvalidUserinfo),
    /// A source of aggregated or distributed claims failed a check.
    InvalidClaimSource(InvalidClaimSource),
    /// The network failed, the provider is down, or the machine has no randomness. Made at the edges.
    Unavailable(Unavailable),
    /// Our own bug: never caused by untrusted data.
    Misuse(Misuse),
}

/// Who must act about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The operator.
    Configuration,
    /// The visitor, or whoever grants access at the provider.
    Refused,
    /// The visitor, by starting again.
    Transaction,
    /// The provider's maintainers.
    Misbehaved,
    /// The operator of the provider.
    Incompatible,
    /// The provider's maintainers, or an attack was stopped.
    InvalidToken,
    /// Nobody but time, or whoever runs the network.
    Unavailable,
    /// Relyant's maintainers.
    Misuse,
}

impl ErrorKind {
    /// The first part of this kind's codes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Refused => "refused",
            Self::Transaction => "transaction",
            Self::Misbehaved => "misbehaved",
            Self::Incompatible => "incompatible",
            Self::InvalidToken => "invalid_token",
            Self::Unavailable => "unavailable",
            Self::Misuse => "misuse",
        }
    }
}

impl Error {
    /// Who must act.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Configuration(_) => ErrorKind::Configuration,
            Self::Refused(_) => ErrorKind::Refused,
            Self::Transaction(_) | Self::InvalidFrontChannelLogout(_) => ErrorKind::Transaction,
            Self::Misbehaved(_) => ErrorKind::Misbehaved,
            Self::Incompatible(_) => ErrorKind::Incompatible,
            Self::InvalidToken(_)
            | Self::InvalidAccessToken(_)
            | Self::InvalidIntrospection(_)
            | Self::InvalidLogoutToken(_)
            | Self::InvalidUserinfo(_)
            | Self::InvalidClaimSource(_) => ErrorKind::InvalidToken,
            Self::Unavailable(_) => ErrorKind::Unavailable,
            Self::Misuse(_) => ErrorKind::Misuse,
        }
    }

    /// The stable code, such as `invalid_token.nonce_mismatch`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Configuration(error) => error.code(),
            Self::Refused(error) => error.code(),
            Self::Transaction(error) => error.code(),
            Self::InvalidFrontChannelLogout(error) => error.code(),
            Self::Misbehaved(error) => error.code(),
            Self::Incompatible(error) => error.code(),
            Self::InvalidToken(error) => error.code(),
            Self::InvalidAccessToken(error) => error.code(),
            Self::InvalidIntrospection(error) => error.code(),
            Self::InvalidLogoutToken(error) => error.code(),
            Self::InvalidUserinfo(error) => error.code(),
            Self::InvalidClaimSource(error) => error.code(),
            Self::Unavailable(error) => error.code(),
            Self::Misuse(error) => error.code(),
        }
    }

    /// Whether the token may be signed with a key that is newer than the set it was checked with,
    /// which justifies one refetch of the keys. Core §10.1.1.
    ///
    /// Not every provider gives a new key a new `kid`, or any: the old key, none or several then
    /// seem to be meant.
    pub fn may_need_newer_keys(&self) -> bool {
        matches!(
            self,
            Self::InvalidToken(
                InvalidToken::UnknownKey { .. }
                    | InvalidToken::NoFittingKey
                    | InvalidToken::AmbiguousKey
                    | InvalidToken::BadSignature
            ) | Self::InvalidAccessToken(
                InvalidAccessToken::UnknownKey { .. }
                    | InvalidAccessToken::NoFittingKey
                    | InvalidAccessToken::AmbiguousKey
                    | InvalidAccessToken::BadSignature
            ) | Self::InvalidIntrospection(
                InvalidIntrospection::UnknownKey { .. }
                    | InvalidIntrospection::NoFittingKey
                    | InvalidIntrospection::AmbiguousKey
                    | InvalidIntrospection::BadSignature
            ) | Self::InvalidLogoutToken(
                InvalidLogoutToken::UnknownKey { .. }
                    | InvalidLogoutToken::NoFittingKey
                    | InvalidLogoutToken::AmbiguousKey
                    | InvalidLogoutToken::BadSignature
            ) | Self::InvalidUserinfo(
                InvalidUserinfo::UnknownKey { .. }
                    | InvalidUserinfo::NoFittingKey
                    | InvalidUserinfo::AmbiguousKey
                    | InvalidUserinfo::BadSignature
            ) | Self::InvalidClaimSource(
                InvalidClaimSource::UnknownKey { .. }
                    | InvalidClaimSource::NoFittingKey
                    | InvalidClaimSource::AmbiguousKey
                    | InvalidClaimSource::BadSignature
            )
        )
    }

    /// The seconds after which the provider asked to be tried again.
    pub fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Unavailable(Unavailable::Status { retry_after, .. }) => *retry_after,
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration(error) => error.fmt(formatter),
            Self::Refused(error) => error.fmt(formatter),
            Self::Transaction(error) => error.fmt(formatter),
            Self::InvalidFrontChannelLogout(error) => error.fmt(formatter),
            Self::Misbehaved(error) => error.fmt(formatter),
            Self::Incompatible(error) => error.fmt(formatter),
            Self::InvalidToken(error) => error.fmt(formatter),
            Self::InvalidAccessToken(error) => error.fmt(formatter),
            Self::InvalidIntrospection(error) => error.fmt(formatter),
            Self::InvalidLogoutToken(error) => error.fmt(formatter),
            Self::InvalidUserinfo(error) => error.fmt(formatter),
            Self::InvalidClaimSource(error) => error.fmt(formatter),
            Self::Unavailable(error) => error.fmt(formatter),
            Self::Misuse(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for Error {}

/// Every code with the sentence that explains it, in the order of the kinds.
pub fn catalogue() -> Vec<(&'static str, &'static str)> {
    [
        Configuration::CATALOGUE,
        Refused::CATALOGUE,
        Transaction::CATALOGUE,
        InvalidFrontChannelLogout::CATALOGUE,
        Misbehaved::CATALOGUE,
        Incompatible::CATALOGUE,
        InvalidToken::CATALOGUE,
        InvalidAccessToken::CATALOGUE,
        InvalidIntrospection::CATALOGUE,
        InvalidLogoutToken::CATALOGUE,
        InvalidUserinfo::CATALOGUE,
        InvalidClaimSource::CATALOGUE,
        Unavailable::CATALOGUE,
        Misuse::CATALOGUE,
    ]
    .concat()
    .into_iter()
    .map(|(code, meaning)| (code, meaning.trim()))
    .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const KINDS: [ErrorKind; 8] = [
        ErrorKind::Configuration,
        ErrorKind::Refused,
        ErrorKind::Transaction,
        ErrorKind::Misbehaved,
        ErrorKind::Incompatible,
        ErrorKind::InvalidToken,
        ErrorKind::Unavailable,
        ErrorKind::Misuse,
    ];

    #[test]
    fn codes_are_unique_and_begin_with_the_name_of_a_kind() {
        let codes: BTreeSet<_> = catalogue().into_iter().map(|(code, _)| code).collect();
        assert_eq!(codes.len(), catalogue().len());
        for code in codes {
            let (kind, check) = code.split_once('.').unwrap();
            assert!(KINDS.iter().any(|known| known.name() == kind), "{code}");
            assert!(
                check
                    .bytes()
                    .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')),
                "{code}"
            );
        }
    }

    #[test]
    fn every_meaning_is_one_sentence() {
        for (code, meaning) in catalogue() {
            assert!(
                meaning.ends_with('.') && !meaning.contains("  "),
                "{code}: {meaning}"
            );
            assert_eq!(meaning.matches(". ").count(), 0, "{code}: {meaning}");
        }
    }

    #[test]
    fn an_error_speaks_with_the_code_of_its_check_and_the_kind_of_its_code() {
        let got = Clipped::new("x");
        let samples: [Error; 14] = [
            Configuration::IssuerNotHttps { got: got.clone() }.into(),
            Refused::InvalidGrant {
                description: got.clone(),
            }
            .into(),
            Transaction::StateMismatch.into(),
            InvalidFrontChannelLogout::SidInvalid.into(),
            Misbehaved::MetadataMissing { name: "issuer" }.into(),
            Incompatible::EncryptedIdToken.into(),
            InvalidToken::NonceMismatch.into(),
            InvalidAccessToken::BadSignature.into(),
            InvalidIntrospection::Unsigned.into(),
            InvalidLogoutToken::NoncePresent.into(),
            InvalidUserinfo::Unsigned.into(),
            InvalidClaimSource::BadSignature.into(),
            Unavailable::Timeout {
                host: got.clone(),
                seconds: 5,
            }
            .into(),
            Misuse::KeysOfAnotherIssuer.into(),
        ];
        for error in samples {
            let (kind, _) = error.code().split_once('.').unwrap();
            assert_eq!(kind, error.kind().name());
            assert!(
                catalogue().iter().any(|(code, _)| *code == error.code()),
                "{}",
                error.code()
            );
        }
    }

    #[test]
    fn messages_name_the_limits_as_they_are() {
        let samples: [(Error, &str); 11] = [
            (
                Transaction::QueryTooLong { bytes: 9_000 }.into(),
                "8192 at most",
            ),
            (
                Transaction::Expired { seconds: 601 }.into(),
                "less than 600",
            ),
            (
                InvalidToken::IssuedTooLongAgo { seconds: 661 }.into(),
                "at most 600 and 60 of leeway",
            ),
            (InvalidToken::SubjectInvalid.into(), "1 to 255 "),
            (
                InvalidLogoutToken::IssuedTooLongAgo { seconds: 181 }.into(),
                "at most 120 and 60 of leeway",
            ),
            (InvalidLogoutToken::SubjectInvalid.into(), "1 to 255 "),
            (InvalidClaimSource::SubjectInvalid.into(), "1 to 255 "),
            (InvalidLogoutToken::SidInvalid.into(), "1 to 255 "),
            (InvalidLogoutToken::JtiInvalid.into(), "1 to 255 "),
            (InvalidFrontChannelLogout::SidInvalid.into(), "1 to 255 "),
            (
                InvalidFrontChannelLogout::QueryTooLong { bytes: 9_000 }.into(),
                "8192 at most",
            ),
        ];
        for (error, named) in samples {
            assert!(error.to_string().contains(named), "{error}");
        }
    }

    #[test]
    fn messages_say_what_was_expected_and_what_came() {
        let clipped = |text: &str| Clipped::new(text);
        macro_rules! not_allowed {
            ($($token:ident),+) => {
                [$(Error::from($token::AlgorithmNotAllowed {
                    expected: clipped("ES256 RS256"),
                    got: clipped("none"),
                }),)+]
            };
        }
        let not_allowed = not_allowed!(
            InvalidToken,
            InvalidAccessToken,
            InvalidIntrospection,
            InvalidLogoutToken,
            InvalidUserinfo,
            InvalidClaimSource
        );
        for error in not_allowed {
            let message = error.to_string();
            assert!(message.contains("`alg` is `none`"), "{message}");
            assert!(message.ends_with("one of `ES256 RS256`"), "{message}");
        }
        let header_type = InvalidAccessToken::HeaderType {
            expected: clipped("at+jwt or JWT"),
            got: clipped("logout+jwt"),
        };
        assert_eq!(
            header_type.to_string(),
            "the access token's header `typ` is `logout+jwt`, expected `at+jwt or JWT`"
        );
    }

    #[test]
    fn messages_begin_in_lower_case_and_have_no_full_stop() {
        let error = Error::from(InvalidToken::Expired { seconds: 61 });
        assert_eq!(
            error.to_string(),
            "the ID token expired 61 s ago: it is old, or the provider's clock and this server's differ"
        );
        assert_eq!(error.code(), "invalid_token.expired");
    }
}
