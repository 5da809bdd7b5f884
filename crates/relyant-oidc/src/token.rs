//! The token endpoint: from a code to tokens, and what may become of them. Core §3.1.3, §12.

pub mod client_assertion;
pub mod client_authentication;
pub mod client_credentials;
pub mod refresh;
pub mod request;
pub(crate) mod resource;
pub mod response;
pub mod revocation;
mod sent;
pub mod session_tokens;
