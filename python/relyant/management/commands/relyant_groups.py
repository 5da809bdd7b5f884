"""`manage.py relyant_groups`: groups as code beside those in the database."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, transaction

from relyant import conf, groups

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.core.management.base import CommandParser

    from relyant.groups import AbsentGroup, ComparedGroup

_DISAGREES = 1


class Command(BaseCommand):
    """`relyant_groups [--check | --apply] [--json]`."""

    help = (
        "Shows the groups of GROUP_PERMISSIONS beside those in the database, and the groups that policies "
        "name and nobody has made."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do, and how to tell."""
        do = parser.add_mutually_exclusive_group()
        about_check = "end with exit code 1 where settings and database disagree, for CI"
        do.add_argument("--check", action="store_true", help=about_check)
        about_apply = "make the database say what the settings do, as `migrate` does"
        do.add_argument("--apply", action="store_true", help=about_apply)
        parser.add_argument("--json", action="store_true", help="write the comparison as JSON")
        parser.add_argument(
            "--database", default=DEFAULT_DB_ALIAS, metavar="ALIAS", help="the database with the groups"
        )

    def handle(self, *_: Any, check: bool, apply: bool, database: str, **options: Any) -> None:
        """Compare, after the change where one is asked for, and tell."""
        if apply:
            with transaction.atomic(using=database):
                groups.apply_group_permissions(using=database)
        try:
            compared, absent = groups.compare(database), groups.absent(database)
        except conf.ConfigurationError as error:
            raise CommandError(str(error)) from error
        agrees = all(one.agrees for one in compared) and all(one.is_created for one in absent)
        if options["json"]:
            told = {"agrees": agrees, "groups": compared, "absent_groups": absent}
            self.stdout.write(json.dumps(told, indent=2, default=asdict))
        else:
            for line in self._lines(compared, absent):
                self.stdout.write(line)
        if check and not agrees:
            sys.exit(_DISAGREES)

    def _lines(self, compared: list[ComparedGroup], absent: list[AbsentGroup]) -> Iterator[str]:
        for group in compared:
            yield f"{group.name}: {self._verdict(group)}"
            for what in ("missing", "extra", "unknown"):
                for name in getattr(group, what):
                    yield f"  {what}: {name}"
        for one in absent:
            yield f"{one.name}: {self._absence(one)}"
        if not (compared or absent):
            yield "GROUP_PERMISSIONS names no group, and no policy names one that is missing."

    def _verdict(self, group: ComparedGroup) -> str:
        if group.agrees:
            return str(self.style.SUCCESS("as the settings say"))
        return str(self.style.ERROR("differs" if group.exists else "does not exist"))

    def _absence(self, one: AbsentGroup) -> str:
        named = f"named by the policy of {one.provider}; it does not exist"
        if one.is_created:
            return f"{named} until a sign-in makes it"
        return str(self.style.ERROR(f"{named}, and CREATE is off, so nobody gets it"))
