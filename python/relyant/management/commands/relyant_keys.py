"""Make, rotate and show the site's private keys: what `PRIVATE_KEY` reads."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from relyant import _core
from relyant.key_file import Jwk, KeyFile, KeyFileError, has_lapsed, kind_of

if TYPE_CHECKING:
    from argparse import ArgumentParser

_DAY = 24 * 60 * 60
# Ten years: whoever wants more wants no end.
_MOST_DAYS = 3650


class Command(BaseCommand):
    """`relyant_keys make|add|rotate|prune|remove|show FILE`."""

    help = (
        "Makes, rotates and shows the private keys with which this site proves who it is to its provider, "
        "and opens what the provider encrypts to it. PRIVATE_KEY names the file."
    )

    # It makes what PRIVATE_KEY names, which a check misses until then.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Each thing to do has options of its own."""
        commands = parser.add_subparsers(dest="do", required=True)

        def command(name: str, about: str) -> ArgumentParser:
            one: ArgumentParser = commands.add_parser(name, help=about)
            one.add_argument("file", type=Path, metavar="FILE", help="the file of private keys")
            return one

        kinds = _core.key_kinds()
        about_kinds = "what the key is for: a signature, or the encryption that the provider is set to"
        make = command("make", "make a file with one key; no file is overwritten")
        make.add_argument(
            "--algorithm", choices=kinds, default="ES256", help=f"{about_kinds} (default: ES256)"
        )
        add = command("add", "add a key, such as one for encryption beside the one that signs")
        add.add_argument("--algorithm", choices=kinds, required=True, help=about_kinds)
        rotate = command("rotate", "put a new key in the place of today's, which lapses later")
        rotate.add_argument("--use", choices=("sig", "enc"), default="sig", help="which keys (default: sig)")
        about_to = "a key that `add` made and the provider has read meanwhile, in the place of a new one"
        rotate.add_argument("--to", metavar="KID", help=about_to)
        about_days = (
            "for how long the former key is published and opens what is encrypted to it (default: 30)"
        )
        rotate.add_argument("--keep-days", type=int, default=30, help=about_days)
        command("prune", "drop what has lapsed, as each rotation does")
        remove = command("remove", "take a key out, such as one that was made by mistake")
        remove.add_argument("kid", metavar="KID", help="the key's name, as `show` tells it")
        show = command("show", "tell what each key is for, or print the public JWK Set")
        show.add_argument(
            "--json", action="store_true", help="the public JWK Set, for providers that take a text"
        )

    def handle(self, *_: Any, do: str, file: Path, **options: Any) -> None:
        """Do it; a file that can't be used ends the command with one line, and stays as it was."""
        try:
            getattr(self, f"_{do}")(file, **options)
        except KeyFileError as error:
            raise CommandError(str(error)) from error

    def _make(self, file: Path, *, algorithm: str, **_: Any) -> None:
        if file.exists():
            raise KeyFileError(
                f"{file} exists: `relyant_keys rotate` puts a new key into it, `add` a further one"
            )
        self._write(KeyFile(file, ()).with_key(algorithm))
        self.stdout.write(
            f'Set "PRIVATE_KEY": "{file}" for the provider, and keep the file out of version control.'
        )

    def _add(self, file: Path, *, algorithm: str, **_: Any) -> None:
        self._write(KeyFile.read(file).with_key(algorithm))

    def _rotate(self, file: Path, *, use: str, to: str | None, keep_days: int, **_: Any) -> None:
        if not 0 <= keep_days <= _MOST_DAYS:
            raise KeyFileError(f"--keep-days must be 0 or more and at most {_MOST_DAYS}, got {keep_days}")
        keys, seconds = KeyFile.read(file), keep_days * _DAY
        rotated = keys.promoted(to, seconds) if to else keys.rotated(use, seconds)
        self._write(rotated)
        undo = (
            f"rotate {file} --to {keys.keys[0]['kid']}" if to else f"remove {file} {rotated.keys[0]['kid']}"
        )
        self.stdout.write(f"Restart the site: it uses the new key then. To undo: relyant_keys {undo}")

    def _prune(self, file: Path, **_: Any) -> None:
        self._write(KeyFile.read(file).pruned())

    def _remove(self, file: Path, *, kid: str, **_: Any) -> None:
        self._write(KeyFile.read(file).without(kid))

    def _show(self, file: Path, *, json: bool, **_: Any) -> None:
        keys = KeyFile.read(file)
        if json:
            try:
                self.stdout.write(_core.public_jwk_set(file.read_text(encoding="utf-8")))
            except _core.RelyantError as error:
                raise KeyFileError(str(error)) from error
        else:
            self._tell(keys)

    def _write(self, keys: KeyFile) -> None:
        keys.write()
        self.stdout.write(self.style.SUCCESS(f"Wrote {keys.path}."))
        self._tell(keys)

    def _tell(self, keys: KeyFile) -> None:
        now = int(datetime.now(timezone.utc).timestamp())
        todays = {key.get("use"): key["kid"] for key in reversed(keys.keys) if not has_lapsed(key, now)}
        for key in keys.keys:
            is_todays = todays.get(key.get("use")) == key["kid"]
            self.stdout.write(f"{key['kid']}  {kind_of(key)}  {_state(key, now, is_todays=is_todays)}")


def _state(key: Jwk, now: int, *, is_todays: bool) -> str:
    """What a key does, in words."""
    does = {
        ("sig", True): "signs",
        ("sig", False): "is published, and signs no more",
        ("enc", True): "is encrypted to",
        ("enc", False): "still opens what was encrypted to it",
    }[str(key.get("use")), is_todays]
    if "exp" not in key:
        return does
    end = datetime.fromtimestamp(int(key["exp"]), timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    return f"lapsed on {end}" if has_lapsed(key, now) else f"{does}, until {end}"
