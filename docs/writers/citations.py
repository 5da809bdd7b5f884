"""Where the source cites a section of a specification, and which tests do: read from its comments.

A citation is a specification's short name and a section: `RFC 7515 §4.1.9`, `RFC 6749 Appendix B`. A dash
between two numbers stands for the sections from the one to the other.

A section without a name belongs to the one named before it in the same comment, or to the file's first one.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NAMES = (
    "Core|Discovery|(?:Back-Channel|Front-Channel|RP-Initiated) Logout|Form Post|JARM|SEC 1"
    r"|SP 800-\w+|RFC \d{4,5}"
)
_NAME = rf"(?P<name>{_NAMES})"
_SECTION = "(?:§|[Aa]ppendix )(?P<section>(?:[A-Z]\\b|\\d+)(?:\\.\\d+)*)(?:\u2013(?P<last>\\d+)\\b)?"
_TOKEN = re.compile(rf"\b{_NAME}(?P<whole>:)?|{_SECTION}")
_WHOLE_LINE = re.compile(r"\s*(?P<mark>//[/!]?)(?P<text>.*)")
_BEHIND_CODE = re.compile(r".*[;{,)]\s+//(?P<text> .*)")
_TESTS_BEGIN = re.compile(r"^#\[cfg\(test\)\]\nmod \w+ \{$", re.MULTILINE)


@dataclass(frozen=True, order=True)
class Citation:
    """One section of one specification; an empty one is the whole of it."""

    specification: str
    section: str

    def covers(self, other: Citation) -> bool:
        """Whether it is the other one, or holds it as a part."""
        whole = self.specification == other.specification
        return whole and (not self.section or f"{other.section}.".startswith(f"{self.section}."))


@dataclass(frozen=True, order=True)
class CitingTest:
    """A test, or all tests of a file where `name` is empty."""

    file: str
    name: str = ""


def in_code(text: str) -> set[Citation]:
    """Return what a Rust source file cites outside of its tests."""
    return set(_citations(_comments(_split(text)[0])))


def in_rust_tests(file: str, text: str) -> dict[Citation, set[CitingTest]]:
    """Return what the tests of a Rust file cite: its head stands for all of them."""
    found: dict[Citation, set[CitingTest]] = {}
    is_test_file = "/tests/" in file
    text = text if is_test_file else _split(text)[1]
    head = _first_citations(text) if is_test_file else []
    for citation in head:
        found.setdefault(citation, set()).add(CitingTest(file))
    for name, lines in _rust_tests(text.splitlines()):
        for citation in _citations(_comments("\n".join(lines)), head[:1]):
            found.setdefault(citation, set()).add(CitingTest(file, name))
    return found


def in_python_tests(file: str, text: str) -> dict[Citation, set[CitingTest]]:
    """Return what the tests of a Python file cite, in their words or directly above them."""
    found: dict[Citation, set[CitingTest]] = {}
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
            while first > 0 and lines[first - 1].lstrip().startswith("#"):
                first -= 1
            for citation in _citations([" ".join(lines[first : node.end_lineno])]):
                found.setdefault(citation, set()).add(CitingTest(file, node.name))
    return found


def _split(text: str) -> tuple[str, str]:
    """The code of a source file, and its tests."""
    begin = _TESTS_BEGIN.search(text)
    return (text[: begin.start()], text[begin.end() :]) if begin else (text, "")


def _first_citations(text: str) -> list[Citation]:
    """What the head of a file cites."""
    head = [line[3:] for line in text.splitlines() if line.startswith("//!")]
    return list(_citations([" ".join(head)]))


def _comments(text: str) -> Iterator[str]:
    """The comments of Rust source, each as one line however it is wrapped."""
    block: list[str] = []
    mark = ""
    for line in [*text.splitlines(), ""]:
        whole = _WHOLE_LINE.fullmatch(line)
        if block and not (whole and whole["mark"] == mark):
            yield " ".join(block)
            block = []
        if whole:
            mark = whole["mark"]
            block.append(whole["text"].strip())
        elif behind := _BEHIND_CODE.fullmatch(line):
            yield behind["text"]


def _citations(comments: Iterable[str], default: Iterable[Citation] = ()) -> Iterator[Citation]:
    """The citations of comments in their order; the first one's specification is the file's own."""
    own = next((citation.specification for citation in default), None)
    for comment in comments:
        name = own
        for token in _TOKEN.finditer(comment):
            if token["name"]:
                name = token["name"]
                own = own or name
                if token["whole"]:
                    yield Citation(name, "")
            elif name:
                yield from (Citation(name, section) for section in _sections(token))


def _sections(token: re.Match[str]) -> list[str]:
    """The section of a token, or each of those that a dash stands for."""
    section, last = token["section"], token["last"]
    before, dot, first = section.rpartition(".")
    return [f"{before}{dot}{one}" for one in range(int(first), int(last) + 1)] if last else [section]


def _rust_tests(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Each test with its lines, from the comments above it to its closing brace."""
    above = 0
    for number, line in enumerate(lines):
        stripped = line.strip()
        if stripped.startswith(("//", "#[")):
            continue
        test = re.match(r"(?:async )?fn (\w+)\(", stripped)
        if test and "#[test]" in (one.strip() for one in lines[above:number]):
            closing = line[: len(line) - len(line.lstrip())] + "}"
            end = next((at for at in range(number, len(lines)) if lines[at] == closing), len(lines))
            yield test[1], lines[above : end + 1]
        above = number + 1
