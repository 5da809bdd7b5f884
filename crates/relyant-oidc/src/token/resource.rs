//! The address of an API that an access token is asked for. RFC 8707 §2.

use url::Url;

use crate::error::{Clipped, Configuration};

/// Whether `resource` can be one: an absolute URI without a fragment, in the characters that a URI has.
///
/// Any scheme will do: the address names the API, and nothing is ever sent to it from here.
pub(crate) fn check_resource(resource: &str) -> Result<(), Configuration> {
    let invalid = |reason: &str| Configuration::ResourceInvalid {
        got: Clipped::without_credentials(resource),
        reason: Clipped::new(reason),
    };
    // RFC 3986 §2: no blank, no control character, nothing beyond ASCII.
    if !resource.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(invalid(
            "it has blanks, control characters or characters outside ASCII",
        ));
    }
    // RFC 8707 §2: it must not include a fragment.
    if resource.contains('#') {
        return Err(invalid("it must have no fragment"));
    }
    // RFC 8707 §2: it must be an absolute URI.
    match Url::parse(resource) {
        Ok(_) => Ok(()),
        Err(_) => Err(invalid("it is not an absolute URI")),
    }
}
