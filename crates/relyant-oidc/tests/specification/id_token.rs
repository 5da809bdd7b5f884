//! Core §3.1.3.7: one mutation of a valid ID token, and the exact error.

use proptest::prelude::*;
use relyant_jose::{base64url, digest};
use relyant_oidc::Error;
use relyant_oidc::authorization::demands::Demands;
use relyant_oidc::error::InvalidToken;
use relyant_oidc::id_token::{self, ValidIdToken};
use serde_json::{Value, json};

use crate::brewery::{
    CLIENT_ID, ISSUER, KEY, NOW, OPAQUE, SUBJECT, access_token_claims, clipped, id_token_claims,
    issuer, keys, login, metadata, registration, remove, sign, sign_as, sign_text, valid_id_token,
    validate, validate_as, validate_at,
};
use crate::discovery::any_json;

type Row = (&'static str, fn(&mut Value), InvalidToken);
type DemandRow = (Demands, fn(&mut Value), Option<&'static str>);

pub(crate) fn refused_with(mutate: impl FnOnce(&mut Value)) -> Error {
    let mut claims = id_token_claims();
    mutate(&mut claims);
    validate(&sign(&claims)).unwrap_err()
}

pub(crate) fn assert_refused(table: Vec<Row>) {
    for (what, mutate, expected) in table {
        assert_eq!(refused_with(mutate), expected.into(), "{what}");
    }
}

pub(crate) fn accepted_with(mutate: impl FnOnce(&mut Value)) -> ValidIdToken {
    let mut claims = id_token_claims();
    mutate(&mut claims);
    validate(&sign(&claims)).unwrap()
}

#[test]
fn a_valid_id_token_gives_its_claims() {
    let raw = sign(&id_token_claims());
    let valid = validate(&raw).unwrap();
    assert_eq!(valid.issuer(), &issuer());
    assert_eq!(valid.subject().as_str(), SUBJECT);
    assert_eq!(valid.as_str(), raw);
    assert_eq!(valid.expires_at(), NOW.plus(300));
    assert_eq!(valid.auth_time(), Some(NOW.minus(5)));
    assert_eq!((valid.sid(), valid.acr()), (Some("session-1"), Some("1")));
    assert_eq!(valid.amr(), ["pwd", "otp"]);
    assert_eq!(valid.claims()["preferred_username"], "carol");
}

#[test]
fn only_the_required_claims_are_required() {
    let valid = accepted_with(|it| {
        for optional in [
            "azp",
            "auth_time",
            "typ",
            "sid",
            "acr",
            "amr",
            "preferred_username",
        ] {
            remove(it, optional);
        }
    });
    assert_eq!(
        (valid.sid(), valid.acr(), valid.auth_time()),
        (None, None, None)
    );
    assert!(valid.amr().is_empty());
}

// ID-02
#[test]
fn the_issuer_is_exactly_the_discovered_one() {
    for got in [
        "https://sso.example.com/realms/brewery/",
        "https://sso.example.com/realms/BREWERY",
        "https://sso.example.com/realms/brew",
        "https://evil.example",
        "",
    ] {
        let expected = InvalidToken::IssuerMismatch {
            expected: clipped(ISSUER),
            got: clipped(got),
        };
        assert_eq!(refused_with(|it| it["iss"] = json!(got)), expected.into());
    }
    assert_refused(vec![
        (
            "missing",
            |it| remove(it, "iss"),
            InvalidToken::IssuerMissing,
        ),
        (
            "null",
            |it| it["iss"] = json!(null),
            InvalidToken::IssuerMissing,
        ),
        (
            "a list",
            |it| it["iss"] = json!([ISSUER]),
            InvalidToken::IssuerMissing,
        ),
    ]);
}

// ID-03
#[test]
fn the_audience_is_us_and_nobody_else() {
    let mismatch = |got: &str| InvalidToken::AudienceMismatch {
        expected: clipped(CLIENT_ID),
        got: clipped(got),
    };
    let untrusted = |got: &str| InvalidToken::AudienceUntrusted { got: clipped(got) };
    assert_refused(vec![
        (
            "missing",
            |it| remove(it, "aud"),
            InvalidToken::AudienceMissing,
        ),
        ("another", |it| it["aud"] = json!("wine"), mismatch("wine")),
        ("longer", |it| it["aud"] = json!("beers"), mismatch("beers")),
        (
            "other case",
            |it| it["aud"] = json!("BEER"),
            mismatch("BEER"),
        ),
        (
            "words of one string",
            |it| it["aud"] = json!("beer wine"),
            mismatch("beer wine"),
        ),
        (
            "a list of others",
            |it| it["aud"] = json!(["wine", "cider"]),
            mismatch("wine cider"),
        ),
        (
            "an extra one",
            |it| it["aud"] = json!(["beer", "wine"]),
            untrusted("wine"),
        ),
        (
            "an extra one in front",
            |it| it["aud"] = json!(["wine", "beer"]),
            untrusted("wine"),
        ),
        (
            "empty list",
            |it| it["aud"] = json!([]),
            InvalidToken::AudienceInvalid,
        ),
        (
            "a number among them",
            |it| it["aud"] = json!(["beer", 1]),
            InvalidToken::AudienceInvalid,
        ),
        (
            "nested",
            |it| it["aud"] = json!([["beer"]]),
            InvalidToken::AudienceInvalid,
        ),
        (
            "an object",
            |it| it["aud"] = json!({"beer": true}),
            InvalidToken::AudienceInvalid,
        ),
        (
            "null",
            |it| it["aud"] = json!(null),
            InvalidToken::AudienceInvalid,
        ),
    ]);
    accepted_with(|it| it["aud"] = json!(["beer"]));
}

// ID-04
#[test]
fn the_authorized_party_is_us() {
    let mismatch = |got: &str| InvalidToken::AuthorizedPartyMismatch {
        expected: clipped(CLIENT_ID),
        got: clipped(got),
    };
    assert_refused(vec![
        ("another", |it| it["azp"] = json!("wine"), mismatch("wine")),
        ("empty", |it| it["azp"] = json!(""), mismatch("")),
        ("null", |it| it["azp"] = json!(null), mismatch("null")),
        (
            "a list",
            |it| it["azp"] = json!(["beer"]),
            mismatch("[\"beer\"]"),
        ),
        (
            "several audiences and none",
            |it| {
                it["aud"] = json!(["beer", "beer"]);
                remove(it, "azp");
            },
            InvalidToken::AuthorizedPartyMissing,
        ),
        (
            "several audiences and another",
            |it| {
                it["aud"] = json!(["beer", "beer"]);
                it["azp"] = json!("wine");
            },
            mismatch("wine"),
        ),
    ]);
}

// ID-12
#[test]
fn the_nonce_is_the_one_of_this_login() {
    assert_refused(vec![
        (
            "missing",
            |it| remove(it, "nonce"),
            InvalidToken::NonceMissing,
        ),
        (
            "null",
            |it| it["nonce"] = json!(null),
            InvalidToken::NonceMissing,
        ),
        (
            "a number",
            |it| it["nonce"] = json!(1),
            InvalidToken::NonceMissing,
        ),
        (
            "empty",
            |it| it["nonce"] = json!(""),
            InvalidToken::NonceMismatch,
        ),
        (
            "another",
            |it| it["nonce"] = json!("n-0S6_WzA2Mj"),
            InvalidToken::NonceMismatch,
        ),
        (
            "the state instead",
            |it| it["nonce"] = json!(login().state().as_str()),
            InvalidToken::NonceMismatch,
        ),
        (
            "cut",
            |it| it["nonce"] = json!(login().nonce().as_str()[..42]),
            InvalidToken::NonceMismatch,
        ),
    ]);
}

// ID-14
// Core §3.1.3.8
#[test]
fn the_hash_of_the_access_token_is_checked_where_it_is_there() {
    // Core §3.1.3.6: the left half of SHA-256 for ES256, in base64url.
    let hash = base64url::encode(&digest::sha256(OPAQUE.as_bytes())[..16]);
    accepted_with(|it| it["at_hash"] = json!(hash));
    let other = base64url::encode(&digest::sha256(b"another-access-token")[..16]);
    let whole = base64url::encode(&digest::sha256(OPAQUE.as_bytes()));
    for wrong in [other, whole, format!("{hash}="), String::new()] {
        let error = refused_with(|it| it["at_hash"] = json!(wrong));
        assert_eq!(error, InvalidToken::AccessTokenHashMismatch.into());
    }
    for wrong in [json!(null), json!(1), json!([hash])] {
        let error = refused_with(|it| it["at_hash"] = wrong);
        assert_eq!(error, InvalidToken::AccessTokenHashInvalid.into());
    }
}

// ID-15
#[test]
fn the_subject_is_a_short_printable_text() {
    assert_refused(vec![
        (
            "missing",
            |it| remove(it, "sub"),
            InvalidToken::SubjectMissing,
        ),
        (
            "a number",
            |it| it["sub"] = json!(42),
            InvalidToken::SubjectInvalid,
        ),
        (
            "a list",
            |it| it["sub"] = json!(["carol"]),
            InvalidToken::SubjectInvalid,
        ),
        (
            "null",
            |it| it["sub"] = json!(null),
            InvalidToken::SubjectInvalid,
        ),
        (
            "empty",
            |it| it["sub"] = json!(""),
            InvalidToken::SubjectInvalid,
        ),
        (
            "256 characters",
            |it| it["sub"] = json!("s".repeat(256)),
            InvalidToken::SubjectInvalid,
        ),
        (
            "NUL",
            |it| it["sub"] = json!("carol\0"),
            InvalidToken::SubjectInvalid,
        ),
        (
            "a line break",
            |it| it["sub"] = json!("carol\n"),
            InvalidToken::SubjectInvalid,
        ),
        (
            "the character before the blank",
            |it| it["sub"] = json!("carol\u{1f}"),
            InvalidToken::SubjectInvalid,
        ),
        (
            "the character after the tilde",
            |it| it["sub"] = json!("carol\u{7f}"),
            InvalidToken::SubjectInvalid,
        ),
        (
            "not ASCII",
            |it| it["sub"] = json!("cärol"),
            InvalidToken::SubjectInvalid,
        ),
    ]);
    for subject in ["s".repeat(255), "s".to_owned(), " ~".to_owned()] {
        let valid = accepted_with(|it| it["sub"] = json!(subject));
        assert_eq!(valid.subject().as_str(), subject);
    }
    assert_ne!(
        accepted_with(|it| it["sub"] = json!("Carol")),
        accepted_with(|it| it["sub"] = json!("carol"))
    );
}

// ID-16
#[test]
fn tokens_of_another_kind_are_refused() {
    for typ in [
        "at+jwt",
        "application/at+jwt",
        "logout+jwt",
        "JWS",
        "JOSE",
        "dpop+jwt",
        "",
    ] {
        let error = validate(&sign_as(&KEY, &id_token_claims(), &json!({"typ": typ}))).unwrap_err();
        assert_eq!(error, InvalidToken::HeaderType { got: clipped(typ) }.into());
    }
    for typ in [
        json!(null),
        json!("JWT"),
        json!("jwt"),
        json!("application/jwt"),
    ] {
        assert!(validate(&sign_as(&KEY, &id_token_claims(), &json!({ "typ": typ }))).is_ok());
    }
    assert_refused(vec![
        (
            "a logout token",
            |it| it["events"] = json!({"http://schemas.openid.net/event/backchannel-logout": {}}),
            InvalidToken::IsLogoutToken,
        ),
        (
            "an access token made for us, nonce and all",
            |it| it["typ"] = json!("Bearer"),
            InvalidToken::IsAccessToken {
                got: clipped("Bearer"),
            },
        ),
    ]);
    let access_token = validate(&sign(&access_token_claims())).unwrap_err();
    assert_eq!(
        access_token,
        InvalidToken::IsAccessToken {
            got: clipped("Bearer")
        }
        .into()
    );
}

#[test]
fn claims_with_a_specified_type_have_it() {
    let wrong = |claim, expected, got| InvalidToken::ClaimType {
        claim,
        expected,
        got,
    };
    let sid = "a string of 1 to 255 printable ASCII characters";
    assert_refused(vec![
        (
            "sid a number",
            |it| it["sid"] = json!(1),
            wrong("sid", sid, "a number"),
        ),
        (
            "an empty sid",
            |it| it["sid"] = json!(""),
            wrong("sid", sid, "another string"),
        ),
        (
            "a sid that no logout token could name",
            |it| it["sid"] = json!("s".repeat(256)),
            wrong("sid", sid, "another string"),
        ),
        (
            "a sid with a control character",
            |it| it["sid"] = json!("session\u{0}1"),
            wrong("sid", sid, "another string"),
        ),
        (
            "acr a number",
            |it| it["acr"] = json!(1),
            wrong("acr", "a string", "a number"),
        ),
        (
            "amr a string",
            |it| it["amr"] = json!("pwd"),
            wrong("amr", "a list of strings", "a string"),
        ),
        (
            "amr with a number",
            |it| it["amr"] = json!(["pwd", 1]),
            wrong("amr", "a list of strings", "a list with other members"),
        ),
        (
            "auth_time a string",
            |it| it["auth_time"] = json!("1800000000"),
            wrong("auth_time", "a number between 0 and 2^53", "a string"),
        ),
    ]);
}

// OP-01
#[test]
fn messages_and_debug_hold_no_token() {
    let raw = sign(&id_token_claims());
    let valid = validate(&raw).unwrap();
    let shown = format!("{valid:?}");
    assert!(
        !shown.contains(&raw) && !shown.contains("preferred_username"),
        "{shown}"
    );
    let error = validate_at(&raw, NOW.plus(3_600)).unwrap_err();
    assert!(!format!("{error} {error:?}").contains(raw.split('.').nth(1).unwrap()));
}

/// Validates an ID token that is the answer to a login that demands something.
fn validate_demanding(
    demands: Demands,
    mutate: impl FnOnce(&mut Value),
) -> Result<ValidIdToken, Error> {
    let mut claims = id_token_claims();
    mutate(&mut claims);
    let login = login().demanding(demands);
    id_token::validate(
        &sign(&claims),
        &keys(),
        &metadata(),
        &registration(),
        &login,
        Some(OPAQUE),
        NOW,
    )
}

// ID-13, AR-18
#[test]
fn what_the_login_asked_for_the_id_token_shows() {
    let recent = || Demands {
        max_age: Some(300),
        ..Demands::default()
    };
    let told = || Demands {
        auth_time: true,
        ..Demands::default()
    };
    let gold = || Demands {
        acr_values: vec!["gold".to_owned()],
        ..Demands::default()
    };
    let otp = || Demands {
        amr_values: vec!["otp".to_owned()],
        ..Demands::default()
    };
    let cases: Vec<DemandRow> = vec![
        (recent(), |it| it["auth_time"] = json!(NOW.0 - 300), None),
        (recent(), |it| it["auth_time"] = json!(NOW.0 - 360), None),
        (
            recent(),
            |it| it["auth_time"] = json!(NOW.0 - 361),
            Some("invalid_token.sign_in_too_long_ago"),
        ),
        (
            recent(),
            |it| it["auth_time"] = json!(NOW.0 + 61),
            Some("invalid_token.auth_time_in_future"),
        ),
        (
            recent(),
            |it| {
                it.as_object_mut().unwrap().remove("auth_time");
            },
            Some("invalid_token.auth_time_missing"),
        ),
        (
            recent(),
            |it| it["auth_time"] = json!("now"),
            Some("invalid_token.claim_type"),
        ),
        (told(), |it| it["auth_time"] = json!(1), None),
        (
            told(),
            |it| {
                it.as_object_mut().unwrap().remove("auth_time");
            },
            Some("invalid_token.auth_time_missing"),
        ),
        (gold(), |it| it["acr"] = json!("gold"), None),
        (
            gold(),
            |it| it["acr"] = json!("1"),
            Some("invalid_token.acr_mismatch"),
        ),
        (
            gold(),
            |it| {
                it.as_object_mut().unwrap().remove("acr");
            },
            Some("invalid_token.acr_mismatch"),
        ),
        (otp(), |it| it["amr"] = json!(["pwd", "otp"]), None),
        (
            otp(),
            |it| it["amr"] = json!(["pwd"]),
            Some("invalid_token.amr_mismatch"),
        ),
        (
            otp(),
            |it| it["amr"] = json!("otp"),
            Some("invalid_token.claim_type"),
        ),
    ];
    for (demands, mutate, code) in cases {
        let mutate_all = |it: &mut Value| {
            it["acr"] = json!("gold");
            it["amr"] = json!(["otp"]);
            it["auth_time"] = json!(NOW.0);
            mutate(it);
        };
        let got = validate_demanding(demands, mutate_all).map_err(|error| error.code());
        assert_eq!(got.err(), code);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_text_is_answered(raw in ".{0,200}") {
        prop_assert!(validate(&raw).is_err());
    }

    #[test]
    fn any_signed_payload_is_answered(payload in ".{0,80}") {
        let raw = sign_text(&KEY, &payload, &json!({}));
        prop_assert!(validate(&raw).is_err());
    }

    #[test]
    fn any_value_of_any_claim_is_answered(member in 0_usize..16, value in any_json()) {
        let mut claims = id_token_claims();
        for more in ["nbf", "at_hash", "events"] {
            claims[more] = json!(null);
        }
        let name = claims.as_object().unwrap().keys().nth(member).unwrap().clone();
        claims[name] = value;
        let _ = validate(&sign(&claims));
    }

    #[test]
    fn one_flipped_bit_anywhere_is_refused(position in any::<proptest::sample::Index>(), bit in 0_u8..7) {
        let raw = sign(&id_token_claims());
        let mut bytes = raw.clone().into_bytes();
        let at = position.index(bytes.len());
        bytes[at] ^= 1 << bit;
        if let Ok(mutated) = String::from_utf8(bytes) {
            prop_assert!(validate(&mutated).is_err());
        }
    }
}

// OP-01
#[test]
fn debug_shows_issuer_and_subject_alone() {
    let shown = format!("{:?}", valid_id_token());
    let expected = format!("ValidIdToken {{ issuer: {ISSUER:?}, subject: {SUBJECT:?}, .. }}");
    assert_eq!(shown, expected);
}

// Core §3.1.3.8
#[test]
fn a_hash_of_an_access_token_that_is_not_there_has_nothing_to_fit_but_its_type() {
    let without_access_token = |at_hash: Value| {
        let mut claims = id_token_claims();
        claims["at_hash"] = at_hash;
        validate_as(&registration(), &sign(&claims), None).map(drop)
    };
    assert_eq!(without_access_token(json!("AAAA")), Ok(()));
    for value in [json!(1), json!(null), json!(["AAAA"])] {
        let expected = InvalidToken::AccessTokenHashInvalid;
        assert_eq!(without_access_token(value), Err(expected.into()));
    }
}
