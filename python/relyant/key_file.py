"""A file of private keys: a JWK Set that its owner alone can read, changed as a whole or not at all."""

from __future__ import annotations

import json
import os
import stat
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from relyant import _core

Jwk = dict[str, Any]

# A key says its kind by `alg`, but for those of this curve, which share an algorithm with others.
_KINDS_OF_CURVES = {"X25519": "X25519"}
# The last second that every calendar of Python's has.
_LATEST = 253_402_300_799


class KeyFileError(Exception):
    """The file can't be read, written or changed so; nothing was changed."""


@dataclass(frozen=True)
class KeyFile:
    """The keys of one file, in their order: of each use the first is today's. Its representation has none."""

    path: Path
    keys: tuple[Jwk, ...] = field(repr=False)

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
        if not isinstance(keys, list) or not all(map(_is_named, keys)):
            raise KeyFileError(
                f'{path} is not a JWK Set of keys with `kid` and `use` ("sig" or "enc"), such as '
                "`relyant_keys make` writes"
            )
        return cls(path, tuple(keys))

    def write(self) -> None:
        """Replace the file at once; whoever reads it meanwhile has the old keys or the new ones.

        A new file has the mode 0600; a former one's owner and mode stay.
        """
        text = json.dumps({"keys": self.keys}, indent=2) + "\n"
        try:
            _core.public_jwk_set(text)
        except _core.RelyantError as error:
            raise KeyFileError(str(error)) from error
        # A link stays one.
        target, temporary = self.path.resolve(), None
        try:
            # Of mode 0600 from its beginning.
            handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            _keep_owner_and_mode(target, temporary)
            Path(temporary).replace(target)
            temporary = None
        except OSError as error:
            raise KeyFileError(f"{self.path} can't be written: {error.strerror}") from error
        finally:
            # Whatever ended it: no second copy of the keys stays.
            if temporary:
                Path(temporary).unlink()

    def with_key(self, kind: str) -> KeyFile:
        """Add a new key behind the others."""
        return KeyFile(self.path, (*self.keys, _new(kind)))

    def rotated(self, purpose: str, keep_seconds: int) -> KeyFile:
        """Put a new key of the same kind before those of one use; these lapse, and what has lapsed goes."""
        former = [key for key in self.keys if key.get("use") == purpose]
        if not former:
            raise KeyFileError(f'{self.path} has no key with "use": "{purpose}"')
        kind = kind_of(former[0])
        if kind not in _core.key_kinds():
            raise KeyFileError(f"{former[0]['kid']} is a key for {kind}, which `relyant_keys` doesn't make")
        return self._led_by(_new(kind), keep_seconds)

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
    """Return the kind that a new key must have to take a key's place: its algorithm, if it says one."""
    return str(_KINDS_OF_CURVES.get(str(key.get("crv"))) or key.get("alg") or key.get("kty"))


def _is_named(key: Any) -> bool:
    """Whether it is a key with what this file goes by."""
    if not isinstance(key, dict) or key.get("use") not in ("sig", "enc"):
        return False
    end = key.get("exp", 0)
    return isinstance(key.get("kid"), str) and isinstance(end, int) and 0 <= end <= _LATEST


def _keep_owner_and_mode(former: Path, new: str) -> None:
    """Let who could read the file read the one that takes its place, and nobody else."""
    if not former.exists():
        return
    was = former.stat()
    if hasattr(os, "chown"):
        os.chown(new, was.st_uid, was.st_gid)
    Path(new).chmod(stat.S_IMODE(was.st_mode))


def _new(kind: str) -> Jwk:
    """Make a key whose name no command line takes for an option."""
    while True:
        key: Jwk = json.loads(_core.new_private_key(kind))
        if not key["kid"].startswith("-"):
            return key
