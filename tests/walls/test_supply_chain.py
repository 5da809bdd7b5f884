"""Bans, licences and sources of deny.toml, checked offline from the resolved graph."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.walls.repository import ROOT

tomllib = pytest.importorskip("tomllib", reason="needs Python 3.11 to read TOML")


@pytest.fixture(scope="module")
def rules():
    return tomllib.loads((ROOT / "deny.toml").read_text())


@pytest.fixture(scope="module")
def packages():
    """What is really built, for any platform: (name, version, licence, where from) of each crate."""
    answer = subprocess.run(
        [
            *("cargo", "tree", "--locked", "--offline", "--workspace", "--target", "all"),
            *("--edges", "normal,build,dev", "--prefix", "none", "--no-dedupe", "--format", "{p}\t{l}"),
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    found = set()
    for line in answer.stdout.splitlines():
        if not line:
            continue
        crate, licence = line.split("\t")
        name, version, *origin = crate.replace(" (*)", "").replace(" (proc-macro)", "").split(" ", 2)
        found.add((name, version, licence.replace(" (*)", ""), "".join(origin)))
    assert len(found) > 50, "the graph was not read"
    return found


def compatible(expression: str, allowed: set[str]) -> bool:
    """Whether an SPDX expression can be met with allowed licences alone."""
    tokens = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))

    def alternative() -> bool:
        verdict = conjunction()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            verdict = conjunction() or verdict
        return verdict

    def conjunction() -> bool:
        verdict = licence()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            verdict = licence() and verdict
        return verdict

    def licence() -> bool:
        token = tokens.pop(0)
        if token == "(":
            verdict = alternative()
            tokens.pop(0)
            return verdict
        if tokens and tokens[0] == "WITH":
            tokens.pop(0)
            token = f"{token} WITH {tokens.pop(0)}"
        return token in allowed

    return alternative()


@pytest.mark.parametrize(
    ("expression", "verdict"),
    [
        ("MIT", True),
        ("GPL-3.0", False),
        ("GPL-3.0 OR MIT", True),
        ("MIT AND GPL-3.0", False),
        ("MIT/Apache-2.0", True),
        ("(MIT OR GPL-3.0) AND ISC", True),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("GPL-3.0 WITH LLVM-exception", False),
    ],
)
def test_expressions_are_read_right(rules, expression, verdict):
    assert compatible(expression, set(rules["licenses"]["allow"])) is verdict


def test_no_banned_crate_is_in_the_graph(rules, packages):
    banned = {entry["crate"]: entry["reason"] for entry in rules["bans"]["deny"]}
    found = {name for name, *_ in packages} & banned.keys()
    assert not found, {name: banned[name] for name in found}


def test_every_licence_is_allowed(rules, packages):
    allowed = set(rules["licenses"]["allow"])
    wrong = {
        f"{name} {version}": licence
        for name, version, licence, _ in packages
        if not (licence and compatible(licence, allowed))
    }
    assert not wrong


def test_every_crate_is_ours_or_comes_from_the_registry(packages):
    """The tree names an origin only where it isn't the registry: a path inside this checkout is ours."""
    foreign = {name: origin for name, _, _, origin in packages if origin and str(ROOT) not in origin}
    assert not foreign


def test_one_cryptographic_provider(packages):
    """One version of the primitives, shared with TLS."""
    assert len([name for name, *_ in packages if name == "aws-lc-rs"]) == 1
