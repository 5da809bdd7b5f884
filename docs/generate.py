"""Writes the generated pages of docs from the code that they describe; `--check` only compares."""

from __future__ import annotations

import ast
import inspect
import sys
from pathlib import Path

import django

from writers import (
    addresses,
    attacks,
    commands,
    defaults,
    doctor,
    llms,
    login_trace,
    sequence,
    troubleshooting,
)
from writers.markdown import NOTE, table

HERE = Path(__file__).resolve().parent


def settings_page() -> str:
    """Every setting: where it stands, its type, default, meaning and an example."""
    from relyant import _core, conf

    page = [
        "# Settings\n",
        NOTE,
        "Everything is in one dictionary, `RELYANT`. An unknown name is an error at start.\n",
    ]
    head = ("name", "type", "default", "meaning", "example")
    where = None
    rows: list[tuple[str, ...]] = []
    for setting in conf.reference():
        if setting.where != where and rows:
            page.append(table(head, rows))
            rows = []
        if setting.where != where:
            where = setting.where
            page.append(f"## `{where}`\n")
        example = f"`{setting.example}`"
        default = setting.default if setting.default == "required" else f"`{setting.default}`"
        rows.append((f"`{setting.name}`", setting.type, default, setting.help, example))
    page.append(table(head, rows))
    page.append('## `RELYANT["PROVIDERS"][name]["POLICY"]`\n')
    page.append("Which of the provider's roles mean what here. Roles are compared exactly.\n")
    page.append(
        table(
            ("name", "type", "meaning"),
            [(f"`{key}`", shape, meaning) for key, shape, meaning in _core.policy_keys()],
        )
    )
    page.append("## Presets\n")
    page.append("Where a kind of provider puts roles and names: data, not code.\n")
    presets = [
        (
            f"`{name}`",
            ", ".join(f"`{field}` ← `{claim}`" for field, claim in _core.preset_user_fields(name).items()),
        )
        for name in _core.preset_names()
    ]
    page.append(table(("`PRESET`", "user fields"), presets))
    return "\n".join(page)


def errors_page() -> str:
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


def checks_page() -> str:
    """Every system check, with what mends it."""
    from relyant import check_catalogue

    rows = [(f"`{name}`", doc.meaning, doc.hint) for name, doc in check_catalogue.CATALOGUE.items()]
    page = [
        "# System checks\n",
        NOTE,
        "`manage.py check` runs them; those about production only with `--deploy`.",
        "Where a message can tell what was probably meant, its hint says so instead.\n",
        table(("id", "what it means", "what mends it"), rows),
    ]
    return "\n".join(page)


def signals_page() -> str:
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


def login_diagram() -> str:
    """A login as it really goes: recorded, then drawn."""
    rooms, wires = login_trace.ROOMS, frozenset((login_trace.BROWSER, login_trace.PROVIDER))
    return sequence.svg(login_trace.record(), rooms, wires, "Who calls whom in a login")


# Each page below docs, in an order in which the last one finds the others written.
PAGES = {
    "reference/settings.md": settings_page,
    "reference/errors.md": errors_page,
    "reference/checks.md": checks_page,
    "reference/signals.md": signals_page,
    "reference/addresses.md": addresses.page,
    "reference/commands.md": commands.page,
    "reference/doctor.md": doctor.page,
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
        if "--check" in sys.argv:
            if not path.exists() or path.read_text() != text:
                behind.append(name)
        elif not path.exists() or path.read_text() != text:
            path.write_text(text)
            print(f"wrote {path.relative_to(HERE.parent)}")
    if behind:
        print(f"behind the code: {', '.join(behind)}; run `make docs`")
    return 1 if behind else 0


if __name__ == "__main__":
    raise SystemExit(main())
