//! The only crate that opens a connection: drives relyant-oidc over ureq and rustls.
//!
//! A [`Provider`] is one client registration at one provider. Each of its methods is one step of a login and has one deadline
//! for all that it asks the provider. Metadata and keys are kept for each process; connections too, so that a web server
//! may load the site and then fork. There is no runtime, and no thread but the one that a look-up of a host name takes
//! (`resolver.rs`): a step blocks, and whoever calls it from Python releases the GIL first.
//!
//! Every request goes through `destination.rs` (where to) and `client.rs` (within which limits): https, no redirects, nothing
//! decompressed, 512 KiB at most. The numbers are in [`limits`].

mod breaker;
mod cache;
mod claims_provider;
mod client;
pub mod clock;
mod deadline;
mod destination;
mod drive;
mod error;
mod examine;
pub mod limits;
mod pin;
mod process;
mod provider;
mod proxy;
mod resolver;
mod retry_after;
mod time_left;
mod tls;
mod tunnel;

pub use drive::{LoginRequest, Refreshed};
pub use examine::{Addresses, Examination, LoginExamination};
pub use provider::{ClientOptions, Provider, timeout_invalid};
