//! The shapes that roles have at their claim path, and that any other grants nothing.

use relyant_policy::{Decision, JsonType, Policy, Problem, Shape, Warning, preset};
use serde_json::{Value, json};

use crate::beer::object;

fn document(shape: &str) -> Value {
    json!({
        "ROLES": [{"path": ["groups"], "shape": shape}],
        "STAFF": ["admins"],
        "SUPERUSER": ["a"],
    })
}

fn decide(shape: &str, groups: &Value) -> Decision {
    let policy = Policy::parse(&document(shape), &preset("generic").unwrap(), "beer").unwrap();
    policy.evaluate(&[("id_token", &object(json!({"groups": groups})))])
}

fn roles(decision: &Decision) -> Vec<&str> {
    let roles = decision.roles.iter();
    roles.map(|found| found.role.as_str()).collect()
}

// AZ-01
#[test]
fn a_shape_takes_the_roles_that_have_it() {
    for (shape, groups, expected) in [
        ("list", json!(["admins", "beer"]), vec!["admins", "beer"]),
        ("list", json!([]), vec![]),
        (
            "list_or_string",
            json!(["admins", "beer"]),
            vec!["admins", "beer"],
        ),
        ("list_or_string", json!("admins"), vec!["admins"]),
        ("list_or_string", json!("admins beer"), vec!["admins beer"]),
        ("keys", json!({}), vec![]),
        (
            "keys",
            json!({"admins": {"228": "brewery.example"}, "beer": true}),
            vec!["admins", "beer"],
        ),
        (
            "keys",
            json!({"admins": false, "beer": null, "a": {}, "b": true}),
            vec!["b"],
        ),
    ] {
        let decision = decide(shape, &groups);
        assert_eq!(roles(&decision), expected, "{shape} {groups}");
        assert_eq!(decision.warnings, [], "{shape} {groups}");
        let is_staff = expected.contains(&"admins");
        assert_eq!(decision.staff, Some(is_staff), "{shape} {groups}");
        assert_eq!(
            decision.superuser,
            Some(false),
            "no string is a list of characters"
        );
    }
}

// AZ-01
#[test]
fn another_shape_grants_nothing_and_warns() {
    for (shape, expected, groups, got) in [
        ("list", Shape::List, json!("admins"), JsonType::String),
        (
            "list",
            Shape::List,
            json!({"admins": true}),
            JsonType::Object,
        ),
        (
            "list_or_string",
            Shape::ListOrString,
            json!({"admins": true}),
            JsonType::Object,
        ),
        (
            "list_or_string",
            Shape::ListOrString,
            json!(null),
            JsonType::Null,
        ),
        (
            "list_or_string",
            Shape::ListOrString,
            json!(1),
            JsonType::Number,
        ),
        ("keys", Shape::Keys, json!(["admins"]), JsonType::List),
        ("keys", Shape::Keys, json!("admins"), JsonType::String),
        ("keys", Shape::Keys, json!({"admins": 1}), JsonType::Number),
        (
            "keys",
            Shape::Keys,
            json!({"admins": true, "beer": "yes"}),
            JsonType::String,
        ),
        (
            "keys",
            Shape::Keys,
            json!({"admins": true, "beer": [true]}),
            JsonType::List,
        ),
    ] {
        let decision = decide(shape, &groups);
        assert_eq!(roles(&decision), Vec::<&str>::new(), "{shape} {groups}");
        assert_eq!(decision.staff, Some(false), "{shape} {groups}");
        let warning = Warning::RolesOfWrongType {
            path: "groups".to_owned(),
            source: "id_token".to_owned(),
            expected,
            got,
        };
        assert_eq!(decision.warnings, [warning], "{shape} {groups}");
    }
}

// AZ-01
#[test]
fn one_member_of_another_type_takes_the_whole_list_out_in_every_shape() {
    for shape in ["list", "list_or_string"] {
        let decision = decide(shape, &json!(["admins", 1]));
        assert_eq!(decision.staff, Some(false));
        assert!(matches!(
            decision.warnings.as_slice(),
            [Warning::MemberOfWrongType {
                index: 1,
                got: JsonType::Number,
                ..
            }]
        ));
    }
}

#[test]
fn the_warning_says_what_was_expected() {
    let words = |shape, groups| decide(shape, &groups).warnings[0].to_string();
    assert_eq!(
        words("list_or_string", json!(null)),
        "`groups` of the ID token grants nothing: expected a list of strings or one string, got null"
    );
    assert_eq!(
        words("keys", json!(["admins"])),
        "`groups` of the ID token grants nothing: expected an object whose keys are the roles, with `true` or an object \
         each, got a list"
    );
}

#[test]
fn a_path_of_roles_with_a_shape_is_checked_as_any_other() {
    let faults = |entry: Value| -> Vec<(String, Problem)> {
        let document = json!({"ROLES": [entry], "STAFF": ["admins"]});
        let faults = Policy::parse(&document, &preset("generic").unwrap(), "beer").unwrap_err();
        let faults = faults.into_iter();
        faults.map(|fault| (fault.path, fault.problem)).collect()
    };
    let null = JsonType::Null;
    for (entry, expected) in [
        (
            json!({"path": ["groups"], "shape": "set"}),
            vec![(
                "ROLES[0].shape",
                Problem::NotAShape {
                    got: JsonType::String,
                },
            )],
        ),
        (
            json!({"path": ["groups"], "shape": ["keys"]}),
            vec![(
                "ROLES[0].shape",
                Problem::NotAShape {
                    got: JsonType::List,
                },
            )],
        ),
        (
            json!({"path": ["groups"]}),
            vec![("ROLES[0].shape", Problem::NotAShape { got: null })],
        ),
        (
            json!({"shape": "keys"}),
            vec![("ROLES[0].path", Problem::NotAPath { got: null })],
        ),
        (
            json!({"path": ["groups"], "shape": "keys", "form": 1}),
            vec![(
                "ROLES[0]",
                Problem::UnknownRolePathKey {
                    got: "form".to_owned(),
                },
            )],
        ),
    ] {
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(path, problem)| (path.to_owned(), problem))
            .collect();
        assert_eq!(faults(entry.clone()), expected, "{entry}");
    }
}

#[test]
fn dotted_text_and_the_client_have_a_shape_too() {
    let document =
        json!({"ROLES": [{"path": ["apps", "{client_id}"], "shape": "keys"}], "STAFF": ["admins"]});
    let policy = Policy::parse(&document, &preset("generic").unwrap(), "beer.example").unwrap();
    let claims = object(json!({"apps": {"beer.example": {"admins": true}}}));
    assert_eq!(policy.evaluate(&[("id_token", &claims)]).staff, Some(true));
    let dotted = json!({"ROLES": [{"path": "apps.roles", "shape": "keys"}], "STAFF": ["admins"]});
    let policy = Policy::parse(&dotted, &preset("generic").unwrap(), "beer").unwrap();
    assert_eq!(policy.role_paths().collect::<Vec<_>>(), ["apps.roles"]);
}
