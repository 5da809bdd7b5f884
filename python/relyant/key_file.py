"""A file of private keys: a JWK Set that its owner alone can read, changed as a whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relyant import _core

Jwk = dict[str, Any]

# A key says its kind by `alg`, but for those of this curve, which share an algorithm with others.
_KINDS_OF_CURVES = {"X25519": "X25519"}


class KeyFileError(Exception):
    """The file can't be read, written or changed so; nothing was changed."""


@dataclass(frozen=True)
class KeyFile:
    """The keys of one file, in their order: of each use the first is today's."""

    path: Path
    keys: tuple[Jwk, ...]

    @classmethod
    def read(cls, path: Path) -> KeyFile:
        """Read a file that `relyant_keys` wrote."""
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise KeyFileError(f"{path} can't be read: {error.strerror}") from error
        except ValueError as error:
            raise KeyFileError(f"{path} is not JSON: {error}") from error
        keys = document.get("keys") if isinstance(document, dict) else None
        if not isinstance(keys, list) or not all(isinstance(key, dict) and "kid" in key for key in keys):
            raise KeyFileError(f"{path} is not a JWK Set of named keys, such as `relyant_keys make` writes")
        return cls(path, tuple(keys))

    def write(self) -> None:
        """Replace the file at once; whoever reads it meanwhile has the old keys or the new ones."""
        text = json.dumps({"keys": self.keys}, indent=2) + "\n"
        try:
            _core.public_jwk_set(text)
        except _core.RelyantError as error:
            raise KeyFileError(str(error)) from error
        try:
            # Of mode 0600 from its beginning.
            handle, temporary = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}-")
        except OSError as error:
            raise KeyFileError(f"{self.path} can't be written: {error.strerror}") from error
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(self.path)
        except OSError as error:
            Path(temporary).unlink()
            raise KeyFileError(f"{self.path} can't be written: {error.strerror}") from error

    def with_key(self, kind: str) -> KeyFile:
        """Add a new key behind the others."""
        return KeyFile(self.path, (*self.keys, _new(kind)))

    def rotated(self, purpose: str, keep_seconds: int) -> KeyFile:
        """Put a new key of the same kind before those of one use; these lapse, and what has lapsed goes."""
        now = int(time.time())
        former = [key for key in self.keys if key.get("use") == purpose]
        if not former:
            raise KeyFileError(f'{self.path} has no key with "use": "{purpose}"')
        end = now + keep_seconds
        aged = [{**key, "exp": min(key.get("exp", end), end)} if key in former else key for key in self.keys]
        kept = [key for key in aged if not has_lapsed(key, now)]
        return KeyFile(self.path, (_new(kind_of(former[0])), *kept))

    def without(self, kid: str) -> KeyFile:
        """Take one key out."""
        kept = tuple(key for key in self.keys if key["kid"] != kid)
        if len(kept) == len(self.keys):
            known = ", ".join(str(key["kid"]) for key in self.keys)
            raise KeyFileError(f"{self.path} has no key {kid}; it has {known}")
        return KeyFile(self.path, kept)


def has_lapsed(key: Jwk, now: int) -> bool:
    """Whether a key's time is over."""
    return "exp" in key and int(key["exp"]) <= now


def kind_of(key: Jwk) -> str:
    """Return the kind that a new key must have to take a key's place."""
    kind = _KINDS_OF_CURVES.get(str(key.get("crv")), key.get("alg"))
    if kind not in _core.key_kinds():
        raise KeyFileError(f"the key {key['kid']} is of a kind that `relyant_keys` doesn't make")
    return str(kind)


def _new(kind: str) -> Jwk:
    """Make a key whose name no command line takes for an option."""
    while True:
        key: Jwk = json.loads(_core.new_private_key(kind))
        if not key["kid"].startswith("-"):
            return key
