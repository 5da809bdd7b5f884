//! RFC 9068 §4 as far as providers follow it: one mutation of a valid JWT access token, and the exact error.

use proptest::prelude::*;
use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::base64url;
use relyant_jose::sign::SigningKey;
use relyant_oidc::Error;
use relyant_oidc::access_token::{AccessTokenRules, validate_as_claims_source};
use relyant_oidc::error::{Incompatible, InvalidAccessToken, Misuse};
use relyant_oidc::identity::{Claims, ClaimsSource};
use relyant_oidc::registration::ClientRegistration;
use serde_json::{Value, json};

use crate::brewery::{
    ALGORITHMS, CLIENT_ID, ISSUER, KEY, NOW, RSA_KEY, SUBJECT, access_token_as_source,
    access_token_claims, access_token_rules, clipped, id_token_claims, keys, metadata,
    registration, remove, sign, sign_as, sign_text, unsigned, valid_id_token,
};
use crate::discovery::any_json;

type Row = (&'static str, fn(&mut Value), InvalidAccessToken);

fn validate(raw: &str) -> Result<Option<Claims>, Error> {
    access_token_as_source(&access_token_rules(), raw)
}

fn with(mutate: impl FnOnce(&mut Value)) -> Result<Option<Claims>, Error> {
    let mut claims = access_token_claims();
    mutate(&mut claims);
    validate(&sign(&claims))
}

fn assert_refused(table: Vec<Row>) {
    for (what, mutate, expected) in table {
        assert_eq!(with(mutate), Err(expected.into()), "{what}");
    }
}

#[test]
fn a_valid_access_token_gives_its_claims_without_protocol_claims() {
    let claims = with(|_| {}).unwrap().unwrap();
    assert_eq!(claims.source(), ClaimsSource::AccessToken);
    assert_eq!(
        claims.members()["realm_access"],
        json!({"roles": ["customers"]})
    );
    let names: Vec<_> = claims.members().keys().map(String::as_str).collect();
    assert_eq!(names, ["realm_access", "scope", "typ"]);
}

#[test]
fn what_may_be_absent_may_be_absent() {
    for optional in ["sub", "aud", "iat", "sid", "scope"] {
        assert!(
            with(|it| remove(it, optional)).unwrap().is_some(),
            "{optional}"
        );
    }
}

// RFC 6749 §1.4
#[test]
fn an_opaque_access_token_is_no_fault_and_no_source() {
    let header = base64url::encode(br#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#);
    for opaque in [
        "",
        "2YotnFZFEjr1zCsicMWpAA",
        "a.b",
        "a.b.c",
        "v1.local.token",
        &format!("{header}.A.A.A.A"),
    ] {
        assert_eq!(validate(opaque), Ok(None), "{opaque}");
    }
}

#[test]
fn the_signature_is_always_checked() {
    let raw = sign(&access_token_claims());
    let (header, rest) = raw.split_once('.').unwrap();
    let signature = rest.split_once('.').unwrap().1;
    let mut forged_claims = access_token_claims();
    forged_claims["realm_access"] = json!({"roles": ["admins"]});
    let forged = base64url::encode(forged_claims.to_string().as_bytes());
    let foreign = SigningKey::generate(SignatureAlgorithm::Es256, KEY.kid()).unwrap();
    for raw in [
        format!("{header}.{forged}.{signature}"),
        format!("{header}.{forged}."),
        sign_as(&foreign, &access_token_claims(), &json!({})),
    ] {
        assert_eq!(validate(&raw), Err(InvalidAccessToken::BadSignature.into()));
    }
}

#[test]
fn algorithm_and_key_are_the_providers() {
    let claims = access_token_claims();
    let not_allowed = |got: &str| InvalidAccessToken::AlgorithmNotAllowed {
        expected: clipped(ALGORITHMS),
        got: clipped(got),
    };
    for (header, expected) in [
        (json!({"alg": "HS256"}), not_allowed("HS256")),
        (json!({"alg": "ES384"}), not_allowed("ES384")),
        (json!({"alg": "RS256"}), InvalidAccessToken::NoFittingKey),
        (
            json!({"kid": "another"}),
            InvalidAccessToken::UnknownKey {
                kid: clipped("another"),
            },
        ),
    ] {
        let error = validate(&sign_as(&KEY, &claims, &header)).unwrap_err();
        assert_eq!(error, expected.into());
    }
    let none = unsigned(r#"{"alg":"none"}"#, &claims.to_string());
    assert_eq!(validate(&none), Err(not_allowed("none").into()));
    let critical = sign_as(&KEY, &claims, &json!({"crit": ["exp"]}));
    assert_eq!(
        validate(&critical).unwrap_err().code(),
        "invalid_token.access_token_malformed"
    );
    let no_object = sign_text(&KEY, "[]", &json!({}));
    assert_eq!(
        validate(&no_object).unwrap_err().code(),
        "invalid_token.access_token_claims_malformed"
    );
}

#[test]
fn the_registered_algorithms_count_for_it_too() {
    let validate_with = |algorithms: &[SignatureAlgorithm], key| {
        let narrowed = ClientRegistration {
            id_token_algorithms: Some(algorithms.to_vec()),
            ..registration()
        };
        let (raw, rules) = (
            sign_as(key, &access_token_claims(), &json!({})),
            access_token_rules(),
        );
        validate_as_claims_source(
            &raw,
            &keys(),
            &metadata(),
            &narrowed,
            &rules,
            &valid_id_token(),
            NOW,
        )
        .map(|claims| claims.is_some())
    };
    let only_rs256 = [SignatureAlgorithm::Rs256];
    assert_eq!(validate_with(&only_rs256, &RSA_KEY), Ok(true));
    let (expected, got) = (clipped("RS256"), clipped("ES256"));
    assert_eq!(
        validate_with(&only_rs256, &KEY),
        Err(InvalidAccessToken::AlgorithmNotAllowed { expected, got }.into())
    );
    let got = clipped("RS256 ES256 PS256 HS256 none");
    assert_eq!(
        validate_with(&[SignatureAlgorithm::Es512], &KEY),
        Err(Incompatible::NoSignatureAlgorithm { got }.into())
    );
}

// ID-16
#[test]
fn an_id_token_is_no_access_token() {
    let raw = sign(&id_token_claims());
    let body_type = InvalidAccessToken::BodyType {
        expected: clipped("Bearer"),
        got: clipped("ID"),
    };
    assert_eq!(validate(&raw), Err(body_type.into()));
    // Under rules that know no mark of access tokens, by what only ID tokens have.
    let unmarked = AccessTokenRules {
        body_type: None,
        ..access_token_rules()
    };
    let is_id_token = Err(InvalidAccessToken::IsIdToken.into());
    assert_eq!(access_token_as_source(&unmarked, &raw), is_id_token);
    let mut with_hash = access_token_claims();
    with_hash["at_hash"] = json!("x");
    assert_eq!(validate(&sign(&with_hash)), is_id_token);
    // Some access tokens carry the nonce too; where the provider marks them, it does no harm.
    assert!(with(|it| it["nonce"] = json!("n")).unwrap().is_some());
}

// ID-16
#[test]
fn header_and_claim_say_that_it_is_an_access_token() {
    for typ in ["logout+jwt", "JWS", "at+jwt2", ""] {
        let raw = sign_as(&KEY, &access_token_claims(), &json!({"typ": typ}));
        let expected = InvalidAccessToken::HeaderType {
            expected: clipped("JWT or at+jwt"),
            got: clipped(typ),
        };
        assert_eq!(validate(&raw), Err(expected.into()));
    }
    let absent = InvalidAccessToken::HeaderType {
        expected: clipped("JWT or at+jwt"),
        got: clipped(""),
    };
    assert_eq!(
        validate(&sign_as(
            &KEY,
            &access_token_claims(),
            &json!({"typ": null})
        )),
        Err(absent.into())
    );
    for typ in ["JWT", "jwt", "at+jwt", "application/at+jwt"] {
        assert!(
            validate(&sign_as(&KEY, &access_token_claims(), &json!({"typ": typ})))
                .unwrap()
                .is_some()
        );
    }
    let body_type = |got: &str| InvalidAccessToken::BodyType {
        expected: clipped("Bearer"),
        got: clipped(got),
    };
    assert_refused(vec![
        ("ID", |it| it["typ"] = json!("ID"), body_type("ID")),
        (
            "Refresh",
            |it| it["typ"] = json!("Refresh"),
            body_type("Refresh"),
        ),
        (
            "lower case",
            |it| it["typ"] = json!("bearer"),
            body_type("bearer"),
        ),
        ("absent", |it| remove(it, "typ"), body_type("")),
        (
            "a list",
            |it| it["typ"] = json!(["Bearer"]),
            body_type("[\"Bearer\"]"),
        ),
        (
            "a logout token",
            |it| it["events"] = json!({}),
            InvalidAccessToken::IsLogoutToken,
        ),
    ]);
}

#[test]
fn issuer_party_and_subject_are_those_of_the_login() {
    let issuer = |got: &str| InvalidAccessToken::IssuerMismatch {
        expected: clipped(ISSUER),
        got: clipped(got),
    };
    let party = |got: &str| InvalidAccessToken::AuthorizedPartyMismatch {
        expected: clipped(CLIENT_ID),
        got: clipped(got),
    };
    let subject = |got: &str| InvalidAccessToken::SubjectMismatch {
        expected: clipped(SUBJECT),
        got: clipped(got),
    };
    assert_refused(vec![
        (
            "another issuer",
            |it| it["iss"] = json!("https://evil.example"),
            issuer("https://evil.example"),
        ),
        ("no issuer", |it| remove(it, "iss"), issuer("")),
        ("issuer a list", |it| it["iss"] = json!([1]), issuer("[1]")),
        (
            "another party",
            |it| it["azp"] = json!("wine"),
            party("wine"),
        ),
        ("no party", |it| remove(it, "azp"), party("")),
        (
            "party a list",
            |it| it["azp"] = json!(["beer"]),
            party("[\"beer\"]"),
        ),
        (
            "another subject",
            |it| it["sub"] = json!("somebody-else"),
            subject("somebody-else"),
        ),
        (
            "subject null",
            |it| it["sub"] = json!(null),
            subject("null"),
        ),
    ]);
}

// RFC 7519 §4.1.4, §4.1.5, §4.1.6
#[test]
fn times_are_exact() {
    assert_refused(vec![
        (
            "no expiry",
            |it| remove(it, "exp"),
            InvalidAccessToken::ExpiryInvalid { got: "absent" },
        ),
        (
            "expiry a string",
            |it| it["exp"] = json!("1800000300"),
            InvalidAccessToken::ExpiryInvalid { got: "a string" },
        ),
        (
            "expired",
            |it| it["exp"] = json!(NOW.0 - 60),
            InvalidAccessToken::Expired { seconds: 60 },
        ),
        (
            "issued null",
            |it| it["iat"] = json!(null),
            InvalidAccessToken::IssuedAtInvalid { got: "null" },
        ),
        (
            "from the future",
            |it| it["iat"] = json!(NOW.0 + 61),
            InvalidAccessToken::IssuedInFuture { seconds: 61 },
        ),
        (
            "not before a string",
            |it| it["nbf"] = json!("x"),
            InvalidAccessToken::NotBeforeInvalid { got: "a string" },
        ),
        (
            "not yet",
            |it| it["nbf"] = json!(NOW.0 + 61),
            InvalidAccessToken::NotYetValid { seconds: 61 },
        ),
    ]);
    for (claim, value) in [
        ("exp", NOW.0 - 59),
        ("iat", NOW.0 + 60),
        ("nbf", NOW.0 + 60),
        ("iat", NOW.0 - 86_400),
    ] {
        assert!(
            with(|it| it[claim] = json!(value)).unwrap().is_some(),
            "{claim}"
        );
    }
}

// DK-08
// RFC 8725 §3.8
#[test]
fn keys_of_another_issuer_are_our_own_bug() {
    use relyant_oidc::discovery::process_discovery_response;
    use relyant_oidc::issuer::Issuer;
    use relyant_oidc::transport::TransportRules;

    let rules = TransportRules::default();
    let other = Issuer::parse("https://sso.example.com/realms/winery", &rules).unwrap();
    let mut document = crate::brewery::metadata_document();
    document["issuer"] = json!(other.as_str());
    let other =
        process_discovery_response(&other, &rules, &crate::brewery::ok_json(&document)).unwrap();
    let raw = sign(&access_token_claims());
    let result = validate_as_claims_source(
        &raw,
        &keys(),
        &other,
        &registration(),
        &access_token_rules(),
        &valid_id_token(),
        NOW,
    );
    assert_eq!(result, Err(Misuse::KeysOfAnotherIssuer.into()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_answered(raw in ".{0,200}") {
        let _ = validate(&raw);
    }

    #[test]
    fn any_value_of_any_claim_is_answered(member in 0_usize..10, value in any_json()) {
        let _ = with(|it| {
            let name = it.as_object().unwrap().keys().nth(member).unwrap().clone();
            it[name] = value;
        });
    }
}
