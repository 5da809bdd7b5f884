//! Where the provider broke the specification.

use super::Clipped;
use super::codes::checks;
use crate::http::Endpoint;

checks! {
    /// The provider answered in a way that the specifications don't allow.
    Misbehaved as "misbehaved";

    /// An endpoint answered with a status that isn't the one specified.
    Status { endpoint: Endpoint, got: u16 }, "status",
        "the {endpoint} answered with status {got}, expected 200";
    /// An endpoint answered with something other than JSON.
    ContentType { endpoint: Endpoint, got: Clipped }, "content_type",
        "the {endpoint} answered with content type `{got}`, expected JSON";
    /// An endpoint's JSON is malformed, repeats a member, is too deep, or is no object.
    Json { endpoint: Endpoint, reason: Clipped }, "json",
        "the {endpoint} answered with JSON that is refused: {reason}";

    /// The metadata lack a member that the code flow needs.
    MetadataMissing { name: &'static str }, "metadata_missing",
        "the metadata have no `{name}`";
    /// A member of the metadata has the wrong type.
    MetadataType { name: &'static str, expected: &'static str, got: &'static str }, "metadata_type",
        "the metadata's `{name}` is {got}, expected {expected}";
    /// An endpoint in the metadata is not a URL that can be an endpoint.
    MetadataEndpointInvalid { name: &'static str, got: Clipped, reason: Clipped }, "metadata_endpoint_invalid",
        "the metadata's `{name}` is `{got}`, expected an absolute URL without user name and fragment: {reason}";
    /// An endpoint in the metadata is neither https nor on a host that may be reached without TLS.
    MetadataEndpointNotHttps { name: &'static str, got: Clipped }, "metadata_endpoint_not_https",
        "the metadata's `{name}` is `{got}`, expected https";
    /// An endpoint's own query already holds a parameter that the request needs.
    EndpointQueryCollision { endpoint: &'static str, name: Clipped }, "endpoint_query_collision",
        "the metadata's `{endpoint}` already holds the parameter `{name}` in its query";
    /// The JWK Set can't be used as a whole.
    JwkSetInvalid { reason: Clipped }, "jwk_set_invalid",
        "the JWK Set is refused: {reason}";

    /// The endpoint for pushed authorization requests answered with another status than 201.
    PushedRequestStatus { got: u16 }, "pushed_request_status",
        "the pushed authorization request endpoint answered with status {got}, expected 201";
    /// The answer to a pushed authorization request lacks a member.
    PushedResponseMissing { name: &'static str }, "pushed_response_missing",
        "the pushed authorization response has no `{name}`";
    /// A member of the answer to a pushed authorization request has the wrong type.
    PushedResponseType { name: &'static str, expected: &'static str, got: &'static str }, "pushed_response_type",
        "the pushed authorization response's `{name}` is {got}, expected {expected}";

    /// The callback names another issuer than the one that the login was started at.
    CallbackIssuerMismatch { expected: Clipped, got: Clipped }, "callback_issuer_mismatch",
        "the callback's `iss` is `{got}`, expected `{expected}`";
    /// The callback names no issuer, although the metadata promise one.
    CallbackIssuerMissing, "callback_issuer_missing",
        "the callback has no `iss`, which the metadata promise";
    /// The callback carries tokens through the browser.
    FrontChannelToken { name: &'static str }, "front_channel_token",
        "the callback carries `{name}`, which was not asked for and must not pass through a browser";
    /// The callback has both a code and an error.
    CodeAndError, "code_and_error",
        "the callback has both `code` and `error`";
    /// The callback has neither a code nor an error.
    NeitherCodeNorError, "neither_code_nor_error",
        "the callback has neither `code` nor `error`";
    /// The authorization code is empty or holds characters that a code can't have.
    CodeInvalid, "code_invalid",
        "the callback's `code` is empty or has characters outside printable ASCII";

    /// The token response lacks a member.
    TokenResponseMissing { name: &'static str }, "token_response_missing",
        "the token response has no `{name}`";
    /// A member of the token response has the wrong type or form.
    TokenResponseType { name: &'static str, expected: &'static str, got: &'static str }, "token_response_type",
        "the token response's `{name}` is {got}, expected {expected}";
    /// The token response has no ID token.
    IdTokenMissing, "id_token_missing",
        "the token response has no `id_token`: the provider didn't take this for an OpenID Connect request";

    /// The introspection answer doesn't say whether the token is active.
    IntrospectionActive { got: &'static str }, "introspection_active",
        "the introspection answer's `active` is {got}, expected true or false";

    /// Userinfo names no subject.
    UserinfoSubjectMissing, "userinfo_subject_missing",
        "userinfo has no `sub` that is a string";
    /// Userinfo is about another person than the ID token.
    UserinfoSubjectMismatch { expected: Clipped, got: Clipped }, "userinfo_subject_mismatch",
        "userinfo's `sub` is `{got}`, the ID token's is `{expected}`";
}
