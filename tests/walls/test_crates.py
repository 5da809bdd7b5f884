"""Who may know whom among the crates: the arrows of ARCHITECTURE.md, read from the manifests."""

from __future__ import annotations

import re

import pytest

from tests.walls.repository import ROOT, room, tracked

tomllib = pytest.importorskip("tomllib", reason="needs Python 3.11 to read TOML")

ARROWS = {
    "relyant-jose": set(),
    "relyant-policy": set(),
    "relyant-oidc": {"relyant-jose"},
    "relyant-http": {"relyant-oidc"},
    "relyant-provider": {"relyant-jose"},
    "relyant-python": {"relyant-oidc", "relyant-http", "relyant-policy", "relyant-jose"},
    "relyant-bench": {"relyant-jose", "relyant-policy"},
    "relyant-fuzzing": {"relyant-jose", "relyant-oidc", "relyant-policy"},
}
ONLY_IN = {
    "pyo3": {"relyant-python"},
    "ureq": {"relyant-http"},
    "rustls": {"relyant-http"},
    "rustls-platform-verifier": {"relyant-http"},
    "getrandom": {"relyant-http", "relyant-python", "relyant-provider", "relyant-bench"},
    "axum": {"relyant-provider"},
    "tokio": {"relyant-provider"},
    "aws-lc-rs": {"relyant-jose", "relyant-bench", "relyant-fuzzing"},
    "rustls-pki-types": {"relyant-jose"},
    "regex": {"relyant-policy"},
}
SANS_IO = ("relyant-jose", "relyant-oidc", "relyant-policy")
IMPURE = re.compile(
    r"std::(net|env|fs|process|thread)\b|SystemTime|Instant::now|getrandom|SystemRandom|rand::fill|thread_rng"
)
# The primitives of signing and encrypting take their randomness from the library that has them, not from a caller.
PRIMITIVES_OWN = {
    "crates/relyant-jose/src/sign.rs": "SystemRandom",
    "crates/relyant-jose/src/jwe/encrypt.rs": "SystemRandom",
}
PROVIDERS = re.compile(r"keycloak|entra\b|okta|auth0|authentik|zitadel|cognito", re.IGNORECASE)
MANIFESTS = tracked("crates/*/Cargo.toml", "bench/rust/Cargo.toml")


def manifest(path):
    return tomllib.loads(path.read_text())


def production(path) -> str:
    """The Rust code of a file without its unit tests and without its comments."""
    text = path.read_text().split("#[cfg(test)]")[0]
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("//"))


@pytest.mark.parametrize("path", MANIFESTS, ids=room)
def test_a_crate_knows_only_those_its_arrows_allow(path):
    crate = manifest(path)
    name = crate["package"]["name"]
    ours = {dependency for dependency in crate["dependencies"] if dependency.startswith("relyant-")}
    assert ours <= ARROWS[name], f"{name} may not depend on {ours - ARROWS[name]}"


@pytest.mark.parametrize("path", MANIFESTS, ids=room)
def test_a_dependency_stays_in_its_room(path):
    crate = manifest(path)
    name = crate["package"]["name"]
    for dependency in crate["dependencies"]:
        assert name in ONLY_IN.get(dependency, {name}), f"{dependency} has no business in {name}"


@pytest.mark.parametrize("path", MANIFESTS, ids=room)
def test_unsafe_code_is_forbidden_wherever_the_binding_does_not_need_it(path):
    crate = manifest(path)
    if crate["package"]["name"] == "relyant-python":
        assert crate["lints"]["rust"]["unsafe_code"] == "deny"
    else:
        assert crate["lints"] == {"workspace": True}
    workspace = manifest(ROOT / "Cargo.toml")["workspace"]["lints"]
    assert workspace["rust"]["unsafe_code"] == "forbid"


@pytest.mark.parametrize("crate", SANS_IO)
def test_time_randomness_network_and_environment_are_arguments(crate):
    files = tracked(f"crates/{crate}/src/**/*.rs", f"crates/{crate}/src/*.rs")
    assert files
    for path in files:
        code = production(path).replace(PRIMITIVES_OWN.get(room(path), "\0"), "")
        found = IMPURE.search(code)
        assert not found, f"{room(path)} uses {found and found.group()}: it is an argument here"


def test_no_provider_is_named_in_the_protocol():
    """A preset is data. The one exception: messages that name the knob which mends a fault (`error`)."""
    for crate in ("relyant-jose", "relyant-oidc", "relyant-http"):
        for path in tracked(f"crates/{crate}/src/**/*.rs", f"crates/{crate}/src/*.rs"):
            if "error" in room(path):
                continue
            found = PROVIDERS.search(production(path))
            assert not found, f"{room(path)} names {found and found.group()}"


def test_a_preset_is_named_by_its_file_alone():
    """A new provider is a file and no code: nobody asks which preset it is. (Keycloak's and the plain one are examples.)"""
    presets = {path.stem for path in tracked("crates/relyant-policy/presets/*.json")} - {
        "keycloak",
        "generic",
    }
    assert len(presets) > 10
    quoted = re.compile("|".join(f"[\"']{re.escape(name)}[\"']" for name in sorted(presets)))
    code = {path: production(path) for path in tracked("crates/*/src/**/*.rs", "crates/*/src/*.rs")}
    code |= {path: path.read_text() for path in tracked("python/relyant/**/*.py", "python/relyant/*.py")}
    for path, text in code.items():
        found = quoted.search(text)
        assert not found, f"{room(path)} asks for {found and found.group()}"


def test_algorithm_none_cannot_be_expressed():
    """The algorithm type has no such value (ID-07), and no MAC either (ID-08 waits for typed secrets)."""
    text = production(ROOT / "crates/relyant-jose/src/algorithm.rs")
    names = set(re.findall(r'"([A-Za-z0-9]+)"', text))
    assert names == {
        *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
        *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
    }
