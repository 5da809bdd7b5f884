//! The policy document: each fault of it is found, with its place, what was expected and what came.

use relyant_policy::{
    ClaimPathError, ConditionProblem, Decision, DocumentError, Groups, JsonType, NameProblem,
    Policy, Problem, preset,
};
use serde_json::{Value, json};

use crate::beer::object;

/// A document that uses every key.
fn whole() -> Value {
    json!({
        "ROLES": ["realm_access.roles", ["resource_access", "{client_id}", "roles"]],
        "ALLOW": ["customers", "creators", "admins"],
        "GROUPS": {"customers": ["customers"], "creators": ["creators", "admins"]},
        "STAFF": ["creators", "admins"],
        "SUPERUSER": ["admins"],
        "USER": {"username": "preferred_username", "department": ["org", "department"]},
    })
}

fn parse(document: &Value) -> Result<Policy, Vec<DocumentError>> {
    Policy::parse(document, &preset("keycloak").unwrap(), "beer")
}

/// The document with one value put at a key.
fn with(key: &str, value: Value) -> Value {
    let mut document = whole();
    document[key] = value;
    document
}

fn error(path: &str, problem: Problem) -> DocumentError {
    DocumentError {
        path: path.to_owned(),
        problem,
    }
}

/// What the policy of a document makes of an administrator's claims.
fn decide(document: &Value) -> Decision {
    let claims = object(json!({
        "realm_access": {"roles": ["admins"]},
        "preferred_username": "adam",
        "email": "adam@brewery.example",
        "given_name": "Adam",
        "family_name": "Beer",
        "org": {"department": "brewing"},
    }));
    parse(document)
        .unwrap()
        .evaluate(&[("access_token", &claims)])
}

fn user(decision: &Decision) -> Vec<&str> {
    decision.user.keys().map(String::as_str).collect()
}

#[test]
fn a_document_with_every_key_is_a_policy() {
    let decision = decide(&whole());
    assert_eq!(
        decision.groups,
        Groups::Named {
            granted: vec!["creators".to_owned()],
            managed: vec!["creators".to_owned(), "customers".to_owned()],
        }
    );
    assert_eq!(
        (decision.staff, decision.superuser),
        (Some(true), Some(true))
    );
    assert_eq!(user(&decision), ["department", "username"]);
}

#[test]
fn a_key_that_is_left_out_is_not_managed() {
    let decision = decide(&json!({}));
    assert_eq!(decision.groups, Groups::Unmanaged);
    assert_eq!((decision.staff, decision.superuser), (None, None));
    assert_eq!(
        user(&decision),
        ["email", "first_name", "last_name", "username"],
        "the preset's"
    );
    assert!(user(&decide(&json!({"USER": {}}))).is_empty());
    assert_eq!(
        decide(&json!({"GROUPS": "same-name"})).groups,
        Groups::SameName {
            candidates: vec!["admins".to_owned()],
            prefix: String::new(),
        }
    );
}

/// Each document has one fault, and this is the error.
fn assert_faults(table: impl IntoIterator<Item = (Value, &'static str, Problem)>) {
    for (document, path, problem) in table {
        assert_eq!(
            parse(&document),
            Err(vec![error(path, problem)]),
            "{document}"
        );
    }
}

#[test]
fn a_document_is_an_object() {
    assert_faults([
        (
            json!([]),
            "",
            Problem::NotAnObject {
                got: JsonType::List,
            },
        ),
        (
            json!("admins"),
            "",
            Problem::NotAnObject {
                got: JsonType::String,
            },
        ),
        (
            json!(null),
            "",
            Problem::NotAnObject {
                got: JsonType::Null,
            },
        ),
    ]);
}

#[test]
fn a_rule_is_a_list_of_roles() {
    let not_a_list = |got| Problem::NotARule { got };
    let not_a_role = |got| Problem::NotARole { got };
    let too_long = NameProblem::TooLong { limit: 256 };
    assert_faults([
        (
            with("ALLOW", json!("customers")),
            "ALLOW",
            not_a_list(JsonType::String),
        ),
        (
            with("ALLOW", json!(null)),
            "ALLOW",
            not_a_list(JsonType::Null),
        ),
        (
            with("STAFF", json!(true)),
            "STAFF",
            not_a_list(JsonType::Boolean),
        ),
        (
            with("SUPERUSER", json!(7)),
            "SUPERUSER",
            not_a_list(JsonType::Number),
        ),
        (
            with("STAFF", json!(["creators", 7])),
            "STAFF[1]",
            not_a_role(JsonType::Number),
        ),
        (
            with("STAFF", json!([["admins"]])),
            "STAFF[0]",
            not_a_role(JsonType::List),
        ),
        (
            with("STAFF", json!([""])),
            "STAFF[0]",
            Problem::UnusableRole(NameProblem::Empty),
        ),
        (
            with("STAFF", json!(["a\0"])),
            "STAFF[0]",
            Problem::UnusableRole(NameProblem::ControlCharacter),
        ),
        (
            with("STAFF", json!(["a".repeat(257)])),
            "STAFF[0]",
            Problem::UnusableRole(too_long),
        ),
    ]);
}

#[test]
fn groups_are_a_map_or_same_name() {
    let not_groups = |got| Problem::NotGroups { got };
    let creators = |roles: Value| with("GROUPS", json!({"creators": roles}));
    let mode = Problem::UnknownGroupsMode {
        got: "same_name".to_owned(),
    };
    assert_faults([
        (
            with("GROUPS", json!(["customers"])),
            "GROUPS",
            not_groups(JsonType::List),
        ),
        (
            with("GROUPS", json!(null)),
            "GROUPS",
            not_groups(JsonType::Null),
        ),
        (with("GROUPS", json!("same_name")), "GROUPS", mode),
        (
            creators(json!("creators")),
            "GROUPS.creators",
            Problem::NotARule {
                got: JsonType::String,
            },
        ),
        (
            creators(json!(["creators", null])),
            "GROUPS.creators[1]",
            Problem::NotARole {
                got: JsonType::Null,
            },
        ),
        (
            creators(json!({"all": []})),
            "GROUPS.creators.all",
            Problem::Condition(ConditionProblem::EmptyAll),
        ),
        (
            with("GROUPS", json!({"": ["creators"]})),
            "GROUPS.",
            Problem::UnusableGroup(NameProblem::Empty),
        ),
    ]);
}

#[test]
fn a_group_has_a_name_that_django_can_store() {
    let named = |length| with("GROUPS", json!({"g".repeat(length): ["creators"]}));
    assert!(parse(&named(150)).is_ok());
    let too_long = Problem::UnusableGroup(NameProblem::TooLong { limit: 150 });
    assert_eq!(
        parse(&named(151)),
        Err(vec![error(
            &format!("GROUPS.{}", "g".repeat(151)),
            too_long
        )])
    );
}

#[test]
fn roles_are_a_list_of_claim_paths() {
    let path = Problem::ClaimPath;
    let placeholder = ClaimPathError::UnknownPlaceholder {
        got: "{client}".to_owned(),
    };
    let segment = Problem::NotASegment {
        got: JsonType::Number,
    };
    assert_faults([
        (
            with("ROLES", json!("groups")),
            "ROLES",
            Problem::NotAPathList {
                got: JsonType::String,
            },
        ),
        (
            with("ROLES", json!([7])),
            "ROLES[0]",
            Problem::NotAPath {
                got: JsonType::Number,
            },
        ),
        (
            with("ROLES", json!(["groups", ["realm_access", 7]])),
            "ROLES[1][1]",
            segment,
        ),
        (
            with("ROLES", json!(["groups."])),
            "ROLES[0]",
            path(ClaimPathError::EmptySegment),
        ),
        (
            with("ROLES", json!([[]])),
            "ROLES[0]",
            path(ClaimPathError::Empty),
        ),
        (
            with("ROLES", json!([vec!["a"; 17]])),
            "ROLES[0]",
            path(ClaimPathError::TooLong),
        ),
        (
            with("ROLES", json!(["https://beer.example/roles"])),
            "ROLES[0]",
            path(ClaimPathError::Url),
        ),
        (
            with("ROLES", json!(["access.{client}.roles"])),
            "ROLES[0]",
            path(placeholder),
        ),
    ]);
}

#[test]
fn user_is_a_map_of_fields_to_claim_paths() {
    let path = Problem::ClaimPath;
    assert_faults([
        (
            with("USER", json!([])),
            "USER",
            Problem::NotUserFields {
                got: JsonType::List,
            },
        ),
        (
            with("USER", json!({"email": null})),
            "USER.email",
            Problem::NotAPath {
                got: JsonType::Null,
            },
        ),
        (
            with("USER", json!({"email": ""})),
            "USER.email",
            path(ClaimPathError::Empty),
        ),
        (
            with("USER", json!({"e-mail": "email"})),
            "USER.e-mail",
            Problem::NotAField,
        ),
        (
            with("USER", json!({"profile__city": "city"})),
            "USER.profile__city",
            Problem::NotAField,
        ),
        (
            with("USER", json!({"7th": "city"})),
            "USER.7th",
            Problem::NotAField,
        ),
    ]);
}

#[test]
fn an_unknown_key_names_the_nearest() {
    for (key, nearest) in [
        ("STAF", Some("STAFF")),
        ("groups", Some("GROUPS")),
        ("SUPER_USER", Some("SUPERUSER")),
        ("X", None),
    ] {
        let expected = error(
            key,
            Problem::UnknownKey {
                got: key.to_owned(),
                nearest,
            },
        );
        assert_eq!(parse(&with(key, json!([]))), Err(vec![expected]));
    }
}

#[test]
fn permissions_are_a_map_of_codenames_with_their_application() {
    let not_permissions = |got| Problem::NotPermissions { got };
    let named = |name: &str| with("PERMISSIONS", json!({name: ["creators"]}));
    assert!(parse(&named("beers.add_beer")).is_ok());
    assert!(parse(&named(&format!("beers.{}", "x".repeat(100)))).is_ok());
    assert_faults([
        (
            with("PERMISSIONS", json!(["beers.add_beer"])),
            "PERMISSIONS",
            not_permissions(JsonType::List),
        ),
        (
            with("PERMISSIONS", json!(null)),
            "PERMISSIONS",
            not_permissions(JsonType::Null),
        ),
        (
            named("add_beer"),
            "PERMISSIONS.add_beer",
            Problem::NotAPermission,
        ),
        (
            named(".add_beer"),
            "PERMISSIONS..add_beer",
            Problem::NotAPermission,
        ),
        (
            named("beers."),
            "PERMISSIONS.beers.",
            Problem::NotAPermission,
        ),
        (
            named("be ers.add"),
            "PERMISSIONS.be ers.add",
            Problem::NotAPermission,
        ),
        (
            with("PERMISSIONS", json!({"beers.add_beer": "creators"})),
            "PERMISSIONS.beers.add_beer",
            Problem::NotARule {
                got: JsonType::String,
            },
        ),
    ]);
    let long = named(&format!("beers.{}", "x".repeat(101)));
    assert_eq!(
        parse(&long).unwrap_err()[0].problem,
        Problem::NotAPermission
    );
}

#[test]
fn a_prefix_is_for_groups_of_the_same_name() {
    let prefixed = |prefix: Value| json!({"GROUPS": "same-name", "PREFIX": prefix});
    assert!(parse(&prefixed(json!("beer-"))).is_ok());
    assert_faults([
        (
            prefixed(json!(["beer-"])),
            "PREFIX",
            Problem::NotAPrefix {
                got: JsonType::List,
            },
        ),
        (
            prefixed(json!("")),
            "PREFIX",
            Problem::UnusablePrefix(NameProblem::Empty),
        ),
        (
            prefixed(json!("a\n")),
            "PREFIX",
            Problem::UnusablePrefix(NameProblem::ControlCharacter),
        ),
        (
            with("PREFIX", json!("beer-")),
            "PREFIX",
            Problem::PrefixWithoutSameName,
        ),
        (
            json!({"PREFIX": "beer-"}),
            "PREFIX",
            Problem::PrefixWithoutSameName,
        ),
    ]);
}

#[test]
fn create_is_a_boolean_beside_groups() {
    assert!(parse(&with("CREATE", json!(false))).is_ok());
    assert_faults([
        (
            with("CREATE", json!("no")),
            "CREATE",
            Problem::NotABoolean {
                got: JsonType::String,
            },
        ),
        (
            json!({"CREATE": true}),
            "CREATE",
            Problem::CreateWithoutGroups,
        ),
    ]);
}

#[test]
fn missing_roles_are_empty_or_refused() {
    for mode in ["empty", "refuse"] {
        assert!(parse(&with("ON_MISSING_ROLES", json!(mode))).is_ok());
    }
    assert_faults([
        (
            with("ON_MISSING_ROLES", json!(false)),
            "ON_MISSING_ROLES",
            Problem::NotMissingRoles {
                got: JsonType::Boolean,
            },
        ),
        (
            with("ON_MISSING_ROLES", json!("Refuse")),
            "ON_MISSING_ROLES",
            Problem::UnknownMissingRoles {
                got: "Refuse".to_owned(),
            },
        ),
    ]);
}

#[test]
fn a_hook_is_the_dotted_path_of_a_callable() {
    let policy = parse(&with("HOOK", json!("beer.policy.decide"))).unwrap();
    assert_eq!(policy.hook(), Some("beer.policy.decide"));
    assert_eq!(parse(&whole()).unwrap().hook(), None);
    for path in [
        "decide",
        "",
        ".decide",
        "beer.",
        "beer..decide",
        "beer.1st",
        "beer.policy:decide",
        "beer policy.decide",
    ] {
        assert_eq!(
            parse(&with("HOOK", json!(path))),
            Err(vec![error("HOOK", Problem::NotADottedPath)]),
            "{path}"
        );
    }
    let got = JsonType::List;
    assert_faults([(with("HOOK", json!([])), "HOOK", Problem::NotAHook { got })]);
}

// AZ-05
#[test]
fn no_claim_may_set_a_right_or_a_key_of_the_user() {
    for (field, instead) in [
        ("is_staff", Some("STAFF")),
        ("is_superuser", Some("SUPERUSER")),
        ("groups", Some("GROUPS")),
        ("user_permissions", Some("PERMISSIONS")),
        ("is_active", None),
        ("password", None),
        ("last_login", None),
        ("id", None),
        ("pk", None),
    ] {
        let expected = error(
            &format!("USER.{field}"),
            Problem::ProtectedField { instead },
        );
        assert_eq!(
            parse(&with("USER", json!({field: "is_admin"}))),
            Err(vec![expected])
        );
    }
}

#[test]
fn all_faults_are_named_at_once() {
    let document = json!({
        "STAF": [],
        "ROLES": ["a..b"],
        "STAFF": ["admins", 7, ""],
        "SUPERUSER": "admins",
        "GROUPS": {"creators": 7},
        "USER": {"email": 7},
    });
    let mut paths: Vec<String> = parse(&document)
        .unwrap_err()
        .into_iter()
        .map(|error| error.path)
        .collect();
    paths.sort();
    assert_eq!(
        paths,
        [
            "GROUPS.creators",
            "ROLES[0]",
            "STAF",
            "STAFF[1]",
            "STAFF[2]",
            "SUPERUSER",
            "USER.email"
        ]
    );
}

#[test]
fn a_rule_without_a_claim_path_of_roles_could_never_grant() {
    let generic = preset("generic").unwrap();
    let expected = vec![error("ROLES", Problem::NoRolePaths { preset: "generic" })];
    for document in [
        json!({"STAFF": ["admins"]}),
        json!({"ALLOW": ["admins"]}),
        json!({"GROUPS": "same-name"}),
        json!({"GROUPS": {"creators": ["creators"]}}),
        json!({"ROLES": [], "STAFF": ["admins"]}),
    ] {
        assert_eq!(
            Policy::parse(&document, &generic, "beer"),
            Err(expected.clone()),
            "{document}"
        );
    }
    for document in [
        json!({}),
        json!({"STAFF": []}),
        json!({"ROLES": ["groups"], "STAFF": ["admins"]}),
    ] {
        assert!(
            Policy::parse(&document, &generic, "beer").is_ok(),
            "{document}"
        );
    }
}

#[test]
fn the_messages_say_what_was_expected_what_came_and_what_to_write() {
    for (document, text) in [
        (
            with("STAFF", json!("admins")),
            r#"STAFF: expected a list of roles or a condition, got a string; for example ["admins"], any of which grants"#,
        ),
        (
            with("STAFF", json!(null)),
            "STAFF: expected a list of roles or a condition, got null; leave the key out if the right is not the provider's",
        ),
        (
            with("ALLOW", json!({"all": []})),
            "ALLOW.all: an empty `all` would hold of everybody; name what must hold, or leave the key out",
        ),
        (
            with("STAF", json!([])),
            "STAF: unknown key `STAF`; did you mean `STAFF`?",
        ),
        (
            with("X", json!([])),
            "X: unknown key `X`; known are ALLOW, CREATE, GROUPS, HOOK, ON_MISSING_ROLES, PERMISSIONS, PREFIX, ROLES, STAFF, \
             SUPERUSER, USER",
        ),
        (
            with("ROLES", json!(["https://beer.example/roles"])),
            "ROLES[0]: dots split a claim path, so the name of this claim would be cut; \
             write a list of segments: [\"https://example.com/roles\"]",
        ),
        (
            with("USER", json!({"is_staff": "staff"})),
            "USER.is_staff: no claim may set this field; `STAFF` is the key for it",
        ),
    ] {
        let errors = parse(&document).unwrap_err();
        assert_eq!(
            errors.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [text]
        );
    }
}

#[test]
fn a_text_from_the_document_is_clipped_in_messages() {
    let key = "K\n".repeat(5_000);
    let errors = parse(&with(&key, json!([]))).unwrap_err();
    let text = errors[0].to_string();
    assert!(text.chars().count() < 700 && !text.contains('\n'), "{text}");
}
