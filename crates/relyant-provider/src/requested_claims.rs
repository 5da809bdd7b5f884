//! Claims that a request asks for one by one. Core §5.5.

use serde_json::{Map, Value};

/// What of the parameter `claims` changes an answer here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct RequestedClaims {
    /// Claims that shall be in the ID token, by name.
    pub(crate) of_id_token: Vec<String>,
    /// How the person is to sign in, by the claim `acr`. Core §5.5.1.1.
    pub(crate) acr_values: Vec<String>,
    /// Whether a sign-in in any other way is a failed one. Core §5.5.1.1.
    pub(crate) acr_is_essential: bool,
}

impl RequestedClaims {
    /// Reads the parameter; members that nobody here knows are ignored, as Core §5.5 asks.
    pub(crate) fn parse(text: Option<&str>) -> Result<Self, &'static str> {
        let Some(text) = text else {
            return Ok(Self::default());
        };
        let Ok(Value::Object(asked)) = relyant_jose::json::parse(text.as_bytes()) else {
            return Err("claims is not a JSON object");
        };
        match asked.get("id_token") {
            None | Some(Value::Null) => Ok(Self::default()),
            Some(Value::Object(members)) => Ok(Self::of(members)),
            Some(_) => Err("id_token in claims is not a JSON object"),
        }
    }

    fn of(members: &Map<String, Value>) -> Self {
        let acr = members.get("acr");
        let member = |name: &str| acr.and_then(|acr| acr.get(name));
        let one = member("value").into_iter();
        let several = member("values").and_then(Value::as_array);
        let values = one.chain(several.into_iter().flatten());
        Self {
            of_id_token: members.keys().cloned().collect(),
            acr_values: values
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            acr_is_essential: member("essential") == Some(&Value::Bool(true)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acr_is_asked_for_by_one_value_or_several() {
        let asked = |text: &str| RequestedClaims::parse(Some(text)).unwrap();
        let one = asked(r#"{"id_token": {"acr": {"value": "gold"}, "email": null}}"#);
        assert_eq!(
            (one.acr_values, one.acr_is_essential),
            (vec!["gold".to_owned()], false)
        );
        assert_eq!(one.of_id_token, ["acr", "email"]);
        let several =
            asked(r#"{"id_token": {"acr": {"values": ["gold", "silver"], "essential": true}}}"#);
        assert_eq!(several.acr_values, ["gold", "silver"]);
        assert!(several.acr_is_essential);
        assert_eq!(
            asked(r#"{"userinfo": {"email": null}}"#),
            RequestedClaims::default()
        );
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for text in ["", "[]", "{", r#"{"id_token": []}"#] {
            assert!(RequestedClaims::parse(Some(text)).is_err(), "{text}");
        }
    }
}
