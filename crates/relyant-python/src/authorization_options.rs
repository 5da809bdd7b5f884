//! `AuthorizationOptions`: what authorization requests ask for beyond a login.

use std::collections::BTreeMap;

use pyo3::prelude::*;
use relyant_oidc::authorization::options;

use crate::error::relyant_error;

/// What authorization requests ask for beyond a login.
#[pyclass(frozen, module = "relyant._core")]
pub(crate) struct AuthorizationOptions(pub(crate) options::AuthorizationOptions);

#[pymethods]
impl AuthorizationOptions {
    #[new]
    #[pyo3(signature = (*, prompt=None, max_age=None, acr_values=Vec::new(), amr_values=Vec::new(), ui_locales=Vec::new(),
        claims=None, resources=Vec::new(), extra_parameters=BTreeMap::new(), response_mode=None))]
    #[expect(
        clippy::too_many_arguments,
        reason = "keywords, as the settings have them"
    )]
    #[expect(clippy::similar_names, reason = "acr and amr are the claims' names")]
    fn new(
        py: Python<'_>,
        prompt: Option<String>,
        max_age: Option<i64>,
        acr_values: Vec<String>,
        amr_values: Vec<String>,
        ui_locales: Vec<String>,
        claims: Option<String>,
        resources: Vec<String>,
        extra_parameters: BTreeMap<String, String>,
        response_mode: Option<&str>,
    ) -> PyResult<Self> {
        let response_mode = response_mode.map(options::ResponseMode::from_name);
        let checked = response_mode.transpose().and_then(|response_mode| {
            let options = options::AuthorizationOptions {
                prompt,
                max_age: max_age.map(options::read_max_age).transpose()?,
                acr_values,
                amr_values,
                login_hint: None,
                ui_locales,
                claims,
                resources,
                response_mode,
                extra_parameters,
            };
            options.check().map(|()| options)
        });
        checked
            .map(Self)
            .map_err(|error| relyant_error(py, &error.into()))
    }
}
