//! The compact serialization taken apart: three parts and their meaning, before any signature is looked at. RFC 7515 §7.1.

use crate::base64url;
use crate::header::RawHeader;
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
