//! Core §3.1.3.3 and RFC 6749 §5: the token response.

use proptest::prelude::*;
use relyant_oidc::Error;
use relyant_oidc::error::{Configuration, Incompatible, Misbehaved, Refused};
use relyant_oidc::http::{Endpoint, HttpResponse};
use relyant_oidc::token::response::process_token_response;
use serde_json::{Value, json};

use crate::brewery::{NOW, answer, clipped, code_verifier, exchange, ok_json, remove, type_of};
use crate::discovery::any_json;

fn valid() -> Value {
    json!({
        "access_token": "access-token-1",
        "token_type": "Bearer",
        "id_token": "a.b.c",
        "expires_in": 300,
        "refresh_token": "refresh-token-1",
        "scope": "openid profile",
        "not-before-policy": 0,
    })
}

fn refused_with(mutate: impl FnOnce(&mut Value)) -> Error {
    let mut body = valid();
    mutate(&mut body);
    process_token_response(&exchange(), &ok_json(&body)).unwrap_err()
}

#[test]
fn a_valid_response_gives_its_tokens() {
    let response = process_token_response(&exchange(), &ok_json(&valid())).unwrap();
    assert_eq!(response.access_token(), "access-token-1");
    assert_eq!(response.id_token(), "a.b.c");
    assert_eq!(response.refresh_token(), Some("refresh-token-1"));
    assert_eq!(response.scope(), Some("openid profile"));
    assert_eq!(response.access_token_expires_at(NOW), Some(NOW.plus(300)));
}

#[test]
fn only_the_tokens_are_required() {
    let body = json!({"access_token": "a", "token_type": "bEARER", "id_token": "a.b.c"});
    let response = process_token_response(&exchange(), &ok_json(&body)).unwrap();
    assert_eq!(response.access_token_expires_at(NOW), None);
    assert_eq!((response.refresh_token(), response.scope()), (None, None));
}

// TK-01
#[test]
fn members_that_must_be_there() {
    for name in ["access_token", "token_type"] {
        assert_eq!(
            refused_with(|it| remove(it, name)),
            Misbehaved::TokenResponseMissing { name }.into()
        );
    }
    assert_eq!(
        refused_with(|it| remove(it, "id_token")),
        Misbehaved::IdTokenMissing.into()
    );
}

// TK-01
#[test]
fn tokens_are_strings_that_a_header_can_carry() {
    for name in ["access_token", "id_token", "refresh_token"] {
        let null = Some(json!(null)).filter(|_| name != "refresh_token");
        let others = [json!(1), json!(true), json!(["a"]), json!({"a": "b"})];
        for value in others.into_iter().chain(null) {
            let expected = Misbehaved::TokenResponseType {
                name,
                expected: "a string",
                got: type_of(&value),
            };
            assert_eq!(
                refused_with(|it| it[name] = value.clone()),
                expected.into(),
                "{name} {value}"
            );
        }
        for value in ["", "a b", "a\r\nX-Admin: 1", "a\0", "é"] {
            let expected = Misbehaved::TokenResponseType {
                name,
                expected: "a token of visible ASCII characters",
                got: "another string",
            };
            assert_eq!(
                refused_with(|it| it[name] = json!(value)),
                expected.into(),
                "{name} {value:?}"
            );
        }
    }
    for (name, value) in [
        ("token_type", json!(1)),
        ("token_type", json!(null)),
        ("token_type", json!(["Bearer"])),
        ("scope", json!(1)),
        ("scope", json!(["openid"])),
    ] {
        let expected = Misbehaved::TokenResponseType {
            name,
            expected: "a string",
            got: type_of(&value),
        };
        assert_eq!(
            refused_with(|it| it[name] = value.clone()),
            expected.into(),
            "{name} {value}"
        );
    }
}

#[test]
fn null_is_as_good_as_absent_for_what_may_be_left_out() {
    let (mut null, mut absent) = (valid(), valid());
    for name in ["refresh_token", "scope"] {
        null[name] = json!(null);
        remove(&mut absent, name);
    }
    assert_eq!(
        process_token_response(&exchange(), &ok_json(&null)).unwrap(),
        process_token_response(&exchange(), &ok_json(&absent)).unwrap()
    );
}

// TK-01
#[test]
fn expires_in_is_a_whole_number_of_seconds() {
    for value in [
        json!("3600"),
        json!(true),
        json!(1e99),
        json!(3600.5),
        json!(3600.0),
        json!(-1),
        json!(null),
        json!([3600]),
        json!(9_007_199_254_740_992_i64),
        json!(u64::MAX),
    ] {
        let expected = Misbehaved::TokenResponseType {
            name: "expires_in",
            expected: "a whole number of seconds below 2^53",
            got: match type_of(&value) {
                "a number" => "another number",
                other => other,
            },
        };
        assert_eq!(
            refused_with(|it| it["expires_in"] = value.clone()),
            expected.into(),
            "{value}"
        );
    }
}

// TK-01
#[test]
fn the_token_type_is_bearer_in_any_case() {
    for got in ["DPoP", "mac", "Bearer ", "", "N_A"] {
        let expected = Incompatible::TokenType { got: clipped(got) };
        assert_eq!(
            refused_with(|it| it["token_type"] = json!(got)),
            expected.into()
        );
    }
}

// TK-02
#[test]
fn status_200_and_application_json_only() {
    let endpoint = Endpoint::Token;
    let body = valid().to_string();
    let no_type = HttpResponse {
        content_type: None,
        ..ok_json(&valid())
    };
    for (response, expected) in [
        (
            answer(201, "application/json", &body),
            Misbehaved::Status { endpoint, got: 201 },
        ),
        (
            answer(202, "application/json", &body),
            Misbehaved::Status { endpoint, got: 202 },
        ),
        (
            answer(302, "application/json", &body),
            Misbehaved::Status { endpoint, got: 302 },
        ),
        (
            answer(403, "application/json", &body),
            Misbehaved::Status { endpoint, got: 403 },
        ),
        (
            answer(200, "text/html", &body),
            Misbehaved::ContentType {
                endpoint,
                got: clipped("text/html"),
            },
        ),
        (
            answer(200, "text/json", &body),
            Misbehaved::ContentType {
                endpoint,
                got: clipped("text/json"),
            },
        ),
        (
            answer(200, "application/jsonp", &body),
            Misbehaved::ContentType {
                endpoint,
                got: clipped("application/jsonp"),
            },
        ),
        (
            no_type,
            Misbehaved::ContentType {
                endpoint,
                got: clipped(""),
            },
        ),
    ] {
        assert_eq!(
            process_token_response(&exchange(), &response),
            Err(expected.into())
        );
    }
}

// TK-01
#[test]
fn the_body_is_one_strict_json_object() {
    let twice = valid()
        .to_string()
        .replacen('{', "{\"id_token\":\"x.y.z\",", 1);
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    for body in [
        "",
        "null",
        "[]",
        "\"a.b.c\"",
        "{",
        "{}x",
        "access_token=a&token_type=Bearer",
        &twice,
        &deep,
    ] {
        let error = process_token_response(&exchange(), &answer(200, "application/json", body))
            .unwrap_err();
        assert_eq!(error.code(), "misbehaved.json");
    }
}

#[test]
fn oauth_errors_are_sorted_by_who_must_act() {
    let description = clipped("because");
    let table: Vec<(u16, &str, Error)> = vec![
        (
            400,
            "invalid_grant",
            Refused::InvalidGrant {
                description: description.clone(),
            }
            .into(),
        ),
        (
            401,
            "invalid_client",
            Configuration::InvalidClient {
                description: description.clone(),
            }
            .into(),
        ),
        (
            400,
            "invalid_client",
            Configuration::InvalidClient {
                description: description.clone(),
            }
            .into(),
        ),
        (
            400,
            "unauthorized_client",
            Configuration::UnauthorizedClient {
                description: description.clone(),
            }
            .into(),
        ),
        (
            400,
            "unsupported_grant_type",
            Configuration::UnsupportedGrantType {
                description: description.clone(),
            }
            .into(),
        ),
        (
            400,
            "invalid_scope",
            Configuration::InvalidScope {
                description: description.clone(),
            }
            .into(),
        ),
        (
            400,
            "invalid_request",
            Configuration::InvalidRequest {
                description: description.clone(),
            }
            .into(),
        ),
        (
            400,
            "invalid_target",
            Configuration::InvalidTarget {
                description: description.clone(),
            }
            .into(),
        ),
        (
            400,
            "odd",
            Refused::TokenError {
                error: clipped("odd"),
                description: description.clone(),
            }
            .into(),
        ),
    ];
    for (status, error, expected) in table {
        let body = json!({"error": error, "error_description": "because"}).to_string();
        let response = answer(status, "application/json;charset=UTF-8", &body);
        assert_eq!(
            process_token_response(&exchange(), &response),
            Err(expected)
        );
    }
}

// OP-01
#[test]
fn what_we_sent_is_not_repeated_in_a_message() {
    let form = exchange().body.unwrap();
    let header = "Basic YmVlcjpiZWVyLXNlY3JldA==";
    let verifier = code_verifier();
    let said = format!("no code+1 of beer by {verifier} and beer-secret ({header}): {form}");
    for error in ["invalid_grant", "invalid_client", "odd", "code+1"] {
        let body = json!({"error": error, "error_description": said}).to_string();
        let response = answer(400, "application/json", &body);
        let error = process_token_response(&exchange(), &response).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(
            shown.contains("no *** of beer by *** and *** (Basic ***): grant_type="),
            "{shown}"
        );
        for secret in [
            "code+1",
            "code%2B1",
            "beer-secret",
            "YmVlcj",
            verifier.as_str(),
        ] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

#[test]
fn an_error_status_without_an_oauth_error_is_told_by_its_status() {
    let expected = Error::from(Misbehaved::Status {
        endpoint: Endpoint::Token,
        got: 400,
    });
    for (content_type, body) in [
        ("text/html", "<h1>400</h1>"),
        ("application/json", ""),
        ("application/json", "{}"),
        ("application/json", "{\"error\": 1}"),
        (
            "application/json",
            "{\"error\":\"invalid_grant\",\"error\":\"invalid_client\"}",
        ),
    ] {
        assert_eq!(
            process_token_response(&exchange(), &answer(400, content_type, body)),
            Err(expected.clone())
        );
    }
}

// OP-01
#[test]
fn debug_shows_no_token() {
    let shown = format!(
        "{:?}",
        process_token_response(&exchange(), &ok_json(&valid())).unwrap()
    );
    assert!(
        !shown.contains("token-1") && !shown.contains("a.b.c"),
        "{shown}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_body_of_any_status_is_answered(status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..100)) {
        let response = HttpResponse { body, ..answer(status, "application/json", "") };
        prop_assert!(process_token_response(&exchange(), &response).is_err());
    }

    #[test]
    fn any_value_of_any_member_is_answered(member in 0_usize..7, value in any_json()) {
        let mut body = valid();
        let name = body.as_object().unwrap().keys().nth(member).unwrap().clone();
        body[name] = value;
        let _ = process_token_response(&exchange(), &ok_json(&body));
    }
}
