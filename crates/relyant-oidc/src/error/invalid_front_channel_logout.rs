//! The checks of a request to the front-channel logout address. Front-Channel Logout 1.0 §2 and §3.

use super::Clipped;
use super::codes::checks;
use crate::limits::{MAX_LOGOUT_QUERY_BYTES, MAX_SID_CHARS};

checks! {
    /// The request to the front-channel logout address is none that this provider's page makes.
    InvalidFrontChannelLogout as "transaction";

    /// The front-channel logout's query is longer than any provider makes it.
    QueryTooLong { bytes: usize }, "front_channel_logout_query_too_long",
        "the front-channel logout's query has {bytes} bytes, expected {MAX_LOGOUT_QUERY_BYTES} at most";
    /// The front-channel logout lacks the issuer or the session: without both anybody's page could sign people out.
    ParameterMissing { name: &'static str }, "front_channel_logout_parameter_missing",
        "the front-channel logout has no `{name}`, expected `iss` and `sid`: let the provider require the session there";
    /// The front-channel logout names the issuer or the session twice.
    ParameterRepeated { name: &'static str }, "front_channel_logout_parameter_repeated",
        "the front-channel logout's parameter `{name}` is there more than once";
    /// The front-channel logout is of another issuer.
    IssuerMismatch { expected: Clipped, got: Clipped }, "front_channel_logout_issuer_mismatch",
        "the front-channel logout's `iss` is `{got}`, expected `{expected}`";
    /// The provider's session is not a text of 1 to 255 printable ASCII characters.
    SidInvalid, "front_channel_logout_sid_invalid",
        "the front-channel logout's `sid` is not a text of 1 to {MAX_SID_CHARS} printable ASCII characters";
}
