//! Front-channel logout: what a frame's query says, and whose pages may frame the answer.

use relyant_oidc::Error;
use relyant_oidc::logout::front_channel::{self, ValidFrontChannelLogout};

use crate::provider::Provider;

impl Provider {
    /// Validates the query of a request to the front-channel logout address; no network. Front-Channel Logout 1.0 §2, §3.
    pub fn validate_front_channel_logout(
        &self,
        query: &str,
    ) -> Result<ValidFrontChannelLogout, Error> {
        front_channel::validate(query, &self.issuer)
    }

    /// The origins whose pages may frame the answer; where the provider's metadata can't be had, the issuer's alone.
    pub fn framing_origins(&self) -> Vec<String> {
        let metadata = self.step().metadata().ok();
        front_channel::framing_origins(&self.issuer, metadata.as_deref())
    }
}
