//! Conditions in words: what is said of what decided, and what is never shown.

use relyant_policy::FoundRole;
use serde_json::{Value, json};

use crate::beer::policy;
use crate::conditions::decide;

fn words(rule: &Value, claims: &Value) -> String {
    decide(rule, claims).reasons[0].words.clone()
}

#[test]
fn the_reason_is_the_part_that_decided() {
    let claims = json!({"email_verified": true, "email": "a@brewery.example", "tier": "silver", "groups": ["brewers"]});
    let verified = json!({"claim": "email_verified", "equals": true});
    let at_brewery = json!({"claim": "email", "domain": ["brewery.example"]});
    for (rule, expected) in [
        (
            json!({"all": [verified, at_brewery]}),
            "the claim `email_verified` of the ID token equals true and the claim `email` of the ID token is an address at \
             `brewery.example`",
        ),
        (
            json!({"all": [verified, {"claim": "email", "domain": ["a.example", "b.example"]}]}),
            "the claim `email` of the ID token is an address at `brewery.example`, not at `a.example` or `b.example`",
        ),
        (
            json!(["interns", "admins", verified]),
            "role `admins` at `realm_access.roles` of the access token",
        ),
        (
            json!(["interns", {"claim": "tier", "in": ["gold", "platinum", "diamond"]}, "guests"]),
            "none of the roles `interns`, `guests` and the claim `tier` of the ID token is `silver`, not `gold`, `platinum` or \
             `diamond`",
        ),
        (json!({"not": "interns"}), "no role `interns`"),
        (
            json!({"not": "admins"}),
            "role `admins` at `realm_access.roles` of the access token",
        ),
        (json!({"scope": "beers"}), "the scope `beers` was granted"),
        (json!({"scope": "wine"}), "the scope `wine` wasn't granted"),
        (json!({"acr": ["2", "3"]}), "the acr of the sign-in is `2`"),
        (
            json!({"acr": "3"}),
            "the acr of the sign-in is `2`, not `3`",
        ),
        (
            json!({"claim": "groups", "contains": "brewers"}),
            "the claim `groups` of the ID token contains `brewers`",
        ),
        (
            json!({"claim": "groups", "contains": "owners"}),
            "the claim `groups` of the ID token doesn't contain `owners`",
        ),
        (
            json!({"claim": "tier", "matches": "gold|silver"}),
            "the claim `tier` of the ID token matches `gold|silver`",
        ),
        (
            json!({"claim": "phone", "present": true}),
            "the claim `phone` is absent",
        ),
        (
            json!({"claim": "phone", "present": false}),
            "the claim `phone` is absent",
        ),
        (
            json!({"claim": "tier", "present": true}),
            "the claim `tier` of the ID token is present",
        ),
        (
            json!({"claim": "tier", "equals": true}),
            "the claim `tier` of the ID token can't be judged: expected a boolean, got a string",
        ),
        (json!([]), "the rule names nobody"),
    ] {
        assert_eq!(words(&rule, &claims), expected, "{rule}");
    }
}

#[test]
fn a_role_is_the_reason_only_where_it_grants() {
    let found = FoundRole {
        role: "admins".to_owned(),
        path: "realm_access.roles".into(),
        source: "access_token".into(),
    };
    let because = |rule: Value| decide(&rule, &json!({})).reasons[0].because.clone();
    assert_eq!(because(json!(["admins"])), Some(found.clone()));
    assert_eq!(
        because(json!({"all": [{"acr": "2"}, "admins"]})),
        Some(found)
    );
    assert_eq!(because(json!({"all": [{"acr": "3"}, "admins"]})), None);
    assert_eq!(because(json!({"not": "admins"})), None);
    assert_eq!(because(json!({"acr": "2"})), None);
}

#[test]
fn a_rule_tells_what_it_needs_and_which_roles_it_names() {
    let rule = json!([
        "admins",
        {"all": ["creators", {"any": [{"acr": "2"}, {"scope": "beers"}]}]},
        {"not": "interns"},
    ]);
    let reason = decide(&rule, &json!({})).reasons[0].clone();
    assert_eq!(
        reason.needs,
        [
            "admins",
            "the role `creators` and (the acr `2` or the scope `beers`)",
            "not the role `interns`"
        ]
    );
    assert_eq!(reason.roles, ["admins", "creators", "interns"]);
    let single = decide(&json!({"claim": "tier", "in": ["gold", 1]}), &json!({}));
    assert_eq!(
        single.reasons[0].needs,
        ["the claim `tier` equal to `gold` or 1"]
    );
}

#[test]
fn the_rules_can_be_read_in_words() {
    for (rule, expected) in [
        (json!([]), "nobody"),
        (
            json!({"any": ["a", {"acr": "2"}, "b"]}),
            "any of the roles `a`, `b` or the acr `2`",
        ),
        (
            json!({"not": {"any": ["a", "b"]}}),
            "not (any of the roles `a`, `b`)",
        ),
        (
            json!({"claim": "email", "present": true}),
            "the claim `email`",
        ),
        (
            json!({"claim": "email", "present": false}),
            "no claim `email`",
        ),
        (
            json!({"claim": "email", "domain": ["a.example", "BÜCHER.example"]}),
            "the claim `email` with an address at `a.example` or `xn--bcher-kva.example`",
        ),
        (
            json!({"claim": "groups", "contains": "a"}),
            "the claim `groups` with `a` in it",
        ),
        (
            json!({"claim": ["a.b", "c"], "matches": "x+"}),
            "the claim `[\"a.b\",\"c\"]` that matches `x+`",
        ),
        (
            json!({"claim": "enrolment_token", "equals": "s3cret"}),
            "the claim `enrolment_token` as the rule has it",
        ),
    ] {
        let document = json!({"STAFF": rule});
        assert_eq!(policy(&document).rules()[0].words, expected, "{rule}");
    }
    let many: Vec<String> = (0..30).map(|number| format!("r{number}")).collect();
    let words = policy(&json!({"STAFF": many})).rules()[0].words.clone();
    assert!(words.ends_with("`r19`, 10 more"), "{words}");
}

#[test]
fn no_word_shows_a_secret() {
    let (secret, jwt) = (
        "s3cret",
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzM2NyZXQifQ.s3cret",
    );
    for (claim, operator, operand, value) in [
        ("access_token", "equals", json!("other"), json!(secret)),
        ("Client_Secret", "equals", json!(secret), json!(secret)),
        ("api_key", "in", json!(["a", "b"]), json!(secret)),
        ("passwords", "contains", json!(secret), json!([secret])),
        ("otp", "matches", json!("s3cret"), json!(secret)),
        ("voucher", "equals", json!("other"), json!(jwt)),
        ("voucher", "equals", json!(true), json!(secret)),
        ("voucher", "domain", json!(["a.example"]), json!(secret)),
        ("voucher", "matches", json!("a"), json!(secret)),
    ] {
        let rule = json!({"claim": claim, operator: operand});
        let decision = decide(&rule, &json!({claim: value}));
        let texts = format!("{:?} {:?}", decision.reasons, decision.warnings);
        assert!(!texts.contains(secret), "{rule}: {texts}");
    }
}

#[test]
fn a_value_is_shown_clipped_and_on_one_line() {
    let rule = json!({"claim": "tier", "equals": "gold"});
    let text = words(&rule, &json!({"tier": "x\n`".repeat(1_000)}));
    assert!(text.chars().count() < 300 && !text.contains('\n'), "{text}");
    assert_eq!(text.matches('`').count(), 6, "{text}");
}
