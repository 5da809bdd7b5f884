//! The claims that an authorization request asks for one by one, and what of them the answer must show. Core §5.5.

use relyant_jose::json::{self, Object, Value};

use crate::error::Configuration;

use super::options::{invalid, is_word};

/// A `claims` parameter that a provider can read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ClaimsRequest {
    /// One of these must be the ID token's `acr`, where there are any. Core §5.5.1.1.
    pub(super) acr_values: Vec<String>,
    /// Whether the ID token must say when the person signed in. Core §2, `auth_time`: where it is asked for as essential.
    pub(super) auth_time: bool,
}

impl ClaimsRequest {
    /// Reads the JSON text of the parameter: an object of objects, whose members are null or an object each.
    ///
    /// Ours are for userinfo and the ID token.
    pub(super) fn parse(text: &str) -> Result<Self, Configuration> {
        let expected = "an object with `userinfo` and `id_token`, each an object of claims that are null or an object";
        let members = json::parse_object(text.as_bytes())
            .ok()
            .filter(|members| members.iter().all(is_member))
            .ok_or_else(|| invalid("claims", text, expected))?;
        let of_id_token = |claim: &str| members.get("id_token").and_then(|all| all.get(claim));
        Ok(Self {
            acr_values: wanted(of_id_token("acr")).ok_or_else(|| {
                let expected =
                    "an `acr` whose `value` or `values` are words of printable ASCII characters";
                invalid("claims", text, expected)
            })?,
            auth_time: is_essential(of_id_token("auth_time")),
        })
    }
}

fn is_member((name, requests): (&String, &Value)) -> bool {
    let is_request = |value: &Value| value.is_null() || value.is_object();
    let are_requests = |all: &Object| all.values().all(is_request);
    matches!(name.as_str(), "userinfo" | "id_token")
        && requests.as_object().is_some_and(are_requests)
}

/// Core §5.5.1: the values that a claim must have one of, as `value` or as `values`; none where they can't be compared.
fn wanted(request: Option<&Value>) -> Option<Vec<String>> {
    let member = |name| request.and_then(|request| request.get(name));
    let values = match (member("value"), member("values")) {
        (None, None) => return Some(Vec::new()),
        (Some(value), None) => vec![value],
        (None, Some(Value::Array(values))) if !values.is_empty() => values.iter().collect(),
        _ => return None,
    };
    let word = |value: &Value| Some(value.as_str().filter(|text| is_word(text))?.to_owned());
    values.into_iter().map(word).collect()
}

/// Core §5.5.1, `essential`.
fn is_essential(request: Option<&Value>) -> bool {
    request.is_some_and(|request| request.get("essential") == Some(&Value::Bool(true)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_id_token(claims: &str) -> Result<ClaimsRequest, Configuration> {
        ClaimsRequest::parse(&format!(r#"{{"id_token":{claims}}}"#))
    }

    // ID-13
    // Core §5.5.1.1
    #[test]
    fn an_acr_with_values_is_one_that_the_answer_must_show() {
        for (claims, expected) in [
            (
                r#"{"acr":{"essential":true,"values":["gold","platinum"]}}"#,
                vec!["gold", "platinum"],
            ),
            (r#"{"acr":{"values":["gold"]}}"#, vec!["gold"]),
            (r#"{"acr":{"value":"gold"}}"#, vec!["gold"]),
            (r#"{"acr":{"essential":true}}"#, vec![]),
            (r#"{"acr":null}"#, vec![]),
            (r#"{"email":{"value":"gold"}}"#, vec![]),
        ] {
            let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
            assert_eq!(
                of_id_token(claims).unwrap().acr_values,
                expected,
                "{claims}"
            );
        }
        let elsewhere = ClaimsRequest::parse(r#"{"userinfo":{"acr":{"value":"gold"}}}"#);
        assert_eq!(elsewhere, Ok(ClaimsRequest::default()));
    }

    // ID-13
    #[test]
    fn an_acr_that_can_not_be_compared_is_no_request() {
        for claims in [
            r#"{"acr":{"value":1}}"#,
            r#"{"acr":{"value":null}}"#,
            r#"{"acr":{"value":"two words"}}"#,
            r#"{"acr":{"value":""}}"#,
            r#"{"acr":{"values":"gold"}}"#,
            r#"{"acr":{"values":[]}}"#,
            r#"{"acr":{"values":["gold",2]}}"#,
            r#"{"acr":{"value":"gold","values":["gold"]}}"#,
        ] {
            let error = of_id_token(claims).unwrap_err();
            assert!(error.to_string().contains("an `acr` whose"), "{claims}");
        }
    }

    // ID-13
    // Core §5.5.1
    #[test]
    fn an_essential_auth_time_must_be_there() {
        for (claims, expected) in [
            (r#"{"auth_time":{"essential":true}}"#, true),
            (r#"{"auth_time":{"essential":false}}"#, false),
            (r#"{"auth_time":{"essential":"true"}}"#, false),
            (r#"{"auth_time":null}"#, false),
            (r#"{"email":{"essential":true}}"#, false),
        ] {
            assert_eq!(of_id_token(claims).unwrap().auth_time, expected, "{claims}");
        }
    }

    #[test]
    fn a_request_of_another_form_is_refused() {
        for text in [
            "",
            "[]",
            r#"{"access_token":{}}"#,
            r#"{"userinfo":null}"#,
            r#"{"userinfo":{"roles":true}}"#,
            r#"{"userinfo":{},"userinfo":{}}"#,
        ] {
            let error = ClaimsRequest::parse(text).unwrap_err();
            assert!(
                error.to_string().contains("an object with `userinfo`"),
                "{text}"
            );
        }
    }
}
