//! Tells the client's server that a session has ended, and waits a moment for its word. Back-Channel Logout §2.5.

use crate::failure::Failure;
use crate::provider::Provider;
use crate::store::Session;
use crate::{client_encryption, clock, logout_token};

/// A logout token that was made for a session, and what became of it.
pub(crate) struct Notice {
    /// The session that has ended.
    pub(crate) sid: String,
    /// The token.
    pub(crate) logout_token: String,
    /// The status that the client's server answered with; none where it has no address, or gave no answer in time.
    pub(crate) status: Option<u16>,
}

/// Makes the logout token of a session that has ended, and sends it where the client has an address for it.
pub(crate) async fn notify(provider: &Provider, session: &Session) -> Result<Notice, Failure> {
    let logout_token = logout_token::issue(provider, session, clock::now())?;
    let logout_token = client_encryption::of_token(provider, logout_token).await?;
    // §2.5: a form with one parameter.
    let answer = match provider.backchannel_logout_uri() {
        Some(uri) => uri.post("logout_token", &logout_token).await,
        None => None,
    };
    Ok(Notice {
        sid: session.sid.clone(),
        logout_token,
        status: answer.map(|answer| answer.status),
    })
}
