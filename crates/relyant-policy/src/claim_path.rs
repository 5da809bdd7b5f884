//! A claim path: where in the claims of a source a value stands.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use crate::Object;
use crate::json_type::JsonType;
use crate::limits::MAX_PATH_SEGMENTS;
use crate::name::clipped;

const CLIENT_ID: &str = "{client_id}";

/// The names of nested members, outermost first: never empty, never an expression.
///
/// Written as a list of segments or as dotted text. The text is split first and `{client_id}` filled in after, so
/// that a client id or a claim with dots stays one segment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct ClaimPath {
    first: String,
    rest: Vec<String>,
}

/// Why something is no claim path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimPathError {
    /// A list without segments, or the empty text.
    Empty,
    /// A segment without characters, as in `groups.`.
    EmptySegment,
    /// More segments than [`MAX_PATH_SEGMENTS`].
    TooLong,
    /// Dotted text with a URL in it: its dots would split the name of the claim.
    Url,
    /// A segment in braces that is not `{client_id}`.
    UnknownPlaceholder {
        /// The segment.
        got: String,
    },
}

/// What stands at a claim path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Lookup<'c> {
    /// The source doesn't have the path.
    Absent,
    /// The source has the path, and this is its value.
    Found(&'c Value),
    /// Something on the way is no object; the source is taken to have the path, so that no other source stands in.
    Blocked {
        /// What stands there instead of an object.
        got: JsonType,
    },
}

impl ClaimPath {
    /// The path of these segments, each the whole name of a member.
    pub(crate) fn from_segments(segments: Vec<String>) -> Result<Self, ClaimPathError> {
        if segments.len() > MAX_PATH_SEGMENTS {
            return Err(ClaimPathError::TooLong);
        }
        if segments.iter().any(String::is_empty) {
            return Err(ClaimPathError::EmptySegment);
        }
        if let Some(got) = segments
            .iter()
            .find(|segment| is_unknown_placeholder(segment))
        {
            return Err(ClaimPathError::UnknownPlaceholder { got: got.clone() });
        }
        let mut segments = segments.into_iter();
        let first = segments.next().ok_or(ClaimPathError::Empty)?;
        Ok(Self {
            first,
            rest: segments.collect(),
        })
    }

    /// The path that dotted text names: `realm_access.roles`.
    pub(crate) fn from_dotted(text: &str) -> Result<Self, ClaimPathError> {
        if text.is_empty() {
            return Err(ClaimPathError::Empty);
        }
        if text.contains("://") {
            return Err(ClaimPathError::Url);
        }
        Self::from_segments(text.split('.').map(str::to_owned).collect())
    }

    /// The same path with `{client_id}` filled in.
    pub(crate) fn for_client(&self, client_id: &str) -> Self {
        let fill = |segment: &String| segment.replace(CLIENT_ID, client_id);
        Self {
            first: fill(&self.first),
            rest: self.rest.iter().map(fill).collect(),
        }
    }

    /// The outermost member: the claim itself.
    pub(crate) fn claim(&self) -> &str {
        &self.first
    }

    /// The segments, outermost first.
    pub(crate) fn segments(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.first)
            .chain(&self.rest)
            .map(String::as_str)
    }

    /// What stands at this path in `claims`.
    pub(crate) fn find<'c>(&self, claims: &'c Object) -> Lookup<'c> {
        let Some(mut value) = claims.get(&self.first) else {
            return Lookup::Absent;
        };
        for segment in &self.rest {
            let Value::Object(members) = value else {
                return Lookup::Blocked {
                    got: JsonType::of(value),
                };
            };
            match members.get(segment) {
                Some(inner) => value = inner,
                None => return Lookup::Absent,
            }
        }
        Lookup::Found(value)
    }
}

impl TryFrom<Vec<String>> for ClaimPath {
    type Error = ClaimPathError;

    fn try_from(segments: Vec<String>) -> Result<Self, Self::Error> {
        Self::from_segments(segments)
    }
}

/// Dotted text, or a JSON list where a segment has a dot of its own.
impl fmt::Display for ClaimPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let segments: Vec<&str> = self.segments().collect();
        if segments.iter().any(|segment| segment.contains('.')) {
            write!(formatter, "{}", Value::from(segments))
        } else {
            formatter.write_str(&segments.join("."))
        }
    }
}

impl fmt::Display for ClaimPathError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => formatter.write_str("a claim path needs at least one segment"),
            Self::EmptySegment => formatter.write_str("a claim path has an empty segment"),
            Self::TooLong => write!(
                formatter,
                "a claim path has more than {MAX_PATH_SEGMENTS} segments"
            ),
            Self::Url => formatter
                .write_str("dots split a claim path, so the name of this claim would be cut"),
            Self::UnknownPlaceholder { got } => {
                write!(formatter, "unknown placeholder `{}`", clipped(got))
            }
        }
    }
}

fn is_unknown_placeholder(segment: &str) -> bool {
    segment.starts_with('{') && segment.ends_with('}') && segment != CLIENT_ID
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn path(segments: &[&str]) -> ClaimPath {
        ClaimPath::from_segments(segments.iter().map(|&segment| segment.to_owned()).collect())
            .unwrap()
    }

    fn object(value: &Value) -> Object {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn dotted_text_is_split_and_a_list_is_not() {
        assert_eq!(
            ClaimPath::from_dotted("realm_access.roles"),
            Ok(path(&["realm_access", "roles"]))
        );
        assert_eq!(
            ClaimPath::from_dotted("cognito:groups"),
            Ok(path(&["cognito:groups"]))
        );
        assert_eq!(path(&["a.b"]).segments().collect::<Vec<_>>(), ["a.b"]);
    }

    // AZ-08
    #[test]
    fn the_client_id_is_filled_in_after_the_text_was_split() {
        let template = ClaimPath::from_dotted("resource_access.{client_id}.roles").unwrap();
        let filled = template.for_client("beer.example");
        assert_eq!(filled, path(&["resource_access", "beer.example", "roles"]));
        // A client id that looks like the placeholder is not filled in again.
        assert_eq!(
            template.for_client("{client_id}"),
            path(&["resource_access", "{client_id}", "roles"])
        );
        assert_eq!(
            path(&["urn:{client_id}:roles"]).for_client("beer"),
            path(&["urn:beer:roles"])
        );
    }

    // AZ-08
    #[test]
    fn a_key_with_a_dot_and_a_nested_key_are_two_paths() {
        let claims = object(&json!({"a.b": "flat", "a": {"b": "nested"}}));
        assert_eq!(path(&["a.b"]).find(&claims), Lookup::Found(&json!("flat")));
        assert_eq!(
            ClaimPath::from_dotted("a.b").unwrap().find(&claims),
            Lookup::Found(&json!("nested"))
        );
    }

    // AZ-08
    #[test]
    fn no_segment_is_an_expression() {
        let claims = object(&json!({"a": [{"b": 1}], "roles": ["admins"]}));
        for text in ["*", "$", "a[0]", "roles[*]", "[]", "@", "a/0", "__proto__"] {
            assert_eq!(
                ClaimPath::from_dotted(text).unwrap().find(&claims),
                Lookup::Absent,
                "{text}"
            );
        }
        assert_eq!(
            ClaimPath::from_dotted("a.0").unwrap().find(&claims),
            Lookup::Blocked {
                got: JsonType::List
            }
        );
    }

    #[test]
    fn what_is_no_object_on_the_way_blocks_the_path() {
        let roles = path(&["realm_access", "roles"]);
        for (claims, expected) in [
            (json!({}), Lookup::Absent),
            (json!({"realm_access": {}}), Lookup::Absent),
            (
                json!({"realm_access": {"roles": null}}),
                Lookup::Found(&Value::Null),
            ),
            (
                json!({"realm_access": null}),
                Lookup::Blocked {
                    got: JsonType::Null,
                },
            ),
            (
                json!({"realm_access": "roles"}),
                Lookup::Blocked {
                    got: JsonType::String,
                },
            ),
            (
                json!({"realm_access": ["roles"]}),
                Lookup::Blocked {
                    got: JsonType::List,
                },
            ),
        ] {
            assert_eq!(roles.find(&object(&claims)), expected, "{claims}");
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        let many = vec!["a"; MAX_PATH_SEGMENTS + 1].join(".");
        let unknown = ClaimPathError::UnknownPlaceholder {
            got: "{client}".to_owned(),
        };
        for (text, error) in [
            ("", ClaimPathError::Empty),
            (".", ClaimPathError::EmptySegment),
            ("groups.", ClaimPathError::EmptySegment),
            ("a..b", ClaimPathError::EmptySegment),
            (many.as_str(), ClaimPathError::TooLong),
            ("https://beer.example/roles", ClaimPathError::Url),
            ("resource_access.{client}.roles", unknown),
        ] {
            assert_eq!(ClaimPath::from_dotted(text), Err(error), "{text}");
        }
        assert_eq!(ClaimPath::from_segments(vec![]), Err(ClaimPathError::Empty));
        let longest = ClaimPath::from_dotted(&["a"; 16].join(".")).unwrap();
        assert_eq!(longest.segments().count(), 16);
    }

    #[test]
    fn the_shown_path_tells_the_segments_apart() {
        assert_eq!(
            path(&["realm_access", "roles"]).to_string(),
            "realm_access.roles"
        );
        let dotted_client = path(&["resource_access", "beer.example", "roles"]);
        assert_eq!(
            dotted_client.to_string(),
            r#"["resource_access","beer.example","roles"]"#
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_shown_form_of_a_path_is_the_path(segments in prop::collection::vec("[a-z.:{]{1,8}", 1..5)) {
            let path = ClaimPath::from_segments(segments).unwrap();
            let shown = path.to_string();
            let read = match serde_json::from_str::<Vec<String>>(&shown) {
                Ok(segments) => ClaimPath::from_segments(segments),
                Err(_) => ClaimPath::from_dotted(&shown),
            };
            prop_assert_eq!(read, Ok(path));
        }
    }
}
