//! JSON values as Python values.

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use serde_json::{Map, Value};

/// An object as a new dict.
pub(crate) fn dict<'py>(
    py: Python<'py>,
    object: &Map<String, Value>,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, member) in object {
        dict.set_item(name, value(py, member)?)?;
    }
    Ok(dict)
}

/// A value as Python has it; a number that is no integer of 64 bits becomes a float.
pub(crate) fn value<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    match value {
        Value::Null => Ok(py.None().into_bound(py)),
        Value::Bool(value) => value.into_bound_py_any(py),
        Value::Number(number) => self::number(py, number),
        Value::String(text) => text.into_bound_py_any(py),
        Value::Array(members) => {
            let list = PyList::empty(py);
            for member in members {
                list.append(self::value(py, member)?)?;
            }
            Ok(list.into_any())
        }
        Value::Object(object) => Ok(dict(py, object)?.into_any()),
    }
}

fn number<'py>(py: Python<'py>, number: &serde_json::Number) -> PyResult<Bound<'py, PyAny>> {
    if let Some(integer) = number.as_i64() {
        integer.into_bound_py_any(py)
    } else if let Some(integer) = number.as_u64() {
        integer.into_bound_py_any(py)
    } else {
        number.as_f64().into_bound_py_any(py)
    }
}
