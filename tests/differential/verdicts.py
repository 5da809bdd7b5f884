"""The verdicts of Relyant and of its peers on a token: its content, or why it is refused.

A peer is called as its documentation has it, with the algorithms that the caller allows and the whole set of keys. Whatever it
raises is a refusal; what kind of exception it was is kept, since one that isn't the library's own is a fault of its own.
"""

from __future__ import annotations

import base64
import json
import subprocess
from functools import lru_cache
from typing import TYPE_CHECKING

from joserfc import jwe as joserfc_jwe
from joserfc import jws as joserfc_jws
from joserfc.jwk import KeySet
from jwcrypto import jwe as jwcrypto_jwe
from jwcrypto import jws as jwcrypto_jws
from jwcrypto.jwk import JWK, JWKSet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from case import Case


class Verdict:
    """What a library says: the content that it took, or the refusal."""

    def __init__(self, taken: bytes | None = None, refused: str = "") -> None:
        """Either of both."""
        self.taken, self.refused = taken, refused

    @property
    def word(self) -> str:
        """Taken or refused, in one word."""
        return "refused" if self.taken is None else "taken"


def relyant(program: Path, cases: Sequence[Case]) -> list[Verdict]:
    """Ours: one process for all of them."""
    questions = [
        {
            "kind": case.kind,
            "token": case.token,
            "keys": json.dumps({"keys": case.keys}),
            "allowed": case.allowed,
        }
        for case in cases
    ]
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    answers = subprocess.run([program], input=lines, capture_output=True, text=True, check=True).stdout
    return [read(json.loads(line)) for line in answers.splitlines()]


def read(answer: dict[str, str]) -> Verdict:
    """The verdict in a line of ours."""
    if "refused" in answer:
        return Verdict(refused=answer["refused"])
    text = answer["taken"]
    return Verdict(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def asked(peer: Callable[[Case], bytes], case: Case) -> Verdict:
    """A peer's verdict."""
    try:
        return Verdict(peer(case))
    except Exception as error:
        return Verdict(refused=f"{type(error).__module__}.{type(error).__name__}: {error}")


def joserfc(case: Case) -> bytes:
    """The content by joserfc."""
    keys = joserfc_keys(json.dumps(case.keys))
    if case.kind == "encrypted":
        return joserfc_jwe.decrypt_compact(case.token, keys, algorithms=case.allowed).plaintext
    return joserfc_jws.deserialize_compact(case.token, keys, algorithms=case.allowed).payload


@lru_cache
def joserfc_keys(keys: str) -> KeySet:
    """A set of keys, read once."""
    return KeySet.import_key_set({"keys": json.loads(keys)})


def jwcrypto(case: Case) -> bytes:
    """The content by jwcrypto."""
    keys = jwcrypto_keys(json.dumps(case.keys))
    if case.kind == "encrypted":
        token = jwcrypto_jwe.JWE(algs=case.allowed)
        # It takes a set for signatures alone; each of these has one key.
        token.deserialize(case.token, key=jwcrypto_key(json.dumps(case.keys[0])))
        return token.plaintext
    token = jwcrypto_jws.JWS()
    token.allowed_algs = case.allowed
    token.deserialize(case.token, key=keys)
    return token.payload


@lru_cache
def jwcrypto_keys(keys: str) -> JWKSet:
    """A set of keys, read once."""
    return JWKSet.from_json(json.dumps({"keys": json.loads(keys)}))


@lru_cache
def jwcrypto_key(key: str) -> JWK:
    """A key, read once."""
    return JWK.from_json(key)


PEERS = {"joserfc": joserfc, "jwcrypto": jwcrypto}
