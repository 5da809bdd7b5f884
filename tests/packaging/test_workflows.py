"""What the release's workflows promise: tested before, for every platform, without a secret, by pinned actions."""

from __future__ import annotations

import re

import pytest
import yaml

from tests.packaging.release import ROOT

FOLDER = ROOT / ".github" / "workflows"
NAMES = sorted(path.name for path in FOLDER.glob("*.yml"))
TARGETS = {
    *("x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"),
    *("x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"),
    *("x86_64-apple-darwin", "aarch64-apple-darwin", "x86_64-pc-windows-msvc"),
}
# What each job may do; nobody else may do anything.
PERMISSIONS = {
    "ci.yml": {"test": {"contents": "read"}},
    "release.yml": {
        "tests": {"contents": "read"},
        "wheels": {"contents": "read"},
        "reproduce": {"contents": "read"},
        "publish": {"id-token": "write", "attestations": "write"},
        "page": {"contents": "write"},
    },
}


def read(name):
    return yaml.safe_load((FOLDER / name).read_text())


def events(workflow):
    """YAML 1.1 reads the key `on` as a truth value."""
    return workflow[True]


def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job.get("steps", [])]


def before(jobs, name):
    """Every job that has to succeed before this one."""
    needed = jobs[name].get("needs", [])
    needed = {needed} if isinstance(needed, str) else set(needed)
    return needed.union(*(before(jobs, one) for one in needed))


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


def test_the_two_workflows_are_all():
    assert set(NAMES) == PERMISSIONS.keys()


def test_jobs_may_do_only_what_they_need(name):
    workflow = read(name)
    assert workflow["permissions"] == {}
    assert {job: about["permissions"] for job, about in workflow["jobs"].items()} == PERMISSIONS[name]


# OP-04
def test_no_secret_is_kept_for_a_release(name):
    text = (FOLDER / name).read_text()
    assert "secrets." not in text and "secrets:" not in text
    assert not re.search(r"password|api[-_]token", text, re.IGNORECASE)


def test_an_action_is_named_by_its_commit_and_says_its_version(name):
    """A tag can be moved to other code; a commit can't."""
    used = re.findall(r"uses: (\S+)(.*)", (FOLDER / name).read_text())
    assert used
    for action, comment in used:
        if not action.startswith("./"):
            assert re.fullmatch(r"(actions|pypa)/[a-z-]+@[0-9a-f]{40}", action), action
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), f"{action} doesn't say its version"


def test_the_checkout_leaves_no_credentials_behind(name):
    checkouts = [step for step in steps(read(name)) if "actions/checkout@" in step.get("uses", "")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_what_outsiders_name_is_no_part_of_a_script(name):
    for step in steps(read(name)):
        assert "${{" not in step.get("run", ""), step


def test_a_stranger_s_change_runs_without_our_rights():
    assert set(events(read("ci.yml"))) == {"push", "pull_request", "workflow_call"}
    assert "pull_request_target" not in (FOLDER / "ci.yml").read_text()


def test_ci_runs_what_decides():
    runs = [step["run"] for step in steps(read("ci.yml")) if "run" in step]
    assert runs[-1] == "bash .ci/run"


def test_only_a_tag_releases():
    assert events(read("release.yml")) == {"push": {"tags": ["v*"]}}


# OP-04
def test_nothing_is_published_untested_or_unreproduced():
    jobs = read("release.yml")["jobs"]
    assert jobs["tests"]["uses"] == "./.github/workflows/ci.yml"
    assert before(jobs, "wheels") == {"tests"}
    assert before(jobs, "publish") == {"tests", "wheels", "reproduce"}
    assert before(jobs, "page") == {"tests", "wheels", "reproduce", "publish"}
    assert not any("if" in job or job.get("continue-on-error") for job in jobs.values())
    publishing = [job for job, about in jobs.items() if "id-token" in about["permissions"]]
    assert publishing == ["publish"]


def test_every_platform_gets_a_wheel_that_was_tried():
    wheels = read("release.yml")["jobs"]["wheels"]
    assert {one["target"] for one in wheels["strategy"]["matrix"]["include"]} == TARGETS
    built = [step["run"] for step in wheels["steps"] if "build-wheels" in step.get("run", "")]
    assert built == ['.ci/build-wheels dist/release "$TARGET"']
    tried = [step["run"] for step in wheels["steps"] if "import relyant._core" in step.get("run", "")]
    assert len(tried) == 2


# OP-04
def test_what_is_published_is_attested_first():
    used = [
        step.get("uses", "").partition("@")[0] for step in read("release.yml")["jobs"]["publish"]["steps"]
    ]
    attested = used.index("actions/attest-build-provenance")
    assert attested < used.index("pypa/gh-action-pypi-publish")
    publish = read("release.yml")["jobs"]["publish"]["steps"][-1]["with"]
    assert publish == {"packages-dir": "dist", "attestations": True}
