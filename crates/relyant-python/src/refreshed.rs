//! `Refreshed`: what a refresh brought.

use pyo3::prelude::*;

use crate::error::relyant_error;
use crate::session_tokens::SessionTokens;
use crate::verified_identity::VerifiedIdentity;

/// What a refresh brought: the tokens from now on, and who the session is of.
#[pyclass(frozen, module = "relyant._core")]
pub(crate) struct Refreshed(pub(crate) relyant_http::Refreshed);

#[pymethods]
impl Refreshed {
    #[getter]
    fn tokens(&self) -> SessionTokens {
        SessionTokens(self.0.tokens.clone())
    }

    fn identity(&self, py: Python<'_>) -> PyResult<Option<VerifiedIdentity>> {
        match &self.0.identity {
            Ok(identity) => Ok(identity.clone().map(VerifiedIdentity)),
            Err(error) => Err(relyant_error(py, error)),
        }
    }

    #[expect(clippy::unused_self, reason = "Python asks the object")]
    fn __repr__(&self) -> &'static str {
        "<Refreshed>"
    }
}
