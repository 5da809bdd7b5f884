//! What a session does with its tokens after the login: which requests it makes, and which it never makes.

#![allow(clippy::unwrap_used, reason = "a test that can't set itself up fails")]

mod loopback;

use std::time::Duration;

use loopback::issuing::{Issuing, signing_key};
use loopback::{options, registration};
use relyant_http::{ClientOptions, Refreshed};
use relyant_oidc::Error;
use relyant_oidc::clock::UnixTime;
use relyant_oidc::id_token::Subject;
use relyant_oidc::identity::ClaimsSource;
use relyant_oidc::registration::ClientRegistration;
use relyant_oidc::secret::Secret;
use relyant_oidc::token::revocation::RevocableToken;
use relyant_oidc::token::session_tokens::SessionTokens;
use serde_json::{Map, Value, json};

/// A provider that rotates refresh tokens, and the tokens of a login there.
fn logged_in() -> (Issuing, SessionTokens) {
    logged_in_with(options())
}

fn logged_in_with(options: ClientOptions) -> (Issuing, SessionTokens) {
    let issuing = Issuing::start_with(options);
    issuing.change(|script| {
        script.metadata_change = json!({
            "revocation_endpoint": format!("{}/revoke", issuing.server.url("")),
        });
        script.tokens_change = json!({ "refresh_token": "refresh-1" });
    });
    let tokens = issuing.login().unwrap().tokens().clone();
    issuing.change(|script| {
        script.tokens_change = json!({ "refresh_token": "refresh-2", "scope": "openid" });
        "opaque-2".clone_into(&mut script.access_token);
        script.id_token_change = json!({ "nonce": null });
    });
    issuing.clock.turn(100);
    (issuing, tokens)
}

/// The code of an error; `none` where there is none.
fn code<T>(result: &Result<T, Error>) -> &'static str {
    result.as_ref().map_or_else(Error::code, |_| "none")
}

#[test]
fn a_refresh_asks_again_what_a_login_asks() {
    let (issuing, tokens) = logged_in();
    assert_eq!(tokens.refresh_secret(), Some(&Secret::new("refresh-1")));
    let Refreshed { tokens, identity } = issuing.provider.refresh(&tokens).unwrap();
    assert_eq!(tokens.access_token(), "opaque-2");
    assert_eq!(tokens.refresh_secret(), Some(&Secret::new("refresh-2")));
    assert_eq!(tokens.scope(), "openid");
    let expiry = Some(UnixTime(1_800_000_160));
    assert_eq!(tokens.access_token_expires_at(), expiry);
    let identity = identity.unwrap().unwrap();
    assert_eq!(identity.subject().as_str(), "carol");
    assert_eq!(identity.tokens(), &tokens);
    let userinfo = identity.claims(&ClaimsSource::Userinfo).unwrap();
    assert_eq!(userinfo["email"], json!("carol@brewery.example"));
    let request = issuing.server.requests("/token").pop().unwrap();
    assert_eq!(
        request.body,
        "grant_type=refresh_token&refresh_token=refresh-1"
    );
    let userinfo = issuing.server.requests("/userinfo").pop().unwrap();
    assert_eq!(userinfo.header("authorization"), Some("Bearer opaque-2"));
    let asked = ["/token", "/userinfo", "/jwks"].map(|end| issuing.server.count(end));
    assert_eq!((asked, issuing.metadata_requests()), ([2, 2, 1], 1));
}

#[test]
fn the_claims_of_a_jwt_access_token_are_read_anew() {
    let (issuing, tokens) = logged_in();
    let key = signing_key("second");
    issuing.change(|script| {
        script.published.push(Value::Object(key.public_jwk()));
        script.signing_access_tokens = Some(key);
    });
    let refreshed = issuing.provider.refresh(&tokens).unwrap();
    let identity = refreshed.identity.unwrap().unwrap();
    assert!(identity.claims(&ClaimsSource::AccessToken).is_some());
}

// FT-04
// FT-07
#[test]
fn an_outage_is_no_end_of_a_session_and_the_request_is_not_sent_again() {
    let (issuing, tokens) = logged_in();
    for status in [
        "500 Internal Server Error",
        "502 Bad Gateway",
        "503 Service Unavailable",
        "429 Too Many Requests",
        "\0",
    ] {
        let asked = issuing.server.count("/token");
        issuing.change(|script| script.token_answer = Some((status, "X-Nothing: 1".to_owned())));
        let error = issuing.provider.refresh(&tokens).unwrap_err();
        assert_eq!(error.kind().name(), "unavailable", "{status}");
        assert_eq!(issuing.server.count("/token"), asked + 1, "{status}");
        issuing.change(|script| script.token_answer = None);
        // A good answer between two bad ones: an endpoint that keeps failing is left alone for a while.
        issuing.provider.refresh(&tokens).unwrap();
    }
}

// FT-07
#[test]
fn a_refresh_without_an_answer_is_an_outage_too() {
    let (issuing, tokens) = logged_in_with(ClientOptions {
        timeout: Duration::from_millis(500),
        ..options()
    });
    issuing.change(|script| script.delay = Duration::from_millis(800));
    let result = issuing.provider.refresh(&tokens);
    assert_eq!(code(&result), "unavailable.timeout");
    assert_eq!(issuing.server.count("/token"), 2);
}

// FT-07
#[test]
fn only_a_refused_refresh_token_ends_the_session() {
    let (issuing, tokens) = logged_in();
    for (error, expected) in [
        ("invalid_grant", "refused.refresh_token"),
        ("invalid_client", "configuration.invalid_client"),
        ("unauthorized_client", "configuration.refresh_not_allowed"),
        ("odd", "refused.token_error"),
    ] {
        let body = json!({ "error": error, "error_description": "because" });
        issuing.change(|script| script.token_refusal = Some(("400 Bad Request", body)));
        assert_eq!(code(&issuing.provider.refresh(&tokens)), expected);
    }
    issuing.change(|script| {
        script.token_refusal = None;
        script.token_answer = Some(("200 OK", "Content-Type: text/html".to_owned()));
    });
    let html = code(&issuing.provider.refresh(&tokens));
    assert_eq!(html, "misbehaved.content_type");
}

// TK-07
#[test]
fn an_id_token_of_another_session_gives_no_tokens() {
    let (issuing, tokens) = logged_in();
    for (change, expected) in [
        (
            json!({ "sub": "adam" }),
            "invalid_token.refreshed_subject_mismatch",
        ),
        (
            json!({ "iss": "https://sso.example" }),
            "invalid_token.issuer_mismatch",
        ),
        (json!({ "aud": "wine" }), "invalid_token.audience_mismatch"),
        (
            json!({ "azp": "beer" }),
            "invalid_token.refreshed_authorized_party_mismatch",
        ),
        (
            json!({ "nonce": "another" }),
            "invalid_token.nonce_mismatch",
        ),
        (
            json!({ "iat": 1_799_999_990 }),
            "invalid_token.refreshed_issued_earlier",
        ),
        (json!({ "exp": 1 }), "invalid_token.expired"),
    ] {
        issuing.change(|script| {
            script.id_token_change = json!({ "nonce": null });
            let claims = script.id_token_change.as_object_mut().unwrap();
            claims.extend(change.as_object().unwrap().clone());
        });
        assert_eq!(code(&issuing.provider.refresh(&tokens)), expected);
    }
}

#[test]
fn tokens_that_came_are_not_lost_with_what_comes_after_them() {
    let (issuing, tokens) = logged_in();
    let failing = Some(("500 Internal Server Error", "X-Nothing: 1".to_owned()));
    issuing.change(|script| script.userinfo_answer = failing);
    let refreshed = issuing.provider.refresh(&tokens).unwrap();
    assert_eq!(refreshed.tokens.access_token(), "opaque-2");
    assert_eq!(code(&refreshed.identity), "unavailable.http_status");
    assert_eq!(issuing.server.count("/token"), 2);
}

#[test]
fn a_new_key_that_can_not_be_fetched_says_nothing_against_the_tokens() {
    let (issuing, tokens) = logged_in();
    issuing.change(|script| {
        script.signing = signing_key("unpublished");
        script.keys_content_type = "text/html";
    });
    let result = issuing.provider.refresh(&tokens);
    assert_eq!(code(&result), "misbehaved.content_type");
    let (issuing, tokens) = logged_in();
    issuing.change(|script| {
        script.signing = signing_key("unpublished");
        script.keys_status = Some("500 Internal Server Error");
    });
    let refreshed = issuing.provider.refresh(&tokens).unwrap();
    assert_eq!(code(&refreshed.identity), "unavailable.http_status");
    assert_eq!(refreshed.tokens.access_token(), "opaque-2");
    // What the next ID token is compared with is still what was validated last.
    let former = tokens.former_id_token();
    assert_eq!(refreshed.tokens.former_id_token(), former);
}

// Core §12.2
#[test]
fn without_a_new_id_token_there_are_tokens_alone() {
    let (issuing, tokens) = logged_in();
    issuing.change(|script| script.tokens_change = json!({ "id_token": null }));
    let refreshed = issuing.provider.refresh(&tokens).unwrap();
    assert_eq!(refreshed.identity, Ok(None));
    assert_eq!(refreshed.tokens.access_token(), "opaque-2");
    assert_eq!(
        refreshed.tokens.refresh_secret(),
        Some(&Secret::new("refresh-1"))
    );
    assert_eq!(issuing.server.count("/userinfo"), 1);
}

#[test]
fn without_a_refresh_token_nothing_is_asked() {
    let issuing = Issuing::start();
    let tokens = issuing.login().unwrap().tokens().clone();
    let refreshed = issuing.provider.refresh(&tokens);
    assert_eq!(code(&refreshed), "misuse.no_refresh_token");
    let revoked = issuing.provider.revoke(&tokens, RevocableToken::Refresh);
    assert_eq!(code(&revoked), "misuse.no_refresh_token");
    assert_eq!(issuing.server.count("/token"), 1);
}

// OP-01
#[test]
fn a_provider_that_repeats_what_it_was_asked_puts_no_secret_into_a_message() {
    let (issuing, tokens) = logged_in();
    for error in ["invalid_grant", "invalid_client", "odd"] {
        let said = "refresh_token=refresh-1, Basic YmVlcjpiZWVyLXNlY3JldA==, beer-secret";
        let body = json!({ "error": error, "error_description": said });
        issuing.change(|script| script.token_refusal = Some(("400 Bad Request", body)));
        let error = issuing.provider.refresh(&tokens).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(
            shown.contains("refresh_token=***, Basic ***, ***"),
            "{shown}"
        );
        for secret in ["refresh-1", "YmVlcj", "beer-secret"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
    let login = issuing.login().unwrap_err();
    assert!(!format!("{login} {login:?}").contains("beer-secret"));
}

// OP-01, TK-08
#[test]
fn debug_of_a_refresh_shows_no_token() {
    let (issuing, tokens) = logged_in();
    let refreshed = issuing.provider.refresh(&tokens).unwrap();
    let shown = format!("{refreshed:?} {tokens:?}");
    for secret in ["opaque", "refresh-1", "refresh-2", "eyJ"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn a_token_is_revoked_with_its_kind() {
    let (issuing, tokens) = logged_in();
    for (kind, form) in [
        (
            RevocableToken::Refresh,
            "token=refresh-1&token_type_hint=refresh_token",
        ),
        (
            RevocableToken::Access,
            "token=opaque&token_type_hint=access_token",
        ),
    ] {
        assert_eq!(issuing.provider.revoke(&tokens, kind), Ok(true));
        let request = issuing.server.requests("/revoke").pop().unwrap();
        assert_eq!(request.body, form);
        assert!(request.header("authorization").is_some());
    }
}

// RFC 7009 §2.2.1
#[test]
fn what_a_provider_does_not_revoke_is_told() {
    let (issuing, tokens) = logged_in();
    let revoke = || issuing.provider.revoke(&tokens, RevocableToken::Access);
    let refuse = |error: &str| ("400 Bad Request", json!({ "error": error }));
    issuing.change(|script| script.revocation_answer = refuse("unsupported_token_type"));
    assert_eq!(revoke(), Ok(false));
    issuing.change(|script| script.revocation_answer = refuse("invalid_client"));
    assert_eq!(code(&revoke()), "configuration.invalid_client");
    issuing.change(|script| script.revocation_answer = ("503 Service Unavailable", json!({})));
    assert_eq!(code(&revoke()), "unavailable.http_status");
    let silent = Issuing::start();
    silent.login().unwrap();
    let kind = RevocableToken::Access;
    assert_eq!(silent.provider.revoke(&tokens, kind), Ok(false));
}

// RFC 6749 §4.4
#[test]
fn the_client_gets_tokens_of_its_own() {
    let issuing = Issuing::start();
    issuing.change(|script| script.access_token = "of-the-client".to_owned());
    let resources = ["https://stock.example/api"];
    let token = issuing.provider.client_credentials(&["stock"], &resources);
    let token = token.unwrap();
    assert_eq!(token.expose(), "of-the-client");
    assert_eq!(token.expires_at(), Some(UnixTime(1_800_000_060)));
    let request = issuing.server.requests("/token").pop().unwrap();
    assert_eq!(
        request.body,
        "grant_type=client_credentials&scope=stock&resource=https%3A%2F%2Fstock.example%2Fapi"
    );
    assert_eq!(issuing.key_requests(), 0);
}

#[test]
fn a_public_client_asks_for_none() {
    let public = ClientRegistration {
        client_secret: None,
        ..registration()
    };
    let issuing = Issuing::start_as(public, options());
    let result = issuing.provider.client_credentials(&[], &[]);
    let expected = "configuration.client_credentials_of_public_client";
    assert_eq!(code(&result), expected);
    assert_eq!(issuing.server.count("/token"), 0);
}

/// A logout token of the provider, with some claims changed.
fn logout_token(issuing: &Issuing, change: &Value) -> String {
    let mut claims = json!({
        "iss": issuing.server.url(""), "aud": "beer", "sub": "carol", "sid": "session-1", "jti": "logout-1",
        "iat": 1_800_000_000, "exp": 1_800_000_120,
        "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
    });
    let members = claims.as_object_mut().unwrap();
    members.extend(change.as_object().unwrap().clone());
    members.retain(|_, value| !value.is_null());
    let script = issuing.script.lock().unwrap();
    let claims = claims.to_string();
    script.signing.sign(claims.as_bytes(), &Map::new()).unwrap()
}

// LO-04
#[test]
fn a_logout_token_is_validated_with_the_keys_of_its_provider() {
    let issuing = Issuing::start();
    let token = logout_token(&issuing, &json!({}));
    let valid = issuing.provider.validate_logout_token(&token).unwrap();
    assert_eq!(valid.issuer().as_str(), issuing.server.url(""));
    assert_eq!(valid.subject().map(Subject::as_str), Some("carol"));
    assert_eq!((valid.sid(), valid.jti()), (Some("session-1"), "logout-1"));
    assert_eq!(valid.issued_at(), UnixTime(1_800_000_000));
    assert_eq!(valid.expires_at(), UnixTime(1_800_000_120));
    let other = Issuing::start();
    let foreign = other.provider.validate_logout_token(&token);
    assert_eq!(code(&foreign), "invalid_token.logout_token_bad_signature");
}

// LO-01
// LO-02
// LO-03
// LO-04
#[test]
fn what_is_no_logout_of_this_provider_is_refused() {
    let issuing = Issuing::start();
    for (change, expected) in [
        (json!({ "iss": "https://sso.example" }), "issuer_mismatch"),
        (json!({ "aud": "wine" }), "audience_mismatch"),
        (json!({ "events": null }), "events_invalid"),
        (json!({ "nonce": "n" }), "nonce_present"),
        (json!({ "iat": 1_799_999_000 }), "issued_too_long_ago"),
        (json!({ "exp": 1_799_999_000 }), "expired"),
        (json!({ "jti": null }), "jti_invalid"),
        (
            json!({ "sub": null, "sid": null }),
            "neither_subject_nor_sid",
        ),
    ] {
        let token = logout_token(&issuing, &change);
        let result = issuing.provider.validate_logout_token(&token);
        let expected = format!("invalid_token.logout_token_{expected}");
        assert_eq!(code(&result), expected);
    }
}

// DK-04
// LO-07
#[test]
fn fifty_logout_tokens_of_unknown_keys_cause_one_fetch() {
    let issuing = Issuing::start();
    let good = logout_token(&issuing, &json!({}));
    issuing.provider.validate_logout_token(&good).unwrap();
    assert_eq!(issuing.key_requests(), 1);
    for number in 0..50 {
        let unknown = signing_key(&format!("unknown-{number}"));
        issuing.change(|script| script.signing = unknown);
        let token = logout_token(&issuing, &json!({}));
        let result = issuing.provider.validate_logout_token(&token);
        assert_eq!(code(&result), "invalid_token.logout_token_unknown_key");
    }
    assert_eq!(issuing.key_requests(), 2);
    issuing.provider.validate_logout_token(&good).unwrap();
}

// LO-07
#[test]
fn what_is_no_token_at_all_reaches_no_provider() {
    let issuing = Issuing::start();
    let huge = format!("e30.{}.e30", "A".repeat(20_000));
    for text in ["", "x", "a.b.c", "e30.e30", huge.as_str()] {
        let result = issuing.provider.validate_logout_token(text);
        assert_eq!(code(&result), "invalid_token.logout_token_malformed");
    }
    assert_eq!(issuing.server.connections(), 0);
}
