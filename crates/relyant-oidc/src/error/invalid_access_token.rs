//! The checks of a JWT access token that is read as a source of claims.

use super::Clipped;
use super::codes::checks;

checks! {
    /// The access token, read as a source of claims, failed a check.
    InvalidAccessToken as "invalid_token";

    /// The access token is not a compact JWS in strict form.
    Malformed { reason: Clipped }, "access_token_malformed",
        "the access token is not a JWS in compact form: {reason}";
    /// The access token is signed with an algorithm that is not allowed for this provider.
    AlgorithmNotAllowed { got: Clipped }, "access_token_algorithm_not_allowed",
        "the access token's `alg` is `{got}`, which is not allowed for this provider";
    /// The access token names a key that the provider doesn't publish.
    UnknownKey { kid: Clipped }, "access_token_unknown_key",
        "the access token's `kid` is `{kid}`, which the provider's JWK Set doesn't have";
    /// No published key can verify the access token's algorithm.
    NoFittingKey, "access_token_no_fitting_key",
        "the provider's JWK Set has no key that fits the access token's `alg`";
    /// The access token names no key, and several published keys fit.
    AmbiguousKey, "access_token_ambiguous_key",
        "the access token has no `kid`, and several keys of the provider's JWK Set fit";
    /// The signature of the access token is not the provider's.
    BadSignature, "access_token_bad_signature",
        "the access token's signature is wrong";
    /// The access token's payload is not strict JSON, or no object.
    ClaimsMalformed { reason: Clipped }, "access_token_claims_malformed",
        "the access token's claims are refused: {reason}";
    /// The header's type is not one of an access token of this provider.
    HeaderType { expected: Clipped, got: Clipped }, "access_token_header_type",
        "the access token's header `typ` is `{got}`, expected one of `{expected}`";
    /// The claim `typ` is not the one of an access token of this provider.
    BodyType { expected: Clipped, got: Clipped }, "access_token_body_type",
        "the access token's claim `typ` is `{got}`, expected `{expected}`";
    /// The token is an ID token.
    IsIdToken, "access_token_is_id_token",
        "the access token is an ID token";
    /// The token is a logout token.
    IsLogoutToken, "access_token_is_logout_token",
        "the access token has `events`: it is a logout token";
    /// The access token is of another issuer, or names none.
    IssuerMismatch { expected: Clipped, got: Clipped }, "access_token_issuer_mismatch",
        "the access token's `iss` is `{got}`, expected `{expected}`";
    /// The access token was issued to another client, or doesn't say to whom.
    AuthorizedPartyMismatch { expected: Clipped, got: Clipped }, "access_token_authorized_party_mismatch",
        "the access token's `azp` is `{got}`, expected `{expected}`";
    /// The access token is about another person than the ID token.
    SubjectMismatch { expected: Clipped, got: Clipped }, "access_token_subject_mismatch",
        "the access token's `sub` is `{got}`, the ID token's is `{expected}`";
    /// The access token's expiry is missing or no positive number below 2^53.
    ExpiryInvalid { got: &'static str }, "access_token_expiry_invalid",
        "the access token's `exp` is {got}, expected a number between 0 and 2^53";
    /// The access token has expired.
    Expired { seconds: i64 }, "access_token_expired",
        "the access token expired {seconds} s ago";
    /// The access token's time of issue is not a positive number below 2^53.
    IssuedAtInvalid { got: &'static str }, "access_token_issued_at_invalid",
        "the access token's `iat` is {got}, expected a number between 0 and 2^53";
    /// The access token was issued in the future, so the clocks differ.
    IssuedInFuture { seconds: i64 }, "access_token_issued_in_future",
        "the access token was issued {seconds} s in the future: the provider's clock and this server's differ";
    /// The time before which the access token must not be used is not a positive number below 2^53.
    NotBeforeInvalid { got: &'static str }, "access_token_not_before_invalid",
        "the access token's `nbf` is {got}, expected a number between 0 and 2^53";
    /// The access token must not be used yet.
    NotYetValid { seconds: i64 }, "access_token_not_yet_valid",
        "the access token is not valid for another {seconds} s";
}
