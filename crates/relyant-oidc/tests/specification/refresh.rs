//! RFC 6749 §6 and Core §12: the refresh of tokens, and the ID token that may come with it.

use proptest::prelude::*;
use relyant_oidc::Error;
use relyant_oidc::error::{Configuration, Incompatible, InvalidToken, Misbehaved, Refused};
use relyant_oidc::http::{Endpoint, HttpRequest, HttpResponse, Method};
use relyant_oidc::id_token::{self, ValidIdToken};
use relyant_oidc::registration::ClientRegistration;
use relyant_oidc::secret::Secret;
use relyant_oidc::token::refresh::{
    FormerIdToken, RefreshedTokens, process_refresh_response, refresh_request, validate_refreshed,
};
use relyant_oidc::token::session_tokens::SessionTokens;
use serde_json::{Value, json};

use crate::brewery::{
    CLIENT_ID, ISSUER, NOW, OPAQUE, SUBJECT, answer, authorization, clipped, form, freshness,
    id_token_claims, keys, login, metadata, ok_json, registration, remove, session_tokens,
    session_tokens_with, sign, type_of, valid_id_token,
};
use crate::discovery::any_json;

/// When the session is refreshed.
const LATER: i64 = 3_600;

fn used() -> Secret {
    Secret::new("refresh-token-1")
}

fn asked() -> HttpRequest {
    refresh_request(&metadata(), &registration(), &used(), freshness()).unwrap()
}

fn answered() -> Value {
    json!({
        "access_token": "access-token-2",
        "token_type": "Bearer",
        "id_token": "a.b.c",
        "expires_in": 300,
        "refresh_token": "refresh-token-2",
        "scope": "openid profile",
    })
}

fn process_with(mutate: impl FnOnce(&mut Value)) -> Result<RefreshedTokens, Error> {
    let mut body = answered();
    mutate(&mut body);
    process_refresh_response(&asked(), &used(), &ok_json(&body))
}

fn error(status: u16, name: &str) -> HttpResponse {
    let body = json!({"error": name, "error_description": "because"});
    answer(status, "application/json", &body.to_string())
}

/// The claims of a new ID token of the session, as Core §12.2 wants them.
fn refreshed_claims() -> Value {
    let mut claims = id_token_claims();
    remove(&mut claims, "nonce");
    claims["iat"] = json!(NOW.0 + LATER);
    claims["exp"] = json!(NOW.0 + LATER + 300);
    claims
}

fn validate_after(former: &FormerIdToken, claims: &Value) -> Result<ValidIdToken, Error> {
    validate_refreshed(
        &sign(claims),
        &keys(),
        &metadata(),
        &registration(),
        former,
        OPAQUE,
        NOW.plus(LATER),
    )
}

fn with(mutate: impl FnOnce(&mut Value)) -> Result<ValidIdToken, Error> {
    let mut claims = refreshed_claims();
    mutate(&mut claims);
    validate_after(&FormerIdToken::of(&valid_id_token()), &claims)
}

/// The session of a login whose ID token had other claims.
fn former_with(
    mutate: impl FnOnce(&mut Value),
    registration: &ClientRegistration,
) -> FormerIdToken {
    let mut claims = id_token_claims();
    mutate(&mut claims);
    let raw = sign(&claims);
    let login = login();
    let valid = id_token::validate(&raw, &keys(), &metadata(), registration, &login, None, NOW);
    FormerIdToken::of(&valid.unwrap())
}

#[test]
fn the_refresh_token_goes_with_our_credentials_and_without_a_scope() {
    let request = asked();
    assert_eq!(request.method, Method::Post);
    assert_eq!(&request.url, metadata().token_endpoint());
    let expected = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "refresh-token-1"),
    ];
    assert_eq!(
        form(&request),
        expected
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    );
    // beer:beer-secret
    assert_eq!(
        authorization(&request),
        Some("Basic YmVlcjpiZWVyLXNlY3JldA==")
    );
}

#[test]
fn a_public_client_names_itself() {
    let public = ClientRegistration {
        client_secret: None,
        ..registration()
    };
    let request = refresh_request(&metadata(), &public, &used(), freshness()).unwrap();
    assert_eq!(authorization(&request), None);
    assert_eq!(form(&request)["client_id"], CLIENT_ID);
}

// RFC 9700 §4.14.2, RFC 6749 §1.5
#[test]
fn a_new_refresh_token_replaces_the_used_one() {
    let tokens = process_with(|_| {}).unwrap();
    assert_eq!(tokens.access_token(), "access-token-2");
    assert_eq!(tokens.refresh_token(), "refresh-token-2");
    assert_eq!(tokens.id_token(), Some("a.b.c"));
    assert_eq!(tokens.scope(), Some("openid profile"));
    assert_eq!(tokens.access_token_expires_at(NOW), Some(NOW.plus(300)));
}

#[test]
fn what_is_left_out_stays_as_it_was() {
    let absent = process_with(|it| {
        for name in ["refresh_token", "id_token", "scope", "expires_in"] {
            remove(it, name);
        }
    })
    .unwrap();
    assert_eq!(absent.refresh_token(), "refresh-token-1");
    assert_eq!((absent.id_token(), absent.scope()), (None, None));
    assert_eq!(absent.access_token_expires_at(NOW), None);
    let null = process_with(|it| {
        for name in ["refresh_token", "id_token", "scope"] {
            it[name] = json!(null);
        }
        remove(it, "expires_in");
    });
    assert_eq!(null, Ok(absent));
}

#[test]
fn a_refused_refresh_token_ends_the_session_and_nothing_else_does() {
    let description = clipped("because");
    for status in [400, 401] {
        let ended = process_refresh_response(&asked(), &used(), &error(status, "invalid_grant"));
        let description = description.clone();
        assert_eq!(ended, Err(Refused::RefreshToken { description }.into()));
    }
    let not_allowed = |name: &str| Configuration::RefreshNotAllowed {
        error: clipped(name),
        description: description.clone(),
    };
    let other = |name: &str| Refused::TokenError {
        error: clipped(name),
        description: description.clone(),
    };
    let table: Vec<(&str, Error)> = vec![
        (
            "invalid_client",
            Configuration::InvalidClient {
                description: description.clone(),
            }
            .into(),
        ),
        (
            "unauthorized_client",
            not_allowed("unauthorized_client").into(),
        ),
        (
            "unsupported_grant_type",
            not_allowed("unsupported_grant_type").into(),
        ),
        ("invalid_scope", other("invalid_scope").into()),
        ("invalid_request", other("invalid_request").into()),
        ("Invalid_Grant", other("Invalid_Grant").into()),
    ];
    for (name, expected) in table {
        let result = process_refresh_response(&asked(), &used(), &error(400, name));
        assert_eq!(result, Err(expected));
    }
    let endpoint = Endpoint::Token;
    for got in [201, 302, 403, 404, 429, 500, 503] {
        let result = process_refresh_response(&asked(), &used(), &error(got, "invalid_grant"));
        assert_eq!(result, Err(Misbehaved::Status { endpoint, got }.into()));
    }
    for (content_type, body) in [
        ("text/html", "{\"error\":\"invalid_grant\"}"),
        ("application/json", "{\"error\":[\"invalid_grant\"]}"),
        ("application/json", "{}"),
    ] {
        let result = process_refresh_response(&asked(), &used(), &answer(400, content_type, body));
        assert_eq!(
            result,
            Err(Misbehaved::Status { endpoint, got: 400 }.into())
        );
    }
}

// TK-01
#[test]
fn the_answer_is_as_strict_as_that_to_a_code() {
    for name in ["access_token", "token_type"] {
        assert_eq!(
            process_with(|it| remove(it, name)),
            Err(Misbehaved::TokenResponseMissing { name }.into())
        );
    }
    let got = clipped("DPoP");
    assert_eq!(
        process_with(|it| it["token_type"] = json!("DPoP")),
        Err(Incompatible::TokenType { got }.into())
    );
    for name in ["access_token", "refresh_token", "id_token", "scope"] {
        for value in [json!(1), json!(true), json!(["a"]), json!({})] {
            let expected = Misbehaved::TokenResponseType {
                name,
                expected: "a string",
                got: type_of(&value),
            };
            assert_eq!(
                process_with(|it| it[name] = value.clone()),
                Err(expected.into()),
                "{name} {value}"
            );
        }
    }
    for name in ["access_token", "refresh_token", "id_token"] {
        for value in ["", "a b", "a\r\nX-Admin: 1", "é"] {
            let expected = Misbehaved::TokenResponseType {
                name,
                expected: "a token of visible ASCII characters",
                got: "another string",
            };
            assert_eq!(
                process_with(|it| it[name] = json!(value)),
                Err(expected.into()),
                "{name} {value:?}"
            );
        }
    }
    let error = process_with(|it| it["expires_in"] = json!("300")).unwrap_err();
    assert_eq!(error.code(), "misbehaved.token_response_type");
    let html = answer(200, "text/html", &answered().to_string());
    let error = process_refresh_response(&asked(), &used(), &html).unwrap_err();
    assert_eq!(error.code(), "misbehaved.content_type");
}

#[test]
fn an_id_token_that_continues_the_session_is_valid() {
    let valid = with(|_| {}).unwrap();
    assert_eq!(valid.subject().as_str(), SUBJECT);
    assert_eq!(valid.issued_at(), NOW.plus(LATER));
    // Core §12.2: these need not be there again, and may be.
    assert!(with(|it| remove(it, "auth_time")).is_ok());
    assert!(with(|it| it["nonce"] = json!(login().nonce().as_str())).is_ok());
    assert!(with(|it| it["aud"] = json!([CLIENT_ID])).is_ok());
}

// TK-07
#[test]
fn an_id_token_of_another_session_is_refused() {
    type Row = (&'static str, fn(&mut Value), InvalidToken);
    let table: Vec<Row> = vec![
        (
            "another issuer",
            |it| it["iss"] = json!("https://evil.example"),
            InvalidToken::IssuerMismatch {
                expected: clipped(ISSUER),
                got: clipped("https://evil.example"),
            },
        ),
        (
            "another subject",
            |it| it["sub"] = json!("somebody-else"),
            InvalidToken::RefreshedSubjectMismatch {
                expected: clipped(SUBJECT),
                got: clipped("somebody-else"),
            },
        ),
        (
            "no subject",
            |it| remove(it, "sub"),
            InvalidToken::SubjectMissing,
        ),
        (
            "another audience",
            |it| it["aud"] = json!("wine"),
            InvalidToken::AudienceMismatch {
                expected: clipped(CLIENT_ID),
                got: clipped("wine"),
            },
        ),
        (
            "another party",
            |it| it["azp"] = json!("wine"),
            InvalidToken::AuthorizedPartyMismatch {
                expected: clipped(CLIENT_ID),
                got: clipped("wine"),
            },
        ),
        (
            "no party any more",
            |it| remove(it, "azp"),
            InvalidToken::RefreshedAuthorizedPartyMismatch {
                expected: clipped(CLIENT_ID),
                got: clipped(""),
            },
        ),
        (
            "another sign-in",
            |it| it["auth_time"] = json!(NOW.0 + 3_000),
            InvalidToken::RefreshedAuthTimeMismatch {
                expected: NOW.0 - 5,
                got: NOW.0 + 3_000,
            },
        ),
        (
            "a sign-in that is no time",
            |it| it["auth_time"] = json!("now"),
            InvalidToken::ClaimType {
                claim: "auth_time",
                expected: "a number between 0 and 2^53",
                got: "a string",
            },
        ),
        (
            "another nonce",
            |it| it["nonce"] = json!("another"),
            InvalidToken::NonceMismatch,
        ),
        (
            "a nonce that is none",
            |it| it["nonce"] = json!(null),
            InvalidToken::NonceMismatch,
        ),
        (
            "an old one",
            |it| it["iat"] = json!(NOW.0),
            InvalidToken::IssuedTooLongAgo { seconds: LATER },
        ),
        (
            "an expired one",
            |it| it["exp"] = json!(NOW.0 + 300),
            InvalidToken::Expired {
                seconds: LATER - 300,
            },
        ),
        (
            "a logout token",
            |it| it["events"] = json!({}),
            InvalidToken::IsLogoutToken,
        ),
    ];
    for (what, mutate, expected) in table {
        assert_eq!(with(mutate), Err(expected.into()), "{what}");
    }
}

// TK-07
#[test]
fn it_is_not_older_than_the_former_one() {
    let former = FormerIdToken::of(&valid_id_token());
    let former = former.continued_by(&with(|_| {}).unwrap());
    let mut claims = refreshed_claims();
    assert!(validate_after(&former, &claims).is_ok());
    claims["iat"] = json!(NOW.0 + LATER - 1);
    assert_eq!(
        validate_after(&former, &claims),
        Err(InvalidToken::RefreshedIssuedEarlier { seconds: 1 }.into())
    );
}

// TK-07
#[test]
fn after_a_refresh_nonce_and_sign_in_are_still_those_of_the_login() {
    let former = FormerIdToken::of(&valid_id_token());
    let without = with(|it| remove(it, "auth_time")).unwrap();
    let former = former.continued_by(&without);
    for (claim, expected) in [
        ("nonce", "invalid_token.nonce_mismatch"),
        ("auth_time", "invalid_token.refreshed_auth_time_mismatch"),
    ] {
        let mut claims = refreshed_claims();
        claims["nonce"] = json!(login().nonce().as_str());
        assert!(validate_after(&former, &claims).is_ok());
        claims[claim] = match claim {
            "nonce" => json!("another"),
            _ => json!(NOW.0),
        };
        let error = validate_after(&former, &claims).unwrap_err();
        assert_eq!(error.code(), expected);
    }
}

// TK-07
#[test]
fn what_the_login_did_not_say_a_refresh_adds_no_party_to() {
    let bare = former_with(
        |it| {
            remove(it, "azp");
            remove(it, "auth_time");
        },
        &registration(),
    );
    let mut claims = refreshed_claims();
    let expected = InvalidToken::RefreshedAuthorizedPartyMismatch {
        expected: clipped(""),
        got: clipped(CLIENT_ID),
    };
    assert_eq!(validate_after(&bare, &claims), Err(expected.into()));
    remove(&mut claims, "azp");
    assert!(validate_after(&bare, &claims).is_ok());
}

// TK-07
#[test]
fn the_session_of_another_client_is_not_continued() {
    let wine = ClientRegistration {
        client_id: "wine".to_owned(),
        ..registration()
    };
    let of_wine = former_with(
        |it| {
            it["aud"] = json!("wine");
            remove(it, "azp");
        },
        &wine,
    );
    let mut claims = refreshed_claims();
    remove(&mut claims, "azp");
    let expected = InvalidToken::RefreshedAudienceMismatch {
        expected: clipped("wine"),
        got: clipped(CLIENT_ID),
    };
    assert_eq!(validate_after(&of_wine, &claims), Err(expected.into()));
}

// TK-07, ID-14
#[test]
fn the_access_token_is_the_one_that_came_with_it() {
    let result = with(|it| it["at_hash"] = json!("x"));
    let expected = InvalidToken::AccessTokenHashMismatch;
    assert_eq!(result, Err(expected.into()));
}

#[test]
fn what_a_session_keeps_is_read_as_it_was_written() {
    let bare = former_with(
        |it| {
            remove(it, "azp");
            remove(it, "auth_time");
        },
        &registration(),
    );
    for former in [FormerIdToken::of(&valid_id_token()), bare] {
        assert_eq!(FormerIdToken::from_json(&former.to_json()), Some(former));
    }
    let written = FormerIdToken::of(&valid_id_token()).to_json();
    let kept: Value = serde_json::from_str(&written).unwrap();
    let changed = |mutate: fn(&mut Value)| {
        let mut kept = kept.clone();
        mutate(&mut kept);
        FormerIdToken::from_json(&kept.to_string())
    };
    assert!(changed(|_| {}).is_some());
    for mutate in [
        (|it| remove(it, "iss")) as fn(&mut Value),
        |it| remove(it, "sub"),
        |it| remove(it, "aud"),
        |it| remove(it, "iat"),
        |it| it["iat"] = json!("1800000000"),
        |it| it["aud"] = json!("beer"),
        |it| it["azp"] = json!(1),
        |it| it["auth_time"] = json!(null),
        |it| it["nonce"] = json!(["n"]),
        |it| it["more"] = json!("x"),
    ] {
        assert_eq!(changed(mutate), None);
    }
    for text in ["", "null", "[]", "{}", "{\"iss\":\"a\",\"iss\":\"b\"}"] {
        assert_eq!(FormerIdToken::from_json(text), None, "{text}");
    }
}

// OP-01
#[test]
fn debug_shows_no_token_and_no_nonce() {
    let nonce = login().nonce();
    let shown = format!(
        "{:?} {:?} {:?}",
        process_with(|_| {}),
        refresh_request(&metadata(), &registration(), &used(), freshness()),
        FormerIdToken::of(&valid_id_token()),
    );
    for secret in ["token-1", "token-2", "a.b.c", "YmVlcjp", nonce.as_str()] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

// OP-01
#[test]
fn what_we_sent_is_not_repeated_in_a_message() {
    let form = asked().body.unwrap();
    for error in [
        "invalid_grant",
        "invalid_client",
        "unauthorized_client",
        "odd",
    ] {
        let said = format!("no refresh-token-1 of beer-secret: {form}");
        let body = json!({"error": error, "error_description": said}).to_string();
        let response = answer(400, "application/json", &body);
        let error = process_refresh_response(&asked(), &used(), &response).unwrap_err();
        let shown = format!("{error} {error:?}");
        let expected = "no *** of ***: grant_type=refresh_token&refresh_token=***";
        assert!(shown.contains(expected), "{shown}");
        for secret in ["refresh-token-1", "beer-secret"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

// RFC 6749 §5.1 and §6, Core §12.2
#[test]
fn a_session_keeps_what_a_refresh_leaves_out() {
    let login = session_tokens();
    assert_eq!(login.scope(), "openid profile");
    assert_eq!(login.said_scope(), Some("openid profile"));
    let unsaid = session_tokens_with(|it| {
        remove(it, "scope");
        remove(it, "refresh_token");
        remove(it, "expires_in");
    });
    assert_eq!(unsaid.scope(), "openid profile email");
    assert_eq!(unsaid.said_scope(), None);
    let kept = SessionTokens::from_bytes(&unsaid.to_bytes());
    assert_eq!(kept, Some(unsaid.clone()));
    assert_eq!(unsaid.refresh_secret(), None);
    assert_eq!(unsaid.access_token_expires_at(), None);
    let bare = process_with(|it| {
        for name in ["refresh_token", "id_token", "scope", "expires_in"] {
            remove(it, name);
        }
    });
    let later = NOW.plus(LATER);
    let refreshed = login.refreshed(&bare.unwrap(), None, later);
    assert_eq!(refreshed.access_token(), "access-token-2");
    assert_eq!(refreshed.refresh_secret(), Some(&used()));
    assert_eq!(refreshed.scope(), "openid profile");
    assert_eq!(refreshed.said_scope(), Some("openid profile"));
    assert_eq!(refreshed.access_token_expires_at(), None);
    assert_eq!(refreshed.former_id_token(), login.former_id_token());
    let id_token = with(|_| {}).unwrap();
    let full = process_with(|it| it["scope"] = json!("openid")).unwrap();
    let refreshed = login.refreshed(&full, Some(&id_token), later);
    assert_eq!(
        refreshed.refresh_secret(),
        Some(&Secret::new("refresh-token-2"))
    );
    assert_eq!(refreshed.scope(), "openid");
    assert_eq!(refreshed.access_token_expires_at(), Some(later.plus(300)));
    let former = login.former_id_token().continued_by(&id_token);
    assert_eq!(refreshed.former_id_token(), &former);
}

#[test]
fn a_session_reads_what_it_kept_and_nothing_else() {
    let whole = session_tokens();
    let bare = session_tokens_with(|it| {
        remove(it, "refresh_token");
        remove(it, "expires_in");
    });
    for tokens in [whole.clone(), bare] {
        assert_eq!(SessionTokens::from_bytes(&tokens.to_bytes()), Some(tokens));
    }
    let kept: Value = serde_json::from_slice(&whole.to_bytes()).unwrap();
    for name in ["access_token", "scope", "id_token"] {
        let mut cut = kept.clone();
        remove(&mut cut, name);
        assert_eq!(SessionTokens::from_bytes(cut.to_string().as_bytes()), None);
    }
    for (name, value) in [
        ("access_token", json!(1)),
        ("refresh_token", json!([])),
        ("scope", json!(null)),
        ("expires_at", json!("1")),
        ("id_token", json!("{}")),
        ("more", json!("more")),
    ] {
        let mut other = kept.clone();
        other[name] = value;
        assert_eq!(
            SessionTokens::from_bytes(other.to_string().as_bytes()),
            None
        );
    }
    assert_eq!(SessionTokens::from_bytes(b"{}"), None);
    assert_eq!(SessionTokens::from_bytes(b""), None);
}

// OP-01, TK-08
#[test]
fn debug_shows_no_token_of_a_session() {
    let shown = format!("{:?}", session_tokens());
    assert_eq!(
        shown,
        r#"SessionTokens { scope: "openid profile", access_token_expires_at: Some(UnixTime(1800000300)), .. }"#
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_body_of_any_status_is_answered(status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..100)) {
        let response = HttpResponse { body, ..answer(status, "application/json", "") };
        prop_assert!(process_refresh_response(&asked(), &used(), &response).is_err());
    }

    #[test]
    fn any_value_of_any_member_is_answered(member in 0_usize..6, value in any_json()) {
        let _ = process_with(|it| {
            let name = it.as_object().unwrap().keys().nth(member).unwrap().clone();
            it[name] = value;
        });
    }

    #[test]
    fn any_text_that_a_session_might_keep_is_read_or_refused(text in ".{0,200}") {
        prop_assert_eq!(FormerIdToken::from_json(&text), None);
    }

    #[test]
    fn any_value_of_any_claim_is_answered(member in 0_usize..12, value in any_json()) {
        let _ = with(|it| {
            let name = it.as_object().unwrap().keys().nth(member).unwrap().clone();
            it[name] = value;
        });
    }
}
