//! Whether what tells the client of a logout names the session, by the names of Dynamic Client Registration.

use clap::{ArgAction, Args};
use serde::Deserialize;

/// Whether the client needs the session's id; Keycloak's clients do, unless they are registered otherwise.
#[derive(Debug, Clone, Copy, Args, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LogoutSession {
    /// Whether logout tokens have a `sid`
    // Back-Channel Logout §2.2.
    #[arg(long, action = ArgAction::Set, default_value_t = true, value_name = "BOOL")]
    pub(crate) backchannel_logout_session_required: bool,
    /// Whether the frame's address has `iss` and `sid`
    // Front-Channel Logout §2.
    #[arg(long, action = ArgAction::Set, default_value_t = true, value_name = "BOOL")]
    pub(crate) frontchannel_logout_session_required: bool,
}

impl Default for LogoutSession {
    fn default() -> Self {
        Self {
            backchannel_logout_session_required: true,
            frontchannel_logout_session_required: true,
        }
    }
}
