//! RFC 9068 §4: a JWT access token at a resource server; one valid token, one change, and the exact error.

use std::collections::BTreeSet;

use proptest::prelude::*;
use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::sign::SigningKey;
use relyant_oidc::Error;
use relyant_oidc::access_token::{
    AccessTokenProfile, Audience, Leniency, ServiceAccountMarks, ValidAccessToken, check_form,
    validate,
};
use relyant_oidc::clock::UnixTime;
use relyant_oidc::error::{Configuration, InvalidAccessToken, Misuse};
use relyant_oidc::registration::ClientRegistration;
use serde_json::{Value, json};

use crate::brewery::{
    CLIENT_ID, CLIENT_SECRET, ISSUER, KEY, NOW, SUBJECT, clipped, keys, metadata, metadata_of,
    registration, remove, sign_as, type_of,
};
use crate::discovery::any_json;

/// The identifier of the API that the tokens are for.
pub(crate) const API: &str = "https://api.brewery.example/stock";
/// The client that the tokens were issued to, which is not us.
pub(crate) const APP: &str = "stock-app";

type Row = (&'static str, fn(&mut Value), InvalidAccessToken);

/// A token as RFC 9068 §2.2 has it.
pub(crate) fn claims() -> Value {
    json!({
        "iss": ISSUER,
        "sub": SUBJECT,
        "aud": ["account", API],
        "client_id": APP,
        "exp": NOW.0 + 300,
        "iat": NOW.0,
        "nbf": NOW.0,
        "jti": "at-1",
        "scope": "openid stock:read",
        "auth_time": NOW.0 - 5,
        "acr": "1",
        "amr": ["pwd", "otp"],
    })
}

pub(crate) fn sign_typed(claims: &Value, typ: &Value) -> String {
    sign_as(&KEY, claims, &json!({ "typ": typ }))
}

pub(crate) fn sign(claims: &Value) -> String {
    sign_typed(claims, &json!("at+jwt"))
}

pub(crate) fn audience() -> Audience {
    Audience::parse(API).unwrap()
}

pub(crate) fn forgiving(leniencies: &[Leniency]) -> AccessTokenProfile {
    AccessTokenProfile {
        leniencies: leniencies.iter().copied().collect(),
        ..AccessTokenProfile::default()
    }
}

/// How Keycloak's are, as its preset says.
pub(crate) fn keycloak() -> AccessTokenProfile {
    AccessTokenProfile {
        body_type: Some("Bearer".to_owned()),
        service_accounts: ServiceAccountMarks {
            present: vec!["clientAddress".to_owned(), "clientHost".to_owned()],
            absent: vec!["sid".to_owned()],
            subject: None,
        },
        ..forgiving(&[Leniency::HeaderTypeJwt, Leniency::ClientIdFromAzp])
    }
}

pub(crate) fn validate_under(
    profile: &AccessTokenProfile,
    raw: &str,
) -> Result<ValidAccessToken, Error> {
    let registration = ClientRegistration {
        access_token_profile: profile.clone(),
        ..registration()
    };
    validate_as(&registration, raw)
}

pub(crate) fn validate_as(
    registration: &ClientRegistration,
    raw: &str,
) -> Result<ValidAccessToken, Error> {
    validate(raw, &keys(), &metadata(), registration, &audience(), NOW)
}

pub(crate) fn validated(raw: &str) -> Result<ValidAccessToken, Error> {
    validate_under(&AccessTokenProfile::default(), raw)
}

fn with(mutate: impl FnOnce(&mut Value)) -> Result<ValidAccessToken, Error> {
    let mut claims = claims();
    mutate(&mut claims);
    validated(&sign(&claims))
}

fn assert_refused(table: Vec<Row>) {
    for (what, mutate, expected) in table {
        assert_eq!(with(mutate), Err(expected.into()), "{what}");
    }
}

pub(crate) fn refused(error: InvalidAccessToken) -> Result<ValidAccessToken, Error> {
    Err(error.into())
}

#[test]
fn a_valid_token_says_who_may_do_what_until_when() {
    let valid = with(|_| {}).unwrap();
    assert_eq!(valid.issuer().as_str(), ISSUER);
    assert_eq!(valid.subject().unwrap().as_str(), SUBJECT);
    assert!(!valid.is_service());
    assert_eq!(valid.client_id(), APP);
    let scopes: Vec<_> = valid.scopes().iter().map(String::as_str).collect();
    assert_eq!(scopes, ["openid", "stock:read"]);
    assert_eq!(valid.expires_at(), Some(UnixTime(NOW.0 + 300)));
    assert_eq!(valid.auth_time(), Some(UnixTime(NOW.0 - 5)));
    assert_eq!((valid.acr(), valid.amr()), (Some("1"), vec!["pwd", "otp"]));
    assert_eq!(valid.claims()["jti"], json!("at-1"));
}

// OP-01
#[test]
fn debug_shows_the_issuer_alone() {
    let shown = format!("{:?}", with(|_| {}).unwrap());
    assert!(shown.contains(ISSUER), "{shown}");
    for hidden in [SUBJECT, APP, "stock:read", "at-1"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}

#[test]
fn what_may_be_absent_may_be_absent() {
    for optional in ["nbf", "scope", "auth_time", "acr", "amr"] {
        assert!(with(|it| remove(it, optional)).is_ok(), "{optional}");
    }
}

// RS-03, ID-16
// RFC 9068 §2.1
#[test]
fn its_header_says_that_it_is_an_access_token() {
    for typ in [
        "at+jwt",
        "AT+JWT",
        "application/at+jwt",
        "Application/At+Jwt",
    ] {
        assert!(
            validated(&sign_typed(&claims(), &json!(typ))).is_ok(),
            "{typ}"
        );
    }
    for typ in [
        json!("JWT"),
        json!("application/jwt"),
        json!(null),
        json!(""),
        json!("at+jwt "),
        json!("at+jws"),
        json!("at-jwt"),
        json!("logout+jwt"),
        json!("token-introspection+jwt"),
        json!("dpop+jwt"),
    ] {
        let expected = InvalidAccessToken::HeaderType {
            expected: clipped("at+jwt"),
            got: clipped(typ.as_str().unwrap_or_default()),
        };
        let raw = sign_typed(&claims(), &typ);
        assert_eq!(validated(&raw), refused(expected), "{typ}");
    }
}

// RS-05
#[test]
fn its_issuer_is_the_provider_byte_for_byte() {
    let issuer = |got: &str| InvalidAccessToken::IssuerMismatch {
        expected: clipped(ISSUER),
        got: clipped(got),
    };
    assert_refused(vec![
        ("absent", |it| remove(it, "iss"), issuer("")),
        (
            "a list",
            |it| it["iss"] = json!([ISSUER]),
            issuer(&format!("[\"{ISSUER}\"]")),
        ),
        (
            "a slash more",
            |it| it["iss"] = json!(format!("{ISSUER}/")),
            issuer(&format!("{ISSUER}/")),
        ),
        (
            "another",
            |it| it["iss"] = json!("https://evil.example"),
            issuer("https://evil.example"),
        ),
        ("null", |it| it["iss"] = json!(null), issuer("null")),
    ]);
}

// RS-05
#[test]
fn a_key_of_another_issuer_signs_nothing_here() {
    let other = SigningKey::generate(SignatureAlgorithm::Es256, KEY.kid()).unwrap();
    let raw = sign_as(&other, &claims(), &json!({"typ": "at+jwt"}));
    assert_eq!(validated(&raw), refused(InvalidAccessToken::BadSignature));
    let elsewhere = metadata_of("https://sso.example.com/realms/winery");
    let (keys, registration) = (keys(), registration());
    let got = validate(
        &sign(&claims()),
        &keys,
        &elsewhere,
        &registration,
        &audience(),
        NOW,
    );
    assert_eq!(got, Err(Misuse::KeysOfAnotherIssuer.into()));
}

// RS-04
// RFC 9700 §2.3
#[test]
fn its_audience_has_us_exactly() {
    let audience = |got: &str| InvalidAccessToken::AudienceMismatch {
        expected: clipped(API),
        got: clipped(got),
    };
    assert_refused(vec![
        ("absent", |it| remove(it, "aud"), audience("")),
        (
            "another",
            |it| it["aud"] = json!("account"),
            audience("account"),
        ),
        (
            "others",
            |it| it["aud"] = json!(["a", "b"]),
            audience("a b"),
        ),
        ("none", |it| it["aud"] = json!([]), audience("")),
        (
            "longer",
            |it| it["aud"] = json!(format!("{API}/")),
            audience(&format!("{API}/")),
        ),
        (
            "a part",
            |it| it["aud"] = json!("https://api.brewery.example"),
            audience("https://api.brewery.example"),
        ),
        (
            "case",
            |it| it["aud"] = json!(API.to_uppercase()),
            audience(&API.to_uppercase()),
        ),
        (
            "in azp alone",
            |it| {
                it["aud"] = json!("account");
                it["azp"] = json!(API);
            },
            audience("account"),
        ),
        (
            "in client_id alone",
            |it| {
                it["aud"] = json!("account");
                it["client_id"] = json!(API);
            },
            audience("account"),
        ),
        (
            "null",
            |it| it["aud"] = json!(null),
            InvalidAccessToken::AudienceInvalid,
        ),
        (
            "an object",
            |it| it["aud"] = json!({ API: true }),
            InvalidAccessToken::AudienceInvalid,
        ),
        (
            "not all strings",
            |it| it["aud"] = json!([API, 1]),
            InvalidAccessToken::AudienceInvalid,
        ),
    ]);
    for fitting in [json!(API), json!([API]), json!(["account", API, "wine"])] {
        assert!(with(|it| it["aud"] = fitting.clone()).is_ok(), "{fitting}");
    }
}

// RS-04
#[test]
fn there_is_no_audience_that_fits_all() {
    for text in ["", "ä", "a\nb", "\u{7f}", &"a".repeat(2_049)] {
        let got = clipped(text);
        assert_eq!(
            Audience::parse(text),
            Err(Configuration::AudienceInvalid { got })
        );
    }
    for text in [API, CLIENT_ID, "my api", &"a".repeat(2_048)] {
        assert!(Audience::parse(text).is_ok(), "{text}");
    }
}

// RS-06
// RFC 9700 §2.2.1
#[test]
fn it_is_of_now_and_of_today_whatever_its_expiry() {
    use InvalidAccessToken as E;
    assert_refused(vec![
        (
            "no exp",
            |it| remove(it, "exp"),
            E::ExpiryInvalid { got: "absent" },
        ),
        (
            "exp a string",
            |it| it["exp"] = json!("1800000300"),
            E::ExpiryInvalid { got: "a string" },
        ),
        (
            "exp true",
            |it| it["exp"] = json!(true),
            E::ExpiryInvalid { got: "a boolean" },
        ),
        (
            "exp 1e300",
            |it| it["exp"] = json!(1e300),
            E::ExpiryInvalid {
                got: "another number",
            },
        ),
        (
            "expired",
            |it| it["exp"] = json!(NOW.0 - 60),
            E::Expired { seconds: 60 },
        ),
        (
            "no iat",
            |it| remove(it, "iat"),
            E::IssuedAtInvalid { got: "absent" },
        ),
        (
            "iat null",
            |it| it["iat"] = json!(null),
            E::IssuedAtInvalid { got: "null" },
        ),
        (
            "iat ahead",
            |it| it["iat"] = json!(NOW.0 + 61),
            E::IssuedInFuture { seconds: 61 },
        ),
        (
            "a day old",
            |it| it["iat"] = json!(NOW.0 - 86_461),
            E::IssuedTooLongAgo { seconds: 86_461 },
        ),
        (
            "nbf ahead",
            |it| it["nbf"] = json!(NOW.0 + 61),
            E::NotYetValid { seconds: 61 },
        ),
        (
            "nbf a list",
            |it| it["nbf"] = json!([]),
            E::NotBeforeInvalid { got: "a list" },
        ),
    ]);
    for (claim, value) in [
        ("exp", NOW.0 - 59),
        ("exp", 9_007_199_254_740_991),
        ("iat", NOW.0 + 60),
        ("iat", NOW.0 - 86_460),
        ("nbf", NOW.0 + 60),
    ] {
        assert!(
            with(|it| it[claim] = json!(value)).is_ok(),
            "{claim} {value}"
        );
    }
}

// RFC 9068 §2.2
#[test]
fn subject_client_and_identifier_are_there_and_texts() {
    use InvalidAccessToken as E;
    assert_refused(vec![
        ("no sub", |it| remove(it, "sub"), E::SubjectMissing),
        (
            "no client",
            |it| remove(it, "client_id"),
            E::ClientIdInvalid,
        ),
        (
            "client in azp",
            |it| {
                remove(it, "client_id");
                it["azp"] = json!(APP);
            },
            E::ClientIdInvalid,
        ),
        ("no jti", |it| remove(it, "jti"), E::JtiInvalid),
    ]);
    let long = "a".repeat(256);
    for value in [
        json!(null),
        json!(1),
        json!(""),
        json!([SUBJECT]),
        json!("ä"),
        json!("a\0"),
    ] {
        assert_eq!(
            with(|it| it["sub"] = value.clone()),
            refused(E::SubjectInvalid),
            "{value}"
        );
        assert_eq!(
            with(|it| it["client_id"] = value.clone()),
            refused(E::ClientIdInvalid),
            "{value}"
        );
        assert_eq!(
            with(|it| it["jti"] = value.clone()),
            refused(E::JtiInvalid),
            "{value}"
        );
    }
    assert_eq!(
        with(|it| it["sub"] = json!(long)),
        refused(E::SubjectInvalid)
    );
    assert_eq!(with(|it| it["jti"] = json!(long)), refused(E::JtiInvalid));
    assert_eq!(
        with(|it| it["client_id"] = json!("a".repeat(2_049))),
        refused(E::ClientIdInvalid)
    );
}

// RS-08
// RFC 9068 §2.2.3, RFC 8693 §4.2, RFC 6749 §3.3
#[test]
fn its_scope_is_words_each_for_itself() {
    let scopes = |scope: Value| -> Option<Vec<String>> {
        let valid = with(|it| it["scope"] = scope).ok()?;
        Some(valid.scopes().iter().cloned().collect())
    };
    assert_eq!(scopes(json!("")), Some(vec![]));
    assert_eq!(
        scopes(json!("readwrite")),
        Some(vec!["readwrite".to_owned()])
    );
    assert!(
        !with(|it| it["scope"] = json!("readwrite"))
            .unwrap()
            .scopes()
            .contains("read")
    );
    let doubled = scopes(json!("b a b"));
    assert_eq!(doubled, Some(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(
        with(|it| remove(it, "scope")).unwrap().scopes(),
        &BTreeSet::new()
    );
    for text in [
        " ", "admin ", " admin", "a  b", "a\tb", "a\nb", "a\u{a0}b", "a\"b", "ä", "a\\b",
    ] {
        let got = clipped(text);
        assert_eq!(
            with(|it| it["scope"] = json!(text)),
            refused(InvalidAccessToken::ScopeInvalid { got }),
            "{text}"
        );
    }
    for value in [json!(null), json!(["admin"]), json!(1), json!({})] {
        let got = clipped(&value.to_string());
        assert_eq!(
            with(|it| it["scope"] = value.clone()),
            refused(InvalidAccessToken::ScopeInvalid { got })
        );
    }
}

// RFC 9068 §2.2.1
#[test]
fn what_it_tells_of_the_sign_in_has_its_types() {
    let texts = "a list of strings";
    for (claim, value, expected, got) in [
        (
            "auth_time",
            json!("1"),
            "a number between 0 and 2^53",
            "a string",
        ),
        ("acr", json!(1), "a string", "a number"),
        ("amr", json!("pwd"), texts, "a string"),
        ("amr", json!([1]), texts, "a list with other members"),
    ] {
        let error = InvalidAccessToken::ClaimType {
            claim,
            expected,
            got,
        };
        assert_eq!(with(|it| it[claim] = value), refused(error));
    }
}

// RS-07
// RFC 9068 §5, RFC 9700 §4.15
#[test]
fn a_clients_own_token_is_nobodys() {
    let its_own = with(|it| it["sub"] = json!(APP)).unwrap();
    assert!(its_own.is_service());
    assert_eq!((its_own.subject(), its_own.client_id()), (None, APP));
    assert_eq!(its_own.claims()["sub"], json!(APP));
    // A client that is called as a person is: its own token still names nobody.
    let named_as_carol = with(|it| it["client_id"] = json!(SUBJECT)).unwrap();
    assert_eq!(named_as_carol.subject(), None);
    // A name that only looks alike is another one.
    let other = with(|it| it["sub"] = json!(format!("{APP} "))).unwrap();
    assert!(!other.is_service());
}

// RS-13
// RFC 7800 §3.1, RFC 8705 §3, RFC 9449 §7.1
#[test]
fn one_that_is_bound_to_a_key_is_no_bearer_token() {
    for cnf in [
        json!({"jkt": "x"}),
        json!({"x5t#S256": "x"}),
        json!({}),
        json!(null),
    ] {
        assert_eq!(
            with(|it| it["cnf"] = cnf.clone()),
            refused(InvalidAccessToken::SenderConstrained),
            "{cnf}"
        );
    }
}

#[test]
fn a_message_names_the_limits_and_shows_no_token() {
    for (error, named) in [
        (
            InvalidAccessToken::IssuedTooLongAgo { seconds: 1 },
            "86400 and 60 of leeway",
        ),
        (InvalidAccessToken::JtiInvalid, "1 to 255 "),
        (InvalidAccessToken::SubjectInvalid, "1 to 255 "),
        (InvalidAccessToken::ClientIdInvalid, "1 to 2048 "),
    ] {
        assert!(error.to_string().contains(named), "{error}");
    }
    let raw = sign(&claims());
    let error = validated(&raw.replace('.', "!.")).unwrap_err().to_string();
    assert!(!error.contains(&raw[..40]), "{error}");
    assert!(!error.contains(CLIENT_SECRET));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_refused(raw in ".{0,200}") {
        prop_assert!(check_form(&raw).is_err());
        prop_assert!(validated(&raw).is_err());
    }

    #[test]
    fn a_claim_of_another_type_never_widens_anything(member in 0_usize..12, value in any_json()) {
        let mut changed = claims();
        let name = changed.as_object().unwrap().keys().nth(member).unwrap().clone();
        let same_type = type_of(&changed[&name]) == type_of(&value);
        changed[&name] = value;
        let valid = validate_under(&forgiving(&Leniency::ALL), &sign(&changed));
        if let Ok(valid) = valid {
            prop_assert!(same_type || name == "aud" || name == "iat" || name == "exp" || name == "nbf");
            prop_assert!(valid.scopes().iter().all(|scope| !scope.contains(' ')));
        }
    }
}
