//! Refreshes the tokens of a session, and asks again what a login asks with them.

use relyant_oidc::Error;
use relyant_oidc::error::Misuse;
use relyant_oidc::id_token::ValidIdToken;
use relyant_oidc::identity::VerifiedIdentity;
use relyant_oidc::provider_metadata::ProviderMetadata;
use relyant_oidc::registration::ClientRegistration;
use relyant_oidc::token::refresh::{
    RefreshedTokens, process_refresh_response, refresh_request, validate_refreshed,
};
use relyant_oidc::token::session_tokens::SessionTokens;

use super::{ExchangedCode, Step};
use crate::provider::Provider;

/// What a refresh brought. `Debug` shows no token.
#[derive(Debug, Clone)]
pub struct Refreshed {
    /// The tokens from now on, to be kept before anything else is done: the former may be good for nothing any more.
    pub tokens: SessionTokens,
    /// Whose session it is and what is said of her now, by a new ID token; none where the provider gave none.
    ///
    /// An error where that could not be read, although the tokens are good.
    pub identity: Result<Option<VerifiedIdentity>, Error>,
}

impl Provider {
    /// Refreshes the tokens of a session, by one request that is never sent again: its refresh token may be used by it, also
    /// where no answer comes. RFC 9700 §4.14.2.
    ///
    /// [`Refused::RefreshToken`](relyant_oidc::error::Refused::RefreshToken) ends the session; an ID token that doesn't belong
    /// to it ends it too (Core §12.2). An [`Error::Unavailable`] says nothing about it.
    pub fn refresh(&self, tokens: &SessionTokens) -> Result<Refreshed, Error> {
        self.step().refresh(tokens)
    }
}

impl Step<'_> {
    fn refresh(&self, former: &SessionTokens) -> Result<Refreshed, Error> {
        let refresh_token = former.refresh_secret().ok_or(Misuse::NoRefreshToken)?;
        let metadata = self.metadata()?;
        // The keys before the request: a refresh token may be good for one, and would be lost without them.
        self.keys(&metadata)?;
        let registration = self.pinned_registration(&metadata);
        let request = refresh_request(&metadata, &registration, refresh_token, self.freshness()?)?;
        let response = self.exchange(&request, &metadata)?;
        let answered_at = self.provider.clock.unix();
        let refreshed = process_refresh_response(&request, refresh_token, &response)?;
        let id_token = match self.refreshed_id_token(&refreshed, former, &metadata, &registration) {
            Ok(id_token) => id_token,
            // A newer key that can't be fetched now says nothing against the tokens.
            Err(error @ Error::Unavailable(_)) => {
                return Ok(Refreshed {
                    tokens: former.refreshed(&refreshed, None, answered_at),
                    identity: Err(error),
                });
            }
            Err(error) => return Err(error),
        };
        let tokens = former.refreshed(&refreshed, id_token.as_ref(), answered_at);
        let identity = id_token.map(|id_token| {
            self.identity(ExchangedCode {
                id_token,
                tokens: tokens.clone(),
                metadata,
                registration,
            })
        });
        Ok(Refreshed {
            tokens,
            identity: identity.transpose(),
        })
    }

    fn refreshed_id_token(
        &self,
        refreshed: &RefreshedTokens,
        former: &SessionTokens,
        metadata: &ProviderMetadata,
        registration: &ClientRegistration,
    ) -> Result<Option<ValidIdToken>, Error> {
        let Some(raw) = refreshed.id_token() else {
            return Ok(None);
        };
        let now = self.provider.clock.unix();
        let validated = self.with_keys(metadata, |keys| {
            validate_refreshed(
                raw,
                keys,
                metadata,
                registration,
                former.former_id_token(),
                refreshed.access_token(),
                now,
            )
        });
        validated.map(Some)
    }
}
