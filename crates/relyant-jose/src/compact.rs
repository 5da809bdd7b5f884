//! The compact serialization: put together, or taken apart before any signature is looked at. RFC 7515 §7.1.

use crate::base64url;
use crate::header::RawHeader;
use crate::json::{Object, Value};
use crate::jws::JwsError;
use crate::limits::MAX_TOKEN_BYTES;

/// A compact JWS whose parts decode.
pub(crate) struct Compact<'a> {
    pub(crate) header: RawHeader,
    pub(crate) payload: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    /// What was signed: the first two parts as they were sent, with the full stop between them. RFC 7515 §5.2 (8).
    pub(crate) signing_input: &'a str,
}

impl<'a> Compact<'a> {
    pub(crate) fn parse(token: &'a str) -> Result<Self, JwsError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(JwsError::TooLong);
        }
        let (signing_input, header, payload, signature) = split(token)?;
        let decode = |part: &str| base64url::decode(part).map_err(|_| JwsError::Base64Url);
        let header = RawHeader::parse(&decode(header)?).map_err(JwsError::Header)?;
        Ok(Self {
            header,
            payload: decode(payload)?,
            signature: decode(signature)?,
            signing_input,
        })
    }
}

/// What is to be signed: a header of `usual` members and the payload. RFC 7515 §5.1 (5).
///
/// A member of `extra` replaces the one of its name, and a null takes it away.
pub(crate) fn signing_input(mut usual: Object, extra: &Object, payload: &[u8]) -> String {
    usual.extend(extra.clone());
    usual.retain(|_, value| !value.is_null());
    let header = Value::Object(usual).to_string();
    [
        base64url::encode(header.as_bytes()),
        base64url::encode(payload),
    ]
    .join(".")
}

/// The compact serialization: what was signed, and its signature. RFC 7515 §7.1.
pub(crate) fn join(signing_input: &str, signature: &[u8]) -> String {
    [signing_input, &base64url::encode(signature)].join(".")
}

/// RFC 7515 §7.1: exactly three parts. RFC 7516 §9: five parts are an encrypted token.
fn split(token: &str) -> Result<(&str, &str, &str, &str), JwsError> {
    match token.bytes().filter(|byte| *byte == b'.').count() {
        2 => {}
        4 => return Err(JwsError::Encrypted),
        _ => return Err(JwsError::NotCompact),
    }
    let (signing_input, signature) = token.rsplit_once('.').ok_or(JwsError::NotCompact)?;
    let (header, payload) = signing_input.split_once('.').ok_or(JwsError::NotCompact)?;
    Ok((signing_input, header, payload, signature))
}
