//! Gets an access token for the client itself.

use relyant_oidc::Error;
use relyant_oidc::token::client_credentials::{
    ClientAccessToken, client_credentials_request, process_client_credentials_response,
};

use super::Step;
use crate::provider::Provider;

impl Provider {
    /// An access token of the client's own, for `scopes` and the APIs at `resources`; each call gets a new one.
    pub fn client_credentials(
        &self,
        scopes: &[&str],
        resources: &[&str],
    ) -> Result<ClientAccessToken, Error> {
        self.step().client_credentials(scopes, resources)
    }
}

impl Step<'_> {
    fn client_credentials(
        &self,
        scopes: &[&str],
        resources: &[&str],
    ) -> Result<ClientAccessToken, Error> {
        let metadata = self.metadata()?;
        let registration = self.pinned_registration(&metadata);
        let request = client_credentials_request(
            &metadata,
            &registration,
            scopes,
            resources,
            self.freshness()?,
        )?;
        let response = self.exchange(&request, &metadata)?;
        process_client_credentials_response(&request, &response, self.provider.clock.unix())
    }
}
