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
        former = [key for key in self.keys if key.get("use") == purpose]
        if not former:
            raise KeyFileError(f'{self.path} has no key with "use": "{purpose}"')
        return self._led_by(_new(kind_of(former[0])), keep_seconds)

    def promoted(self, kid: str, keep_seconds: int) -> KeyFile:
        """Put one of the keys before the others of its use, as `rotated` puts a new one."""
        return self._led_by(self._key(kid), keep_seconds)

    def _led_by(self, first: Jwk, keep_seconds: int) -> KeyFile:
        now = int(time.time())
        end = now + keep_seconds

        def aged(key: Jwk) -> Jwk:
            same_use = key.get("use") == first.get("use")
            return {**key, "exp": min(key.get("exp", end), end)} if same_use else key

        others = [aged(key) for key in self.keys if key["kid"] != first["kid"]]
        todays = {name: value for name, value in first.items() if name != "exp"}
        return KeyFile(self.path, (todays, *others)).pruned()

    def pruned(self) -> KeyFile:
        """Drop what has lapsed."""
        now = int(time.time())
        return KeyFile(self.path, tuple(key for key in self.keys if not has_lapsed(key, now)))

    def without(self, kid: str) -> KeyFile:
        """Take one key out."""
        taken = self._key(kid)
        return KeyFile(self.path, tuple(key for key in self.keys if key is not taken))

    def _key(self, kid: str) -> Jwk:
        for key in self.keys:
            if key["kid"] == kid:
                return key
        known = ", ".join(str(key["kid"]) for key in self.keys)
        raise KeyFileError(f"{self.path} has no key {kid}; it has {known}")


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
