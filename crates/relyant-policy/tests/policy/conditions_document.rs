//! Conditions in the policy document: each fault is found, with its place, what was expected and what came.

use relyant_policy::{
    ClaimPathError, ConditionProblem, DocumentError, Expected, JsonType, NameProblem,
    PatternProblem, Policy, Problem, preset,
};
use serde_json::{Value, json};

fn parse(document: &Value) -> Result<Policy, Vec<DocumentError>> {
    Policy::parse(document, &preset("keycloak").unwrap(), "beer")
}

/// The faults of a rule for staff, with their places.
fn faults(rule: &Value) -> Vec<(String, Problem)> {
    let faults = parse(&json!({"STAFF": rule})).err().unwrap_or_default();
    faults
        .into_iter()
        .map(|fault| (fault.path, fault.problem))
        .collect()
}

/// Each rule has one fault, and this is it.
fn assert_faults(table: impl IntoIterator<Item = (Value, &'static str, ConditionProblem)>) {
    for (rule, path, problem) in table {
        let expected = (path.to_owned(), Problem::Condition(problem));
        assert_eq!(faults(&rule), [expected], "{rule}");
    }
}

fn unexpected(expected: Expected, got: JsonType) -> ConditionProblem {
    ConditionProblem::Unexpected { expected, got }
}

#[test]
fn every_condition_can_stand_in_every_rule() {
    let rules = [
        json!({"all": ["admins", {"claim": "email_verified", "equals": true}]}),
        json!({"any": ["admins", {"role": "creators"}]}),
        json!({"not": {"role": "interns"}}),
        json!({"not": "interns"}),
        json!({"scope": "beers:write"}),
        json!({"acr": "2"}),
        json!({"acr": ["2", "urn:mace:incommon:iap:silver"]}),
        json!({"claim": "email", "present": false}),
        json!({"claim": ["https://beer.example/tier"], "equals": "gold"}),
        json!({"claim": "resource_access.{client_id}.level", "equals": 7}),
        json!({"claim": "tier", "in": ["gold", 1, true]}),
        json!({"claim": "groups", "contains": "brewers"}),
        json!({"claim": "email", "domain": ["brewery.example", "BÜCHER.example"]}),
        json!({"claim": "upn", "matches": "[a-z.]+@brewery\\.example"}),
        json!(["admins", {"acr": "2"}, {"any": []}]),
    ];
    for rule in rules {
        for document in [
            json!({"ALLOW": rule}),
            json!({"STAFF": rule}),
            json!({"SUPERUSER": rule}),
            json!({"GROUPS": {"creators": rule}}),
            json!({"PERMISSIONS": {"beers.add_beer": rule}}),
        ] {
            assert_eq!(parse(&document).err(), None, "{document}");
        }
    }
}

#[test]
fn a_fault_has_the_path_of_its_place() {
    let paths: Vec<String> = parse(&json!({
        "ALLOW": [{"not": {"any": ["a", {"role": ""}]}}],
        "STAFF": {"all": ["admins", {"claim": "a..b", "equals": true}, {"claim": "a", "equals": null}]},
        "GROUPS": {"creators": {"claim": "tier", "in": ["gold", []]}},
        "PERMISSIONS": {"beers.add_beer": [{"acr": ["2", 3]}]},
    }))
    .unwrap_err()
    .into_iter()
    .map(|fault| fault.path)
    .collect();
    assert_eq!(
        paths,
        [
            "ALLOW[0].not.any[1].role",
            "GROUPS.creators.in[1]",
            "STAFF.all[1].claim",
            "STAFF.all[2].equals",
            "PERMISSIONS.beers.add_beer[0].acr[1]",
        ]
    );
}

#[test]
fn a_condition_is_about_exactly_one_thing() {
    let subjects = |got: &[&'static str]| ConditionProblem::NotOneSubject { got: got.to_vec() };
    let operators = |got: &[&'static str]| ConditionProblem::NotOneOperator { got: got.to_vec() };
    assert_faults([
        (json!({}), "STAFF", subjects(&[])),
        (json!([{}]), "STAFF[0]", subjects(&[])),
        (json!({"equals": true}), "STAFF", subjects(&[])),
        (
            json!({"role": "a", "scope": "b"}),
            "STAFF",
            subjects(&["role", "scope"]),
        ),
        (
            json!({"all": ["a"], "not": "b"}),
            "STAFF",
            subjects(&["all", "not"]),
        ),
        (json!({"claim": "email"}), "STAFF", operators(&[])),
        (
            json!({"claim": "email", "equals": "a", "present": true}),
            "STAFF",
            operators(&["present", "equals"]),
        ),
        (
            json!({"role": "admins", "equals": true}),
            "STAFF",
            ConditionProblem::OperatorWithoutClaim { operator: "equals" },
        ),
    ]);
}

#[test]
fn an_unknown_member_names_the_nearest() {
    let unknown = |got: &str, nearest| ConditionProblem::UnknownMember {
        got: got.to_owned(),
        nearest,
    };
    assert_faults([
        (
            json!({"clam": "email", "equals": true}),
            "STAFF.clam",
            unknown("clam", Some("claim")),
        ),
        (
            json!([{"claim": "email", "equal": true}]),
            "STAFF[0].equal",
            unknown("equal", Some("equals")),
        ),
        (
            json!({"all": [{"ROLE": "a"}]}),
            "STAFF.all[0].ROLE",
            unknown("ROLE", Some("role")),
        ),
        (json!({"group": "a"}), "STAFF.group", unknown("group", None)),
    ]);
}

#[test]
fn each_part_is_of_its_type() {
    use Expected::{
        AcrValue, AcrValues, Boolean, Conditions, Domain, Domains, Pattern, Role, Scalar, Scalars,
        Scope,
    };
    use JsonType::{List, Null, Number, Object, String};
    let claim = |operator: &str, value: Value| json!({"claim": "c", operator: value});
    assert_faults([
        (
            json!({"all": "a"}),
            "STAFF.all",
            unexpected(Conditions, String),
        ),
        (
            json!({"any": {}}),
            "STAFF.any",
            unexpected(Conditions, Object),
        ),
        (json!({"role": ["a"]}), "STAFF.role", unexpected(Role, List)),
        (
            json!({"scope": ["a"]}),
            "STAFF.scope",
            unexpected(Scope, List),
        ),
        (
            json!({"acr": 2}),
            "STAFF.acr",
            unexpected(AcrValues, Number),
        ),
        (
            json!({"acr": [2]}),
            "STAFF.acr[0]",
            unexpected(AcrValue, Number),
        ),
        (
            claim("present", json!("yes")),
            "STAFF.present",
            unexpected(Boolean, String),
        ),
        (
            claim("equals", json!(null)),
            "STAFF.equals",
            unexpected(Scalar, Null),
        ),
        (
            claim("equals", json!(["a"])),
            "STAFF.equals",
            unexpected(Scalar, List),
        ),
        (
            claim("contains", json!({})),
            "STAFF.contains",
            unexpected(Scalar, Object),
        ),
        (
            claim("in", json!("a")),
            "STAFF.in",
            unexpected(Scalars, String),
        ),
        (
            claim("in", json!([null])),
            "STAFF.in[0]",
            unexpected(Scalar, Null),
        ),
        (
            claim("domain", json!("a.example")),
            "STAFF.domain",
            unexpected(Domains, String),
        ),
        (
            claim("domain", json!([7])),
            "STAFF.domain[0]",
            unexpected(Domain, Number),
        ),
        (
            claim("matches", json!(["a"])),
            "STAFF.matches",
            unexpected(Pattern, List),
        ),
    ]);
    let not_a_role = |path: &str, got| (path.to_owned(), Problem::NotARole { got });
    assert_eq!(
        faults(&json!({"not": ["a"]})),
        [not_a_role("STAFF.not", List)]
    );
    assert_eq!(
        faults(&json!({"all": ["a", null]})),
        [not_a_role("STAFF.all[1]", Null)]
    );
    let path = Problem::ClaimPath(ClaimPathError::EmptySegment);
    assert_eq!(
        faults(&json!({"claim": "a..b", "equals": 1})),
        [("STAFF.claim".to_owned(), path)]
    );
    let path = Problem::NotAPath { got: Null };
    assert_eq!(
        faults(&json!({"claim": null, "equals": 1})),
        [("STAFF.claim".to_owned(), path)]
    );
}

// RFC 6749 §3.3
#[test]
fn names_and_texts_are_such_that_they_could_match() {
    let pattern = |text: &str| ConditionProblem::Pattern(PatternProblem::Syntax(text.to_owned()));
    let domain = |got: &str| ConditionProblem::NotADomain {
        got: got.to_owned(),
    };
    assert_faults([
        (json!({"all": []}), "STAFF.all", ConditionProblem::EmptyAll),
        (
            json!({"scope": ""}),
            "STAFF.scope",
            ConditionProblem::NotAScope,
        ),
        (
            json!({"scope": "a b"}),
            "STAFF.scope",
            ConditionProblem::NotAScope,
        ),
        (
            json!({"acr": ""}),
            "STAFF.acr",
            ConditionProblem::UnusableAcr(NameProblem::Empty),
        ),
        (
            json!({"claim": "email", "domain": ["@a.example"]}),
            "STAFF.domain[0]",
            domain("@a.example"),
        ),
        (
            json!({"claim": "email", "domain": ["a.example", "*.a.example"]}),
            "STAFF.domain[1]",
            domain("*.a.example"),
        ),
        (
            json!({"claim": "email", "domain": [""]}),
            "STAFF.domain[0]",
            domain(""),
        ),
        (
            json!({"claim": "upn", "matches": "("}),
            "STAFF.matches",
            pattern("unclosed group"),
        ),
        (
            json!({"claim": "upn", "matches": "\\w{1,5000}"}),
            "STAFF.matches",
            ConditionProblem::Pattern(PatternProblem::TooBig),
        ),
    ]);
    let unusable = Problem::UnusableRole(NameProblem::ControlCharacter);
    assert_eq!(
        faults(&json!({"role": "a\n"})),
        [("STAFF.role".to_owned(), unusable)]
    );
}

#[test]
fn depth_and_size_of_a_rule_are_limited() {
    let nested = |depth: usize| (0..depth).fold(json!("a"), |inner, _| json!({"not": inner}));
    assert_eq!(faults(&nested(15)), []);
    let found = faults(&nested(16));
    let too_deep = Problem::Condition(ConditionProblem::TooDeep);
    assert_eq!(found, [(format!("STAFF{}", ".not".repeat(16)), too_deep)]);
    assert_eq!(faults(&nested(500)).len(), 1);

    let many = |count: usize| json!(vec!["a"; count]);
    assert_eq!(faults(&many(2_000)), []);
    let too_many = Problem::Condition(ConditionProblem::TooManyParts);
    assert_eq!(
        faults(&many(100_000)),
        [("STAFF[2000]".to_owned(), too_many.clone())]
    );
    let inside = json!({"any": [{"any": vec!["a"; 1_500]}, {"any": vec!["a"; 1_500]}]});
    assert_eq!(faults(&inside).len(), 1);
    assert_eq!(
        faults(&json!({"claim": "c", "in": vec![1; 2_001]})),
        [("STAFF.in".to_owned(), too_many)]
    );
}

#[test]
fn roles_inside_of_conditions_need_a_claim_path_too() {
    let generic = preset("generic").unwrap();
    for rule in [
        json!({"not": "interns"}),
        json!({"all": [{"acr": "2"}, {"role": "admins"}]}),
    ] {
        let faults = Policy::parse(&json!({"STAFF": rule}), &generic, "beer").unwrap_err();
        assert_eq!(
            faults[0].problem,
            Problem::NoRolePaths { preset: "generic" }
        );
    }
    let claim = json!({"STAFF": {"claim": "email_verified", "equals": true}});
    assert!(Policy::parse(&claim, &generic, "beer").is_ok());
    let refuse = json!({"ON_MISSING_ROLES": "refuse"});
    assert!(Policy::parse(&refuse, &generic, "beer").is_err());
}

#[test]
fn the_messages_say_what_was_expected_what_came_and_what_to_write() {
    for (rule, text) in [
        (
            json!({"clam": "email", "equals": true}),
            "STAFF.clam: no condition has `clam`; did you mean `claim`?",
        ),
        (
            json!({"claim": "email"}),
            "STAFF: expected one thing said of the claim, got none; write one of `present`, `equals`, `in`, `contains`, \
             `domain` and `matches`; put several conditions into `all`",
        ),
        (
            json!({"claim": "email", "domain": "a.example"}),
            "STAFF.domain: expected a list of domain names, got a string; for example \
             {\"claim\": \"email\", \"domain\": [\"brewery.example\"]}; each domain on its own, without `@` and `*`",
        ),
        (
            json!({"claim": "upn", "matches": "(?=a)"}),
            "STAFF.matches: expected a regular expression: look-around, including look-ahead and look-behind, is not supported; \
             the syntax is that of the Rust crate `regex`, without look-around and back references",
        ),
    ] {
        let faults = parse(&json!({"STAFF": rule})).unwrap_err();
        assert_eq!(
            faults.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [text]
        );
    }
}
