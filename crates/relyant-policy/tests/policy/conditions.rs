//! Conditions: what holds of which claims, and what can't be told.

use relyant_policy::{ClaimFault, Decision, JsonType, Refusal, SignIn, Warning};
use serde_json::{Value, json};

use crate::beer::{object, policy};

/// The decision of one rule for staff about claims of the ID token, beside an administrator's access token.
pub(crate) fn decide(rule: &Value, claims: &Value) -> Decision {
    let (id_token, access_token) = (object(claims.clone()), administrator());
    policy(&json!({"STAFF": rule})).evaluate_sign_in(
        &[("id_token", &id_token), ("access_token", &access_token)],
        SignIn {
            scopes: Some(&["openid", "beers"]),
            acr: Some("2"),
        },
    )
}

fn administrator() -> relyant_policy::Object {
    object(json!({"realm_access": {"roles": ["admins"]}}))
}

fn holds(rule: &Value, claims: &Value) -> bool {
    decide(rule, claims).staff.unwrap()
}

/// Neither the rule nor its opposite grants, and there is one warning of this fault.
fn assert_unknown(rule: &Value, claims: &Value, fault: ClaimFault) {
    for rule in [rule.clone(), json!({"not": rule})] {
        let decision = decide(&rule, claims);
        assert_eq!(decision.staff, Some(false), "{rule} {claims}");
        let [
            Warning::ClaimNotJudged {
                source,
                fault: found,
                ..
            },
        ] = decision.warnings.as_slice()
        else {
            panic!("{rule} {claims}: {:?}", decision.warnings)
        };
        assert_eq!((source.as_str(), *found), ("id_token", fault));
    }
}

/// The rule is false and its opposite true, without a warning.
fn assert_no(rule: &Value, claims: &Value) {
    let (plain, opposite) = (decide(rule, claims), decide(&json!({"not": rule}), claims));
    assert_eq!(
        (plain.staff, opposite.staff),
        (Some(false), Some(true)),
        "{rule} {claims}"
    );
    assert_eq!((plain.warnings, opposite.warnings), (vec![], vec![]));
}

/// The rule is true and its opposite false, without a warning.
fn assert_yes(rule: &Value, claims: &Value) {
    assert_no(&json!({"not": rule}), claims);
}

fn wrong_type(expected: JsonType, got: JsonType) -> ClaimFault {
    ClaimFault::WrongType { expected, got }
}

#[test]
fn all_any_and_not_are_what_they_say() {
    let (yes, no) = (json!({"role": "admins"}), json!({"role": "interns"}));
    let unknown = json!({"claim": "odd", "equals": true});
    let claims = json!({"odd": "true"});
    for (rule, expected) in [
        (json!({"all": [yes, yes]}), true),
        (json!({"all": [yes, no]}), false),
        (json!({"any": [no, yes]}), true),
        (json!({"any": [no, no]}), false),
        (json!({"any": []}), false),
        (json!({"not": no}), true),
        (json!({"not": yes}), false),
        (json!({"not": {"not": yes}}), true),
        (json!({"not": {"any": []}}), true),
        (json!({"all": [yes, unknown]}), false),
        (json!({"any": [unknown, yes]}), true),
        (json!({"any": [no, unknown]}), false),
        (json!({"not": {"all": [yes, unknown]}}), false),
        (json!({"not": {"all": [no, unknown]}}), true),
        (json!({"not": {"any": [no, unknown]}}), false),
        (json!({"not": {"any": [yes, unknown]}}), false),
        (json!({"not": unknown}), false),
        (json!({"not": {"not": unknown}}), false),
    ] {
        assert_eq!(holds(&rule, &claims), expected, "{rule}");
    }
}

// AZ-01
#[test]
fn where_roles_can_not_be_read_no_role_is_known_to_be_absent() {
    let policy = policy(&json!({
        "ROLES": ["roles", "groups"],
        "ALLOW": {"not": {"role": "suspended"}},
        "STAFF": {"all": ["admins", {"not": {"role": "suspended"}}]},
    }));
    for roles in [
        json!("suspended"),
        json!(["suspended", 1]),
        json!({"suspended": true}),
        json!(null),
    ] {
        let claims = object(json!({"roles": roles, "groups": ["admins"]}));
        let decision = policy.evaluate(&[("id_token", &claims)]);
        assert!(!decision.allowed(), "{roles}");
        assert_eq!(decision.warnings.len(), 1, "{roles}");
        assert_eq!(
            decision.reasons[0].words,
            "whether role `suspended` came can't be told"
        );
    }
    // A name that no role can have is no rule's either, and a role that came came.
    let claims = object(json!({"roles": ["a\0"], "groups": ["admins"]}));
    assert_eq!(policy.evaluate(&[("id_token", &claims)]).staff, Some(true));
    let claims = object(json!({"roles": 1, "groups": ["suspended"]}));
    let decision = policy.evaluate(&[("id_token", &claims)]);
    assert_eq!(
        decision.reasons[0].words,
        "role `suspended` at `groups` of the ID token"
    );
}

// AZ-02
#[test]
fn names_are_compared_exactly() {
    for name in [
        "Admins", "ADMINS", " admins", "admins ", "admin", "xadminsx", "аdmins",
    ] {
        assert_no(&json!({"role": name}), &json!({}));
    }
    for name in ["Beers", "beer", "beers2", "BEERS"] {
        assert_no(&json!({"scope": name}), &json!({}));
    }
    assert_yes(&json!({"scope": "beers"}), &json!({}));
    for acr in [json!("1"), json!("02"), json!(["1", "3"]), json!([])] {
        assert_no(&json!({"acr": acr}), &json!({}));
    }
    assert_yes(&json!({"acr": ["1", "2"]}), &json!({}));
    let gold = json!({"claim": "tier", "equals": "gold"});
    for tier in ["Gold", "gold ", "xgoldx", "g\u{43e}ld", ""] {
        assert_no(&gold, &json!({"tier": tier}));
        assert_no(
            &json!({"claim": "tiers", "contains": "gold"}),
            &json!({"tiers": [tier]}),
        );
        assert_no(
            &json!({"claim": "tier", "matches": "gold"}),
            &json!({"tier": tier}),
        );
    }
}

#[test]
fn without_a_sign_in_scopes_and_acr_are_unknown() {
    let claims = administrator();
    for subject in [json!({"scope": "beers"}), json!({"acr": "2"})] {
        for rule in [subject.clone(), json!({"not": subject})] {
            let decision = policy(&json!({"STAFF": rule})).evaluate(&[("access_token", &claims)]);
            assert_eq!(decision.staff, Some(false), "{rule}");
        }
    }
    // RFC 6749 §5.1: a provider that doesn't say which scopes it granted.
    let unsaid = SignIn {
        scopes: None,
        acr: Some("2"),
    };
    for (rule, staff) in [
        (json!({"scope": "beers"}), false),
        (json!({"not": {"scope": "beers"}}), false),
        (json!({"acr": "2"}), true),
    ] {
        let policy = policy(&json!({"STAFF": rule}));
        let decision = policy.evaluate_sign_in(&[("access_token", &claims)], unsaid);
        assert_eq!(decision.staff, Some(staff), "{rule}");
    }
    let rule = policy(&json!({"STAFF": {"acr": "2"}}));
    let none = SignIn {
        scopes: Some(&[]),
        acr: None,
    };
    let decision = rule.evaluate_sign_in(&[("id_token", &claims)], none);
    assert_eq!(decision.staff, Some(false));
    assert_eq!(decision.reasons[0].words, "the sign-in has no acr, not `2`");
}

// AZ-05
#[test]
fn scope_and_acr_are_those_of_the_sign_in_and_no_claims() {
    let claims = json!({"scope": "write", "acr": "3", "role": "interns", "is_staff": true, "is_superuser": true});
    assert_no(&json!({"scope": "write"}), &claims);
    assert_no(&json!({"acr": "3"}), &claims);
    assert_no(&json!({"role": "interns"}), &claims);
    assert_eq!(decide(&json!(["admins"]), &claims).superuser, None);
}

#[test]
fn an_absent_claim_is_false() {
    for (operator, value) in [
        ("present", json!(true)),
        ("equals", json!("a")),
        ("equals", json!(false)),
        ("in", json!(["a"])),
        ("contains", json!("a")),
        ("domain", json!(["brewery.example"])),
        ("matches", json!(".*")),
    ] {
        for claims in [json!({}), json!({"c": {}}), json!({"c": {"D": 1}})] {
            assert_no(&json!({"claim": "c.d", operator: value}), &claims);
        }
    }
    assert_yes(&json!({"claim": "c", "present": false}), &json!({}));
}

#[test]
fn what_holds_of_a_claim() {
    for (operator, operand, value) in [
        ("present", json!(true), json!(false)),
        ("present", json!(true), json!({})),
        ("equals", json!(true), json!(true)),
        ("equals", json!(1), json!(1.0)),
        ("equals", json!("a"), json!("a")),
        ("in", json!(["a", 1]), json!(1)),
        ("in", json!([1, "b", "a"]), json!("a")),
        ("contains", json!("a"), json!(["b", "a"])),
        ("contains", json!(2), json!([1, 2])),
        (
            "domain",
            json!(["a.example", "b.example"]),
            json!("x@B.example"),
        ),
        (
            "domain",
            json!(["bücher.example"]),
            json!("x@xn--bcher-kva.example"),
        ),
        ("matches", json!("a+"), json!("aaa")),
    ] {
        let rule = json!({"claim": "c", operator: operand});
        assert_yes(&rule, &json!({"c": value}));
    }
    for (operator, operand, value) in [
        ("present", json!(false), json!("")),
        ("equals", json!(true), json!(false)),
        ("equals", json!(1), json!(2)),
        ("equals", json!("a"), json!("A")),
        ("in", json!(["a", 1]), json!(2)),
        ("in", json!([]), json!("a")),
        ("contains", json!("a"), json!([])),
        ("contains", json!("a"), json!(["b"])),
        ("domain", json!(["a.example"]), json!("x@b.example")),
        ("domain", json!([]), json!("x@b.example")),
        ("matches", json!("a+"), json!("aaab")),
    ] {
        let rule = json!({"claim": "c", operator: operand});
        assert_no(&rule, &json!({"c": value}));
    }
}

// AZ-01, and Core §5.3.2 for what is null
#[test]
fn a_claim_of_a_wrong_type_is_unknown() {
    use JsonType::{Boolean, List, Null, Number, Object, String};
    for (operator, operand, value, fault) in [
        (
            "equals",
            json!(true),
            json!("true"),
            wrong_type(Boolean, String),
        ),
        ("equals", json!(true), json!(1), wrong_type(Boolean, Number)),
        (
            "equals",
            json!("admins"),
            json!(["admins"]),
            wrong_type(String, List),
        ),
        ("equals", json!("a"), json!(null), wrong_type(String, Null)),
        ("in", json!(["a"]), json!(true), wrong_type(String, Boolean)),
        ("in", json!([]), json!(null), wrong_type(String, Null)),
        (
            "contains",
            json!("admins"),
            json!("admins"),
            wrong_type(List, String),
        ),
        (
            "contains",
            json!("a"),
            json!("admins"),
            wrong_type(List, String),
        ),
        (
            "contains",
            json!("admins"),
            json!({"admins": 1}),
            wrong_type(List, Object),
        ),
        (
            "contains",
            json!("admins"),
            json!(null),
            wrong_type(List, Null),
        ),
        (
            "domain",
            json!(["a.example"]),
            json!(["x@a.example"]),
            wrong_type(String, List),
        ),
        ("matches", json!(".*"), json!(7), wrong_type(String, Number)),
        ("present", json!(true), json!(null), ClaimFault::Null),
        ("present", json!(false), json!(null), ClaimFault::Null),
    ] {
        let rule = json!({"claim": "c", operator: operand});
        assert_unknown(&rule, &json!({"c": value}), fault);
    }
    let spoiled = ClaimFault::WrongMember {
        index: 1,
        expected: String,
        got: Number,
    };
    assert_unknown(
        &json!({"claim": "c", "contains": "admins"}),
        &json!({"c": ["admins", 1]}),
        spoiled,
    );
    for rule in [
        json!({"claim": "c.d", "equals": "a"}),
        json!({"claim": "c.d", "present": false}),
    ] {
        assert_unknown(
            &rule,
            &json!({"c": ["d"]}),
            ClaimFault::Blocked { got: List },
        );
    }
    assert_yes(
        &json!({"claim": "c", "matches": "a*"}),
        &json!({"c": "a".repeat(1_024)}),
    );
    let long = json!({"c": "a".repeat(1_025)});
    assert_unknown(
        &json!({"claim": "c", "matches": "a*"}),
        &long,
        ClaimFault::TooLong,
    );
}

// AZ-02
#[test]
fn no_line_break_takes_a_name_out_of_a_pattern() {
    // The dot of `.*` stops at a line break, so that the whole of such a text matches no pattern of this kind.
    let rule = json!({"claim": "department", "matches": ".*contractor.*"});
    for department in [
        "sales\ncontractor",
        "contractor\n",
        "\rcontractor",
        "contractor\u{85}",
    ] {
        let claims = json!({"department": department});
        assert_unknown(&rule, &claims, ClaimFault::ControlCharacter);
    }
}

// AZ-06
#[test]
fn a_domain_is_that_of_one_plain_address_and_of_no_other() {
    let rule = json!({"claim": "email", "domain": ["good.com"]});
    for email in ["a@good.com", "A@GOOD.COM", "o'hara+beer@good.com"] {
        assert_yes(&rule, &json!({"email": email}));
    }
    for email in [
        "a@good.com.evil.com",
        "a@evil-good.com",
        "a@sub.good.com",
        "a@com",
        "a@xgood.com",
        "a@g\u{43e}od.com",
    ] {
        assert_no(&rule, &json!({"email": email}));
    }
    for email in [
        "email@evil.com@good.com",
        "a@good.com@evil.com",
        "\"a@good.com\"@evil.com",
        "\"a@evil.com\"@good.com",
        "a@evil.com, b@good.com",
        "<a@good.com>",
        "a@good.com\n",
        "a@good。com",
        "good.com",
        "",
    ] {
        assert_unknown(&rule, &json!({"email": email}), ClaimFault::NotAnAddress);
    }
}

// AZ-08
#[test]
fn a_claim_path_is_a_list_of_names() {
    let claims = json!({"a.b": "flat", "a": {"b": "nested"}, "clients": {"beer": {"level": 7}}});
    assert_yes(&json!({"claim": "a.b", "equals": "nested"}), &claims);
    assert_yes(&json!({"claim": ["a.b"], "equals": "flat"}), &claims);
    assert_yes(
        &json!({"claim": "clients.{client_id}.level", "equals": 7}),
        &claims,
    );
    for path in ["*", "$", "a[b]", "a/b", "__proto__"] {
        assert_no(&json!({"claim": path, "present": true}), &claims);
    }
}

#[test]
fn the_first_source_that_has_a_claim_is_the_only_one() {
    let rule = policy(&json!({"STAFF": {"claim": "tier", "equals": "gold"}}));
    let (gold, silver, nothing) = (
        object(json!({"tier": "gold"})),
        object(json!({"tier": "silver"})),
        object(json!({})),
    );
    let staff = |first, second| {
        let decision = rule.evaluate(&[("id_token", first), ("userinfo", second)]);
        (decision.staff.unwrap(), decision.reasons[0].words.clone())
    };
    assert_eq!(
        staff(&gold, &silver),
        (
            true,
            "the claim `tier` of the ID token equals `gold`".to_owned()
        )
    );
    assert_eq!(
        staff(&silver, &gold),
        (
            false,
            "the claim `tier` of the ID token is `silver`, not `gold`".to_owned()
        )
    );
    assert_eq!(
        staff(&nothing, &gold),
        (
            true,
            "the claim `tier` of the userinfo equals `gold`".to_owned()
        )
    );
}

// Core §5.6.2
#[test]
fn a_claim_that_is_kept_elsewhere_is_that_of_the_named_source_or_unknown() {
    let rule = json!({"claim": "tier", "equals": "gold"});
    let carrier = json!({"_claim_names": {"tier": "src1"}});
    assert_unknown(&rule, &carrier, ClaimFault::KeptElsewhere);
    assert_unknown(
        &json!({"claim": "tier", "present": false}),
        &carrier,
        ClaimFault::KeptElsewhere,
    );
    let (carrier, kept) = (object(carrier), object(json!({"tier": "gold"})));
    let sources = [("id_token", &carrier), ("id_token/src1", &kept)];
    let decision = policy(&json!({"STAFF": rule})).evaluate(&sources);
    assert_eq!(decision.staff, Some(true));
    assert_eq!(
        decision.reasons[0].words,
        "the claim `tier` of the ID token (src1) equals `gold`"
    );
}

// AZ-04
#[test]
fn a_list_that_was_left_out_refuses_and_revokes_nothing() {
    for claims in [
        json!({"hasgroups": true}),
        json!({"_claim_names": {"groups": "src1"}}),
        json!({"_claim_names": {"groups": "src1"}, "groups": ["brewers"]}),
    ] {
        for rule in [
            json!({"claim": "groups", "contains": "brewers"}),
            json!({"not": {"claim": "groups", "contains": "brewers"}}),
            json!(["admins", {"claim": "groups", "contains": "brewers"}]),
        ] {
            let decision = decide(&rule, &claims);
            let overage = Refusal::Overage {
                path: "groups".to_owned(),
                source: "id_token".to_owned(),
            };
            assert_eq!(decision.refusal(), Some(&overage), "{claims}");
            assert_eq!(decision.staff, None);
        }
    }
}

#[test]
fn the_door_is_shut_to_what_is_unknown() {
    let document =
        json!({"ALLOW": {"not": {"claim": "blocked", "equals": true}}, "STAFF": ["admins"]});
    let enter = |claims: Value| {
        let (id_token, access_token) = (object(claims), administrator());
        policy(&document).evaluate(&[("id_token", &id_token), ("access_token", &access_token)])
    };
    assert!(enter(json!({})).allowed());
    assert!(!enter(json!({"blocked": true})).allowed());
    let odd = enter(json!({"blocked": "false"}));
    assert!(!odd.allowed() && odd.staff.is_none());
    assert_eq!(
        odd.refusal().map(ToString::to_string).as_deref(),
        Some("`ALLOW` needs not the claim `blocked` equal to true")
    );
}

#[test]
fn a_fault_is_warned_of_once_whatever_decided() {
    let odd = json!({"claim": "odd", "equals": true});
    let document = json!({
        "STAFF": ["admins", odd],
        "SUPERUSER": [odd, "admins"],
        "GROUPS": {"creators": {"all": ["interns", odd]}},
    });
    let (id_token, access_token) = (object(json!({"odd": "true"})), administrator());
    let decision =
        policy(&document).evaluate(&[("id_token", &id_token), ("access_token", &access_token)]);
    assert_eq!(
        (decision.staff, decision.superuser),
        (Some(true), Some(true))
    );
    let texts: Vec<String> = decision.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        ["`odd` of the ID token grants nothing: expected a boolean, got a string"]
    );
}

#[test]
fn a_policy_tells_the_claims_of_its_conditions() {
    let document = json!({
        "ROLES": ["groups"], "USER": {},
        "STAFF": {"all": ["admins", {"not": {"claim": "org.department", "equals": "hr"}}]},
        "PERMISSIONS": {"beers.add_beer": [{"claim": "tier", "present": true}]},
    });
    assert_eq!(policy(&document).claim_names(), ["groups", "org", "tier"]);
}
