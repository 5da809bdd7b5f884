//! Revokes a token of a session that has no use for it any more.

use relyant_oidc::Error;
use relyant_oidc::error::Misuse;
use relyant_oidc::token::revocation::{
    RevocableToken, Revocation, process_revocation_response, revocation_request,
};
use relyant_oidc::token::session_tokens::SessionTokens;

use super::Step;
use crate::provider::Provider;

impl Provider {
    /// Revokes one of a session's tokens; whether it is now good for nothing.
    ///
    /// It isn't where the provider has no revocation endpoint, or doesn't revoke tokens of this kind. RFC 7009 §2.2.1.
    pub fn revoke(&self, tokens: &SessionTokens, kind: RevocableToken) -> Result<bool, Error> {
        self.step().revoke(tokens, kind)
    }
}

impl Step<'_> {
    fn revoke(&self, tokens: &SessionTokens, kind: RevocableToken) -> Result<bool, Error> {
        let token = match kind {
            RevocableToken::Access => tokens.access_secret(),
            RevocableToken::Refresh => tokens.refresh_secret().ok_or(Misuse::NoRefreshToken)?,
        };
        let metadata = self.metadata()?;
        let registration = self.pinned_registration(&metadata);
        let freshness = self.freshness()?;
        let Some(request) = revocation_request(&metadata, &registration, kind, token, freshness)?
        else {
            return Ok(false);
        };
        let response = self.exchange(&request, &metadata)?;
        match process_revocation_response(&request, &response)? {
            Revocation::Done => Ok(true),
            Revocation::UnsupportedTokenType => Ok(false),
        }
    }
}
