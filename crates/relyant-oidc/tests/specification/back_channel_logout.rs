//! Back-Channel Logout §2.4, §2.6: one mutation of a valid logout token, and the exact error.

use proptest::prelude::*;
use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::base64url;
use relyant_jose::sign::SigningKey;
use relyant_oidc::Error;
use relyant_oidc::error::{Incompatible, InvalidLogoutToken, Misuse};
use relyant_oidc::id_token::Subject;
use relyant_oidc::logout::back_channel::{self, ValidLogoutToken};
use relyant_oidc::registration::ClientRegistration;
use serde_json::{Value, json};

use crate::brewery::{
    ALGORITHMS, CLIENT_ID, ISSUER, KEY, LOGOUT_EVENT, NOW, RSA_KEY, SUBJECT, clipped, issuer, keys,
    logout_token_claims, metadata, metadata_of, registration, remove, sign, sign_as, sign_text,
    type_of, unsigned,
};
use crate::discovery::any_json;

type Row = (&'static str, fn(&mut Value), InvalidLogoutToken);

pub(crate) fn validate(raw: &str) -> Result<ValidLogoutToken, Error> {
    back_channel::validate(raw, &keys(), &metadata(), &registration(), NOW)
}

fn with(mutate: impl FnOnce(&mut Value)) -> Result<ValidLogoutToken, Error> {
    let mut claims = logout_token_claims();
    mutate(&mut claims);
    validate(&sign(&claims))
}

fn assert_refused(table: Vec<Row>) {
    for (what, mutate, expected) in table {
        assert_eq!(with(mutate), Err(expected.into()), "{what}");
    }
}

#[test]
fn a_valid_logout_token_says_who_is_signed_out() {
    let valid = with(|_| {}).unwrap();
    assert_eq!(valid.issuer(), &issuer());
    assert_eq!(valid.subject().map(Subject::as_str), Some(SUBJECT));
    assert_eq!(valid.sid(), Some("session-1"));
    assert_eq!(valid.jti(), "logout-1");
    assert_eq!(valid.issued_at(), NOW);
    assert_eq!(valid.expires_at(), NOW.plus(120));
    let valid = with(|it| it["iat"] = json!(1_799_999_990.75)).unwrap();
    assert_eq!(valid.issued_at(), NOW.minus(10));
}

// LO-07
#[test]
fn a_form_that_no_token_has_is_refused_before_any_key_is_needed() {
    let whole = sign(&logout_token_claims());
    assert_eq!(back_channel::check_form(&whole), Ok(()));
    let huge = format!("e30.{}.e30", "A".repeat(20_000));
    for raw in ["", "x", "a.b", "e30.e30", "a.b.c", "e30.e30.e30.e30", &huge] {
        let error = back_channel::check_form(raw).unwrap_err();
        assert_eq!(error, validate(raw).unwrap_err(), "{raw}");
        assert_eq!(error.code(), "invalid_token.logout_token_malformed");
    }
}

#[test]
fn claims_that_nobody_asked_for_are_ignored() {
    let valid = with(|it| {
        remove(it, "typ");
        it["events"]["revoke_offline_access"] = json!(true);
        it["events"][LOGOUT_EVENT] = json!({"reason": "closing time"});
        it["beer"] = json!("stout");
    });
    assert_eq!(valid, with(|_| {}));
}

// LO-04
// Back-Channel Logout §2.1
#[test]
fn a_subject_or_a_session_is_named_and_both_are_the_issuers() {
    let by_subject = with(|it| remove(it, "sid")).unwrap();
    assert_eq!((by_subject.sid(), by_subject.issuer()), (None, &issuer()));
    assert!(by_subject.subject().is_some());
    let by_session = with(|it| remove(it, "sub")).unwrap();
    assert_eq!(by_session.subject(), None);
    assert_eq!(
        (by_session.sid(), by_session.issuer()),
        (Some("session-1"), &issuer())
    );
    assert_refused(vec![(
        "neither",
        |it| {
            remove(it, "sub");
            remove(it, "sid");
        },
        InvalidLogoutToken::NeitherSubjectNorSid,
    )]);
}

// LO-04
#[test]
fn the_same_session_of_another_issuer_is_another_session() {
    let other = metadata_of("https://sso.example.com/realms/winery");
    let raw = sign(&logout_token_claims());
    let result = back_channel::validate(&raw, &keys(), &other, &registration(), NOW);
    assert_eq!(result, Err(Misuse::KeysOfAnotherIssuer.into()));
}

// LO-04
#[test]
fn subject_and_session_are_short_texts() {
    for value in [
        json!(null),
        json!(1),
        json!(true),
        json!(["a"]),
        json!({}),
        json!(""),
        json!("a".repeat(256)),
        json!("a\0"),
        json!("a\n"),
        json!("ä"),
    ] {
        for (claim, expected) in [
            ("sub", InvalidLogoutToken::SubjectInvalid),
            ("sid", InvalidLogoutToken::SidInvalid),
            ("jti", InvalidLogoutToken::JtiInvalid),
        ] {
            let result = with(|it| it[claim] = value.clone());
            assert_eq!(result, Err(expected.into()), "{claim} {value}");
        }
    }
    for claim in ["sub", "sid", "jti"] {
        assert!(
            with(|it| it[claim] = json!("a".repeat(255))).is_ok(),
            "{claim}"
        );
    }
}

// LO-01
// RFC 7519 §4.1.3
#[test]
fn issuer_and_audience_are_exact() {
    let issuer = |got: &str| InvalidLogoutToken::IssuerMismatch {
        expected: clipped(ISSUER),
        got: clipped(got),
    };
    let audience = |got: &str| InvalidLogoutToken::AudienceMismatch {
        expected: clipped(CLIENT_ID),
        got: clipped(got),
    };
    assert_refused(vec![
        (
            "another issuer",
            |it| it["iss"] = json!("https://evil.example"),
            issuer("https://evil.example"),
        ),
        (
            "a slash more",
            |it| it["iss"] = json!("https://sso.example.com/realms/brewery/"),
            issuer("https://sso.example.com/realms/brewery/"),
        ),
        ("no issuer", |it| remove(it, "iss"), issuer("")),
        ("issuer a list", |it| it["iss"] = json!([1]), issuer("[1]")),
        (
            "another audience",
            |it| it["aud"] = json!("wine"),
            audience("wine"),
        ),
        (
            "other audiences",
            |it| it["aud"] = json!(["wine", "beers"]),
            audience("wine beers"),
        ),
        (
            "an extra audience",
            |it| it["aud"] = json!(["beer", "wine"]),
            InvalidLogoutToken::AudienceUntrusted {
                got: clipped("wine"),
            },
        ),
        (
            "no audience",
            |it| remove(it, "aud"),
            InvalidLogoutToken::AudienceInvalid,
        ),
        (
            "an empty list",
            |it| it["aud"] = json!([]),
            InvalidLogoutToken::AudienceInvalid,
        ),
        (
            "a number among them",
            |it| it["aud"] = json!(["beer", 1]),
            InvalidLogoutToken::AudienceInvalid,
        ),
        (
            "audience null",
            |it| it["aud"] = json!(null),
            InvalidLogoutToken::AudienceInvalid,
        ),
    ]);
    assert!(with(|it| it["aud"] = json!([CLIENT_ID])).is_ok());
}

// LO-01
#[test]
fn the_signature_is_always_checked() {
    let raw = sign(&logout_token_claims());
    let (header, rest) = raw.split_once('.').unwrap();
    let signature = rest.split_once('.').unwrap().1;
    let mut forged = logout_token_claims();
    forged["sid"] = json!("session-2");
    let forged = base64url::encode(forged.to_string().as_bytes());
    let foreign = SigningKey::generate(SignatureAlgorithm::Es256, KEY.kid()).unwrap();
    for raw in [
        format!("{header}.{forged}.{signature}"),
        format!("{header}.{forged}."),
        sign_as(&foreign, &logout_token_claims(), &json!({})),
    ] {
        let error = validate(&raw).unwrap_err();
        assert_eq!(error, InvalidLogoutToken::BadSignature.into());
        assert!(error.may_need_newer_keys());
    }
}

// LO-01
#[test]
fn algorithm_and_key_are_the_providers() {
    let claims = logout_token_claims();
    let not_allowed = |got: &str| InvalidLogoutToken::AlgorithmNotAllowed {
        expected: clipped(ALGORITHMS),
        got: clipped(got),
    };
    for (header, expected, may_need_newer_keys) in [
        (json!({"alg": "HS256"}), not_allowed("HS256"), false),
        (json!({"alg": "ES384"}), not_allowed("ES384"), false),
        (
            json!({"alg": "RS256"}),
            InvalidLogoutToken::NoFittingKey,
            true,
        ),
        (
            json!({"kid": "another"}),
            InvalidLogoutToken::UnknownKey {
                kid: clipped("another"),
            },
            true,
        ),
    ] {
        let error = validate(&sign_as(&KEY, &claims, &header)).unwrap_err();
        assert_eq!(error, expected.into());
        assert_eq!(error.may_need_newer_keys(), may_need_newer_keys, "{error}");
    }
    for alg in ["none", "None", "NONE", ""] {
        let header = json!({"alg": alg}).to_string();
        let raw = unsigned(&header, &claims.to_string());
        assert_eq!(validate(&raw), Err(not_allowed(alg).into()), "{alg}");
    }
    assert!(validate(&sign_as(&RSA_KEY, &claims, &json!({}))).is_ok());
}

// LO-01
#[test]
fn the_registered_algorithms_count_for_it_too() {
    let narrowed = ClientRegistration {
        id_token_algorithms: Some(vec![SignatureAlgorithm::Rs256]),
        ..registration()
    };
    let validate =
        |raw: &str| back_channel::validate(raw, &keys(), &metadata(), &narrowed, NOW).map(|_| ());
    let (expected, got) = (clipped("RS256"), clipped("ES256"));
    assert_eq!(
        validate(&sign(&logout_token_claims())),
        Err(InvalidLogoutToken::AlgorithmNotAllowed { expected, got }.into())
    );
    let raw = sign_as(&RSA_KEY, &logout_token_claims(), &json!({}));
    assert_eq!(validate(&raw), Ok(()));
}

// LO-01
#[test]
fn its_form_is_strict() {
    let claims = logout_token_claims();
    let malformed = "invalid_token.logout_token_malformed";
    let claims_malformed = "invalid_token.logout_token_claims_malformed";
    let twice = claims
        .to_string()
        .replacen('{', "{\"sid\":\"session-2\",", 1);
    for (raw, code) in [
        (String::new(), malformed),
        ("a.b.c".to_owned(), malformed),
        (format!("{}=", sign(&claims)), malformed),
        (sign_as(&KEY, &claims, &json!({"crit": ["exp"]})), malformed),
        (sign_text(&KEY, "[]", &json!({})), claims_malformed),
        (sign_text(&KEY, &twice, &json!({})), claims_malformed),
    ] {
        assert_eq!(validate(&raw).unwrap_err().code(), code, "{raw}");
    }
    let header = base64url::encode(br#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#);
    assert_eq!(
        validate(&format!("{header}.A.A.A.A")),
        Err(Incompatible::EncryptedLogoutToken.into())
    );
}

// LO-01, ID-16
#[test]
fn the_header_type_is_that_of_a_logout_token_or_of_none_in_particular() {
    for typ in ["at+jwt", "application/at+jwt", "JWS", "logout", ""] {
        let raw = sign_as(&KEY, &logout_token_claims(), &json!({"typ": typ}));
        let got = clipped(typ);
        let expected = InvalidLogoutToken::HeaderType { got };
        assert_eq!(validate(&raw), Err(expected.into()), "{typ}");
    }
    for typ in [
        json!("logout+jwt"),
        json!("application/Logout+JWT"),
        json!("JWT"),
        json!("jwt"),
        json!(null),
    ] {
        let raw = sign_as(&KEY, &logout_token_claims(), &json!({"typ": typ}));
        assert!(validate(&raw).is_ok(), "{typ}");
    }
}

// LO-02
#[test]
fn the_event_of_a_logout_is_there_and_an_object() {
    let no_event = |got: &str| InvalidLogoutToken::NoLogoutEvent { got: clipped(got) };
    assert_refused(vec![
        (
            "no events",
            |it| remove(it, "events"),
            InvalidLogoutToken::EventsInvalid { got: "absent" },
        ),
        ("no event", |it| it["events"] = json!({}), no_event("")),
        (
            "another event",
            |it| it["events"] = json!({"http://schemas.openid.net/event/other": {}}),
            no_event("http://schemas.openid.net/event/other"),
        ),
        (
            "nearly the event",
            |it| it["events"] = json!({"https://schemas.openid.net/event/backchannel-logout": {}}),
            no_event("https://schemas.openid.net/event/backchannel-logout"),
        ),
    ]);
    for value in [
        json!(null),
        json!(true),
        json!(1),
        json!(LOGOUT_EVENT),
        json!([LOGOUT_EVENT]),
    ] {
        let got = type_of(&value);
        let events = with(|it| it["events"] = value.clone());
        let expected = InvalidLogoutToken::EventsInvalid { got };
        assert_eq!(events, Err(expected.into()), "{value}");
        let event = with(|it| it["events"][LOGOUT_EVENT] = value.clone());
        let expected = InvalidLogoutToken::LogoutEventInvalid { got };
        assert_eq!(event, Err(expected.into()), "{value}");
    }
}

// LO-02
#[test]
fn a_nonce_of_any_type_is_prohibited() {
    for value in [json!("n"), json!(""), json!(null), json!(1), json!([])] {
        let result = with(|it| it["nonce"] = value.clone());
        let expected = InvalidLogoutToken::NoncePresent;
        assert_eq!(result, Err(expected.into()), "{value}");
    }
}

// LO-03
// RFC 7519 §4.1.7
#[test]
fn identifier_and_times_are_required() {
    assert_refused(vec![
        (
            "no jti",
            |it| remove(it, "jti"),
            InvalidLogoutToken::JtiInvalid,
        ),
        (
            "no iat",
            |it| remove(it, "iat"),
            InvalidLogoutToken::IssuedAtInvalid { got: "absent" },
        ),
        (
            "no exp",
            |it| remove(it, "exp"),
            InvalidLogoutToken::ExpiryInvalid { got: "absent" },
        ),
        (
            "iat a string",
            |it| it["iat"] = json!("1800000000"),
            InvalidLogoutToken::IssuedAtInvalid { got: "a string" },
        ),
        (
            "exp negative",
            |it| it["exp"] = json!(-1),
            InvalidLogoutToken::ExpiryInvalid {
                got: "another number",
            },
        ),
        (
            "nbf null",
            |it| it["nbf"] = json!(null),
            InvalidLogoutToken::NotBeforeInvalid { got: "null" },
        ),
    ]);
}

// LO-03
#[test]
fn it_is_of_the_last_two_minutes_give_or_take_the_leeway() {
    assert_refused(vec![
        (
            "a second too old",
            |it| it["iat"] = json!(NOW.0 - 181),
            InvalidLogoutToken::IssuedTooLongAgo { seconds: 181 },
        ),
        (
            "a week old",
            |it| it["iat"] = json!(NOW.0 - 604_800),
            InvalidLogoutToken::IssuedTooLongAgo { seconds: 604_800 },
        ),
        (
            "from the future",
            |it| it["iat"] = json!(NOW.0 + 61),
            InvalidLogoutToken::IssuedInFuture { seconds: 61 },
        ),
        (
            "expired",
            |it| it["exp"] = json!(NOW.0 - 60),
            InvalidLogoutToken::Expired { seconds: 60 },
        ),
        (
            "not yet",
            |it| it["nbf"] = json!(NOW.0 + 61),
            InvalidLogoutToken::NotYetValid { seconds: 61 },
        ),
    ]);
    for (claim, value) in [
        ("iat", NOW.0 - 180),
        ("iat", NOW.0 + 60),
        ("exp", NOW.0 - 59),
        ("nbf", NOW.0 + 60),
    ] {
        assert!(with(|it| it[claim] = json!(value)).is_ok(), "{claim}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_refused(raw in ".{0,200}") {
        prop_assert!(validate(&raw).is_err());
    }

    #[test]
    fn any_signed_bytes_are_refused(payload in proptest::collection::vec(any::<u8>(), 0..200)) {
        let raw = KEY.sign(&payload, &relyant_jose::json::Object::new()).unwrap();
        prop_assert!(validate(&raw).is_err());
    }

    #[test]
    fn any_value_of_any_claim_is_answered(member in 0_usize..9, value in any_json()) {
        let _ = with(|it| {
            let name = it.as_object().unwrap().keys().nth(member).unwrap().clone();
            it[name] = value;
        });
    }
}
