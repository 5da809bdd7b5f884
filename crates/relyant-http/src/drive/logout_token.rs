//! Validates a logout token with the provider's keys. Anybody may send one, so little is done for it before its signature holds.

use relyant_oidc::Error;
use relyant_oidc::logout::back_channel::{self, ValidLogoutToken};

use super::Step;
use crate::provider::Provider;

impl Provider {
    /// Validates a logout token: its form before the provider is asked for anything, and with newer keys at most once in
    /// [`UNKNOWN_KID_PAUSE`](crate::limits::UNKNOWN_KID_PAUSE), however many come.
    ///
    /// That it comes once is for the caller, by its `jti`. Back-Channel Logout §2.6.
    pub fn validate_logout_token(&self, raw: &str) -> Result<ValidLogoutToken, Error> {
        back_channel::check_form(raw)?;
        self.step().validate_logout_token(raw)
    }
}

impl Step<'_> {
    fn validate_logout_token(&self, raw: &str) -> Result<ValidLogoutToken, Error> {
        let metadata = self.metadata()?;
        let registration = self.pinned_registration(&metadata);
        let now = self.provider.clock.unix();
        self.with_keys(&metadata, |keys| {
            back_channel::validate(raw, keys, &metadata, &registration, now)
        })
    }
}
