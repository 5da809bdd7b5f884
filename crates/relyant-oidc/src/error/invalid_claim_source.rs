//! The checks of claims that are kept elsewhere: of the reference, and of the JWT that it leads to. Core §5.6.2.

use super::Clipped;
use super::codes::checks;
use crate::limits::MAX_SUBJECT_CHARS;

checks! {
    /// A source of aggregated or distributed claims failed a check; its claims are left out.
    InvalidClaimSource as "invalid_token";

    /// What refers to claims that are kept elsewhere is not in the specification's form.
    Unreadable { reason: &'static str }, "claim_source_unreadable",
        "what `_claim_names` and `_claim_sources` say of it can't be used: {reason}";
    /// A login's claims name more sources than are asked.
    TooMany { limit: usize }, "claim_source_too_many",
        "the claims that are needed are kept at more than {limit} sources";
    /// The address of distributed claims is on no host of the issuers that are believed.
    EndpointForbidden { got: Clipped }, "claim_source_endpoint_forbidden",
        "its `endpoint` is `{got}`, which is on the host of no issuer in CLAIMS_PROVIDERS";
    /// The claims are not a compact JWS in strict form.
    Malformed { reason: Clipped }, "claim_source_malformed",
        "its JWT is not a JWS in compact form: {reason}";
    /// The JWT names no issuer whose claims are believed.
    IssuerUntrusted { got: Clipped }, "claim_source_issuer_untrusted",
        "its JWT's `iss` is `{got}`, which is not in CLAIMS_PROVIDERS";
    /// The JWT is signed with an algorithm that no issuer's key has.
    AlgorithmNotAllowed { expected: Clipped, got: Clipped }, "claim_source_algorithm_not_allowed",
        "its JWT's `alg` is `{got}`, expected a signature by the issuer's key: one of `{expected}`";
    /// The JWT names a key that its issuer doesn't publish.
    UnknownKey { kid: Clipped }, "claim_source_unknown_key",
        "its JWT's `kid` is `{kid}`, which its issuer's JWK Set doesn't have";
    /// No key that the issuer publishes can verify the JWT's algorithm.
    NoFittingKey, "claim_source_no_fitting_key",
        "its issuer's JWK Set has no key that fits the JWT's `alg`";
    /// The JWT names no key, and several that its issuer publishes fit.
    AmbiguousKey, "claim_source_ambiguous_key",
        "its JWT has no `kid`, and several keys of its issuer's JWK Set fit";
    /// The signature is not that of the issuer.
    BadSignature, "claim_source_bad_signature",
        "its JWT's signature is wrong";
    /// The payload is not strict JSON, or no object.
    ClaimsMalformed { reason: Clipped }, "claim_source_claims_malformed",
        "its JWT's claims are refused: {reason}";
    /// The header says that it is a token of another kind.
    HeaderType { got: Clipped }, "claim_source_header_type",
        "its JWT's header `typ` is `{got}`, expected `JWT` or none";
    /// A claim says that it is a token of another kind.
    OtherKind { name: &'static str }, "claim_source_other_kind",
        "its JWT has the claim `{name}` of another kind of token";
    /// The JWT is for another client.
    AudienceMismatch { expected: Clipped, got: Clipped }, "claim_source_audience_mismatch",
        "its JWT's `aud` is `{got}`, expected `{expected}` or none";
    /// A time is not a positive number below 2^53.
    TimeInvalid { claim: &'static str, got: &'static str }, "claim_source_time_invalid",
        "its JWT's `{claim}` is {got}, expected a number between 0 and 2^53";
    /// The JWT has expired.
    Expired { seconds: i64 }, "claim_source_expired",
        "its JWT expired {seconds} s ago";
    /// The JWT must not be used yet.
    NotYetValid { seconds: i64 }, "claim_source_not_yet_valid",
        "its JWT is not valid for another {seconds} s";
    /// The JWT was issued in the future.
    IssuedInFuture { seconds: i64 }, "claim_source_issued_in_future",
        "its JWT's `iat` lies {seconds} s ahead";
    /// The subject is no text of 1 to 255 ASCII characters.
    SubjectInvalid, "claim_source_subject_invalid",
        "its JWT's `sub` is not a string of 1 to {MAX_SUBJECT_CHARS} printable ASCII characters";
    /// The provider's own JWT is about somebody else.
    SubjectMismatch { expected: Clipped, got: Clipped }, "claim_source_subject_mismatch",
        "its JWT is of the provider itself and about `{got}`, expected `{expected}`";
    /// A claim that is said to be kept there isn't.
    ClaimMissing { name: Clipped }, "claim_source_claim_missing",
        "its JWT doesn't have the claim `{name}`";
}
