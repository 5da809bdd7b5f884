//! Core §5.6.2: the reference to claims that others keep; one valid reference, one change, and the exact error.

use relyant_oidc::Error;
use relyant_oidc::claim_sources::{
    ClaimSource, LeftOut, NeededSources, claims_provider_jwks_request, claims_provider_request,
    needed_sources, process_claim_source_response, process_claims_provider_response,
};
use relyant_oidc::error::{InvalidClaimSource, Misbehaved};
use relyant_oidc::http::{Endpoint, Method};
use relyant_oidc::id_token::ValidIdToken;
use relyant_oidc::identity::Claims;
use relyant_oidc::issuer::Issuer;
use relyant_oidc::limits::{MAX_BEARER_TOKEN_BYTES, MAX_CLAIM_SOURCE_NAME_CHARS};
use relyant_oidc::transport::TransportRules;
use serde_json::{Value, json};

use crate::brewery::validate as validate_id_token;
use crate::brewery::{
    ISSUER, SUBJECT, answer, authorization, clipped, id_token_claims, ok_json, process_userinfo,
    remove, sign, valid_id_token,
};

pub(crate) const OTHER: &str = "https://hr.example.com";
const ENDPOINT: &str = "https://hr.example.com/claims";

pub(crate) fn other() -> Issuer {
    Issuer::parse(OTHER, &TransportRules::default()).unwrap()
}

pub(crate) fn believed() -> Vec<Issuer> {
    let own = Issuer::parse(ISSUER, &TransportRules::default()).unwrap();
    vec![own, other()]
}

pub(crate) fn aggregated(jwt: &str) -> Value {
    json!({"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"JWT": jwt}}})
}

fn distributed() -> Value {
    json!({
        "_claim_names": {"groups": "src1"},
        "_claim_sources": {"src1": {"endpoint": ENDPOINT, "access_token": "for-hr"}},
    })
}

/// An ID token with these claims too.
pub(crate) fn id_token_with(more: &Value) -> ValidIdToken {
    let mut claims = id_token_claims();
    let members = claims.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    validate_id_token(&sign(&claims)).unwrap()
}

fn found(more: &Value, needed: &[&str]) -> NeededSources {
    let needed: Vec<String> = needed.iter().copied().map(str::to_owned).collect();
    needed_sources(&id_token_with(more), &[], &needed)
}

pub(crate) fn source(more: &Value) -> ClaimSource {
    let mut found = found(more, &["groups"]);
    assert_eq!((found.sources.len(), found.left_out), (1, vec![]), "{more}");
    found.sources.remove(0)
}

fn unreadable(reason: &'static str) -> Error {
    InvalidClaimSource::Unreadable { reason }.into()
}

// UI-06
#[test]
fn claims_of_the_protocol_are_never_looked_for_elsewhere() {
    for name in ["sub", "iss", "acr", "sid", "_claim_names", "_claim_sources"] {
        let mut more = aggregated("a.b.c");
        more["_claim_names"] = json!({ name: "src1" });
        let found = found(&more, &[name]);
        assert!(
            found.sources.is_empty() && found.left_out.is_empty(),
            "{name}"
        );
    }
}

// UI-04
#[test]
fn what_nobody_needs_is_not_looked_at() {
    for needed in [&[][..], &["email"], &["Groups"], &["src1"]] {
        let found = found(&distributed(), needed);
        assert!(found.sources.is_empty() && found.left_out.is_empty());
    }
}

// UI-04
#[test]
fn the_first_that_has_a_claim_or_refers_to_it_counts() {
    let body = json!({"sub": SUBJECT, "groups": ["staff"]});
    let plain = process_userinfo(&valid_id_token(), &ok_json(&body)).unwrap();
    let mut body = distributed();
    body["sub"] = json!(SUBJECT);
    let referring = process_userinfo(&valid_id_token(), &ok_json(&body)).unwrap();
    let needed = ["groups".to_owned()];
    let names = |id_token: &Value, userinfo: &Claims| {
        let found = needed_sources(
            &id_token_with(id_token),
            std::slice::from_ref(userinfo),
            &needed,
        );
        let names = found.sources.iter().map(ClaimSource::name);
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(names(&json!({}), &referring), ["userinfo/src1"]);
    assert_eq!(names(&distributed(), &referring), ["id_token/src1"]);
    assert_eq!(names(&distributed(), &plain), ["id_token/src1"]);
    assert!(names(&json!({"groups": []}), &referring).is_empty());
}

// UI-04, AZ-04
#[test]
fn a_reference_that_cannot_be_read_leaves_the_claim_out() {
    let long = "s".repeat(MAX_CLAIM_SOURCE_NAME_CHARS + 1);
    let names =
        |names: Value| json!({"_claim_names": names, "_claim_sources": {"src1": {"JWT": "a.b.c"}}});
    let sources =
        |sources: Value| json!({"_claim_names": {"groups": "src1"}, "_claim_sources": sources});
    let entry = |entry: Value| sources(json!({ "src1": entry }));
    let no_object = "`_claim_sources` has no object of that name";
    let no_name = "the source's name is not a short printable text";
    let no_header = "its `access_token` is none that a header holds";
    let no_text = "its `JWT` or `endpoint` is not a string";
    for (more, reason) in [
        (names(json!("groups")), "`_claim_names` is not an object"),
        (names(json!(["groups"])), "`_claim_names` is not an object"),
        (names(json!(null)), "`_claim_names` is not an object"),
        (
            names(json!({"groups": ["src1"]})),
            "a member of `_claim_names` is not a string",
        ),
        (names(json!({"groups": ""})), no_name),
        (names(json!({"groups": "src 1"})), no_name),
        (names(json!({"groups": "src\u{202e}"})), no_name),
        (names(json!({ "groups": long })), no_name),
        (names(json!({"groups": "src2"})), no_object),
        (sources(json!(null)), no_object),
        (sources(json!(["src1"])), no_object),
        (entry(json!("a.b.c")), no_object),
        (entry(json!({})), "it has neither `JWT` nor `endpoint`"),
        (
            entry(json!({"JWT": "a.b.c", "endpoint": ENDPOINT})),
            "it has `JWT` and `endpoint`",
        ),
        (entry(json!({"JWT": ["a.b.c"]})), no_text),
        (entry(json!({"endpoint": 7})), no_text),
        (
            entry(json!({"endpoint": ENDPOINT, "access_token": ""})),
            no_header,
        ),
        (
            entry(json!({"endpoint": ENDPOINT, "access_token": "a\r\nhost: x"})),
            no_header,
        ),
        (
            entry(json!({"endpoint": ENDPOINT, "access_token": null})),
            no_header,
        ),
    ] {
        let found = found(&more, &["groups"]);
        assert!(found.sources.is_empty(), "{more}");
        let errors: Vec<_> = found.left_out.into_iter().map(|it| it.error).collect();
        assert_eq!(errors, [unreadable(reason)], "{more}");
    }
    let mut twice = aggregated("a.b.c");
    twice["groups"] = json!(["admins"]);
    let found = found(&twice, &["groups"]);
    assert!(found.sources.is_empty());
    assert_eq!(
        found.left_out[0].error,
        unreadable("the claim is there too")
    );
}

// RFC 6750 §2.1
#[test]
fn a_token_that_no_header_holds_is_not_sent() {
    for (length, sources) in [(MAX_BEARER_TOKEN_BYTES, 1), (MAX_BEARER_TOKEN_BYTES + 1, 0)] {
        let mut body = distributed();
        body["sub"] = json!(SUBJECT);
        body["_claim_sources"]["src1"]["access_token"] = json!("a".repeat(length));
        let userinfo = process_userinfo(&valid_id_token(), &ok_json(&body)).unwrap();
        let found = needed_sources(&valid_id_token(), &[userinfo], &["groups".to_owned()]);
        assert_eq!(found.sources.len(), sources);
    }
}

// UI-04
#[test]
fn of_many_sources_a_few_are_read_and_the_others_are_left_out() {
    let names: Vec<String> = (0..9).map(|index| format!("claim{index}")).collect();
    let mut more = json!({"_claim_names": {}, "_claim_sources": {}});
    for name in &names {
        more["_claim_names"][name] = json!(format!("of-{name}"));
        more["_claim_sources"][format!("of-{name}")] = json!({"JWT": "a.b.c"});
    }
    let found = needed_sources(&id_token_with(&more), &[], &names);
    assert_eq!((found.sources.len(), found.left_out.len()), (4, 5));
    for LeftOut { error, .. } in &found.left_out {
        assert_eq!(*error, InvalidClaimSource::TooMany { limit: 4 }.into());
    }
    // However many claims one source has, it is one.
    for name in &names {
        more["_claim_names"][name] = json!("of-claim0");
    }
    let one = needed_sources(&id_token_with(&more), &[], &names);
    assert_eq!((one.sources.len(), one.left_out.len()), (1, 0));
}

// UI-04, TK-03
// RFC 6750 §2.1
#[test]
fn distributed_claims_are_asked_for_with_the_token_that_came_with_their_address() {
    let source = source(&distributed());
    assert_eq!(source.jwt(), None);
    let believed = believed();
    let (issuer, request) = source.request(&believed).unwrap().unwrap();
    assert_eq!(*issuer, other());
    assert_eq!(
        (request.method, request.url.as_str()),
        (Method::Get, ENDPOINT)
    );
    assert_eq!(authorization(&request), Some("Bearer for-hr"));
    assert_eq!(request.body, None);
    assert!(!format!("{request:?}").contains("for-hr"));
    let mut without = distributed();
    remove(&mut without["_claim_sources"]["src1"], "access_token");
    let source = self::source(&without);
    let (_, request) = source.request(&believed).unwrap().unwrap();
    assert_eq!(authorization(&request), None);
    assert_eq!(
        self::source(&aggregated("a.b.c")).request(&believed),
        Ok(None)
    );
}

// UI-04, DK-05
#[test]
fn no_address_is_called_but_on_the_host_of_an_issuer_that_is_believed() {
    for endpoint in [
        "http://hr.example.com/claims",
        "https://hr.example.com:8443/claims",
        "https://hr.example.com.evil.example/claims",
        "https://evil.example/hr.example.com",
        "https://127.0.0.1/claims",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:127.0.0.1]/",
        "https://keys.example.com/claims",
        "https://hr.example.com@evil.example/claims",
        "https://user@hr.example.com/claims",
        "https:/hr.example.com/claims",
        "//hr.example.com/claims",
        "/claims",
        "file:///etc/passwd",
        "",
    ] {
        let mut more = distributed();
        more["_claim_sources"]["src1"]["endpoint"] = json!(endpoint);
        let found = found(&more, &["groups"]);
        let refused = match found.sources.first() {
            None => found.left_out[0].error.clone(),
            Some(source) => source.request(&believed()).unwrap_err(),
        };
        assert_eq!(
            refused.code(),
            "invalid_token.claim_source_endpoint_forbidden",
            "{endpoint}"
        );
    }
    let source = source(&distributed());
    assert!(source.request(&[]).is_err());
    assert!(source.request(&believed()[..1]).is_err());
}

#[test]
fn only_a_jwt_with_status_200_is_read() {
    let endpoint = Endpoint::ClaimSource;
    let read = |status, content_type, body: &str| {
        process_claim_source_response(&answer(status, content_type, body))
    };
    assert_eq!(read(200, "application/jwt", "a.b.c\n").unwrap(), "a.b.c");
    assert_eq!(
        read(401, "application/jwt", "a.b.c"),
        Err(Misbehaved::Status { endpoint, got: 401 }.into())
    );
    for other in ["application/json", "text/html", ""] {
        let got = clipped(other);
        assert_eq!(
            read(200, other, "a.b.c"),
            Err(Misbehaved::ContentType { endpoint, got }.into())
        );
    }
    let mut binary = answer(200, "application/jwt", "");
    binary.body = vec![0xff];
    let reason = clipped("it is not text");
    assert_eq!(
        process_claim_source_response(&binary),
        Err(InvalidClaimSource::Malformed { reason }.into())
    );
}

// Discovery §4.3
#[test]
fn an_issuer_that_nobody_logs_in_at_needs_no_more_than_keys() {
    let rules = TransportRules::default();
    let read = |document: Value| {
        process_claims_provider_response(&other(), &rules, &ok_json(&document))
            .map_err(|error| error.code())
    };
    let document = json!({"issuer": OTHER, "jwks_uri": "https://hr.example.com/keys"});
    let metadata = read(document.clone()).unwrap();
    assert_eq!(
        claims_provider_jwks_request(&metadata).url.as_str(),
        "https://hr.example.com/keys"
    );
    assert_eq!(
        claims_provider_request(&other()).url.as_str(),
        "https://hr.example.com/.well-known/openid-configuration"
    );
    for (member, value, code) in [
        ("issuer", json!(ISSUER), "configuration.issuer_mismatch"),
        (
            "jwks_uri",
            json!("http://hr.example.com/keys"),
            "misbehaved.metadata_endpoint_not_https",
        ),
        (
            "jwks_uri",
            json!("http://127.0.0.1/keys"),
            "misbehaved.metadata_endpoint_not_https",
        ),
        ("jwks_uri", json!(7), "misbehaved.metadata_type"),
    ] {
        let mut document = document.clone();
        document[member] = value;
        assert_eq!(read(document), Err(code));
    }
    assert_eq!(
        read(json!({"issuer": OTHER})),
        Err("misbehaved.metadata_missing")
    );
    let absent = answer(404, "text/html", "");
    let error = process_claims_provider_response(&other(), &rules, &absent).unwrap_err();
    assert_eq!(error.code(), "configuration.no_metadata_at_issuer");
}

// OP-01
#[test]
fn no_token_is_in_a_message_of_a_source() {
    let found = found(&distributed(), &["groups"]);
    let left_out = found.sources[0].left_out(InvalidClaimSource::BadSignature.into());
    let shown = format!("{left_out} {left_out:?}");
    assert!(
        shown.starts_with("the claims of `id_token/src1` are left out: its JWT's"),
        "{shown}"
    );
    assert!(!shown.contains("for-hr"));
}
