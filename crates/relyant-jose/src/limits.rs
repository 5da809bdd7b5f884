//! The named limits of this crate, each with where its number comes from.

/// The longest token that is looked at, in bytes: 16 KiB.
///
/// Servers refuse a header line beyond 8 to 16 KiB, so no longer token reaches an API; an ID token with hundreds of groups fits.
/// Compared before anything else, so that a longer token costs nothing.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// The longest JSON text that is parsed, in bytes: 512 KiB.
///
/// The same as the cap on a response body (a test of relyant-http holds it), so that what was fetched can be parsed.
pub const MAX_JSON_BYTES: usize = 512 * 1024;

/// How deep JSON arrays and objects may nest: 16.
///
/// Claims of real providers nest up to 5 deep (`resource_access.CLIENT.roles`); the recursion of the parser stays bounded.
pub const MAX_JSON_DEPTH: usize = 16;

/// The most keys of one JWK Set: 100.
///
/// Providers publish 2 to 10; multi-tenant ones up to some dozens. Bounds the work of parsing keys.
pub const MAX_KEYS: usize = 100;

/// The longest `kid`, in bytes: 256.
///
/// A thumbprint has 43 characters and a UUID 36. The value is compared and logged, never looked up anywhere else.
pub const MAX_KID_BYTES: usize = 256;

/// The shortest RSA modulus, in bits. RFC 7518 §3.3 and §3.5: 2048 or larger.
pub const MIN_RSA_BITS: usize = 2048;

/// The longest RSA modulus, in bits: 8192.
///
/// A verification costs the square of the length: 8192 bits cost some 16 times as much as 2048. Nobody publishes longer ones.
pub const MAX_RSA_BITS: usize = 8192;

/// The longest RSA public exponent, in bits: 33.
///
/// The largest in real use is the Fermat number 2^32 + 1; a longer exponent only makes verification slow.
pub const MAX_RSA_EXPONENT_BITS: usize = 33;
