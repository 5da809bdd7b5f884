//! The limits of an exchange with a provider and of what is kept of it: each number, and where it comes from.

use std::time::Duration;

use relyant_oidc::limits::MAX_BEARER_TOKEN_BYTES;

/// The bytes of a response body that are read before it is refused.
///
/// A discovery document has 10 KB, a JWK Set of 100 keys about 150 KB. Nothing is decompressed, so this is the memory too.
pub const MAX_BODY_BYTES: usize = 512 * 1024;

/// The bytes of a response's status line and headers; four times what servers themselves accept.
pub const MAX_HEADER_BYTES: usize = 32 * 1024;

/// The bytes of a request's longest header line: an access token, its name and its scheme.
pub const MAX_REQUEST_LINE_BYTES: usize = MAX_BEARER_TOKEN_BYTES + 64;

/// The headers of a response.
pub const MAX_HEADERS: usize = 100;

/// The bytes of a proxy's answer to CONNECT, which says no more than yes or no: what common servers accept as a request's.
pub const MAX_PROXY_ANSWER_BYTES: usize = 8 * 1024;

/// The time of a login step (begin, complete, log out) on the network, where the settings say nothing.
///
/// A visitor waits for it, and so does a worker of the web server.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

/// The most that the settings may ask for: web servers give up on a worker after 30 seconds (gunicorn) or 60 (nginx).
pub const MAX_TIMEOUT: Duration = Duration::from_secs(60);

/// How long an idle connection is kept for the next request.
///
/// Long enough for the userinfo request after the token request; shorter than any common server's keep-alive time
/// (5 s and more), so that the token request, which is never sent twice, doesn't meet a connection that is just being closed.
pub const MAX_IDLE: Duration = Duration::from_secs(3);

/// Metadata and keys are believed at least this long, whatever the provider says.
///
/// Keycloak says `no-cache`; a fetch a login would double the load and the time of each.
pub const MIN_FRESH: Duration = Duration::from_secs(5 * 60);

/// Metadata and keys are believed at most this long: a key that the provider withdrew is refused a day later.
pub const MAX_FRESH: Duration = Duration::from_secs(24 * 60 * 60);

/// How long metadata and keys are believed where the provider says nothing.
pub const DEFAULT_FRESH: Duration = Duration::from_secs(60 * 60);

/// How long after that they serve on while the provider can't be reached.
pub const MAX_STALE: Duration = Duration::from_secs(24 * 60 * 60);

/// The pause after a failed renewal.
pub const RENEWAL_PAUSE: Duration = Duration::from_secs(30);

/// The pause between two fetches of the keys that tokens may cause which the kept ones don't verify.
pub const UNKNOWN_KID_PAUSE: Duration = Duration::from_secs(30);

/// After so many failures in a row an endpoint is left alone for [`BREAKER_PAUSE`].
pub const BREAKER_FAILURES: u32 = 5;

/// How many endpoints are watched so: a provider has four, and as many again when its metadata move them.
pub const MAX_BREAKERS: usize = 16;

/// How long an endpoint that keeps failing is left alone before one request tries again.
pub const BREAKER_PAUSE: Duration = Duration::from_secs(5);

/// The longest `Retry-After` that keeps us from asking: a day in it would be an outage of our own making.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(30);

/// The longest `Retry-After` that is passed on to a visitor.
pub const MAX_RETRY_AFTER_TOLD: Duration = Duration::from_secs(60 * 60);

/// The pause before a GET is tried a second time; a random share of it is added.
pub const RETRY_PAUSE: Duration = Duration::from_millis(50);
