//! Parameters of a query or a form, each at most once.

use axum::http::{HeaderMap, header};
use url::form_urlencoded;

/// The decoded parameters of one request.
///
/// RFC 6749 §3.1: a parameter must not be included more than once, and one without a value counts as absent.
/// RFC 8707 §2 lets `resource` come once for each resource.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Parameters(Vec<(String, String)>);

/// A parameter came twice; its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Repeated(pub(crate) String);

/// The one parameter that may be repeated.
const REPEATABLE: &str = "resource";

impl Parameters {
    /// Parses `application/x-www-form-urlencoded` text.
    pub(crate) fn parse(encoded: &str) -> Result<Self, Repeated> {
        let mut parameters = Self::default();
        for (name, value) in form_urlencoded::parse(encoded.as_bytes()) {
            let known = parameters.0.iter().any(|(known, _)| *known == name);
            if known && name != REPEATABLE {
                return Err(Repeated(name.into_owned()));
            }
            parameters.0.push((name.into_owned(), value.into_owned()));
        }
        Ok(parameters)
    }

    /// The value of a parameter that is there and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// The values of a parameter that may be there several times.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let found = self.0.iter().filter(move |(known, _)| known == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// The names of the parameters, empty ones included.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

/// Whether a request says that its body is a form.
pub(crate) fn are_a_form(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| {
        value
            .as_bytes()
            .to_ascii_lowercase()
            .starts_with(b"application/x-www-form-urlencoded")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_empty_ones_are_absent() {
        let parameters = Parameters::parse("a=1%202&b=&c=%C3%A9+x").unwrap();
        assert_eq!(parameters.get("a"), Some("1 2"));
        assert_eq!(parameters.get("b"), None);
        assert_eq!(parameters.get("c"), Some("é x"));
        assert_eq!(parameters.get("d"), None);
    }

    #[test]
    fn a_repeated_parameter_is_named() {
        assert_eq!(
            Parameters::parse("code=a&state=b&code=a"),
            Err(Repeated("code".to_owned()))
        );
    }

    #[test]
    fn a_resource_may_come_several_times() {
        let parameters = Parameters::parse("resource=a&resource=&resource=b").unwrap();
        assert_eq!(parameters.all("resource").collect::<Vec<_>>(), ["a", "b"]);
    }
}
