//! The checks of a logout token. Back-Channel Logout 1.0 §2.6.

use super::Clipped;
use super::codes::checks;
use crate::limits::{
    LEEWAY_SECONDS, MAX_JTI_CHARS, MAX_LOGOUT_TOKEN_AGE_SECONDS, MAX_SID_CHARS, MAX_SUBJECT_CHARS,
};

checks! {
    /// The logout token failed a check.
    InvalidLogoutToken as "invalid_token";

    /// The logout token is not a compact JWS in strict form.
    Malformed { reason: Clipped }, "logout_token_malformed",
        "the logout token is not a JWS in compact form: {reason}";
    /// The logout token is signed with an algorithm that is not allowed for this provider.
    AlgorithmNotAllowed { expected: Clipped, got: Clipped }, "logout_token_algorithm_not_allowed",
        "the logout token's `alg` is `{got}`, which is not allowed for this provider: expected one of `{expected}`";
    /// The logout token names a key that the provider doesn't publish.
    UnknownKey { kid: Clipped }, "logout_token_unknown_key",
        "the logout token's `kid` is `{kid}`, which the provider's JWK Set doesn't have";
    /// No published key can verify the logout token's algorithm.
    NoFittingKey, "logout_token_no_fitting_key",
        "the provider's JWK Set has no key that fits the logout token's `alg`";
    /// The logout token names no key, and several published keys fit.
    AmbiguousKey, "logout_token_ambiguous_key",
        "the logout token has no `kid`, and several keys of the provider's JWK Set fit";
    /// The signature of the logout token is not the provider's.
    BadSignature, "logout_token_bad_signature",
        "the logout token's signature is wrong";
    /// The logout token's payload is not strict JSON, or no object.
    ClaimsMalformed { reason: Clipped }, "logout_token_claims_malformed",
        "the logout token's claims are refused: {reason}";
    /// The header says that it is another kind of token.
    HeaderType { got: Clipped }, "logout_token_header_type",
        "the logout token's header `typ` is `{got}`, expected `logout+jwt`, `JWT` or none";
    /// The token is an access token of this provider.
    IsAccessToken { got: Clipped }, "logout_token_is_access_token",
        "the logout token's claim `typ` is `{got}`, which marks access tokens of this provider";

    /// The logout token is of another issuer, or names none.
    IssuerMismatch { expected: Clipped, got: Clipped }, "logout_token_issuer_mismatch",
        "the logout token's `iss` is `{got}`, expected `{expected}`";
    /// The logout token's audience is missing, or neither a text nor a list of texts.
    AudienceInvalid, "logout_token_audience_invalid",
        "the logout token's `aud` is not a string or a list of one or more strings";
    /// The logout token is for another client.
    AudienceMismatch { expected: Clipped, got: Clipped }, "logout_token_audience_mismatch",
        "the logout token's `aud` is `{got}`, expected `{expected}`";
    /// The logout token is for this client and for others that nobody said to trust.
    AudienceUntrusted { got: Clipped }, "logout_token_audience_untrusted",
        "the logout token's `aud` also names `{got}`, expected this client alone";
    /// The logout token's expiry is missing or no positive number below 2^53.
    ExpiryInvalid { got: &'static str }, "logout_token_expiry_invalid",
        "the logout token's `exp` is {got}, expected a number between 0 and 2^53";
    /// The logout token has expired.
    Expired { seconds: i64 }, "logout_token_expired",
        "the logout token expired {seconds} s ago: it is old, or the provider's clock and this server's differ";
    /// The logout token's time of issue is missing or no positive number below 2^53.
    IssuedAtInvalid { got: &'static str }, "logout_token_issued_at_invalid",
        "the logout token's `iat` is {got}, expected a number between 0 and 2^53";
    /// The logout token was issued in the future, so the clocks differ.
    IssuedInFuture { seconds: i64 }, "logout_token_issued_in_future",
        "the logout token was issued {seconds} s in the future: the provider's clock and this server's differ";
    /// The logout token was issued too long ago.
    IssuedTooLongAgo { seconds: i64 }, "logout_token_issued_too_long_ago",
        "the logout token was issued {seconds} s ago, expected at most {MAX_LOGOUT_TOKEN_AGE_SECONDS} and {LEEWAY_SECONDS} of \
         leeway: it is old, or the provider's clock and this server's differ";
    /// The time before which the logout token must not be used is not a positive number below 2^53.
    NotBeforeInvalid { got: &'static str }, "logout_token_not_before_invalid",
        "the logout token's `nbf` is {got}, expected a number between 0 and 2^53";
    /// The logout token must not be used yet.
    NotYetValid { seconds: i64 }, "logout_token_not_yet_valid",
        "the logout token is not valid for another {seconds} s";

    /// The logout token names neither a subject nor a session.
    NeitherSubjectNorSid, "logout_token_neither_subject_nor_sid",
        "the logout token has neither `sub` nor `sid`";
    /// The subject is not a text of 1 to 255 printable ASCII characters.
    SubjectInvalid, "logout_token_subject_invalid",
        "the logout token's `sub` is not a string of 1 to {MAX_SUBJECT_CHARS} printable ASCII characters";
    /// The provider's session is not a text of 1 to 255 printable ASCII characters.
    SidInvalid, "logout_token_sid_invalid",
        "the logout token's `sid` is not a string of 1 to {MAX_SID_CHARS} printable ASCII characters";
    /// The logout token's events are missing or no object.
    EventsInvalid { got: &'static str }, "logout_token_events_invalid",
        "the logout token's `events` is {got}, expected an object";
    /// The events are of another kind than a logout.
    NoLogoutEvent { got: Clipped }, "logout_token_no_logout_event",
        "the logout token's `events` has the members `{got}`, expected `http://schemas.openid.net/event/backchannel-logout` \
         among them";
    /// The event of the logout is no object.
    LogoutEventInvalid { got: &'static str }, "logout_token_logout_event_invalid",
        "the logout token's event is {got}, expected an object";
    /// The logout token has a nonce, as ID tokens alone have it.
    NoncePresent, "logout_token_nonce_present",
        "the logout token has a `nonce`, which only ID tokens may have";
    /// The logout token's own identifier is missing, or not a text of 1 to 255 printable ASCII characters.
    JtiInvalid, "logout_token_jti_invalid",
        "the logout token's `jti` is not a string of 1 to {MAX_JTI_CHARS} printable ASCII characters";
}
