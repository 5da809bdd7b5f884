"""The reference of settings, from their declarations and from what the core says of policies and presets."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from writers.markdown import NOTE, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relyant.conf import SettingDoc


def page() -> str:
    """Every setting: where it stands, its type, default, meaning and an example."""
    return "\n".join(
        [
            "# Settings\n",
            NOTE,
            "Everything is in one dictionary, `RELYANT`. An unknown name is an error at start.\n",
            *_settings(),
            '## `RELYANT["PROVIDERS"][name]["POLICY"]`\n',
            "Which of the provider's roles mean what here. Roles are compared exactly.\n",
            _policy_keys(),
            "## Presets\n",
            "Where a kind of provider puts roles and names: data, not code.",
            "[Providers](../how-to/providers/index.md) has the rest of it, and a page for each.\n",
            _presets(),
        ]
    )


def _settings() -> Iterator[str]:
    """One table for each place in the dictionary."""
    from relyant import conf

    for where, settings in groupby(conf.reference(), key=lambda one: one.where):
        yield f"## `{where}`\n"
        yield table(("name", "type", "default", "meaning", "example"), [_row(one) for one in settings])


def _row(setting: SettingDoc) -> tuple[str, ...]:
    default = setting.default if setting.default == "required" else f"`{setting.default}`"
    return (f"`{setting.name}`", setting.type, default, setting.help, f"`{setting.example}`")


def _policy_keys() -> str:
    from relyant import _core

    rows = [(f"`{key}`", shape, meaning) for key, shape, meaning in _core.policy_keys()]
    return table(("name", "type", "meaning"), rows)


def _presets() -> str:
    from relyant import _core

    rows = [
        (
            f"`{name}`",
            ", ".join(f"`{field}` ← `{claim}`" for field, claim in _core.preset_user_fields(name).items()),
        )
        for name in _core.preset_names()
    ]
    return table(("`PRESET`", "user fields"), rows)
