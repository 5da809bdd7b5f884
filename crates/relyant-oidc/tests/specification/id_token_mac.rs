//! Core §3.1.3.7 (8), §10.1, RFC 7518 §3.2: ID tokens that the client secret authenticates, where that alone was registered.

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::mac::{MacAlgorithm, MacKey};
use relyant_jose::{base64url, digest};
use relyant_oidc::Error;
use relyant_oidc::error::{Configuration, Incompatible, InvalidToken};
use relyant_oidc::id_token::{self, ValidIdToken};
use relyant_oidc::provider_metadata::ProviderMetadata;
use relyant_oidc::registration::ClientRegistration;
use relyant_oidc::secret::Secret;
use serde_json::{Value, json};

use crate::brewery::{
    KEY, NOW, OPAQUE, clipped, id_token_claims, keys, login, metadata_with, registration, sign,
    unsigned,
};

const LONG_SECRET: &str = "a client secret of sixty-four octets, as HMAC with SHA-512 wants it";

fn offering(algorithms: &[&str]) -> ProviderMetadata {
    metadata_with(|it| it["id_token_signing_alg_values_supported"] = json!(algorithms)).unwrap()
}

fn metadata() -> ProviderMetadata {
    offering(&["RS256", "ES256", "HS256", "HS384", "HS512"])
}

fn registered(algorithm: MacAlgorithm) -> ClientRegistration {
    ClientRegistration {
        client_secret: Some(Secret::new(LONG_SECRET)),
        id_token_mac_algorithm: Some(algorithm),
        ..registration()
    }
}

fn authenticated(algorithm: MacAlgorithm, secret: &[u8], claims: &Value) -> String {
    let key = MacKey::new(algorithm, secret).unwrap();
    key.sign(claims.to_string().as_bytes(), &serde_json::Map::new())
}

fn validate_as(registration: &ClientRegistration, raw: &str) -> Result<ValidIdToken, Error> {
    id_token::validate(
        raw,
        &keys(),
        &metadata(),
        registration,
        &login(),
        Some(OPAQUE),
        NOW,
    )
}

#[test]
fn the_secret_authenticates_the_claims() {
    // Core §3.1.3.6: the hash of the token's own algorithm.
    for (algorithm, twin) in [
        (MacAlgorithm::Hs256, SignatureAlgorithm::Rs256),
        (MacAlgorithm::Hs384, SignatureAlgorithm::Rs384),
        (MacAlgorithm::Hs512, SignatureAlgorithm::Rs512),
    ] {
        let mut claims = id_token_claims();
        let half = digest::left_half(twin, OPAQUE.as_bytes());
        claims["at_hash"] = json!(base64url::encode(&half));
        let raw = authenticated(algorithm, LONG_SECRET.as_bytes(), &claims);
        assert!(
            validate_as(&registered(algorithm), &raw).is_ok(),
            "{algorithm:?}"
        );
    }
}

// ID-06, ID-08
#[test]
fn a_client_that_expects_a_mac_takes_no_signature_and_the_other_way_round() {
    let mac = authenticated(
        MacAlgorithm::Hs256,
        LONG_SECRET.as_bytes(),
        &id_token_claims(),
    );
    let signature = sign(&id_token_claims());
    let not_allowed = |expected: &str, got: &str| {
        let (expected, got) = (clipped(expected), clipped(got));
        Err(InvalidToken::AlgorithmNotAllowed { expected, got }.into())
    };
    let expects_mac = registered(MacAlgorithm::Hs256);
    assert_eq!(
        validate_as(&expects_mac, &signature),
        not_allowed("HS256", "ES256")
    );
    let expects_signature = ClientRegistration {
        client_secret: Some(Secret::new(LONG_SECRET)),
        ..registration()
    };
    assert_eq!(
        validate_as(&expects_signature, &mac),
        not_allowed("RS256 ES256", "HS256")
    );
    let longer = registered(MacAlgorithm::Hs512);
    assert_eq!(
        validate_as(&longer, &mac),
        Err(InvalidToken::NoFittingKey.into())
    );
}

// ID-08, JO-23
#[test]
fn no_public_key_is_a_secret() {
    let jwk = KEY.public_jwk();
    let text = |name: &str| jwk.get(name).and_then(Value::as_str).unwrap().to_owned();
    let der = public_key_info(&text("x"), &text("y"));
    let body = base64(&der);
    let secrets = [
        json!({"keys": [jwk]}).to_string().into_bytes(),
        Value::Object(jwk.clone()).to_string().into_bytes(),
        (text("x") + &text("y")).into_bytes(),
        pem(&body, "").into_bytes(),
        pem(&body, "\n").into_bytes(),
        // An element of `x5c` is DER in base64, without lines. RFC 7517 §4.7.
        body.into_bytes(),
        der,
    ];
    for secret in &secrets {
        let raw = authenticated(MacAlgorithm::Hs256, secret, &id_token_claims());
        assert_eq!(
            validate_as(&registered(MacAlgorithm::Hs256), &raw),
            Err(InvalidToken::BadSignature.into())
        );
        let (expected, got) = (clipped("RS256 ES256"), clipped("HS256"));
        assert_eq!(
            validate_as(&registration(), &raw),
            Err(InvalidToken::AlgorithmNotAllowed { expected, got }.into())
        );
    }
}

/// The DER of a P-256 key. RFC 5480 §2.
fn public_key_info(x: &str, y: &str) -> Vec<u8> {
    const HEAD: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE";
    let coordinates = [x, y].map(|text| base64url::decode(text).unwrap());
    [base64url::decode(HEAD).unwrap(), coordinates.concat()].concat()
}

/// RFC 4648 §4, with the padding of a key of 91 bytes.
fn base64(der: &[u8]) -> String {
    assert_eq!(der.len(), 91);
    base64url::encode(der).replace('-', "+").replace('_', "/") + "=="
}

/// RFC 7468 §13, lines of 64.
fn pem(body: &str, end: &str) -> String {
    let lines: Vec<_> = body
        .as_bytes()
        .chunks(64)
        .map(String::from_utf8_lossy)
        .collect();
    let lines = lines.join("\n");
    format!("-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----{end}")
}

// ID-07
#[test]
fn a_mac_of_another_secret_or_none_is_refused() {
    let other = "another client secret of more than sixty-four octets, for HMAC with SHA-512";
    let raw = authenticated(MacAlgorithm::Hs256, other.as_bytes(), &id_token_claims());
    let registration = registered(MacAlgorithm::Hs256);
    assert_eq!(
        validate_as(&registration, &raw),
        Err(InvalidToken::BadSignature.into())
    );
    for alg in ["HS256", "none", "hs256"] {
        let header = json!({"alg": alg}).to_string();
        assert!(
            validate_as(
                &registration,
                &unsigned(&header, &id_token_claims().to_string())
            )
            .is_err()
        );
    }
}

// JO-07
#[test]
fn the_secret_is_as_long_as_the_hash() {
    for (algorithm, name, least) in [
        (MacAlgorithm::Hs256, "HS256", 32),
        (MacAlgorithm::Hs384, "HS384", 48),
        (MacAlgorithm::Hs512, "HS512", 64),
    ] {
        let of = |length: usize| {
            ClientRegistration {
                client_secret: Some(Secret::new("s".repeat(length))),
                ..registered(algorithm)
            }
            .check()
        };
        assert_eq!(of(least), Ok(()));
        let expected = Configuration::ClientSecretTooShort {
            algorithm: name,
            bytes: least - 1,
            least,
        };
        assert_eq!(of(least - 1), Err(expected.into()));
    }
    let public = ClientRegistration {
        client_secret: None,
        ..registered(MacAlgorithm::Hs256)
    };
    assert_eq!(
        public.check(),
        Err(Configuration::ClientSecretMissing.into())
    );
}

#[test]
fn a_provider_that_does_not_offer_it_is_told_before_anybody_signs_in() {
    let registration = registered(MacAlgorithm::Hs384);
    let raw = authenticated(
        MacAlgorithm::Hs384,
        LONG_SECRET.as_bytes(),
        &id_token_claims(),
    );
    let metadata = offering(&["RS256", "ES256", "HS256", "HS512"]);
    let login = login();
    assert_eq!(
        id_token::validate(&raw, &keys(), &metadata, &registration, &login, None, NOW),
        Err(Incompatible::NoSignatureAlgorithm {
            got: clipped("RS256 ES256 HS256 HS512")
        }
        .into())
    );
}
