"""Writes what a wheel is made of, as a CycloneDX list: sbom.py PACKAGE CRATE RUST_TARGET FILE.

What is in a wheel is what `cargo tree` says for its platform. maturin would ask `cargo metadata`, which
names crates of other platforms and of features that are off: alarms about code that isn't there.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import AttachedText, HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentEvidence, ComponentScope, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

ROOT = Path(__file__).resolve().parents[1]
# Serial numbers are made from this and what the list says: the same list has the same number.
NAMESPACE = uuid.UUID("6d3e62a4-9d0b-4a5e-8f0c-0f6f3c1d2b57")
LINE = re.compile(r"(\d+)(\S+) v(\S+)")
LOCKED = re.compile(r'^name = "(.+)"\nversion = "(.+)"\nsource = ".+"\nchecksum = "(.+)"$', re.MULTILINE)
NOTICES = re.compile(r"(un)?licen[cs]e|copying|copyright|notice", re.IGNORECASE)


@dataclass
class Tree:
    """The crates of one wheel, each a name and a version, and which of them uses which."""

    root: tuple[str, str]
    uses: dict[tuple[str, str], set[tuple[str, str]]] = field(default_factory=dict)


def cargo(*arguments: str) -> str:
    """Ask cargo about this workspace."""
    return ask("cargo", *arguments, "--locked")


def ask(*command: str) -> str:
    """What a tool of this checkout's Rust prints."""
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def tree(crate: str, target: str, edges: str) -> Tree:
    """Read the tree that cargo builds for a platform along these edges."""
    listing = cargo(
        *("tree", "--package", crate, "--target", target, "--edges", edges),
        *("--prefix", "depth", "--no-dedupe", "--format", "{p}"),
    )
    above: list[tuple[str, str]] = []
    found: Tree | None = None
    for line in listing.splitlines():
        parsed = LINE.match(line)
        if not parsed:
            raise SystemExit(f"cargo tree: expected DEPTH, NAME and VERSION, got `{line}`")
        depth, key = int(parsed[1]), (parsed[2], parsed[3])
        found = found or Tree(key)
        found.uses.setdefault(key, set())
        above[depth:] = [key]
        if depth:
            found.uses[above[depth - 1]].add(key)
    if found is None:
        raise SystemExit(f"cargo tree: nothing about {crate}")
    return found


def checksums() -> dict[tuple[str, str], str]:
    """What each crate of the registry hashes to, by the lock file."""
    return {
        (name, version): checksum
        for name, version, checksum in LOCKED.findall((ROOT / "Cargo.lock").read_text(encoding="utf-8"))
    }


def component(manifest: dict[str, Any], checksum: str | None, *, linked: bool) -> Component:
    """One crate; one that only the build uses isn't in the wheel, and is listed as excluded."""
    name, version = manifest["name"], manifest["version"]
    address = PackageURL("cargo", name=name, version=version)
    # The old way to write a choice.
    licence = (manifest["license"] or "").replace("/", " OR ")
    return Component(
        type=ComponentType.LIBRARY,
        name=name,
        version=version,
        bom_ref=str(address),
        description=manifest["description"],
        scope=ComponentScope.REQUIRED if linked else ComponentScope.EXCLUDED,
        licenses=[LicenseFactory().make_from_string(licence)],
        # Our own crates are in no registry.
        purl=address if checksum else None,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=checksum)] if checksum else None,
        evidence=notices(Path(manifest["manifest_path"]).parent) if linked and checksum else None,
    )


def notices(folder: Path) -> ComponentEvidence:
    """The words that a crate's licences ask to be handed on with what is compiled from it."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and NOTICES.match(path.name))
    if not files:
        raise SystemExit(f"{folder.name} comes without its licence: expected a file LICENSE or the like")
    texts = [
        DisjunctiveLicense(name=path.name, text=AttachedText(content=path.read_text(encoding="utf-8")))
        for path in files
    ]
    return ComponentEvidence(licenses=texts)


def standard_library() -> Component:
    """What rustc links into everything."""
    version = ask("rustc", "--version").split()[1]
    return Component(
        type=ComponentType.LIBRARY,
        name="rust-std",
        version=version,
        bom_ref=f"rust-std@{version}",
        description="Rust's standard library",
        scope=ComponentScope.REQUIRED,
        licenses=[LicenseFactory().make_from_string("MIT OR Apache-2.0")],
        cpe=f"cpe:2.3:a:rust-lang:rust:{version}:*:*:*:*:*:*:*",
    )


def describe(package: str, crate: str, target: str) -> Bom:
    """Make the list for one wheel of one platform."""
    built = tree(crate, target, "normal,build")
    linked = tree(crate, target, "normal,no-proc-macro").uses
    manifests = {
        (one["name"], one["version"]): one
        for one in json.loads(cargo("metadata", "--format-version", "1"))["packages"]
    }
    checksum = checksums()
    components = {
        key: component(manifests[key], checksum.get(key), linked=key in linked) for key in built.uses
    }
    bom = Bom()
    bom.metadata.timestamp = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), timezone.utc)
    bom.metadata.component = wheel = wheel_of(package, manifests[built.root])
    std = standard_library()
    bom.components.update(components.values(), [std])
    bom.register_dependency(wheel, [components[built.root], std])
    for key, used in built.uses.items():
        bom.register_dependency(components[key], [components[one] for one in used])
    stamp = json.dumps([package, target, os.environ["SOURCE_DATE_EPOCH"], sorted(built.uses)])
    bom.serial_number = uuid.uuid5(NAMESPACE, stamp)
    return bom


def wheel_of(package: str, manifest: dict[str, Any]) -> Component:
    """Describe the wheel itself."""
    address = PackageURL("pypi", name=package, version=manifest["version"])
    return Component(
        type=ComponentType.APPLICATION if package == manifest["name"] else ComponentType.LIBRARY,
        name=package,
        version=manifest["version"],
        bom_ref=str(address),
        purl=address,
        licenses=[LicenseFactory().make_from_string(manifest["license"])],
    )


def main(package: str, crate: str, target: str, file: str) -> None:
    """Write the list for one wheel."""
    text = JsonV1Dot6(describe(package, crate, target)).output_as_string(indent=2)
    Path(file).write_text(text + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
