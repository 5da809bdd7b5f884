//! The token endpoint: from a code to tokens, and what may become of them. Core §3.1.3, §12.

pub mod client_assertion;
pub mod client_authentication;
pub mod refresh;
pub mod request;
pub mod response;
pub mod revocation;
