//! RFC 9701: an answer about a token that its issuer signed; one valid answer, one change, and the exact error.

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::sign::SigningKey;
use relyant_oidc::Error;
use relyant_oidc::access_token::ValidAccessToken;
use relyant_oidc::error::{Incompatible, InvalidIntrospection, Misuse};
use relyant_oidc::http::HttpResponse;
use relyant_oidc::introspection::process_introspection_response;
use relyant_oidc::provider_metadata::ProviderMetadata;
use relyant_oidc::registration::{ClientRegistration, RequiredProtection};
use serde_json::{Value, json};

use crate::brewery::{
    CLIENT_ID, ISSUER, KEY, NOW, RSA_KEY, answer, clipped, keys, ok_json, registration, remove,
    sign_as, sign_text, unsigned,
};
use crate::encryption::{encrypted, encrypted_claims, receiving};
use crate::introspection::{
    SIGNED, document, metadata, process, process_under, request, request_as, signing, told, with,
};
use crate::rfc9068::{API, audience};

type SignedRow = (fn(&mut Value), InvalidIntrospection);

/// The JWT around an answer. RFC 9701 §5.
pub(crate) fn envelope() -> Value {
    json!({
        "iss": ISSUER,
        "aud": CLIENT_ID,
        "iat": NOW.0,
        "token_introspection": told(),
    })
}

pub(crate) fn sign(claims: &Value) -> String {
    sign_as(&KEY, claims, &json!({"typ": "token-introspection+jwt"}))
}

pub(crate) fn process_signed(jwt: &str) -> Result<Option<ValidAccessToken>, Error> {
    process(&answer(200, SIGNED, jwt))
}

pub(crate) fn signed_with(mutate: impl FnOnce(&mut Value)) -> Result<ValidAccessToken, Error> {
    let mut claims = envelope();
    mutate(&mut claims);
    process_signed(&sign(&claims)).map(Option::unwrap)
}

fn refused(error: InvalidIntrospection) -> Result<Option<ValidAccessToken>, Error> {
    Err(error.into())
}

// RS-12
// RFC 9701 §4, §7
#[test]
fn a_signed_answer_is_asked_for_where_the_metadata_or_the_registration_say_so() {
    let accept = |metadata: &ProviderMetadata, required: bool| {
        let registration = ClientRegistration {
            required: RequiredProtection {
                signed_introspection: required,
                ..RequiredProtection::default()
            },
            ..registration()
        };
        let request = request_as(metadata, &registration).unwrap();
        let accept = request
            .headers
            .into_iter()
            .filter(|(name, _)| *name == "accept");
        accept.map(|(_, value)| value).collect::<Vec<_>>()
    };
    let either = format!("{SIGNED}, application/json;q=0.5");
    assert_eq!(accept(&metadata(), false), ["application/json"]);
    assert_eq!(accept(&signing(), false), [either]);
    assert_eq!(accept(&signing(), true), [SIGNED]);
    assert_eq!(accept(&metadata(), true), [SIGNED]);
    // Signed in no way that we know, an answer would be worth less than plain JSON.
    let unknown =
        document(|it| it["introspection_signing_alg_values_supported"] = json!(["HS256", "none"]));
    assert_eq!(accept(&unknown, false), ["application/json"]);
}

// RS-12
// RFC 9701 §5
#[test]
fn a_signed_answer_says_what_a_plain_one_says() {
    let plain = with(|_| {}).unwrap();
    assert_eq!(signed_with(|_| {}).unwrap(), plain);
    let signed = sign(&envelope());
    for response in [
        answer(
            200,
            "application/token-introspection+jwt; charset=utf-8",
            &signed,
        ),
        answer(
            200,
            "Application/Token-Introspection+JWT",
            &format!("{signed}\n"),
        ),
    ] {
        assert_eq!(process(&response), Ok(Some(plain.clone())));
    }
    for fitting in [json!(CLIENT_ID), json!([CLIENT_ID])] {
        assert!(signed_with(|it| it["aud"] = fitting).is_ok());
    }
    let aud = signed_with(|it| it["token_introspection"]["aud"] = json!("account"));
    assert_eq!(
        aud.unwrap_err().code(),
        "invalid_token.access_token_audience_mismatch"
    );
}

// RS-12
// RFC 9701 §5, §8.1
#[test]
fn what_is_around_it_is_the_issuers_for_us_and_of_now() {
    use InvalidIntrospection as E;
    let issuer = |got: &str| E::IssuerMismatch {
        expected: clipped(ISSUER),
        got: clipped(got),
    };
    let audience = |got: &str| E::AudienceMismatch {
        expected: clipped(CLIENT_ID),
        got: clipped(got),
    };
    let no_answer = |got| E::NoTokenIntrospection { got };
    let table: Vec<SignedRow> = vec![
        (|it| remove(it, "iss"), issuer("")),
        (
            |it| it["iss"] = json!(format!("{ISSUER}/")),
            issuer(&format!("{ISSUER}/")),
        ),
        (
            |it| it["iss"] = json!([ISSUER]),
            issuer(&format!("[\"{ISSUER}\"]")),
        ),
        (|it| remove(it, "aud"), audience("")),
        (|it| it["aud"] = json!("wine"), audience("wine")),
        (|it| it["aud"] = json!(API), audience(API)),
        (|it| it["aud"] = json!([]), audience("[]")),
        (
            |it| it["aud"] = json!([CLIENT_ID, "wine"]),
            audience("[\"beer\",\"wine\"]"),
        ),
        (|it| remove(it, "iat"), E::IssuedAtInvalid { got: "absent" }),
        (
            |it| it["iat"] = json!("now"),
            E::IssuedAtInvalid { got: "a string" },
        ),
        (
            |it| it["iat"] = json!(NOW.0 + 61),
            E::IssuedInFuture { seconds: 61 },
        ),
        (
            |it| it["iat"] = json!(NOW.0 - 121),
            E::IssuedTooLongAgo { seconds: 121 },
        ),
        (|it| remove(it, "token_introspection"), no_answer("absent")),
        (
            |it| it["token_introspection"] = json!(null),
            no_answer("null"),
        ),
        (
            |it| it["token_introspection"] = json!([told()]),
            no_answer("a list"),
        ),
        (
            |it| it["token_introspection"] = json!(told().to_string()),
            no_answer("a string"),
        ),
    ];
    for (change, expected) in table {
        assert_eq!(signed_with(change), Err(expected.into()));
    }
    for iat in [NOW.0 + 60, NOW.0 - 120] {
        assert!(signed_with(|it| it["iat"] = json!(iat)).is_ok(), "{iat}");
    }
    let message = E::IssuedTooLongAgo { seconds: 121 }.to_string();
    assert!(message.contains("at most 60 and 60 of leeway"), "{message}");
}

// RS-12
#[test]
fn its_header_says_that_it_is_an_answer() {
    for typ in [
        json!("JWT"),
        json!("at+jwt"),
        json!("logout+jwt"),
        json!(""),
        json!(null),
        json!("introspection+jwt"),
    ] {
        let got = clipped(typ.as_str().unwrap_or_default());
        let raw = sign_as(&KEY, &envelope(), &json!({ "typ": typ }));
        assert_eq!(
            process_signed(&raw),
            refused(InvalidIntrospection::HeaderType { got })
        );
    }
    for typ in [SIGNED, "Token-Introspection+JWT"] {
        let raw = sign_as(&KEY, &envelope(), &json!({ "typ": typ }));
        assert!(process_signed(&raw).is_ok(), "{typ}");
    }
}

// RS-11
// RFC 9701 §7, RFC 8725 §3.1, §3.8
#[test]
fn its_signature_is_the_issuers_by_an_algorithm_of_the_metadata() {
    let text = envelope().to_string();
    let typed = |header: Value| {
        let mut header = header;
        header["typ"] = json!("token-introspection+jwt");
        header
    };
    let not_allowed = |got: &str| InvalidIntrospection::AlgorithmNotAllowed {
        expected: clipped("ES256"),
        got: clipped(got),
    };
    let foreign = SigningKey::generate(SignatureAlgorithm::Es256, KEY.kid()).unwrap();
    let unknown = SigningKey::generate(SignatureAlgorithm::Es256, "unknown").unwrap();
    let kid = clipped("unknown");
    for (raw, expected) in [
        (
            unsigned(&typed(json!({"alg": "none"})).to_string(), &text),
            not_allowed("none"),
        ),
        (
            unsigned(&typed(json!({"alg": "HS256"})).to_string(), &text),
            not_allowed("HS256"),
        ),
        (
            sign_text(&RSA_KEY, &text, &typed(json!({}))),
            not_allowed("RS256"),
        ),
        (
            sign_text(&foreign, &text, &typed(json!({}))),
            InvalidIntrospection::BadSignature,
        ),
        (
            sign_text(&unknown, &text, &typed(json!({}))),
            InvalidIntrospection::UnknownKey { kid },
        ),
    ] {
        let error = process_signed(&raw).unwrap_err();
        assert_eq!(error, expected.into());
    }
    let unknown: Error = InvalidIntrospection::NoFittingKey.into();
    assert!(unknown.may_need_newer_keys());
    for (raw, code) in [
        ("", "introspection_malformed"),
        ("a.b.c", "introspection_malformed"),
        ("{\"active\":true}", "introspection_malformed"),
        (
            &sign_text(&KEY, "[]", &typed(json!({}))),
            "introspection_claims_malformed",
        ),
    ] {
        let error = process_signed(raw).unwrap_err();
        assert_eq!(error.code(), format!("invalid_token.{code}"), "{raw}");
    }
    let binary = HttpResponse {
        body: vec![0xff, 0xfe],
        ..answer(200, SIGNED, "")
    };
    assert_eq!(
        process(&binary).unwrap_err().code(),
        "invalid_token.introspection_malformed"
    );
    // Where the metadata are silent, the algorithms are those of the ID token; where they were pinned, the pinned ones.
    let under = |metadata: &ProviderMetadata, registration: &ClientRegistration| {
        let response = answer(200, SIGNED, &sign_text(&RSA_KEY, &text, &typed(json!({}))));
        let (request, keys, audience) = (request(), keys(), audience());
        process_introspection_response(
            &request,
            &response,
            &keys,
            metadata,
            registration,
            &audience,
            NOW,
        )
        .map(|told| told.is_some())
    };
    assert_eq!(under(&metadata(), &registration()), Ok(true));
    let pinned = ClientRegistration {
        introspection_algorithms: Some(vec![SignatureAlgorithm::Es256]),
        ..registration()
    };
    assert_eq!(
        under(&metadata(), &pinned),
        Err(not_allowed("RS256").into())
    );
    let elsewhere = crate::brewery::metadata_of("https://sso.example.com/realms/winery");
    assert_eq!(
        under(&elsewhere, &registration()),
        Err(Misuse::KeysOfAnotherIssuer.into())
    );
}

// RS-11
#[test]
fn where_a_signature_is_required_plain_json_is_refused() {
    let strict = ClientRegistration {
        required: RequiredProtection {
            signed_introspection: true,
            ..RequiredProtection::default()
        },
        ..registration()
    };
    for body in [told(), json!({"active": false})] {
        let got = process_under(&strict, &ok_json(&body));
        assert_eq!(got, refused(InvalidIntrospection::Unsigned), "{body}");
    }
    let signed = answer(200, SIGNED, &sign(&envelope()));
    assert!(process_under(&strict, &signed).unwrap().is_some());
    let generic = answer(200, "application/jwt", &sign(&envelope()));
    let code = process_under(&strict, &generic).unwrap_err().code();
    assert_eq!(code, "misbehaved.content_type");
}

// JO-18
// RFC 9701 §5
#[test]
fn an_encrypted_answer_is_opened_with_our_key_and_must_be_signed_inside() {
    let signed = sign(&envelope());
    assert_eq!(
        process_signed(&encrypted(&signed)),
        Err(Incompatible::EncryptedIntrospection.into())
    );
    let receive = |jwt: &str| process_under(&receiving(), &answer(200, SIGNED, jwt));
    assert!(receive(&encrypted(&signed)).unwrap().is_some());
    for inside in [told().to_string(), envelope().to_string()] {
        let error = receive(&encrypted_claims(&inside)).unwrap_err();
        assert_eq!(error.code(), "invalid_token.introspection_malformed");
    }
}
