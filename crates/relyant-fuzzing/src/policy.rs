//! Targets of relyant-policy: the document of an operator, and claims that meet it.

pub mod claim_path;
pub mod document;
