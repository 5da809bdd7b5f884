//! Core §5.6.2: the JWT of claims that others keep; one valid JWT, one change, and the exact error.

use std::sync::LazyLock;

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::base64url;
use relyant_jose::sign::SigningKey;
use relyant_oidc::Error;
use relyant_oidc::claim_sources::{
    issuer_of, needed_sources, process_claims_provider_jwks_response,
    process_claims_provider_response, validate,
};
use relyant_oidc::error::InvalidClaimSource;
use relyant_oidc::identity::{Claims, ClaimsSource, VerifiedIdentity};
use relyant_oidc::jwks::IssuerKeys;
use relyant_oidc::transport::TransportRules;
use serde_json::{Value, json};

use crate::brewery::{
    CLIENT_ID, ISSUER, KEY, NOW, RSA_KEY, SUBJECT, access_token_claims, clipped, id_token_claims,
    keys, logout_token_claims, ok_json, process_userinfo, registration, remove, session_tokens,
    sign, sign_as, sign_text, unsigned, valid_id_token,
};
use crate::claim_sources::{OTHER, aggregated, believed, id_token_with, other, source};

/// The key of the other issuer.
static HR_KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate(SignatureAlgorithm::EdDsa, "hr").unwrap());

fn hr_keys() -> IssuerKeys {
    let rules = TransportRules::default();
    let document = json!({"issuer": OTHER, "jwks_uri": "https://hr.example.com/keys"});
    let metadata = process_claims_provider_response(&other(), &rules, &ok_json(&document)).unwrap();
    let set = ok_json(&json!({"keys": [HR_KEY.public_jwk()]}));
    process_claims_provider_jwks_response(&metadata, &set).unwrap()
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
            format!("{}.a+b.AA", base64url::encode(br#"{"alg":"EdDSA"}"#)),
            "invalid_token.claim_source_malformed",
        ),
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
