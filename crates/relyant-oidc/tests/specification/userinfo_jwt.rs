//! Core §5.3.2: a userinfo answer that is signed, encrypted or both; one valid answer, one change, and the exact error.

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_oidc::Error;
use relyant_oidc::error::{Incompatible, InvalidUserinfo};
use relyant_oidc::identity::Claims;
use relyant_oidc::provider_metadata::ProviderMetadata;
use relyant_oidc::registration::{ClientRegistration, RequiredProtection};
use relyant_oidc::userinfo::process_userinfo_response;
use serde_json::{Value, json};

use crate::brewery::{
    CLIENT_ID, ISSUER, KEY, NOW, RSA_KEY, SUBJECT, answer, clipped, id_token_claims, keys,
    metadata_with, registration, remove, sign, sign_as, sign_text, unsigned, valid_id_token,
};
use crate::encryption::{encrypted, encrypted_as, encrypted_claims, receiving};

type Row = (fn(&mut Value), InvalidUserinfo);

fn claims() -> Value {
    json!({"iss": ISSUER, "aud": CLIENT_ID, "sub": SUBJECT, "email": "carol@brewery.example"})
}

fn metadata() -> ProviderMetadata {
    metadata_with(|it| {
        it["userinfo_signing_alg_values_supported"] = json!(["ES256", "RS256", "HS256", "none"]);
    })
    .unwrap()
}

fn process_as(registration: &ClientRegistration, token: &str) -> Result<Claims, Error> {
    let response = answer(200, "application/jwt", token);
    let (id_token, keys, metadata) = (valid_id_token(), keys(), metadata());
    process_userinfo_response(&id_token, &response, &keys, &metadata, registration, NOW)
}

fn process(token: &str) -> Result<Claims, Error> {
    process_as(&receiving(), token)
}

fn strict() -> ClientRegistration {
    ClientRegistration {
        required: RequiredProtection {
            signed_userinfo: true,
            ..RequiredProtection::default()
        },
        ..receiving()
    }
}

fn refused(error: InvalidUserinfo) -> Result<Claims, Error> {
    Err(error.into())
}

// UI-02
#[test]
fn signed_encrypted_or_both_it_gives_its_claims_without_a_setting() {
    let signed = sign(&claims());
    for token in [
        signed.clone(),
        encrypted(&signed),
        encrypted_claims(&claims().to_string()),
        format!("{signed}\n"),
    ] {
        let claims = process(&token).unwrap();
        assert_eq!(
            claims.members().get("email"),
            Some(&json!("carol@brewery.example"))
        );
        // The protocol's own claims are the ID token's alone.
        assert!(!claims.members().contains_key("iss"));
    }
}

// UI-02, JO-18
#[test]
fn where_a_signature_is_required_nothing_else_will_do() {
    let signed = sign(&claims());
    assert!(process_as(&strict(), &signed).is_ok());
    assert!(process_as(&strict(), &encrypted(&signed)).is_ok());
    let unsigned_answer = refused(InvalidUserinfo::Unsigned);
    assert_eq!(
        process_as(&strict(), &encrypted_claims(&claims().to_string())),
        unsigned_answer
    );
    let plain = answer(200, "application/json", &claims().to_string());
    let (id_token, keys, metadata) = (valid_id_token(), keys(), metadata());
    let got = process_userinfo_response(&id_token, &plain, &keys, &metadata, &strict(), NOW);
    assert_eq!(got, unsigned_answer);
    // It says that a token is inside, and a signature with it.
    let pretence = process_as(&receiving(), &encrypted(&claims().to_string()));
    assert_eq!(
        pretence.unwrap_err().code(),
        "invalid_token.encryption_malformed"
    );
    for missing in ["iss", "aud"] {
        let mut claims = claims();
        remove(&mut claims, missing);
        assert!(process(&sign(&claims)).is_ok(), "{missing}");
        let code = process_as(&strict(), &sign(&claims)).unwrap_err().code();
        assert!(code.ends_with("_mismatch"), "{missing}: {code}");
    }
}

// UI-02
#[test]
fn the_signature_is_the_providers_by_an_algorithm_of_the_metadata() {
    let text = claims().to_string();
    let algorithm = |expected: &str, got: &str| {
        let (expected, got) = (clipped(expected), clipped(got));
        refused(InvalidUserinfo::AlgorithmNotAllowed { expected, got })
    };
    for alg in ["none", "HS256", "rs256"] {
        let header = json!({"alg": alg}).to_string();
        let got = process(&unsigned(&header, &text));
        assert_eq!(got, algorithm("ES256 RS256", alg), "{alg}");
    }
    let other = sign_text(&RSA_KEY, &text, &json!({"kid": "unknown"}));
    let kid = clipped("unknown");
    assert_eq!(
        process(&other),
        refused(InvalidUserinfo::UnknownKey { kid })
    );
    let mut forged = sign(&claims());
    forged.replace_range(forged.len() - 8.., "AAAAAAAA");
    let error = process(&forged).unwrap_err();
    assert_eq!(error, InvalidUserinfo::BadSignature.into());
    assert!(error.may_need_newer_keys());
    let narrow = metadata_with(|it| {
        it["userinfo_signing_alg_values_supported"] = json!(["RS256"]);
    })
    .unwrap();
    let response = answer(200, "application/jwt", &sign(&claims()));
    let got = process_userinfo_response(
        &valid_id_token(),
        &response,
        &keys(),
        &narrow,
        &registration(),
        NOW,
    );
    assert_eq!(got, algorithm("RS256", "ES256"));
    for raw in ["", "a.b", "a.b.c", "{}"] {
        assert_eq!(
            process(raw).unwrap_err().code(),
            "invalid_token.userinfo_malformed",
            "{raw}"
        );
    }
}

// UI-02, ID-16
// RFC 7519 §4.1.4, §4.1.5, §4.1.6
#[test]
fn it_is_ours_of_this_issuer_and_no_token_of_another_kind() {
    let issuer = |got: &str| InvalidUserinfo::IssuerMismatch {
        expected: clipped(ISSUER),
        got: clipped(got),
    };
    let audience = |got: &str| InvalidUserinfo::AudienceMismatch {
        expected: clipped(CLIENT_ID),
        got: clipped(got),
    };
    let cases: Vec<Row> = vec![
        (
            |it| it["iss"] = json!("https://evil.example"),
            issuer("https://evil.example"),
        ),
        (
            |it| it["iss"] = json!([ISSUER]),
            issuer(&format!("[\"{ISSUER}\"]")),
        ),
        (|it| it["aud"] = json!("wine"), audience("wine")),
        (|it| it["aud"] = json!(["wine"]), audience("[\"wine\"]")),
        (|it| it["aud"] = json!([]), audience("[]")),
        (
            |it| it["typ"] = json!("Bearer"),
            InvalidUserinfo::OtherKind { name: "typ" },
        ),
        (
            |it| it["exp"] = json!(NOW.0 - 61),
            InvalidUserinfo::Expired { seconds: 61 },
        ),
        (
            |it| it["nbf"] = json!(NOW.0 + 61),
            InvalidUserinfo::NotYetValid { seconds: 61 },
        ),
        (
            |it| it["iat"] = json!(NOW.0 + 61),
            InvalidUserinfo::IssuedInFuture { seconds: 61 },
        ),
        (
            |it| it["iat"] = json!(true),
            InvalidUserinfo::TimeInvalid {
                claim: "iat",
                got: "a boolean",
            },
        ),
        (
            |it| it["exp"] = json!("soon"),
            InvalidUserinfo::TimeInvalid {
                claim: "exp",
                got: "a string",
            },
        ),
    ];
    for (change, expected) in cases {
        let mut claims = claims();
        change(&mut claims);
        assert_eq!(process(&sign(&claims)), refused(expected));
    }
    for name in [
        "events",
        "nonce",
        "at_hash",
        "c_hash",
        "token_introspection",
    ] {
        let mut claims = claims();
        claims[name] = json!({});
        let expected = InvalidUserinfo::OtherKind { name };
        assert_eq!(process(&sign(&claims)), refused(expected), "{name}");
    }
    for fitting in [json!(["wine", CLIENT_ID]), json!(CLIENT_ID)] {
        let mut claims = claims();
        claims["aud"] = fitting;
        assert!(process(&sign(&claims)).is_ok());
    }
    for (claim, value) in [
        ("exp", NOW.0 - 59),
        ("nbf", NOW.0 + 60),
        ("iat", NOW.0 + 60),
        ("iat", 1),
    ] {
        let mut claims = claims();
        claims[claim] = json!(value);
        assert!(process(&sign(&claims)).is_ok(), "{claim} {value}");
    }
    for typ in ["at+jwt", "logout+jwt", ""] {
        let got = clipped(typ);
        assert_eq!(
            process(&sign_as(&KEY, &claims(), &json!({"typ": typ}))),
            refused(InvalidUserinfo::HeaderType { got })
        );
    }
    assert!(process(&sign(&id_token_claims())).is_err());
}

// UI-01
#[test]
fn the_subject_is_that_of_the_id_token_however_it_is_wrapped() {
    let mut other = claims();
    other["sub"] = json!("chris");
    for token in [
        sign(&other),
        encrypted(&sign(&other)),
        encrypted_claims(&other.to_string()),
    ] {
        assert_eq!(
            process(&token).unwrap_err().code(),
            "misbehaved.userinfo_subject_mismatch"
        );
    }
}

// UI-03
#[test]
fn what_is_inside_is_an_object() {
    for inner in ["[1]", "\"x\"", "null", "", "{\"sub\":1,\"sub\":2}"] {
        assert!(
            process(&encrypted_as(inner, &json!({}))).is_err(),
            "{inner}"
        );
        assert!(
            process(&sign_text(&KEY, inner, &json!({}))).is_err(),
            "{inner}"
        );
    }
}

#[test]
fn without_a_key_the_setting_is_named() {
    let error = process_as(&registration(), &encrypted_claims("{}")).unwrap_err();
    assert_eq!(error, Incompatible::EncryptedUserinfo.into());
    assert!(error.to_string().contains("PRIVATE_KEY"));
}

// UI-02
#[test]
fn an_answer_that_is_no_text_is_no_jwt() {
    let mut response = answer(200, "application/jwt", &sign(&claims()));
    response.body.push(0xff);
    let (id_token, keys, metadata) = (valid_id_token(), keys(), metadata());
    let got = process_userinfo_response(&id_token, &response, &keys, &metadata, &receiving(), NOW);
    let reason = clipped("it is not text");
    assert_eq!(got, refused(InvalidUserinfo::Malformed { reason }));
}

// Discovery §3
#[test]
fn what_was_registered_for_the_client_counts_before_the_metadata_and_these_before_the_id_tokens() {
    let silent = crate::brewery::metadata();
    let narrow = metadata_with(|it| {
        it["userinfo_signing_alg_values_supported"] = json!(["RS256"]);
    })
    .unwrap();
    let pinned = |algorithm| ClientRegistration {
        userinfo_algorithms: Some(vec![algorithm]),
        ..registration()
    };
    for (metadata, registration, taken) in [
        (&silent, registration(), true),
        (&narrow, registration(), false),
        (&narrow, pinned(SignatureAlgorithm::Es256), true),
        (&silent, pinned(SignatureAlgorithm::Rs256), false),
    ] {
        let response = answer(200, "application/jwt", &sign(&claims()));
        let (id_token, keys) = (valid_id_token(), keys());
        let got =
            process_userinfo_response(&id_token, &response, &keys, metadata, &registration, NOW);
        assert_eq!(got.is_ok(), taken, "{:?}", registration.userinfo_algorithms);
    }
}
