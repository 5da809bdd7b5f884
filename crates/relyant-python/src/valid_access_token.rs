//! `ValidAccessToken`: what somebody may do at an API, by the word of the token's issuer.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFrozenSet};
use relyant_oidc::access_token;
use relyant_oidc::id_token::Subject;

use crate::json;

/// An access token that passed every check. `repr` shows neither the token nor its claims.
#[pyclass(frozen, module = "relyant._core")]
pub(crate) struct ValidAccessToken(pub(crate) access_token::ValidAccessToken);

#[pymethods]
impl ValidAccessToken {
    #[getter]
    fn issuer(&self) -> &str {
        self.0.issuer().as_str()
    }

    #[getter]
    fn subject(&self) -> Option<&str> {
        self.0.subject().map(Subject::as_str)
    }

    #[getter]
    fn is_service(&self) -> bool {
        self.0.is_service()
    }

    #[getter]
    fn client_id(&self) -> &str {
        self.0.client_id()
    }

    #[getter]
    fn scopes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyFrozenSet>> {
        PyFrozenSet::new(py, self.0.scopes())
    }

    #[getter]
    fn expires_at(&self) -> Option<i64> {
        self.0.expires_at().map(|time| time.0)
    }

    #[getter]
    fn auth_time(&self) -> Option<i64> {
        self.0.auth_time().map(|time| time.0)
    }

    #[getter]
    fn acr(&self) -> Option<&str> {
        self.0.acr()
    }

    #[getter]
    fn amr(&self) -> Vec<&str> {
        self.0.amr()
    }

    fn claims<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        json::dict(py, self.0.claims())
    }

    fn __repr__(&self) -> String {
        format!("<ValidAccessToken of {:?}>", self.issuer())
    }
}
