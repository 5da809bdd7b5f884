"""The reference of signals, from `relyant.signals` and what stands below each."""

from __future__ import annotations

import ast
import inspect

from writers.markdown import NOTE, table


def page() -> str:
    """Every signal, as the docstring below it says it: when it is sent, and with what."""
    from relyant import signals

    module = ast.parse(inspect.getsource(signals))
    rows = []
    for assigned, below in zip(module.body, module.body[1:], strict=False):
        if isinstance(assigned, ast.Assign) and isinstance(below, ast.Expr):
            when, _, arguments = ast.literal_eval(below.value).partition(": ")
            rows.append((f"`{ast.unparse(assigned.targets[0])}`", when, arguments.rstrip(".")))
    about = inspect.getdoc(signals) or ""
    page = ["# Signals\n", NOTE, f"In `relyant.signals`: {about[0].lower()}{about[1:]}\n"]
    return "\n".join([*page, table(("signal", "when", "arguments besides `sender`"), rows)])
