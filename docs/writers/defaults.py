"""The chapter on defaults: each setting's with its reason, and the numbers as the code explains them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import tomllib

from writers.markdown import NOTE, code, table

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path(__file__).resolve().parents[2]
_REASONS = _ROOT / "docs" / "defaults.toml"
# Sections of the reasons: how the settings' reference names the same place.
_PLACES = {"RELYANT": "RELYANT", "PROVIDERS": 'RELYANT["PROVIDERS"][name]'}
_CRATES = {
    "relyant-jose": "Tokens, keys and JSON",
    "relyant-oidc": "The protocol",
    "relyant-policy": "The policy",
    "relyant-http": "The network",
}
_LIMIT = re.compile(r"((?:^///.*\n)+)pub(?:\(crate\))? const (\w+): [\w:]+ =\s*(.+?);", re.MULTILINE)


class UnexplainedDefaultError(Exception):
    """A setting has a default and no reason, or a reason belongs to no setting."""


def page() -> str:
    """The whole chapter."""
    return "\n".join(
        [
            "# Defaults, and why\n",
            NOTE,
            "What holds where you set nothing, each with its reason.\n",
            "A default is what a cautious operator would have chosen. What weakens anything has to be",
            "written down, and its name says so.\n",
            *_settings(),
            "## Always, without a setting\n",
            "PKCE with S256, state and nonce in every login; every signature verified; TLS verified;",
            "[each check](what-we-verify.md) of the ID token. There is no setting that turns one off.\n",
            "## Numbers\n",
            "They are in the code, where their names are what stands here.\n",
            *(line for crate in _CRATES for line in _numbers(crate)),
        ]
    )


def _settings() -> Iterator[str]:
    from relyant import conf

    reasons = tomllib.loads(_REASONS.read_text())
    for section, where in _PLACES.items():
        defaults = {
            one.name: one.default
            for one in conf.reference()
            if one.where == where and one.default != "required"
        }
        if unexplained := defaults.keys() ^ reasons[section].keys():
            raise UnexplainedDefaultError(
                f"docs/defaults.toml, [{section}]: {', '.join(sorted(unexplained))}"
            )
        yield f"## `{where}`\n"
        rows = [(code(name), code(default), reasons[section][name]) for name, default in defaults.items()]
        yield table(("setting", "default", "why"), rows)


def _numbers(crate: str) -> Iterator[str]:
    """The named limits of a crate with their own explanations."""
    text = (_ROOT / "crates" / crate / "src" / "limits.rs").read_text()
    rows = [
        (code(name), code(_plain(value)), _unlinked(" ".join(re.findall(r"^/// ?(.*)", about, re.MULTILINE))))
        for about, name, value in _LIMIT.findall(text)
    ]
    yield f"### {_CRATES[crate]}\n"
    yield table(("name", "value", "what it is, and why"), rows)


def _plain(value: str) -> str:
    """A value without Rust's words for a time."""
    seconds = re.fullmatch(r"Duration::from_secs\((.+)\)", value)
    milliseconds = re.fullmatch(r"Duration::from_millis\((.+)\)", value)
    if seconds:
        return f"{seconds[1]} s"
    return f"{milliseconds[1]} ms" if milliseconds else " ".join(value.split())


def _unlinked(text: str) -> str:
    """Rust's links to other names, as the names."""
    return re.sub(r"\[(`[^`]+`)\]", r"\1", " ".join(text.split()))
