//! The checks of a signed answer about a token. RFC 9701 §5.

use super::Clipped;
use super::codes::checks;
use crate::limits::{LEEWAY_SECONDS, MAX_INTROSPECTION_AGE_SECONDS};

checks! {
    /// The signed introspection answer failed a check.
    InvalidIntrospection as "invalid_token";

    /// The introspection answer is not a compact JWS in strict form.
    Malformed { reason: Clipped }, "introspection_malformed",
        "the introspection answer is not a JWS in compact form: {reason}";
    /// The introspection answer is signed with an algorithm that is not allowed for this provider.
    AlgorithmNotAllowed { expected: Clipped, got: Clipped }, "introspection_algorithm_not_allowed",
        "the introspection answer's `alg` is `{got}`, which is not allowed for this provider: expected one of `{expected}`";
    /// The introspection answer names a key that the provider doesn't publish.
    UnknownKey { kid: Clipped }, "introspection_unknown_key",
        "the introspection answer's `kid` is `{kid}`, which the provider's JWK Set doesn't have";
    /// No published key can verify the introspection answer's algorithm.
    NoFittingKey, "introspection_no_fitting_key",
        "the provider's JWK Set has no key that fits the introspection answer's `alg`";
    /// The introspection answer names no key, and several published keys fit.
    AmbiguousKey, "introspection_ambiguous_key",
        "the introspection answer has no `kid`, and several keys of the provider's JWK Set fit";
    /// The signature of the introspection answer is not the provider's.
    BadSignature, "introspection_bad_signature",
        "the introspection answer's signature is wrong";
    /// The introspection answer's payload is not strict JSON, or no object.
    ClaimsMalformed { reason: Clipped }, "introspection_claims_malformed",
        "the introspection answer's claims are refused: {reason}";
    /// The header says that it is another kind of token than an introspection answer.
    HeaderType { got: Clipped }, "introspection_header_type",
        "the introspection answer's header `typ` is `{got}`, expected `token-introspection+jwt`";
    /// The introspection answer is of another issuer, or names none.
    IssuerMismatch { expected: Clipped, got: Clipped }, "introspection_issuer_mismatch",
        "the introspection answer's `iss` is `{got}`, expected `{expected}`";
    /// The introspection answer is not for this client alone.
    AudienceMismatch { expected: Clipped, got: Clipped }, "introspection_audience_mismatch",
        "the introspection answer's `aud` is `{got}`, expected `{expected}` alone";
    /// The introspection answer's time of issue is missing or no positive number below 2^53.
    IssuedAtInvalid { got: &'static str }, "introspection_issued_at_invalid",
        "the introspection answer's `iat` is {got}, expected a number between 0 and 2^53";
    /// The introspection answer was issued in the future, so the clocks differ.
    IssuedInFuture { seconds: i64 }, "introspection_issued_in_future",
        "the introspection answer was issued {seconds} s in the future: the provider's clock and this server's differ";
    /// The introspection answer was issued before it was asked for.
    IssuedTooLongAgo { seconds: i64 }, "introspection_issued_too_long_ago",
        "the introspection answer was issued {seconds} s ago, expected at most {MAX_INTROSPECTION_AGE_SECONDS} and \
         {LEEWAY_SECONDS} of leeway: it is old, or the provider's clock and this server's differ";
    /// The introspection answer says nothing about a token.
    NoTokenIntrospection { got: &'static str }, "introspection_token_introspection",
        "the introspection answer's `token_introspection` is {got}, expected an object";
    /// A signed introspection answer is required, and the answer is plain JSON.
    Unsigned, "introspection_unsigned",
        "the introspection answer is not signed, and a signature is required";
}
