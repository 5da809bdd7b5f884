"""`manage.py relyant_explain`: why a user has her rights, and what a policy would make of claims."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError, no_translations

from relyant import conf
from relyant.errors import on_one_line
from relyant.management import users
from relyant.why import as_json, dry_run, lines
from relyant.why.about import about

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.core.management.base import CommandParser

    from relyant.why.about import Why

# Exit codes: 0 told, 1 the policy refuses the claims of the file, 2 nothing could be told.
_REFUSED = 1
_NOT_TOLD = 2


class Command(BaseCommand):
    """Explains a user, or tries a policy on a file of claims."""

    help = (
        "Says why a user has her rights: by which sign-in, which rule, which role from where; and what is by "
        "hand. With --claims it tries a policy on a file of claims instead. It writes nothing, and asks no "
        "provider. Exit codes: 1 where the policy refuses the claims, 2 where there is nothing to tell."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take who, or which claims, and how to tell."""
        parser.add_argument("user", nargs="?", help="a user's name")
        parser.add_argument(
            "--permissions", action="store_true", help="list all permissions that she has in effect, too"
        )
        parser.add_argument(
            "--claims",
            metavar="FILE",
            help="a JSON file (- is the standard input): an object of the ID token's claims, or one with "
            "id_token, userinfo and access_token; with a user, what would change for her",
        )
        parser.add_argument(
            "--provider",
            metavar="NAME",
            help="whose policy to try (default: the one that the user signs in with, or the first)",
        )
        parser.add_argument("--json", action="store_true", help="write JSON")

    @no_translations
    def handle(self, *_: Any, **options: Any) -> None:
        """Tell, and end with the exit code."""
        _require_sense(options)
        known = None if options["user"] is None else about(users.find(options["user"], returncode=_NOT_TOLD))
        if options["claims"] is None:
            self._tell_user(known, options)
            return
        settings = _provider(options["provider"], known)
        tried = _try(settings, options["claims"])
        decision = tried.decision
        change = dry_run.change(known, decision, settings.issuers) if known else None
        told = as_json.of_decision(settings, tried, change)
        self._write(told, lines.of_decision(settings, tried, known, change), json_wanted=options["json"])
        if not decision.allowed:
            sys.exit(_REFUSED)

    def _tell_user(self, known: Why | None, options: dict[str, Any]) -> None:
        if known is not None:
            permissions = _permissions(known.user) if options["permissions"] else None
            told = as_json.of_user(known, permissions)
            self._write(told, lines.of_user(known, permissions), json_wanted=options["json"])

    def _write(self, told: dict[str, Any], told_in_lines: Iterable[str], *, json_wanted: bool) -> None:
        if json_wanted:
            # In ASCII: what a terminal would obey, or hide, is escaped, too.
            self.stdout.write(json.dumps(told, indent=2, default=str))
            return
        for line in told_in_lines:
            self.stdout.write(on_one_line(line))


def _require_sense(options: dict[str, Any]) -> None:
    """Refuse options that say nothing together: the answer would be to another question."""
    wrong = None
    if options["claims"] is None:
        if options["user"] is None:
            wrong = "name a user, or a file by --claims"
        elif options["provider"] is not None:
            wrong = "--provider says whose policy to try on --claims, which is missing"
    elif options["permissions"]:
        wrong = "--permissions is about a user as she is: leave it out beside --claims"
    if wrong:
        raise CommandError(wrong, returncode=_NOT_TOLD)


def _permissions(user: Any) -> list[str]:
    """All that she has in effect; a user model may be without any."""
    return sorted(user.get_all_permissions()) if hasattr(user, "get_all_permissions") else []


def _provider(name: str | None, known: Why | None) -> conf.ProviderSettings:
    """Whose policy to try."""
    try:
        providers = conf.relyant_settings().providers
    except conf.ConfigurationError as error:
        raise CommandError(f"{error}; see `manage.py check`", returncode=_NOT_TOLD) from None
    chosen = name or (dry_run.provider_of(known.identities) if known else None) or next(iter(providers))
    if chosen not in providers:
        has = ", ".join(providers)
        raise CommandError(f"no provider is named `{chosen}`; PROVIDERS has: {has}", returncode=_NOT_TOLD)
    return providers[chosen]


def _try(settings: conf.ProviderSettings, file: str) -> dry_run.Tried:
    """Evaluate the claims of a file."""
    try:
        return dry_run.try_on(settings, dry_run.read(_read(file)))
    except conf.ConfigurationError as error:
        raise CommandError(str(error), returncode=_NOT_TOLD) from None
    except (OSError, ValueError, dry_run.ClaimsError) as error:
        words = error.strerror if isinstance(error, OSError) else str(error)
        raise CommandError(f"{file}: {words}", returncode=_NOT_TOLD) from None


def _read(file: str) -> str:
    """Read a file of a size that claims may have."""
    if file == "-":
        content = sys.stdin.buffer.read(dry_run.MAX_BYTES + 1)
    else:
        with Path(file).open("rb") as opened:
            content = opened.read(dry_run.MAX_BYTES + 1)
    if len(content) > dry_run.MAX_BYTES:
        raise dry_run.ClaimsError(f"larger than {dry_run.MAX_BYTES} bytes: no claims are")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise dry_run.ClaimsError("not UTF-8") from None
