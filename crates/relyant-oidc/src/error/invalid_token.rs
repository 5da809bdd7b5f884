//! The checks of an ID token. Core §3.1.3.7.

use super::Clipped;
use super::codes::checks;
use crate::limits::{LEEWAY_SECONDS, MAX_ID_TOKEN_AGE_SECONDS, MAX_SUBJECT_CHARS};

checks! {
    /// The ID token failed a check.
    InvalidToken as "invalid_token";

    /// The ID token is not a compact JWS in strict form.
    Malformed { reason: Clipped }, "malformed",
        "the ID token is not a JWS in compact form: {reason}";
    /// The ID token is not encrypted, although a setting requires it.
    NotEncrypted, "not_encrypted",
        "the ID token is not encrypted, although REQUIRE_ENCRYPTED_ID_TOKEN is set";
    /// An encrypted token is not a compact JWE in strict form, or holds something else than its header says.
    EncryptionMalformed { token: &'static str, reason: Clipped }, "encryption_malformed",
        "the encrypted {token} is refused: {reason}";
    /// A token is encrypted to a key that we don't have.
    EncryptionKeyUnknown { token: &'static str, kid: Clipped }, "encryption_key_unknown",
        "the {token} is encrypted to the key `{kid}`, which PRIVATE_KEY doesn't have: the provider has another client's or a \
         former key";
    /// A token doesn't open with any of our keys.
    NotDecrypted { token: &'static str }, "not_decrypted",
        "the {token} doesn't open with a key of PRIVATE_KEY: it was encrypted to another, or changed on its way";
    /// The ID token is signed with an algorithm that is not allowed for this provider.
    AlgorithmNotAllowed { expected: Clipped, got: Clipped }, "algorithm_not_allowed",
        "the ID token's `alg` is `{got}`, which is not allowed for this provider: expected one of `{expected}`";
    /// The ID token names a key that the provider doesn't publish.
    UnknownKey { kid: Clipped }, "unknown_key",
        "the ID token's `kid` is `{kid}`, which the provider's JWK Set doesn't have";
    /// No published key can verify the ID token's algorithm.
    NoFittingKey, "no_fitting_key",
        "the provider's JWK Set has no key that fits the ID token's `alg`";
    /// The ID token names no key, and several published keys fit.
    AmbiguousKey, "ambiguous_key",
        "the ID token has no `kid`, and several keys of the provider's JWK Set fit";
    /// The signature of the ID token is not the provider's.
    BadSignature, "bad_signature",
        "the ID token's signature is wrong";
    /// The ID token's payload is not strict JSON, or no object.
    ClaimsMalformed { reason: Clipped }, "claims_malformed",
        "the ID token's claims are refused: {reason}";
    /// The header says that it is another kind of token.
    HeaderType { got: Clipped }, "header_type",
        "the ID token's header `typ` is `{got}`, expected `JWT` or none";
    /// The token is an access token of this provider.
    IsAccessToken { got: Clipped }, "is_access_token",
        "the ID token's claim `typ` is `{got}`, which marks access tokens of this provider";
    /// The token is a logout token.
    IsLogoutToken, "is_logout_token",
        "the ID token has `events`: it is a logout token";

    /// The ID token has no issuer.
    IssuerMissing, "issuer_missing",
        "the ID token has no `iss` that is a string";
    /// The ID token is of another issuer.
    IssuerMismatch { expected: Clipped, got: Clipped }, "issuer_mismatch",
        "the ID token's `iss` is `{got}`, expected `{expected}`";
    /// The ID token says of no tenant that the person is of it, where the issuer is for several.
    TenantInvalid { claim: Clipped, got: Clipped }, "tenant_invalid",
        "the ID token's `{claim}` is `{got}`, expected the tenant's identifier";
    /// The person is of a tenant whose people may not sign in.
    TenantNotAllowed { got: Clipped }, "tenant_not_allowed",
        "the ID token is of the tenant `{got}`, which TENANTS doesn't name";
    /// The ID token has no subject.
    SubjectMissing, "subject_missing",
        "the ID token has no `sub`";
    /// The subject is not a text of 1 to 255 printable ASCII characters.
    SubjectInvalid, "subject_invalid",
        "the ID token's `sub` is not a string of 1 to {MAX_SUBJECT_CHARS} printable ASCII characters";
    /// The claim that names the person's account at this provider is absent, or is no text of 1 to 255 printable ASCII
    /// characters.
    AccountInvalid { claim: Clipped, got: Clipped }, "account_invalid",
        "the ID token's `{claim}` is `{got}`, expected the person's account: a string of 1 to {MAX_SUBJECT_CHARS} printable \
         ASCII characters";
    /// The ID token has no audience.
    AudienceMissing, "audience_missing",
        "the ID token has no `aud`";
    /// The audience is neither a text nor a list of texts.
    AudienceInvalid, "audience_invalid",
        "the ID token's `aud` is not a string or a list of one or more strings";
    /// The ID token is for another client.
    AudienceMismatch { expected: Clipped, got: Clipped }, "audience_mismatch",
        "the ID token's `aud` is `{got}`, expected `{expected}`";
    /// The ID token is for this client and for others that nobody said to trust.
    AudienceUntrusted { got: Clipped }, "audience_untrusted",
        "the ID token's `aud` also names `{got}`, expected this client alone";
    /// The ID token has several audiences and no authorized party.
    AuthorizedPartyMissing, "authorized_party_missing",
        "the ID token has several audiences and no `azp`";
    /// The ID token was issued to another client.
    AuthorizedPartyMismatch { expected: Clipped, got: Clipped }, "authorized_party_mismatch",
        "the ID token's `azp` is `{got}`, expected `{expected}`";

    /// The ID token has no expiry.
    ExpiryMissing, "expiry_missing",
        "the ID token has no `exp`";
    /// The expiry is not a positive number below 2^53.
    ExpiryInvalid { got: &'static str }, "expiry_invalid",
        "the ID token's `exp` is {got}, expected a number between 0 and 2^53";
    /// The ID token has expired.
    Expired { seconds: i64 }, "expired",
        "the ID token expired {seconds} s ago: it is old, or the provider's clock and this server's differ";
    /// The ID token has no time of issue.
    IssuedAtMissing, "issued_at_missing",
        "the ID token has no `iat`";
    /// The time of issue is not a positive number below 2^53.
    IssuedAtInvalid { got: &'static str }, "issued_at_invalid",
        "the ID token's `iat` is {got}, expected a number between 0 and 2^53";
    /// The ID token was issued in the future, so the clocks differ.
    IssuedInFuture { seconds: i64 }, "issued_in_future",
        "the ID token was issued {seconds} s in the future: the provider's clock and this server's differ";
    /// The ID token was issued too long before this login.
    IssuedTooLongAgo { seconds: i64 }, "issued_too_long_ago",
        "the ID token was issued {seconds} s ago, expected at most {MAX_ID_TOKEN_AGE_SECONDS} and {LEEWAY_SECONDS} of leeway: \
         it is old, or the provider's clock and this server's differ";
    /// The time before which the ID token must not be used is not a positive number below 2^53.
    NotBeforeInvalid { got: &'static str }, "not_before_invalid",
        "the ID token's `nbf` is {got}, expected a number between 0 and 2^53";
    /// The ID token must not be used yet.
    NotYetValid { seconds: i64 }, "not_yet_valid",
        "the ID token is not valid for another {seconds} s";

    /// The ID token has no nonce.
    NonceMissing, "nonce_missing",
        "the ID token has no `nonce` that is a string";
    /// The nonce is not the one of this login.
    NonceMismatch, "nonce_mismatch",
        "the ID token's `nonce` is not the one that this login sent";
    /// The ID token doesn't say when the person signed in, although the login asked for it.
    AuthTimeMissing, "auth_time_missing",
        "the ID token has no `auth_time`, which is required with `max_age` and `prompt=login`: the request was changed on its \
         way, or the provider doesn't heed it";
    /// The person signed in in the future, so the clocks differ.
    AuthTimeInFuture { seconds: i64 }, "auth_time_in_future",
        "the ID token's `auth_time` is {seconds} s in the future: the provider's clock and this server's differ";
    /// The person signed in longer ago than the login asked for.
    SignInTooLongAgo { seconds: i64, limit: i64, leeway: i64 }, "sign_in_too_long_ago",
        "the person had signed in {seconds} s before this login began, expected at most {limit} and {leeway} of leeway: the \
         request was changed on its way, or the provider doesn't heed `max_age` and `prompt=login`";
    /// The provider is not as sure of the person as the login asked for.
    AcrMismatch { expected: Clipped, got: Clipped }, "acr_mismatch",
        "the ID token's `acr` is `{got}`, expected one of `{expected}`";
    /// The person didn't sign in by any of the means that the login asked for.
    AmrMismatch { expected: Clipped, got: Clipped }, "amr_mismatch",
        "the ID token's `amr` has `{got}`, expected one of `{expected}`";
    /// The ID token of a refresh is about another person than the session's.
    RefreshedSubjectMismatch { expected: Clipped, got: Clipped }, "refreshed_subject_mismatch",
        "the refreshed ID token's `sub` is `{got}`, that of the session is `{expected}`";
    /// The ID token of a refresh lacks an audience that the session's had.
    RefreshedAudienceMismatch { expected: Clipped, got: Clipped }, "refreshed_audience_mismatch",
        "the refreshed ID token's `aud` is `{got}`, that of the session is `{expected}`";
    /// The ID token of a refresh was issued to another client than the session's.
    RefreshedAuthorizedPartyMismatch { expected: Clipped, got: Clipped }, "refreshed_authorized_party_mismatch",
        "the refreshed ID token's `azp` is `{got}`, that of the session is `{expected}`";
    /// The ID token of a refresh is older than the session's.
    RefreshedIssuedEarlier { seconds: i64 }, "refreshed_issued_earlier",
        "the refreshed ID token was issued {seconds} s before that of the session";
    /// The ID token of a refresh names another time of the sign-in than the session's.
    RefreshedAuthTimeMismatch { expected: i64, got: i64 }, "refreshed_auth_time_mismatch",
        "the refreshed ID token's `auth_time` is {got}, that of the session is {expected}";
    /// The hash of the access token is not a text.
    AccessTokenHashInvalid, "access_token_hash_invalid",
        "the ID token's `at_hash` is not a string";
    /// The ID token doesn't belong to the access token that came with it.
    AccessTokenHashMismatch, "access_token_hash_mismatch",
        "the ID token's `at_hash` is not the hash of the access token that came with it";
    /// A claim that the specification defines has the wrong type.
    ClaimType { claim: &'static str, expected: &'static str, got: &'static str }, "claim_type",
        "the ID token's `{claim}` is {got}, expected {expected}";
}
