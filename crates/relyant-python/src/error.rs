//! The one place that turns errors into Python's exceptions.

use pyo3::exceptions::{PyException, PyValueError};
use pyo3::prelude::*;
use relyant_jose::seal::SealError;
use relyant_oidc::diagnosis::Diagnosis;
use relyant_oidc::error::{Clipped, Unavailable};
use relyant_policy::{DocumentError, UnknownPreset};

pyo3::create_exception!(
    relyant._core,
    RelyantError,
    PyException,
    "Why a login or a logout can't go on. str() is the operator's message: no secret, no token."
);

pyo3::create_exception!(
    relyant._core,
    PolicyError,
    PyValueError,
    "A policy document that can't be used; `problems` has each fault as (path, message, hint)."
);

/// Gives the exception classes the attributes that their instances have, for whoever raises one without us.
pub(crate) fn declare_attributes(py: Python<'_>) -> PyResult<()> {
    let error = py.get_type::<RelyantError>();
    error.setattr("kind", "misuse")?;
    error.setattr("code", "misuse")?;
    error.setattr("diagnosis", "own_fault")?;
    error.setattr("retry_after", py.None())?;
    py.get_type::<PolicyError>()
        .setattr("problems", Vec::<String>::new())
}

/// The exception of a failed check.
pub(crate) fn relyant_error(py: Python<'_>, error: &relyant_oidc::Error) -> PyErr {
    with_attributes(py, RelyantError::new_err(error.to_string()), |raised| {
        raised.setattr("kind", error.kind().name())?;
        raised.setattr("code", error.code())?;
        raised.setattr("diagnosis", Diagnosis::of(error).name())?;
        raised.setattr("retry_after", error.retry_after())
    })
}

/// The exception of a policy document with faults.
pub(crate) fn policy_error(py: Python<'_>, faults: &[DocumentError]) -> PyErr {
    let problems: Vec<_> = faults
        .iter()
        .map(|fault| (fault.path.clone(), fault.message(), fault.hint()))
        .collect();
    let text = problems
        .iter()
        .map(|(path, message, _)| format!("{path}: {message}"));
    let text = text.collect::<Vec<_>>().join("; ");
    with_attributes(py, PolicyError::new_err(text), |raised| {
        raised.setattr("problems", problems)
    })
}

/// The exception of text that is no JSON.
pub(crate) fn not_json(name: &str, error: &serde_json::Error) -> PyErr {
    PyValueError::new_err(format!("{name} is not the expected JSON: {error}"))
}

/// The exception of a preset that there isn't.
pub(crate) fn unknown_preset(error: &UnknownPreset) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// The exception of a kind of token that can't be revoked.
pub(crate) fn unknown_token_kind(got: &str) -> PyErr {
    PyValueError::new_err(format!(
        "the kind of token must be \"access_token\" or \"refresh_token\", got {got:?}"
    ))
}

/// The exception of secrets that can't seal, or of a plaintext that can't be sealed.
pub(crate) fn seal_error(error: SealError) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// The exception of a machine without randomness.
pub(crate) fn no_randomness(py: Python<'_>, error: impl std::error::Error) -> PyErr {
    relyant_error(
        py,
        &Unavailable::Randomness {
            reason: Clipped::new(&error.to_string()),
        }
        .into(),
    )
}

/// The `ValueError` of a kind of key that nobody makes.
pub(crate) fn unknown_key_kind(got: &str) -> PyErr {
    PyValueError::new_err(format!("unknown kind of key `{}`", Clipped::new(got)))
}

fn with_attributes(
    py: Python<'_>,
    error: PyErr,
    set: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<()>,
) -> PyErr {
    match set(error.value(py).as_any()) {
        Ok(()) => error,
        Err(failed) => failed,
    }
}
