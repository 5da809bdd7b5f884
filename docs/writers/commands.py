"""The reference of commands, from what their argument parsers say."""

from __future__ import annotations

import pkgutil
from argparse import SUPPRESS, Action, ArgumentParser, _SubParsersAction
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
        if isinstance(action, _SubParsersAction):
            yield from _things_to_do(action)
        elif action.help is not SUPPRESS and not _DJANGOS_OWN.intersection(action.option_strings):
            yield code(_written(action)), f"{action.help or ''}{_choices(action)}"


def _things_to_do(action: _SubParsersAction[ArgumentParser]) -> Iterator[tuple[str, str]]:
    """Each by its name and what it must be given, its options below it."""
    about = {one.dest: one.help or "" for one in action._choices_actions}  # noqa: SLF001  as above
    for name, parser in action.choices.items():
        given = [_written(one) for one in parser._actions if not one.option_strings]  # noqa: SLF001
        yield code(" ".join([name, *given])), about[name]
        for argument, meaning in _arguments(parser):
            if argument.startswith("`-"):
                yield code(f"{name} {argument.strip('`')}"), meaning


def _choices(action: Action) -> str:
    return f"; one of {', '.join(map(code, action.choices))}" if action.choices else ""


def _written(action: Action) -> str:
    """The argument as one types it."""
    if not action.option_strings:
        return str(action.metavar or action.dest)
    name = action.option_strings[-1]
    return name if action.nargs == 0 else f"{name} {action.metavar or action.dest.upper()}"
