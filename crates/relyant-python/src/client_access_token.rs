//! `ClientAccessToken`: an access token of the client's own.

use pyo3::prelude::*;
use relyant_oidc::token::client_credentials;

/// An access token of the client's own. `repr` doesn't show it.
#[pyclass(frozen, module = "relyant._core")]
pub(crate) struct ClientAccessToken(pub(crate) client_credentials::ClientAccessToken);

#[pymethods]
impl ClientAccessToken {
    fn expose(&self) -> &str {
        self.0.expose()
    }

    #[getter]
    fn scope(&self) -> Option<&str> {
        self.0.scope()
    }

    #[getter]
    fn expires_at(&self) -> Option<i64> {
        self.0.expires_at().map(|time| time.0)
    }

    #[expect(clippy::unused_self, reason = "Python asks the object")]
    fn __repr__(&self) -> &'static str {
        "<ClientAccessToken>"
    }
}
