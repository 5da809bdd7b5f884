//! `Sealer`: seals small values for a cookie or a session.

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use relyant_jose::seal::SealingKeys;

use crate::error::{no_randomness, seal_error};

/// Seals small values for a cookie or a session: AES-256-GCM under keys derived for one purpose.
#[pyclass(frozen, module = "relyant._core")]
pub(crate) struct Sealer {
    keys: SealingKeys,
    purpose: String,
}

#[pymethods]
impl Sealer {
    #[new]
    fn new(secrets: Vec<PyBackedBytes>, purpose: String) -> PyResult<Self> {
        let secrets: Vec<&[u8]> = secrets.iter().map(AsRef::as_ref).collect();
        let keys = SealingKeys::new(&secrets, &purpose).map_err(seal_error)?;
        Ok(Self { keys, purpose })
    }

    fn seal(&self, py: Python<'_>, plaintext: &[u8], bound_to: &[u8]) -> PyResult<String> {
        self.sealed(py, plaintext, bound_to)
    }

    fn open<'py>(
        &self,
        py: Python<'py>,
        sealed: &str,
        bound_to: &[u8],
    ) -> Option<Bound<'py, PyBytes>> {
        self.opened(sealed, bound_to)
            .map(|plaintext| PyBytes::new(py, &plaintext))
    }

    fn __repr__(&self) -> String {
        format!("<Sealer {:?}>", self.purpose)
    }
}

/// As Python has them, for what never becomes a value of Python.
impl Sealer {
    pub(crate) fn sealed(
        &self,
        py: Python<'_>,
        plaintext: &[u8],
        bound_to: &[u8],
    ) -> PyResult<String> {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|error| no_randomness(py, error))?;
        self.keys
            .seal(salt, bound_to, plaintext)
            .map_err(seal_error)
    }

    pub(crate) fn opened(&self, sealed: &str, bound_to: &[u8]) -> Option<Vec<u8>> {
        self.keys.open(bound_to, sealed)
    }
}
