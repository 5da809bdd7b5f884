"""Signed tokens and tokens with a MAC: of every algorithm the plain one, and each mutation of it."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from case import Case
from cryptography.hazmat.primitives.asymmetric import utils
from primitives import KEYS, decode, encode, octets, public, sign

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Each algorithm with the key that signs, another one of its kind, and an algorithm to confuse it with.
ALGORITHMS = {
    "RS256": ("rsa", "rsa_other", "RS512"),
    "RS384": ("rsa", "rsa_other", "PS384"),
    "RS512": ("rsa", "rsa_other", "RS256"),
    "PS256": ("rsa", "rsa_other", "RS256"),
    "PS384": ("rsa", "rsa_other", "PS512"),
    "PS512": ("rsa", "rsa_other", "RS512"),
    "ES256": ("P-256", "P-256_other", "ES384"),
    "ES384": ("P-384", "P-384_other", "ES256"),
    "ES512": ("P-521", "P-521_other", "ES256"),
    "EdDSA": ("Ed25519", "Ed25519_other", "ES256"),
    "Ed25519": ("Ed25519", "Ed25519_other", "ES256"),
    "HS256": ("secret_256", "secret_512", "HS384"),
    "HS384": ("secret_384", "secret_512", "HS512"),
    "HS512": ("secret_512", "secret_384", "HS256"),
}
PAYLOAD = b'{"iss":"https://op.example","sub":"carol","aud":"beer"}'
CURVE_ORDERS = {
    "P-256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "P-384": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
    "P-521": int(
        "686479766013060971498190079908139321726943530014330540939446345918554318339765539424"
        "5057746333217197532963996371363321113864768612440380340372808892707005449"
    ),
}
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493


@dataclass
class Draft:
    """A token under way: what its header and payload will say, who signs, and which keys the reader has."""

    algorithm: str
    header: dict[str, Any] = field(default_factory=dict)
    header_text: bytes | None = None
    payload: bytes = PAYLOAD
    signs_as: str | None = None
    signer: str = ""
    salt: int | None = None
    keys: list[Any] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.signer = ALGORITHMS[self.algorithm][0]
        self.header = {"alg": self.algorithm, "kid": "k", "typ": "JWT"}
        self.keys = [self.key()]
        self.allowed = [self.algorithm]

    def key(self, name: str | None = None, **members: Any) -> dict[str, Any]:
        """The JWK that verifies, with further members; a secret in whole."""
        name = name or self.signer
        jwk = dict(KEYS[name]) if self.is_mac else public(name)
        jwk |= {"kid": "k", "use": "sig", "alg": self.algorithm} | members
        return {member: value for member, value in jwk.items() if value is not None}

    @property
    def is_mac(self) -> bool:
        """Whether a shared secret authenticates it."""
        return self.algorithm.startswith("HS")

    def parts(self) -> list[str]:
        """Header, payload and a signature that is right for both."""
        header = json.dumps(self.header).encode() if self.header_text is None else self.header_text
        message = f"{encode(header)}.{encode(self.payload)}"
        signature = sign(self.signs_as or self.algorithm, self.signer, message.encode(), self.salt)
        return [*message.split("."), encode(signature)]

    def with_signature(self, change: Callable[[bytes], bytes]) -> str:
        """The token with another signature."""
        header, payload, signature = self.parts()
        return f"{header}.{payload}.{encode(change(decode(signature)))}"

    def token(self) -> str:
        """The compact token."""
        return ".".join(self.parts())


MUTATIONS: dict[str, Callable[[Draft], str | None]] = {}


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


def spelled(name: str, spell: Callable[[str], str | bytes]) -> None:
    """Register another spelling of the header's text."""

    def mutate(draft: Draft) -> str:
        text = spell(json.dumps(draft.header))
        draft.header_text = text if isinstance(text, bytes) else text.encode()
        return draft.token()

    MUTATIONS[name] = mutate


def written(name: str, write: Callable[[str, str, str], str]) -> None:
    """Register another way to write the three parts down."""
    MUTATIONS[name] = lambda draft: write(*draft.parts())


def signature(name: str, change: Callable[[bytes], bytes]) -> None:
    """Register another signature."""
    MUTATIONS[name] = lambda draft: draft.with_signature(change)


def keyed(name: str, others: dict[str, Any] | None = None, **members: Any) -> None:
    """Register a key with further members; None takes one away."""

    def mutate(draft: Draft) -> str:
        draft.keys = [draft.key(**(others or {}), **members)]
        return draft.token()

    MUTATIONS[name] = mutate


def last_bit(text: str) -> str:
    """The text with an unused bit of its last character set, where there is one."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text if len(text) % 4 == 0 else text[:-1] + alphabet[alphabet.index(text[-1]) ^ 1]


MUTATIONS["nothing changed"] = Draft.token

# What the header says: RFC 7515 §4.
says("`typ` left out", typ=None)
says("`typ` of another kind", typ="at+jwt")
says("`typ` a number", typ=1)
says("`cty` there", cty="JWT")
says("`kid` left out", kid=None)
says("`kid` unknown", kid="other")
says("`kid` a number", kid=1)
spelled("`kid` null", lambda text: text.replace('"k"', "null"))
says("`kid` a path", kid="../../dev/null")
says("`alg` left out", alg=None)
says("`alg` a number", alg=1)
says("`alg` `none` beside a signature", alg="none")
says("a private member", {"org.example": {"a": [1, 2.5, None]}})
says("a member of other letters", {"Größe": "🍺"})
says("`x5t` there", x5t="dGh1bWJwcmludA")
says("`crit` names an unknown extension", {"crit": ["org.example"], "org.example": 1})
says("`crit` names what isn't there", crit=["org.example"])
says("`crit` is empty", crit=[])
says("`crit` names `alg`", crit=["alg"])
says("`crit` a string", crit="exp")
says("`crit` names a member twice", {"crit": ["org.example", "org.example"], "org.example": 1})
says("`crit` names `b64`, which is true", crit=["b64"], b64=True)
says("`crit` names `b64`, which is false", crit=["b64"], b64=False)
says("`b64` false without `crit`", b64=False)
says("`b64` true without `crit`", b64=True)
says("`zip` there", zip="DEF")
says("`enc` there", enc="A128GCM")
says("`jku` there", jku="https://evil.example/keys")
says("`x5u` there", x5u="https://evil.example/cert")
says("`x5c` there", x5c=["AA=="])
says("a member nested 20 deep", deep=json.loads("[" * 20 + "]" * 20))


@mutation("`jwk` there: the key itself")
def _(draft: Draft) -> str | None:
    if draft.is_mac:
        return None
    draft.header["jwk"] = public(draft.signer)
    return draft.token()


@mutation("`jwk` there: the key that really signed")
def _(draft: Draft) -> str | None:
    if draft.is_mac:
        return None
    draft.signer = ALGORITHMS[draft.algorithm][1]
    draft.header["jwk"] = public(draft.signer)
    return draft.token()


@mutation("`alg` in small letters")
def _(draft: Draft) -> str:
    draft.header["alg"] = draft.algorithm.lower()
    return draft.token()


@mutation("`alg` with a blank")
def _(draft: Draft) -> str:
    draft.header["alg"] += " "
    return draft.token()


@mutation("`alg` of another algorithm, all allowed")
def _(draft: Draft) -> str:
    draft.header["alg"] = ALGORITHMS[draft.algorithm][2]
    draft.allowed = list(ALGORITHMS)
    return draft.token()


@mutation("`alg` not among those allowed")
def _(draft: Draft) -> str:
    draft.allowed = [ALGORITHMS[draft.algorithm][2]]
    draft.keys = [draft.key(alg=None)]
    return draft.token()


@mutation("the other name of Ed25519")
def _(draft: Draft) -> str | None:
    other = {"EdDSA": "Ed25519", "Ed25519": "EdDSA"}.get(draft.algorithm)
    if other is None:
        return None
    draft.header["alg"] = other
    return draft.token()


@mutation("`alg` `none`, no signature")
def _(draft: Draft) -> str:
    draft.header["alg"] = "none"
    return ".".join([*draft.parts()[:2], ""])


@mutation("a MAC whose key is the public key")
def _(draft: Draft) -> str | None:
    if draft.is_mac:
        return None
    header = encode(json.dumps({"alg": "HS256", "kid": "k"}).encode())
    message = f"{header}.{encode(PAYLOAD)}"
    tag = hmac.digest(json.dumps(draft.keys[0]).encode(), message.encode(), "sha256")
    draft.allowed = list(ALGORITHMS)
    return f"{message}.{encode(tag)}"


# How the header is spelled: RFC 8259, RFC 7515 §4.
spelled("header with white space", lambda text: f" {text}\n".replace(",", " ,\t"))
spelled("header in another order", lambda text: json.dumps(dict(reversed(json.loads(text).items()))))
spelled("header with escapes", lambda text: text.replace('"alg"', '"\\u0061lg"'))
spelled("header with `alg` twice", lambda text: text.replace('{"alg"', '{"alg": "none", "alg"'))
spelled("header with `kid` twice", lambda text: text[:-1] + ', "kid": "k"}')
spelled("header with an unknown member twice", lambda text: text[:-1] + ', "x": 1, "x": 2}')
spelled("header with a byte order mark", lambda text: b"\xef\xbb\xbf" + text.encode())
spelled("header in UTF-16", lambda text: text.encode("utf-16"))
spelled("header not UTF-8", lambda text: text.encode()[:-1] + b', "x": "\xff"}')
spelled("header with a lone surrogate", lambda text: text[:-1] + ', "x": "\\ud800"}')
spelled("header with a control character", lambda text: text[:-1] + ', "x": "\t"}')
spelled("header with NaN", lambda text: text[:-1] + ', "x": NaN}')
spelled("header with 1e400", lambda text: text[:-1] + ', "x": 1e400}')
spelled("header with a comma at its end", lambda text: text[:-1] + ",}")
spelled("header with a comment", lambda text: text + "// beer")
spelled("header and more", lambda text: text + "{}")
spelled("header a list", lambda text: f"[{text}]")
spelled("header a string", json.dumps)
spelled("header empty", lambda _: "")
spelled("header null", lambda _: "null")
spelled("header of 20 KB", lambda text: text[:-1] + ', "x": "' + "x" * 20_000 + '"}')
spelled(
    "header with a member nested 5,000 deep",
    lambda text: text[:-1] + ', "x": ' + "[" * 5000 + "]" * 5000 + "}",
)


# How the parts are written: RFC 7515 §2, §3.1 and §7.1.
written("padding after the header", lambda h, p, s: f"{h}=.{p}.{s}")
written("padding after the payload", lambda h, p, s: f"{h}.{p}=.{s}")
written("padding after the signature", lambda h, p, s: f"{h}.{p}.{s}==")
written("a blank in the signature", lambda h, p, s: f"{h}.{p}.{s[:8]} {s[8:]}")
written("a `#` in the signature", lambda h, p, s: f"{h}.{p}.{s[:8]}#{s[8:]}")
written("a line break at the end", lambda h, p, s: f"{h}.{p}.{s}\n")
written("a blank at the start", lambda h, p, s: f" {h}.{p}.{s}")
written("an unused bit of the header", lambda h, p, s: f"{last_bit(h)}.{p}.{s}")
written("an unused bit of the payload", lambda h, p, s: f"{h}.{last_bit(p)}.{s}")
written("an unused bit of the signature", lambda h, p, s: f"{h}.{p}.{last_bit(s)}")
written("a character more in the signature", lambda h, p, s: f"{h}.{p}.{s}A")
written("a dot at the end", lambda h, p, s: f"{h}.{p}.{s}.")
written("a dot at the start", lambda h, p, s: f".{h}.{p}.{s}")
written("a fourth part", lambda h, p, s: f"{h}.{p}.{s}.AA")
written("two parts", lambda h, p, _: f"{h}.{p}")
written("five parts", lambda h, p, s: f"{h}.{p}.{s}.AA.AA")
written("no parts", lambda *_: "")
written("a thousand dots", lambda h, p, s: f"{h}.{p}.{s}" + "." * 1000)
written("payload left out", lambda h, _, s: f"{h}..{s}")
written("header left out", lambda _, p, s: f".{p}.{s}")
written("header taken from another token", lambda _, p, s: f"{encode(b'{}')}.{p}.{s}")
written("payload changed", lambda h, p, s: f"{h}.{encode(PAYLOAD.replace(b'carol', b'adam'))}.{s}")
written("a letter of another script", lambda h, p, s: f"{h}.{p}.{s[:-1]}\uff21")
written("a NUL", lambda h, p, s: f"{h}.{p}\0.{s}")
written(
    "the JSON serialization, flattened",
    lambda h, p, s: json.dumps({"protected": h, "payload": p, "signature": s}),
)
written(
    "the JSON serialization, general",
    lambda h, p, s: json.dumps({"payload": p, "signatures": [{"protected": h, "signature": s}]}),
)
written(
    "the JSON serialization, with a compact token beside",
    lambda h, p, s: json.dumps({"  " + h: "." + p + "." + s, "protected": h, "payload": p, "signature": s}),
)


# The signature: RFC 7518 §3.
signature("signature empty", lambda _: b"")
signature("signature of zeros", lambda octets: bytes(len(octets)))
signature("signature a byte shorter", lambda octets: octets[:-1])
signature("signature a byte longer", lambda octets: octets + b"\0")
signature("signature with a zero in front", lambda octets: b"\0" + octets)
signature("signature with its first bit changed", lambda octets: bytes([octets[0] ^ 0x80]) + octets[1:])
signature("signature with its last bit changed", lambda octets: octets[:-1] + bytes([octets[-1] ^ 1]))
signature("signature cut in half", lambda octets: octets[: len(octets) // 2])
signature("signature of ones", lambda octets: b"\xff" * len(octets))


@mutation("signature by another key")
def _(draft: Draft) -> str:
    draft.signer = ALGORITHMS[draft.algorithm][1]
    return draft.token()


@mutation("ECDSA: signature in DER")
def _(draft: Draft) -> str | None:
    def der(octets: bytes) -> bytes:
        half = len(octets) // 2
        return utils.encode_dss_signature(
            *(int.from_bytes(part, "big") for part in (octets[:half], octets[half:]))
        )

    return draft.with_signature(der) if draft.algorithm.startswith("ES") else None


@mutation("ECDSA: the other s of the same signature")
def _(draft: Draft) -> str | None:
    def negate(signed: bytes) -> bytes:
        half = len(signed) // 2
        s = CURVE_ORDERS[KEYS[draft.signer]["crv"]] - int.from_bytes(signed[half:], "big")
        return signed[:half] + octets(s, half)

    return draft.with_signature(negate) if draft.algorithm.startswith("ES") else None


@mutation("ECDSA: r and s a byte longer each")
def _(draft: Draft) -> str | None:
    def pad(signed: bytes) -> bytes:
        half = len(signed) // 2
        return b"\0" + signed[:half] + b"\0" + signed[half:]

    return draft.with_signature(pad) if draft.algorithm.startswith("ES") else None


@mutation("Ed25519: s beyond the group's order")
def _(draft: Draft) -> str | None:
    def beyond(signed: bytes) -> bytes:
        s = int.from_bytes(signed[32:], "little") + ED25519_ORDER
        return signed[:32] + s.to_bytes(32, "little")

    return draft.with_signature(beyond) if draft.algorithm in {"EdDSA", "Ed25519"} else None


@mutation("PSS: no salt")
def _(draft: Draft) -> str | None:
    draft.salt = 0
    return draft.token() if draft.algorithm.startswith("PS") else None


@mutation("PSS: a longer salt")
def _(draft: Draft) -> str | None:
    draft.salt = 100
    return draft.token() if draft.algorithm.startswith("PS") else None


@mutation("signed by the algorithm's sister")
def _(draft: Draft) -> str | None:
    sisters = {"RS256": "PS256", "PS256": "RS256", "RS512": "RS384", "PS512": "PS384", "HS512": "HS384"}
    draft.signs_as = sisters.get(draft.algorithm)
    return draft.token() if draft.signs_as else None


# The payload.
def pays(name: str, payload: bytes) -> None:
    """Register another payload, rightly signed."""

    def mutate(draft: Draft) -> str:
        draft.payload = payload
        return draft.token()

    MUTATIONS[name] = mutate


@mutation("the other alphabet in the payload")
def _(draft: Draft) -> str:
    draft.payload = b"???>>>"
    return draft.token().replace("Pz8_Pj4-", "Pz8/Pj4+")


pays("payload empty", b"")
pays("payload not UTF-8", b"\xff\xfe")
pays("payload of 8 KB", b"x" * 8_000)
pays("payload of 20 KB", b"x" * 20_000)


# The keys: RFC 7517 §4 and §5.
keyed("key without `alg`", alg=None)
keyed("key without `use`", use=None)
keyed("key without `kid`", kid=None)
keyed("key for encryption", use="enc")
keyed("key that only signs", use=None, key_ops=["sign"])
keyed("key that verifies", use=None, key_ops=["verify"])
keyed("key with one operation twice", use=None, key_ops=["verify", "verify"])
keyed("key whose `use` and operations differ", key_ops=["verify", "encrypt"])
keyed("key with an unknown member", {"org.example": 1})
keyed("key with `kid` a number", kid=1)
keyed("key without `kty`", kty=None)
keyed("key of an unknown kind", kty="AKP")


@mutation("key for another algorithm")
def _(draft: Draft) -> str:
    draft.keys = [draft.key(alg=ALGORITHMS[draft.algorithm][2])]
    return draft.token()


@mutation("another key")
def _(draft: Draft) -> str:
    draft.keys = [draft.key(ALGORITHMS[draft.algorithm][1])]
    return draft.token()


@mutation("private key in the set")
def _(draft: Draft) -> str | None:
    if draft.is_mac:
        return None
    draft.keys = [draft.key() | KEYS[draft.signer]]
    return draft.token()


@mutation("two keys, the second is meant")
def _(draft: Draft) -> str:
    draft.keys = [draft.key(ALGORITHMS[draft.algorithm][1], kid="a"), draft.key()]
    return draft.token()


@mutation("two keys of one name")
def _(draft: Draft) -> str:
    draft.keys = [draft.key(), draft.key(ALGORITHMS[draft.algorithm][1])]
    return draft.token()


@mutation("two keys and no `kid`")
def _(draft: Draft) -> str:
    draft.keys = [draft.key(), draft.key(ALGORITHMS[draft.algorithm][1], kid="a")]
    del draft.header["kid"]
    return draft.token()


@mutation("a key of an unknown kind beside")
def _(draft: Draft) -> str:
    draft.keys = [{"kty": "AKP", "kid": "pq", "alg": "ML-DSA-44", "pub": "AA"}, draft.key()]
    return draft.token()


@mutation("a curve that nobody knows beside")
def _(draft: Draft) -> str:
    draft.keys = [{"kty": "EC", "kid": "z", "crv": "P-999", "x": "AA", "y": "AA"}, draft.key()]
    return draft.token()


@mutation("a short RSA key")
def _(draft: Draft) -> str | None:
    if draft.algorithm[:2] not in {"RS", "PS"} or draft.algorithm == "PS512":
        return None
    draft.signer = "rsa_short"
    draft.keys = [draft.key()]
    return draft.token()


@mutation("an RSA key with exponent 3")
def _(draft: Draft) -> str | None:
    if draft.algorithm[:2] not in {"RS", "PS"}:
        return None
    draft.signer = "rsa_e3"
    draft.keys = [draft.key()]
    return draft.token()


@mutation("RSA modulus with zeros in front")
def _(draft: Draft) -> str | None:
    if draft.algorithm[:2] not in {"RS", "PS"}:
        return None
    draft.keys = [draft.key(n=encode(b"\0\0" + decode(KEYS[draft.signer]["n"])))]
    return draft.token()


@mutation("a key on another curve")
def _(draft: Draft) -> str | None:
    other = {"ES256": "P-384", "ES384": "P-521", "ES512": "P-256"}.get(draft.algorithm)
    if other is None:
        return None
    draft.signer = other
    draft.keys = [draft.key()]
    return draft.token()


@mutation("a point that is not on its curve")
def _(draft: Draft) -> str | None:
    if not draft.algorithm.startswith("ES"):
        return None
    draft.keys = [draft.key(y=KEYS[draft.signer]["x"])]
    return draft.token()


@mutation("a coordinate a byte too long")
def _(draft: Draft) -> str | None:
    if not draft.algorithm.startswith("ES"):
        return None
    draft.keys = [draft.key(x=encode(b"\0" + decode(KEYS[draft.signer]["x"])))]
    return draft.token()


@mutation("a secret too short for its algorithm")
def _(draft: Draft) -> str | None:
    short = {"HS256": "secret_128", "HS384": "secret_256", "HS512": "secret_384"}.get(draft.algorithm)
    if short is None:
        return None
    draft.signer = short
    draft.keys = [draft.key()]
    return draft.token()


def cases() -> Iterator[Case]:
    """Each mutation of each algorithm that it applies to."""
    for name, mutate in MUTATIONS.items():
        for algorithm in ALGORITHMS:
            draft = Draft(algorithm)
            token = mutate(draft)
            if token is not None:
                kind = "authenticated" if draft.is_mac else "signed"
                yield Case(kind, name, algorithm, token, draft.keys, draft.allowed)
