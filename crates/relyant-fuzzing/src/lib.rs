//! Fuzz targets: what a hostile sender may write, and what must hold for all of it. For tests only.
//!
//! A target is one function of bytes. The bytes aren't the message itself but the choices by which it is made
//! ([`choices`]): a valid message first, then its mutations, so that no choice at all is the valid message, and whatever
//! mutates the bytes mutates the message where it matters. `tests/targets.rs` runs every target with proptest, `fuzz/` runs
//! the same functions under libFuzzer. A property that doesn't hold is a panic.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a property that doesn't hold is a panic, and so is a fault of the harness itself"
)]

pub mod choices;
pub mod jose;
mod keys;
mod mutate;
pub mod oidc;
pub mod policy;
mod shown;
mod spell;

/// One fuzz target.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name: of its module, its test, its file of inputs and its program under `fuzz/fuzz_targets`.
    pub name: &'static str,
    /// Makes a message of the bytes, hands it in, and panics where a property doesn't hold.
    pub run: fn(&[u8]),
}

/// All of them.
pub const TARGETS: &[Target] = &[
    target("base64url", jose::base64url::run),
    target("json", jose::json::run),
    target("jws", jose::jws::run),
    target("jws_header", jose::jws_header::run),
    target("mac", jose::mac::run),
    target("jwe", jose::jwe::run),
    target("jwe_header", jose::jwe_header::run),
    target("jwk_set", jose::jwk_set::run),
    target("private_jwk", jose::private_jwk::run),
    target("pem", jose::pem::run),
    target("seal", jose::seal::run),
    target("issuer", oidc::issuer::run),
    target("metadata", oidc::metadata::run),
    target("callback", oidc::callback::run),
    target("transaction", oidc::transaction::run),
    target("token_response", oidc::token_response::run),
    target("refresh_response", oidc::refresh_response::run),
    target("id_token", oidc::id_token::run),
    target("numeric_date", oidc::numeric_date::run),
    target("userinfo", oidc::userinfo::run),
    target("logout_token", oidc::logout_token::run),
    target("front_channel_logout", oidc::front_channel_logout::run),
    target("access_token", oidc::access_token::run),
    target("introspection", oidc::introspection::run),
    target("pushed_response", oidc::pushed_response::run),
    target("claim_source", oidc::claim_source::run),
    target("policy_document", policy::document::run),
    target("claim_path", policy::claim_path::run),
];

const fn target(name: &'static str, run: fn(&[u8])) -> Target {
    Target { name, run }
}

/// Runs the target of that name once.
pub fn run(name: &str, bytes: &[u8]) {
    (find(name).unwrap().run)(bytes);
}

/// The target of that name.
pub fn find(name: &str) -> Option<Target> {
    TARGETS.iter().copied().find(|target| target.name == name)
}
