//! The specifications, section by section: one valid message plus one mutation, and the exact error.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that can't go on fails"
)]

mod access_token;
mod authorization_request;
mod authorization_response;
mod back_channel_logout;
mod brewery;
mod claim_sources;
mod claim_sources_jwt;
mod client_authentication;
mod client_credentials;
mod diagnosis;
mod diagnosis_of_error;
mod diagnosis_of_keys;
mod diagnosis_of_login;
mod discovery;
mod encryption;
mod front_channel_logout;
mod id_token;
mod id_token_mac;
mod id_token_of_provider;
mod id_token_signature;
mod id_token_times;
mod identity;
mod introspection;
mod journey;
mod jwk_set;
mod pushed_authorization;
mod refresh;
mod revocation;
mod rfc9068;
mod rfc9068_form;
mod rfc9068_profile;
mod rfc9470;
mod rfc9701;
mod rp_initiated_logout;
mod tenants;
mod token_kinds;
mod token_request;
mod token_response;
mod userinfo;
mod userinfo_jwt;
