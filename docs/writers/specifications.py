"""The index of specifications: each section that the code cites, which files do, and which tests hold it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomllib

from writers import citations
from writers.citations import Citation, CitingTest
from writers.markdown import NOTE, code, table

if TYPE_CHECKING:
    from collections.abc import Iterable

ENTRIES = Path(__file__).resolve().parents[1] / "specifications.toml"

# The rooms that enforce specifications; the development provider reads them by itself, on purpose.
_ROOMS = ("jose", "oidc", "policy", "http")
# A table cell names so many tests; the rest are counted.
_SHOWN = 6


def specifications() -> list[dict[str, Any]]:
    """The specifications with their sections: number to what it is about, and why what is left out is."""
    found: list[dict[str, Any]] = tomllib.loads(ENTRIES.read_text())["specification"]
    return found


def cited() -> dict[Citation, list[str]]:
    """Each section that the code cites, with the files."""
    from tests.walls.repository import room, tracked

    found: dict[Citation, list[str]] = {}
    for name in _ROOMS:
        for path in tracked(f"crates/relyant-{name}/src/*.rs"):
            for citation in citations.in_code(path.read_text()):
                found.setdefault(citation, []).append(room(path))
    return {citation: sorted(files) for citation, files in found.items() if citation.section}


def held() -> dict[Citation, set[CitingTest]]:
    """Each section that a test cites, with the tests."""
    from tests.walls.repository import room, tracked

    found: dict[Citation, set[CitingTest]] = {}
    files = [path for name in _ROOMS for path in tracked(f"crates/relyant-{name}/*.rs")]
    sources = [(citations.in_rust_tests, path) for path in files]
    python = [path for path in tracked("tests/*.py") if not {"docs", "walls"} & set(path.parts)]
    sources += [(citations.in_python_tests, path) for path in python]
    for read, path in sources:
        for citation, tests in read(room(path), path.read_text()).items():
            found.setdefault(citation, set()).update(tests)
    return found


def tests_of(citation: Citation, tests: dict[Citation, set[CitingTest]]) -> list[CitingTest]:
    """The tests of a section: those that cite it, a part of it, or the whole that it is a part of."""
    fitting = (some for other, some in tests.items() if other.covers(citation) or citation.covers(other))
    return sorted({test for some in fitting for test in some})


def page() -> str:
    """The whole index."""
    files, tests = cited(), held()
    return "\n".join(
        [
            "# Specifications\n",
            NOTE,
            "Relyant enforces these sections. The line that enforces a rule cites its section, and so does",
            "the test that holds it; this index is made of those citations. What is left out says why.\n",
            f"{len(files)} sections of {len(specifications())} documents.\n",
            *(part for one in specifications() for part in _specification(one, files, tests)),
        ]
    )


def _specification(
    one: dict[str, Any], files: dict[Citation, list[str]], tests: dict[Citation, set[CitingTest]]
) -> Iterable[str]:
    yield f"## {one['cite']}: {one['title']}\n" if one["cite"] != one["title"] else f"## {one['title']}\n"
    yield f"<{_url(one)}>\n"
    rows = []
    for number, about in one["sections"].items():
        citation = Citation(one["cite"], number)
        where = "<br>".join(code(_short(file)) for file in files.get(citation, []))
        rows.append((_linked(one, number), about, where, _tests(tests_of(citation, tests))))
    yield table(("Section", "About", "Enforced in", "Held by"), rows)
    if left_out := one.get("left_out"):
        yield "Not implemented:\n"
        yield "\n".join(f"- §{_linked(one, number)}: {why}" for number, why in left_out.items()) + "\n"


def _tests(tests: list[CitingTest]) -> str:
    """The tests of a cell: a whole file, or a test by its name."""
    names = [code(test.name or _short(test.file)) for test in tests]
    more = [f"and {len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
    return "<br>".join([*names[:_SHOWN], *more])


def _short(file: str) -> str:
    return file.removeprefix("crates/relyant-")


def _url(one: dict[str, Any]) -> str:
    if number := re.fullmatch(r"RFC (\d+)", one["cite"]):
        return f"https://www.rfc-editor.org/rfc/rfc{number[1]}"
    return str(one["url"])


def _linked(one: dict[str, Any], number: str) -> str:
    """A section's number, linked where the document has an anchor for it."""
    section = number.partition(" ")[0]
    if not one["cite"].startswith("RFC "):
        return number
    kind = "section" if section[0].isdigit() else "appendix"
    return f"[{number}]({_url(one)}#{kind}-{section})"
