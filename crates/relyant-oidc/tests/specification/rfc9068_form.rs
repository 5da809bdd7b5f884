//! RFC 9068 §4: the form of an access token at a resource server, and the key and algorithm that sign it.

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::base64url;
use relyant_jose::mac::{MacAlgorithm, MacKey};
use relyant_jose::sign::SigningKey;
use relyant_oidc::access_token::{check_form, validate};
use relyant_oidc::error::{Incompatible, InvalidAccessToken};
use relyant_oidc::registration::ClientRegistration;
use serde_json::{Value, json};

use crate::brewery::{
    ALGORITHMS, KEY, NOW, RSA_KEY, clipped, keys, keys_of, metadata, metadata_with, registration,
    sign_as, sign_text, unsigned,
};
use crate::encryption::{encrypted, receiving};
use crate::rfc9068::{audience, claims, refused, sign, validate_as, validated};

// JO-05
// RFC 8725 §3.1
#[test]
fn algorithm_and_key_are_the_providers() {
    let header = |header: Value| sign_as(&KEY, &claims(), &header);
    let not_among = |expected: &str, got: &str| InvalidAccessToken::AlgorithmNotAllowed {
        expected: clipped(expected),
        got: clipped(got),
    };
    let not_allowed = |got: &str| not_among(ALGORITHMS, got);
    for (raw, expected) in [
        (
            header(json!({"typ": "at+jwt", "alg": "HS256"})),
            not_allowed("HS256"),
        ),
        (
            header(json!({"typ": "at+jwt", "alg": "ES384"})),
            not_allowed("ES384"),
        ),
        (
            header(json!({"typ": "at+jwt", "alg": "RS256"})),
            InvalidAccessToken::NoFittingKey,
        ),
        (
            header(json!({"typ": "at+jwt", "kid": "another"})),
            InvalidAccessToken::UnknownKey {
                kid: clipped("another"),
            },
        ),
        (
            unsigned(r#"{"alg":"none","typ":"at+jwt"}"#, &claims().to_string()),
            not_allowed("none"),
        ),
    ] {
        assert_eq!(validated(&raw), refused(expected));
    }
    let rsa = sign_as(&RSA_KEY, &claims(), &json!({"typ": "at+jwt"}));
    assert!(validated(&rsa).is_ok());
    let narrowed = ClientRegistration {
        id_token_algorithms: Some(vec![SignatureAlgorithm::Rs256]),
        ..registration()
    };
    assert!(validate_as(&narrowed, &rsa).is_ok());
    assert_eq!(
        validate_as(&narrowed, &sign(&claims())),
        refused(not_among("RS256", "ES256"))
    );
}

// ID-08, JO-23
#[test]
fn a_client_secret_makes_no_access_token_even_where_it_makes_id_tokens() {
    let secret = "a secret that is long enough for HS256";
    let by_mac = ClientRegistration {
        client_secret: Some(relyant_oidc::secret::Secret::new(secret)),
        id_token_mac_algorithm: Some(MacAlgorithm::Hs256),
        ..registration()
    };
    let key = MacKey::new(MacAlgorithm::Hs256, secret.as_bytes()).unwrap();
    let header = json!({"typ": "at+jwt"});
    let raw = key.sign(claims().to_string().as_bytes(), header.as_object().unwrap());
    let (expected, got) = (clipped(ALGORITHMS), clipped("HS256"));
    assert_eq!(
        validate_as(&by_mac, &raw),
        refused(InvalidAccessToken::AlgorithmNotAllowed { expected, got })
    );
    assert!(validate_as(&by_mac, &sign(&claims())).is_ok());
    let macs_alone = metadata_with(|it| {
        it["id_token_signing_alg_values_supported"] = json!(["HS256"]);
    })
    .unwrap();
    let got = validate(
        &sign(&claims()),
        &keys(),
        &macs_alone,
        &by_mac,
        &audience(),
        NOW,
    );
    let offered = clipped("HS256");
    assert_eq!(
        got,
        Err(Incompatible::NoSignatureAlgorithm { got: offered }.into())
    );
}

// JO-01, JO-03, ID-19
#[test]
fn its_form_is_strict() {
    let text = claims().to_string();
    let typed = json!({"typ": "at+jwt"});
    let twice = text.replacen('{', "{\"scope\":\"admin\",", 1);
    let embedded = SigningKey::generate(SignatureAlgorithm::Es256, "evil").unwrap();
    let malformed = "invalid_token.access_token_malformed";
    let claims_malformed = "invalid_token.access_token_claims_malformed";
    for (raw, code) in [
        (
            sign_as(&KEY, &claims(), &json!({"typ": "at+jwt", "crit": ["exp"]})),
            malformed,
        ),
        (format!("{}=", sign(&claims())), malformed),
        (format!("{}\n", sign(&claims())), malformed),
        (sign_text(&KEY, "[]", &typed), claims_malformed),
        (sign_text(&KEY, "", &typed), claims_malformed),
        (sign_text(&KEY, &twice, &typed), claims_malformed),
        (
            sign_as(
                &embedded,
                &claims(),
                &json!({"typ": "at+jwt", "jwk": embedded.public_jwk()}),
            ),
            malformed,
        ),
    ] {
        assert_eq!(validated(&raw).unwrap_err().code(), code, "{raw}");
    }
    let raw = sign(&claims());
    let (header, rest) = raw.split_once('.').unwrap();
    let (_, signature) = rest.split_once('.').unwrap();
    let mut forged = claims();
    forged["scope"] = json!("admin");
    let forged = base64url::encode(forged.to_string().as_bytes());
    let forged = format!("{header}.{forged}.{signature}");
    assert_eq!(
        validated(&forged),
        refused(InvalidAccessToken::BadSignature)
    );
}

// JO-18
#[test]
fn an_encrypted_one_is_opened_with_our_key_and_must_be_signed_inside() {
    let inner = sign(&claims());
    assert_eq!(
        validated(&encrypted(&inner)),
        Err(Incompatible::EncryptedAccessToken.into())
    );
    let message = Incompatible::EncryptedAccessToken.to_string();
    assert!(message.contains("PRIVATE_KEY"), "{message}");
    assert!(validate_as(&receiving(), &encrypted(&inner)).is_ok());
    let claims = claims().to_string();
    for inside in [
        claims.clone(),
        unsigned(r#"{"alg":"none","typ":"at+jwt"}"#, &claims),
    ] {
        assert!(validate_as(&receiving(), &encrypted(&inside)).is_err());
    }
}

// FT-26, JO-21
#[test]
fn what_is_no_jwt_is_refused_by_its_length_and_form() {
    let header = base64url::encode(br#"{"alg":"ES256","typ":"at+jwt"}"#);
    for bytes in [32_769, 100_000, 10_000_000] {
        for text in [".", "a", "["] {
            let error = InvalidAccessToken::TooLong { bytes };
            assert_eq!(check_form(&text.repeat(bytes)), Err(error.into()));
        }
    }
    for raw in [
        String::new(),
        "opaque".to_owned(),
        "a.b.c".to_owned(),
        ".".repeat(32_768),
        format!("{header}.{}.AAAA", "A".repeat(20_000)),
        format!("{header}.A.A.A"),
        format!("{header}.A.A.A.A"),
        format!("{header}.A.A.A.A.A"),
    ] {
        let code = check_form(&raw).unwrap_err().code();
        assert_eq!(
            code,
            "invalid_token.access_token_malformed",
            "{}",
            raw.len()
        );
    }
    let nested = base64url::encode("[".repeat(10_000).as_bytes());
    assert!(check_form(&format!("{nested}.{nested}.AAAA")).is_err());
    assert_eq!(check_form(&sign(&claims())), Ok(()));
    assert_eq!(check_form(&encrypted(&sign(&claims()))), Ok(()));
}

#[test]
fn one_key_without_a_name_is_enough() {
    let registration = registration();
    let raw = sign_as(&KEY, &claims(), &json!({"typ": "at+jwt", "kid": null}));
    let got = validate(
        &raw,
        &keys_of(&[&KEY]),
        &metadata(),
        &registration,
        &audience(),
        NOW,
    );
    assert!(got.is_ok());
}
