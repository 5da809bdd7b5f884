//! RFC 7516 §4: the header of an encrypted token, one mutation at a time, and the exact refusal.

use relyant_jose::base64url;
use relyant_jose::header::HeaderError;
use relyant_jose::jwe::{EncryptedJwe, JweError};
use relyant_jose::limits::MAX_KID_BYTES;

fn refused(header: &str) -> JweError {
    let header = base64url::encode(header.as_bytes());
    EncryptedJwe::parse(&format!("{header}.AA.AA.AA.AA")).unwrap_err()
}

fn unknown_algorithm(got: &str) -> JweError {
    JweError::UnknownAlgorithm {
        got: got.to_owned(),
    }
}

// JO-13, JO-15
#[test]
fn algorithms_are_those_of_this_crate() {
    for got in [
        "RSA1_5",
        "PBES2-HS256+A128KW",
        "A128KW",
        "ECDH-ES+A192KW",
        "none",
        "RS256",
        "rsa-oaep",
    ] {
        let header = format!(r#"{{"alg":"{got}","enc":"A128GCM","p2c":2147483647,"p2s":"AA"}}"#);
        assert_eq!(refused(&header), unknown_algorithm(got));
    }
    assert_eq!(
        refused(r#"{"alg":"RSA-OAEP","enc":"A128CBC"}"#),
        JweError::UnknownEncryption {
            got: "A128CBC".to_owned()
        }
    );
    assert_eq!(
        refused(r#"{"alg":"RSA-OAEP"}"#),
        JweError::MissingEncryption
    );
    assert_eq!(
        refused(r#"{"enc":"A128GCM"}"#),
        JweError::Header(HeaderError::MissingAlgorithm)
    );
}

// JO-01, JO-02, JO-03, JO-04, JO-16
#[test]
fn members_that_no_token_may_have() {
    let long = format!(r#""kid":"{}""#, "k".repeat(MAX_KID_BYTES + 1));
    for (member, error) in [
        (r#""crit":["exp"]"#, HeaderError::CriticalExtension),
        (r#""crit":[]"#, HeaderError::CriticalExtension),
        (r#""b64":false"#, HeaderError::UnencodedPayload),
        (r#""zip":"DEF""#, HeaderError::Compressed),
        (r#""zip":null"#, HeaderError::Compressed),
        (
            r#""jku":"https://x""#,
            HeaderError::KeyInHeader { member: "jku" },
        ),
        (r#""jwk":{}"#, HeaderError::KeyInHeader { member: "jwk" }),
        (
            r#""x5u":"https://x""#,
            HeaderError::KeyInHeader { member: "x5u" },
        ),
        (r#""x5c":[]"#, HeaderError::KeyInHeader { member: "x5c" }),
        (r#""kid":1"#, HeaderError::NotAString { member: "kid" }),
        (r#""typ":1"#, HeaderError::NotAString { member: "typ" }),
        (r#""cty":[]"#, HeaderError::NotAString { member: "cty" }),
        (r#""apu":7"#, HeaderError::NotAString { member: "apu" }),
        (&long, HeaderError::KidTooLong),
    ] {
        let header = format!(r#"{{"alg":"RSA-OAEP","enc":"A128GCM",{member}}}"#);
        assert_eq!(refused(&header), JweError::Header(error), "{member}");
    }
}

// JO-17
// RFC 7518 §4.6.1.1, §4.6.1.2, §4.6.1.3, RFC 8037 §3.2.1
#[test]
fn what_an_agreement_brings_along_is_well_formed() {
    for (member, value) in [
        ("epk", r#""text""#),
        ("epk", "[]"),
        (
            "epk",
            r#"{"kty":"EC","crv":"P-256","x":"AA","y":"AA","d":"AA"}"#,
        ),
        ("apu", r#""A""#),
        ("apv", r#""=""#),
    ] {
        let header = format!(r#"{{"alg":"ECDH-ES","enc":"A128GCM","{member}":{value}}}"#);
        assert_eq!(refused(&header), JweError::Parameter { member }, "{value}");
    }
}
