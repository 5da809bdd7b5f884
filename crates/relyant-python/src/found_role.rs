//! `FoundRole`: a role, and where it came from.

use pyo3::prelude::*;

/// A role, and where it came from.
#[pyclass(frozen, eq, hash, module = "relyant._core")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct FoundRole {
    #[pyo3(get)]
    role: String,
    #[pyo3(get)]
    path: String,
    #[pyo3(get)]
    source: String,
}

#[pymethods]
impl FoundRole {
    fn __repr__(&self) -> String {
        format!(
            "<FoundRole {:?} at {:?} of {}>",
            self.role, self.path, self.source
        )
    }
}

impl From<&relyant_policy::FoundRole> for FoundRole {
    fn from(found: &relyant_policy::FoundRole) -> Self {
        Self {
            role: found.role.clone(),
            path: found.path.to_string(),
            source: found.source.to_string(),
        }
    }
}
