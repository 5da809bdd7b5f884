//! `EndSessionRequest`: how the browser is sent to end the provider's session.

use pyo3::prelude::*;
use relyant_oidc::logout::rp_initiated;

/// How the browser is sent to the provider's end-session endpoint: by a redirect, or by a form.
#[pyclass(frozen, module = "relyant._core")]
pub(crate) struct EndSessionRequest(pub(crate) rp_initiated::EndSessionRequest);

#[pymethods]
impl EndSessionRequest {
    #[getter]
    fn url(&self) -> &str {
        self.0.url().as_str()
    }

    #[getter]
    fn fields(&self) -> Option<Vec<(String, String)>> {
        self.0.fields().map(<[_]>::to_vec)
    }

    #[expect(clippy::unused_self, reason = "what it has may hold an ID token")]
    fn __repr__(&self) -> &'static str {
        "<EndSessionRequest>"
    }
}
