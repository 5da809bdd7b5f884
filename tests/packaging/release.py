"""What `make wheels` left in `dist/release`, opened for the tests of this folder."""

from __future__ import annotations

import os
import re
import tarfile
import zipfile
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RELEASE = Path(os.environ.get("RELYANT_RELEASE") or ROOT / "dist" / "release")
# Each wheel, and the crate that it is built from.
CRATES = {"relyant": "relyant-python", "relyant-provider": "relyant-provider"}


def one(pattern):
    """The one file that fits: there is nothing else, and nothing of an earlier version."""
    found = sorted(RELEASE.glob(pattern))
    assert len(found) == 1, f"expected one {pattern} in {RELEASE}, found {len(found)}: run `make wheels`"
    return found[0]


class Wheel:
    """An opened wheel."""

    def __init__(self, package):
        self.package = package
        self.crate = CRATES[package]
        self.path = one(f"{package.replace('-', '_')}-*.whl")

    @cached_property
    def files(self):
        """Every file's bytes by its name."""
        with zipfile.ZipFile(self.path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    @property
    def tags(self):
        """The platforms that it names: in its file name, and in its own words."""
        *_, python, abi, platforms = self.path.name.removesuffix(".whl").split("-")
        return {f"{python}-{abi}-{platform}" for platform in platforms.split(".")}

    @property
    def binary(self):
        """The one compiled file: its name and its bytes."""
        compiled = {name: data for name, data in self.files.items() if is_compiled(data)}
        assert len(compiled) == 1, sorted(compiled)
        return next(iter(compiled.items()))

    def about(self, name):
        """A file of its `.dist-info`."""
        (data,) = [data for path, data in self.files.items() if path.endswith(f".dist-info/{name}")]
        return data

    @property
    def version(self):
        return re.search(rb"^Version: (.+)$", self.about("METADATA"), re.MULTILINE).group(1).decode()


class Sdist:
    """An opened source distribution."""

    def __init__(self, package):
        self.package = package
        self.crate = CRATES[package]
        self.path = one(f"{package.replace('-', '_')}-*.tar.gz")

    @cached_property
    def files(self):
        """Every file's bytes by its name inside the one folder."""
        with tarfile.open(self.path) as archive:
            members = [member for member in archive.getmembers() if member.isfile()]
            return {member.name.partition("/")[2]: archive.extractfile(member).read() for member in members}


def is_compiled(data):
    """Whether these are the first bytes of a program or library of Linux, macOS or Windows."""
    return data.startswith((b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"MZ"))
