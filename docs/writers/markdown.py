"""The pieces that generated pages are made of: their note, tables, anchors."""

from __future__ import annotations

import re

NOTE = "<!-- Generated from the code by `make docs`: change the code, not this page. -->\n"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table; a bar inside a cell is escaped."""
    lines = [head, tuple("---" for _ in head), *rows]
    return (
        "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
        + "\n"
    )


def anchor(name: str) -> str:
    """The anchor of a code or an id in a page's address: `invalid-token-nonce-mismatch`, `relyant-e001`.

    Links from outside lead to it: it follows from the name alone, and never changes.
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def code(text: str) -> str:
    """Text as code, whatever ticks are inside."""
    ticks = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    inside = f" {text} " if "`" in text else text
    return f"{ticks}{inside}{ticks}"
