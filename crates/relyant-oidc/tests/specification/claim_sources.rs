//! Core §5.6.2: claims that others keep: one valid reference and one valid JWT, one change of either, and the exact error.

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::sign::SigningKey;
use relyant_oidc::Error;
use relyant_oidc::claim_sources::{
    ClaimSource, LeftOut, NeededSources, claims_provider_jwks_request, claims_provider_request,
    issuer_of, needed_sources, process_claim_source_response,
    process_claims_provider_jwks_response, process_claims_provider_response, validate,
};
use relyant_oidc::error::{InvalidClaimSource, Misbehaved};
use relyant_oidc::http::{Endpoint, Method};
use relyant_oidc::id_token::ValidIdToken;
use relyant_oidc::identity::{Claims, ClaimsSource, VerifiedIdentity};
use relyant_oidc::issuer::Issuer;
use relyant_oidc::jwks::IssuerKeys;
use relyant_oidc::limits::{MAX_BEARER_TOKEN_BYTES, MAX_CLAIM_SOURCE_NAME_CHARS};
use relyant_oidc::transport::TransportRules;
use serde_json::{Value, json};
use std::sync::LazyLock;

use crate::brewery::validate as validate_id_token;
use crate::brewery::{
    CLIENT_ID, ISSUER, KEY, NOW, RSA_KEY, SUBJECT, access_token_claims, answer, authorization,
    clipped, id_token_claims, keys, logout_token_claims, ok_json, process_userinfo, registration,
    remove, session_tokens, sign, sign_as, sign_text, unsigned, valid_id_token,
};

const OTHER: &str = "https://hr.example.com";
const ENDPOINT: &str = "https://hr.example.com/claims";

/// The key of the other issuer.
static HR_KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate(SignatureAlgorithm::EdDsa, "hr").unwrap());

fn other() -> Issuer {
    Issuer::parse(OTHER, &TransportRules::default()).unwrap()
}

fn believed() -> Vec<Issuer> {
    let own = Issuer::parse(ISSUER, &TransportRules::default()).unwrap();
    vec![own, other()]
}

fn hr_keys() -> IssuerKeys {
    let rules = TransportRules::default();
    let document = json!({"issuer": OTHER, "jwks_uri": "https://hr.example.com/keys"});
    let metadata = process_claims_provider_response(&other(), &rules, &ok_json(&document)).unwrap();
    let set = ok_json(&json!({"keys": [HR_KEY.public_jwk()]}));
    process_claims_provider_jwks_response(&metadata, &set).unwrap()
}

fn aggregated(jwt: &str) -> Value {
    json!({"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"JWT": jwt}}})
}

fn distributed() -> Value {
    json!({
        "_claim_names": {"groups": "src1"},
        "_claim_sources": {"src1": {"endpoint": ENDPOINT, "access_token": "for-hr"}},
    })
}

/// An ID token with these claims too.
fn id_token_with(more: &Value) -> ValidIdToken {
    let mut claims = id_token_claims();
    let members = claims.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    validate_id_token(&sign(&claims)).unwrap()
}

fn found(more: &Value, needed: &[&str]) -> NeededSources {
    let needed: Vec<String> = needed.iter().copied().map(str::to_owned).collect();
    needed_sources(&id_token_with(more), &[], &needed)
}

fn source(more: &Value) -> ClaimSource {
    let mut found = found(more, &["groups"]);
    assert_eq!((found.sources.len(), found.left_out), (1, vec![]), "{more}");
    found.sources.remove(0)
}

fn claims() -> Value {
    json!({"iss": OTHER, "aud": CLIENT_ID, "exp": NOW.0 + 300, "iat": NOW.0, "groups": ["admins"], "email": "x@y.example"})
}

fn signed(claims: &Value) -> String {
    sign_as(&HR_KEY, claims, &json!({}))
}

fn validated(jwt: &str) -> Result<Claims, Error> {
    let believed = believed();
    let issuer = issuer_of(jwt, &believed)?;
    let keys = if *issuer == other() {
        hr_keys()
    } else {
        keys()
    };
    let (source, id_token) = (source(&aggregated(jwt)), valid_id_token());
    validate(&source, jwt, issuer, &keys, &id_token, &registration(), NOW)
}

fn refused(error: InvalidClaimSource) -> Result<Claims, Error> {
    Err(error.into())
}

fn unreadable(reason: &'static str) -> Error {
    InvalidClaimSource::Unreadable { reason }.into()
}

// UI-04
#[test]
fn the_claims_that_are_named_are_taken_and_no_others() {
    let claims = validated(&signed(&claims())).unwrap();
    assert_eq!(
        Value::from(claims.members().clone()),
        json!({"groups": ["admins"]})
    );
    assert_eq!(claims.source().name(), "id_token/src1");
    assert!(!format!("{claims:?}").contains("admins"));
}

// UI-06
// RFC 7519 §4.1
#[test]
fn they_are_sources_of_their_own_behind_the_claims_that_refer_to_them() {
    let jwt = signed(&claims());
    let references = json!({
        "_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"JWT": jwt}}, "email": "carol@brewery.example",
    });
    let id_token = id_token_with(&references);
    let body = json!({
        "sub": SUBJECT, "_claim_names": {"email": "src1"}, "_claim_sources": {"src1": {"JWT": jwt}},
    });
    let userinfo = process_userinfo(&id_token, &ok_json(&body)).unwrap();
    let needed = ["groups".to_owned()];
    let of_id_token = needed_sources(&id_token, std::slice::from_ref(&userinfo), &needed);
    let id_token_alone = valid_id_token();
    let of_userinfo = needed_sources(
        &id_token_alone,
        std::slice::from_ref(&userinfo),
        &["email".to_owned()],
    );
    let mut all = vec![userinfo];
    for source in of_userinfo.sources.iter().chain(&of_id_token.sources) {
        let (issuer, keys) = (other(), hr_keys());
        all.push(
            validate(
                source,
                &jwt,
                &issuer,
                &keys,
                &id_token,
                &registration(),
                NOW,
            )
            .unwrap(),
        );
    }
    let identity = VerifiedIdentity::receipt(id_token, all, session_tokens()).unwrap();
    let names: Vec<_> = identity
        .sources()
        .iter()
        .map(|(source, _)| source.name())
        .collect();
    assert_eq!(
        names,
        ["id_token", "id_token/src1", "userinfo", "userinfo/src1"]
    );
    let of_the_token = identity.claims(&ClaimsSource::IdToken).unwrap();
    assert!(!of_the_token.contains_key("groups"));
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

// UI-04
// RFC 8725 §3.1, §3.8
#[test]
fn the_signature_is_that_of_the_issuer_that_is_named() {
    let text = claims().to_string();
    for alg in ["none", "HS256", "eddsa"] {
        let header = json!({"alg": alg}).to_string();
        let all: Vec<_> = SignatureAlgorithm::ALL.iter().map(|it| it.name()).collect();
        let (expected, got) = (clipped(&all.join(" ")), clipped(alg));
        assert_eq!(
            validated(&unsigned(&header, &text)),
            refused(InvalidClaimSource::AlgorithmNotAllowed { expected, got })
        );
    }
    // A key of the provider's says nothing in the name of another.
    let kid = clipped(KEY.kid());
    assert_eq!(
        validated(&sign(&claims())),
        refused(InvalidClaimSource::UnknownKey { kid })
    );
    let stranger = SigningKey::generate(SignatureAlgorithm::EdDsa, "hr").unwrap();
    let forged = validated(&sign_as(&stranger, &claims(), &json!({}))).unwrap_err();
    assert_eq!(forged, InvalidClaimSource::BadSignature.into());
    assert!(forged.may_need_newer_keys());
    let without_kid = sign_as(&HR_KEY, &claims(), &json!({"kid": null}));
    assert!(validated(&without_kid).is_ok());
    let other_algorithm = sign_as(&RSA_KEY, &claims(), &json!({"kid": null}));
    assert_eq!(
        validated(&other_algorithm),
        refused(InvalidClaimSource::NoFittingKey)
    );
}

// UI-04
#[test]
fn an_issuer_that_is_not_listed_is_not_believed() {
    for iss in [
        json!("https://hr.example.com/"),
        json!("https://HR.example.com"),
        json!("https://evil.example"),
        json!([OTHER]),
        json!(null),
    ] {
        let mut claims = claims();
        claims["iss"] = iss;
        let code = validated(&signed(&claims)).unwrap_err().code();
        assert_eq!(code, "invalid_token.claim_source_issuer_untrusted");
    }
    let mut claims = claims();
    remove(&mut claims, "iss");
    let got = clipped("");
    assert_eq!(
        validated(&signed(&claims)),
        refused(InvalidClaimSource::IssuerUntrusted { got })
    );
}

// UI-04
#[test]
fn what_is_no_strict_jwt_is_refused() {
    for (jwt, code) in [
        (String::new(), "invalid_token.claim_source_malformed"),
        ("a.b".to_owned(), "invalid_token.claim_source_malformed"),
        (
            "a.b.c.d.e".to_owned(),
            "invalid_token.claim_source_malformed",
        ),
        ("a".repeat(20_000), "invalid_token.claim_source_malformed"),
        (
            sign_text(&HR_KEY, "[]", &json!({})),
            "invalid_token.claim_source_claims_malformed",
        ),
        (
            sign_text(
                &HR_KEY,
                &format!("{{\"iss\":\"{OTHER}\",\"iss\":\"x\"}}"),
                &json!({}),
            ),
            "invalid_token.claim_source_claims_malformed",
        ),
    ] {
        assert_eq!(validated(&jwt).unwrap_err().code(), code);
    }
}

// UI-04
// RFC 7519 §4.1.1, §4.1.3, §4.1.4, §4.1.5, §4.1.6
#[test]
fn one_change_of_a_claim_and_it_is_refused() {
    type Row = (fn(&mut Value), InvalidClaimSource);
    let rows: [Row; 16] = [
        (
            |it| it["exp"] = json!(NOW.0 - 61),
            InvalidClaimSource::Expired { seconds: 61 },
        ),
        (
            |it| it["nbf"] = json!(NOW.0 + 61),
            InvalidClaimSource::NotYetValid { seconds: 61 },
        ),
        (
            |it| it["iat"] = json!(NOW.0 + 61),
            InvalidClaimSource::IssuedInFuture { seconds: 61 },
        ),
        (
            |it| it["exp"] = json!("soon"),
            InvalidClaimSource::TimeInvalid {
                claim: "exp",
                got: "a string",
            },
        ),
        (
            |it| it["nbf"] = json!(null),
            InvalidClaimSource::TimeInvalid {
                claim: "nbf",
                got: "null",
            },
        ),
        (
            |it| it["iat"] = json!(-1),
            InvalidClaimSource::TimeInvalid {
                claim: "iat",
                got: "another number",
            },
        ),
        (
            |it| it["aud"] = json!("another-client"),
            InvalidClaimSource::AudienceMismatch {
                expected: clipped(CLIENT_ID),
                got: clipped("another-client"),
            },
        ),
        (
            |it| it["aud"] = json!([]),
            InvalidClaimSource::AudienceMismatch {
                expected: clipped(CLIENT_ID),
                got: clipped("[]"),
            },
        ),
        (
            |it| it["aud"] = json!(null),
            InvalidClaimSource::AudienceMismatch {
                expected: clipped(CLIENT_ID),
                got: clipped("null"),
            },
        ),
        (
            |it| it["nonce"] = json!("n"),
            InvalidClaimSource::OtherKind { name: "nonce" },
        ),
        (
            |it| it["events"] = json!({}),
            InvalidClaimSource::OtherKind { name: "events" },
        ),
        (
            |it| it["at_hash"] = json!("h"),
            InvalidClaimSource::OtherKind { name: "at_hash" },
        ),
        (
            |it| it["token_introspection"] = json!({}),
            InvalidClaimSource::OtherKind {
                name: "token_introspection",
            },
        ),
        (
            |it| it["typ"] = json!("Bearer"),
            InvalidClaimSource::OtherKind { name: "typ" },
        ),
        (
            |it| it["sub"] = json!(["carol"]),
            InvalidClaimSource::SubjectInvalid,
        ),
        (
            |it| remove(it, "groups"),
            InvalidClaimSource::ClaimMissing {
                name: clipped("groups"),
            },
        ),
    ];
    for (change, error) in rows {
        let mut claims = claims();
        change(&mut claims);
        assert_eq!(validated(&signed(&claims)), refused(error), "{claims}");
    }
}

#[test]
fn what_need_not_be_there_need_not_be_there() {
    for name in ["aud", "exp", "iat"] {
        let mut claims = claims();
        remove(&mut claims, name);
        assert!(validated(&signed(&claims)).is_ok(), "{name}");
    }
    let mut claims = claims();
    claims["aud"] = json!(["another-client", CLIENT_ID]);
    claims["exp"] = json!(NOW.0 - 59);
    assert!(validated(&signed(&claims)).is_ok());
    for typ in ["JWT", "application/jwt"] {
        assert!(validated(&sign_as(&HR_KEY, &claims, &json!({ "typ": typ }))).is_ok());
    }
    for typ in ["at+jwt", "logout+jwt", "secevent+jwt"] {
        let got = clipped(typ);
        assert_eq!(
            validated(&sign_as(&HR_KEY, &claims, &json!({ "typ": typ }))),
            refused(InvalidClaimSource::HeaderType { got })
        );
    }
}

// UI-04, UI-01
#[test]
fn a_subject_is_a_name_at_its_own_issuer() {
    let mut claims = claims();
    claims["sub"] = json!("employee-7");
    assert!(validated(&signed(&claims)).is_ok());
    // The provider's own subjects are those of its ID tokens.
    claims["iss"] = json!(ISSUER);
    assert_eq!(
        validated(&sign(&claims)),
        refused(InvalidClaimSource::SubjectMismatch {
            expected: clipped(SUBJECT),
            got: clipped("employee-7"),
        })
    );
    claims["sub"] = json!(SUBJECT);
    assert!(validated(&sign(&claims)).is_ok());
    remove(&mut claims, "sub");
    assert!(validated(&sign(&claims)).is_ok());
}

// JO-18
// RFC 8725 §3.11, §3.12
#[test]
fn no_other_token_of_the_provider_passes_for_claims() {
    for mut token in [
        id_token_claims(),
        access_token_claims(),
        logout_token_claims(),
    ] {
        token["aud"] = json!(CLIENT_ID);
        token["groups"] = json!(["admins"]);
        let code = validated(&sign(&token)).unwrap_err().code();
        assert_eq!(code, "invalid_token.claim_source_other_kind");
    }
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
