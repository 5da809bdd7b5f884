//! Times in claims, however they are written.

use relyant_oidc::logout::back_channel::validate;
use serde_json::Value;

use super::provider::{KEYS, METADATA, NOW, date, now_and, registration};
use crate::choices::Choices;
use crate::keys::sign_header;
use crate::mutate;

/// Numbers around the limits, and spellings of them.
const NUMBERS: &[&str] = &[
    "1800000100",
    "1799999940",
    "1799999941",
    "1799999940.5",
    "1799999940.0",
    "18e8",
    "1.8E+9",
    "180000000000e-2",
    "1800000000.0000001",
    "0",
    "-0",
    "-0.0",
    "-1",
    "1e-400",
    "1e400",
    "1e308",
    "9007199254740991",
    "9007199254740992",
    "9007199254740993",
    "18446744073709551615",
    "18446744073709551616",
    "9223372036854775808",
    "0.5",
    "01",
    "+1",
    ".5",
    "1.",
    "NaN",
    "Infinity",
    "\"1800000100\"",
    "true",
    "null",
    "[1800000100]",
    "0x6b49d200",
    "1_800_000_100",
];

/// A logout token with this text as `exp`: valid exactly where the number is a date that hasn't passed.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let number = mutate::text(choices.pick::<&str>(NUMBERS), &mut choices);
    let payload = format!(
        r#"{{"iss":"https://op.example/realms/brewery","sub":"carol","aud":"beer","iat":1800000000,"exp":{number},"jti":"1","events":{{"http://schemas.openid.net/event/backchannel-logout":{{}}}}}}"#
    );
    let token = sign_header(
        r#"{"alg":"EdDSA","kid":"ed","typ":"logout+jwt"}"#,
        payload.as_bytes(),
    );
    let verdict = validate(&token, &KEYS, &METADATA, &registration(), NOW);
    let value: Option<Value> = serde_json::from_str(&number).ok();
    let expected = date(value.as_ref()).is_some_and(|seconds| seconds > now_and(-60));
    if value.is_some() {
        assert_eq!(verdict.is_ok(), expected, "{:?}: {number}", verdict.err());
    }
    if let Ok(valid) = verdict {
        let seconds: f64 = serde_json::from_str(&number).unwrap();
        #[expect(clippy::cast_possible_truncation, reason = "a date is below 2^53")]
        let whole = seconds.floor() as i64;
        assert_eq!(valid.expires_at().0, whole, "{number}");
    }
}
