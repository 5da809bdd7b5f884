//! Whether authorization requests may or must be pushed. RFC 9126 §5.

use clap::ValueEnum;
use serde::Deserialize;

/// What the metadata says; the endpoint itself is always there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PushedAuthorization {
    /// Nothing: requests go by the browser, in readable addresses
    #[default]
    Unsaid,
    /// That requests may be pushed
    Offered,
    /// That they must be; others are refused
    Required,
}

impl PushedAuthorization {
    /// Whether the metadata names the endpoint.
    pub(crate) fn is_offered(self) -> bool {
        self != Self::Unsaid
    }

    /// Whether a request that isn't pushed is refused.
    pub(crate) fn is_required(self) -> bool {
        self == Self::Required
    }
}
