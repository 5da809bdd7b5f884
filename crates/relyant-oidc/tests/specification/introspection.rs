//! RFC 7662 and RFC 9701: what the issuer says of a token; one valid answer, one change, and the exact error.

use proptest::prelude::*;
use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::sign::SigningKey;
use relyant_oidc::Error;
use relyant_oidc::access_token::{
    AccessTokenProfile, Leniency, ServiceAccountMarks, ValidAccessToken,
};
use relyant_oidc::clock::UnixTime;
use relyant_oidc::error::{
    Configuration, Incompatible, InvalidAccessToken, InvalidIntrospection, Misbehaved, Misuse,
    Refused,
};
use relyant_oidc::http::{Endpoint, HttpRequest, HttpResponse, Method};
use relyant_oidc::introspection::{
    check_form, introspection_request, process_introspection_response,
};
use relyant_oidc::provider_metadata::ProviderMetadata;
use relyant_oidc::registration::ClientRegistration;
use relyant_oidc::token::client_authentication::ClientAuthentication;
use serde_json::{Value, json};

use crate::brewery::{
    CLIENT_ID, ISSUER, KEY, NOW, OPAQUE, RSA_KEY, SUBJECT, answer, authorization, clipped, form,
    freshness, keys, metadata_with, ok_json, registration, remove, sign_as, sign_text, type_of,
    unsigned,
};
use crate::discovery::any_json;
use crate::encryption::{encrypted, encrypted_claims, receiving};
use crate::rfc9068::{API, audience, forgiving, keycloak};

type Row = (&'static str, fn(&mut Value), InvalidAccessToken);
type SignedRow = (fn(&mut Value), InvalidIntrospection);

const ENDPOINT: &str = "https://sso.example.com/realms/brewery/introspect";
const SIGNED: &str = "application/token-introspection+jwt";
const APP: &str = "stock-app";

fn document(mutate: impl FnOnce(&mut Value)) -> ProviderMetadata {
    metadata_with(|it| {
        it["introspection_endpoint"] = json!(ENDPOINT);
        mutate(it);
    })
    .unwrap()
}

fn metadata() -> ProviderMetadata {
    document(|_| {})
}

/// The metadata of a provider that signs its answers.
fn signing() -> ProviderMetadata {
    document(|it| {
        it["introspection_signing_alg_values_supported"] = json!(["ES256", "HS256", "none"]);
    })
}

fn request_as(
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
) -> Result<HttpRequest, Error> {
    introspection_request(metadata, registration, OPAQUE, freshness())
}

fn request() -> HttpRequest {
    request_as(&metadata(), &registration()).unwrap()
}

/// What an active token is, with all members that RFC 7662 §2.2 has.
fn told() -> Value {
    json!({
        "active": true,
        "scope": "openid stock:read",
        "client_id": APP,
        "username": "carol",
        "token_type": "Bearer",
        "exp": NOW.0 + 300,
        "iat": NOW.0,
        "nbf": NOW.0,
        "sub": SUBJECT,
        "aud": [API, "account"],
        "iss": ISSUER,
        "jti": "at-1",
    })
}

fn process_under(
    registration: &ClientRegistration,
    response: &HttpResponse,
) -> Result<Option<ValidAccessToken>, Error> {
    process_introspection_response(
        &request(),
        response,
        &keys(),
        &signing(),
        registration,
        &audience(),
        NOW,
    )
}

fn process(response: &HttpResponse) -> Result<Option<ValidAccessToken>, Error> {
    process_under(&registration(), response)
}

fn with(mutate: impl FnOnce(&mut Value)) -> Result<ValidAccessToken, Error> {
    let mut told = told();
    mutate(&mut told);
    process(&ok_json(&told)).map(Option::unwrap)
}

fn assert_refused(table: Vec<Row>) {
    for (what, mutate, expected) in table {
        assert_eq!(with(mutate), Err(expected.into()), "{what}");
    }
}

/// The JWT around an answer. RFC 9701 §5.
fn envelope() -> Value {
    json!({
        "iss": ISSUER,
        "aud": CLIENT_ID,
        "iat": NOW.0,
        "token_introspection": told(),
    })
}

fn sign(claims: &Value) -> String {
    sign_as(&KEY, claims, &json!({"typ": "token-introspection+jwt"}))
}

fn process_signed(jwt: &str) -> Result<Option<ValidAccessToken>, Error> {
    process(&answer(200, SIGNED, jwt))
}

fn signed_with(mutate: impl FnOnce(&mut Value)) -> Result<ValidAccessToken, Error> {
    let mut claims = envelope();
    mutate(&mut claims);
    process_signed(&sign(&claims)).map(Option::unwrap)
}

fn refused(error: InvalidIntrospection) -> Result<Option<ValidAccessToken>, Error> {
    Err(error.into())
}

// RS-11
// RFC 7662 §2.1, §4
#[test]
fn the_token_goes_into_the_form_alone_and_we_say_who_we_are() {
    let request = request();
    assert_eq!(
        (request.method, request.url.as_str()),
        (Method::Post, ENDPOINT)
    );
    let form = form(&request);
    assert_eq!(form["token"], OPAQUE);
    assert_eq!(form["token_type_hint"], "access_token");
    assert_eq!(form.len(), 2);
    assert!(authorization(&request).unwrap().starts_with("Basic "));
    assert!(!format!("{request:?}").contains(OPAQUE));
    let posted = ClientRegistration {
        client_auth: Some(ClientAuthentication::Post),
        ..registration()
    };
    let request = request_as(&metadata(), &posted).unwrap();
    assert_eq!(crate::brewery::form(&request)["client_id"], CLIENT_ID);
    assert_eq!(authorization(&request), None);
}

// RS-11
// RFC 7662 §2.1, §4, RFC 8414 §2
#[test]
fn nobody_asks_who_can_not_show_who_he_is() {
    let public = ClientRegistration::new(CLIENT_ID);
    assert_eq!(
        request_as(&metadata(), &public),
        Err(Configuration::IntrospectionOfPublicClient.into())
    );
    let none = metadata_with(|_| {}).unwrap();
    assert_eq!(
        request_as(&none, &registration()),
        Err(Incompatible::NoIntrospectionEndpoint.into())
    );
    let methods = |methods: Value| {
        let metadata = document(|it| it["introspection_endpoint_auth_methods_supported"] = methods);
        request_as(&metadata, &registration()).map(|_| ())
    };
    // The brewery's client is registered with the first method that the token endpoint offers for a secret.
    assert_eq!(
        methods(json!(["private_key_jwt", "client_secret_basic"])),
        Ok(())
    );
    let error = Incompatible::NoIntrospectionAuthentication {
        expected: "client_secret_basic",
        got: clipped("private_key_jwt bearer"),
    };
    assert_eq!(
        methods(json!(["private_key_jwt", "bearer"])),
        Err(error.into())
    );
}

// RS-12
// RFC 9701 §4, §7
#[test]
fn a_signed_answer_is_asked_for_where_the_metadata_or_the_registration_say_so() {
    let accept = |metadata: &ProviderMetadata, required: bool| {
        let registration = ClientRegistration {
            require_signed_introspection: required,
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

// FT-26
// RFC 6750 §2.1
#[test]
fn what_no_token_can_be_is_not_asked_about() {
    for (text, expected) in [
        (
            "a".repeat(32_769),
            InvalidAccessToken::TooLong { bytes: 32_769 },
        ),
        (
            "a".repeat(10_000_000),
            InvalidAccessToken::TooLong { bytes: 10_000_000 },
        ),
        (String::new(), InvalidAccessToken::Characters),
        ("=".to_owned(), InvalidAccessToken::Characters),
        ("a b".to_owned(), InvalidAccessToken::Characters),
        ("a,b".to_owned(), InvalidAccessToken::Characters),
        ("a=b".to_owned(), InvalidAccessToken::Characters),
        ("a\r\nb".to_owned(), InvalidAccessToken::Characters),
        ("ä".to_owned(), InvalidAccessToken::Characters),
    ] {
        assert_eq!(check_form(&text), Err(expected.clone().into()));
        let request = introspection_request(&metadata(), &registration(), &text, freshness());
        assert_eq!(request, Err(expected.into()));
    }
    for text in [&"a".repeat(32_768), "A9-._~+/==", OPAQUE] {
        assert_eq!(check_form(text), Ok(()));
    }
}

#[test]
fn an_active_token_says_who_may_do_what_until_when() {
    let valid = with(|_| {}).unwrap();
    assert_eq!(valid.issuer().as_str(), ISSUER);
    assert_eq!(valid.subject().unwrap().as_str(), SUBJECT);
    assert_eq!((valid.client_id(), valid.is_service()), (APP, false));
    let scopes: Vec<_> = valid.scopes().iter().map(String::as_str).collect();
    assert_eq!(scopes, ["openid", "stock:read"]);
    assert_eq!(valid.expires_at(), Some(UnixTime(NOW.0 + 300)));
    assert_eq!(valid.claims()["username"], json!("carol"));
}

// RS-10
// RFC 7662 §2.2
#[test]
fn an_inactive_token_is_an_answer_and_no_fault() {
    for body in [
        json!({"active": false}),
        json!({"active": false, "exp": "soon", "aud": 1}),
        json!({"active": false, "jwt": "a.b.c"}),
    ] {
        assert_eq!(process(&ok_json(&body)), Ok(None));
        let mut signed = envelope();
        signed["token_introspection"] = body;
        assert_eq!(process_signed(&sign(&signed)), Ok(None));
    }
}

// RS-10
#[test]
fn active_is_true_and_nothing_that_looks_like_it() {
    for value in [
        json!("true"),
        json!(1),
        json!(null),
        json!([true]),
        json!({}),
        json!(""),
    ] {
        let got = type_of(&value);
        let expected: Error = Misbehaved::IntrospectionActive { got }.into();
        assert_eq!(
            with(|it| it["active"] = value.clone()),
            Err(expected.clone()),
            "{value}"
        );
        let signed = signed_with(|it| it["token_introspection"]["active"] = value.clone());
        assert_eq!(signed, Err(expected), "{value}");
    }
    let absent = Misbehaved::IntrospectionActive { got: "absent" };
    assert_eq!(with(|it| remove(it, "active")), Err(absent.into()));
    let twice = told().to_string().replacen('{', "{\"active\":false,", 1);
    let error = process(&answer(200, "application/json", &twice)).unwrap_err();
    assert_eq!(error.code(), "misbehaved.json");
}

// RS-10, RS-04, RS-08
#[test]
fn each_member_counts_where_it_is_there() {
    use InvalidAccessToken as E;
    let issuer = |got: &str| E::IssuerMismatch {
        expected: clipped(ISSUER),
        got: clipped(got),
    };
    let audience = |got: &str| E::AudienceMismatch {
        expected: clipped(API),
        got: clipped(got),
    };
    assert_refused(vec![
        (
            "another issuer",
            |it| it["iss"] = json!("https://evil.example"),
            issuer("https://evil.example"),
        ),
        ("issuer null", |it| it["iss"] = json!(null), issuer("null")),
        (
            "another audience",
            |it| it["aud"] = json!("account"),
            audience("account"),
        ),
        ("no audience", |it| remove(it, "aud"), audience("")),
        (
            "audience a number",
            |it| it["aud"] = json!(1),
            E::AudienceInvalid,
        ),
        (
            "no client",
            |it| remove(it, "client_id"),
            E::ClientIdInvalid,
        ),
        (
            "client null",
            |it| it["client_id"] = json!(null),
            E::ClientIdInvalid,
        ),
        (
            "expired",
            |it| it["exp"] = json!(NOW.0 - 60),
            E::Expired { seconds: 60 },
        ),
        (
            "exp a string",
            |it| it["exp"] = json!("never"),
            E::ExpiryInvalid { got: "a string" },
        ),
        (
            "exp null",
            |it| it["exp"] = json!(null),
            E::ExpiryInvalid { got: "null" },
        ),
        (
            "issued ahead",
            |it| it["iat"] = json!(NOW.0 + 61),
            E::IssuedInFuture { seconds: 61 },
        ),
        (
            "not yet",
            |it| it["nbf"] = json!(NOW.0 + 61),
            E::NotYetValid { seconds: 61 },
        ),
        (
            "subject empty",
            |it| it["sub"] = json!(""),
            E::SubjectInvalid,
        ),
        (
            "subject a number",
            |it| it["sub"] = json!(7),
            E::SubjectInvalid,
        ),
        (
            "scope a list",
            |it| it["scope"] = json!(["a"]),
            E::ScopeInvalid {
                got: clipped("[\"a\"]"),
            },
        ),
        (
            "scope with a tab",
            |it| it["scope"] = json!("a\tb"),
            E::ScopeInvalid {
                got: clipped("a\tb"),
            },
        ),
    ]);
}

// RS-12, RS-13, ID-16
// RFC 7662 §2.1, §2.2
#[test]
fn an_active_token_of_another_kind_is_none_for_an_api() {
    use InvalidAccessToken as E;
    let kind = |got: &str| E::TokenType { got: clipped(got) };
    assert_refused(vec![
        (
            "an ID token",
            |it| it["token_type"] = json!("ID"),
            kind("ID"),
        ),
        (
            "a refresh token",
            |it| it["token_type"] = json!("Refresh"),
            kind("Refresh"),
        ),
        ("DPoP", |it| it["token_type"] = json!("DPoP"), kind("DPoP")),
        (
            "a token without type, as a refresh token is",
            |it| remove(it, "token_type"),
            kind(""),
        ),
        (
            "type null",
            |it| it["token_type"] = json!(null),
            kind("null"),
        ),
        (
            "bound",
            |it| it["cnf"] = json!({"jkt": "x"}),
            E::SenderConstrained,
        ),
        (
            "a logout token",
            |it| it["events"] = json!({}),
            E::IsLogoutToken,
        ),
        (
            "an ID token by its hash",
            |it| it["at_hash"] = json!("h"),
            E::IsIdToken,
        ),
        (
            "an answer about an answer",
            |it| it["token_introspection"] = json!({}),
            E::IsIntrospection,
        ),
    ]);
}

// RFC 7662 §2.2
#[test]
fn what_rfc_7662_leaves_open_may_be_absent() {
    for optional in ["scope", "username", "exp", "iat", "nbf", "iss", "jti"] {
        assert!(with(|it| remove(it, optional)).is_ok(), "{optional}");
    }
    assert_eq!(with(|it| remove(it, "exp")).unwrap().expires_at(), None);
    assert!(with(|it| it["token_type"] = json!("bearer")).is_ok());
    assert!(with(|it| it["nonce"] = json!("n")).is_ok());
}

// RS-07
#[test]
fn a_clients_own_token_is_nobodys() {
    for change in [
        (|it| {
            remove(it, "sub");
            remove(it, "username");
        }) as fn(&mut Value),
        |it| {
            remove(it, "sub");
            it["username"] = json!("");
        },
        |it| it["sub"] = json!(APP),
        |it| it["client_id"] = json!(SUBJECT),
    ] {
        let valid = with(change).unwrap();
        assert_eq!((valid.is_service(), valid.subject()), (true, None));
    }
}

// RS-07
// RFC 7662 §2.2
#[test]
fn a_persons_token_without_a_subject_is_not_taken_for_the_clients_own() {
    let error = with(|it| remove(it, "sub")).unwrap_err();
    assert_eq!(error, InvalidAccessToken::SubjectMissing.into());
}

/// What Keycloak 26.7 tells of a token with an audience mapper: all of the token, and four members more.
fn keycloak_told() -> Value {
    let mut told = told();
    for (name, value) in [
        ("typ", json!("Bearer")),
        ("azp", json!(APP)),
        ("sid", json!("session-1")),
        ("realm_access", json!({"roles": ["customers"]})),
    ] {
        told[name] = value;
    }
    told
}

// RS-07, RS-10
#[test]
fn the_preset_counts_for_what_is_told_too() {
    let registration = ClientRegistration {
        access_token_profile: keycloak(),
        ..registration()
    };
    let with = |change: fn(&mut Value)| {
        let mut told = keycloak_told();
        change(&mut told);
        process_under(&registration, &ok_json(&told)).map(Option::unwrap)
    };
    assert!(!with(|_| {}).unwrap().is_service());
    assert!(with(|it| remove(it, "sid")).unwrap().is_service());
    assert!(
        with(|it| it["clientAddress"] = json!("192.0.2.1"))
            .unwrap()
            .is_service()
    );
    assert_eq!(with(|it| remove(it, "client_id")).unwrap().client_id(), APP);
    let body_type = InvalidAccessToken::BodyType {
        expected: clipped("Bearer"),
        got: clipped("ID"),
    };
    assert_eq!(with(|it| it["typ"] = json!("ID")), Err(body_type.into()));
    // The provider's own mark says as much as the type; a refresh token has neither.
    assert!(with(|it| remove(it, "token_type")).is_ok());
    let unsaid = with(|it| {
        remove(it, "token_type");
        remove(it, "typ");
    });
    let got = clipped("");
    assert_eq!(unsaid, Err(InvalidAccessToken::TokenType { got }.into()));
    let unmarked = AccessTokenProfile {
        body_type: None,
        service_accounts: ServiceAccountMarks::default(),
        ..forgiving(&Leniency::ALL)
    };
    let registration = ClientRegistration {
        access_token_profile: unmarked,
        ..self::registration()
    };
    // Keycloak tells of an ID token that it is active: under all leniencies it is none for an API.
    let mut id_token = keycloak_told();
    id_token["typ"] = json!("ID");
    id_token["token_type"] = json!("ID");
    remove(&mut id_token, "scope");
    let got = process_under(&registration, &ok_json(&id_token));
    let got_type = clipped("ID");
    assert_eq!(
        got,
        Err(InvalidAccessToken::TokenType { got: got_type }.into())
    );
}

// RFC 7662 §2.3
#[test]
fn errors_are_sorted_by_who_must_act() {
    let error = |status: u16, name: &str| {
        let body = json!({"error": name, "error_description": "because"});
        process(&answer(status, "application/json", &body.to_string())).unwrap_err()
    };
    let description = clipped("because");
    let invalid_client = Configuration::InvalidClient { description };
    assert_eq!(error(401, "invalid_client"), invalid_client.into());
    for (status, name) in [
        (400, "invalid_request"),
        (403, "invalid_request"),
        (401, "invalid_token"),
    ] {
        let expected = Refused::IntrospectionError {
            error: clipped(name),
            description: clipped("because"),
        };
        assert_eq!(error(status, name), expected.into());
    }
    let endpoint = Endpoint::Introspection;
    for status in [400, 401, 403, 201, 204, 404] {
        let expected = Misbehaved::Status {
            endpoint,
            got: status,
        };
        assert_eq!(
            process(&answer(status, "text/html", "")),
            Err(expected.into())
        );
    }
    let content_type = Misbehaved::ContentType {
        endpoint,
        got: clipped("text/html"),
    };
    let body = told().to_string();
    assert_eq!(
        process(&answer(200, "text/html", &body)),
        Err(content_type.into())
    );
    for body in ["", "[]", "null", "true", "{\"active\":true"] {
        let error = process(&answer(200, "application/json", body)).unwrap_err();
        assert_eq!(error.code(), "misbehaved.json", "{body}");
    }
    let accepted = answer(202, SIGNED, &sign(&envelope()));
    let status = Misbehaved::Status { endpoint, got: 202 };
    assert_eq!(process(&accepted), Err(status.into()));
}

// OP-01
#[test]
fn an_error_that_repeats_the_token_shows_none() {
    let body = json!({"error": "odd", "error_description": format!("what is {OPAQUE}?")});
    let error = process(&answer(400, "application/json", &body.to_string())).unwrap_err();
    assert!(error.to_string().contains("what is ***?"), "{error}");
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
        require_signed_introspection: true,
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_body_is_answered_and_none_is_active(body in "[^{]?.{0,200}") {
        for media_type in ["application/json", SIGNED] {
            let told = process(&answer(200, media_type, &body));
            prop_assert!(!matches!(told, Ok(Some(_))));
        }
    }

    #[test]
    fn only_true_is_active(value in any_json()) {
        let is_true = value == json!(true);
        let mut told = told();
        told["active"] = value;
        let got = process(&ok_json(&told));
        prop_assert_eq!(matches!(got, Ok(Some(_))), is_true);
    }

    #[test]
    fn any_value_of_any_member_is_answered(member in 0_usize..12, value in any_json()) {
        let mut told = told();
        let name = told.as_object().unwrap().keys().nth(member).unwrap().clone();
        told[&name] = value;
        let _ = process(&ok_json(&told));
    }
}
