//! The name that a key gives itself: the hash of its public members. RFC 7638.

use crate::base64url;
use crate::digest::sha256;
use crate::json::{Object, Value};
use crate::jwk::{JwkError, required};

/// The SHA-256 thumbprint of a public JWK, in base64url. RFC 7638 §3.
///
/// Two JWKs of one key have one thumbprint, whatever else they say. Its members are taken as they were written: that they
/// are a key, somebody else has to find out.
pub fn thumbprint(jwk: &Object) -> Result<String, JwkError> {
    // RFC 7638 §3.2 and RFC 8037 §2: the members that describe the key itself.
    let members: &[&'static str] = match required(jwk, "kty")? {
        "RSA" => &["e", "kty", "n"],
        "EC" => &["crv", "kty", "x", "y"],
        "OKP" => &["crv", "kty", "x"],
        other => {
            return Err(JwkError::UnsupportedKeyType {
                got: other.to_owned(),
            });
        }
    };
    // RFC 7638 §3.3: in the order of their names, without white space; none of the values needs an escape.
    let described = members
        .iter()
        .map(|member| Ok(((*member).to_owned(), Value::from(required(jwk, member)?))))
        .collect::<Result<Object, JwkError>>()?;
    Ok(base64url::encode(&sha256(
        Value::Object(described).to_string().as_bytes(),
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse_object;

    fn of(text: &str) -> Result<String, JwkError> {
        thumbprint(&parse_object(text.as_bytes()).unwrap())
    }

    // RFC 7638 §3
    #[test]
    fn rfc_7638_section_3_1() {
        let jwk = r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#;
        assert_eq!(
            of(jwk).unwrap(),
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
        );
    }

    // RFC 7638 §3.2, §3.3
    #[test]
    fn rfc_8037_appendix_a_3() {
        let jwk =
            r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        assert_eq!(
            of(jwk).unwrap(),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        );
    }

    #[test]
    fn what_describes_no_key_has_none() {
        assert_eq!(of("{}"), Err(JwkError::Missing { member: "kty" }));
        assert_eq!(
            of(r#"{"kty":"EC","crv":"P-256","x":"AA"}"#),
            Err(JwkError::Missing { member: "y" })
        );
        assert_eq!(
            of(r#"{"kty":"oct","k":"AA"}"#),
            Err(JwkError::UnsupportedKeyType {
                got: "oct".to_owned()
            })
        );
    }
}
