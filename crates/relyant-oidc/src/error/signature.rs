//! What the signature layer finds wrong with a token, as the error of the token that it is.

use relyant_jose::json::JsonError;
use relyant_jose::jws::JwsError;

use super::{
    Clipped, InvalidAccessToken, InvalidClaimSource, InvalidIntrospection, InvalidLogoutToken,
    InvalidToken, InvalidUserinfo,
};

/// What the signature layer refuses, and what it would have taken.
pub(crate) struct SignatureFault {
    /// What is wrong.
    pub(crate) error: JwsError,
    /// The algorithms that count here, with a blank between them.
    pub(crate) algorithms: Clipped,
}

macro_rules! from_signature_layer {
    ($($token:ident),+) => {
        $(
            impl From<SignatureFault> for $token {
                fn from(fault: SignatureFault) -> Self {
                    let expected = fault.algorithms;
                    match fault.error {
                        JwsError::UnknownAlgorithm { got } => Self::AlgorithmNotAllowed {
                            expected,
                            got: Clipped::new(&got),
                        },
                        JwsError::AlgorithmNotAllowed { got } => Self::AlgorithmNotAllowed {
                            expected,
                            got: Clipped::new(got.name()),
                        },
                        JwsError::UnknownKid { kid } => Self::UnknownKey {
                            kid: Clipped::new(&kid),
                        },
                        JwsError::NoFittingKey => Self::NoFittingKey,
                        JwsError::AmbiguousKey => Self::AmbiguousKey,
                        JwsError::BadSignature => Self::BadSignature,
                        form @ (JwsError::TooLong
                        | JwsError::NotCompact
                        | JwsError::Encrypted
                        | JwsError::Base64Url
                        | JwsError::Header(_)) => Self::Malformed {
                            reason: Clipped::new(&form.to_string()),
                        },
                    }
                }
            }

            impl From<JsonError> for $token {
                fn from(error: JsonError) -> Self {
                    Self::ClaimsMalformed {
                        reason: Clipped::new(&error.to_string()),
                    }
                }
            }
        )+
    };
}

from_signature_layer!(
    InvalidToken,
    InvalidAccessToken,
    InvalidClaimSource,
    InvalidIntrospection,
    InvalidLogoutToken,
    InvalidUserinfo
);
