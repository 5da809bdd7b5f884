//! What the signature layer finds wrong with a token, as the error of the token that it is.

use relyant_jose::json::JsonError;
use relyant_jose::jws::JwsError;

use super::{
    Clipped, InvalidAccessToken, InvalidClaimSource, InvalidIntrospection, InvalidLogoutToken,
    InvalidToken, InvalidUserinfo,
};

macro_rules! from_signature_layer {
    ($($token:ident),+) => {
        $(
            impl From<JwsError> for $token {
                fn from(error: JwsError) -> Self {
                    match error {
                        JwsError::UnknownAlgorithm { got } => Self::AlgorithmNotAllowed {
                            got: Clipped::new(&got),
                        },
                        JwsError::AlgorithmNotAllowed { got } => Self::AlgorithmNotAllowed {
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
