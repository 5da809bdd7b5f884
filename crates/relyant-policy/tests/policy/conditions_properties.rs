//! What holds for all conditions and all claims.

use proptest::prelude::*;
use relyant_policy::{Asked, Decision, Groups, Object, Oddity, Permissions, Refusal, SignIn};
use serde_json::{Map, Value, json};

use crate::beer::{object, policy};

/// Few names and values, so that conditions and claims meet.
fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "A", "a ", "аb"]).prop_map(str::to_owned)
}

fn claim_name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["c", "d", "e"])
}

/// A claim, or something inside of one.
fn claim_path() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["c", "d", "e", "c.a", "d.a"])
}

fn domain_name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "a.example",
        "b.example",
        "xa.example",
        "b.a.example",
        "a.example.b",
        "example",
    ])
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        name().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        (0..2).prop_map(Value::from),
    ]
}

fn said_of_a_claim() -> impl Strategy<Value = (&'static str, Value)> {
    let patterns = prop::sample::select(vec!["a|b", ".*", "a@.*", ""]);
    prop_oneof![
        any::<bool>().prop_map(|present| ("present", json!(present))),
        scalar().prop_map(|scalar| ("equals", scalar)),
        prop::collection::vec(scalar(), 0..3).prop_map(|scalars| ("in", json!(scalars))),
        scalar().prop_map(|scalar| ("contains", scalar)),
        prop::collection::vec(domain_name(), 0..3).prop_map(|domains| ("domain", json!(domains))),
        patterns.prop_map(|pattern| ("matches", json!(pattern))),
    ]
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        name().prop_map(Value::from),
        name().prop_map(|role| json!({"role": role})),
        prop::sample::select(vec!["a", "b"]).prop_map(|scope| json!({"scope": scope})),
        prop::collection::vec(name(), 0..3).prop_map(|acr| json!({"acr": acr})),
        (claim_path(), said_of_a_claim())
            .prop_map(|(claim, (operator, operand))| json!({"claim": claim, operator: operand})),
        (claim_path(), said_of_a_claim())
            .prop_map(|(claim, (operator, operand))| json!({"claim": claim, operator: operand})),
    ]
}

/// A condition, written as one: never a bare name.
fn condition() -> impl Strategy<Value = Value> {
    let nested = leaf().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|members| json!({"all": members})),
            prop::collection::vec(inner.clone(), 0..4).prop_map(|members| json!({"any": members})),
            inner.prop_map(|inner| json!({"not": inner})),
        ]
    });
    nested.prop_map(|condition| match condition {
        Value::String(role) => json!({"role": role}),
        other => other,
    })
}

fn rule() -> impl Strategy<Value = Value> {
    prop_oneof![
        condition(),
        prop::collection::vec(prop_oneof![leaf(), condition()], 0..4).prop_map(Value::from),
    ]
}

/// A value that fits some operator, or none.
fn value() -> impl Strategy<Value = Value> {
    let address = prop::sample::select(vec!["a@a.example", "a@b.example@a.example", "a@A.EXAMPLE"]);
    prop_oneof![
        4 => scalar(),
        2 => prop::collection::vec(scalar(), 0..3).prop_map(Value::from),
        2 => address.prop_map(Value::from),
        1 => Just(Value::Null),
        1 => Just(json!({"a": true})),
    ]
}

/// What can't be read as a list of roles, though names may be in it.
fn unreadable_roles() -> impl Strategy<Value = Value> {
    prop_oneof![
        name().prop_map(Value::from),
        name().prop_map(|role| json!({role: true})),
        name().prop_map(|role| json!([role, 1])),
        name().prop_map(|role| json!([[role]])),
        Just(Value::Null),
        Just(json!(true)),
    ]
}

/// Claims with a list of roles that is as it should be.
fn claims() -> impl Strategy<Value = Object> {
    let others = prop::collection::btree_map(claim_name(), value(), 0..4);
    (others, prop::collection::vec(name(), 0..3)).prop_map(|(others, roles)| {
        let roles = ("realm_access", json!({"roles": roles}));
        let members = others.into_iter().chain([roles]);
        members
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    })
}

/// A document without faults; each key may be left out.
fn document() -> impl Strategy<Value = Value> {
    let groups = prop_oneof![
        Just(json!("same-name")),
        prop::collection::btree_map(name(), rule(), 0..3).prop_map(|groups| json!(groups)),
    ];
    let permissions = prop::collection::btree_map("beers\\.[a-c]", rule(), 0..3);
    let optional = || prop::option::of(rule());
    (
        optional(),
        prop::option::of(groups),
        optional(),
        optional(),
        prop::option::of(permissions.prop_map(|rules| json!(rules))),
    )
        .prop_map(|(allow, groups, staff, superuser, permissions)| {
            let keys = [
                ("ALLOW", allow),
                ("GROUPS", groups),
                ("STAFF", staff),
                ("SUPERUSER", superuser),
                ("PERMISSIONS", permissions),
            ];
            keys.into_iter()
                .filter_map(|(key, value)| Some((key.to_owned(), value?)))
                .collect()
        })
}

fn decide(document: &Value, claims: &Object) -> Decision {
    let sign_in = SignIn {
        scopes: Some(&["a"]),
        acr: Some("a"),
    };
    policy(document).evaluate_sign_in(&[("id_token", claims)], sign_in)
}

/// Whether a condition somewhere in `document` looks into a list at the claim `claim`, or inside of it.
fn looks_into_a_list(document: &Value, claim: &str) -> bool {
    let inside = |value: &Value| looks_into_a_list(value, claim);
    match document {
        Value::Array(members) => members.iter().any(inside),
        Value::Object(members) => {
            let path = members.get("claim").and_then(Value::as_str);
            let is_there = path.is_some_and(|path| path.split('.').next() == Some(claim));
            is_there && members.contains_key("contains") || members.values().any(inside)
        }
        _ => false,
    }
}

fn grants(rule: &Value, claims: &Object) -> bool {
    decide(&json!({"STAFF": rule}), claims).staff == Some(true)
}

/// Whether something holds: unknown is neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Known {
    No,
    Unknown,
    Yes,
}

/// What a condition comes to, if its parts are asked one by one and put together by the tables of three-valued logic.
fn expected(condition: &Value, claims: &Object) -> Known {
    let members = |key: &str| condition.get(key).and_then(Value::as_array);
    let each = |members: &[Value]| -> Vec<Known> {
        members
            .iter()
            .map(|member| expected(member, claims))
            .collect()
    };
    if let Some(all) = members("all") {
        each(all).into_iter().min().unwrap()
    } else if let Some(any) = members("any") {
        each(any).into_iter().max().unwrap_or(Known::No)
    } else if let Some(inner) = condition.get("not") {
        match expected(inner, claims) {
            Known::No => Known::Yes,
            Known::Unknown => Known::Unknown,
            Known::Yes => Known::No,
        }
    } else {
        let holds = grants(&json!([condition]), claims);
        let opposite = grants(&json!([{"not": condition}]), claims);
        assert!(!(holds && opposite), "{condition}");
        match (holds, opposite) {
            (true, _) => Known::Yes,
            (_, true) => Known::No,
            _ => Known::Unknown,
        }
    }
}

/// The same condition with the members of its lists the other way round.
fn reversed(condition: &Value) -> Value {
    match condition {
        Value::Array(members) => members.iter().rev().map(reversed).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| (key.clone(), reversed(value)))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

/// What a decision gives, without the words why.
fn given(decision: &Decision) -> impl PartialEq + std::fmt::Debug + use<> {
    let reasons: Vec<(String, bool)> = decision
        .reasons
        .iter()
        .map(|reason| (reason.effect.to_string(), reason.granted))
        .collect();
    (
        decision.allowed(),
        decision.groups.clone(),
        decision.permissions.clone(),
        (decision.staff, decision.superuser),
        reasons,
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_condition_is_what_its_parts_come_to(condition in condition(), claims in claims()) {
        let known = expected(&condition, &claims);
        prop_assert_eq!(grants(&condition, &claims), known == Known::Yes);
        prop_assert_eq!(grants(&json!({"not": condition}), &claims), known == Known::No);
    }

    // AZ-01
    #[test]
    fn what_can_not_be_judged_never_grants(rule in rule(), claims in claims(), claim in claim_name(), value in value()) {
        let mut absent = claims;
        absent.remove(claim);
        let mut known = absent.clone();
        known.insert(claim.to_owned(), value);
        // Null is of the wrong type for all, and what is kept elsewhere may be anything: whatever is granted beside it doesn't
        // hang on the claim.
        for (name, value) in [(claim, Value::Null), ("_claim_names", json!({claim: "src1"}))] {
            let mut unknown = absent.clone();
            unknown.insert(name.to_owned(), value);
            if grants(&rule, &unknown) {
                prop_assert!(grants(&rule, &known), "{known:?} {name}");
                prop_assert!(grants(&rule, &absent), "without `{claim}` {name}");
            }
        }
    }

    // AZ-01
    #[test]
    fn roles_that_can_not_be_read_never_grant(
        rule in rule(),
        claims in claims(),
        unreadable in unreadable_roles(),
        roles in prop::collection::vec(name(), 0..4),
    ) {
        let with = |roles: Value| {
            let mut claims = claims.clone();
            claims.insert("realm_access".to_owned(), json!({"roles": roles}));
            claims
        };
        // They may be any: whatever is granted beside them doesn't hang on one.
        if grants(&rule, &with(unreadable)) {
            prop_assert!(grants(&rule, &with(json!(roles))), "{roles:?}");
        }
    }

    // AZ-01
    #[test]
    fn an_operator_and_a_value_of_another_type_grant_neither_way(
        (operator, operand) in said_of_a_claim(),
        value in prop_oneof![Just(Value::Null), Just(json!({"a": "a"})), Just(json!([["a"]])), Just(json!([null]))],
    ) {
        let rule = json!({"claim": "c", operator: operand});
        let claims = object(json!({"c": value}));
        let present = operator == "present" && !value.is_null();
        prop_assert!(present || !grants(&rule, &claims));
        let opposite = json!({"not": rule});
        prop_assert!(present || !grants(&opposite, &claims));
        // Nothing is inside of what is no object.
        let inner = json!({"claim": "c.a", operator: operand});
        prop_assert!(value.is_object() || !grants(&inner, &claims));
        let opposite = json!({"not": inner});
        prop_assert!(value.is_object() || !grants(&opposite, &claims));
    }

    // AZ-02
    #[test]
    fn names_are_exact(rule in name(), held in name()) {
        let claims = object(json!({
            "realm_access": {"roles": [held]}, "c": held, "d": [held],
        }));
        for condition in [
            json!({"role": rule}),
            json!({"claim": "c", "equals": rule}),
            json!({"claim": "c", "in": [rule]}),
            json!({"claim": "d", "contains": rule}),
            json!({"claim": "c", "matches": rule}),
        ] {
            prop_assert_eq!(grants(&condition, &claims), rule == held, "{}", condition);
        }
    }

    // AZ-06
    #[test]
    fn domains_are_exact(rule in domain_name(), held in domain_name()) {
        let claims = object(json!({"c": format!("a@{held}")}));
        prop_assert_eq!(grants(&json!({"claim": "c", "domain": [rule]}), &claims), rule == held);
    }

    #[test]
    fn the_order_of_parts_does_not_matter(document in document(), claims in claims()) {
        let one_way = decide(&document, &claims);
        let other_way = decide(&reversed(&document), &claims);
        prop_assert_eq!(given(&one_way), given(&other_way));
    }

    #[test]
    fn the_order_of_sources_with_different_claims_does_not_matter(document in document(), claims in claims()) {
        let (mut first, mut second) = (claims.clone(), claims);
        first.retain(|name, _| name == "c" || name == "realm_access");
        second.retain(|name, _| name != "c" && name != "realm_access");
        let policy = policy(&document);
        let one_way = policy.evaluate(&[("id_token", &first), ("userinfo", &second)]);
        let other_way = policy.evaluate(&[("userinfo", &second), ("id_token", &first)]);
        prop_assert_eq!(one_way, other_way);
    }

    #[test]
    fn each_rule_decides_for_itself(document in document(), claims in claims()) {
        let whole = decide(&document, &claims);
        prop_assume!(whole.allowed());
        for key in ["STAFF", "SUPERUSER", "GROUPS", "PERMISSIONS"] {
            let Some(rule) = document.get(key) else { continue };
            let alone = decide(&json!({key: rule}), &claims);
            match key {
                "STAFF" => prop_assert_eq!(alone.staff, whole.staff),
                "SUPERUSER" => prop_assert_eq!(alone.superuser, whole.superuser),
                "GROUPS" => prop_assert_eq!(alone.groups, whole.groups.clone()),
                _ => prop_assert_eq!(alone.permissions, whole.permissions.clone()),
            }
        }
    }

    #[test]
    fn what_is_left_out_is_never_touched(document in document(), claims in claims()) {
        let decision = decide(&document, &claims);
        let has = |key: &str| decision.allowed() && document.get(key).is_some();
        prop_assert_eq!(decision.staff.is_some(), has("STAFF"));
        prop_assert_eq!(decision.superuser.is_some(), has("SUPERUSER"));
        prop_assert_eq!(decision.groups != Groups::Unmanaged, has("GROUPS"));
        prop_assert!(has("PERMISSIONS") || decision.permissions == Permissions::default());
    }

    // AZ-04
    #[test]
    fn an_overage_grants_and_revokes_nothing(document in document(), claims in claims(), withheld in prop_oneof![Just("realm_access"), claim_name()]) {
        let mut claims = claims;
        claims.insert("_claim_names".to_owned(), json!({withheld: "src1"}));
        let decision = decide(&document, &claims);
        let is_overage = matches!(decision.refusal(), Some(Refusal::Overage { .. }));
        let is_needed = withheld == "realm_access" || looks_into_a_list(&document, withheld);
        prop_assert_eq!(is_overage, is_needed, "{:?}", decision.verdict);
        if is_overage {
            prop_assert_eq!((decision.staff, decision.superuser, decision.groups), (None, None, Groups::Unmanaged));
            prop_assert_eq!(decision.permissions, Permissions::default());
        }
    }

    #[test]
    fn reasons_are_of_one_line_and_name_a_role_only_where_it_grants(document in document(), claims in claims()) {
        let decision = decide(&document, &claims);
        for reason in &decision.reasons {
            prop_assert!(!reason.words.is_empty() && !reason.words.contains('\n'));
            prop_assert!(reason.granted || reason.because.is_none());
            if let Some(because) = &reason.because {
                prop_assert!(reason.roles.contains(&because.role) && decision.roles.contains(because));
            }
        }
        for rule in policy(&document).rules() {
            prop_assert!(!rule.words.is_empty() && !rule.words.contains('\n'));
        }
    }

    #[test]
    fn what_nobody_can_match_grants_to_nobody(rule in rule(), claims in claims()) {
        let document = json!({"STAFF": rule});
        let asked = Asked::default();
        let lints = policy(&document).lint(asked);
        let nobody = lints.iter().any(|lint| lint.path == "STAFF" && lint.oddity == Oddity::Nobody);
        let everybody = lints.iter().any(|lint| lint.path == "STAFF" && lint.oddity == Oddity::Everybody);
        prop_assert!(!(nobody && grants(&rule, &claims)));
        // But for a claim that can't be judged.
        prop_assert!(!everybody || grants(&rule, &claims) || !decide(&document, &claims).warnings.is_empty());
    }

    #[test]
    fn contradictions_grant_to_nobody(members in prop::collection::vec(leaf(), 2..4), claims in claims()) {
        let rule = json!({"all": members});
        let lints = policy(&json!({"STAFF": rule})).lint(Asked::default());
        let contradicts = lints.iter().any(|lint| matches!(lint.oddity, Oddity::Contradiction { .. }));
        prop_assert!(!contradicts || !grants(&rule, &claims), "{:?}", lints);
    }
}
