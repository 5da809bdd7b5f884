//! `VerifiedIdentity`: who signed in, by a validated ID token.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use relyant_oidc::identity;
use relyant_policy::Object;

use crate::json;
use crate::session_tokens::SessionTokens;

/// Who signed in, by a validated ID token. Only a completed login makes one.
#[pyclass(frozen, module = "relyant._core")]
pub(crate) struct VerifiedIdentity(pub(crate) identity::VerifiedIdentity);

impl VerifiedIdentity {
    /// The claims with the names of their sources, in the order in which a policy asks them.
    pub(crate) fn sources(&self) -> Vec<(&str, &Object)> {
        self.0
            .sources()
            .iter()
            .map(|(source, claims)| (source.name(), claims))
            .collect()
    }
}

#[pymethods]
impl VerifiedIdentity {
    #[getter]
    fn issuer(&self) -> &str {
        self.0.issuer().as_str()
    }

    #[getter]
    fn subject(&self) -> &str {
        self.0.subject().as_str()
    }

    #[getter]
    fn account(&self) -> &str {
        self.0.account().as_str()
    }

    #[getter]
    fn sid(&self) -> Option<&str> {
        self.0.sid()
    }

    #[getter]
    fn id_token(&self) -> &str {
        self.0.id_token()
    }

    #[getter]
    fn id_token_expires_at(&self) -> i64 {
        self.0.id_token_expires_at().0
    }

    #[getter]
    fn access_token_expires_at(&self) -> Option<i64> {
        self.0.access_token_expires_at().map(|time| time.0)
    }

    #[getter]
    fn tokens(&self) -> SessionTokens {
        SessionTokens(self.0.tokens().clone())
    }

    #[getter]
    fn auth_time(&self) -> Option<i64> {
        self.0.auth_time().map(|time| time.0)
    }

    #[getter]
    fn acr(&self) -> Option<&str> {
        self.0.acr()
    }

    fn claims<'py>(&self, py: Python<'py>, source: &str) -> PyResult<Option<Bound<'py, PyDict>>> {
        let sources = self.0.sources().iter();
        let mut named = sources.filter(|(known, _)| known.name() == source);
        named
            .next()
            .map(|(_, claims)| json::dict(py, claims))
            .transpose()
    }

    fn __repr__(&self) -> String {
        format!(
            "<VerifiedIdentity {:?} of {:?}>",
            self.subject(),
            self.issuer()
        )
    }
}
