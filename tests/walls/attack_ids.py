"""Which tests name which attacks and faults: in the comment lines directly above them, or inside a Python one."""

from __future__ import annotations

import ast
import re
from collections import defaultdict

from tests.walls.repository import tracked

IDENTIFIER = r"\b[A-Z]{2}-\d{2}\b"


def naming_tests() -> dict[str, list[str]]:
    """Each id with the names of the tests that name it. The walls' own tests don't count."""
    found = defaultdict(list)
    for path in tracked("crates/*.rs"):
        collect(in_rust(path.read_text()), found)
    for path in tracked("tests/*.py"):
        if "walls" not in path.parts:
            collect(in_python(path.read_text()), found)
    return {identifier: sorted(set(tests)) for identifier, tests in sorted(found.items())}


def collect(tests, found):
    """Sort tests by the ids that they name."""
    for test, identifiers in tests.items():
        for identifier in identifiers:
            found[identifier].append(test)


def in_rust(text: str) -> dict[str, set[str]]:
    """Each test with the ids in the comment lines that stand directly above its attributes."""
    named, above = {}, []
    for line in (line.strip() for line in text.splitlines()):
        if line.startswith(("//", "#[")):
            above.append(line)
            continue
        if "#[test]" in above and (test := re.match(r"(?:async )?fn (\w+)", line)):
            comments = "\n".join(one for one in above if one.startswith("//"))
            named[test[1]] = named.get(test[1], set()) | set(re.findall(IDENTIFIER, comments))
        above = []
    return named


def in_python(text: str) -> dict[str, set[str]]:
    """Each test with the ids inside of it, or in the comment lines directly above it."""
    named, lines = {}, text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
            while first > 0 and lines[first - 1].lstrip().startswith("#"):
                first -= 1
            named[node.name] = set(re.findall(IDENTIFIER, "\n".join(lines[first : node.end_lineno])))
    return named
