//! Core §3.1.3.7 (1), (6)–(8): form, algorithm and signature of an ID token, and the exact error.

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::sign::SigningKey;
use relyant_jose::{base64url, digest};
use relyant_oidc::error::{Incompatible, InvalidToken};
use relyant_oidc::registration::ClientRegistration;
use relyant_oidc::{Error, id_token};
use serde_json::{Value, json};

use crate::brewery::{
    ALGORITHMS, KEY, NOW, OPAQUE, RSA_KEY, clipped, id_token_claims, keys, keys_of, login,
    metadata_with, registration, remove, sign, sign_as, sign_text, unsigned, validate, validate_as,
};

#[test]
fn an_encrypted_id_token_names_the_setting() {
    let header = base64url::encode(br#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#);
    let error = validate(&format!("{header}.AA.AA.AA.AA")).unwrap_err();
    assert_eq!(error, Incompatible::EncryptedIdToken.into());
    assert!(error.to_string().contains("ID token encryption"));
}

// ID-05
#[test]
fn the_signature_is_always_checked() {
    let raw = sign(&id_token_claims());
    let (head, signature) = raw.rsplit_once('.').unwrap();
    let (header, _) = head.split_once('.').unwrap();
    let mut forged_claims = id_token_claims();
    forged_claims["sub"] = json!("somebody-else");
    let forged = base64url::encode(forged_claims.to_string().as_bytes());
    let foreign = SigningKey::generate(SignatureAlgorithm::Es256, KEY.kid()).unwrap();
    for raw in [
        format!("{header}.{forged}.{signature}"),
        format!("{head}."),
        format!("{head}.{}", base64url::encode(&[0; 64])),
        sign_as(&foreign, &id_token_claims(), &json!({})),
    ] {
        assert_eq!(
            validate(&raw),
            Err(InvalidToken::BadSignature.into()),
            "{raw}"
        );
    }
}

// ID-06
#[test]
fn the_algorithm_is_ours_to_choose() {
    let not_allowed = |got: &str| {
        Error::from(InvalidToken::AlgorithmNotAllowed {
            expected: clipped(ALGORITHMS),
            got: clipped(got),
        })
    };
    let with_alg = |alg: Value| sign_as(&KEY, &id_token_claims(), &json!({ "alg": alg }));
    for alg in ["HS256", "rs256", "RS384", "ES384", "RSA1_5", "ES256 ", ""] {
        assert_eq!(validate(&with_alg(json!(alg))), Err(not_allowed(alg)));
    }
    // An algorithm that is allowed, but not for the key that the header names.
    assert_eq!(
        validate(&with_alg(json!("RS256"))),
        Err(InvalidToken::NoFittingKey.into())
    );
    for alg in [json!(null), json!(1), json!(["ES256"])] {
        assert_eq!(
            validate(&with_alg(alg)).unwrap_err().code(),
            "invalid_token.malformed"
        );
    }
}

// ID-06
#[test]
fn configuration_narrows_the_metadata_and_never_widens_them() {
    let validate_with = |algorithms: &[SignatureAlgorithm], key| {
        let registration = ClientRegistration {
            id_token_algorithms: Some(algorithms.to_vec()),
            ..registration()
        };
        let raw = sign_as(key, &id_token_claims(), &json!({}));
        validate_as(&registration, &raw, None).map(|_| ())
    };
    let only_rs256 = [SignatureAlgorithm::Rs256];
    assert_eq!(validate_with(&only_rs256, &RSA_KEY), Ok(()));
    let (expected, got) = (clipped("RS256"), clipped("ES256"));
    assert_eq!(
        validate_with(&only_rs256, &KEY),
        Err(InvalidToken::AlgorithmNotAllowed { expected, got }.into())
    );
    let got = clipped("RS256 ES256 PS256 HS256 none");
    let expected = Incompatible::NoSignatureAlgorithm { got };
    assert_eq!(
        validate_with(&[SignatureAlgorithm::Es512], &KEY),
        Err(expected.into())
    );
}

// ID-06
#[test]
fn silent_metadata_mean_rs256() {
    let silent = metadata_with(|it| remove(it, "id_token_signing_alg_values_supported")).unwrap();
    let validate_with = |key| {
        let raw = sign_as(key, &id_token_claims(), &json!({}));
        id_token::validate(&raw, &keys(), &silent, &registration(), &login(), None, NOW).map(|_| ())
    };
    assert_eq!(validate_with(&RSA_KEY), Ok(()));
    let (expected, got) = (clipped("RS256"), clipped("ES256"));
    assert_eq!(
        validate_with(&KEY),
        Err(InvalidToken::AlgorithmNotAllowed { expected, got }.into())
    );
}

// ID-07
#[test]
fn none_is_never_an_algorithm() {
    let payload = id_token_claims().to_string();
    for alg in ["none", "None", "nOnE", "NONE", ""] {
        let header = json!({"alg": alg, "typ": "JWT"}).to_string();
        let expected = Error::from(InvalidToken::AlgorithmNotAllowed {
            expected: clipped(ALGORITHMS),
            got: clipped(alg),
        });
        let raw = unsigned(&header, &payload);
        assert_eq!(validate(&raw), Err(expected.clone()));
        let (head, _) = raw.rsplit_once('.').unwrap();
        assert_eq!(validate(&format!("{head}.")), Err(expected));
    }
    let missing = unsigned(r#"{"typ":"JWT"}"#, &payload);
    assert_eq!(
        validate(&missing).unwrap_err().code(),
        "invalid_token.malformed"
    );
}

// ID-19
#[test]
fn a_member_that_is_there_twice_is_refused() {
    let payload = id_token_claims().to_string();
    for twice in [
        "\"iss\":\"https://evil.example\"",
        "\"aud\":\"wine\"",
        "\"extra\":{\"a\":1,\"a\":2}",
    ] {
        let mutated = payload.replacen('{', &format!("{{{twice},"), 1);
        let error = validate(&sign_text(&KEY, &mutated, &json!({}))).unwrap_err();
        assert_eq!(error.code(), "invalid_token.claims_malformed");
    }
    let raw = unsigned(
        r#"{"alg":"ES256","alg":"none","kid":"brewery-es256"}"#,
        &payload,
    );
    assert_eq!(
        validate(&raw).unwrap_err().code(),
        "invalid_token.malformed"
    );
}

// ID-20
#[test]
fn only_strict_compact_ascii_is_a_token() {
    let raw = sign(&id_token_claims());
    let last = raw.chars().last().unwrap();
    let bits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let canonical = bits.find(last).unwrap();
    let malleable = format!(
        "{}{}",
        &raw[..raw.len() - 1],
        &bits[canonical + 1..canonical + 2]
    );
    for mutated in [
        format!("{raw}="),
        format!("{raw}\n"),
        format!(" {raw}"),
        format!("\u{feff}{raw}"),
        format!("{raw}.x"),
        raw.replacen('.', "..", 1),
        raw.replacen('.', ".\n", 1),
        raw.replace('.', ""),
        json!({"payload": "x", "signatures": []}).to_string(),
        String::new(),
        "a".repeat(20_000),
        malleable,
    ] {
        let error = validate(&mutated).unwrap_err();
        assert_eq!(error.code(), "invalid_token.malformed", "{mutated}");
    }
}

// ID-20
#[test]
fn the_payload_is_one_json_object_in_utf_8() {
    for payload in ["", "null", "[]", "\"sub\"", "{", "\u{feff}{}", "{}{}"] {
        let error = validate(&sign_text(&KEY, payload, &json!({}))).unwrap_err();
        assert_eq!(error.code(), "invalid_token.claims_malformed", "{payload}");
    }
}

#[test]
fn every_algorithm_of_the_metadata_verifies() {
    use SignatureAlgorithm as A;
    let all = metadata_with(|it| {
        let names: Vec<_> = A::ALL.iter().map(|algorithm| algorithm.name()).collect();
        it["id_token_signing_alg_values_supported"] = json!(names);
    })
    .unwrap();
    for algorithm in [
        A::Rs256,
        A::Rs512,
        A::Ps256,
        A::Ps384,
        A::Es256,
        A::Es384,
        A::Es512,
        A::EdDsa,
        A::Ed25519,
    ] {
        let key = SigningKey::generate(algorithm, "the-key").unwrap();
        let mut claims = id_token_claims();
        claims["at_hash"] = json!(base64url::encode(&digest::left_half(
            algorithm,
            OPAQUE.as_bytes()
        )));
        let raw = sign_as(&key, &claims, &json!({}));
        let keys = keys_of(&[&key]);
        let login = login();
        let valid = id_token::validate(
            &raw,
            &keys,
            &all,
            &registration(),
            &login,
            Some(OPAQUE),
            NOW,
        );
        assert!(valid.is_ok(), "{}", algorithm.name());
    }
}
