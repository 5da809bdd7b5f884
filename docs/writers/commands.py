"""The reference of commands, from what their argument parsers say."""

from __future__ import annotations

import pkgutil
from argparse import SUPPRESS, Action, ArgumentParser
from typing import TYPE_CHECKING

from writers.markdown import NOTE, code, table

if TYPE_CHECKING:
    from collections.abc import Iterator

_DJANGOS_OWN = {
    "--help",
    "--version",
    "--verbosity",
    "--settings",
    "--pythonpath",
    "--traceback",
    "--no-color",
    "--force-color",
    "--skip-checks",
}


def page() -> str:
    """Every management command with its arguments."""
    return "\n".join(
        [
            "# Commands\n",
            NOTE,
            "What `manage.py` can do with Relyant installed; Django's own options are left out.\n",
            *(part for name in _names() for part in _command(name)),
        ]
    )


def _names() -> list[str]:
    from relyant.management import commands

    return sorted(module.name for module in pkgutil.iter_modules(commands.__path__))


def _command(name: str) -> Iterator[str]:
    from django.core.management import load_command_class

    command = load_command_class("relyant", name)
    parser = command.create_parser("manage.py", name)
    yield f"## `{name}`\n"
    yield f"{command.help}\n"
    if rows := list(_arguments(parser)):
        yield table(("argument", "meaning"), rows)


def _arguments(parser: ArgumentParser) -> Iterator[tuple[str, str]]:
    for action in parser._actions:  # noqa: SLF001  argparse has no other way to list them
        if action.help is not SUPPRESS and not _DJANGOS_OWN.intersection(action.option_strings):
            yield code(_written(action)), action.help or ""


def _written(action: Action) -> str:
    """The argument as one types it."""
    if not action.option_strings:
        return str(action.metavar or action.dest)
    name = action.option_strings[-1]
    return name if action.nargs == 0 else f"{name} {action.metavar or action.dest.upper()}"
