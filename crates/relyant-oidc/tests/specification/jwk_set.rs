//! Core §10.1 and RFC 7517 §5: which of the provider's keys verifies an ID token.

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::sign::SigningKey;
use relyant_oidc::error::{InvalidAccessToken, InvalidToken, Misbehaved, Misuse};
use relyant_oidc::http::{Endpoint, Method};
use relyant_oidc::issuer::Issuer;
use relyant_oidc::jwks::{IssuerKeys, jwks_request, process_jwks_response};
use relyant_oidc::provider_metadata::ProviderMetadata;
use relyant_oidc::transport::TransportRules;
use relyant_oidc::{Error, id_token};
use serde_json::json;

use crate::brewery::{
    KEY, NOW, RSA_KEY, answer, clipped, id_token_claims, keys, keys_of, login, metadata,
    metadata_document, ok_json, registration, sign, sign_as,
};

fn validate_with(keys: &IssuerKeys, metadata: &ProviderMetadata, raw: &str) -> Result<(), Error> {
    id_token::validate(raw, keys, metadata, &registration(), &login(), None, NOW).map(|_| ())
}

#[test]
fn the_request_reads_the_jwks_uri() {
    let request = jwks_request(&metadata());
    assert_eq!(request.method, Method::Get);
    assert_eq!(&request.url, metadata().jwks_uri());
}

// RFC 7517 §8.5.1
#[test]
fn both_media_types_of_a_set_are_taken_and_no_other() {
    let body = json!({"keys": [KEY.public_jwk()]}).to_string();
    for content_type in ["application/json", "application/jwk-set+json;charset=utf-8"] {
        assert!(process_jwks_response(&metadata(), &answer(200, content_type, &body)).is_ok());
    }
    let error = process_jwks_response(&metadata(), &answer(200, "text/html", &body)).unwrap_err();
    assert_eq!(
        error,
        Misbehaved::ContentType {
            endpoint: Endpoint::JwkSet,
            got: clipped("text/html")
        }
        .into()
    );
    let error =
        process_jwks_response(&metadata(), &answer(404, "application/json", &body)).unwrap_err();
    assert_eq!(
        error,
        Misbehaved::Status {
            endpoint: Endpoint::JwkSet,
            got: 404
        }
        .into()
    );
}

#[test]
fn a_set_that_can_not_be_trusted_as_a_whole_is_refused() {
    for body in [
        json!([]),
        json!({}),
        json!({"keys": {}}),
        json!({"keys": [KEY.public_jwk(), KEY.public_jwk()]}),
        json!({"keys": vec![json!({}); 101]}),
    ] {
        let error = process_jwks_response(&metadata(), &ok_json(&body)).unwrap_err();
        assert_eq!(error.code(), "misbehaved.jwk_set_invalid", "{body}");
    }
}

// FT-18
#[test]
fn unusable_keys_beside_a_good_one_do_no_harm() {
    let set = json!({"keys": [
        {"kty": "AKP", "alg": "ML-DSA-44", "kid": "odd-1", "pub": "AA"},
        {"kty": "EC", "crv": "P-999", "kid": "odd-2", "x": "AA", "y": "AA"},
        {"kty": "oct", "kid": "odd-3", "k": "c2VjcmV0"},
        KEY.public_jwk(),
    ]});
    let keys = process_jwks_response(&metadata(), &ok_json(&set)).unwrap();
    assert_eq!(
        validate_with(&keys, &metadata(), &sign(&id_token_claims())),
        Ok(())
    );
}

// DK-07
#[test]
fn without_kid_exactly_one_key_must_fit() {
    let raw = sign_as(&KEY, &id_token_claims(), &json!({"kid": null}));
    let second = SigningKey::generate(SignatureAlgorithm::Es256, "brewery-es256-next").unwrap();
    for (keys, expected) in [
        (keys_of(&[&KEY]), Ok(())),
        (keys_of(&[&KEY, &RSA_KEY]), Ok(())),
        (
            keys_of(&[&KEY, &second]),
            Err(InvalidToken::AmbiguousKey.into()),
        ),
        (keys_of(&[&RSA_KEY]), Err(InvalidToken::NoFittingKey.into())),
    ] {
        assert_eq!(validate_with(&keys, &metadata(), &raw), expected);
    }
}

// DK-03
#[test]
fn only_a_failed_signature_says_that_fresh_keys_might_help() {
    let kid = clipped("next");
    for (error, help) in [
        (
            Error::from(InvalidToken::UnknownKey { kid: kid.clone() }),
            true,
        ),
        (InvalidToken::NoFittingKey.into(), true),
        (InvalidToken::AmbiguousKey.into(), true),
        (InvalidToken::BadSignature.into(), true),
        (InvalidAccessToken::UnknownKey { kid }.into(), true),
        (InvalidAccessToken::NoFittingKey.into(), true),
        (InvalidAccessToken::AmbiguousKey.into(), true),
        (InvalidAccessToken::BadSignature.into(), true),
        (
            InvalidToken::AlgorithmNotAllowed {
                expected: clipped("ES256"),
                got: clipped("none"),
            }
            .into(),
            false,
        ),
        (InvalidToken::NonceMismatch.into(), false),
        (InvalidToken::Expired { seconds: 61 }.into(), false),
        (InvalidAccessToken::IsIdToken.into(), false),
    ] {
        assert_eq!(error.may_need_newer_keys(), help, "{error}");
    }
}

// DK-03
#[test]
fn an_unknown_kid_says_that_fresh_keys_might_help() {
    let rotated = SigningKey::generate(SignatureAlgorithm::Es256, "brewery-es256-next").unwrap();
    let raw = sign_as(&rotated, &id_token_claims(), &json!({}));
    let error = validate_with(&keys(), &metadata(), &raw).unwrap_err();
    assert_eq!(
        error,
        InvalidToken::UnknownKey {
            kid: clipped("brewery-es256-next")
        }
        .into()
    );
    assert!(error.may_need_newer_keys());

    let fresh = keys_of(&[&KEY, &rotated]);
    assert_eq!(validate_with(&fresh, &metadata(), &raw), Ok(()));
}

// DK-08
#[test]
fn keys_of_one_issuer_verify_nothing_of_another() {
    // Another provider publishes a key of the very same name, and even the very same key.
    const OTHER: &str = "https://sso.example.com/realms/winery";
    let issuer = Issuer::parse(OTHER, &TransportRules::default()).unwrap();
    let mut document = metadata_document();
    document["issuer"] = json!(OTHER);
    let other = relyant_oidc::discovery::process_discovery_response(
        &issuer,
        &TransportRules::default(),
        &ok_json(&document),
    )
    .unwrap();
    let set = ok_json(&json!({"keys": [KEY.public_jwk()]}));
    let keys = process_jwks_response(&other, &set).unwrap();
    let mut claims = id_token_claims();
    claims["iss"] = json!(OTHER);
    assert_eq!(validate_with(&keys, &other, &sign(&claims)), Ok(()));

    let raw = sign(&id_token_claims());
    assert_eq!(
        validate_with(&keys, &metadata(), &raw),
        Err(Misuse::KeysOfAnotherIssuer.into())
    );
}
