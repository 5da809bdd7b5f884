//! Core §3.1.2.5–7, RFC 6749 §4.1.2 and RFC 9207: the callback.

use proptest::prelude::*;
use relyant_oidc::Error;
use relyant_oidc::authorization::response::{process_authorization_response, state_of};
use relyant_oidc::authorization::transaction::LoginTransaction;
use relyant_oidc::clock::UnixTime;
use relyant_oidc::error::{Configuration, Misbehaved, Refused, Transaction};
use serde_json::json;
use url::form_urlencoded;

use crate::brewery::{ISSUER, NOW, clipped, code, login, metadata, metadata_with, token_form};

fn query(parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish()
}

fn success() -> Vec<(&'static str, String)> {
    vec![
        ("state", login().state().into()),
        ("iss", ISSUER.to_owned()),
        ("code", "code-1".to_owned()),
    ]
}

fn failure(error: &str, description: &str) -> Vec<(&'static str, String)> {
    let mut parameters = success();
    parameters.retain(|(name, _)| *name != "code");
    parameters.push(("error", error.to_owned()));
    parameters.push(("error_description", description.to_owned()));
    parameters
}

fn process_at(parameters: &[(&'static str, String)], now: UnixTime) -> Result<String, Error> {
    let pairs: Vec<_> = parameters
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    process_authorization_response(&query(&pairs), &metadata(), &login(), now)
        .map(|code| token_form(&code)["code"].clone())
}

fn process(parameters: &[(&'static str, String)]) -> Result<String, Error> {
    process_at(parameters, NOW)
}

fn with(name: &'static str, value: &str) -> Vec<(&'static str, String)> {
    let mut parameters = without(name);
    parameters.push((name, value.to_owned()));
    parameters
}

fn without(name: &str) -> Vec<(&'static str, String)> {
    success()
        .into_iter()
        .filter(|(its, _)| *its != name)
        .collect()
}

// RFC 6749 §1.3.1
#[test]
fn a_valid_callback_gives_its_code() {
    assert_eq!(process(&success()), Ok("code-1".to_owned()));
    assert_eq!(
        process(&with("session_state", "whatever")),
        Ok("code-1".to_owned())
    );
    assert_eq!(
        process(&with("code", "a b+c/d=%")),
        Ok("a b+c/d=%".to_owned())
    );
}

// AR-01
// RFC 6749 §10.12, RFC 9700 §4.7.1
#[test]
fn a_callback_without_the_state_of_this_login_is_refused() {
    let other: String = LoginTransaction::begin([8; 32], NOW).state().into();
    let right: String = login().state().into();
    for (parameters, expected) in [
        (without("state"), Transaction::StateMissing),
        (with("state", ""), Transaction::StateMismatch),
        (with("state", &other), Transaction::StateMismatch),
        (with("state", &right[1..]), Transaction::StateMismatch),
        (
            with("state", &format!("{right}a")),
            Transaction::StateMismatch,
        ),
        (
            with("state", &right.to_lowercase()),
            Transaction::StateMismatch,
        ),
    ] {
        assert_eq!(process(&parameters), Err(expected.into()), "{parameters:?}");
    }
}

// AR-02
#[test]
fn a_callback_of_another_browsers_login_is_refused() {
    let others = LoginTransaction::begin([9; 32], NOW);
    let pairs = [
        ("state", String::from(others.state())),
        ("iss", ISSUER.to_owned()),
        ("code", "code-1".to_owned()),
    ];
    assert_eq!(process(&pairs), Err(Transaction::StateMismatch.into()));
}

// AR-01
#[test]
fn a_login_ends_ten_minutes_after_its_start() {
    for (now, expected) in [
        (NOW.plus(599), Ok("code-1".to_owned())),
        (
            NOW.plus(600),
            Err(Transaction::Expired { seconds: 600 }.into()),
        ),
        (
            NOW.plus(86_400),
            Err(Transaction::Expired { seconds: 86_400 }.into()),
        ),
        (NOW.minus(60), Ok("code-1".to_owned())),
        (
            NOW.minus(61),
            Err(Transaction::StartedInFuture { seconds: 61 }.into()),
        ),
        (
            UnixTime(i64::MAX),
            Err(Transaction::Expired {
                seconds: i64::MAX - NOW.0,
            }
            .into()),
        ),
    ] {
        assert_eq!(process_at(&success(), now), expected, "{now:?}");
    }
}

// AR-06
// RFC 9207 §2.4
#[test]
fn the_issuer_of_a_callback_is_compared_byte_for_byte() {
    for got in [
        "https://evil.example",
        "https://sso.example.com/realms/brewery/",
        "https://sso.example.com/realms/BREWERY",
        "https://sso.example.com/realms/brew",
        "",
    ] {
        let expected = Misbehaved::CallbackIssuerMismatch {
            expected: clipped(ISSUER),
            got: clipped(got),
        };
        assert_eq!(process(&with("iss", got)), Err(expected.into()));
    }
    assert_eq!(
        process(&without("iss")),
        Err(Misbehaved::CallbackIssuerMissing.into())
    );
}

// AR-06
#[test]
fn an_issuer_is_compared_even_where_the_metadata_promise_none() {
    let silent =
        metadata_with(|it| it["authorization_response_iss_parameter_supported"] = json!(false))
            .unwrap();
    let state: String = login().state().into();
    let process = |query: &str| {
        process_authorization_response(query, &silent, &login(), NOW)
            .map(|code| token_form(&code)["code"].clone())
    };
    assert_eq!(
        process(&query(&[("state", &state), ("code", "c")])),
        Ok("c".to_owned())
    );
    let error = process(&query(&[
        ("state", &state),
        ("code", "c"),
        ("iss", "https://evil.example"),
    ]))
    .unwrap_err();
    assert_eq!(error.code(), "misbehaved.callback_issuer_mismatch");
}

// AR-07
#[test]
fn the_issuer_is_checked_on_errors_too() {
    let mut foreign = failure("access_denied", "");
    foreign[1].1 = "https://evil.example".to_owned();
    let expected = Misbehaved::CallbackIssuerMismatch {
        expected: clipped(ISSUER),
        got: clipped("https://evil.example"),
    };
    assert_eq!(process(&foreign), Err(expected.into()));
    let mut missing = failure("access_denied", "");
    missing.remove(1);
    assert_eq!(
        process(&missing),
        Err(Misbehaved::CallbackIssuerMissing.into())
    );
}

// AR-09
#[test]
fn a_repeated_parameter_is_refused_even_with_one_value() {
    let valid = query(
        &success()
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect::<Vec<_>>(),
    );
    for (extra, name) in [
        ("code=code-1", "code"),
        ("code=other", "code"),
        ("c%6fde=other", "code"),
        ("iss=https%3A%2F%2Fevil.example", "iss"),
        ("state=x", "state"),
        ("a=1&a=2", "a"),
        ("a&a", "a"),
    ] {
        let query = format!("{valid}&{extra}");
        let error = process_authorization_response(&query, &metadata(), &login(), NOW).unwrap_err();
        assert_eq!(
            error,
            Transaction::ParameterRepeated {
                name: clipped(name)
            }
            .into()
        );
        assert_eq!(
            state_of(&query),
            Err(Transaction::ParameterRepeated {
                name: clipped(name)
            }
            .into())
        );
    }
}

// AR-10
#[test]
fn exactly_one_of_code_and_error_and_no_token() {
    const NAMES: [&str; 5] = ["code", "error", "id_token", "access_token", "response"];
    for combination in 0_u32..32 {
        let mut parameters = without("code");
        let present = |index: usize| combination & (1 << index) != 0;
        parameters.extend(
            NAMES
                .iter()
                .enumerate()
                .filter(|(index, _)| present(*index))
                .map(|(_, name)| (*name, "x".to_owned())),
        );
        let expected: Result<String, Error> = if present(2) {
            Err(Misbehaved::FrontChannelToken { name: "id_token" }.into())
        } else if present(3) {
            Err(Misbehaved::FrontChannelToken {
                name: "access_token",
            }
            .into())
        } else if present(4) {
            Err(Misbehaved::FrontChannelToken { name: "response" }.into())
        } else {
            match (present(0), present(1)) {
                (true, false) => Ok("x".to_owned()),
                (false, true) => Err(Refused::AuthorizationError {
                    error: clipped("x"),
                    description: clipped(""),
                }
                .into()),
                (true, true) => Err(Misbehaved::CodeAndError.into()),
                (false, false) => Err(Misbehaved::NeitherCodeNorError.into()),
            }
        };
        assert_eq!(process(&parameters), expected, "{combination:05b}");
    }
}

#[test]
fn a_code_is_printable_ascii() {
    for code in ["", "a\r\nb", "a\0", "é", "\u{7f}"] {
        assert_eq!(
            process(&with("code", code)),
            Err(Misbehaved::CodeInvalid.into()),
            "{code:?}"
        );
    }
    let raw = format!("state={}&iss={ISSUER}&code=%ff", login().state().as_str());
    let error = process_authorization_response(&raw, &metadata(), &login(), NOW).unwrap_err();
    assert_eq!(error, Misbehaved::CodeInvalid.into());
}

#[test]
fn errors_are_sorted_by_who_must_act() {
    let description = clipped("because");
    let asks = |error: &str| Refused::InteractionRequired {
        error: clipped(error),
        description: description.clone(),
    };
    let table: Vec<(&str, Error)> = vec![
        (
            "access_denied",
            Refused::AccessDenied {
                description: description.clone(),
            }
            .into(),
        ),
        (
            "server_error",
            Refused::ServerError {
                description: description.clone(),
            }
            .into(),
        ),
        (
            "temporarily_unavailable",
            Refused::TemporarilyUnavailable {
                description: description.clone(),
            }
            .into(),
        ),
        ("interaction_required", asks("interaction_required").into()),
        ("login_required", asks("login_required").into()),
        (
            "account_selection_required",
            asks("account_selection_required").into(),
        ),
        ("consent_required", asks("consent_required").into()),
        (
            "invalid_request",
            Configuration::InvalidRequest {
                description: description.clone(),
            }
            .into(),
        ),
        (
            "unauthorized_client",
            Configuration::UnauthorizedClient {
                description: description.clone(),
            }
            .into(),
        ),
        (
            "unsupported_response_type",
            Configuration::UnsupportedResponseType {
                description: description.clone(),
            }
            .into(),
        ),
        (
            "invalid_scope",
            Configuration::InvalidScope {
                description: description.clone(),
            }
            .into(),
        ),
        (
            "invalid_target",
            Configuration::InvalidTarget {
                description: description.clone(),
            }
            .into(),
        ),
        (
            "request_not_supported",
            Refused::AuthorizationError {
                error: clipped("request_not_supported"),
                description: description.clone(),
            }
            .into(),
        ),
    ];
    for (error, expected) in table {
        assert_eq!(process(&failure(error, "because")), Err(expected));
    }
}

// AR-24
#[test]
fn a_description_reaches_messages_clipped_and_harmless_to_logs() {
    let hostile = format!("x\r\nforged line\u{1b}[31m{}", "y".repeat(1_000));
    let message = process(&failure("access_denied", &hostile))
        .unwrap_err()
        .to_string();
    assert!(!message.chars().any(char::is_control), "{message}");
    assert!(message.chars().count() < 260, "{message}");
}

// FT-26
#[test]
fn a_query_beyond_any_providers_is_refused_by_length() {
    let query = format!("{}{}", "state=x&code=", "c".repeat(8 * 1024));
    let expected: Error = Transaction::QueryTooLong { bytes: query.len() }.into();
    assert_eq!(
        process_authorization_response(&query, &metadata(), &login(), NOW),
        Err(expected.clone())
    );
    assert_eq!(state_of(&query), Err(expected));

    let padding = |bytes: usize| format!("state=x&code={}", "c".repeat(bytes - 13));
    assert_eq!(
        state_of(&padding(8_192)).map(String::from),
        Ok("x".to_owned())
    );
    assert_eq!(
        state_of(&padding(8_193)),
        Err(Transaction::QueryTooLong { bytes: 8_193 }.into())
    );
}

// AR-23
// JARM §2.3
#[test]
fn a_response_jwt_that_nobody_asked_for_is_refused_by_its_name() {
    let expected: Error = Misbehaved::FrontChannelToken { name: "response" }.into();
    let query = "response=eyJhbGciOiJub25lIn0.e30.";
    assert_eq!(state_of(query), Err(expected.clone()));
    assert_eq!(
        process_authorization_response(query, &metadata(), &login(), NOW),
        Err(expected)
    );
    let other = state_of("response=x&state=abc").map(String::from);
    assert_eq!(other, Ok("abc".to_owned()));
}

#[test]
fn state_of_finds_the_one_state() {
    assert_eq!(state_of("state=abc&code=d").unwrap().as_str(), "abc");
    assert_eq!(state_of("code=d"), Err(Transaction::StateMissing.into()));
    assert_eq!(state_of(""), Err(Transaction::StateMissing.into()));
    assert_eq!(
        state_of("state=abc&state=abc"),
        Err(Transaction::ParameterRepeated {
            name: clipped("state")
        }
        .into())
    );
}

// OP-01
#[test]
fn debug_shows_no_code() {
    assert_eq!(format!("{:?}", code()), "AuthorizationCode(redacted)");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_query_is_answered(query in ".{0,200}") {
        prop_assert!(process_authorization_response(&query, &metadata(), &login(), NOW).is_err());
        let _ = state_of(&query);
    }

    #[test]
    fn any_parameters_beside_the_right_state_are_answered(
        parameters in proptest::collection::vec(("(code|error|iss|id_token|[a-z]{1,4})", ".{0,20}"), 0..6),
    ) {
        let state: String = login().state().into();
        let mut pairs = vec![("state", state.as_str())];
        pairs.extend(parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let _ = process_authorization_response(&query(&pairs), &metadata(), &login(), NOW);
    }
}
