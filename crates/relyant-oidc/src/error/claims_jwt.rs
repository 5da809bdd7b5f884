//! What is wrong with a JWT that tells of a person, as the error of the JWT that it is.

use super::{InvalidClaimSource, InvalidUserinfo};
use crate::claims_jwt::Fault;

macro_rules! from_claims_jwt {
    ($($jwt:ident),+) => {
        $(
            impl From<Fault> for $jwt {
                fn from(fault: Fault) -> Self {
                    match fault {
                        Fault::HeaderType { got } => Self::HeaderType { got },
                        Fault::OtherKind { name } => Self::OtherKind { name },
                        Fault::AudienceMismatch { expected, got } => {
                            Self::AudienceMismatch { expected, got }
                        }
                        Fault::TimeInvalid { claim, got } => Self::TimeInvalid { claim, got },
                        Fault::Expired { seconds } => Self::Expired { seconds },
                        Fault::NotYetValid { seconds } => Self::NotYetValid { seconds },
                        Fault::IssuedInFuture { seconds } => Self::IssuedInFuture { seconds },
                    }
                }
            }
        )+
    };
}

from_claims_jwt!(InvalidClaimSource, InvalidUserinfo);
