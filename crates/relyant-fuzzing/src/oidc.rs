//! Targets of relyant-oidc: what a browser and a provider send.

pub mod callback;
pub mod id_token;
pub mod issuer;
pub mod logout_token;
pub mod metadata;
pub mod numeric_date;
mod provider;
pub mod refresh_response;
pub mod token_response;
pub mod transaction;
pub mod userinfo;
