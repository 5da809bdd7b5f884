//! The misbehaviours of an exchange: whatever the endpoint would answer, the relying party's server gets something else.

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::endpoint::Endpoint;
use crate::misbehaviour::Misbehaviour;
use crate::provider::Shared;
use crate::wire::{WireFault, WireLever};

/// The largest answer of ours that is compressed: the JWK Set with 10,000 keys stays below it.
const LARGEST_ANSWER: usize = 16 << 20;

/// A date long ago, of a clock that nobody set.
const OLD_DATE: HeaderValue = HeaderValue::from_static("Thu, 01 Jan 2015 00:00:00 GMT");

/// Counts the request and spoils the exchange where a misbehaviour says so.
pub(crate) async fn count_and_spoil(
    State(provider): State<Shared>,
    ConnectInfo(wire): ConnectInfo<WireLever>,
    request: Request,
    next: Next,
) -> Response {
    let Some(endpoint) = Endpoint::at(request.uri().path()) else {
        return next.run(request).await;
    };
    provider.count(endpoint);
    let misbehaviours = provider.misbehaviours();
    let mut answer = match misbehaviours.of_the_exchange(endpoint) {
        Some(fault) => spoil(fault, &wire, request, next).await,
        None => next.run(request).await,
    };
    if misbehaviours.has(Misbehaviour::OldDate) {
        answer.headers_mut().insert(header::DATE, OLD_DATE);
    }
    answer
}

/// What comes instead of the endpoint's answer.
async fn spoil(fault: Misbehaviour, wire: &WireLever, request: Request, next: Next) -> Response {
    match fault {
        Misbehaviour::Slow => std::future::pending().await,
        Misbehaviour::Down => spoilt(wire, WireFault::Close),
        Misbehaviour::HugeBody => spoilt(wire, WireFault::EndlessBody),
        Misbehaviour::EndlessHeaders => spoilt(wire, WireFault::EndlessHeaders),
        Misbehaviour::Error500 => {
            (StatusCode::INTERNAL_SERVER_ERROR, "out of order\n").into_response()
        }
        Misbehaviour::Error503 => (
            StatusCode::SERVICE_UNAVAILABLE,
            [(header::RETRY_AFTER, "7")],
            "later\n",
        )
            .into_response(),
        Misbehaviour::Dripping => {
            wire.pull(WireFault::Drip);
            next.run(request).await
        }
        Misbehaviour::GzipBody => compressed(next.run(request).await).await,
        _ => next.run(request).await,
    }
}

/// An answer of which the wire will let nothing through.
fn spoilt(wire: &WireLever, fault: WireFault) -> Response {
    wire.pull(fault);
    StatusCode::OK.into_response()
}

async fn compressed(answer: Response) -> Response {
    let (mut head, body) = answer.into_parts();
    let Ok(plain) = to_bytes(body, LARGEST_ANSWER).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers
        .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    Response::from_parts(head, Body::from(gzip(&plain)))
}

/// Gzip in stored blocks: packed as the format says, nothing made smaller. RFC 1951 §3.2.4, RFC 1952 §2.3.
fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let mut blocks = plain.chunks(usize::from(u16::MAX)).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        packed.push(u8::from(blocks.peek().is_none()));
        packed.extend_from_slice(&length.to_le_bytes());
        packed.extend_from_slice(&(!length).to_le_bytes());
        packed.extend_from_slice(block);
    }
    let size = u32::try_from(plain.len()).unwrap_or(u32::MAX);
    packed.extend_from_slice(&crc32(plain).to_le_bytes());
    packed.extend_from_slice(&size.to_le_bytes());
    packed
}

/// RFC 1952 §8.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 1 {
                (crc >> 1) ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_published_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn a_packed_answer_ends_with_its_checksum_and_size() {
        let packed = gzip(b"{}");
        assert_eq!(packed[10..17], [1, 2, 0, 0xfd, 0xff, b'{', b'}']);
        assert_eq!(packed[17..21], crc32(b"{}").to_le_bytes());
        assert_eq!(packed[21..], 2_u32.to_le_bytes());
    }
}
