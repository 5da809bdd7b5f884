//! RFC 7518 §3.2: HMAC, with secrets of our own side only.

use relyant_jose::base64url;
use relyant_jose::json::Object;
use relyant_jose::jwk::JwkError;
use relyant_jose::jws::{JwsError, UnverifiedJws};
use relyant_jose::mac::{MacAlgorithm, MacKey, MacKeys, MacKeysError};

use crate::tokens::PAYLOAD;

const SECRET: &[u8] = b"one pint of a rather hoppy secret that has more than 64 bytes in all";

fn token(header: &str, secret: &[u8]) -> String {
    let signing_input = [
        base64url::encode(header.as_bytes()),
        base64url::encode(b"{}"),
    ]
    .join(".");
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret);
    let tag = aws_lc_rs::hmac::sign(&key, signing_input.as_bytes());
    [signing_input, base64url::encode(tag.as_ref())].join(".")
}

fn single() -> MacKeys {
    MacKeys::from(MacKey::new(MacAlgorithm::Hs256, SECRET).unwrap())
}

fn set(members: &[serde_json::Value]) -> Result<MacKeys, MacKeysError> {
    MacKeys::parse(
        serde_json::json!({ "keys": members })
            .to_string()
            .as_bytes(),
    )
}

fn jwk(kid: &str) -> serde_json::Value {
    serde_json::json!({ "kty": "oct", "alg": "HS256", "kid": kid, "k": base64url::encode(SECRET) })
}

#[test]
fn one_secret_and_one_change() {
    let good = token(r#"{"alg":"HS256"}"#, SECRET);
    assert_eq!(single().verify(&good).unwrap().payload(), b"{}");
    let (rest, tag) = good.rsplit_once('.').unwrap();
    let short = base64url::encode(&base64url::decode(tag).unwrap()[..16]);
    for (changed, error) in [
        (
            token(r#"{"alg":"HS256"}"#, b"another"),
            JwsError::BadSignature,
        ),
        (format!("{rest}."), JwsError::BadSignature),
        (format!("{rest}.{short}"), JwsError::BadSignature),
        (token(r#"{"alg":"HS512"}"#, SECRET), JwsError::NoFittingKey),
        (
            token(r#"{"alg":"RS256"}"#, SECRET),
            JwsError::UnknownAlgorithm {
                got: "RS256".to_owned(),
            },
        ),
        (
            token(r#"{"alg":"none"}"#, SECRET),
            JwsError::UnknownAlgorithm {
                got: "none".to_owned(),
            },
        ),
        (
            token(r#"{"alg":"hs256"}"#, SECRET),
            JwsError::UnknownAlgorithm {
                got: "hs256".to_owned(),
            },
        ),
        (format!("{good}="), JwsError::Base64Url),
    ] {
        assert_eq!(single().verify(&changed).unwrap_err(), error, "{changed}");
    }
}

#[test]
fn what_is_authenticated_is_what_every_reader_expects() {
    let key = MacKey::new(MacAlgorithm::Hs256, SECRET).unwrap();
    let header = serde_json::json!({"typ": null});
    assert_eq!(
        key.sign(b"{}", header.as_object().unwrap()),
        token(r#"{"alg":"HS256"}"#, SECRET)
    );
    let parsed = UnverifiedJws::parse(&key.sign(b"{}", &Object::new())).unwrap_err();
    let got = "HS256".to_owned();
    assert_eq!(parsed, JwsError::UnknownAlgorithm { got });
}

#[test]
fn each_algorithm_verifies_what_it_authenticated() {
    for algorithm in MacAlgorithm::ALL {
        assert_eq!(MacAlgorithm::from_name(algorithm.name()), Some(*algorithm));
        let key = || MacKey::new(*algorithm, SECRET).unwrap();
        assert_eq!(key().algorithm(), *algorithm);
        let token = key().sign(PAYLOAD, &Object::new());
        let verified = MacKeys::from(key()).verify(&token).unwrap();
        assert_eq!(verified.payload(), PAYLOAD);
        for other in MacAlgorithm::ALL.iter().filter(|other| *other != algorithm) {
            let keys = MacKeys::from(MacKey::new(*other, SECRET).unwrap());
            assert_eq!(keys.verify(&token).unwrap_err(), JwsError::NoFittingKey);
        }
    }
}

#[test]
fn a_secret_with_a_name_says_it() {
    let named = MacKey::from_jwk(jwk("a").as_object().unwrap()).unwrap();
    let token = named.sign(b"{}", &Object::new());
    assert!(set(&[jwk("a"), jwk("b")]).unwrap().verify(&token).is_ok());
    let unknown = set(&[jwk("b"), jwk("c")]).unwrap().verify(&token);
    let kid = "a".to_owned();
    assert_eq!(unknown.unwrap_err(), JwsError::UnknownKid { kid });
}

// JO-07
#[test]
fn a_secret_is_as_long_as_the_hash() {
    for (algorithm, least) in [
        (MacAlgorithm::Hs256, 32),
        (MacAlgorithm::Hs384, 48),
        (MacAlgorithm::Hs512, 64),
    ] {
        assert!(MacKey::new(algorithm, &SECRET[..least]).is_ok());
        for short in [0, 1, least - 1] {
            assert_eq!(
                MacKey::new(algorithm, &SECRET[..short]).unwrap_err(),
                JwkError::ShortSecret { got: short, least }
            );
        }
    }
}

#[test]
fn the_kid_chooses_the_secret() {
    let keys = set(&[jwk("a"), jwk("b")]).unwrap();
    assert!(
        keys.verify(&token(r#"{"alg":"HS256","kid":"b"}"#, SECRET))
            .is_ok()
    );
    assert_eq!(
        keys.verify(&token(r#"{"alg":"HS256"}"#, SECRET))
            .unwrap_err(),
        JwsError::AmbiguousKey
    );
    let unknown = JwsError::UnknownKid {
        kid: "c".to_owned(),
    };
    assert_eq!(
        keys.verify(&token(r#"{"alg":"HS256","kid":"c"}"#, SECRET))
            .unwrap_err(),
        unknown
    );
    assert_eq!(
        set(&[jwk("a")])
            .unwrap()
            .verify(&token(r#"{"alg":"HS256","kid":"c"}"#, SECRET))
            .unwrap_err(),
        unknown
    );
    assert!(
        single()
            .verify(&token(r#"{"alg":"HS256","kid":"c"}"#, SECRET))
            .is_ok()
    );
    assert_eq!(
        set(&[])
            .unwrap()
            .verify(&token(r#"{"alg":"HS256"}"#, SECRET))
            .unwrap_err(),
        JwsError::NoFittingKey
    );
}

// JO-06
#[test]
fn a_set_of_secrets_is_all_secrets_with_different_names() {
    assert_eq!(
        set(&[jwk("a"), jwk("a")]).unwrap_err(),
        MacKeysError::DuplicateKid { index: 1 }
    );
    let mixed = set(&[jwk("a"), serde_json::json!({ "kty": "EC", "kid": "b" })]).unwrap_err();
    assert_eq!(
        mixed,
        MacKeysError::Key {
            index: 1,
            reason: JwkError::UnsupportedKeyType {
                got: "EC".to_owned()
            }
        }
    );
    assert_eq!(MacKeys::parse(b"{}").unwrap_err(), MacKeysError::NoKeys);
    assert_eq!(
        set(&vec![jwk("a"); 101]).unwrap_err(),
        MacKeysError::TooManyKeys { got: 101 }
    );
}

#[test]
fn one_secret_jwk_and_one_change() {
    for (member, value, error) in [
        (
            "kty",
            "OCT",
            JwkError::UnsupportedKeyType {
                got: "OCT".to_owned(),
            },
        ),
        (
            "alg",
            "A256GCM",
            JwkError::UnknownAlgorithm {
                got: "A256GCM".to_owned(),
            },
        ),
        ("alg", "HS512", JwkError::ShortSecret { got: 40, least: 64 }),
        (
            "use",
            "enc",
            JwkError::Use {
                got: "enc".to_owned(),
            },
        ),
        ("k", "", JwkError::ShortSecret { got: 0, least: 32 }),
        ("k", "=", JwkError::Base64Url { member: "k" }),
    ] {
        let mut changed = jwk("a");
        changed["k"] = base64url::encode(&SECRET[..40]).into();
        changed[member] = value.into();
        assert_eq!(
            set(&[changed]).unwrap_err(),
            MacKeysError::Key {
                index: 0,
                reason: error
            },
            "{member}"
        );
    }
}

#[test]
fn debug_shows_no_secret() {
    assert_eq!(
        format!("{:?}", set(&[jwk("a")]).unwrap()),
        r#"MacKeys([MacKey(Hs256, Some("a"), secret not shown)])"#
    );
}
