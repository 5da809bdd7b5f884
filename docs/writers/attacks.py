"""The chapter on attacks: what each is, from `docs/attacks.toml`, with the tests that name its id."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomllib

from writers.markdown import NOTE, anchor

if TYPE_CHECKING:
    from collections.abc import Iterator

ENTRIES = Path(__file__).resolve().parents[1] / "attacks.toml"


def parts() -> list[dict[str, Any]]:
    """The parts of the chapter with their entries: id to title, attack and answer."""
    found: list[dict[str, Any]] = tomllib.loads(ENTRIES.read_text())["part"]
    return found


def page() -> str:
    """The whole chapter."""
    from tests.walls.attack_ids import naming_tests

    tests = naming_tests()
    return "\n".join(
        [
            "# Attacks we refuse\n",
            NOTE,
            "What somebody may try, what Relyant does, and the tests that hold it.\n",
            f"{sum(len(part['attacks']) for part in parts())} entries, each with an id that stands above the",
            "tests in the source. A fault that is found gets a test first, and is mended then.\n",
            *(line for part in parts() for line in _part(part, tests)),
        ]
    )


def _part(part: dict[str, Any], tests: dict[str, list[str]]) -> Iterator[str]:
    yield f"## {part['name']}\n"
    yield f"{part['about']}\n"
    for name, (title, attack, answer) in part["attacks"].items():
        yield f"({anchor(name)})=\n{name}: {title}\n: {attack}\n\n: {answer}\n\n: {_held_by(tests[name])}\n"


def _held_by(tests: list[str]) -> str:
    """The tests, folded away: their names are long, and there are many."""
    count = "One test holds it" if len(tests) == 1 else f"{len(tests)} tests hold it"
    names = ", ".join(f"<code>{one}</code>" for one in tests)
    return f'<details class="tests"><summary>{count}</summary>{names}</details>'
