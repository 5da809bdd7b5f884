//! The token endpoint: from a code to tokens. Core §3.1.3.

pub mod client_authentication;
pub mod request;
pub mod response;
