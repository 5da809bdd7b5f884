//! `Policy`: parsed once, evaluated for each login.

use std::collections::BTreeMap;

use pyo3::prelude::*;
use relyant_policy::{Asked, Object, SignIn};

use crate::decision::Decision;
use crate::error::{not_json, policy_error, unknown_preset};
use crate::verified_identity::VerifiedIdentity;

/// A policy, parsed once. Thread-safe; `evaluate` is a pure function of the claims.
#[pyclass(frozen, module = "relyant._core")]
pub(crate) struct Policy(relyant_policy::Policy);

#[pymethods]
impl Policy {
    #[new]
    #[pyo3(signature = (document, *, preset, client_id))]
    fn new(py: Python<'_>, document: &str, preset: &str, client_id: &str) -> PyResult<Self> {
        let preset = relyant_policy::preset(preset).map_err(|error| unknown_preset(&error))?;
        let document =
            serde_json::from_str(document).map_err(|error| not_json("document", &error))?;
        let policy = relyant_policy::Policy::parse(&document, &preset, client_id);
        policy.map(Self).map_err(|faults| policy_error(py, &faults))
    }

    fn evaluate(&self, identity: &VerifiedIdentity) -> Decision {
        let said = identity.0.tokens().said_scope();
        let scopes: Option<Vec<&str>> = said.map(|said| said.split(' ').collect());
        let sign_in = SignIn {
            scopes: scopes.as_deref(),
            acr: identity.0.acr(),
        };
        Decision(self.0.evaluate_sign_in(&identity.sources(), sign_in))
    }

    #[pyo3(signature = (sources, *, scopes = None, acr = None))]
    fn evaluate_claims(
        &self,
        sources: &str,
        scopes: Option<Vec<String>>,
        acr: Option<&str>,
    ) -> PyResult<Decision> {
        let sources: Vec<(String, Object)> =
            serde_json::from_str(sources).map_err(|error| not_json("sources", &error))?;
        let sources: Vec<_> = sources
            .iter()
            .map(|(name, claims)| (name.as_str(), claims))
            .collect();
        let Some(scopes) = scopes else {
            return Ok(Decision(self.0.evaluate(&sources)));
        };
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        let sign_in = SignIn {
            scopes: Some(&scopes),
            acr,
        };
        Ok(Decision(self.0.evaluate_sign_in(&sources, sign_in)))
    }

    #[getter]
    fn role_paths(&self) -> Vec<&str> {
        self.0.role_paths().collect()
    }

    #[getter]
    fn claim_names(&self) -> Vec<&str> {
        self.0.claim_names()
    }

    #[getter]
    fn user_paths(&self) -> BTreeMap<&str, String> {
        self.0.user_paths().collect()
    }

    #[getter]
    fn hook(&self) -> Option<&str> {
        self.0.hook()
    }

    #[getter]
    fn group_names(&self) -> Vec<&str> {
        self.0.group_names()
    }

    #[getter]
    fn permission_names(&self) -> Vec<&str> {
        self.0.permission_names()
    }

    #[pyo3(signature = (*, scopes = None, acr_values = Vec::new()))]
    fn lint(
        &self,
        scopes: Option<Vec<String>>,
        acr_values: Vec<String>,
    ) -> Vec<(String, String, &'static str)> {
        let scopes: Option<Vec<&str>> = scopes
            .as_ref()
            .map(|scopes| scopes.iter().map(String::as_str).collect());
        let acr_values: Vec<&str> = acr_values.iter().map(String::as_str).collect();
        let asked = Asked {
            scopes: scopes.as_deref(),
            acr_values: &acr_values,
        };
        let found = self.0.lint(asked).into_iter();
        found
            .map(|lint| (lint.path.clone(), lint.message(), lint.hint()))
            .collect()
    }

    fn document_rules(&self) -> Vec<(&str, Option<&str>, String)> {
        let rules = self.0.rules().into_iter();
        rules
            .map(|rule| (rule.key, rule.target, rule.words))
            .collect()
    }

    #[expect(clippy::unused_self, reason = "a policy has no name")]
    fn __repr__(&self) -> &'static str {
        "<Policy>"
    }
}
