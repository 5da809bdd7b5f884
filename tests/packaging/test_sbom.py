"""The list of what a wheel is made of: valid, complete, and true."""

from __future__ import annotations

import json
import re
import subprocess

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.packaging.release import RELEASE, ROOT


def cargo_tree(crate, target, edges):
    """What is really built, by cargo: licences by name and version."""
    listing = subprocess.run(
        [
            *("cargo", "tree", "--locked", "--package", crate, "--target", target, "--edges", edges),
            *("--prefix", "none", "--no-dedupe", "--format", "{p}\t{l}"),
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    lines = [line.split("\t") for line in listing.splitlines()]
    return {tuple(re.match(r"(\S+) v(\S+)", crate).groups()): licence for crate, licence in lines}


@pytest.fixture(scope="module")
def host():
    about = subprocess.run(["rustc", "-vV"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return re.search("^host: (.+)$", about, re.MULTILINE).group(1)


@pytest.fixture
def file_name(wheel, host):
    return f"{wheel.package}-{host}.cyclonedx.json"


@pytest.fixture
def text(wheel, file_name):
    """PEP 770 says where."""
    return wheel.about(f"sboms/{file_name}").decode()


@pytest.fixture
def sbom(text):
    return json.loads(text)


def test_the_list_is_valid(text):
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_the_list_is_published_beside_the_wheel_too(file_name, text):
    assert (RELEASE / file_name).read_text() == text


def test_the_list_is_about_this_wheel(wheel, sbom):
    about = sbom["metadata"]["component"]
    assert about["purl"] == f"pkg:pypi/{wheel.package}@{wheel.version}"
    assert sbom["serialNumber"].startswith("urn:uuid:")


def test_every_crate_is_listed_with_its_licence_and_no_other(wheel, sbom, host):
    listed = {
        (one["name"], one["version"]): one["licenses"][0]
        for one in sbom["components"]
        if one["name"] != "rust-std"
    }
    built = cargo_tree(wheel.crate, host, "normal,build")
    assert listed.keys() == built.keys()
    said = {key: one.get("expression") or one["license"]["id"] for key, one in listed.items()}
    assert said == {key: licence.replace("/", " OR ") for key, licence in built.items()}


def test_what_only_the_build_uses_is_marked(wheel, sbom, host):
    linked = {(one["name"], one["version"]) for one in sbom["components"] if one["scope"] == "required"}
    inside = cargo_tree(wheel.crate, host, "normal,no-proc-macro").keys()
    assert {key for key in linked if key[0] != "rust-std"} == set(inside)
    assert "cc" not in {name for name, _ in inside} and "aws-lc-sys" in {name for name, _ in inside}


def test_what_comes_from_the_registry_has_its_address_and_checksum(sbom):
    for one in sbom["components"]:
        if not one["name"].startswith(("relyant-", "rust-std")):
            assert one["purl"] == f"pkg:cargo/{one['name']}@{one['version'].replace('+', '%2B')}"
            assert [hashed["alg"] for hashed in one["hashes"]] == ["SHA-256"]


def test_the_words_of_every_licence_are_handed_on(sbom):
    """MIT, BSD, ISC and Apache ask for it, of whoever passes on what was compiled."""
    for one in sbom["components"]:
        if one["scope"] == "required" and "purl" in one:
            texts = [found["license"]["text"]["content"] for found in one["evidence"]["licenses"]]
            assert all(re.search("copyright|public domain|licen[cs]e", text, re.IGNORECASE) for text in texts)
            assert max(map(len, texts)) > 500, one["name"]


def test_the_tree_is_whole(sbom):
    """Everything is reached from the wheel by what uses what."""
    uses = {one["ref"]: one.get("dependsOn", []) for one in sbom["dependencies"]}
    reached, ahead = set(), [sbom["metadata"]["component"]["bom-ref"]]
    while ahead:
        ref = ahead.pop()
        if ref not in reached:
            reached.add(ref)
            ahead += uses[ref]
    assert {one["bom-ref"] for one in sbom["components"]} == reached - {
        sbom["metadata"]["component"]["bom-ref"]
    }
