//! What the browser brought and can mend by starting again.

use super::codes::checks;
use crate::limits::{LOGIN_TRANSACTION_SECONDS, MAX_CALLBACK_QUERY_BYTES};

checks! {
    /// The callback doesn't belong to a login that this browser has under way.
    Transaction as "transaction";

    /// The callback's query is longer than any provider makes it.
    QueryTooLong { bytes: usize }, "query_too_long",
        "the callback's query has {bytes} bytes, expected {MAX_CALLBACK_QUERY_BYTES} at most";
    /// The callback names one parameter twice.
    ParameterRepeated { name: super::Clipped }, "parameter_repeated",
        "the callback's parameter `{name}` is there more than once";
    /// The callback has no state.
    StateMissing, "state_missing",
        "the callback has no `state`";
    /// The callback's state is not the one of this login.
    StateMismatch, "state_mismatch",
        "the callback's `state` is not the one that this login sent";
    /// The login was started more than ten minutes ago.
    Expired { seconds: i64 }, "expired",
        "the login was started {seconds} s ago, expected less than {LOGIN_TRANSACTION_SECONDS}";
    /// The login was started in the future, so a clock was turned back since.
    StartedInFuture { seconds: i64 }, "started_in_future",
        "the login was started {seconds} s in the future: this server's clock was turned back";
    /// The bytes of the login transaction are not of a form that this version writes.
    Unreadable, "unreadable",
        "the login transaction can't be read: it is cut or of another version";
}
