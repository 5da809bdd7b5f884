//! Core §10.2, RFC 7516 §5.2: tokens that the provider encrypts to us; one valid token, one change, and the exact error.

use relyant_jose::json::Object;
use relyant_jose::jwe::{
    ContentEncryptionAlgorithm, DecryptionKey, EncryptionKey, KeyManagementAlgorithm,
};
use relyant_jose::{base64url, digest};
use relyant_oidc::Error;
use relyant_oidc::client_keys::ClientKeys;
use relyant_oidc::decryption_keys::ClientDecryptionKeys;
use relyant_oidc::diagnosis::{Diagnosis, Symptom};
use relyant_oidc::error::{Incompatible, InvalidToken};
use relyant_oidc::id_token::ValidIdToken;
use relyant_oidc::logout::back_channel;
use relyant_oidc::registration::{ClientRegistration, RequiredProtection};
use relyant_oidc::secret::Secret;
use serde_json::{Value, json};

use crate::brewery::{
    self, CLIENT_SECRET, KEY, NOW, OPAQUE, clipped, id_token_claims, keys, logout_token_claims,
    metadata, registration, sign, sign_as, sign_text, unsigned,
};

/// Our private key, named `beer-enc`: the numbers are those of RFC 7518 appendix C.
fn private_jwk() -> Object {
    let jwk = json!({
        "kty": "EC",
        "crv": "P-256",
        "kid": "beer-enc",
        "use": "enc",
        "x": "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0",
        "y": "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps",
        "d": "0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo",
    });
    jwk.as_object().unwrap().clone()
}

fn decryption_keys() -> ClientDecryptionKeys {
    ClientDecryptionKeys::new(vec![DecryptionKey::from_jwk(&private_jwk()).unwrap()])
}

pub(crate) fn encrypted_as(content: &str, extra_header: &Value) -> String {
    let mut public = private_jwk();
    public.remove("d");
    EncryptionKey::from_jwk(&public)
        .unwrap()
        .encrypt(
            KeyManagementAlgorithm::EcdhEsA256Kw,
            ContentEncryptionAlgorithm::A256Gcm,
            content.as_bytes(),
            extra_header.as_object().unwrap(),
        )
        .unwrap()
}

pub(crate) fn encrypted(token: &str) -> String {
    encrypted_as(token, &json!({"cty": "JWT"}))
}

/// Claims that nobody signed, encrypted.
pub(crate) fn encrypted_claims(claims: &str) -> String {
    encrypted_as(claims, &json!({"cty": "json"}))
}

/// The client with keys of its own.
pub(crate) fn receiving() -> ClientRegistration {
    ClientRegistration {
        decryption_keys: decryption_keys(),
        ..registration()
    }
}

fn validate_as(registration: &ClientRegistration, raw: &str) -> Result<ValidIdToken, Error> {
    brewery::validate_as(registration, raw, Some(OPAQUE))
}

fn validate(raw: &str) -> Result<ValidIdToken, Error> {
    validate_as(&receiving(), raw)
}

#[test]
fn an_encrypted_id_token_is_opened_and_then_validated_as_any_other() {
    let inner = sign(&id_token_claims());
    let valid = validate(&encrypted(&inner)).unwrap();
    assert_eq!(valid.subject().as_str(), crate::brewery::SUBJECT);
    // RP-Initiated Logout §2: a hint that the provider can read.
    assert_eq!(valid.as_str(), inner);
    assert!(validate(&inner).is_ok());
    let mut expired = id_token_claims();
    expired["exp"] = json!(NOW.0 - 61);
    assert_eq!(
        validate(&encrypted(&sign(&expired))).unwrap_err().code(),
        "invalid_token.expired"
    );
}

// ID-01
#[test]
fn where_encryption_is_required_a_plain_id_token_is_refused() {
    let strict = ClientRegistration {
        required: RequiredProtection {
            encrypted_id_token: true,
            ..RequiredProtection::default()
        },
        ..receiving()
    };
    let inner = sign(&id_token_claims());
    assert!(validate_as(&strict, &encrypted(&inner)).is_ok());
    assert_eq!(
        validate_as(&strict, &inner),
        Err(InvalidToken::NotEncrypted.into())
    );
}

// JO-18, ID-01
#[test]
fn what_is_inside_must_be_signed() {
    let claims = id_token_claims().to_string();
    for inner in [
        claims.clone(),
        unsigned(r#"{"alg":"none"}"#, &claims),
        unsigned(r#"{"alg":"ES256"}"#, &claims),
        encrypted(&sign(&id_token_claims())),
        String::new(),
    ] {
        let error = validate(&encrypted(&inner)).unwrap_err();
        assert!(
            matches!(error, Error::InvalidToken(_)),
            "{inner}: {error:?}"
        );
    }
    let forged = sign_text(
        &crate::brewery::RSA_KEY,
        &claims,
        &json!({"kid": "brewery-es256"}),
    );
    assert!(validate(&encrypted(&forged)).is_err());
}

// RFC 7516 §4.1.12, RFC 7519 §5.2
// JO-18
#[test]
fn what_the_header_says_of_the_content_is_true() {
    let signed = sign(&id_token_claims());
    let claims = id_token_claims().to_string();
    let open = |content: &str, header: Value| validate(&encrypted_as(content, &header));
    for cty in ["JWT", "jwt", "application/jwt", "application/at+jwt"] {
        assert!(open(&signed, json!({"cty": cty})).is_ok(), "{cty}");
    }
    assert!(open(&signed, json!({})).is_ok());
    let malformed = |reason: &str| {
        let (token, reason) = ("ID token", clipped(reason));
        Err(InvalidToken::EncryptionMalformed { token, reason }.into())
    };
    for (content, cty, got) in [
        (&signed, "json", "a token"),
        (&signed, "", "a token"),
        (&claims, "JWT", "claims without a signature"),
        (&claims, "at+jwt", "claims without a signature"),
    ] {
        let reason = format!("its `cty` is `{cty}`, and inside is {got}");
        assert_eq!(open(content, json!({"cty": cty})), malformed(&reason));
    }
    // Not called a token, it is none all the same.
    for header in [json!({}), json!({"cty": "json"})] {
        let code = open(&claims, header).unwrap_err().code();
        assert_eq!(code, "invalid_token.malformed");
    }
}

// JO-13, JO-14
#[test]
fn whatever_fails_with_the_key_is_one_error() {
    let token = encrypted(&sign(&id_token_claims()));
    let parts: Vec<&str> = token.split('.').collect();
    let changed = |index: usize, text: &str| {
        let mut parts = parts.clone();
        parts[index] = text;
        parts.join(".")
    };
    let flipped = |part: &str| {
        let mut bytes = base64url::decode(part).unwrap();
        bytes[0] ^= 1;
        base64url::encode(&bytes)
    };
    let expected: Error = InvalidToken::NotDecrypted { token: "ID token" }.into();
    for (index, part) in parts.iter().enumerate().skip(1) {
        assert_eq!(
            validate(&changed(index, &flipped(part))),
            Err(expected.clone())
        );
        assert_eq!(validate(&changed(index, "")), Err(expected.clone()));
    }
    let shorter = base64url::encode(&base64url::decode(parts[4]).unwrap()[..15]);
    assert_eq!(validate(&changed(4, &shorter)), Err(expected));
}

// JO-13, JO-15, JO-16
#[test]
fn what_the_header_says_is_told_to_the_operator() {
    let header = |header: Value| {
        format!(
            "{}.A.A.A.A",
            base64url::encode(header.to_string().as_bytes())
        )
    };
    let algorithm = |got: &str| {
        let got = clipped(got);
        Error::from(Incompatible::EncryptionAlgorithm {
            token: "ID token",
            got,
        })
    };
    for (got, alg, enc) in [
        ("RSA1_5", "RSA1_5", "A256GCM"),
        ("A192KW", "A192KW", "A256GCM"),
        ("ECDH-ES+A192KW", "ECDH-ES+A192KW", "A256GCM"),
        ("PBES2-HS256+A128KW", "PBES2-HS256+A128KW", "A256GCM"),
        ("none", "none", "A256GCM"),
        ("A256CBC", "RSA-OAEP", "A256CBC"),
    ] {
        let token = header(json!({"alg": alg, "enc": enc}));
        assert_eq!(validate(&token), Err(algorithm(got)), "{alg} {enc}");
    }
    let kid = clipped("other");
    assert_eq!(
        validate(&encrypted_as(
            &sign(&id_token_claims()),
            &json!({"kid": "other"})
        )),
        Err(InvalidToken::EncryptionKeyUnknown {
            token: "ID token",
            kid
        }
        .into())
    );
    for refused in [
        json!({"alg": "RSA-OAEP", "enc": "A256GCM", "zip": "DEF"}),
        json!({"alg": "RSA-OAEP", "enc": "A256GCM", "crit": ["exp"]}),
        json!({"alg": "RSA-OAEP"}),
        json!([]),
    ] {
        let error = validate(&header(refused.clone())).unwrap_err();
        assert_eq!(
            error.code(),
            "invalid_token.encryption_malformed",
            "{refused}"
        );
    }
    // The words say what the sender must do, and the doctor looks at the provider.
    let zip = validate(&header(
        json!({"alg": "dir", "enc": "A256GCM", "zip": "DEF"}),
    ))
    .unwrap_err();
    assert!(zip.to_string().ends_with("its sender must not compress"));
    assert_eq!(Symptom::of(&zip).diagnosis, Diagnosis::EncryptionAlgorithm);
    let huge = format!("{}.A.A.A.A", "A".repeat(70_000));
    assert_eq!(
        validate(&huge).unwrap_err().code(),
        "invalid_token.encryption_malformed"
    );
}

#[test]
fn without_a_key_the_setting_is_named() {
    let token = encrypted(&sign(&id_token_claims()));
    let error = validate_as(&registration(), &token).unwrap_err();
    assert_eq!(error, Incompatible::EncryptedIdToken.into());
    assert!(error.to_string().contains("PRIVATE_KEY"));
}

// JO-18
#[test]
fn a_logout_token_is_opened_as_an_id_token_is() {
    let validate = |raw: &str| {
        back_channel::validate(raw, &keys(), &metadata(), &receiving(), NOW).map(|_| ())
    };
    let inner = sign_as(&KEY, &logout_token_claims(), &json!({"typ": "logout+jwt"}));
    assert_eq!(validate(&encrypted(&inner)), Ok(()));
    assert_eq!(validate(&inner), Ok(()));
    assert_eq!(back_channel::check_form(&encrypted(&inner)), Ok(()));
    assert!(validate(&encrypted(&logout_token_claims().to_string())).is_err());
    assert!(back_channel::check_form("a.b.c.d.e").is_err());
}

#[test]
fn a_shared_key_is_the_left_of_a_hash_of_the_secret() {
    let lengths: [(usize, ContentEncryptionAlgorithm); 6] = [
        (16, ContentEncryptionAlgorithm::A128Gcm),
        (24, ContentEncryptionAlgorithm::A192Gcm),
        (32, ContentEncryptionAlgorithm::A256Gcm),
        (32, ContentEncryptionAlgorithm::A128CbcHs256),
        (48, ContentEncryptionAlgorithm::A192CbcHs384),
        (64, ContentEncryptionAlgorithm::A256CbcHs512),
    ];
    let secret = Secret::new(CLIENT_SECRET);
    let shared = ClientRegistration {
        decryption_keys: ClientDecryptionKeys::new(ClientDecryptionKeys::of_secret(&secret)),
        ..registration()
    };
    for (length, encryption) in lengths {
        let key = digest::left(CLIENT_SECRET.as_bytes(), length);
        assert_eq!(key.len(), length);
        let token = EncryptionKey::shared(&key)
            .encrypt(
                KeyManagementAlgorithm::Direct,
                encryption,
                sign(&id_token_claims()).as_bytes(),
                &Object::new(),
            )
            .unwrap();
        assert!(validate_as(&shared, &token).is_ok(), "{encryption:?}");
        assert_eq!(
            validate(&token).unwrap_err().code(),
            "invalid_token.not_decrypted"
        );
    }
}

// Core §10.2
#[test]
fn the_secret_opens_tokens_where_the_registration_says_so_beside_the_keys_of_its_own() {
    let inner = sign(&id_token_claims());
    let to_the_secret = EncryptionKey::shared(&digest::left(CLIENT_SECRET.as_bytes(), 32))
        .encrypt(
            KeyManagementAlgorithm::Direct,
            ContentEncryptionAlgorithm::A256Gcm,
            inner.as_bytes(),
            &Object::new(),
        )
        .unwrap();
    let opens = |client_secret: Option<&str>, secret_opens| {
        let mut registration = ClientRegistration {
            client_secret: client_secret.map(Secret::new),
            ..registration()
        };
        let jwk = Value::Object(private_jwk()).to_string();
        registration.set_keys(ClientKeys::parse(&jwk, NOW).unwrap(), secret_opens);
        [&encrypted(&inner), &to_the_secret].map(|raw| validate_as(&registration, raw).is_ok())
    };
    assert_eq!(opens(Some(CLIENT_SECRET), true), [true, true]);
    assert_eq!(opens(Some(CLIENT_SECRET), false), [true, false]);
    assert_eq!(opens(Some("another"), true), [true, false]);
    assert_eq!(opens(None, true), [true, false]);
}

// OP-01
#[test]
fn keys_are_told_apart_by_their_public_halves_and_show_nothing_else() {
    let (one, other) = (decryption_keys(), ClientDecryptionKeys::default());
    assert_eq!(one, decryption_keys());
    assert_ne!(one, other);
    let shown = format!("{one:?}");
    assert!(
        shown.contains("beer-enc") && !shown.contains("0_NxaRPU"),
        "{shown}"
    );
}
