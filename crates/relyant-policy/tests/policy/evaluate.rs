//! The evaluation: which claims grant what, and which grant nothing.

use std::collections::BTreeMap;

use relyant_policy::{
    Decision, Effect, FoundRole, Groups, JsonType, NameProblem, Permissions, Policy, Reason,
    Refusal, Shape, Verdict, Warning, preset,
};
use serde_json::{Value, json};

use crate::beer::{beer, decide, object, policy, realm_roles};

fn found(role: &str) -> FoundRole {
    FoundRole {
        role: role.to_owned(),
        path: "realm_access.roles".into(),
        source: "access_token".into(),
    }
}

fn names(decision: &Decision) -> Vec<&str> {
    decision
        .roles
        .iter()
        .map(|role| role.role.as_str())
        .collect()
}

#[test]
fn a_role_grants_what_its_rules_say() {
    for (roles, groups, staff, superuser) in [
        (vec!["customers"], vec!["customers"], true, false),
        (vec!["creators"], vec!["creators"], true, false),
        (vec!["admins"], vec![], true, true),
        (vec![], vec![], false, false),
        (
            vec!["customers", "creators"],
            vec!["creators", "customers"],
            true,
            false,
        ),
        (vec!["offline_access"], vec![], false, false),
    ] {
        let decision = decide(&beer(), &realm_roles(&roles));
        assert_eq!(decision.verdict, Verdict::Allowed);
        let Groups::Named { granted, managed } = decision.groups else {
            panic!("the groups are named")
        };
        assert_eq!(
            (granted, managed),
            (
                groups.iter().map(ToString::to_string).collect(),
                vec!["creators".to_owned(), "customers".to_owned()]
            )
        );
        assert_eq!(
            (decision.staff, decision.superuser),
            (Some(staff), Some(superuser)),
            "{roles:?}"
        );
    }
}

#[test]
fn each_rule_gives_its_reason() {
    let reason = |effect, role: Option<&str>, needs: &[&str]| {
        let words = match role {
            Some(role) => format!("role `{role}` at `realm_access.roles` of the access token"),
            None => format!("no role `{}`", needs.join("`, `")),
        };
        let mut roles: Vec<String> = needs.iter().map(ToString::to_string).collect();
        roles.sort_unstable();
        Reason {
            effect,
            granted: role.is_some(),
            because: role.map(found),
            needs: needs.iter().map(ToString::to_string).collect(),
            roles,
            words,
        }
    };
    assert_eq!(
        decide(&beer(), &realm_roles(&["offline_access", "creators"])).reasons,
        [
            reason(
                Effect::Group("creators".to_owned()),
                Some("creators"),
                &["creators"]
            ),
            reason(Effect::Group("customers".to_owned()), None, &["customers"]),
            reason(
                Effect::Staff,
                Some("creators"),
                &["customers", "creators", "admins"]
            ),
            reason(Effect::Superuser, None, &["admins"]),
        ]
    );
}

#[test]
fn with_several_roles_the_first_of_the_rule_is_the_reason() {
    let document = json!({"STAFF": ["b", "a"]});
    for roles in [["a", "b"], ["b", "a"]] {
        assert_eq!(
            decide(&document, &realm_roles(&roles)).reasons[0].because,
            Some(found("b"))
        );
    }
}

#[test]
fn a_key_that_is_left_out_says_nothing() {
    let decision = decide(&json!({"USER": {}}), &realm_roles(&["admins"]));
    assert_eq!((decision.staff, decision.superuser), (None, None));
    assert_eq!(decision.groups, Groups::Unmanaged);
    assert_eq!(decision.user, BTreeMap::new());
    assert_eq!(decision.reasons, []);
    assert_eq!(names(&decision), ["admins"]);
}

#[test]
fn a_rule_without_roles_is_managed_and_grants_to_nobody() {
    let decision = decide(
        &json!({"STAFF": [], "GROUPS": {"creators": []}}),
        &realm_roles(&["creators"]),
    );
    assert_eq!(decision.staff, Some(false));
    assert_eq!(
        decision.groups,
        Groups::Named {
            granted: vec![],
            managed: vec!["creators".to_owned()]
        }
    );
}

#[test]
fn allow_is_the_door() {
    let document =
        json!({"ALLOW": ["customers", "admins"], "STAFF": ["admins"], "GROUPS": "same-name"});
    let inside = decide(&document, &realm_roles(&["customers"]));
    assert!(inside.allowed());
    assert_eq!(inside.reasons[0].because, Some(found("customers")));

    let outside = decide(&document, &realm_roles(&["creators"]));
    let needs = vec!["customers".to_owned(), "admins".to_owned()];
    assert_eq!(
        outside.refusal(),
        Some(&Refusal::NotAllowed {
            needs: needs.clone(),
            words: "any of the roles `customers`, `admins`".to_owned(),
        })
    );
    assert_eq!(
        outside.refusal().map(Refusal::code),
        Some("decision.not_allowed")
    );
    assert_eq!(
        outside.reasons,
        [Reason {
            effect: Effect::Allow,
            granted: false,
            because: None,
            needs,
            roles: vec!["admins".to_owned(), "customers".to_owned()],
            words: "none of the roles `customers`, `admins`".to_owned(),
        }]
    );
    assert_eq!(outside.roles, [found("creators")]);
    assert!(!decide(&json!({"ALLOW": []}), &realm_roles(&["customers"])).allowed());
}

#[test]
fn a_refused_decision_manages_nothing() {
    let mut document = beer();
    document["ALLOW"] = json!(["brewers"]);
    let mut claims = realm_roles(&["admins"]);
    claims["preferred_username"] = json!("adam");
    let decision = decide(&document, &claims);
    assert!(!decision.allowed());
    assert_eq!(
        (decision.staff, decision.superuser, decision.groups),
        (None, None, Groups::Unmanaged)
    );
    assert_eq!(decision.user, BTreeMap::new());
}

#[test]
fn under_same_name_each_role_that_can_be_a_group_is_a_candidate() {
    let (fits, too_long) = ("g".repeat(150), "g".repeat(151));
    let decision = decide(
        &json!({"GROUPS": "same-name"}),
        &realm_roles(&["b", "a", "b", &fits, &too_long]),
    );
    assert_eq!(
        decision.groups,
        Groups::SameName {
            candidates: vec!["a".to_owned(), "b".to_owned(), fits.clone()],
            prefix: String::new(),
        }
    );
    assert_eq!(names(&decision), ["a", "b", &fits, &too_long]);
}

#[test]
fn several_paths_unite_their_roles() {
    let claims = json!({"realm_access": {"roles": ["a", "b"]}, "resource_access": {"beer": {"roles": ["b", "c"]}}});
    let decision = decide(&json!({}), &claims);
    let paths: Vec<(&str, &str)> = decision
        .roles
        .iter()
        .map(|role| (role.role.as_str(), &*role.path))
        .collect();
    assert_eq!(
        paths,
        [
            ("a", "realm_access.roles"),
            ("b", "realm_access.roles"),
            ("c", "resource_access.beer.roles")
        ]
    );
}

#[test]
fn for_each_path_the_first_source_that_has_it_wins() {
    let document = json!({"ROLES": ["groups", "roles"]});
    let id_token = object(json!({"groups": ["id"]}));
    let userinfo = object(json!({"groups": ["info"], "roles": ["info-roles"]}));
    let access_token = object(json!({"groups": ["access"], "roles": ["access-roles"]}));
    let sources = [
        ("id_token", &id_token),
        ("userinfo", &userinfo),
        ("access_token", &access_token),
    ];
    let decision = policy(&document).evaluate(&sources);
    let roles: Vec<(&str, &str)> = decision
        .roles
        .iter()
        .map(|role| (role.role.as_str(), &*role.source))
        .collect();
    assert_eq!(roles, [("id", "id_token"), ("info-roles", "userinfo")]);
}

#[test]
fn a_list_without_members_and_a_wrong_type_win_too() {
    let document = json!({"ROLES": ["groups"]});
    let access_token = object(json!({"groups": ["admins"]}));
    for first in [
        json!([]),
        json!("admins"),
        json!(null),
        json!(["admins", 1]),
    ] {
        let id_token = object(json!({"groups": first}));
        let decision =
            policy(&document).evaluate(&[("id_token", &id_token), ("access_token", &access_token)]);
        assert_eq!(names(&decision), [""; 0], "{first}");
    }
}

// AZ-01
#[test]
fn a_claim_of_a_wrong_type_grants_nothing_and_warns() {
    let document = json!({"STAFF": ["admins", "a", "1"], "SUPERUSER": ["admins"], "GROUPS": {"admins": ["admins"]}});
    for (roles, warning) in [
        (json!("admins"), wrong_type(JsonType::String)),
        (json!(null), wrong_type(JsonType::Null)),
        (json!(true), wrong_type(JsonType::Boolean)),
        (json!(1), wrong_type(JsonType::Number)),
        (json!({"admins": 1}), wrong_type(JsonType::Object)),
        (json!(["admins", 1]), wrong_member(1, JsonType::Number)),
        (json!([["admins"]]), wrong_member(0, JsonType::List)),
        (
            json!([{"name": "admins"}, "admins"]),
            wrong_member(0, JsonType::Object),
        ),
        (json!(["admins", null]), wrong_member(1, JsonType::Null)),
    ] {
        let decision = decide(&document, &json!({"realm_access": {"roles": roles}}));
        assert_grants_nothing(&decision);
        assert_eq!(decision.warnings, [warning], "{roles}");
    }
    for (realm_access, got) in [
        (json!("admins"), JsonType::String),
        (json!(["admins"]), JsonType::List),
    ] {
        let decision = decide(&document, &json!({"realm_access": realm_access}));
        assert_grants_nothing(&decision);
        assert_eq!(decision.warnings, [wrong_type(got)]);
    }
}

fn wrong_type(got: JsonType) -> Warning {
    Warning::RolesOfWrongType {
        path: "realm_access.roles".to_owned(),
        source: "access_token".to_owned(),
        expected: Shape::List,
        got,
    }
}

fn wrong_member(index: usize, got: JsonType) -> Warning {
    Warning::MemberOfWrongType {
        path: "realm_access.roles".to_owned(),
        source: "access_token".to_owned(),
        index,
        got,
    }
}

fn assert_grants_nothing(decision: &Decision) {
    assert!(decision.allowed());
    assert_eq!(decision.roles, []);
    assert_eq!(
        (decision.staff, decision.superuser),
        (Some(false), Some(false))
    );
    assert!(
        matches!(&decision.groups, Groups::Named { granted, .. } if granted.is_empty()),
        "{decision:?}"
    );
    assert!(decision.reasons.iter().all(|reason| !reason.granted));
}

// AZ-02
#[test]
fn a_role_is_equal_or_it_is_not() {
    for near in [
        "admin ",
        " admins",
        "ADMINS",
        "Admins",
        "xadminsx",
        "admin",
        "adminss",
        "admins\u{200b}",
        "\u{430}dmins",
        "ａdmins",
        "admins.",
        "/admins",
        "admins,staff",
        "^admins$",
        ".*",
        "*",
    ] {
        let decision = decide(
            &json!({"STAFF": ["admins"], "SUPERUSER": ["admins"]}),
            &realm_roles(&[near]),
        );
        assert_eq!(
            (decision.staff, decision.superuser),
            (Some(false), Some(false)),
            "{near:?}"
        );
    }
    // Composed and decomposed forms are two names, on either side.
    let decision = decide(
        &json!({"STAFF": ["caf\u{e9}"]}),
        &realm_roles(&["cafe\u{301}"]),
    );
    assert_eq!(decision.staff, Some(false));
    let decision = decide(
        &json!({"STAFF": ["a.*", "ADMINS"]}),
        &realm_roles(&["admins"]),
    );
    assert_eq!(decision.staff, Some(false));
}

// AZ-03
#[test]
fn a_role_that_is_gone_leaves_the_right_managed_and_not_granted() {
    // Keycloak drops the whole claim with the last role: absent means empty, not unmanaged.
    for claims in [json!({}), json!({"realm_access": {}}), realm_roles(&[])] {
        let decision = decide(&beer(), &claims);
        assert_eq!(
            (decision.staff, decision.superuser),
            (Some(false), Some(false)),
            "{claims}"
        );
        let managed = vec!["creators".to_owned(), "customers".to_owned()];
        assert_eq!(
            decision.groups,
            Groups::Named {
                granted: vec![],
                managed
            }
        );
        assert_eq!(decision.warnings, []);
    }
    assert_eq!(
        decide(&json!({"GROUPS": "same-name"}), &json!({})).groups,
        Groups::SameName {
            candidates: vec![],
            prefix: String::new()
        }
    );
}

// AZ-05
#[test]
fn no_claim_makes_staff_or_superuser_by_its_name() {
    let claims = json!({
        "is_staff": true, "is_superuser": true, "staff": true, "superuser": true, "is_active": true, "STAFF": ["admins"],
        "realm_access": {"roles": ["staff", "superuser", "is_staff", "is_superuser", "STAFF", "SUPERUSER"]},
    });
    let unmapped = decide(&json!({}), &claims);
    assert_eq!((unmapped.staff, unmapped.superuser), (None, None));
    assert!(unmapped.user.is_empty());
    let mapped = decide(
        &json!({"STAFF": ["admins"], "SUPERUSER": ["admins"]}),
        &claims,
    );
    assert_eq!((mapped.staff, mapped.superuser), (Some(false), Some(false)));
    let staff_only = decide(&json!({"STAFF": ["staff"]}), &claims);
    assert_eq!((staff_only.staff, staff_only.superuser), (Some(true), None));
}

// AZ-08
#[test]
fn only_the_roles_of_this_client_count() {
    let document = json!({"STAFF": ["admins"]});
    let keycloak = preset("keycloak").unwrap();
    let dotted = Policy::parse(&document, &keycloak, "beer.example").unwrap();
    for (claims, staff) in [
        (
            json!({"resource_access": {"beer.example": {"roles": ["admins"]}}}),
            true,
        ),
        (
            json!({"resource_access": {"beer": {"example": {"roles": ["admins"]}}}}),
            false,
        ),
        (
            json!({"resource_access": {"beer": {"roles": ["admins"]}}}),
            false,
        ),
        (
            json!({"resource_access": {"wine.example": {"roles": ["admins"]}}}),
            false,
        ),
        (
            json!({"resource_access.beer.example.roles": ["admins"]}),
            false,
        ),
        (
            json!({"resource_access": {"{client_id}": {"roles": ["admins"]}}}),
            false,
        ),
    ] {
        let decision = dotted.evaluate(&[("access_token", &object(claims.clone()))]);
        assert_eq!(decision.staff, Some(staff), "{claims}");
    }
}

// AZ-08
#[test]
fn a_claim_with_dots_is_written_as_a_list() {
    let document = json!({"ROLES": [["https://beer.example/roles"]], "STAFF": ["admins"]});
    let decision = decide(
        &document,
        &json!({"https://beer.example/roles": ["admins"]}),
    );
    assert_eq!(decision.staff, Some(true));
    assert_eq!(
        &*decision.roles[0].path,
        r#"["https://beer.example/roles"]"#
    );
}

#[test]
fn names_that_no_role_can_have_are_left_out_alone() {
    let claims = json!({"realm_access": {"roles": ["admins", "", "a\nb", "r".repeat(257)]}});
    let decision = decide(&json!({"STAFF": ["admins"]}), &claims);
    assert_eq!(
        (decision.staff, names(&decision)),
        (Some(true), vec!["admins"])
    );
    let warning = Warning::UnusableRoles {
        path: "realm_access.roles".to_owned(),
        source: "access_token".to_owned(),
        count: 3,
        first: String::new(),
        problem: NameProblem::Empty,
    };
    assert_eq!(decision.warnings, [warning]);
}

#[test]
fn a_whole_decision() {
    let mut document = beer();
    document["USER"] = json!({"username": "preferred_username", "email": "email"});
    let mut claims = realm_roles(&["creators"]);
    claims["preferred_username"] = json!(["chris"]);
    claims["email"] = json!("chris@brewery.example");
    let reason = |effect, granted, needs: &[&str]| {
        let words = if granted {
            "role `creators` at `realm_access.roles` of the access token".to_owned()
        } else {
            format!("no role `{}`", needs[0])
        };
        let mut roles: Vec<String> = needs.iter().map(ToString::to_string).collect();
        roles.sort_unstable();
        Reason {
            effect,
            granted,
            because: granted.then(|| found("creators")),
            needs: needs.iter().map(ToString::to_string).collect(),
            roles,
            words,
        }
    };
    let [creators, customers] = ["creators", "customers"].map(str::to_owned);
    let expected = Decision {
        verdict: Verdict::Allowed,
        roles: vec![found("creators")],
        groups: Groups::Named {
            granted: vec![creators.clone()],
            managed: vec![creators.clone(), customers.clone()],
        },
        create_groups: true,
        permissions: Permissions::default(),
        staff: Some(true),
        superuser: Some(false),
        user: BTreeMap::from([("email".to_owned(), json!("chris@brewery.example"))]),
        reasons: vec![
            reason(Effect::Group(creators), true, &["creators"]),
            reason(Effect::Group(customers), false, &["customers"]),
            reason(Effect::Staff, true, &["customers", "creators", "admins"]),
            reason(Effect::Superuser, false, &["admins"]),
        ],
        warnings: vec![Warning::FieldOfWrongType {
            field: "username".to_owned(),
            path: "preferred_username".to_owned(),
            source: "access_token".to_owned(),
            got: JsonType::List,
        }],
    };
    assert_eq!(decide(&document, &claims), expected);
}

#[test]
fn effects_have_stable_names() {
    for (effect, name) in [
        (Effect::Allow, "allow"),
        (Effect::Group("creators".to_owned()), "group:creators"),
        (Effect::Staff, "staff"),
        (Effect::Superuser, "superuser"),
        (
            Effect::Permission("beers.add_beer".to_owned()),
            "permission:beers.add_beer",
        ),
    ] {
        assert_eq!(effect.to_string(), name);
    }
}

#[test]
fn messages_name_the_claim_and_never_its_value() {
    let secret = "s3cret";
    let decision = decide(
        &beer(),
        &json!({"realm_access": {"roles": secret}, "email": [secret]}),
    );
    let texts: Vec<String> = decision.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts[0],
        "`realm_access.roles` of the access token grants nothing: expected a list of strings, got a string"
    );
    assert_eq!(
        texts[1],
        "the user field `email` is left alone: expected a string, a number or a boolean at `email` of the access token, \
         got a list"
    );
    assert!(
        texts.len() == 2 && texts.iter().all(|text| !text.contains(secret)),
        "{texts:?}"
    );
    let refused = decide(&json!({"ALLOW": ["a", "b"]}), &json!({}));
    assert_eq!(
        refused.refusal().map(ToString::to_string).as_deref(),
        Some("`ALLOW` needs any of the roles `a`, `b`")
    );
}

#[test]
fn a_policy_tells_the_claims_that_it_looks_at() {
    let names = |document: Value| {
        let policy = policy(&document);
        policy.claim_names().join(" ")
    };
    assert_eq!(
        names(json!({"USER": {"email": "email"}})),
        "email realm_access resource_access"
    );
    assert_eq!(
        names(
            json!({"ROLES": ["groups", ["https://a.example/b", "c"]], "USER": {"first_name": "name.given", "last_name": "name.family"}})
        ),
        "groups https://a.example/b name"
    );
}

#[test]
fn permissions_are_granted_by_rules_of_their_own() {
    let document = json!({"PERMISSIONS": {"beers.view_beer": ["customers", "creators"], "beers.add_beer": ["creators"]}});
    let decision = decide(&document, &realm_roles(&["customers"]));
    assert_eq!(
        decision.permissions,
        Permissions {
            granted: vec!["beers.view_beer".to_owned()],
            managed: vec!["beers.add_beer".to_owned(), "beers.view_beer".to_owned()],
        }
    );
    let effects: Vec<String> = decision
        .reasons
        .iter()
        .map(|reason| reason.effect.to_string())
        .collect();
    assert_eq!(
        effects,
        ["permission:beers.add_beer", "permission:beers.view_beer"]
    );
    let refused = json!({"ALLOW": [], "PERMISSIONS": {"beers.view_beer": ["customers"]}});
    assert_eq!(
        decide(&refused, &realm_roles(&["customers"])).permissions,
        Permissions::default()
    );
}

#[test]
fn with_a_prefix_the_rest_of_a_role_is_the_group() {
    let document = json!({"GROUPS": "same-name", "PREFIX": "beer-"});
    let decision = decide(
        &document,
        &realm_roles(&[
            "beer-creators",
            "Beer-brewers",
            "creators",
            "beer-",
            "xbeer-a",
        ]),
    );
    assert_eq!(
        decision.groups,
        Groups::SameName {
            candidates: vec!["creators".to_owned()],
            prefix: "beer-".to_owned(),
        }
    );
    assert_eq!(
        decision.role_for_group("creators"),
        Some(&found("beer-creators"))
    );
    assert_eq!(decision.role_for_group("brewers"), None);
}

#[test]
fn the_role_behind_a_group_can_be_told() {
    let decision = decide(&beer(), &realm_roles(&["creators"]));
    assert_eq!(
        decision.role_for_group("creators"),
        Some(&found("creators"))
    );
    assert_eq!(decision.role_for_group("customers"), None);
    assert_eq!(decision.role_for_group("brewers"), None);
    assert_eq!(
        decide(&json!({}), &realm_roles(&["a"])).role_for_group("a"),
        None
    );
}

#[test]
fn groups_are_made_where_a_map_names_them() {
    for (document, create) in [
        (json!({}), false),
        (json!({"GROUPS": {}}), true),
        (json!({"GROUPS": {}, "CREATE": false}), false),
        (json!({"GROUPS": "same-name"}), false),
        (json!({"GROUPS": "same-name", "CREATE": true}), true),
    ] {
        assert_eq!(
            decide(&document, &json!({})).create_groups,
            create,
            "{document}"
        );
    }
}

#[test]
fn the_rules_can_be_read_in_words() {
    let mut document = beer();
    document["ALLOW"] = json!([]);
    document["PERMISSIONS"] = json!({"beers.add_beer": ["creators"]});
    let policy = policy(&document);
    let rules: Vec<(&str, Option<&str>, String)> = policy
        .rules()
        .into_iter()
        .map(|rule| (rule.key, rule.target, rule.words))
        .collect();
    let rule = |key, target, words: &str| (key, target, words.to_owned());
    assert_eq!(
        rules,
        [
            rule("ALLOW", None, "nobody"),
            rule("GROUPS", Some("creators"), "the role `creators`"),
            rule("GROUPS", Some("customers"), "the role `customers`"),
            rule(
                "STAFF",
                None,
                "any of the roles `customers`, `creators`, `admins`"
            ),
            rule("SUPERUSER", None, "the role `admins`"),
            rule("PERMISSIONS", Some("beers.add_beer"), "the role `creators`"),
        ]
    );
    assert_eq!(policy.group_names(), ["creators", "customers"]);
    assert_eq!(policy.permission_names(), ["beers.add_beer"]);
}
