//! Says what an access token is worth that somebody presented to us: by its signature, or by its issuer's word.

use relyant_oidc::Error;
use relyant_oidc::access_token::{self, Audience, ValidAccessToken};
use relyant_oidc::introspection::{self, introspection_request, process_introspection_response};

use super::Step;
use crate::provider::Provider;

impl Provider {
    /// Validates a JWT access token for the API that is called `audience`: its form before the provider is asked for anything,
    /// and with newer keys at most once in [`UNKNOWN_KID_PAUSE`](crate::limits::UNKNOWN_KID_PAUSE), however many come.
    pub fn validate_access_token(
        &self,
        raw: &str,
        audience: &str,
    ) -> Result<ValidAccessToken, Error> {
        access_token::check_form(raw)?;
        self.step()
            .validate_access_token(raw, &Audience::parse(audience)?)
    }

    /// Asks the issuer what an access token for the API that is called `audience` is; none where it is good for nothing.
    ///
    /// One request for each call, which is never sent again. RFC 7662 §2.
    pub fn introspect(
        &self,
        token: &str,
        audience: &str,
    ) -> Result<Option<ValidAccessToken>, Error> {
        introspection::check_form(token)?;
        self.step().introspect(token, &Audience::parse(audience)?)
    }
}

impl Step<'_> {
    fn validate_access_token(
        &self,
        raw: &str,
        audience: &Audience,
    ) -> Result<ValidAccessToken, Error> {
        let metadata = self.metadata()?;
        let registration = self.pinned_registration(&metadata);
        let now = self.provider.clock.unix();
        self.with_keys(&metadata, |keys| {
            access_token::validate(raw, keys, &metadata, &registration, audience, now)
        })
    }

    fn introspect(
        &self,
        token: &str,
        audience: &Audience,
    ) -> Result<Option<ValidAccessToken>, Error> {
        let metadata = self.metadata()?;
        let registration = self.pinned_registration(&metadata);
        let request = introspection_request(&metadata, &registration, token, self.freshness()?)?;
        let response = self.exchange(&request, &metadata)?;
        let now = self.provider.clock.unix();
        self.with_keys(&metadata, |keys| {
            process_introspection_response(
                &request,
                &response,
                keys,
                &metadata,
                &registration,
                audience,
                now,
            )
        })
    }
}
