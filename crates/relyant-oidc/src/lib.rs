//! OpenID Connect relying party, sans-IO: requests out, answers in, verdicts.
//!
//! Time, randomness and network come in as arguments. Each step is a pair, `x_request(…)` and
//! `process_x_response(…)`, and leaves a receipt that the next step asks for:
//!
//! | step | receipt |
//! |---|---|
//! | [`discovery`] | [`provider_metadata::ProviderMetadata`] |
//! | [`jwks`] | [`jwks::IssuerKeys`] |
//! | [`authorization::response`] | [`authorization::response::AuthorizationCode`] |
//! | [`token::response`] | [`token::response::TokenResponse`] |
//! | [`id_token`] | [`id_token::ValidIdToken`] |
//! | [`userinfo`], [`access_token`], [`claim_sources`] | [`identity::Claims`] |
//! | [`identity`] | [`identity::VerifiedIdentity`] |
//! | [`token::refresh`] | [`token::refresh::RefreshedTokens`] |
//! | [`access_token`], [`introspection`] | [`access_token::ValidAccessToken`] |
//! | [`logout::back_channel`] | [`logout::back_channel::ValidLogoutToken`] |
//!
//! Receipts that stand for a passed check are made by constructors called `receipt`, so that one
//! search finds everything that this crate trusts.
//!
//! Specifications, cited by short name: OpenID Connect Core 1.0
//! (<https://openid.net/specs/openid-connect-core-1_0.html>), Discovery 1.0
//! (<https://openid.net/specs/openid-connect-discovery-1_0.html>), RP-Initiated Logout 1.0
//! (<https://openid.net/specs/openid-connect-rpinitiated-1_0.html>), Back-Channel Logout 1.0
//! (<https://openid.net/specs/openid-connect-backchannel-1_0.html>), and RFCs by number.

pub mod access_token;
mod authentic;
pub mod authorization;
pub mod challenge;
mod characters;
pub mod claim_sources;
mod claims_jwt;
pub mod client_key;
pub mod client_keys;
pub mod clock;
pub mod decryption_keys;
pub mod diagnosis;
pub mod discovery;
pub mod error;
pub mod http;
pub mod id_token;
pub mod identity;
pub mod introspection;
pub mod issuer;
mod json_type;
pub mod jwks;
pub mod limits;
pub mod logout;
mod numeric_date;
pub mod provider_metadata;
pub mod registration;
pub mod secret;
pub mod strict_url;
pub mod tenants;
pub mod token;
pub mod transport;
mod unverified;
pub mod userinfo;

pub use error::{Error, ErrorKind};
