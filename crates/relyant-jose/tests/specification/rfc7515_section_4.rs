//! RFC 7515 §4: header parameters. One valid token, one change to its header, and the exact refusal; each is signed, so that
//! only the header can be the reason.

use relyant_jose::header::HeaderError;
use relyant_jose::json::{JsonError, Object};
use relyant_jose::jws::{JwsError, UnverifiedJws};

use crate::tokens::{KID, PAYLOAD, es256, key, object, set, token, verify, with_header};

/// What becomes of a token whose header has these members on top.
fn outcome(extra: &str) -> Result<(), JwsError> {
    let signed = es256().sign(PAYLOAD, &object(extra)).unwrap();
    verify(&signed, &set([es256().public_jwk()])).map(|_| ())
}

fn refused(extra: &str) -> JwsError {
    outcome(extra).unwrap_err()
}

#[test]
fn the_plain_header_is_taken() {
    assert_eq!(outcome("{}"), Ok(()));
    for extra in [
        r#"{"typ":null}"#,
        r#"{"typ":"at+jwt"}"#,
        r#"{"cty":"JWT"}"#,
        r#"{"x5t":"abc"}"#,
        r#"{"org.example.beer":[1]}"#,
    ] {
        assert_eq!(outcome(extra), Ok(()), "{extra}");
    }
}

#[test]
fn what_the_header_says_is_handed_on_as_written() {
    let signed = es256()
        .sign(PAYLOAD, &object(r#"{"typ":"At+JWT"}"#))
        .unwrap();
    let verified = verify(&signed, &set([es256().public_jwk()])).unwrap();
    assert_eq!(verified.header().typ.as_deref(), Some("At+JWT"));
    assert_eq!(verified.header().kid.as_deref(), Some(KID));
}

#[test]
fn section_4_1_1_alg() {
    for name in [
        "none", "None", "nOnE", "HS256", "es256", "ES256 ", "ES521", "Ed448", "", "RSA1_5",
    ] {
        let extra = serde_json::json!({ "alg": name }).to_string();
        assert_eq!(
            refused(&extra),
            JwsError::UnknownAlgorithm {
                got: name.to_owned()
            }
        );
    }
    assert_eq!(
        refused(r#"{"alg":null}"#),
        JwsError::Header(HeaderError::MissingAlgorithm)
    );
    assert_eq!(
        refused(r#"{"alg":["ES256"]}"#),
        JwsError::Header(HeaderError::NotAString { member: "alg" })
    );
}

// JO-03
#[test]
fn section_4_1_2_to_6_a_key_in_the_header_is_never_used() {
    let attacker = key(relyant_jose::algorithm::SignatureAlgorithm::Es256);
    let mut extra = Object::new();
    extra.insert("jwk".to_owned(), attacker.public_jwk().into());
    let forged = attacker.sign(PAYLOAD, &extra).unwrap();
    let keys = set([es256().public_jwk()]);
    assert_eq!(
        verify(&forged, &keys).unwrap_err(),
        JwsError::Header(HeaderError::KeyInHeader { member: "jwk" })
    );
    for (member, value) in [
        ("jku", r#""http://127.0.0.1:9/keys""#),
        ("x5u", r#""http://127.0.0.1:9/cert""#),
        ("x5c", r#"["MIIB"]"#),
    ] {
        let extra = format!(r#"{{"{member}":{value}}}"#);
        assert_eq!(
            refused(&extra),
            JwsError::Header(HeaderError::KeyInHeader { member })
        );
    }
}

// JO-04
#[test]
fn section_4_1_4_kid() {
    for kid in [
        "../../etc/passwd",
        "' or 1",
        "brewery-1 ",
        "BREWERY-1",
        "",
        "\0",
    ] {
        let extra = serde_json::json!({ "kid": kid }).to_string();
        assert_eq!(
            refused(&extra),
            JwsError::UnknownKid {
                kid: kid.to_owned()
            }
        );
    }
    for kid in [r#"{"a":1}"#, "1", "[]", "false"] {
        let extra = format!(r#"{{"kid":{kid}}}"#);
        assert_eq!(
            refused(&extra),
            JwsError::Header(HeaderError::NotAString { member: "kid" }),
            "{kid}"
        );
    }
    let long = serde_json::json!({ "kid": "k".repeat(257) }).to_string();
    assert_eq!(refused(&long), JwsError::Header(HeaderError::KidTooLong));
    let mut huge = Object::new();
    huge.insert("kid".to_owned(), "k".repeat(1 << 20).into());
    let signed = es256().sign(PAYLOAD, &huge).unwrap();
    assert_eq!(
        UnverifiedJws::parse(&signed).unwrap_err(),
        JwsError::TooLong
    );
}

#[test]
fn section_4_1_9_typ() {
    for typ in ["1", "[]", "{}"] {
        let extra = format!(r#"{{"typ":{typ}}}"#);
        assert_eq!(
            refused(&extra),
            JwsError::Header(HeaderError::NotAString { member: "typ" })
        );
    }
}

// JO-01
#[test]
fn section_4_1_11_crit() {
    for crit in [
        r#"["x"]"#,
        "[]",
        r#"["alg"]"#,
        r#"["b64"]"#,
        r#"["exp","exp"]"#,
        "{}",
        "1",
    ] {
        let extra = format!(r#"{{"crit":{crit},"exp":1}}"#);
        assert_eq!(
            refused(&extra),
            JwsError::Header(HeaderError::CriticalExtension),
            "{crit}"
        );
    }
}

// JO-02
#[test]
fn rfc_7797_b64() {
    assert_eq!(
        refused(r#"{"b64":false}"#),
        JwsError::Header(HeaderError::UnencodedPayload)
    );
    assert_eq!(
        refused(r#"{"b64":true}"#),
        JwsError::Header(HeaderError::UnencodedPayload)
    );
    assert_eq!(
        refused(r#"{"b64":false,"crit":["b64"]}"#),
        JwsError::Header(HeaderError::CriticalExtension)
    );
}

// JO-16
#[test]
fn zip() {
    assert_eq!(
        refused(r#"{"zip":"DEF"}"#),
        JwsError::Header(HeaderError::Compressed)
    );
}

#[test]
fn section_4_names_are_unique_and_the_header_is_one_object() {
    let json = |error: JsonError| JwsError::Header(HeaderError::Json(error));
    let duplicate = |name: &str| {
        json(JsonError::DuplicateMember {
            name: name.to_owned(),
        })
    };
    for (header, error) in [
        (r#"{"alg":"none","alg":"ES256"}"#, duplicate("alg")),
        (
            r#"{"alg":"ES256","kid":"a","\u006bid":"b"}"#,
            duplicate("kid"),
        ),
        (r#"{"alg":"ES256","x":{"y":1,"y":1}}"#, duplicate("y")),
        (r#"["ES256"]"#, json(JsonError::NotAnObject)),
        ("", json(JsonError::Syntax { line: 1, column: 0 })),
        (
            r#"{"alg":"ES256"}{}"#,
            json(JsonError::Syntax {
                line: 1,
                column: 16,
            }),
        ),
        (
            "\u{feff}{\"alg\":\"ES256\"}",
            json(JsonError::ByteOrderMark),
        ),
    ] {
        let changed = with_header(&token(es256()), header);
        assert_eq!(
            verify(&changed, &set([es256().public_jwk()])).unwrap_err(),
            error,
            "{header}"
        );
    }
}
