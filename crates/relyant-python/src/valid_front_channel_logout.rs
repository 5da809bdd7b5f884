//! `ValidFrontChannelLogout`: a session of the provider that a frame of its page says to have ended.

use pyo3::prelude::*;
use relyant_oidc::logout::front_channel;

/// A request to the front-channel logout address that names this provider and one of its sessions. It is no proof.
#[pyclass(frozen, module = "relyant._core")]
pub(crate) struct ValidFrontChannelLogout(pub(crate) front_channel::ValidFrontChannelLogout);

#[pymethods]
impl ValidFrontChannelLogout {
    #[getter]
    fn issuer(&self) -> &str {
        self.0.issuer().as_str()
    }

    #[getter]
    fn sid(&self) -> &str {
        self.0.sid()
    }

    fn __repr__(&self) -> String {
        format!("<ValidFrontChannelLogout of {:?}>", self.issuer())
    }
}
