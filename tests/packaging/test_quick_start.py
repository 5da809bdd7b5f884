"""The wheels as a stranger installs them: into a clean environment, without Rust, to the README's quick start."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from relyant.testing import PROGRAM_VARIABLE, DevelopmentProvider
from tests.blank_project import CLIENT_SECRET, BlankProject
from tests.keycloak.browser import Browser
from tests.lacking import skip_or_fail
from tests.packaging.release import ROOT, Wheel
from website import Website, port_from

# The oldest Python that the wheel is for, and the newest that the classifiers name.
PYTHONS = ["3.10", "3.13"]
# What a process may find of ours: how to reach a package index, and no tool.
KEPT = re.compile(r"HOME|LANG|LC_\w+|PIP_\w+|SSL_CERT_\w+|\w+_(proxy|PROXY)")


def find_python(version):
    """An interpreter of this version."""
    found = subprocess.run(
        [ROOT / ".ci" / "find-python", version], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()
    if not found:
        skip_or_fail(f"Python {version} is missing")
    return found


class Installation:
    """A virtual environment with the two wheels and what they bring."""

    def __init__(self, python, folder):
        self.scripts = folder / "bin"
        self.python = self.scripts / "python"
        path = os.pathsep.join([str(self.scripts), "/usr/bin", "/bin"])
        kept = {name: value for name, value in os.environ.items() if KEPT.fullmatch(name)}
        self.environment = {**kept, "PATH": path}
        self._run(python, "-m", "venv", folder)
        wheels = [Wheel("relyant").path, Wheel("relyant-provider").path]
        self._run(self.python, "-m", "pip", "install", "--quiet", "--only-binary", ":all:", *wheels)

    def ask(self, code):
        """What this Python prints."""
        return self._run(self.python, "-c", code).stdout.strip()

    def _run(self, *command):
        answer = subprocess.run(
            command, env=self.environment, check=False, capture_output=True, text=True, timeout=300
        )
        assert answer.returncode == 0, answer.stdout + answer.stderr
        return answer


@pytest.fixture(scope="module", params=PYTHONS)
def installation(request, tmp_path_factory):
    return Installation(find_python(request.param), tmp_path_factory.mktemp("installation"))


@pytest.fixture(scope="module")
def provider(installation):
    """The program of the provider's wheel."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(PROGRAM_VARIABLE, str(installation.scripts / "relyant-provider"))
        with DevelopmentProvider(client_secret=CLIENT_SECRET) as running:
            yield running


@pytest.fixture(scope="module")
def project(installation, provider, tmp_path_factory):
    return BlankProject(
        tmp_path_factory.mktemp("blank"),
        issuer=provider.issuer,
        python=installation.python,
        environment=installation.environment,
    )


@pytest.fixture
def site(project, tmp_path):
    """The project, served."""
    with (tmp_path / "log").open("w") as log:
        website = Website(project.manage_file, port_from(8300), output=log, python=project.python)
        website.start({**project.environment, "PYTHONPATH": ""})
        try:
            yield website
        finally:
            website.stop()


def test_nothing_is_compiled_on_the_way(installation):
    for tool in ("cargo", "rustc", "maturin"):
        assert shutil.which(tool, path=installation.environment["PATH"]) is None
    where = Path(installation.ask("import relyant._core; print(relyant._core.__file__)"))
    assert installation.scripts.parent in where.parents


def test_the_quick_start_passes_its_checks(project):
    project.manage("check", "--fail-level", "WARNING")
    project.manage("migrate", "--verbosity", "0")
    project.manage("migrate", "--check")


def test_a_person_signs_in_and_may_do_what_her_role_says(site):
    browser = Browser()
    choice = browser.get(f"{site.base_url}/admin/")
    assert "/protocol/openid-connect/auth" in choice.url, choice.text
    page = browser.submit(choice.form(having="person"), person="chris")
    assert (page.status, page.url) == (200, f"{site.base_url}/admin/")
    page = browser.get(f"{site.base_url}/admin/beers/beer/add/")
    beer = {"name": "Wheel Brew", "style": "stout", "strength": "6.0"}
    assert "was added successfully" in browser.submit(page.form(having="name"), **beer).text
    assert browser.get(f"{site.base_url}/admin/auth/user/").status == 403


def test_whoever_has_no_role_is_told_why(site):
    browser = Browser()
    choice = browser.get(f"{site.base_url}/admin/")
    page = browser.submit(choice.form(having="person"), person="nora")
    assert page.status == 403 and "creators" in page.text
