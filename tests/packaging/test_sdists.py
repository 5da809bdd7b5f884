"""What the source distributions are. That they build is shown by the wheels: those were built from them."""

from __future__ import annotations

import re
import subprocess

from tests.packaging.release import ROOT, is_compiled


def crates(package):
    """The workspace's own crates that this one is made of."""
    listing = subprocess.run(
        ["cargo", "tree", "--locked", "--package", package, "--prefix", "none", "--edges", "normal"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return set(re.findall(r"^(relyant-\w+) v", listing, re.MULTILINE))


def test_exactly_the_crates_that_the_wheel_is_made_of_are_inside(sdist):
    inside = {name.split("/")[1] for name in sdist.files if name.startswith("crates/")}
    assert inside == crates(sdist.crate)


def test_the_versions_of_the_lock_file_are_inside(sdist):
    assert sdist.files["Cargo.lock"] == (ROOT / "Cargo.lock").read_bytes()


def test_nothing_compiled_is_inside(sdist):
    assert [name for name, data in sdist.files.items() if is_compiled(data)] == []


def test_the_package_index_finds_what_it_shows(sdist):
    about = sdist.files["PKG-INFO"].decode()
    assert re.search(rf"^Name: {sdist.package}$", about, re.MULTILINE)
    assert "\nDescription-Content-Type: text/markdown" in about
    assert {"README.md", "pyproject.toml"} <= sdist.files.keys()
