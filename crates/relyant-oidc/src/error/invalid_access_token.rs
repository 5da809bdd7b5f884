//! The checks of an access token, presented to an API or read as a source of claims. RFC 9068 §4, RFC 7662 §2.2.

use super::Clipped;
use super::codes::checks;
use crate::limits::{
    LEEWAY_SECONDS, MAX_ACCESS_TOKEN_AGE_SECONDS, MAX_BEARER_TOKEN_BYTES, MAX_CLIENT_ID_CHARS,
    MAX_JTI_CHARS, MAX_SUBJECT_CHARS,
};

checks! {
    /// The access token failed a check: presented to an API, or read as a source of claims.
    InvalidAccessToken as "invalid_token";

    /// The access token is not a compact JWS in strict form.
    Malformed { reason: Clipped }, "access_token_malformed",
        "the access token is not a JWS in compact form: {reason}";
    /// The access token is longer than any that is looked at.
    TooLong { bytes: usize }, "access_token_too_long",
        "the access token has {bytes} bytes, expected {MAX_BEARER_TOKEN_BYTES} at most";
    /// The access token is empty or has characters that no bearer token has.
    Characters, "access_token_characters",
        "the access token is empty or has characters that no bearer token has: letters, digits and `-._~+/` are expected, and `=` at \
         the end";
    /// The access token is signed with an algorithm that is not allowed for this provider.
    AlgorithmNotAllowed { expected: Clipped, got: Clipped }, "access_token_algorithm_not_allowed",
        "the access token's `alg` is `{got}`, which is not allowed for this provider: expected one of `{expected}`";
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
        "the access token's header `typ` is `{got}`, expected `{expected}`";
    /// The claim `typ` is not the one of an access token of this provider.
    BodyType { expected: Clipped, got: Clipped }, "access_token_body_type",
        "the access token's claim `typ` is `{got}`, expected `{expected}`";
    /// The token is an ID token.
    IsIdToken, "access_token_is_id_token",
        "the access token is an ID token";
    /// The token is a logout token.
    IsLogoutToken, "access_token_is_logout_token",
        "the access token has `events`: it is a logout token";
    /// The token is an answer about a token.
    IsIntrospection, "access_token_is_introspection",
        "the access token has `token_introspection`: it is an answer about a token";
    /// Nothing in the token says that it is an access token.
    NotMarked, "access_token_not_marked",
        "the access token has neither the header `typ` `at+jwt` nor a `scope`: nothing tells it from an ID token";
    /// The provider says that the token is none that is presented as it is.
    TokenType { got: Clipped }, "access_token_token_type",
        "the provider says that the token's `token_type` is `{got}`, expected `Bearer`";
    /// The access token is of another issuer, or names none.
    IssuerMismatch { expected: Clipped, got: Clipped }, "access_token_issuer_mismatch",
        "the access token's `iss` is `{got}`, expected `{expected}`";
    /// The access token was issued to another client, or doesn't say to whom.
    AuthorizedPartyMismatch { expected: Clipped, got: Clipped }, "access_token_authorized_party_mismatch",
        "the access token's `azp` is `{got}`, expected `{expected}`";
    /// The access token is about another person than the ID token.
    SubjectMismatch { expected: Clipped, got: Clipped }, "access_token_subject_mismatch",
        "the access token's `sub` is `{got}`, the ID token's is `{expected}`";
    /// The access token's audience is neither a text nor a list of texts.
    AudienceInvalid, "access_token_audience_invalid",
        "the access token's `aud` is not a string or a list of strings";
    /// The access token is for other APIs, or doesn't say for which.
    AudienceMismatch { expected: Clipped, got: Clipped }, "access_token_audience_mismatch",
        "the access token's `aud` is `{got}`, expected `{expected}` among them (in Keycloak: Clients → client → Client scopes → \
         dedicated scope → Add mapper → By configuration → Audience)";
    /// The access token names no subject.
    SubjectMissing, "access_token_subject_missing",
        "the access token has no `sub`";
    /// The subject is not a text of 1 to 255 printable ASCII characters.
    SubjectInvalid, "access_token_subject_invalid",
        "the access token's `sub` is not a string of 1 to {MAX_SUBJECT_CHARS} printable ASCII characters";
    /// The access token doesn't name the client that it was issued to, so that a client's own can't be told from a person's.
    ClientIdInvalid, "access_token_client_id_invalid",
        "the access token names no client: `client_id` is not a string of 1 to {MAX_CLIENT_ID_CHARS} printable ASCII characters";
    /// The access token's own identifier is missing, or not a text of 1 to 255 printable ASCII characters.
    JtiInvalid, "access_token_jti_invalid",
        "the access token's `jti` is not a string of 1 to {MAX_JTI_CHARS} printable ASCII characters";
    /// The scope is not a text of words with one blank between them.
    ScopeInvalid { got: Clipped }, "access_token_scope_invalid",
        "the access token's `scope` is `{got}`, expected words of printable ASCII characters with one blank between them";
    /// A claim about how the person signed in has the wrong type.
    ClaimType { claim: &'static str, expected: &'static str, got: &'static str }, "access_token_claim_type",
        "the access token's `{claim}` is {got}, expected {expected}";
    /// The access token is bound to a key or a certificate, and so no bearer token.
    SenderConstrained, "access_token_sender_constrained",
        "the access token has `cnf`: it is bound to a key or a certificate, and of no use without a proof, which is not supported \
         (in Keycloak: Clients → client → Settings → Require DPoP bound tokens, or Advanced → \
         OAuth 2.0 Mutual TLS Certificate Bound Access Tokens Enabled)";
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
    /// The access token was issued too long ago, whatever its expiry says.
    IssuedTooLongAgo { seconds: i64 }, "access_token_issued_too_long_ago",
        "the access token was issued {seconds} s ago, expected at most {MAX_ACCESS_TOKEN_AGE_SECONDS} and {LEEWAY_SECONDS} of leeway";
    /// The time before which the access token must not be used is not a positive number below 2^53.
    NotBeforeInvalid { got: &'static str }, "access_token_not_before_invalid",
        "the access token's `nbf` is {got}, expected a number between 0 and 2^53";
    /// The access token must not be used yet.
    NotYetValid { seconds: i64 }, "access_token_not_yet_valid",
        "the access token is not valid for another {seconds} s";
}
