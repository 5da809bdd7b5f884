//! `ValidLogoutToken`: the provider's word that a session or a person is signed out.

use pyo3::prelude::*;
use relyant_oidc::id_token::Subject;
use relyant_oidc::logout::back_channel;

/// A logout token that passed every check but one: that it comes once is for who keeps what came.
#[pyclass(frozen, module = "relyant._core")]
pub(crate) struct ValidLogoutToken(pub(crate) back_channel::ValidLogoutToken);

#[pymethods]
impl ValidLogoutToken {
    #[getter]
    fn issuer(&self) -> &str {
        self.0.issuer().as_str()
    }

    #[getter]
    fn subject(&self) -> Option<&str> {
        self.0.subject().map(Subject::as_str)
    }

    #[getter]
    fn sid(&self) -> Option<&str> {
        self.0.sid()
    }

    #[getter]
    fn jti(&self) -> &str {
        self.0.jti()
    }

    #[getter]
    fn issued_at(&self) -> i64 {
        self.0.issued_at().0
    }

    #[getter]
    fn expires_at(&self) -> i64 {
        self.0.expires_at().0
    }

    fn __repr__(&self) -> String {
        format!("<ValidLogoutToken {:?} of {:?}>", self.jti(), self.issuer())
    }
}
