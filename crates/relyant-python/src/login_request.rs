//! `LoginRequest`: a login that begins.

use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// A login that begins: where to send the browser, and what to keep until it comes back.
#[pyclass(frozen, module = "relyant._core")]
pub(crate) struct LoginRequest(pub(crate) relyant_http::LoginRequest);

#[pymethods]
impl LoginRequest {
    #[getter]
    fn url(&self) -> &str {
        &self.0.url
    }

    #[getter]
    fn state(&self) -> &str {
        &self.0.state
    }

    #[getter]
    fn transaction<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.transaction)
    }

    #[expect(
        clippy::unused_self,
        reason = "what it has is secret or on its way to the browser"
    )]
    fn __repr__(&self) -> &'static str {
        "<LoginRequest>"
    }
}
