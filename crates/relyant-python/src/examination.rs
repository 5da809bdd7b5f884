//! `Examination` and `LoginExamination`: what a provider and a login show to an operator, with their `Symptom`s.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use relyant_oidc::diagnosis::facts::{KeyFacts, MetadataFacts, UnusableKey, UsableKey};

use crate::verified_identity::VerifiedIdentity;

/// What is likely wrong, and what it was told from.
#[pyclass(frozen, module = "relyant._core")]
pub(crate) struct Symptom(relyant_oidc::diagnosis::Symptom);

#[pymethods]
impl Symptom {
    #[getter]
    fn diagnosis(&self) -> &'static str {
        self.0.diagnosis.name()
    }

    #[getter]
    fn code(&self) -> Option<&'static str> {
        self.0.code
    }

    #[getter]
    fn detail(&self) -> &str {
        &self.0.detail
    }

    fn __repr__(&self) -> String {
        format!("<Symptom {}>", self.diagnosis())
    }
}

/// What a provider says and would answer.
#[pyclass(frozen, module = "relyant._core")]
pub(crate) struct Examination(pub(crate) relyant_http::Examination);

#[pymethods]
impl Examination {
    #[getter]
    fn symptoms(&self) -> Vec<Symptom> {
        self.0.symptoms.iter().cloned().map(Symptom).collect()
    }

    fn facts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let facts = PyDict::new(py);
        facts.set_item("reached_at", &self.0.reached_at)?;
        facts.set_item("proxy", &self.0.proxy)?;
        facts.set_item("clock_difference", self.0.clock_difference)?;
        let metadata = self.0.metadata.as_ref();
        facts.set_item(
            "metadata",
            metadata.map(|facts| of_metadata(py, facts)).transpose()?,
        )?;
        let keys = self.0.keys.as_ref();
        facts.set_item("keys", keys.map(|facts| of_keys(py, facts)).transpose()?)?;
        Ok(facts)
    }

    fn __repr__(&self) -> String {
        format!("<Examination {} symptoms>", self.0.symptoms.len())
    }
}

/// What one login brought.
#[pyclass(frozen, module = "relyant._core")]
pub(crate) struct LoginExamination(pub(crate) relyant_http::LoginExamination);

#[pymethods]
impl LoginExamination {
    #[getter]
    fn symptoms(&self) -> Vec<Symptom> {
        self.0.symptoms.iter().cloned().map(Symptom).collect()
    }

    #[getter]
    fn identity(&self) -> Option<VerifiedIdentity> {
        self.0.identity.clone().map(VerifiedIdentity)
    }

    #[getter]
    fn claim_names<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let names = PyDict::new(py);
        for (source, of_source) in &self.0.claim_names {
            names.set_item(source.name(), of_source)?;
        }
        Ok(names)
    }

    fn __repr__(&self) -> String {
        format!("<LoginExamination {} symptoms>", self.0.symptoms.len())
    }
}

fn of_metadata<'py>(py: Python<'py>, facts: &MetadataFacts) -> PyResult<Bound<'py, PyDict>> {
    let endpoints = PyDict::new(py);
    for (name, url) in &facts.endpoints {
        endpoints.set_item(name, url)?;
    }
    let dict = PyDict::new(py);
    dict.set_item("endpoints", endpoints)?;
    dict.set_item("algorithms", &facts.algorithms)?;
    dict.set_item(
        "client_authentication_offered",
        &facts.client_authentication_offered,
    )?;
    dict.set_item("client_authentication", facts.client_authentication)?;
    dict.set_item("callback_names_issuer", facts.callback_names_issuer)?;
    Ok(dict)
}

fn of_keys<'py>(py: Python<'py>, facts: &KeyFacts) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    let usable = facts.usable.iter().map(|key| usable_key(py, key));
    dict.set_item("usable", usable.collect::<PyResult<Vec<_>>>()?)?;
    let skipped = facts.skipped.iter().map(|key| skipped_key(py, key));
    dict.set_item("skipped", skipped.collect::<PyResult<Vec<_>>>()?)?;
    Ok(dict)
}

fn usable_key<'py>(py: Python<'py>, key: &UsableKey) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("kid", &key.kid)?;
    dict.set_item("algorithms", &key.algorithms)?;
    Ok(dict)
}

fn skipped_key<'py>(py: Python<'py>, key: &UnusableKey) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("kid", &key.kid)?;
    dict.set_item("reason", &key.reason)?;
    Ok(dict)
}
