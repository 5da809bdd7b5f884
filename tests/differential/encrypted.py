"""Encrypted tokens: of every pair of algorithms the plain one, and each mutation of it."""

from __future__ import annotations

import itertools
import json
import secrets
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from case import Case
from primitives import (
    CONTENT_KEY_BYTES,
    KEYS,
    content_key,
    decode,
    encode,
    encrypt_content,
    iv_bytes,
    octets,
    public,
)
from signed import last_bit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Each way in which the content's key travels, with the keys that it is for.
ALGORITHMS = {
    "RSA-OAEP": ["rsa"],
    "RSA-OAEP-256": ["rsa"],
    "ECDH-ES": ["P-256", "P-384", "P-521", "X25519"],
    "ECDH-ES+A128KW": ["P-256", "P-384", "P-521", "X25519"],
    "ECDH-ES+A256KW": ["P-256", "P-384", "P-521", "X25519"],
    "dir": ["secret"],
}
CONTENT = b"eyJhbGciOiJFUzI1NiJ9.e30.c2lnbmF0dXJl"
P256_PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1


@dataclass
class Draft:
    """A token under way: what its header will say, to which key it is encrypted, and which keys the reader has."""

    algorithm: str
    encryption: str
    name: str
    header: dict[str, Any] = field(default_factory=dict)
    header_text: bytes | None = None
    travels_as: str | None = None
    encrypts_as: str | None = None
    content: bytes = CONTENT
    epk: dict[str, Any] | None = None
    apu: bytes = b""
    apv: bytes = b""
    keys: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.header = {"alg": self.algorithm, "enc": self.encryption, "cty": "JWT"}
        if self.algorithm == "dir":
            self.name = f"secret_{CONTENT_KEY_BYTES[self.encryption] * 8}"
        else:
            self.header["kid"] = "k"
        self.keys = [self.key()]

    def key(self, name: str | None = None, **members: Any) -> dict[str, Any]:
        """The private JWK that opens it, with further members."""
        jwk = (
            KEYS[name or self.name]
            | ({} if self.algorithm == "dir" else {"kid": "k", "use": "enc"})
            | members
        )
        return {member: value for member, value in jwk.items() if value is not None}

    def parts(self) -> list[str]:
        """The five parts, each right for the others."""
        encryption = self.encrypts_as or self.encryption
        key, encrypted_key, epk = content_key(
            self.travels_as or self.algorithm, self.name, encryption, self.apu, self.apv
        )
        header = dict(self.header)
        if epk is not None:
            header = {"epk": epk if self.epk is None else self.epk} | header
        text = json.dumps(header).encode() if self.header_text is None else self.header_text
        aad = encode(text)
        iv = secrets.token_bytes(iv_bytes(encryption))
        ciphertext, tag = encrypt_content(encryption, key, iv, aad.encode(), self.content)
        return [aad, *(encode(part) for part in (encrypted_key, iv, ciphertext, tag))]

    def token(self) -> str:
        """The compact token."""
        return ".".join(self.parts())

    def with_part(self, index: int, change: Callable[[bytes], bytes]) -> str:
        """The token with one part changed after it was made."""
        parts = self.parts()
        parts[index] = encode(change(decode(parts[index])))
        return ".".join(parts)


MUTATIONS: dict[str, Callable[[Draft], str | None]] = {}
HEADER, KEY, IV, CIPHERTEXT, TAG = range(5)


def mutation(name: str) -> Callable[..., Any]:
    """Register a mutation, which returns the token or, where it doesn't apply to an algorithm, nothing."""

    def register(function: Callable[[Draft], str | None]) -> Callable[[Draft], str | None]:
        MUTATIONS[name] = function
        return function

    return register


def says(name: str, others: dict[str, Any] | None = None, **members: Any) -> None:
    """Register a header with further members; None takes one away."""

    def mutate(draft: Draft) -> str:
        draft.header = {
            key: value
            for key, value in (draft.header | (others or {}) | members).items()
            if value is not None
        }
        return draft.token()

    MUTATIONS[name] = mutate


def changed(name: str, index: int, change: Callable[[bytes], bytes]) -> None:
    """Register a change of one part after the token was made."""
    MUTATIONS[name] = lambda draft: draft.with_part(index, change)


def written(name: str, write: Callable[[list[str]], str]) -> None:
    """Register another way to write the five parts down."""
    MUTATIONS[name] = lambda draft: write(draft.parts())


def replaced(index: int, change: Callable[[str], str]) -> Callable[[list[str]], str]:
    """The parts with the text of one of them changed."""
    return lambda parts: ".".join([*parts[:index], change(parts[index]), *parts[index + 1 :]])


def flip(part: bytes) -> bytes:
    """The part with a bit of its middle changed; one that is empty has another byte."""
    middle = len(part) // 2
    return part[:middle] + bytes([(part[middle] if part else 0) ^ 1]) + part[middle + 1 :]


MUTATIONS["nothing changed"] = Draft.token

# What the header says: RFC 7516 §4.
says("`kid` left out", kid=None)
says("`kid` unknown", kid="other")
says("`kid` a number", kid=1)
says("`cty` left out", cty=None)
says("`typ` there", typ="JWT")
says("`alg` left out", alg=None)
says("`enc` left out", enc=None)
says("`enc` unknown", enc="A512GCM")
says("`enc` a number", enc=1)
says("a private member", {"org.example": {"a": [1, 2.5, None]}})
says("`crit` names an unknown extension", {"crit": ["org.example"], "org.example": 1})
says("`crit` is empty", crit=[])
says("`crit` names `exp`, which is there", crit=["exp"], exp=1)
says("`jku` there", jku="https://evil.example/keys")
says("`jwk` there", jwk={"kty": "oct", "k": "AA"})
says("`x5c` there", x5c=["AA=="])
says("`x5t` there", x5t="dGh1bWJwcmludA")
says("`zip` there, the content is not compressed", zip="DEF")
says("`p2c` there", p2c=2**31 - 1, p2s="AA")
says("`apu` not base64url", apu="#")
says("`apu` a number", apu=1)
says("`iv` and `tag` in the header", iv="AA", tag="AA")


@mutation("`zip` there, the content is compressed")
def _(draft: Draft) -> str:
    draft.header["zip"] = "DEF"
    draft.content = zlib.compress(CONTENT)[2:-4]
    return draft.token()


@mutation("`zip` there, 2 KB that grow to 2 MB")
def _(draft: Draft) -> str:
    draft.header["zip"] = "DEF"
    draft.content = zlib.compress(b"x" * 2_000_000)[2:-4]
    return draft.token()


@mutation("`apu` and `apv` there")
def _(draft: Draft) -> str:
    draft.apu, draft.apv = b"Alice", b"Bob"
    draft.header |= {"apu": encode(draft.apu), "apv": encode(draft.apv)}
    return draft.token()


@mutation("`alg` of the same family")
def _(draft: Draft) -> str:
    sisters = {
        "RSA-OAEP": "RSA-OAEP-256",
        "RSA-OAEP-256": "RSA-OAEP",
        "ECDH-ES": "ECDH-ES+A128KW",
        "ECDH-ES+A128KW": "ECDH-ES+A256KW",
        "ECDH-ES+A256KW": "ECDH-ES",
        "dir": "A256KW",
    }
    draft.header["alg"] = sisters[draft.algorithm]
    return draft.token()


@mutation("`enc` of the same family")
def _(draft: Draft) -> str:
    order = list(CONTENT_KEY_BYTES)
    draft.header["enc"] = order[(order.index(draft.encryption) + 1) % len(order)]
    return draft.token()


@mutation("`alg` in small letters")
def _(draft: Draft) -> str:
    draft.header["alg"] = draft.algorithm.lower() if draft.algorithm != "dir" else "DIR"
    return draft.token()


@mutation("RSA1_5")
def _(draft: Draft) -> str | None:
    if draft.algorithm != "RSA-OAEP":
        return None
    draft.header["alg"] = draft.travels_as = "RSA1_5"
    return draft.token()


@mutation("ECDH-ES+A192KW")
def _(draft: Draft) -> str | None:
    if draft.algorithm != "ECDH-ES+A128KW":
        return None
    draft.header["alg"] = draft.travels_as = "ECDH-ES+A192KW"
    return draft.token()


@mutation("A256KW with the shared secret")
def _(draft: Draft) -> str | None:
    if draft.algorithm != "dir" or CONTENT_KEY_BYTES[draft.encryption] != 32:
        return None
    draft.header["alg"] = draft.travels_as = "A256KW"
    return draft.token()


@mutation("header with `alg` twice")
def _(draft: Draft) -> str | None:
    if draft.algorithm.startswith("ECDH"):
        return None
    draft.header_text = json.dumps(draft.header).replace('"alg"', '"alg": "dir", "alg"').encode()
    return draft.token()


@mutation("header with white space")
def _(draft: Draft) -> str | None:
    if draft.algorithm.startswith("ECDH"):
        return None
    draft.header_text = f" {json.dumps(draft.header)}\n".encode()
    return draft.token()


@mutation("header spelled anew after it was sealed")
def _(draft: Draft) -> str:
    return draft.with_part(HEADER, lambda text: json.dumps(json.loads(text), indent=1).encode())


# The ephemeral key: RFC 7518 §4.6.1.1.
@mutation("`epk` left out")
def _(draft: Draft) -> str | None:
    return with_epk(draft, None)


@mutation("`epk` with its private part")
def _(draft: Draft) -> str | None:
    return with_epk(draft, KEYS[draft.name]) if draft.algorithm.startswith("ECDH") else None


@mutation("`epk` of another exchange")
def _(draft: Draft) -> str | None:
    return with_epk(draft, public(f"{draft.name}_other")) if draft.algorithm.startswith("ECDH") else None


@mutation("`epk` on another curve")
def _(draft: Draft) -> str | None:
    other = "P-384" if draft.name == "P-256" else "P-256"
    return with_epk(draft, public(other)) if draft.algorithm.startswith("ECDH") else None


@mutation("`epk` not on its curve")
def _(draft: Draft) -> str | None:
    if not draft.algorithm.startswith("ECDH") or draft.name == "X25519":
        return None
    return with_epk(draft, public(draft.name, y=KEYS[draft.name]["x"]))


@mutation("`epk` the point zero")
def _(draft: Draft) -> str | None:
    if not draft.algorithm.startswith("ECDH"):
        return None
    zero = encode(bytes(len(decode(KEYS[draft.name]["x"]))))
    point = {"x": zero} if draft.name == "X25519" else {"x": zero, "y": zero}
    return with_epk(draft, public(draft.name, **point))


@mutation("`epk` with a coordinate beyond the prime")
def _(draft: Draft) -> str | None:
    if draft.name != "P-256" or not draft.algorithm.startswith("ECDH"):
        return None
    return with_epk(draft, public("P-256", x=encode(octets(P256_PRIME + 1, 32))))


@mutation("`epk` a text")
def _(draft: Draft) -> str | None:
    return with_epk(draft, "AA") if draft.algorithm.startswith("ECDH") else None  # type: ignore[arg-type]


def with_epk(draft: Draft, epk: dict[str, Any] | None) -> str | None:
    """The token with another ephemeral key in its header, which is sealed as it stands."""
    if not draft.algorithm.startswith("ECDH"):
        return None
    header = dict(draft.header)
    if epk is not None:
        header["epk"] = epk
    draft.header_text = json.dumps(header).encode()
    return draft.token()


# The parts, changed after the token was made: RFC 7516 §5.2, RFC 7518 §5.
changed("encrypted key changed", KEY, flip)
changed("encrypted key a byte longer", KEY, lambda part: part + b"\0")
changed("encrypted key left out", KEY, lambda _: b"")
changed("encrypted key cut", KEY, lambda part: part[:-1])
changed("IV changed", IV, flip)
changed("IV left out", IV, lambda _: b"")
changed("IV a byte shorter", IV, lambda part: part[:-1])
changed("IV a byte longer", IV, lambda part: part + b"\0")
changed("ciphertext changed", CIPHERTEXT, flip)
changed("ciphertext left out", CIPHERTEXT, lambda _: b"")
changed("ciphertext cut", CIPHERTEXT, lambda part: part[:-1])
changed("ciphertext a block longer", CIPHERTEXT, lambda part: part + bytes(16))
changed("tag changed", TAG, flip)
changed("tag left out", TAG, lambda _: b"")
changed("tag of 1 byte", TAG, lambda part: part[:1])
changed("tag of 8 bytes", TAG, lambda part: part[:8])
changed("tag of 12 bytes", TAG, lambda part: part[:12])
changed("tag a byte shorter", TAG, lambda part: part[:-1])
changed("tag a byte longer", TAG, lambda part: part + b"\0")
changed("tag of zeros", TAG, lambda part: bytes(len(part)))

# How the parts are written: RFC 7516 §3.1 and §7.1.
written("padding after the tag", replaced(TAG, lambda part: part + "=="))
written("an unused bit of the tag", replaced(TAG, last_bit))
written("an unused bit of the IV", replaced(IV, last_bit))
written("an unused bit of the ciphertext", replaced(CIPHERTEXT, last_bit))
written("an unused bit of the encrypted key", replaced(KEY, last_bit))
written("a blank in the ciphertext", replaced(CIPHERTEXT, lambda part: part[:4] + " " + part[4:]))
written("a line break at the end", replaced(TAG, lambda part: part + "\n"))
written("a letter of another script", replaced(TAG, lambda part: part[:-1] + "\uff21"))
written("four parts", lambda parts: ".".join(parts[:4]))
written("six parts", lambda parts: ".".join([*parts, "AA"]))
written("three parts", lambda parts: ".".join(parts[:3]))
written("a dot at the end", lambda parts: ".".join(parts) + ".")
written(
    "the JSON serialization",
    lambda parts: json.dumps(
        dict(zip(("protected", "encrypted_key", "iv", "ciphertext", "tag"), parts, strict=True)),
    ),
)


# The content and the keys.
@mutation("content empty")
def _(draft: Draft) -> str:
    draft.content = b""
    return draft.token()


@mutation("content of 20 KB")
def _(draft: Draft) -> str:
    draft.content = b"x" * 20_000
    return draft.token()


@mutation("another key")
def _(draft: Draft) -> str | None:
    if draft.algorithm == "dir":
        other = secrets.token_bytes(CONTENT_KEY_BYTES[draft.encryption])
        draft.keys = [{"kty": "oct", "k": encode(other)}]
    else:
        draft.keys = [draft.key(f"{draft.name}_other")]
    return draft.token()


@mutation("key for signatures")
def _(draft: Draft) -> str:
    draft.keys = [draft.key(use="sig")]
    return draft.token()


@mutation("key for another algorithm")
def _(draft: Draft) -> str:
    draft.keys = [draft.key(alg="RSA-OAEP" if draft.algorithm == "RSA-OAEP-256" else "RSA-OAEP-256")]
    return draft.token()


@mutation("key with its algorithm")
def _(draft: Draft) -> str:
    draft.keys = [draft.key(alg=draft.algorithm)]
    return draft.token()


@mutation("key that only encrypts")
def _(draft: Draft) -> str:
    draft.keys = [draft.key(use=None, key_ops=["encrypt", "wrapKey"])]
    return draft.token()


@mutation("a shared secret of another length")
def _(draft: Draft) -> str | None:
    if draft.algorithm != "dir":
        return None
    draft.keys = [KEYS["secret_256" if CONTENT_KEY_BYTES[draft.encryption] != 32 else "secret_128"]]
    return draft.token()


def cases(*, every_content: bool = True) -> Iterator[Case]:
    """Each mutation of each algorithm and key, with every content encryption or with one in turn."""
    turn = itertools.cycle(CONTENT_KEY_BYTES)
    for mutation_name, mutate in MUTATIONS.items():
        for algorithm, name in (
            (algorithm, name) for algorithm, names in ALGORITHMS.items() for name in names
        ):
            for encryption in CONTENT_KEY_BYTES if every_content else [next(turn)]:
                draft = Draft(algorithm, encryption, name)
                token = mutate(draft)
                if token is not None:
                    yield Case(
                        "encrypted", mutation_name, algorithm, token, draft.keys, [algorithm, encryption]
                    )
