//! RFC 9068 §4: a JWT access token at a resource server; one valid token, one change, and the exact error.

use std::collections::BTreeSet;

use proptest::prelude::*;
use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::base64url;
use relyant_jose::mac::{MacAlgorithm, MacKey};
use relyant_jose::sign::SigningKey;
use relyant_oidc::Error;
use relyant_oidc::access_token::{
    AccessTokenProfile, Audience, Leniency, ServiceAccountMarks, ValidAccessToken, check_form,
    validate,
};
use relyant_oidc::clock::UnixTime;
use relyant_oidc::error::{Configuration, Incompatible, InvalidAccessToken, Misuse};
use relyant_oidc::registration::ClientRegistration;
use serde_json::{Value, json};

use crate::brewery::{
    ALGORITHMS, CLIENT_ID, CLIENT_SECRET, ISSUER, KEY, NOW, RSA_KEY, SUBJECT, clipped,
    id_token_claims, keys, keys_of, metadata, metadata_of, metadata_with, registration, remove,
    sign_as, sign_text, type_of, unsigned,
};
use crate::discovery::any_json;
use crate::encryption::{encrypted, receiving};

/// The identifier of the API that the tokens are for.
pub(crate) const API: &str = "https://api.brewery.example/stock";
/// The client that the tokens were issued to, which is not us.
const APP: &str = "stock-app";

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

fn validate_as(registration: &ClientRegistration, raw: &str) -> Result<ValidAccessToken, Error> {
    validate(raw, &keys(), &metadata(), registration, &audience(), NOW)
}

fn validated(raw: &str) -> Result<ValidAccessToken, Error> {
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

fn refused(error: InvalidAccessToken) -> Result<ValidAccessToken, Error> {
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

/// A person's token as Keycloak 26.7 makes it, with an audience mapper.
fn keycloak_claims() -> Value {
    let mut claims = crate::brewery::access_token_claims();
    claims["aud"] = json!([API, "account"]);
    claims["jti"] = json!("onrtac:1");
    claims["acr"] = json!("1");
    claims
}

// RS-07
#[test]
fn the_preset_knows_service_accounts_by_any_of_their_marks() {
    let principal = |change: fn(&mut Value)| {
        let mut claims = keycloak_claims();
        change(&mut claims);
        let valid = validate_under(&keycloak(), &sign_typed(&claims, &json!("JWT"))).unwrap();
        assert_eq!(valid.client_id(), CLIENT_ID);
        assert_eq!(valid.is_service(), valid.subject().is_none());
        valid.is_service()
    };
    assert!(!principal(|_| {}));
    assert!(principal(|it| remove(it, "sid")));
    assert!(principal(|it| it["clientAddress"] = json!("192.0.2.1")));
    assert!(principal(|it| it["clientHost"] = json!(null)));
    assert!(principal(|it| it["sub"] = json!(CLIENT_ID)));
    // Without the preset's marks, an account's `sub` would be taken for a person's.
    let mut unmarked = keycloak();
    unmarked.service_accounts = ServiceAccountMarks::default();
    let mut claims = keycloak_claims();
    remove(&mut claims, "sid");
    let valid = validate_under(&unmarked, &sign_typed(&claims, &json!("JWT"))).unwrap();
    assert!(!valid.is_service());
}

// JO-05
// RFC 8725 §3.1
#[test]
fn algorithm_and_key_are_the_providers() {
    let header = |header: Value| sign_as(&KEY, &claims(), &header);
    let not_among = |expected: &str, got: &str| InvalidAccessToken::AlgorithmNotAllowed {
        expected: clipped(expected),
        got: clipped(got),
    };
    let not_allowed = |got: &str| not_among(ALGORITHMS, got);
    for (raw, expected) in [
        (
            header(json!({"typ": "at+jwt", "alg": "HS256"})),
            not_allowed("HS256"),
        ),
        (
            header(json!({"typ": "at+jwt", "alg": "ES384"})),
            not_allowed("ES384"),
        ),
        (
            header(json!({"typ": "at+jwt", "alg": "RS256"})),
            InvalidAccessToken::NoFittingKey,
        ),
        (
            header(json!({"typ": "at+jwt", "kid": "another"})),
            InvalidAccessToken::UnknownKey {
                kid: clipped("another"),
            },
        ),
        (
            unsigned(r#"{"alg":"none","typ":"at+jwt"}"#, &claims().to_string()),
            not_allowed("none"),
        ),
    ] {
        assert_eq!(validated(&raw), refused(expected));
    }
    let rsa = sign_as(&RSA_KEY, &claims(), &json!({"typ": "at+jwt"}));
    assert!(validated(&rsa).is_ok());
    let narrowed = ClientRegistration {
        id_token_algorithms: Some(vec![SignatureAlgorithm::Rs256]),
        ..registration()
    };
    assert!(validate_as(&narrowed, &rsa).is_ok());
    assert_eq!(
        validate_as(&narrowed, &sign(&claims())),
        refused(not_among("RS256", "ES256"))
    );
}

// ID-08, JO-23
#[test]
fn a_client_secret_makes_no_access_token_even_where_it_makes_id_tokens() {
    let secret = "a secret that is long enough for HS256";
    let by_mac = ClientRegistration {
        client_secret: Some(relyant_oidc::secret::Secret::new(secret)),
        id_token_mac_algorithm: Some(MacAlgorithm::Hs256),
        ..registration()
    };
    let key = MacKey::new(MacAlgorithm::Hs256, secret.as_bytes()).unwrap();
    let header = json!({"typ": "at+jwt"});
    let raw = key.sign(claims().to_string().as_bytes(), header.as_object().unwrap());
    let (expected, got) = (clipped(ALGORITHMS), clipped("HS256"));
    assert_eq!(
        validate_as(&by_mac, &raw),
        refused(InvalidAccessToken::AlgorithmNotAllowed { expected, got })
    );
    assert!(validate_as(&by_mac, &sign(&claims())).is_ok());
    let macs_alone = metadata_with(|it| {
        it["id_token_signing_alg_values_supported"] = json!(["HS256"]);
    })
    .unwrap();
    let got = validate(
        &sign(&claims()),
        &keys(),
        &macs_alone,
        &by_mac,
        &audience(),
        NOW,
    );
    let offered = clipped("HS256");
    assert_eq!(
        got,
        Err(Incompatible::NoSignatureAlgorithm { got: offered }.into())
    );
}

// JO-01, JO-03, ID-19
#[test]
fn its_form_is_strict() {
    let text = claims().to_string();
    let typed = json!({"typ": "at+jwt"});
    let twice = text.replacen('{', "{\"scope\":\"admin\",", 1);
    let embedded = SigningKey::generate(SignatureAlgorithm::Es256, "evil").unwrap();
    let malformed = "invalid_token.access_token_malformed";
    let claims_malformed = "invalid_token.access_token_claims_malformed";
    for (raw, code) in [
        (
            sign_as(&KEY, &claims(), &json!({"typ": "at+jwt", "crit": ["exp"]})),
            malformed,
        ),
        (format!("{}=", sign(&claims())), malformed),
        (format!("{}\n", sign(&claims())), malformed),
        (sign_text(&KEY, "[]", &typed), claims_malformed),
        (sign_text(&KEY, "", &typed), claims_malformed),
        (sign_text(&KEY, &twice, &typed), claims_malformed),
        (
            sign_as(
                &embedded,
                &claims(),
                &json!({"typ": "at+jwt", "jwk": embedded.public_jwk()}),
            ),
            malformed,
        ),
    ] {
        assert_eq!(validated(&raw).unwrap_err().code(), code, "{raw}");
    }
    let raw = sign(&claims());
    let (header, rest) = raw.split_once('.').unwrap();
    let (_, signature) = rest.split_once('.').unwrap();
    let mut forged = claims();
    forged["scope"] = json!("admin");
    let forged = base64url::encode(forged.to_string().as_bytes());
    let forged = format!("{header}.{forged}.{signature}");
    assert_eq!(
        validated(&forged),
        refused(InvalidAccessToken::BadSignature)
    );
}

// JO-18
#[test]
fn an_encrypted_one_is_opened_with_our_key_and_must_be_signed_inside() {
    let inner = sign(&claims());
    assert_eq!(
        validated(&encrypted(&inner)),
        Err(Incompatible::EncryptedAccessToken.into())
    );
    let message = Incompatible::EncryptedAccessToken.to_string();
    assert!(message.contains("PRIVATE_KEY"), "{message}");
    assert!(validate_as(&receiving(), &encrypted(&inner)).is_ok());
    let claims = claims().to_string();
    for inside in [
        claims.clone(),
        unsigned(r#"{"alg":"none","typ":"at+jwt"}"#, &claims),
    ] {
        assert!(validate_as(&receiving(), &encrypted(&inside)).is_err());
    }
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

// FT-26, JO-21
#[test]
fn what_is_no_jwt_is_refused_by_its_length_and_form() {
    let header = base64url::encode(br#"{"alg":"ES256","typ":"at+jwt"}"#);
    for bytes in [32_769, 100_000, 10_000_000] {
        for text in [".", "a", "["] {
            let error = InvalidAccessToken::TooLong { bytes };
            assert_eq!(check_form(&text.repeat(bytes)), Err(error.into()));
        }
    }
    for raw in [
        String::new(),
        "opaque".to_owned(),
        "a.b.c".to_owned(),
        ".".repeat(32_768),
        format!("{header}.{}.AAAA", "A".repeat(20_000)),
        format!("{header}.A.A.A"),
        format!("{header}.A.A.A.A"),
        format!("{header}.A.A.A.A.A"),
    ] {
        let code = check_form(&raw).unwrap_err().code();
        assert_eq!(
            code,
            "invalid_token.access_token_malformed",
            "{}",
            raw.len()
        );
    }
    let nested = base64url::encode("[".repeat(10_000).as_bytes());
    assert!(check_form(&format!("{nested}.{nested}.AAAA")).is_err());
    assert_eq!(check_form(&sign(&claims())), Ok(()));
    assert_eq!(check_form(&encrypted(&sign(&claims()))), Ok(()));
}

/// What each leniency forgives, and what it doesn't: the change, and the error without it, where a header has one of `types`.
fn forgiven(leniency: Leniency, types: &str) -> (Value, Value, InvalidAccessToken) {
    use InvalidAccessToken as E;
    let header_type = |got: &str| E::HeaderType {
        expected: clipped(types),
        got: clipped(got),
    };
    let mut claims = claims();
    let (typ, error) = match leniency {
        Leniency::HeaderTypeJwt => (json!("JWT"), header_type("JWT")),
        Leniency::HeaderTypeAbsent => (json!(null), header_type("")),
        Leniency::ClientIdFromAzp => {
            remove(&mut claims, "client_id");
            claims["azp"] = json!(APP);
            (json!("at+jwt"), E::ClientIdInvalid)
        }
        Leniency::JtiAbsent => {
            remove(&mut claims, "jti");
            (json!("at+jwt"), E::JtiInvalid)
        }
        Leniency::SubjectAbsent => {
            remove(&mut claims, "sub");
            (json!("at+jwt"), E::SubjectMissing)
        }
    };
    (claims, typ, error)
}

// RS-03
#[test]
fn each_leniency_forgives_one_thing_and_no_other() {
    for leniency in Leniency::ALL {
        let (claims, typ, error) = forgiven(leniency, "at+jwt");
        let raw = sign_typed(&claims, &typ);
        assert_eq!(validated(&raw), refused(error), "{leniency:?}");
        assert!(
            validate_under(&forgiving(&[leniency]), &raw).is_ok(),
            "{leniency:?}"
        );
        let others: Vec<_> = Leniency::ALL
            .into_iter()
            .filter(|one| *one != leniency)
            .collect();
        let under_others = validate_under(&forgiving(&others), &raw);
        let types = match leniency {
            Leniency::HeaderTypeJwt => "at+jwt or none",
            Leniency::HeaderTypeAbsent => "at+jwt or JWT",
            _ => "at+jwt, JWT or none",
        };
        let (_, _, error) = forgiven(leniency, types);
        assert_eq!(under_others, refused(error), "{leniency:?}");
    }
}

// RS-07
#[test]
fn a_token_without_a_subject_is_a_clients_own() {
    let (claims, typ, _) = forgiven(Leniency::SubjectAbsent, "at+jwt");
    let raw = sign_typed(&claims, &typ);
    let valid = validate_under(&forgiving(&[Leniency::SubjectAbsent]), &raw).unwrap();
    assert_eq!((valid.is_service(), valid.subject()), (true, None));
}

#[test]
fn what_a_leniency_lets_be_absent_is_checked_where_it_is_there() {
    let all = forgiving(&Leniency::ALL);
    for (claim, expected) in [
        ("jti", InvalidAccessToken::JtiInvalid),
        ("sub", InvalidAccessToken::SubjectInvalid),
        ("client_id", InvalidAccessToken::ClientIdInvalid),
    ] {
        let mut claims = claims();
        claims["azp"] = json!(APP);
        claims[claim] = json!(null);
        assert_eq!(validate_under(&all, &sign(&claims)), refused(expected));
    }
    let logout = sign_typed(&claims(), &json!("logout+jwt"));
    let expected = InvalidAccessToken::HeaderType {
        expected: clipped("at+jwt, JWT or none"),
        got: clipped("logout+jwt"),
    };
    assert_eq!(validate_under(&all, &logout), refused(expected));
}

// RS-03
#[test]
fn the_providers_own_mark_must_be_there() {
    let body_type = |got: &str| InvalidAccessToken::BodyType {
        expected: clipped("Bearer"),
        got: clipped(got),
    };
    for typ in ["JWT", "at+jwt"] {
        for (mark, got) in [
            (json!("ID"), "ID"),
            (json!("Refresh"), "Refresh"),
            (json!("Logout"), "Logout"),
            (json!("bearer"), "bearer"),
            (json!(null), "null"),
            (json!(["Bearer"]), "[\"Bearer\"]"),
        ] {
            let mut claims = keycloak_claims();
            claims["typ"] = mark;
            let raw = sign_typed(&claims, &json!(typ));
            assert_eq!(validate_under(&keycloak(), &raw), refused(body_type(got)));
        }
        let mut unmarked = keycloak_claims();
        remove(&mut unmarked, "typ");
        let raw = sign_typed(&unmarked, &json!(typ));
        assert_eq!(validate_under(&keycloak(), &raw), refused(body_type("")));
        let raw = sign_typed(&keycloak_claims(), &json!(typ));
        assert!(validate_under(&keycloak(), &raw).is_ok(), "{typ}");
    }
}

// RS-03, ID-16
// Core §3.3.2.11
#[test]
fn without_any_mark_a_scope_tells_it_from_an_id_token() {
    let lenient = forgiving(&[Leniency::HeaderTypeJwt]);
    let with = |change: fn(&mut Value)| {
        let mut claims = claims();
        change(&mut claims);
        validate_under(&lenient, &sign_typed(&claims, &json!("JWT")))
    };
    assert!(with(|it| it["typ"] = json!("Bearer")).is_ok());
    for (change, expected) in [
        (
            (|it| remove(it, "scope")) as fn(&mut Value),
            InvalidAccessToken::NotMarked,
        ),
        (
            |it| it["scope"] = json!(["a"]),
            InvalidAccessToken::NotMarked,
        ),
        (|it| it["nonce"] = json!("n"), InvalidAccessToken::IsIdToken),
        (
            |it| it["at_hash"] = json!("h"),
            InvalidAccessToken::IsIdToken,
        ),
        (
            |it| it["c_hash"] = json!("h"),
            InvalidAccessToken::IsIdToken,
        ),
        (
            |it| it["events"] = json!({}),
            InvalidAccessToken::IsLogoutToken,
        ),
        (
            |it| it["token_introspection"] = json!({}),
            InvalidAccessToken::IsIntrospection,
        ),
        (
            |it| it["typ"] = json!("Refresh"),
            InvalidAccessToken::BodyType {
                expected: clipped("Bearer"),
                got: clipped("Refresh"),
            },
        ),
    ] {
        assert_eq!(with(change), refused(expected));
    }
}

#[test]
fn an_id_token_for_an_api_of_the_same_name_is_none() {
    // Where the API is called as the client is, an ID token has the API's audience.
    let us = Audience::parse(CLIENT_ID).unwrap();
    let registration = ClientRegistration {
        access_token_profile: forgiving(&Leniency::ALL),
        ..registration()
    };
    let mut bare = id_token_claims();
    for claim in ["typ", "nonce", "sid"] {
        remove(&mut bare, claim);
    }
    let raw = sign_typed(&bare, &json!("JWT"));
    let got = validate(&raw, &keys(), &metadata(), &registration, &us, NOW);
    assert_eq!(got, refused(InvalidAccessToken::NotMarked));
}

#[test]
fn one_key_without_a_name_is_enough() {
    let registration = registration();
    let raw = sign_as(&KEY, &claims(), &json!({"typ": "at+jwt", "kid": null}));
    let got = validate(
        &raw,
        &keys_of(&[&KEY]),
        &metadata(),
        &registration,
        &audience(),
        NOW,
    );
    assert!(got.is_ok());
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
