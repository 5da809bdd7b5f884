//! The numbers of this crate, each with where it comes from.

/// How far the provider's clock may be from ours, in seconds, either way.
///
/// "A few minutes" is what RFC 7519 §4.1.4 allows at most; synchronised clocks need one.
pub const LEEWAY_SECONDS: i64 = 60;

/// How long a login may take from its start to its callback, in seconds.
///
/// Time enough for a password manager and a second factor; the code itself lives a minute or so
/// (RFC 6749 §4.1.2 recommends at most ten).
pub const LOGIN_TRANSACTION_SECONDS: i64 = 600;

/// How many sources of aggregated and distributed claims a login reads: each may cost three requests of its own time.
///
/// Core §5.6.2 sets no number; one for groups and one for the person's data are common.
pub const MAX_CLAIM_SOURCES: usize = 4;

/// The longest name of such a source, in ASCII characters. It is shown where a right is explained; `src1` is the usual one.
pub const MAX_CLAIM_SOURCE_NAME_CHARS: usize = 64;

/// How many private keys a client may have: a few for each use, and former ones until they lapse.
pub const MAX_CLIENT_KEYS: usize = 32;

/// The longest hint who signs in, in characters: an e-mail address has 254 (RFC 5321 §4.5.3.1.3).
pub const MAX_LOGIN_HINT_CHARS: usize = 320;

/// The longest name of a pushed authorization request, in characters. It goes through a browser's address.
pub const MAX_REQUEST_URI_CHARS: usize = 1024;

/// The longest form of what a login demands, in bytes.
///
/// It is sealed in a cookie, where eight logins share 4 KiB.
pub const MAX_DEMANDS_BYTES: usize = 256;

/// How long a client assertion may be used, in seconds.
///
/// It is made for one request, whose answer is waited for less long. RFC 7523 §3 (4) leaves the number to the client; one that
/// is overheard is worthless a minute later.
pub const CLIENT_ASSERTION_SECONDS: i64 = 60;

/// How old an ID token may be when it arrives at a login, in seconds, by its `iat`.
///
/// It was made for this very login, so it can't be older than the login's own limit.
/// Core §3.1.3.7 (10) leaves the number to the client.
pub const MAX_ID_TOKEN_AGE_SECONDS: i64 = LOGIN_TRANSACTION_SECONDS;

/// The longest subject, in ASCII characters. Core §2, `sub`.
pub const MAX_SUBJECT_CHARS: usize = 255;

/// The longest identifier of a tenant; a GUID has 36 characters.
pub const MAX_TENANT_CHARS: usize = 64;

/// How old a logout token may be when it arrives, in seconds, by its `iat`.
///
/// The provider sends it as it makes it. Back-Channel Logout §2.4 recommends two minutes for its life.
pub const MAX_LOGOUT_TOKEN_AGE_SECONDS: i64 = 120;

/// How old an access token may be at an API, in seconds, by its `iat`, whatever its expiry says.
///
/// A day is the longest that common providers let one live as they come; RFC 9700 §2.2.1 wants it short.
pub const MAX_ACCESS_TOKEN_AGE_SECONDS: i64 = 24 * 60 * 60;

/// How old a signed introspection answer may be when it arrives, in seconds, by its `iat`.
///
/// It is made for the request, whose answer is waited for less long.
pub const MAX_INTROSPECTION_AGE_SECONDS: i64 = 60;

/// The longest client identifier of an access token, in ASCII characters: some are addresses, as issuers are.
pub const MAX_CLIENT_ID_CHARS: usize = MAX_ISSUER_BYTES;

/// The longest identifier of an API, in ASCII characters: many are addresses.
pub const MAX_AUDIENCE_CHARS: usize = MAX_ISSUER_BYTES;

/// The longest `sid` of an ID token or a logout token, in ASCII characters: as long as a subject.
pub const MAX_SID_CHARS: usize = MAX_SUBJECT_CHARS;

/// The longest `jti` of a logout or access token, in ASCII characters. It is kept for minutes, and a UUID has 36.
pub const MAX_JTI_CHARS: usize = 255;

/// The longest query of a callback, in bytes.
///
/// Codes of known providers stay below 2 KiB and web servers refuse request lines above 8 KiB.
pub const MAX_CALLBACK_QUERY_BYTES: usize = 8 * 1024;

/// The longest query of a front-channel logout, in bytes: an issuer and a `sid` at their longest, percent-encoded, and a query of
/// the registered address's own.
pub const MAX_LOGOUT_QUERY_BYTES: usize = 8 * 1024;

/// The longest end-session address that a browser is redirected to, in characters; beyond it the parameters go by a form.
///
/// Some browsers and gateways stop at 2,083 or 2,048.
pub const MAX_END_SESSION_URL_CHARS: usize = 2_000;

/// The longest issuer identifier, in bytes: what browsers and proxies take as a URL.
pub const MAX_ISSUER_BYTES: usize = 2048;

/// The longest access token that is sent in a header, in bytes.
///
/// Common servers take 8 to 64 KiB of headers in all; a token beyond this has every role of a large organisation in it.
pub const MAX_BEARER_TOKEN_BYTES: usize = 32 * 1024;

/// How many characters of untrusted text an error message carries.
pub const MAX_CLIPPED_CHARS: usize = 200;

/// Where numbers of JSON stop to be exact integers for every reader: 2^53. RFC 8259 §6.
pub(crate) const EXACT_INTEGER_END: i64 = 1 << 53;
