"""Reads an lcov report: for each crate the share of lines that are reached, and the lines that aren't.

Unit tests stand at the end of a file, behind `#[cfg(test)]`: they aren't counted.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CRATES = ("relyant-jose", "relyant-oidc")
LEAST = 97.0


def lines_of(report: Path) -> dict[Path, dict[int, int]]:
    """How often each line of each file was reached."""
    files: dict[Path, dict[int, int]] = defaultdict(dict)
    path = Path()
    for line in report.read_text().splitlines():
        word, _, rest = line.partition(":")
        if word == "SF":
            path = Path(rest)
        elif word == "DA":
            number, count = rest.split(",")[:2]
            files[path][int(number)] = max(int(count), files[path].get(int(number), 0))
    return files


def end_of_code(path: Path) -> int:
    """The line at which the unit tests begin."""
    lines = path.read_text().splitlines()
    for number, (line, following) in enumerate(pairwise([*lines, ""]), start=1):
        if line == "#[cfg(test)]" and following.startswith("mod "):
            return number
    return len(lines) + 1


def ranges(numbers: list[int]) -> Iterator[str]:
    """Numbers in a row as `first-last`."""
    first = last = None
    for number in [*numbers, -1]:
        if last is not None and number == last + 1:
            last = number
            continue
        if first is not None:
            yield str(first) if first == last else f"{first}-{last}"
        first = last = number


def say(text: str) -> None:
    """A line of the answer."""
    sys.stdout.write(text + "\n")


def main() -> int:
    """Print the lines that are missed, then each crate's share."""
    files = lines_of(Path(sys.argv[1]))
    enough = True
    for crate in CRATES:
        reached = total = 0
        for path, lines in sorted(files.items()):
            if f"/crates/{crate}/src/" not in path.as_posix():
                continue
            end = end_of_code(path)
            counted = {number: count for number, count in lines.items() if number < end}
            missed = sorted(number for number, count in counted.items() if not count)
            total += len(counted)
            reached += len(counted) - len(missed)
            if missed:
                name = path.as_posix().partition(f"/crates/{crate}/src/")[2]
                say(f"{crate} {name}: {', '.join(ranges(missed))}")
        share = 100 * reached / total if total else 0.0
        enough = enough and share >= LEAST
        say(f"== {crate}: {reached} of {total} lines, {share:.1f} % (at least {LEAST:.0f} %)")
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main())
