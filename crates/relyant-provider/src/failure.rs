//! What can fail inside the provider itself; a wrong request is an answer, not a failure.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use relyant_jose::jwe::{EncryptError, KeyManagementAlgorithm};
use relyant_jose::jwk::JwkError;
use relyant_jose::sign::SignError;

/// The provider could not do its work; the visitor gets a plain 500.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The operating system gave no random bytes.
    Randomness(getrandom::Error),
    /// A key could not be made or used.
    Signing(SignError),
    /// A token could not be encrypted.
    Encrypting(EncryptError),
    /// The client's secret can't be used as a key.
    Secret(JwkError),
    /// The client publishes no key to encrypt to by this algorithm, or its keys can't be had.
    NoClientKey(KeyManagementAlgorithm),
}

impl From<getrandom::Error> for Failure {
    fn from(error: getrandom::Error) -> Self {
        Self::Randomness(error)
    }
}

impl From<SignError> for Failure {
    fn from(error: SignError) -> Self {
        Self::Signing(error)
    }
}

impl From<EncryptError> for Failure {
    fn from(error: EncryptError) -> Self {
        Self::Encrypting(error)
    }
}

impl From<JwkError> for Failure {
    fn from(error: JwkError) -> Self {
        Self::Secret(error)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Randomness(error) => write!(formatter, "no randomness: {error}"),
            Self::Signing(error) => write!(formatter, "signing failed: {error}"),
            Self::Encrypting(error) => write!(formatter, "encrypting failed: {error}"),
            Self::Secret(error) => write!(formatter, "the client's secret is no key: {error}"),
            Self::NoClientKey(algorithm) => {
                write!(
                    formatter,
                    "the client publishes no key for {algorithm}, or its keys can't be had"
                )
            }
        }
    }
}

impl std::error::Error for Failure {}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("the development provider failed: {self}\n"),
        )
            .into_response()
    }
}
