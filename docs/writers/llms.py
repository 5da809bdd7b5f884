"""The list of all pages with one line each, `llms.txt`, for readers that are programs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# A table of contents, in the form that Sphinx reads.
_TOCTREE = re.compile(r"```\{toctree\}\n(.*?)```", re.DOTALL)
_CAPTION = re.compile(r"^:caption: (.+)$", re.MULTILINE)


def text(docs: Path) -> str:
    """The pages in the order of the site's own contents: title, address, and the first paragraph."""
    index = (docs / "index.md").read_text()
    return "\n".join([f"# {_title(index)}\n", f"> {_first_paragraph(index)}", *_sections(docs, index), ""])


def _sections(docs: Path, index: str) -> Iterator[str]:
    for contents in _TOCTREE.findall(index):
        caption = _CAPTION.search(contents)
        yield f"\n## {caption.group(1) if caption else 'Pages'}\n"
        for path in _pages(docs, contents):
            page = path.read_text()
            address = path.relative_to(docs).with_suffix(".html").as_posix()
            yield f"- [{_title(page)}]({address}): {_first_paragraph(page)}"


def _pages(docs: Path, contents: str) -> Iterator[Path]:
    """The pages of one table of contents; a star stands for all of a folder."""
    for line in contents.splitlines():
        if line and not line.startswith(":"):
            yield from sorted(docs.glob(f"{line}.md"))


def _title(page: str) -> str:
    found = re.search(r"^# (.+)$", page, re.MULTILINE)
    return found.group(1).strip() if found else ""


def _first_paragraph(page: str) -> str:
    """What follows the title, comments left out, on one line and without its links."""
    _, _, below = page.partition("\n# ") if not page.startswith("# ") else ("", "", page[2:])
    _, _, body = below.partition("\n")
    paragraphs = re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL).strip().split("\n\n")
    return re.sub(r"\[([^]]+)\]\([^)]*\)|\*\*", r"\1", " ".join(paragraphs[0].split()))
