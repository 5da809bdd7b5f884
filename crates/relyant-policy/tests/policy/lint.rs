//! What is odd about policies without faults.

use relyant_policy::{Asked, Lint, Oddity};
use serde_json::{Value, json};

use crate::beer::{beer, policy};

fn lint(document: &Value) -> Vec<(String, Oddity)> {
    lint_asked(document, Asked::default())
}

fn lint_asked(document: &Value, asked: Asked<'_>) -> Vec<(String, Oddity)> {
    let found = policy(document).lint(asked);
    found
        .into_iter()
        .map(|lint| (lint.path, lint.oddity))
        .collect()
}

fn odd(path: &str, oddity: Oddity) -> (String, Oddity) {
    (path.to_owned(), oddity)
}

#[test]
fn a_sound_policy_has_nothing_odd() {
    for document in [
        beer(),
        json!({}),
        json!({"GROUPS": "same-name", "PREFIX": "beer-", "STAFF": ["admins", "beer-staff"]}),
        json!({"STAFF": {"all": [
            {"claim": "email_verified", "equals": true},
            {"claim": "email", "domain": ["brewery.example"]},
            {"claim": "email", "matches": ".*@brewery.*"},
            {"claim": "tier", "in": ["gold", "silver"]},
            {"claim": "tier", "in": ["silver", "bronze"]},
            {"claim": "groups", "contains": "a"},
            {"claim": "groups", "contains": "b"},
            {"not": "interns"},
            "admins",
        ]}}),
        json!({"STAFF": {"any": [{"claim": "tier", "equals": 1}, {"claim": "tier", "equals": 2}]}}),
        json!({"STAFF": {"claim": "work_email", "domain": ["brewery.example"]}}),
        json!({"STAFF": {"claim": "flag", "equals": 1}}),
    ] {
        assert_eq!(lint(&document), [], "{document}");
    }
}

#[test]
fn what_nobody_can_match_is_named_with_its_place() {
    let document = json!({
        "ALLOW": [],
        "GROUPS": {"creators": {"any": []}, "brewers": ["a", {"acr": []}]},
        "STAFF": {"all": ["a", {"claim": "tier", "in": []}]},
        "SUPERUSER": {"not": {"any": [{"any": []}]}},
        "PERMISSIONS": {"beers.add_beer": [{"all": [{"claim": "email", "domain": []}]}]},
    });
    assert_eq!(
        lint(&document),
        [
            odd("ALLOW", Oddity::Nobody),
            odd("GROUPS.brewers[1]", Oddity::Nobody),
            odd("GROUPS.creators", Oddity::Nobody),
            odd("STAFF", Oddity::Nobody),
            odd("SUPERUSER", Oddity::Everybody),
            odd("PERMISSIONS.beers.add_beer[0]", Oddity::Nobody),
        ]
    );
}

#[test]
fn what_can_not_hold_together_is_named_with_the_other() {
    let claim = |operator: &str, operand: Value| json!({"claim": "c", operator: operand});
    for (one, other) in [
        (claim("equals", json!("a")), claim("equals", json!("b"))),
        (claim("equals", json!(1)), claim("equals", json!("1"))),
        (claim("equals", json!("a")), claim("in", json!(["b", "c"]))),
        (claim("in", json!(["a", "b"])), claim("in", json!(["c"]))),
        (claim("equals", json!("a")), claim("contains", json!("a"))),
        (claim("equals", json!("a")), claim("present", json!(false))),
        (
            claim("contains", json!("a")),
            claim("present", json!(false)),
        ),
        (claim("matches", json!("a")), claim("present", json!(false))),
        (
            claim("present", json!(true)),
            claim("present", json!(false)),
        ),
        (claim("equals", json!("a")), claim("matches", json!("b+"))),
        (
            claim("equals", json!("x@a.example")),
            claim("domain", json!(["b.example"])),
        ),
        (
            claim("domain", json!(["a.example"])),
            claim("domain", json!(["b.example"])),
        ),
        (claim("contains", json!("a")), claim("matches", json!("a"))),
        (json!("admins"), json!({"not": "admins"})),
        (json!({"scope": "a"}), json!({"not": {"scope": "a"}})),
        (json!({"acr": "1"}), json!({"acr": ["2", "3"]})),
    ] {
        let other_of = |path: &str| Oddity::Contradiction {
            other: path.to_owned(),
        };
        for (first, second) in [(&one, &other), (&other, &one)] {
            let together = json!({"STAFF": {"all": [first, "a", second]}});
            assert_eq!(
                lint(&together),
                [odd("STAFF.all[2]", other_of("STAFF.all[0]"))],
                "{together}"
            );
            let either = json!({"STAFF": [first, "a", second], "ON_MISSING_ROLES": "refuse"});
            assert_eq!(lint(&either), [], "{either}");
        }
    }
}

#[test]
fn what_is_there_twice_is_named() {
    let document = json!({
        "ALLOW": ["a", "b", "a"],
        "STAFF": {"all": ["b", {"not": {"any": ["a", {"role": "a"}]}}]},
    });
    assert_eq!(
        lint(&document),
        [
            odd("ALLOW[2]", Oddity::Twice),
            odd("STAFF.all[1].not.any[1]", Oddity::Twice)
        ]
    );
}

#[test]
fn scopes_and_acr_values_that_nobody_asks_for_are_named() {
    let document = json!({"STAFF": [{"scope": "beers"}, {"scope": "wine"}, {"acr": ["2", "3"]}, {"acr": "1"}]});
    let asked = Asked {
        scopes: Some(&["openid", "beers"]),
        acr_values: &["3"],
    };
    let scope = "wine".to_owned();
    assert_eq!(
        lint_asked(&document, asked),
        [
            odd("STAFF[1]", Oddity::ScopeNotAsked { scope }),
            odd("STAFF[3]", Oddity::AcrNotAsked),
        ]
    );
    assert_eq!(lint(&document), []);
}

// AZ-02
#[test]
fn blanks_around_names_are_named() {
    let document = json!({"STAFF": ["admins ", {"all": [" a", "b c"]}]});
    assert_eq!(
        lint(&document),
        [
            odd("STAFF[0]", Oddity::BlankAround),
            odd("STAFF[1].all[0]", Oddity::BlankAround)
        ]
    );
}

// AZ-06, and Core §5.1: anybody may have written an address that isn't verified
#[test]
fn an_address_that_nobody_verified_is_named() {
    let email = json!({"claim": "email", "domain": ["brewery.example"]});
    let verified = json!({"claim": "email_verified", "equals": true});
    let unverified = json!({"claim": "email_verified", "equals": false});
    for (rule, path) in [
        (email.clone(), "STAFF"),
        (json!(["admins", email]), "STAFF[1]"),
        (json!([email, verified]), "STAFF[0]"),
        (json!({"all": [email, unverified]}), "STAFF.all[0]"),
    ] {
        assert_eq!(
            lint(&json!({"STAFF": rule})),
            [odd(path, Oddity::UnverifiedAddress)]
        );
    }
    for rule in [
        json!({"all": [{"any": ["admins", email]}, verified]}),
        json!({"all": [verified, email]}),
    ] {
        assert_eq!(lint(&json!({"STAFF": rule})), []);
    }
}

#[test]
fn a_prefix_is_not_taken_off_in_rules() {
    let prefixed = |staff: Value| json!({"GROUPS": "same-name", "PREFIX": "beer-", "STAFF": staff});
    assert_eq!(
        lint(&prefixed(json!(["admins", "staff"]))),
        [odd("PREFIX", Oddity::PrefixOfNoRole)]
    );
    assert_eq!(lint(&prefixed(json!(["admins", "beer-staff"]))), []);
    assert_eq!(lint(&prefixed(json!({"acr": "2"}))), []);
}

#[test]
fn each_oddity_says_what_to_do() {
    let other = "STAFF.all[0]".to_owned();
    let scope = "a`b".to_owned();
    for oddity in [
        Oddity::Nobody,
        Oddity::Everybody,
        Oddity::Twice,
        Oddity::Contradiction { other },
        Oddity::ScopeNotAsked { scope },
        Oddity::AcrNotAsked,
        Oddity::BlankAround,
        Oddity::UnverifiedAddress,
        Oddity::PrefixOfNoRole,
    ] {
        let path = "STAFF".to_owned();
        let lint = Lint { path, oddity };
        assert!(!lint.message().is_empty() && !lint.hint().is_empty());
        assert_eq!(lint.message().matches('`').count() % 2, 0, "{lint:?}");
    }
}

// AR-18
#[test]
fn a_role_whose_absence_alone_lets_in_is_odd() {
    let absent = json!({"not": "suspended"});
    for (rule, path) in [
        (json!(absent), "STAFF"),
        (json!([absent]), "STAFF[0]"),
        (json!({"not": {"any": ["suspended", "guest"]}}), "STAFF"),
        (
            json!({"all": [{"claim": "hd", "equals": "a"}, absent]}),
            "STAFF.all[1]",
        ),
        (json!({"any": ["admins", absent]}), "STAFF.any[1]"),
        (
            json!({"all": [{"any": ["admins", {"scope": "openid"}]}, absent]}),
            "STAFF.all[1]",
        ),
    ] {
        assert_eq!(
            lint(&json!({"STAFF": rule})),
            [odd(path, Oddity::RoleAbsent)]
        );
        assert_eq!(
            lint(&json!({"STAFF": rule, "ON_MISSING_ROLES": "refuse"})),
            []
        );
    }
    for rule in [
        json!({"all": ["customers", absent]}),
        json!({"all": [{"any": ["customers", "creators"]}, absent]}),
        json!({"not": {"claim": "plan", "equals": 2}}),
    ] {
        assert_eq!(lint(&json!({"STAFF": rule})), []);
    }
}
