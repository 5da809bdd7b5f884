"""The reference of system checks, from their catalogue."""

from __future__ import annotations

import inspect
import re

from writers.markdown import NOTE, table


def page() -> str:
    """Every system check, with what mends it."""
    from relyant import check_catalogue

    deployment = _deployment()
    rows = [
        (f"`{name}`", "`--deploy`" if name in deployment else "always", doc.meaning, doc.hint)
        for name, doc in check_catalogue.CATALOGUE.items()
    ]
    return "\n".join(
        [
            "# System checks\n",
            NOTE,
            "`manage.py check` runs them; those about production only with `--deploy`.",
            "Where a message can tell what was probably meant, its hint says so instead.\n",
            table(("id", "when", "what it means", "what mends it"), rows),
        ]
    )


def _deployment() -> set[str]:
    """The ids that only `check --deploy` gives, by the code of those checks."""
    from relyant import checks

    sources = "".join(inspect.getsource(check) for check in checks.FOR_DEPLOYMENT)
    return {f"relyant.{name}" for name in re.findall(r'_message\("(\w+)"', sources)}
