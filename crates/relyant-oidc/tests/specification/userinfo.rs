//! Core §5.3: one mutation of a valid userinfo answer, and the exact error.

use proptest::prelude::*;
use relyant_oidc::Error;
use relyant_oidc::error::{Incompatible, Misbehaved};
use relyant_oidc::http::{Endpoint, HttpResponse, Method};
use relyant_oidc::identity::{Claims, ClaimsSource};
use relyant_oidc::limits::MAX_BEARER_TOKEN_BYTES;
use relyant_oidc::registration::ClientRegistration;
use relyant_oidc::userinfo::userinfo_request;
use serde_json::{Value, json};

use crate::brewery::{
    OPAQUE, SUBJECT, answer, clipped, metadata, metadata_with, ok_json, process_userinfo,
    registration, remove, valid_id_token,
};
use crate::discovery::any_json;

fn valid() -> Value {
    json!({"sub": SUBJECT, "email": "carol@brewery.example", "email_verified": true, "name": "Carol"})
}

fn process(response: &HttpResponse) -> Result<Claims, Error> {
    process_userinfo(&valid_id_token(), response)
}

// UI-05
// RFC 6750 §2.1, §5.3
#[test]
fn the_access_token_goes_into_the_header_alone() {
    let request = userinfo_request(&metadata(), &registration(), OPAQUE)
        .unwrap()
        .unwrap();
    assert_eq!(request.method, Method::Get);
    assert_eq!(&request.url, metadata().userinfo_endpoint().unwrap());
    assert!(
        request
            .headers
            .contains(&("authorization", format!("Bearer {OPAQUE}")))
    );
    assert_eq!(request.body, None);
    assert!(!request.url.as_str().contains(OPAQUE));
    assert!(!format!("{request:?}").contains(OPAQUE));
}

#[test]
fn a_provider_without_the_endpoint_is_not_asked() {
    let without = metadata_with(|it| remove(it, "userinfo_endpoint")).unwrap();
    for token in [OPAQUE, &"a".repeat(MAX_BEARER_TOKEN_BYTES + 1)] {
        assert_eq!(userinfo_request(&without, &registration(), token), Ok(None));
    }
}

#[test]
fn a_provider_that_says_nothing_there_is_not_asked() {
    let quiet = ClientRegistration {
        userinfo: false,
        ..registration()
    };
    assert_eq!(userinfo_request(&metadata(), &quiet, OPAQUE), Ok(None));
}

#[test]
fn a_token_that_no_header_holds_is_not_sent() {
    let longest = "a".repeat(MAX_BEARER_TOKEN_BYTES);
    assert!(
        userinfo_request(&metadata(), &registration(), &longest)
            .unwrap()
            .is_some()
    );
    let error = userinfo_request(&metadata(), &registration(), &format!("{longest}a")).unwrap_err();
    assert_eq!(
        error,
        Incompatible::AccessTokenTooLarge { bytes: 32_769 }.into()
    );
    let told = "too large to be sent to userinfo: it has 32769 bytes, expected 32768 at most";
    assert!(error.to_string().contains(told), "{error}");
}

#[test]
fn a_valid_answer_gives_its_claims() {
    let claims = process(&ok_json(&valid())).unwrap();
    assert_eq!(claims.source(), ClaimsSource::Userinfo);
    assert_eq!(claims.members()["email"], "carol@brewery.example");
    assert!(!format!("{claims:?}").contains("carol"));
}

// UI-01
#[test]
fn the_subject_is_that_of_the_id_token() {
    for got in ["somebody-else", "7B1C9A52-CAROL", "7b1c9a52-carol ", ""] {
        let mut body = valid();
        body["sub"] = json!(got);
        let expected = Misbehaved::UserinfoSubjectMismatch {
            expected: clipped(SUBJECT),
            got: clipped(got),
        };
        assert_eq!(process(&ok_json(&body)), Err(expected.into()));
    }
    for wrong in [json!(null), json!(7), json!([SUBJECT])] {
        let mut body = valid();
        body["sub"] = wrong;
        assert_eq!(
            process(&ok_json(&body)),
            Err(Misbehaved::UserinfoSubjectMissing.into())
        );
    }
    let mut body = valid();
    remove(&mut body, "sub");
    assert_eq!(
        process(&ok_json(&body)),
        Err(Misbehaved::UserinfoSubjectMissing.into())
    );
}

// UI-03
#[test]
fn only_a_json_object_with_status_200_is_userinfo() {
    let endpoint = Endpoint::Userinfo;
    let body = valid().to_string();
    for (response, expected) in [
        (
            answer(401, "application/json", &body),
            Misbehaved::Status { endpoint, got: 401 },
        ),
        (
            answer(204, "application/json", ""),
            Misbehaved::Status { endpoint, got: 204 },
        ),
        (
            answer(401, "application/jwt", "a.b.c"),
            Misbehaved::Status { endpoint, got: 401 },
        ),
        (
            answer(200, "text/html", &body),
            Misbehaved::ContentType {
                endpoint,
                got: clipped("text/html"),
            },
        ),
    ] {
        assert_eq!(process(&response), Err(expected.into()));
    }
    let twice = body.replacen('{', "{\"sub\":\"x\",", 1);
    for body in ["[1]", "\"x\"", "<html></html>", "", "null", &twice] {
        assert_eq!(
            process(&answer(200, "application/json", body))
                .unwrap_err()
                .code(),
            "misbehaved.json"
        );
    }
}

// UI-04
// Core §5.6.2
#[test]
fn distributed_claims_are_kept_as_they_are() {
    let mut body = valid();
    body["_claim_names"] = json!({"groups": "src1"});
    body["_claim_sources"] = json!({"src1": {"endpoint": "https://127.0.0.1/claims"}});
    let claims = process(&ok_json(&body)).unwrap();
    assert_eq!(claims.members()["_claim_names"], json!({"groups": "src1"}));
}

// UI-06
#[test]
fn protocol_claims_never_come_from_userinfo() {
    let mut body = valid();
    for name in [
        "iss",
        "aud",
        "exp",
        "iat",
        "nbf",
        "jti",
        "nonce",
        "azp",
        "acr",
        "amr",
        "auth_time",
        "at_hash",
        "c_hash",
        "sid",
        "events",
    ] {
        body[name] = json!("from userinfo");
    }
    body["groups"] = json!(["customers"]);
    let claims = process(&ok_json(&body)).unwrap();
    let names: Vec<_> = claims.members().keys().map(String::as_str).collect();
    assert_eq!(names, ["email", "email_verified", "groups", "name"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_body_is_answered(body in proptest::collection::vec(any::<u8>(), 0..100)) {
        let response = HttpResponse { body, ..answer(200, "application/json", "") };
        prop_assert!(process(&response).is_err());
    }

    #[test]
    fn any_value_of_any_member_is_answered(member in 0_usize..4, value in any_json()) {
        let mut body = valid();
        let name = body.as_object().unwrap().keys().nth(member).unwrap().clone();
        body[name] = value;
        let _ = process(&ok_json(&body));
    }
}
