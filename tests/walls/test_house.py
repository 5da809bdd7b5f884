"""What holds for every file of the repository, and what its own documents promise."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys

import pytest

from tests.walls.repository import ROOT, room, tracked

# Split, so that this file doesn't find itself.
UNFINISHED = re.compile(
    "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "todo" + "!", "unimplemented" + "!"))
)
IDENTIFIER = r"\b[A-Z]{2}-\d{2}\b"
# The rows of the attack list that this version builds. A test names each, or this one fails.
ATTACKS = {
    "AR": [*range(1, 15), 16, 17, 24, 25, 26],
    "ID": [2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 16, 17, 18, 19, 20],
    "JO": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 20, 21, 22, 23, 24, 25],
    "DK": range(1, 11),
    "UI": [1],
    "AZ": [1, 2, 3, 4, 5, 8, 9],
    "OP": [1, 5],
    "LO": [11, 12],
    "SE": [1, 4, 5, 7],
    "TK": [1, 2, 3, 5, 8, 11],
}


@pytest.mark.parametrize("path", tracked("*.rs"), ids=room)
def test_a_rust_file_says_its_one_job_first(path):
    assert path.read_text().startswith("//! "), f"{room(path)} has no header"


def test_nothing_is_left_unfinished():
    for path in tracked("*.rs", "*.py", "*.html", "*.toml", "Makefile"):
        found = UNFINISHED.search(path.read_text())
        assert not found, f"{room(path)}: {found and found.group()}"


def named_in_rust(text: str) -> set[str]:
    """The ids in the comment lines that stand directly above a test's attributes."""
    named, above = set(), []
    for line in (line.strip() for line in text.splitlines()):
        if line.startswith(("//", "#[")):
            above.append(line)
            continue
        if "#[test]" in above and re.match(r"(async )?fn ", line):
            named |= set(re.findall(IDENTIFIER, "\n".join(one for one in above if one.startswith("//"))))
        above = []
    return named


def named_in_python(text: str) -> set[str]:
    """The ids inside a test function, or in the comment lines directly above it."""
    named, lines = set(), text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
            while first > 0 and lines[first - 1].lstrip().startswith("#"):
                first -= 1
            named |= set(re.findall(IDENTIFIER, "\n".join(lines[first : node.end_lineno])))
    return named


def test_a_name_counts_only_where_it_stands_at_a_test():
    assert named_in_rust("// JO-01, FT-02: why\n#[test]\nfn refuses() {\n") == {"JO-01", "FT-02"}
    assert named_in_rust("// JO-01\nfn helper() {\n// JO-02\n}\n#[test]\nfn refuses() {") == set()
    assert named_in_python("# AR-01\n@mark\ndef test_it():\n    'AR-02'\n") == {"AR-01", "AR-02"}
    assert named_in_python("# AR-01\n\ndef helper():\n    'AR-02'\n") == set()


def test_every_attack_of_this_version_is_named_by_a_test():
    named = set()
    for path in tracked("crates/*.rs"):
        named |= named_in_rust(path.read_text())
    for path in tracked("tests/*.py"):
        if "walls" not in path.parts:
            named |= named_in_python(path.read_text())
    wanted = {f"{part}-{number:02}" for part, numbers in ATTACKS.items() for number in numbers}
    assert sorted(wanted - named) == []


def test_the_architecture_names_tests_that_exist():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    named = set(re.findall(r"`test: (\w+)`|`(test_\w+)`", text))
    assert named, "ARCHITECTURE.md names the test that holds each invariant"
    sources = "\n".join(path.read_text() for path in tracked("tests/*.py", "crates/*.rs"))
    missing = {
        name for pair in named for name in pair if name and not re.search(rf"\b(def|fn) {name}\b", sources)
    }
    assert not missing


def test_the_reference_pages_are_what_the_code_says():
    answer = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.project.settings"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_make_help_lists_the_targets_in_the_order_in_which_one_needs_them():
    listed = subprocess.run(["make", "-s", "help"], cwd=ROOT, check=True, capture_output=True, text=True)
    wanted = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert re.findall(r"^  make ([a-z-]+)", listed.stdout, re.MULTILINE) == wanted
    assert wanted[:5] == ["help", "setup", "demo", "test", "check"]


def test_links_between_the_documents_lead_somewhere():
    for path in tracked("*.md", "docs/**/*.md"):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text()):
            assert (path.parent / target).exists(), f"{room(path)} links to {target}"
