"""Why Relyant and its peers differ where they do: each difference has a line here, or the run fails.

A line is for a kind of token, mutations, what Relyant says and the peers that say the other thing.
"""

from __future__ import annotations

from typing import NamedTuple


class Explanation(NamedTuple):
    """One reason, and the differences that it explains."""

    kind: str
    ours: str
    peers: tuple[str, ...]
    mutations: tuple[str, ...]
    why: str


BOTH = ("joserfc", "jwcrypto")
JOSERFC, JWCRYPTO = ("joserfc",), ("jwcrypto",)
BASE64 = "One text for one byte string (RFC 7515 §2, RFC 4648 §3.5): else a used token has second spellings."
JSON_SERIALIZATION = (
    "A relying party gets compact tokens (RFC 7519 §1); another form is another parser to disagree with."
)
LENGTH = "A token beyond 16 KiB is not looked at; the peers leave the limit to their callers."
OWN_KEY = "A key that the token brings, or its address, is never looked at (RFC 8725 §3.10); the peers ignore or match it."
REGISTRY = "Members that aren't understood are ignored (RFC 7515 §4); joserfc refuses those that it has no entry for."
OWN_SET = "Only in a set of our own secrets, where every key has to be usable; in a published set such a key is skipped."
SHORT_SECRET = "A secret is as long as its hash at least (RFC 7518 §3.2); our own set is refused with a shorter one in it."
STRICT_JSON = (
    "Names are unique (RFC 7515 §4): of two equal ones, one reader takes the first and another the last."
)
UNUSUAL_JSON = "No JSON for a strict reader (RFC 8259 §2, §6 to §8); Python's reader takes it."

EXPLANATIONS = (
    # Relyant refuses.
    Explanation("signed", "refused", JWCRYPTO, ("`typ` a number",), "`typ` is a string (RFC 7515 §4.1.9)."),
    Explanation(
        "signed",
        "refused",
        BOTH,
        (
            "`crit` is empty",
            "`crit` names `alg`",
            "`crit` names `b64`, which is true",
        ),
        "No extension is supported, so `crit` itself refuses the token. An empty list and a registered name are forbidden anyway "
        "(RFC 7515 §4.1.11).",
    ),
    Explanation(
        "signed",
        "refused",
        JOSERFC,
        ("`crit` names `b64`, which is false",),
        "`b64` is refused on purpose (RFC 7797 §6): joserfc takes the payload undecoded and jwcrypto decodes it, so one token says two "
        "things.",
    ),
    Explanation(
        "signed",
        "refused",
        BOTH,
        ("`b64` true without `crit`",),
        "`b64` is refused whatever it says: without `crit` some ignore it and some obey it (RFC 7797 §6).",
    ),
    Explanation(
        "signed",
        "refused",
        JWCRYPTO,
        ("`zip` there", "`enc` there"),
        "Members of an encrypted token (RFC 7516 §4.1): whoever writes them into a signed one wants it read in two ways.",
    ),
    Explanation(
        "signed",
        "refused",
        BOTH,
        ("`jku` there", "`x5u` there", "`x5c` there", "`jwk` there: the key itself"),
        OWN_KEY,
    ),
    Explanation(
        "signed",
        "refused",
        JWCRYPTO,
        ("a member nested 20 deep",),
        "JSON nests 16 deep at most, so that no reader's stack is the limit.",
    ),
    Explanation(
        "signed",
        "refused",
        BOTH,
        ("header with `alg` twice", "header with `kid` twice"),
        STRICT_JSON,
    ),
    Explanation("signed", "refused", JWCRYPTO, ("header with an unknown member twice",), STRICT_JSON),
    Explanation(
        "signed", "refused", JOSERFC, ("header with a byte order mark", "header in UTF-16"), UNUSUAL_JSON
    ),
    Explanation(
        "signed",
        "refused",
        JWCRYPTO,
        ("header with a lone surrogate", "header with NaN", "header with 1e400"),
        UNUSUAL_JSON,
    ),
    Explanation("signed", "refused", JWCRYPTO, ("header of 20 KB",), LENGTH),
    Explanation("signed", "refused", BOTH, ("payload of 20 KB",), LENGTH),
    Explanation(
        "signed",
        "refused",
        JWCRYPTO,
        (
            "the other alphabet in the payload",
            "padding after the header",
            "padding after the payload",
            "padding after the signature",
            "an unused bit of the header",
            "an unused bit of the payload",
            "an unused bit of the signature",
        ),
        BASE64,
    ),
    Explanation(
        "signed",
        "refused",
        JWCRYPTO,
        (
            "the JSON serialization, flattened",
            "the JSON serialization, general",
            "the JSON serialization, with a compact token beside",
        ),
        JSON_SERIALIZATION,
    ),
    Explanation(
        "signed",
        "refused",
        JWCRYPTO,
        ("ECDSA: r and s a byte longer each",),
        "A signature has exactly twice the bytes of the curve's order (RFC 7518 §3.4).",
    ),
    Explanation(
        "signed",
        "refused",
        BOTH,
        ("key without `alg`",),
        "A secret is for one algorithm, and says for which (RFC 8725 §3.1). Public keys without `alg` are taken by all three.",
    ),
    Explanation(
        "signed",
        "refused",
        JOSERFC,
        ("key with one operation twice",),
        "No operation twice (RFC 7517 §4.3).",
    ),
    Explanation(
        "signed",
        "refused",
        JWCRYPTO,
        ("key for another algorithm",),
        "A key is used for the algorithm that it names and for no other (RFC 8725 §3.1).",
    ),
    Explanation(
        "signed",
        "refused",
        BOTH,
        ("private key in the set",),
        "A private key that was published is no secret, so it proves nothing (RFC 7517 §9.2).",
    ),
    Explanation(
        "signed",
        "refused",
        BOTH,
        ("two keys, the second is meant",),
        SHORT_SECRET,
    ),
    Explanation("signed", "refused", JOSERFC, ("a secret too short for its algorithm",), SHORT_SECRET),
    Explanation(
        "signed",
        "refused",
        BOTH,
        ("two keys of one name",),
        "Different keys have different names (RFC 7517 §4.5); which of two is meant would be a guess.",
    ),
    Explanation(
        "signed",
        "refused",
        JWCRYPTO,
        ("two keys and no `kid`",),
        "Keys are never tried in turn; with several that fit, the token says which (Core §10.1).",
    ),
    Explanation(
        "signed",
        "refused",
        BOTH,
        ("a key of an unknown kind beside",),
        OWN_SET,
    ),
    Explanation("signed", "refused", JWCRYPTO, ("a curve that nobody knows beside",), OWN_SET),
    Explanation("signed", "refused", BOTH, ("a short RSA key",), "2048 bits or more (RFC 7518 §3.3, §3.5)."),
    Explanation(
        "signed",
        "refused",
        JWCRYPTO,
        ("a key on another curve",),
        "An algorithm has one curve (RFC 7518 §3.4).",
    ),
    Explanation(
        "signed",
        "refused",
        BOTH,
        ("a coordinate a byte too long",),
        "A coordinate has the length of its curve (RFC 7518 §6.2.1.2).",
    ),
    Explanation(
        "encrypted",
        "refused",
        JWCRYPTO,
        ("`kid` unknown", "`kid` a number"),
        "`kid` chooses the key, and is a string (RFC 7516 §4.1.6); jwcrypto was given one key and uses it.",
    ),
    Explanation(
        "encrypted",
        "refused",
        BOTH,
        ("`crit` is empty",),
        "The list must not be empty (RFC 7515 §4.1.11).",
    ),
    Explanation("encrypted", "refused", BOTH, ("`jku` there", "`jwk` there", "`x5c` there"), OWN_KEY),
    Explanation(
        "encrypted",
        "refused",
        JWCRYPTO,
        ("`apu` not base64url", "`apu` a number"),
        "`apu` is base64url wherever it stands (RFC 7518 §4.6.1.2); without key agreement jwcrypto doesn't look at it.",
    ),
    Explanation(
        "encrypted",
        "refused",
        JWCRYPTO,
        ("`zip` there, the content is compressed", "`zip` there, 2 KB that grow to 2 MB"),
        "What is compressed leaks by its length and grows without end (RFC 8725 §3.6); joserfc opens it where its caller allows it.",
    ),
    Explanation("encrypted", "refused", BOTH, ("header with `alg` twice",), STRICT_JSON),
    Explanation(
        "encrypted",
        "refused",
        JWCRYPTO,
        (
            "padding after the tag",
            "an unused bit of the tag",
            "an unused bit of the IV",
            "an unused bit of the ciphertext",
            "an unused bit of the encrypted key",
        ),
        BASE64,
    ),
    Explanation("encrypted", "refused", JWCRYPTO, ("the JSON serialization",), JSON_SERIALIZATION),
    Explanation("encrypted", "refused", BOTH, ("content of 20 KB",), LENGTH),
    Explanation(
        "encrypted",
        "refused",
        BOTH,
        ("key for another algorithm",),
        "A key is used for the algorithm that it names and for no other (RFC 8725 §3.1).",
    ),
    Explanation(
        "encrypted",
        "refused",
        JOSERFC,
        ("key that only encrypts",),
        "A key is used for the operations that it names (RFC 7517 §4.3); joserfc compares them for some algorithms.",
    ),
    # Relyant takes.
    Explanation("signed", "taken", JOSERFC, ("a private member", "a member of other letters"), REGISTRY),
    Explanation(
        "signed",
        "taken",
        BOTH,
        ("the other name of Ed25519",),
        "`EdDSA` and `Ed25519` are two names of one computation (RFC 9864 §2.2); who allows one has allowed it.",
    ),
    Explanation(
        "signed",
        "taken",
        BOTH,
        ("key without `kid`",),
        "A single secret of our own without a name is meant by every header, as a client secret has no name.",
    ),
    Explanation(
        "signed",
        "taken",
        JOSERFC,
        ("a curve that nobody knows beside",),
        "A new kind of key beside ours breaks nothing (RFC 7517 §5); joserfc ends with a `KeyError`.",
    ),
    Explanation("encrypted", "taken", JOSERFC, ("a private member",), REGISTRY),
    Explanation(
        "encrypted",
        "taken",
        JOSERFC,
        ("`p2c` there", "`iv` and `tag` in the header", "`apu` and `apv` there"),
        "Members of another algorithm are ignored like unknown ones (RFC 7516 §4); joserfc has no entry for them here.",
    ),
    Explanation(
        "encrypted",
        "taken",
        JWCRYPTO,
        ("content empty",),
        "An empty content decrypts; that it is no token is found by whoever parses it.",
    ),
)


def reasons() -> dict[tuple[str, str, str, str], str]:
    """The reason of each difference: kind, mutation, what Relyant says, peer."""
    return {
        (each.kind, name, each.ours, peer): each.why
        for each in EXPLANATIONS
        for name in each.mutations
        for peer in each.peers
    }
