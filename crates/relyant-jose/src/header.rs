//! The JOSE header of a signed token: what it may say, and what makes a token be refused unread. RFC 7515 §4.

use std::fmt;

use crate::algorithm::SignatureAlgorithm;
use crate::json::{self, JsonError, Object, Value};
use crate::limits::MAX_KID_BYTES;

/// The members that carry or fetch a key: RFC 7515 §4.1.2, §4.1.3, §4.1.5 and §4.1.6.
///
/// A key that the token brings along proves nothing, and an address in it is the sender's choice (RFC 8725 §3.10).
const KEY_MEMBERS: [&str; 4] = ["jku", "jwk", "x5u", "x5c"];

/// What the header of a signed token says, as far as a relying party needs it.
///
/// Members that aren't here (`cty`, `x5t`, private ones) are ignored, as RFC 7515 §4 wants for those not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The signature algorithm. RFC 7515 §4.1.1.
    pub algorithm: SignatureAlgorithm,
    /// Which key of the set signed: a hint, compared for equality and used for nothing else. RFC 7515 §4.1.4.
    pub kid: Option<String>,
    /// The type of the token, as it was written. RFC 7515 §4.1.9.
    pub typ: Option<String>,
}

/// Why a header is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeaderError {
    /// Not a JSON object as this crate takes it.
    Json(JsonError),
    /// `alg` is missing.
    MissingAlgorithm,
    /// `alg`, `kid` or `typ` is not a string.
    NotAString {
        /// The member's name.
        member: &'static str,
    },
    /// `kid` is longer than [`MAX_KID_BYTES`].
    KidTooLong,
    /// `crit` is there: the token demands an extension, and none is supported.
    CriticalExtension,
    /// `b64` is there: the payload might not be base64url.
    UnencodedPayload,
    /// `zip` is there: the payload might be compressed.
    Compressed,
    /// `enc` is there: the header of an encrypted token.
    Encrypted,
    /// The token brings its own key or the address of one.
    KeyInHeader {
        /// The member's name.
        member: &'static str,
    },
}

impl fmt::Display for HeaderError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => write!(formatter, "{error}"),
            Self::MissingAlgorithm => write!(formatter, "`alg` is missing"),
            Self::NotAString { member } => write!(formatter, "`{member}` is not a string"),
            Self::KidTooLong => write!(formatter, "`kid` is longer than {MAX_KID_BYTES} bytes"),
            Self::CriticalExtension => {
                write!(
                    formatter,
                    "`crit` demands an extension that is not supported: its sender must do without"
                )
            }
            Self::UnencodedPayload => {
                write!(
                    formatter,
                    "`b64` is not supported: its sender must leave the payload encoded"
                )
            }
            Self::Compressed => {
                write!(
                    formatter,
                    "`zip` is not supported: its sender must not compress"
                )
            }
            Self::Encrypted => write!(formatter, "`enc` belongs to an encrypted token"),
            Self::KeyInHeader { member } => {
                write!(
                    formatter,
                    "`{member}` brings a key along, which is never trusted: its sender must name a published one by `kid`"
                )
            }
        }
    }
}

impl std::error::Error for HeaderError {}

/// The header before its algorithm is known to be one of ours.
#[derive(Debug)]
pub(crate) struct RawHeader {
    pub(crate) alg: String,
    pub(crate) kid: Option<String>,
    pub(crate) typ: Option<String>,
}

impl RawHeader {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, HeaderError> {
        let object = members(bytes)?;
        // RFC 7516 §9: `enc` is what tells a JWE from a JWS.
        if object.contains_key("enc") {
            return Err(HeaderError::Encrypted);
        }
        Ok(Self {
            alg: text(&object, "alg")?.ok_or(HeaderError::MissingAlgorithm)?,
            kid: kid(&object)?,
            typ: text(&object, "typ")?,
        })
    }
}

/// The members of a header, signed or encrypted, unless one of them is refused in any token.
pub(crate) fn members(bytes: &[u8]) -> Result<Object, HeaderError> {
    let object = json::parse_object(bytes).map_err(HeaderError::Json)?;
    refuse_members(&object)?;
    Ok(object)
}

/// The name of a key: a string of bounded length. RFC 7515 §4.1.4, RFC 7516 §4.1.6.
pub(crate) fn kid(header: &Object) -> Result<Option<String>, HeaderError> {
    match text(header, "kid")? {
        Some(kid) if kid.len() > MAX_KID_BYTES => Err(HeaderError::KidTooLong),
        kid => Ok(kid),
    }
}

fn refuse_members(header: &Object) -> Result<(), HeaderError> {
    // RFC 7515 §4.1.11: a critical extension that isn't understood makes the token invalid. None is, so the list itself tells.
    if header.contains_key("crit") {
        return Err(HeaderError::CriticalExtension);
    }
    // RFC 7797 §6: without `crit` the parameter would be ignored by some and obeyed by others.
    if header.contains_key("b64") {
        return Err(HeaderError::UnencodedPayload);
    }
    // RFC 8725 §3.6: what is compressed may leak by its length, or grow without end; a JWS has no such member (RFC 7516 §4.1.3).
    if header.contains_key("zip") {
        return Err(HeaderError::Compressed);
    }
    match KEY_MEMBERS
        .into_iter()
        .find(|member| header.contains_key(*member))
    {
        Some(member) => Err(HeaderError::KeyInHeader { member }),
        None => Ok(()),
    }
}

/// A string member, absent or there. RFC 7515 §4.1.1, §4.1.4 and §4.1.9 allow no other type.
pub(crate) fn text(header: &Object, member: &'static str) -> Result<Option<String>, HeaderError> {
    match header.get(member) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(HeaderError::NotAString { member }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refused(text: &str) -> HeaderError {
        RawHeader::parse(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn reads_the_members_that_count_and_ignores_the_rest() {
        let header = RawHeader::parse(br#"{"alg":"RS256","kid":"k","typ":"JWT","cty":"x","x5t":"y","x5t#S256":"z","org.example":{"a":[1]}}"#).unwrap();
        assert_eq!(
            (
                header.alg.as_str(),
                header.kid.as_deref(),
                header.typ.as_deref()
            ),
            ("RS256", Some("k"), Some("JWT"))
        );
    }

    // JO-01
    #[test]
    fn any_crit_is_refused() {
        for crit in [
            r#"["x"]"#,
            "[]",
            r#"["alg"]"#,
            r#"["b64"]"#,
            r#"["exp"],"exp":1"#,
            "null",
            "1",
        ] {
            assert_eq!(
                refused(&format!(r#"{{"alg":"RS256","crit":{crit}}}"#)),
                HeaderError::CriticalExtension,
                "{crit}"
            );
        }
    }

    // JO-02
    // RFC 7797 §6
    #[test]
    fn b64_is_refused_with_any_value() {
        for value in ["false", "true", "null"] {
            assert_eq!(
                refused(&format!(r#"{{"alg":"RS256","b64":{value}}}"#)),
                HeaderError::UnencodedPayload,
                "{value}"
            );
        }
        assert_eq!(
            refused(r#"{"alg":"RS256","b64":false,"crit":["b64"]}"#),
            HeaderError::CriticalExtension
        );
    }

    // JO-03
    // RFC 8725 §3.10
    #[test]
    fn keys_in_the_header_are_refused() {
        for member in KEY_MEMBERS {
            assert_eq!(
                refused(&format!(r#"{{"alg":"RS256","{member}":null}}"#)),
                HeaderError::KeyInHeader { member }
            );
        }
    }

    // JO-04
    #[test]
    fn the_kid_is_a_string_of_bounded_length() {
        for kid in [r#"{"a":1}"#, "1", "null", "[\"k\"]", "true"] {
            assert_eq!(
                refused(&format!(r#"{{"alg":"RS256","kid":{kid}}}"#)),
                HeaderError::NotAString { member: "kid" }
            );
        }
        let with_kid =
            |length: usize| format!(r#"{{"alg":"RS256","kid":"{}"}}"#, "k".repeat(length));
        assert!(RawHeader::parse(with_kid(MAX_KID_BYTES).as_bytes()).is_ok());
        assert_eq!(
            refused(&with_kid(MAX_KID_BYTES + 1)),
            HeaderError::KidTooLong
        );
    }

    // JO-16
    // RFC 8725 §3.6
    #[test]
    fn zip_is_refused() {
        assert_eq!(
            refused(r#"{"alg":"RS256","zip":"DEF"}"#),
            HeaderError::Compressed
        );
    }

    // JO-18
    #[test]
    fn the_header_of_an_encrypted_token_is_refused() {
        assert_eq!(
            refused(r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#),
            HeaderError::Encrypted
        );
    }

    #[test]
    fn alg_and_typ_are_strings() {
        assert_eq!(refused("{}"), HeaderError::MissingAlgorithm);
        assert_eq!(
            refused(r#"{"alg":null}"#),
            HeaderError::NotAString { member: "alg" }
        );
        assert_eq!(
            refused(r#"{"alg":["RS256"]}"#),
            HeaderError::NotAString { member: "alg" }
        );
        assert_eq!(
            refused(r#"{"alg":"RS256","typ":1}"#),
            HeaderError::NotAString { member: "typ" }
        );
        assert_eq!(refused(r#"{"Alg":"RS256"}"#), HeaderError::MissingAlgorithm);
    }

    #[test]
    fn the_header_is_one_strict_json_object() {
        assert_eq!(refused("[]"), HeaderError::Json(JsonError::NotAnObject));
        let twice = HeaderError::Json(JsonError::DuplicateMember {
            name: "alg".to_owned(),
        });
        assert_eq!(refused(r#"{"alg":"none","alg":"RS256"}"#), twice);
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = RawHeader::parse(&bytes);
        }

        #[test]
        fn any_members_are_answered(alg in any::<String>(), kid in any::<String>(), typ in any::<String>()) {
            let text = serde_json::json!({"alg": alg, "kid": kid, "typ": typ}).to_string();
            if let Ok(header) = RawHeader::parse(text.as_bytes()) {
                prop_assert_eq!((header.alg, header.kid, header.typ), (alg, Some(kid), Some(typ)));
            }
        }
    }
}
