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

/// How deep conditions may be nested: the depth to which relyant-jose reads JSON.
pub const MAX_CONDITION_DEPTH: usize = 16;

/// How many roles and conditions one rule may have, over all its depths: as many as the roles that a login may bring.
pub const MAX_RULE_PARTS: usize = 2_000;

/// How many characters a pattern may have.
///
/// A pattern for a name or an address takes some dozens; a longer one is a list of names, which `in` is for.
pub const MAX_PATTERN_CHARS: usize = 1_000;

/// How many bytes a pattern may take when it is compiled.
///
/// Room for `\w{1,20}` with all the world's letters; its states times the characters of a claim bound the time of a match.
pub const MAX_PATTERN_BYTES: usize = 512 * 1024;

/// How deep a pattern may be nested: the compiler goes down as deep on the stack.
pub const MAX_PATTERN_NESTING: u32 = 50;

/// How many bytes a claim may have that a pattern is matched with; the names and addresses of people have hundreds at most.
pub const MAX_MATCHED_BYTES: usize = 1_024;

/// How many bytes an e-mail address may have: what fits between the angle brackets of SMTP. RFC 5321 §4.5.3.1.3.
pub const MAX_ADDRESS_BYTES: usize = 254;

/// How many names a sentence lists before it says how many more there are.
pub const MAX_LISTED_NAMES: usize = 20;

/// How many characters of a text that came from outside a message repeats.
pub const MAX_CLIPPED_CHARS: usize = 200;

/// How many characters a word may have for which the nearest known one is looked for.
///
/// Several times the longest known word, `SUPERUSER`. A longer text is no slip, and the distance costs its length times
/// the other's.
pub const MAX_SLIP_CHARS: usize = 64;
