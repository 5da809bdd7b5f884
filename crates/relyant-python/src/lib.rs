//! The module `relyant._core`: the house's Rust, under Python's names.
//!
//! A phrase book: one file a Python class, in the order of `_core.pyi`, and one file that turns errors into exceptions.
//! Nothing is decided here. The GIL is released around the network alone: a policy or a seal takes less than
//! handing the GIL over and back.

mod authorization_options;
mod client_access_token;
mod decision;
mod end_session_request;
mod error;
mod examination;
mod found_role;
mod functions;
mod json;
mod login_request;
mod policy;
mod reason;
mod refreshed;
mod relying_party;
mod sealer;
mod session_tokens;
mod valid_access_token;
mod valid_front_channel_logout;
mod valid_logout_token;
mod verified_identity;

use pyo3::prelude::*;

#[pymodule]
mod _core {
    use super::{Bound, PyModule, PyResult};
    #[pymodule_export]
    use super::{
        authorization_options::AuthorizationOptions,
        client_access_token::ClientAccessToken,
        decision::Decision,
        end_session_request::EndSessionRequest,
        error::{PolicyError, RelyantError},
        examination::{Examination, LoginExamination, Symptom},
        found_role::FoundRole,
        functions::{
            callback_state, diagnosis_names, error_catalogue, insufficient_user_authentication,
            issuers_of_tokens, key_kinds, new_private_key, policy_keys, preset_also_called,
            preset_names, preset_roles, preset_scopes, preset_title, preset_user_fields,
            public_jwk_set, random_token,
        },
        login_request::LoginRequest,
        policy::Policy,
        reason::Reason,
        refreshed::Refreshed,
        relying_party::RelyingParty,
        sealer::Sealer,
        session_tokens::SessionTokens,
        valid_access_token::ValidAccessToken,
        valid_front_channel_logout::ValidFrontChannelLogout,
        valid_logout_token::ValidLogoutToken,
        verified_identity::VerifiedIdentity,
    };
    use pyo3::types::PyModuleMethods;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        super::error::declare_attributes(module.py())
    }
}
