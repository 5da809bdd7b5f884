"""The reference of system checks, from their catalogue."""

from __future__ import annotations

from writers.markdown import NOTE, table


def page() -> str:
    """Every system check, with what mends it."""
    from relyant import check_catalogue

    rows = [(f"`{name}`", doc.meaning, doc.hint) for name, doc in check_catalogue.CATALOGUE.items()]
    return "\n".join(
        [
            "# System checks\n",
            NOTE,
            "`manage.py check` runs them; those about production only with `--deploy`.",
            "Where a message can tell what was probably meant, its hint says so instead.\n",
            table(("id", "what it means", "what mends it"), rows),
        ]
    )
