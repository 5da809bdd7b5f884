//! RFC 7662: what the issuer says of a token; one valid answer, one change, and the exact error.

use proptest::prelude::*;
use relyant_oidc::Error;
use relyant_oidc::access_token::{
    AccessTokenProfile, Leniency, ServiceAccountMarks, ValidAccessToken,
};
use relyant_oidc::clock::UnixTime;
use relyant_oidc::error::{Configuration, Incompatible, InvalidAccessToken, Misbehaved, Refused};
use relyant_oidc::http::{Endpoint, HttpRequest, HttpResponse, Method};
use relyant_oidc::introspection::{
    check_form, introspection_request, process_introspection_response,
};
use relyant_oidc::provider_metadata::ProviderMetadata;
use relyant_oidc::registration::ClientRegistration;
use relyant_oidc::token::client_authentication::ClientAuthentication;
use serde_json::{Value, json};

use crate::brewery::{
    CLIENT_ID, ISSUER, NOW, OPAQUE, SUBJECT, answer, authorization, clipped, form, freshness, keys,
    metadata_with, ok_json, registration, remove, type_of,
};
use crate::discovery::any_json;
use crate::rfc9068::{API, audience, forgiving, keycloak};
use crate::rfc9701::{envelope, process_signed, sign, signed_with};

type Row = (&'static str, fn(&mut Value), InvalidAccessToken);

const ENDPOINT: &str = "https://sso.example.com/realms/brewery/introspect";
pub(crate) const SIGNED: &str = "application/token-introspection+jwt";
const APP: &str = "stock-app";

pub(crate) fn document(mutate: impl FnOnce(&mut Value)) -> ProviderMetadata {
    metadata_with(|it| {
        it["introspection_endpoint"] = json!(ENDPOINT);
        mutate(it);
    })
    .unwrap()
}

pub(crate) fn metadata() -> ProviderMetadata {
    document(|_| {})
}

/// The metadata of a provider that signs its answers.
pub(crate) fn signing() -> ProviderMetadata {
    document(|it| {
        it["introspection_signing_alg_values_supported"] = json!(["ES256", "HS256", "none"]);
    })
}

pub(crate) fn request_as(
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
) -> Result<HttpRequest, Error> {
    introspection_request(metadata, registration, OPAQUE, freshness())
}

pub(crate) fn request() -> HttpRequest {
    request_as(&metadata(), &registration()).unwrap()
}

/// What an active token is, with all members that RFC 7662 §2.2 has.
pub(crate) fn told() -> Value {
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

pub(crate) fn process_under(
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

pub(crate) fn process(response: &HttpResponse) -> Result<Option<ValidAccessToken>, Error> {
    process_under(&registration(), response)
}

pub(crate) fn with(mutate: impl FnOnce(&mut Value)) -> Result<ValidAccessToken, Error> {
    let mut told = told();
    mutate(&mut told);
    process(&ok_json(&told)).map(Option::unwrap)
}

fn assert_refused(table: Vec<Row>) {
    for (what, mutate, expected) in table {
        assert_eq!(with(mutate), Err(expected.into()), "{what}");
    }
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
