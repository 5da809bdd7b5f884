//! Targets of relyant-oidc: what a browser and a provider send.

pub mod access_token;
pub mod callback;
pub mod claim_source;
pub mod front_channel_logout;
pub mod id_token;
pub mod introspection;
pub mod issuer;
pub mod logout_token;
pub mod metadata;
pub mod numeric_date;
mod provider;
pub mod pushed_response;
pub mod refresh_response;
pub mod token_response;
pub mod transaction;
pub mod userinfo;
