"""The reference of error codes, from the catalogue of `relyant.errors`."""

from __future__ import annotations

from writers.markdown import NOTE, table


def page() -> str:
    """Every code that a refusal page, a log line or an exception can carry."""
    from relyant import errors

    rows = [(f"`{code}`", kind, meaning) for code, kind, meaning in errors.catalogue()]
    return "\n".join(
        [
            "# Error codes\n",
            NOTE,
            "Each refusal has a stable code, and a reference that joins the visitor's page to the log line.",
            "The kind says who must act.\n",
            table(("code", "kind", "meaning"), rows),
        ]
    )
