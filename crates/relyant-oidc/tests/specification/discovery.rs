//! OpenID Connect Discovery 1.0 §3, §4: one mutation of a valid document, and the exact error.

use proptest::prelude::*;
use relyant_oidc::Error;
use relyant_oidc::discovery::{discovery_request, process_discovery_response};
use relyant_oidc::error::{Configuration, Incompatible, Misbehaved};
use relyant_oidc::http::{Endpoint, HttpResponse, Method};
use relyant_oidc::issuer::Issuer;
use relyant_oidc::transport::TransportRules;
use serde_json::{Value, json};

use crate::brewery::{
    ISSUER, answer, clipped, issuer, metadata, metadata_document, metadata_with, ok_json, remove,
};

type Mutation = fn(&mut Value);

fn process(response: &HttpResponse) -> Result<(), Error> {
    process_discovery_response(&issuer(), &TransportRules::default(), response).map(|_| ())
}

fn assert_refused(table: Vec<(&str, Mutation, Error)>) {
    for (what, mutate, expected) in table {
        assert_eq!(metadata_with(mutate).unwrap_err(), expected, "{what}");
    }
}

#[test]
fn the_request_reads_the_well_known_address() {
    let request = discovery_request(&issuer());
    assert_eq!(request.method, Method::Get);
    assert_eq!(
        request.url.as_str(),
        format!("{ISSUER}/.well-known/openid-configuration")
    );
    assert_eq!(request.headers, [("accept", "application/json".to_owned())]);
    assert_eq!(request.body, None);
}

// RFC 8414 §2
#[test]
fn a_valid_document_gives_its_endpoints() {
    let metadata = metadata();
    assert_eq!(metadata.issuer(), &issuer());
    assert_eq!(
        metadata.token_endpoint().as_str(),
        "https://sso.example.com/realms/brewery/token"
    );
    assert_eq!(
        metadata.jwks_uri().as_str(),
        "https://sso.example.com/realms/brewery/certs"
    );
    assert_eq!(
        metadata.userinfo_endpoint().unwrap().path(),
        "/realms/brewery/userinfo"
    );
    assert_eq!(
        metadata.end_session_endpoint().unwrap().path(),
        "/realms/brewery/logout"
    );
    assert_eq!(
        metadata.revocation_endpoint().unwrap().path(),
        "/realms/brewery/revoke"
    );
    assert!(metadata.authorization_response_iss_parameter_supported());
}

#[test]
fn what_the_document_may_leave_out_it_may_leave_out() {
    let metadata = metadata_with(|it| {
        for optional in [
            "userinfo_endpoint",
            "end_session_endpoint",
            "revocation_endpoint",
            "grant_types_supported",
            "code_challenge_methods_supported",
            "token_endpoint_auth_methods_supported",
            "authorization_response_iss_parameter_supported",
            "id_token_signing_alg_values_supported",
        ] {
            remove(it, optional);
        }
    })
    .unwrap();
    assert_eq!(metadata.userinfo_endpoint(), None);
    assert_eq!(metadata.end_session_endpoint(), None);
    assert_eq!(metadata.revocation_endpoint(), None);
    assert_eq!(metadata.token_endpoint_auth_methods(), None);
    assert!(!metadata.authorization_response_iss_parameter_supported());
    // Silence means RS256. Core §3.1.3.7 (7).
    let names: Vec<_> = metadata
        .signature_algorithms()
        .into_iter()
        .map(relyant_jose::algorithm::SignatureAlgorithm::name)
        .collect();
    assert_eq!(names, ["RS256"]);
}

// ID-07
#[test]
fn none_and_macs_are_not_among_the_algorithms() {
    let names: Vec<_> = metadata()
        .signature_algorithms()
        .into_iter()
        .map(relyant_jose::algorithm::SignatureAlgorithm::name)
        .collect();
    assert_eq!(names, ["RS256", "ES256", "PS256"]);
}

// DK-01
#[test]
fn the_issuer_must_be_identical() {
    for got in [
        "https://sso.example.com/realms/brewery/",
        "https://sso.example.com/realms/Brewery",
        "https://sso.example.com/realms",
        "https://sso.example.com:443/realms/brewery",
        "https://SSO.example.com/realms/brewery",
        "http://sso.example.com/realms/brewery",
        "https://evil.example/realms/brewery",
        "",
    ] {
        let error = metadata_with(|it| it["issuer"] = json!(got)).unwrap_err();
        let expected = Configuration::IssuerMismatch {
            expected: clipped(ISSUER),
            got: clipped(got),
        };
        assert_eq!(error, expected.into());
    }
    let listed = Misbehaved::MetadataType {
        name: "issuer",
        expected: "a string",
        got: "a list",
    };
    assert_refused(vec![
        (
            "issuer missing",
            |it| remove(it, "issuer"),
            Misbehaved::MetadataMissing { name: "issuer" }.into(),
        ),
        (
            "issuer a list",
            |it| it["issuer"] = json!([ISSUER]),
            listed.into(),
        ),
    ]);
}

const ENDPOINTS: [&str; 6] = [
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "userinfo_endpoint",
    "end_session_endpoint",
    "revocation_endpoint",
];

// DK-02
// RFC 6749 §3.2
#[test]
fn endpoints_are_absolute_without_credentials_and_as_they_are_written() {
    let (host, credentials) = (
        "it is not an absolute URL with a host",
        "it must have no user name and no password",
    );
    let characters = "it has blanks, control characters, backslashes or characters outside ASCII";
    for name in ENDPOINTS {
        for (got, reason) in [
            ("/token", host),
            ("token", host),
            ("", host),
            ("https://", host),
            ("https:evil.example", host),
            ("https:///sso.example.com/x", host),
            ("javascript:alert(1)", host),
            ("data:text/html,x", host),
            ("file:///etc/passwd", host),
            ("https://a:b@sso.example.com/x", credentials),
            ("https://a@sso.example.com/x", credentials),
            ("https://:b@sso.example.com/x", credentials),
            ("https://@sso.example.com/x", credentials),
            ("https://sso.example.com@evil.example/x", credentials),
            ("https://sso.example.com/x#y", "it must have no fragment"),
            (" https://sso.example.com/x", characters),
            ("https://sso.example.com/x ", characters),
            ("https://sso.exa\tmple.com/x", characters),
            ("https://sso.example.com/\rx", characters),
            ("https://sso.example.com/x\n", characters),
            ("https://sso.example.com\\x", characters),
            ("https:\\\\sso.example.com/x", characters),
            (
                "https://sso.example.com/a/%2e%2e/x",
                "it would be read as https://sso.example.com/x",
            ),
            (
                "https://sso.example.com/a/../x",
                "it would be read as https://sso.example.com/x",
            ),
            (
                "https://2130706433/x",
                "it would be read as https://127.0.0.1/x",
            ),
        ] {
            let error = metadata_with(|it| it[name] = json!(got)).unwrap_err();
            let expected = Misbehaved::MetadataEndpointInvalid {
                name,
                got: clipped(got),
                reason: clipped(reason),
            };
            assert_eq!(error, expected.into());
        }
    }
}

// DK-02
#[test]
fn endpoints_are_https() {
    for name in ENDPOINTS {
        for got in [
            "http://sso.example.com/x",
            "ftp://sso.example.com/x",
            "http://10.0.0.1/x",
            "http://localhost:8080/x",
            "http://127.0.0.1:8080/x",
            "http://[::1]/x",
        ] {
            let error = metadata_with(|it| it[name] = json!(got)).unwrap_err();
            assert_eq!(
                error,
                Misbehaved::MetadataEndpointNotHttps {
                    name,
                    got: clipped(got)
                }
                .into()
            );
        }
        let error =
            metadata_with(|it| it[name] = json!(["https://sso.example.com/x"])).unwrap_err();
        assert_eq!(
            error,
            Misbehaved::MetadataType {
                name,
                expected: "a string",
                got: "a list",
            }
            .into()
        );
    }
}

// DK-02
#[test]
fn plain_http_only_where_the_operator_lists_the_host() {
    let mut document = metadata_document();
    document["token_endpoint"] = json!("http://keycloak:8080/token");
    let rules = TransportRules {
        allow_insecure_http_hosts: vec!["keycloak".to_owned()],
    };
    let metadata = process_discovery_response(&issuer(), &rules, &ok_json(&document)).unwrap();
    assert_eq!(
        metadata.token_endpoint().as_str(),
        "http://keycloak:8080/token"
    );
}

// DK-02
#[test]
fn loopback_without_tls_is_for_an_issuer_without_tls_or_listed() {
    for (issuer, listed, permitted) in [
        ("https://sso.example.com/realms/brewery", None, false),
        (
            "https://sso.example.com/realms/brewery",
            Some("localhost"),
            true,
        ),
        ("http://localhost:8180/realms/brewery", None, true),
    ] {
        let rules = TransportRules {
            allow_insecure_http_hosts: listed.map(str::to_owned).into_iter().collect(),
        };
        let mut document = metadata_document();
        document["issuer"] = json!(issuer);
        document["token_endpoint"] = json!("http://localhost:8180/token");
        let issuer = Issuer::parse(issuer, &rules).unwrap();
        let metadata = process_discovery_response(&issuer, &rules, &ok_json(&document));
        let code = metadata.map_or_else(|error| error.code(), |_| "none");
        let expected = if permitted {
            "none"
        } else {
            "misbehaved.metadata_endpoint_not_https"
        };
        assert_eq!(code, expected, "{issuer}, {listed:?} listed");
    }
}

#[test]
fn endpoints_that_the_code_flow_needs_must_be_there() {
    for name in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
        let error = metadata_with(|it| remove(it, name)).unwrap_err();
        assert_eq!(error, Misbehaved::MetadataMissing { name }.into());
    }
}

// AR-04
// RFC 9700 §4.8
#[test]
fn pkce_is_never_downgraded() {
    let refused = |got: &str| Error::from(Incompatible::NoPkceS256 { got: clipped(got) });
    let typed = |got| Misbehaved::MetadataType {
        name: "code_challenge_methods_supported",
        expected: "a list of strings",
        got,
    };
    assert_refused(vec![
        (
            "plain only",
            |it| it["code_challenge_methods_supported"] = json!(["plain"]),
            refused("plain"),
        ),
        (
            "none at all",
            |it| it["code_challenge_methods_supported"] = json!([]),
            refused(""),
        ),
        (
            "lower case",
            |it| it["code_challenge_methods_supported"] = json!(["s256"]),
            refused("s256"),
        ),
        (
            "a string",
            |it| it["code_challenge_methods_supported"] = json!("S256"),
            typed("a string").into(),
        ),
        (
            "null",
            |it| it["code_challenge_methods_supported"] = json!(null),
            typed("null").into(),
        ),
    ]);
}

// RFC 9101 §10.5, RFC 9126 §5
#[test]
fn a_provider_that_lists_what_it_can_must_list_what_we_need() {
    let required = |name| Error::from(Incompatible::RequestFormRequired { name });
    assert_refused(vec![
        (
            "no code flow",
            |it| it["response_types_supported"] = json!(["id_token"]),
            Incompatible::NoCodeFlow {
                got: clipped("id_token"),
            }
            .into(),
        ),
        (
            "no code grant",
            |it| it["grant_types_supported"] = json!(["implicit"]),
            Incompatible::NoCodeGrant {
                got: clipped("implicit"),
            }
            .into(),
        ),
        (
            "pushed requests only, and no endpoint for them",
            |it| it["require_pushed_authorization_requests"] = json!(true),
            Misbehaved::MetadataMissing {
                name: "pushed_authorization_request_endpoint",
            }
            .into(),
        ),
        (
            "signed requests only",
            |it| it["require_signed_request_object"] = json!(true),
            required("require_signed_request_object"),
        ),
        (
            "iss support a string",
            |it| it["authorization_response_iss_parameter_supported"] = json!("true"),
            Misbehaved::MetadataType {
                name: "authorization_response_iss_parameter_supported",
                expected: "a boolean",
                got: "a string",
            }
            .into(),
        ),
        (
            "algorithms with a number",
            |it| it["id_token_signing_alg_values_supported"] = json!(["RS256", 1]),
            Misbehaved::MetadataType {
                name: "id_token_signing_alg_values_supported",
                expected: "a list of strings",
                got: "a list with other members",
            }
            .into(),
        ),
    ]);
}

#[test]
fn only_a_json_object_with_status_200_is_a_document() {
    let endpoint = Endpoint::Metadata;
    let url = clipped(&format!("{ISSUER}/.well-known/openid-configuration"));
    let document = metadata_document().to_string();
    let html = Misbehaved::ContentType {
        endpoint,
        got: clipped("text/html"),
    };
    for (response, expected) in [
        (
            answer(404, "application/json", &document),
            Configuration::NoMetadataAtIssuer { url }.into(),
        ),
        (
            answer(201, "application/json", &document),
            Misbehaved::Status { endpoint, got: 201 }.into(),
        ),
        (
            answer(302, "application/json", &document),
            Misbehaved::Status { endpoint, got: 302 }.into(),
        ),
        (answer(200, "text/html", &document), Error::from(html)),
    ] {
        assert_eq!(process(&response), Err(expected));
    }
    for body in ["", "[]", "\"x\"", "{", "{\"a\":1,\"a\":1}", "\u{feff}{}"] {
        let error = process(&answer(200, "application/json", body)).unwrap_err();
        assert_eq!(error.code(), "misbehaved.json", "{body}");
    }
}

// ID-19
#[test]
fn a_member_that_is_there_twice_is_refused() {
    let document = metadata_document().to_string();
    let twice = format!("{{\"issuer\":\"https://evil.example\",{}", &document[1..]);
    let error = process(&answer(200, "application/json", &twice)).unwrap_err();
    assert_eq!(error.code(), "misbehaved.json");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_body_is_answered(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let response = HttpResponse { body, ..answer(200, "application/json", "") };
        prop_assert!(process(&response).is_err());
    }

    #[test]
    fn any_value_of_any_member_is_answered(member in 0_usize..13, value in any_json()) {
        let mut document = metadata_document();
        let name = document.as_object().unwrap().keys().nth(member).unwrap().clone();
        document[name] = value;
        let _ = process(&ok_json(&document));
    }
}

/// Any JSON value, up to lists and objects of scalars.
pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    scalar.prop_recursive(2, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(".{0,6}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}
