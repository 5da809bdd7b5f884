//! What a server answers whose visitor, or whose client, may not go on with what it has: `WWW-Authenticate`.
//!
//! RFC 9470: <https://www.rfc-editor.org/rfc/rfc9470>

use crate::authorization::options::check_words;
use crate::error::Configuration;

/// The error of a sign-in that isn't recent or sure enough. RFC 9470 §3.
pub const INSUFFICIENT_USER_AUTHENTICATION: &str = "insufficient_user_authentication";

/// The challenge of somebody who is signed in, but not as recently, or not as surely, as this takes.
///
/// `max_age` is in seconds, and any one of `acr_values` will do, the best first. RFC 9470 §3.
pub fn insufficient_user_authentication(
    max_age: Option<u32>,
    acr_values: &[String],
) -> Result<String, Configuration> {
    check_words("acr_values", acr_values)?;
    let parameters = [
        ("error", Some(INSUFFICIENT_USER_AUTHENTICATION.to_owned())),
        (
            "error_description",
            Some(description(max_age, acr_values).to_owned()),
        ),
        (
            "acr_values",
            (!acr_values.is_empty()).then(|| acr_values.join(" ")),
        ),
        // RFC 9470 §3: a token or a quoted string; it is a whole number either way.
        ("max_age", max_age.map(|seconds| seconds.to_string())),
    ];
    let told: Vec<String> = parameters
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name}={}", quoted(&value?))))
        .collect();
    Ok(format!("Bearer {}", told.join(", ")))
}

/// RFC 6750 §3: of printable ASCII, without quotes and backslashes.
fn description(max_age: Option<u32>, acr_values: &[String]) -> &'static str {
    match (max_age, acr_values) {
        (Some(_), []) => "A more recent sign-in is needed",
        (None, [_, ..]) => "A sign-in of another authentication level is needed",
        (Some(_), [_, ..]) => "A more recent sign-in, of another authentication level, is needed",
        (None, []) => "Another sign-in is needed",
    }
}

/// A quoted string. RFC 9110 §5.6.4: a quote and a backslash stand behind a backslash.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}
