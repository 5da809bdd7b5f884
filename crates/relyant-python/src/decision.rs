//! `Decision`: what a policy says about an identity, with reasons.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use relyant_policy::Groups;

use crate::found_role::FoundRole;
use crate::json;
use crate::reason::Reason;

/// What a policy says about an identity, with reasons. None means: the policy doesn't own that right.
#[pyclass(frozen, module = "relyant._core")]
pub(crate) struct Decision(pub(crate) relyant_policy::Decision);

#[pymethods]
impl Decision {
    #[getter]
    fn allowed(&self) -> bool {
        self.0.allowed()
    }

    #[getter]
    fn refusal_code(&self) -> Option<&'static str> {
        self.0.refusal().map(relyant_policy::Refusal::code)
    }

    #[getter]
    fn refusal_message(&self) -> Option<String> {
        self.0.refusal().map(ToString::to_string)
    }

    #[getter]
    fn roles(&self) -> Vec<FoundRole> {
        self.0.roles.iter().map(FoundRole::from).collect()
    }

    #[getter]
    fn groups_mode(&self) -> &'static str {
        match &self.0.groups {
            Groups::Unmanaged => "unmanaged",
            Groups::Named { .. } => "named",
            Groups::SameName { .. } => "same-name",
        }
    }

    #[getter]
    fn granted_groups(&self) -> Vec<String> {
        match &self.0.groups {
            Groups::Named { granted, .. } => granted.clone(),
            Groups::Unmanaged | Groups::SameName { .. } => Vec::new(),
        }
    }

    #[getter]
    fn managed_groups(&self) -> Vec<String> {
        match &self.0.groups {
            Groups::Named { managed, .. } => managed.clone(),
            Groups::Unmanaged | Groups::SameName { .. } => Vec::new(),
        }
    }

    #[getter]
    fn candidate_groups(&self) -> Vec<String> {
        match &self.0.groups {
            Groups::SameName { candidates, .. } => candidates.clone(),
            Groups::Unmanaged | Groups::Named { .. } => Vec::new(),
        }
    }

    #[getter]
    fn create_groups(&self) -> bool {
        self.0.create_groups
    }

    fn role_for_group(&self, group: &str) -> Option<FoundRole> {
        self.0.role_for_group(group).map(FoundRole::from)
    }

    #[getter]
    fn permissions(&self) -> Vec<String> {
        self.0.permissions.granted.clone()
    }

    #[getter]
    fn managed_permissions(&self) -> Vec<String> {
        self.0.permissions.managed.clone()
    }

    #[getter]
    fn staff(&self) -> Option<bool> {
        self.0.staff
    }

    #[getter]
    fn superuser(&self) -> Option<bool> {
        self.0.superuser
    }

    #[getter]
    fn user<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let user = PyDict::new(py);
        for (field, value) in &self.0.user {
            user.set_item(field, json::value(py, value)?)?;
        }
        Ok(user)
    }

    #[getter]
    fn reasons(&self) -> Vec<Reason> {
        self.0.reasons.iter().cloned().map(Reason).collect()
    }

    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.0.warnings.iter().map(ToString::to_string).collect()
    }

    fn __repr__(&self) -> String {
        format!("<Decision {}>", self.refusal_code().unwrap_or("allowed"))
    }
}
