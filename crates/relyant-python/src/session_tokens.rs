//! `SessionTokens`: the tokens of a session, which no traceback shows.

use pyo3::prelude::*;
use relyant_oidc::token::session_tokens;

use crate::sealer::Sealer;

/// The tokens of a session: those of its login, or of its last refresh. No `repr`, pickle or attribute has a token.
#[pyclass(frozen, module = "relyant._core")]
pub(crate) struct SessionTokens(pub(crate) session_tokens::SessionTokens);

#[pymethods]
impl SessionTokens {
    #[staticmethod]
    #[expect(clippy::similar_names, reason = "the names that Python has")]
    fn open(sealer: &Sealer, sealed: &str, bound_to: &[u8]) -> Option<Self> {
        let bytes = sealer.opened(sealed, bound_to)?;
        session_tokens::SessionTokens::from_bytes(&bytes).map(Self)
    }

    fn seal(&self, py: Python<'_>, sealer: &Sealer, bound_to: &[u8]) -> PyResult<String> {
        sealer.sealed(py, &self.0.to_bytes(), bound_to)
    }

    fn expose_access_token(&self) -> &str {
        self.0.access_token()
    }

    #[getter]
    fn has_refresh_token(&self) -> bool {
        self.0.refresh_secret().is_some()
    }

    #[getter]
    fn scope(&self) -> &str {
        self.0.scope()
    }

    #[getter]
    fn access_token_expires_at(&self) -> Option<i64> {
        self.0.access_token_expires_at().map(|time| time.0)
    }

    fn __repr__(&self) -> String {
        format!("<SessionTokens for {:?}>", self.0.scope())
    }
}
