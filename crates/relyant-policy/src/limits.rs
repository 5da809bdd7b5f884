//! The limits of the policy, and where each number comes from.

/// How many roles one login may bring, over all claim paths.
///
/// Keycloak's token of 16 KiB holds about 1,000 short names, Entra ID stops at 200; more can come through userinfo
/// alone. A login with more is refused: to read a part would revoke what stands in the rest.
pub const MAX_ROLES: usize = 2_000;

/// How many characters the name of a role may have.
///
/// Keycloak stores 255, Entra ID shows 256. A longer name matches nothing and is not kept.
pub const MAX_ROLE_CHARS: usize = 256;

/// How many characters the name of a group may have: Django's `Group.name`.
///
/// A longer name is refused in a document and is no candidate under `same-name`.
pub const MAX_GROUP_CHARS: usize = 150;

/// How many characters the codename of a permission may have: Django's `Permission.codename`.
pub const MAX_CODENAME_CHARS: usize = 100;

/// How many segments a claim path may have: the depth to which relyant-jose reads JSON.
pub const MAX_PATH_SEGMENTS: usize = 16;

/// How many characters of a text that came from outside a message repeats.
pub const MAX_CLIPPED_CHARS: usize = 200;

/// How many characters a word may have for which the nearest known one is looked for.
///
/// Several times the longest known word, `SUPERUSER`. A longer text is no slip, and the distance costs its length times
/// the other's.
pub const MAX_SLIP_CHARS: usize = 64;
