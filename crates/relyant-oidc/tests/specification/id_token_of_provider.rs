//! Core §3.1.3.7 (3), (4), (5) and Core §8: ID tokens of a provider that names further audiences, or its people otherwise than by `sub`.

use relyant_oidc::Error;
use relyant_oidc::error::InvalidToken;
use relyant_oidc::id_token::ValidIdToken;
use relyant_oidc::registration::{ClientRegistration, IdTokenAudience};
use serde_json::{Value, json};

use crate::brewery::{
    CLIENT_ID, SUBJECT, clipped, id_token_claims, registration, remove, sign, validate_as,
};

fn validate(
    registration: &ClientRegistration,
    mutate: impl FnOnce(&mut Value),
) -> Result<ValidIdToken, Error> {
    let mut claims = id_token_claims();
    mutate(&mut claims);
    validate_as(registration, &sign(&claims), None)
}

fn with_further_audiences() -> ClientRegistration {
    ClientRegistration {
        id_token_audience: IdTokenAudience::UsAmongOthers,
        ..registration()
    }
}

fn with_account(claim: &str) -> ClientRegistration {
    ClientRegistration {
        account_claim: Some(claim.to_owned()),
        ..registration()
    }
}

// ID-03, ID-04
#[test]
fn further_audiences_need_the_word_that_the_token_was_issued_to_us() {
    let registration = with_further_audiences();
    let to_us = validate(&registration, |it| it["aud"] = json!([CLIENT_ID, "wine"]));
    assert_eq!(to_us.unwrap().subject().as_str(), SUBJECT);
    let mismatch = |got: &str| InvalidToken::AuthorizedPartyMismatch {
        expected: clipped(CLIENT_ID),
        got: clipped(got),
    };
    for (mutate, expected) in [
        (
            (|it| {
                it["aud"] = json!([CLIENT_ID, "wine"]);
                remove(it, "azp");
            }) as fn(&mut Value),
            InvalidToken::AuthorizedPartyMissing,
        ),
        (
            |it| {
                it["aud"] = json!([CLIENT_ID, "wine"]);
                it["azp"] = json!("wine");
            },
            mismatch("wine"),
        ),
        (
            |it| it["aud"] = json!(["wine", "water"]),
            InvalidToken::AudienceMismatch {
                expected: clipped(CLIENT_ID),
                got: clipped("wine water"),
            },
        ),
        (
            |it| it["aud"] = json!([CLIENT_ID, 1]),
            InvalidToken::AudienceInvalid,
        ),
        (|it| it["aud"] = json!([]), InvalidToken::AudienceInvalid),
    ] {
        assert_eq!(validate(&registration, mutate), Err(expected.into()));
    }
}

// ID-17
#[test]
fn the_account_is_the_subject_unless_another_claim_names_it() {
    let usual = validate(&registration(), |it| it["oid"] = json!("another")).unwrap();
    assert_eq!(usual.account(), usual.subject());
    let named = validate(&with_account("oid"), |it| it["oid"] = json!("0000-66f3")).unwrap();
    assert_eq!(named.account().as_str(), "0000-66f3");
    assert_eq!(named.subject().as_str(), SUBJECT);
}

// ID-15, ID-17
#[test]
fn without_a_readable_account_nobody_signs_in() {
    let longest = "a".repeat(255);
    let too_long = "a".repeat(256);
    let kept = validate(&with_account("oid"), |it| it["oid"] = json!(longest));
    assert_eq!(kept.unwrap().account().as_str(), longest);
    for (oid, got) in [
        (None, String::new()),
        (Some(json!("")), String::new()),
        (Some(json!(null)), "null".to_owned()),
        (Some(json!(7)), "7".to_owned()),
        (Some(json!(["a"])), "[\"a\"]".to_owned()),
        (Some(json!("a b\u{e9}")), "a b\u{e9}".to_owned()),
        (Some(json!(too_long)), too_long.clone()),
    ] {
        let result = validate(&with_account("oid"), |it| {
            if let Some(oid) = oid {
                it["oid"] = oid;
            }
        });
        let expected = InvalidToken::AccountInvalid {
            claim: clipped("oid"),
            got: clipped(&got),
        };
        assert_eq!(result, Err(expected.into()), "{got}");
    }
}
