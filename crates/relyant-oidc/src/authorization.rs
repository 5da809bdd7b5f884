//! The authorization endpoint: the request through the browser, and what comes back. Core §3.1.2.

mod claims_request;
pub mod demands;
pub mod options;
mod pkce;
pub mod pushed;
pub mod request;
pub mod response;
pub mod transaction;
