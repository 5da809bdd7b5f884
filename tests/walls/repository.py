"""Where the repository's files are, for the tests of its walls."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "python" / "relyant"


def tracked(*patterns: str) -> list[Path]:
    """Files under version control (and new ones that aren't ignored) that fit the patterns."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [path for line in listing.stdout.splitlines() if (path := ROOT / line).is_file()]


def room(path: Path) -> str:
    """The path as a reader names it."""
    return path.relative_to(ROOT).as_posix()
