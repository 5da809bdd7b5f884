"""The blocks of a documentation page, as a reader meets them: code with its caption, and tables."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
_BLOCK = re.compile(r"^```\{code-block\} (?P<language>\S+)\n(?P<rest>.*?)^```$", re.DOTALL | re.MULTILINE)
_CAPTION = re.compile(r"\A:caption: (.+)\n")
_AT_THE_END = ", at the end"


@dataclass(frozen=True)
class Block:
    """One code block: what it is, what its caption says, and where it stands."""

    page: str
    line: int
    language: str
    caption: str
    text: str

    @property
    def file(self):
        """The file that the caption names; None where the block is no file."""
        name = self.caption.removesuffix(_AT_THE_END)
        return name if name and " " not in name else None

    @property
    def at_the_end(self):
        return self.caption.endswith(_AT_THE_END)

    def __str__(self):
        return f"{self.page}:{self.line}"


def read(page):
    """A page's text, by its name below docs: `tutorial/keycloak.md`."""
    return (DOCS / page).read_text()


def blocks(page):
    """The code blocks of a page, in its order. A block in a list is moved to the margin."""
    text = read(page)
    found = []
    for match in _BLOCK.finditer(text):
        rest = match["rest"]
        caption = _CAPTION.match(rest)
        body = rest[caption.end() :] if caption else rest
        line = text.count("\n", 0, match.start()) + 1
        block = textwrap.dedent(body).strip("\n") + "\n"
        found.append(Block(page, line, match["language"], caption[1] if caption else "", block))
    return found


def tables(page):
    """The tables of a page, each a list of rows by the names in its head."""
    found = []
    for lines in re.findall(r"(?:^\|.*\n)+", read(page), re.MULTILINE):
        head, _, *rows = [
            [cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines.splitlines()
        ]
        found.append([dict(zip(head, row, strict=True)) for row in rows])
    return found


def write(block, folder, change=lambda text: text):
    """Do with a file what the caption says: write it, or add to its end."""
    path = folder / block.file
    before = path.read_text() if block.at_the_end else ""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{before}\n{change(block.text)}" if before else change(block.text))
