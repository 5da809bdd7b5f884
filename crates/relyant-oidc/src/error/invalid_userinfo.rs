//! The checks of a userinfo answer that is a JWT. Core §5.3.2.

use super::Clipped;
use super::codes::checks;

checks! {
    /// The signed userinfo answer failed a check.
    InvalidUserinfo as "invalid_token";

    /// Userinfo is not a compact JWS in strict form.
    Malformed { reason: Clipped }, "userinfo_malformed",
        "userinfo is not a JWS in compact form: {reason}";
    /// Userinfo is signed with an algorithm that is not allowed for this provider.
    AlgorithmNotAllowed { expected: Clipped, got: Clipped }, "userinfo_algorithm_not_allowed",
        "userinfo's `alg` is `{got}`, which is not allowed for this provider: expected one of `{expected}`";
    /// Userinfo names a key that the provider doesn't publish.
    UnknownKey { kid: Clipped }, "userinfo_unknown_key",
        "userinfo's `kid` is `{kid}`, which the provider's JWK Set doesn't have";
    /// No published key can verify userinfo's algorithm.
    NoFittingKey, "userinfo_no_fitting_key",
        "the provider's JWK Set has no key that fits userinfo's `alg`";
    /// Userinfo names no key, and several published keys fit.
    AmbiguousKey, "userinfo_ambiguous_key",
        "userinfo has no `kid`, and several keys of the provider's JWK Set fit";
    /// The signature of userinfo is not the provider's.
    BadSignature, "userinfo_bad_signature",
        "userinfo's signature is wrong";
    /// Userinfo's payload is not strict JSON, or no object.
    ClaimsMalformed { reason: Clipped }, "userinfo_claims_malformed",
        "userinfo's claims are refused: {reason}";
    /// Userinfo is not signed, although a setting requires it.
    Unsigned, "userinfo_unsigned",
        "userinfo is not signed, although REQUIRE_SIGNED_USERINFO is set";
    /// The header says that it is another kind of token.
    HeaderType { got: Clipped }, "userinfo_header_type",
        "userinfo's header `typ` is `{got}`, expected `JWT` or none";
    /// A claim says that it is another kind of token.
    OtherKind { name: &'static str }, "userinfo_other_kind",
        "userinfo has the claim `{name}` of another kind of token";
    /// Userinfo is of another issuer, or names none where one is required.
    IssuerMismatch { expected: Clipped, got: Clipped }, "userinfo_issuer_mismatch",
        "userinfo's `iss` is `{got}`, expected `{expected}`";
    /// Userinfo is for another client, or names none where one is required.
    AudienceMismatch { expected: Clipped, got: Clipped }, "userinfo_audience_mismatch",
        "userinfo's `aud` is `{got}`, expected `{expected}`";
    /// A time in userinfo is not a positive number below 2^53.
    TimeInvalid { claim: &'static str, got: &'static str }, "userinfo_time_invalid",
        "userinfo's `{claim}` is {got}, expected a number between 0 and 2^53";
    /// Userinfo has expired.
    Expired { seconds: i64 }, "userinfo_expired",
        "userinfo expired {seconds} s ago";
    /// Userinfo must not be used yet.
    NotYetValid { seconds: i64 }, "userinfo_not_yet_valid",
        "userinfo is not valid for another {seconds} s";
    /// Userinfo was issued in the future, so the clocks differ.
    IssuedInFuture { seconds: i64 }, "userinfo_issued_in_future",
        "userinfo was issued {seconds} s in the future: the provider's clock and this server's differ";
}
