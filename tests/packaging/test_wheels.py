"""What the wheels are: for which platforms, and which files are in them and which are not."""

from __future__ import annotations

import platform
import re
import sys
from pathlib import Path

import pytest

from tests.packaging.release import ROOT, Wheel
from tests.walls.repository import PACKAGE, tracked

INTERPRETERS = {"relyant": "cp310-abi3", "relyant-provider": "py3-none"}
# PEP 599: what manylinux2014 has, and so what every Linux distribution of these years has.
NEWEST_GLIBC = (2, 17)
# A wheel is downloaded by everybody, again and again. Something that doubles one is noticed.
MOST_BYTES = 4_000_000
ELF_MACHINES = {"x86_64": 62, "aarch64": 183}

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="zig and manylinux are for Linux")


@on_linux
def test_a_wheel_is_for_every_linux_of_this_machine(wheel):
    machine = platform.machine()
    named = {f"manylinux2014_{machine}", f"manylinux_2_17_{machine}"}
    tags = {f"{INTERPRETERS[wheel.package]}-{one}" for one in named}
    assert wheel.tags == tags
    assert set(re.findall(r"^Tag: (.+)$", wheel.about("WHEEL").decode(), re.MULTILINE)) == tags


@on_linux
def test_nothing_newer_than_manylinux2014_is_asked_of_the_c_library(wheel):
    _, binary = wheel.binary
    asked = {
        tuple(int(part) for part in version.split(b"."))
        for version in re.findall(rb"\0GLIBC_([0-9.]+)(?=\0)", binary)
    }
    assert asked, "the versions were not found"
    assert max(asked) <= NEWEST_GLIBC


@on_linux
def test_the_binary_is_of_this_machine_and_stripped(wheel):
    name, binary = wheel.binary
    assert int.from_bytes(binary[18:20], "little") == ELF_MACHINES[platform.machine()], name
    assert b"\0.dynsym\0" in binary, "the names of the sections were not found"
    assert b"\0.debug_" not in binary and b"\0.symtab\0" not in binary


def test_relyants_wheel_is_the_package_and_one_library():
    wheel = Wheel("relyant")
    package = {path.relative_to(PACKAGE.parent).as_posix() for path in tracked("python/relyant")}
    inside = {name for name in wheel.files if ".dist-info/" not in name}
    library = wheel.binary[0]
    assert re.fullmatch(r"relyant/_core(\.abi3\.so|\.pyd)", library)
    assert inside == package | {library}


def test_the_providers_wheel_is_one_program():
    wheel = Wheel("relyant-provider")
    inside = {name for name in wheel.files if ".dist-info/" not in name}
    program = wheel.binary[0]
    assert re.fullmatch(r"relyant_provider-[^/]+\.data/scripts/relyant-provider(\.exe)?", program)
    assert inside == {program}


@pytest.mark.parametrize("licence", ["LICENSE-MIT", "LICENSE-APACHE"])
def test_the_licences_are_inside(wheel, sdist, licence):
    text = (ROOT / licence).read_bytes()
    assert wheel.about(f"licenses/{licence}") == text
    assert sdist.files[licence] == text
    assert b"\nLicense-Expression: MIT OR Apache-2.0\n" in wheel.about("METADATA")


def needed_by(package):
    """The names of what a package requires, by the extra that asks for it; by None what it always requires."""
    lines = re.findall(
        r"^Requires-Dist: ([\w.-]+)(.*)$", Wheel(package).about("METADATA").decode(), re.MULTILINE
    )
    found = {}
    for name, rest in lines:
        extra = re.search(r"\bextra\s*==\s*['\"]([\w-]+)['\"]", rest)
        found.setdefault(extra[1] if extra else None, set()).add(name.lower())
    return found


def test_an_installation_brings_django_and_nothing_else():
    """The provider brings nothing at all; Channels comes to who asks for it."""
    assert needed_by("relyant") == {None: {"django", "asgiref"}, "channels": {"channels"}}
    assert needed_by("relyant-provider") == {}


# OP-04
def test_a_wheel_does_not_tell_where_it_was_built(wheel):
    """Else nobody could build the same bytes elsewhere."""
    places = {str(ROOT), str(Path.home()), "/.cargo/registry", str(Path.cwd())}
    for name, data in wheel.files.items():
        for place in places:
            assert place.encode() not in data, f"{name} names {place}"


def test_a_wheel_is_small(wheel, capsys):
    size = wheel.path.stat().st_size
    with capsys.disabled():
        print(f"\n   {wheel.path.name}: {size / 1e6:.2f} MB", end=" ")
    assert size <= MOST_BYTES
