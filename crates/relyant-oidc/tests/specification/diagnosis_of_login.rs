//! What the doctor tells of a login that worked, from the tokens and claims that came. Core §5.1, §5.3.2.

use relyant_oidc::diagnosis::login::{claim_names, refused_userinfo, symptoms};
use relyant_oidc::diagnosis::{Diagnosis, Symptom};
use relyant_oidc::error::{InvalidClaimSource, Misbehaved, Unavailable};
use relyant_oidc::http::Endpoint;
use relyant_oidc::id_token::ValidIdToken;
use relyant_oidc::identity::{Claims, ClaimsSource};
use relyant_oidc::registration::ClientRegistration;
use serde_json::{Value, json};

use crate::brewery::{
    SUBJECT, access_token_as_source, access_token_claims, access_token_rules, clipped,
    id_token_claims, ok_json, process_userinfo, registration, remove, sign, valid_id_token,
    validate,
};
use crate::claim_sources::{aggregated, source};

fn id_token_with(mutate: impl FnOnce(&mut Value)) -> ValidIdToken {
    let mut claims = id_token_claims();
    mutate(&mut claims);
    validate(&sign(&claims)).unwrap()
}

fn userinfo(more: &Value) -> Claims {
    let mut body = json!({ "sub": SUBJECT });
    let members = body.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    process_userinfo(&valid_id_token(), &ok_json(&body)).unwrap()
}

fn access_token_with(mutate: impl FnOnce(&mut Value)) -> Claims {
    let mut claims = access_token_claims();
    mutate(&mut claims);
    let source = access_token_as_source(&access_token_rules(), &sign(&claims));
    source.unwrap().unwrap()
}

fn access_token_about_her() -> Claims {
    access_token_with(|claims| claims["preferred_username"] = json!("carol"))
}

fn names(symptoms: &[Symptom]) -> Vec<&'static str> {
    symptoms.iter().map(|one| one.diagnosis.name()).collect()
}

#[test]
fn an_access_token_that_says_as_much_as_the_others_is_no_symptom() {
    let others = [userinfo(&json!({})), access_token_about_her()];
    assert_eq!(symptoms(&valid_id_token(), &others, &registration()), []);
}

#[test]
fn an_access_token_that_cannot_be_read_is_one_where_roles_are_looked_for_in_it() {
    let got = symptoms(&valid_id_token(), &[], &registration());
    assert_eq!(names(&got), ["access_token_opaque"]);
    assert_eq!(got[0].code, None);
    let nothing_expected = ClientRegistration {
        claims_from_access_token: None,
        ..registration()
    };
    assert_eq!(symptoms(&valid_id_token(), &[], &nothing_expected), []);
}

#[test]
fn an_access_token_about_nobody_is_lightweight_where_another_source_tells_of_the_person() {
    let lightweight = [access_token_with(|_| {})];
    let got = symptoms(&valid_id_token(), &lightweight, &registration());
    assert_eq!(names(&got), ["access_token_lightweight"]);

    let silent = id_token_with(|claims| remove(claims, "preferred_username"));
    assert_eq!(symptoms(&silent, &lightweight, &registration()), []);
    for (name, value) in [
        ("preferred_username", json!("carol")),
        ("name", json!("Carol")),
        ("given_name", json!("Carol")),
        ("family_name", json!("Brewer")),
        ("locale", json!("de")),
    ] {
        let others = [userinfo(&json!({ name: value })), access_token_with(|_| {})];
        let got = symptoms(&silent, &others, &registration());
        assert_eq!(names(&got), ["access_token_lightweight"], "{name}");
    }
}

#[test]
fn an_access_token_without_a_subject_is_told() {
    let others = [access_token_with(|claims| {
        remove(claims, "sub");
        claims["preferred_username"] = json!("carol");
    })];
    let got = symptoms(&valid_id_token(), &others, &registration());
    assert_eq!(names(&got), ["access_token_without_subject"]);
}

// Core §5.1
#[test]
fn an_address_is_verified_by_true_alone_and_by_the_first_source_that_says_so() {
    let unverified = |id_token: &ValidIdToken, body: &Value| {
        let others = [userinfo(body), access_token_about_her()];
        let got = symptoms(id_token, &others, &registration());
        got.into_iter()
            .find(|symptom| symptom.diagnosis == Diagnosis::EmailUnverified)
            .map(|symptom| symptom.detail)
    };
    let id_token = valid_id_token();
    let email = "carol@brewery.example";
    assert_eq!(unverified(&id_token, &json!({})), None);
    assert_eq!(
        unverified(&id_token, &json!({"email_verified": false})),
        None
    );
    assert_eq!(
        unverified(&id_token, &json!({"email": email, "email_verified": true})),
        None
    );
    for not_true in [json!(false), json!("true"), json!(1), json!(null)] {
        let body = json!({"email": email, "email_verified": not_true});
        let detail = unverified(&id_token, &body).unwrap();
        assert_eq!(detail, "`email` came, `email_verified` is not true");
    }
    assert_eq!(
        unverified(&id_token, &json!({ "email": email })).unwrap(),
        "`email` came without `email_verified`"
    );
    let verified = id_token_with(|claims| claims["email_verified"] = json!(true));
    let body = json!({"email": email, "email_verified": false});
    assert_eq!(unverified(&verified, &body), None);
}

#[test]
fn an_address_in_the_access_token_alone_is_not_asked_about() {
    let others = [access_token_with(|claims| {
        claims["email"] = json!("carol@brewery.example");
    })];
    assert_eq!(symptoms(&valid_id_token(), &others, &registration()), []);
}

#[test]
fn a_lightweight_access_token_explains_why_userinfo_is_refused() {
    let odd = || {
        symptoms(
            &valid_id_token(),
            &[access_token_with(|_| {})],
            &registration(),
        )
    };
    let endpoint = Endpoint::Userinfo;
    let refused = Misbehaved::Status { endpoint, got: 403 }.into();
    let symptom = refused_userinfo(&refused, odd());
    assert_eq!(symptom.diagnosis, Diagnosis::AccessTokenLightweight);
    assert_eq!(symptom.code, Some("misbehaved.status"));
    assert_eq!(symptom.detail, refused.to_string());

    assert_eq!(refused_userinfo(&refused, vec![]), Symptom::of(&refused));
    let other = Symptom::seen(Diagnosis::EmailUnverified, String::new());
    assert_eq!(
        refused_userinfo(&refused, vec![other]),
        Symptom::of(&refused)
    );
    let late = Unavailable::Timeout {
        host: clipped("sso.example.com"),
        seconds: 5,
    };
    let late = late.into();
    assert_eq!(refused_userinfo(&late, odd()), Symptom::of(&late));
}

#[test]
fn the_names_of_all_claims_are_told_in_the_order_of_the_sources() {
    let id_token = id_token_with(|claims| {
        *claims = json!({
            "iss": claims["iss"], "sub": SUBJECT, "aud": claims["aud"], "exp": claims["exp"], "iat": claims["iat"],
            "nonce": claims["nonce"],
        });
    });
    let others = [
        access_token_with(|_| {}),
        userinfo(&json!({"name": "Carol", "acr": "gold", "zoneinfo": "Europe/Berlin"})),
    ];
    let expected = [
        (
            ClaimsSource::IdToken,
            vec!["aud", "exp", "iat", "iss", "nonce", "sub"],
        ),
        (
            ClaimsSource::Userinfo,
            vec!["acr", "name", "sub", "zoneinfo"],
        ),
        (
            ClaimsSource::AccessToken,
            vec![
                "aud",
                "azp",
                "exp",
                "iat",
                "iss",
                "realm_access",
                "scope",
                "sid",
                "sub",
                "typ",
            ],
        ),
    ];
    let expected = expected.map(|(source, names)| {
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        (source, names)
    });
    assert_eq!(claim_names(&id_token, &others), expected);
}

// UI-04
#[test]
fn claims_that_others_keep_and_that_were_not_had_are_told_with_the_code() {
    let error = InvalidClaimSource::BadSignature.into();
    let left_out = source(&aggregated("a.b.c")).left_out(error);
    let symptom = Symptom::of_left_out(&left_out);
    assert_eq!(symptom.diagnosis, Diagnosis::ClaimSourceLeftOut);
    assert_eq!(symptom.code, None);
    assert_eq!(
        symptom.detail,
        "the claims of `id_token/src1` are left out: its JWT's signature is wrong \
         (invalid_token.claim_source_bad_signature)"
    );
}
