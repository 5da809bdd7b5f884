//! `Reason`: why one right was granted or not.

use pyo3::prelude::*;

use crate::found_role::FoundRole;

/// Why one right was granted or not.
#[pyclass(frozen, module = "relyant._core")]
pub(crate) struct Reason(pub(crate) relyant_policy::Reason);

#[pymethods]
impl Reason {
    #[getter]
    fn effect(&self) -> String {
        self.0.effect.to_string()
    }

    #[getter]
    fn granted(&self) -> bool {
        self.0.granted
    }

    #[getter]
    fn because(&self) -> Option<FoundRole> {
        self.0.because.as_ref().map(FoundRole::from)
    }

    #[getter]
    fn needs(&self) -> Vec<String> {
        self.0.needs.clone()
    }

    #[getter]
    fn roles(&self) -> Vec<String> {
        self.0.roles.clone()
    }

    #[getter]
    fn words(&self) -> &str {
        &self.0.words
    }

    fn __repr__(&self) -> String {
        format!(
            "<Reason {} {}>",
            self.0.effect,
            if self.0.granted {
                "granted"
            } else {
                "not granted"
            }
        )
    }
}
