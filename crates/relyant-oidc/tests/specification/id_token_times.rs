//! Core §3.1.3.7 (9), (10), RFC 7519 §4.1.5: from when and until when an ID token counts; one change, and the exact error.

use relyant_oidc::clock::UnixTime;
use relyant_oidc::error::InvalidToken;
use serde_json::{Value, json};

use crate::brewery::{
    KEY, NOW, id_token_claims, remove, sign, sign_text, type_of, validate, validate_at,
};
use crate::id_token::{accepted_with, assert_refused, refused_with};

/// What a message calls `value` where it is no date.
fn date_type(value: &Value) -> &'static str {
    match type_of(value) {
        "a number" => "another number",
        other => other,
    }
}

// ID-09
#[test]
fn the_expiry_is_a_positive_number_and_lies_ahead() {
    for value in [
        json!("1800000300"),
        json!(true),
        json!(null),
        json!([NOW.0 + 300]),
        json!({}),
        json!(0),
        json!(-1),
        json!(1e300),
        json!(9_007_199_254_740_992_i64),
    ] {
        assert_eq!(
            refused_with(|it| it["exp"] = value.clone()),
            InvalidToken::ExpiryInvalid {
                got: date_type(&value)
            }
            .into(),
            "{value}"
        );
    }
    assert_refused(vec![
        (
            "missing",
            |it| remove(it, "exp"),
            InvalidToken::ExpiryMissing,
        ),
        (
            "a minute ago",
            |it| it["exp"] = json!(NOW.0 - 60),
            InvalidToken::Expired { seconds: 60 },
        ),
        (
            "long ago",
            |it| it["exp"] = json!(1),
            InvalidToken::Expired { seconds: NOW.0 - 1 },
        ),
    ]);
    accepted_with(|it| it["exp"] = json!(NOW.0 - 59));
    #[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
    let fractional = NOW.0 as f64 - 59.5;
    let valid = accepted_with(|it| it["exp"] = json!(fractional));
    assert_eq!(valid.expires_at(), NOW.minus(60));
    accepted_with(|it| it["exp"] = json!(9_007_199_254_740_991_i64));
}

// ID-09
#[test]
fn numbers_that_json_does_not_have_are_refused() {
    let payload = id_token_claims().to_string();
    let exp = format!("\"exp\":{}", NOW.0 + 300);
    let digits = "9".repeat(5_000);
    for number in ["NaN", "Infinity", "1e400", "01", "+1", "0x7f", &digits] {
        let mutated = payload.replace(&exp, &format!("\"exp\":{number}"));
        assert_ne!(mutated, payload);
        let error = validate(&sign_text(&KEY, &mutated, &json!({}))).unwrap_err();
        assert!(
            matches!(
                error.code(),
                "invalid_token.claims_malformed" | "invalid_token.expiry_invalid"
            ),
            "{number}: {error}"
        );
    }
}

// ID-10
#[test]
fn issued_now_give_or_take() {
    assert_refused(vec![
        (
            "missing",
            |it| remove(it, "iat"),
            InvalidToken::IssuedAtMissing,
        ),
        (
            "a string",
            |it| it["iat"] = json!("1800000000"),
            InvalidToken::IssuedAtInvalid { got: "a string" },
        ),
        (
            "null",
            |it| it["iat"] = json!(null),
            InvalidToken::IssuedAtInvalid { got: "null" },
        ),
        (
            "negative",
            |it| it["iat"] = json!(-5),
            InvalidToken::IssuedAtInvalid {
                got: "another number",
            },
        ),
        (
            "in the future",
            |it| it["iat"] = json!(NOW.0 + 61),
            InvalidToken::IssuedInFuture { seconds: 61 },
        ),
        (
            "too long ago",
            |it| it["iat"] = json!(NOW.0 - 661),
            InvalidToken::IssuedTooLongAgo { seconds: 661 },
        ),
        (
            "a week ago",
            |it| it["iat"] = json!(NOW.0 - 604_800),
            InvalidToken::IssuedTooLongAgo { seconds: 604_800 },
        ),
    ]);
    accepted_with(|it| it["iat"] = json!(NOW.0 + 60));
    accepted_with(|it| it["iat"] = json!(NOW.0 - 660));
}

// FT-20
#[test]
fn a_clock_that_differs_is_told_with_its_difference() {
    let raw = sign(&id_token_claims());
    let behind = validate_at(&raw, NOW.minus(300)).unwrap_err();
    assert_eq!(behind, InvalidToken::IssuedInFuture { seconds: 300 }.into());
    assert!(behind.to_string().contains("300 s in the future"));
    let ahead = validate_at(&raw, NOW.plus(360)).unwrap_err();
    assert_eq!(ahead, InvalidToken::Expired { seconds: 60 }.into());
    for error in [behind, ahead] {
        let message = error.to_string();
        assert!(message.ends_with("the provider's clock and this server's differ"));
    }
}

// ID-11
#[test]
fn not_before_counts_where_it_is_there() {
    assert_refused(vec![
        (
            "ahead",
            |it| it["nbf"] = json!(NOW.0 + 61),
            InvalidToken::NotYetValid { seconds: 61 },
        ),
        (
            "a string",
            |it| it["nbf"] = json!("1"),
            InvalidToken::NotBeforeInvalid { got: "a string" },
        ),
        (
            "null",
            |it| it["nbf"] = json!(null),
            InvalidToken::NotBeforeInvalid { got: "null" },
        ),
    ]);
    accepted_with(|it| it["nbf"] = json!(NOW.0 + 60));
}

// FT-21
// OP-02
#[test]
fn the_years_2038_and_2106_are_days_like_any_other() {
    for start in [2_147_483_647, 4_294_967_295_i64, 253_402_300_799] {
        let mut claims = id_token_claims();
        claims["iat"] = json!(start);
        claims["exp"] = json!(start + 300);
        let raw = sign(&claims);
        assert_eq!(
            validate_at(&raw, UnixTime(start + 1)).unwrap().expires_at(),
            UnixTime(start + 300)
        );
        let expired = InvalidToken::Expired { seconds: 60 };
        assert_eq!(
            validate_at(&raw, UnixTime(start + 360)),
            Err(expired.into())
        );
    }
    assert_eq!(
        validate_at(&sign(&id_token_claims()), UnixTime(i64::MIN))
            .unwrap_err()
            .code(),
        "invalid_token.issued_in_future"
    );
    assert_eq!(
        validate_at(&sign(&id_token_claims()), UnixTime(i64::MAX))
            .unwrap_err()
            .code(),
        "invalid_token.expired"
    );
}
