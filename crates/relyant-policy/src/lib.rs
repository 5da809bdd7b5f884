//! Claims to a decision: a total function with reasons.
//!
//! A [`Policy`] is parsed once from a document (plain JSON) and a [`Preset`], which is data about where a provider
//! puts roles and names. It is evaluated for each login over the claims of one verified identity, and answers with a
//! [`Decision`]: may the person enter, which groups and flags are hers, and which role at which claim of which token
//! is the reason.
//!
//! Nothing here knows Django, a clock or a network, nor the protocol but for `_claim_names` (OpenID Connect Core §5.6.2) and the
//! sources that it names.
//! Nothing here panics, and no mistake in a document or in a claim grants a right.

mod address;
mod claim_path;
mod condition;
mod condition_error;
mod decision;
mod document;
mod error;
mod evaluate;
mod json_type;
pub mod limits;
mod lint;
mod name;
mod nearest;
mod pattern;
mod policy;
mod preset;
mod role_path;
mod roles;
mod rule;
mod scalar;
mod sources;
mod user;

pub use claim_path::{ClaimPath, ClaimPathError};
pub use condition_error::{ConditionProblem, Expected};
pub use decision::{
    ClaimFault, Decision, Effect, FoundRole, Groups, Permissions, Reason, Refusal, SignIn, Verdict,
    Warning,
};
pub use document::{DOCUMENT_KEYS, DocumentKey};
pub use error::{DocumentError, Problem};
pub use json_type::JsonType;
pub use lint::{Asked, Lint, Oddity};
pub use name::NameProblem;
pub use pattern::PatternProblem;
pub use policy::{Policy, RuleView};
pub use preset::{
    AccessTokenClaims, AccessTokens, Account, IdTokens, Leniency, Logout, Preset, Tenants,
    UnknownPreset, preset, preset_names,
};
pub use role_path::{RolePath, Shape};

/// The claims of one source, or a document: a JSON object.
pub type Object = serde_json::Map<String, serde_json::Value>;
