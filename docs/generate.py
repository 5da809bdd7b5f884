"""Writes the generated pages of docs from the code that they describe; `--check` only compares."""

from __future__ import annotations

import sys
from pathlib import Path

import django

from writers import (
    addresses,
    attacks,
    checks,
    commands,
    defaults,
    doctor,
    errors,
    llms,
    login_trace,
    providers,
    sequence,
    settings,
    signals,
    specifications,
    troubleshooting,
)

HERE = Path(__file__).resolve().parent


def login_diagram() -> str:
    """A login as it really goes: recorded, then drawn."""
    rooms, wires = login_trace.ROOMS, frozenset((login_trace.BROWSER, login_trace.PROVIDER))
    return sequence.svg(login_trace.record(), rooms, wires, "Who calls whom in a login")


# Each page below docs, in an order in which the last one finds the others written.
PAGES = {
    "reference/settings.md": settings.page,
    "reference/errors.md": errors.page,
    "reference/checks.md": checks.page,
    "reference/signals.md": signals.page,
    "reference/addresses.md": addresses.page,
    "reference/commands.md": commands.page,
    "reference/doctor.md": doctor.page,
    "reference/specifications.md": specifications.page,
    "how-to/providers/index.md": providers.page,
    "troubleshooting.md": troubleshooting.page,
    "concepts/attacks.md": attacks.page,
    "concepts/defaults.md": defaults.page,
    "concepts/login.svg": login_diagram,
    "llms.txt": lambda: llms.text(HERE),
}


def main() -> int:
    """Write the pages, or say which are behind the code."""
    sys.path.insert(0, str(HERE.parent))
    django.setup()
    behind = []
    for name, page in PAGES.items():
        path, text = HERE / name, page()
        if path.exists() and path.read_text() == text:
            continue
        if "--check" in sys.argv:
            behind.append(name)
        else:
            path.write_text(text)
            print(f"wrote {path.relative_to(HERE.parent)}")
    if behind:
        print(f"behind the code: {', '.join(behind)}; run `make docs`")
    return 1 if behind else 0


if __name__ == "__main__":
    raise SystemExit(main())
