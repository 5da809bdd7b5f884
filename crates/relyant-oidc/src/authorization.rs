//! The authorization endpoint: the request through the browser, and what comes back. Core §3.1.2.

mod pkce;
pub mod request;
pub mod response;
pub mod transaction;
