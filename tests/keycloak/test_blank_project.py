"""The promise of the README: a blank project, its lines of settings and URLs, and nothing else, reach the scenario."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).resolve().parents[2] / "README.md"
MOST_LINES = 22
MODEL = """\
from django.db import models


class Beer(models.Model):
    name = models.CharField(max_length=80)
    style = models.CharField(max_length=20, default="stout")
    strength = models.DecimalField(max_digits=3, decimal_places=1, default=5)
"""
ADMIN = """\
from django.contrib import admin

from beers.models import Beer

admin.site.register(Beer)
"""


def quick_start(part):
    """One code block of the README's quick start."""
    block = re.search(rf"<!-- quick start: {part} -->\n```python\n(.*?)```", README.read_text(), re.DOTALL)
    return block.group(1)


def manage(folder, *arguments):
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=folder,
        env={**environment, "BEER_CLIENT_SECRET": "beer-secret"},
        check=True,
        timeout=60,
    )


def append(file, text):
    file.write_text(f"{file.read_text()}\n{text}")


@pytest.fixture(scope="module")
def blank_project(tmp_path_factory, realm):
    """What `startproject` and `startapp` make, a model of its own, and the README's blocks at the end of the files.

    Only the issuer's address is another one.
    """
    folder = tmp_path_factory.mktemp("blank")
    startproject = [sys.executable, "-m", "django", "startproject", "brewery", str(folder)]
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    subprocess.run(startproject, check=True, timeout=60, env=environment)
    manage(folder, "startapp", "beers")
    (folder / "beers" / "models.py").write_text(MODEL)
    (folder / "beers" / "admin.py").write_text(ADMIN)
    settings, addressed = re.subn(r'("ISSUER": )".*?"', rf'\1"{realm.issuer}"', quick_start("settings"))
    assert addressed == 1
    append(folder / "brewery" / "settings.py", 'INSTALLED_APPS += ["beers"]\n' + settings)
    append(folder / "brewery" / "urls.py", quick_start("urls"))
    manage(folder, "makemigrations", "--verbosity", "0", "beers")
    return folder


@pytest.fixture(scope="module")
def blank_site(blank_project, start_site):
    return start_site(blank_project / "manage.py", BEER_CLIENT_SECRET="beer-secret")


def test_the_quick_start_is_short():
    """What is counted is settings and URLs. The imports that they need are these two, one of them only longer."""
    lines = [line for part in ("settings", "urls") for line in quick_start(part).splitlines() if line.strip()]
    imports = [line for line in lines if line.startswith(("import ", "from "))]
    assert imports == ["import os", "from django.urls import include, path"]
    assert len(lines) - len(imports) <= MOST_LINES
    assert not any(";" in line for line in lines)


def test_the_blank_project_passes_its_checks(blank_project):
    manage(blank_project, "check", "--fail-level", "WARNING")


def test_the_blank_project_reaches_the_scenario(visit, blank_site):
    beer = {"name": "Blank Brew", "style": "stout", "strength": "6.0"}
    admin = visit(blank_site)
    page = admin.open_as("adam", "/admin/beers/beer/add/")
    assert "was added successfully" in admin.browser.submit(page.form(having="name"), **beer).text
    assert admin.rights() == {"view", "add", "change", "delete"}
    for name, rights in (("carol", {"view"}), ("chris", {"view", "add", "change"})):
        visitor = visit(blank_site)
        assert visitor.open_as(name, "/admin/").status == 200
        assert visitor.rights() == rights
    page = visit(blank_site).open_as("nora", "/admin/")
    assert page.status == 403
    assert all(role in page.text for role in ("customers", "creators", "admins"))


def test_the_blank_project_signs_out_at_keycloak_too_and_in_again(visit, blank_site):
    """A blank project has no page at `LOGIN_REDIRECT_URL`: who left the admin comes back to the admin."""
    visitor = visit(blank_site)
    visitor.open_as("carol", "/admin/")
    page = visitor.sign_out("/admin/")
    assert page.url.startswith(blank_site.post_logout_redirect_uri)
    page = visitor.sign_in("carol", visitor.browser.get(page.link("Sign in again")))
    assert page.status == 200
    assert page.url == f"{blank_site.base_url}/admin/"
