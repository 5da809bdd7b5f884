//! RFC 8725 §3.11, §3.12: each kind of token before each of its acceptors; only its own takes it.

use relyant_oidc::Error;
use relyant_oidc::access_token::{AccessTokenRules, validate_as_claims_source};
use relyant_oidc::id_token;
use relyant_oidc::logout::back_channel;
use relyant_oidc::registration::ClientRegistration;
use relyant_oidc::token::refresh::{FormerIdToken, validate_refreshed};
use serde_json::{Value, json};

use crate::brewery::{
    CLIENT_ID, KEY, NOW, OPAQUE, access_token_claims, access_token_rules, id_token_claims, keys,
    login, logout_token_claims, metadata, registration, sign_as, valid_id_token,
};

/// What takes a token, and the code with which it refuses this one; none where it takes it.
struct Verdicts {
    login: Option<&'static str>,
    refresh: Option<&'static str>,
    claims: Option<&'static str>,
    logout: Option<&'static str>,
}

fn code<T>(result: Result<T, Error>) -> Option<&'static str> {
    result.map_or_else(|error| Some(error.code()), |_| None)
}

fn verdicts(rules: Option<&AccessTokenRules>, raw: &str) -> Verdicts {
    let (keys, metadata) = (keys(), metadata());
    let registration = ClientRegistration {
        claims_from_access_token: rules.cloned(),
        ..registration()
    };
    let (login, former) = (login(), valid_id_token());
    let most_lenient = unmarked();
    Verdicts {
        login: code(id_token::validate(
            raw,
            &keys,
            &metadata,
            &registration,
            &login,
            Some(OPAQUE),
            NOW,
        )),
        refresh: code(validate_refreshed(
            raw,
            &keys,
            &metadata,
            &registration,
            &FormerIdToken::of(&former),
            OPAQUE,
            NOW,
        )),
        claims: code(validate_as_claims_source(
            raw,
            &keys,
            &metadata,
            &registration,
            rules.unwrap_or(&most_lenient),
            &former,
            NOW,
        )),
        logout: code(back_channel::validate(
            raw,
            &keys,
            &metadata,
            &registration,
            NOW,
        )),
    }
}

/// The rules of a provider that marks its access tokens by nothing.
fn unmarked() -> AccessTokenRules {
    AccessTokenRules {
        body_type: None,
        ..access_token_rules()
    }
}

/// Every set of rules for access tokens, the most lenient too.
fn all_rules() -> [Option<AccessTokenRules>; 3] {
    [Some(access_token_rules()), Some(unmarked()), None]
}

fn token(claims: &Value, typ: &Value) -> String {
    sign_as(&KEY, claims, &json!({ "typ": typ }))
}

// ID-16
#[test]
fn an_id_token_is_for_a_login_and_a_refresh_alone_under_every_leniency() {
    for rules in all_rules() {
        for typ in [json!("JWT"), json!(null)] {
            let verdicts = verdicts(rules.as_ref(), &token(&id_token_claims(), &typ));
            assert_eq!((verdicts.login, verdicts.refresh), (None, None));
            assert!(verdicts.claims.is_some(), "{rules:?} {typ}");
            assert_eq!(
                verdicts.logout,
                Some("invalid_token.logout_token_events_invalid")
            );
        }
    }
    // With the event of a logout in it, it is neither.
    let mut both = id_token_claims();
    for (name, value) in logout_token_claims().as_object().unwrap() {
        both[name] = value.clone();
    }
    for rules in all_rules() {
        let verdicts = verdicts(rules.as_ref(), &token(&both, &json!("JWT")));
        let is_logout_token = Some("invalid_token.is_logout_token");
        assert_eq!(verdicts.login, is_logout_token);
        assert_eq!(verdicts.refresh, is_logout_token);
        assert_eq!(
            verdicts.logout,
            Some("invalid_token.logout_token_nonce_present")
        );
    }
}

// ID-16
#[test]
fn an_access_token_is_for_claims_alone_under_every_leniency() {
    let usual = access_token_claims();
    let mut for_us = access_token_claims();
    for_us["aud"] = json!(CLIENT_ID);
    for rules in all_rules() {
        let marked = rules.as_ref().is_some_and(|it| it.body_type.is_some());
        for (typ, login, logout) in [
            (
                "at+jwt",
                "invalid_token.header_type",
                "invalid_token.logout_token_header_type",
            ),
            if marked {
                (
                    "JWT",
                    "invalid_token.is_access_token",
                    "invalid_token.logout_token_is_access_token",
                )
            } else {
                (
                    "JWT",
                    "invalid_token.nonce_missing",
                    "invalid_token.logout_token_events_invalid",
                )
            },
        ] {
            let with_our_audience = verdicts(rules.as_ref(), &token(&for_us, &json!(typ)));
            assert_eq!(with_our_audience.claims, None, "{rules:?} {typ}");
            assert_eq!(with_our_audience.login, Some(login), "{rules:?} {typ}");
            assert_eq!(with_our_audience.logout, Some(logout), "{rules:?} {typ}");
            let usual = verdicts(rules.as_ref(), &token(&usual, &json!(typ)));
            // Without a mark, the audience alone tells it at a refresh: no nonce must be there.
            let refresh = match login {
                "invalid_token.nonce_missing" => "invalid_token.audience_mismatch",
                by_its_mark => by_its_mark,
            };
            assert_eq!(usual.refresh, Some(refresh), "{rules:?} {typ}");
        }
    }
}

// ID-16
#[test]
fn a_logout_token_is_for_a_logout_alone_under_every_leniency() {
    for rules in all_rules() {
        for (typ, login, claims) in [
            (
                json!("logout+jwt"),
                "invalid_token.header_type",
                "invalid_token.access_token_header_type",
            ),
            (
                json!("JWT"),
                "invalid_token.is_logout_token",
                "invalid_token.access_token_is_logout_token",
            ),
        ] {
            let verdicts = verdicts(rules.as_ref(), &token(&logout_token_claims(), &typ));
            assert_eq!(verdicts.logout, None, "{rules:?} {typ}");
            assert_eq!(verdicts.login, Some(login), "{rules:?} {typ}");
            assert_eq!(verdicts.refresh, Some(login), "{rules:?} {typ}");
            assert_eq!(verdicts.claims, Some(claims), "{rules:?} {typ}");
        }
    }
}
