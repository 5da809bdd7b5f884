"""What holds for every file of the repository, and what its own documents promise."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.walls.attack_ids import in_python, in_rust, naming_tests
from tests.walls.repository import ROOT, room, tracked

# Split, so that this file doesn't find itself.
UNFINISHED = re.compile(
    "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "todo" + "!", "unimplemented" + "!"))
)
# The rows of the attack list that this version builds. A test names each, or this one fails.
ATTACKS = {
    "AR": [*range(1, 15), 16, 17, 24, 25, 26],
    "ID": [2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 16, 17, 18, 19, 20],
    "JO": range(1, 26),
    "DK": range(1, 11),
    "UI": [1],
    "AZ": [1, 2, 3, 4, 5, 8, 9],
    "OP": [1, 4, 5],
    # LO-14 is of a specification that is left out on purpose: docs/specifications.toml says why.
    "LO": [*range(1, 14), 15],
    "RS": [21],
    "SE": [1, 2, 3, 4, 5, 7, 8],
    "TK": [1, 2, 3, 4, 5, 6, 7, 8, 11],
}


@pytest.mark.parametrize("path", tracked("*.rs"), ids=room)
def test_a_rust_file_says_its_one_job_first(path):
    assert path.read_text().startswith("//! "), f"{room(path)} has no header"


def test_nothing_is_left_unfinished():
    for path in tracked("*.rs", "*.py", "*.html", "*.toml", "Makefile"):
        found = UNFINISHED.search(path.read_text())
        assert not found, f"{room(path)}: {found and found.group()}"


def test_a_name_counts_only_where_it_stands_at_a_test():
    assert in_rust("// JO-01, FT-02: why\n#[test]\nfn refuses() {\n") == {"refuses": {"JO-01", "FT-02"}}
    assert in_rust("// JO-01\nfn helper() {\n// JO-02\n}\n#[test]\nfn refuses() {") == {"refuses": set()}
    assert in_python("# AR-01\n@mark\ndef test_it():\n    'AR-02'\n") == {"test_it": {"AR-01", "AR-02"}}
    assert in_python("# AR-01\n\ndef helper():\n    'AR-02'\n") == {}


def test_every_attack_of_this_version_is_named_by_a_test():
    wanted = {f"{part}-{number:02}" for part, numbers in ATTACKS.items() for number in numbers}
    assert sorted(wanted - set(naming_tests())) == []


def test_the_chapter_on_attacks_has_an_entry_for_each_that_a_test_names():
    """`docs/attacks.toml` says what an id is; one that no test names any more is a promise that nobody holds."""
    pytest.importorskip("tomllib", reason="needs Python 3.11 to read TOML")
    from writers import attacks

    entries = [name for part in attacks.parts() for name in part["attacks"]]
    assert len(set(entries)) == len(entries)
    assert set(entries) == set(naming_tests())


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "docs/concepts/how-rights-are-decided.md"])
def test_a_page_names_tests_that_exist(page):
    named = set(re.findall(r"`test: (\w+)`|`(test_\w+)`", (ROOT / page).read_text()))
    assert named, f"{page} names the tests that hold what it says"
    sources = "\n".join(path.read_text() for path in tracked("tests/*.py", "crates/*.rs"))
    missing = {
        name for pair in named for name in pair if name and not re.search(rf"\b(def|fn) {name}\b", sources)
    }
    assert not missing


def test_the_generated_pages_are_what_the_code_says():
    pytest.importorskip("tomllib", reason="needs Python 3.11 to read TOML")
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
