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
    """The lines of one code block of the README's quick start."""
    block = re.search(rf"<!-- quick start: {part} -->\n```python\n(.*?)```", README.read_text(), re.DOTALL)
    return block.group(1).splitlines()


def manage(folder, *arguments):
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=folder,
        env={**environment, "BEER_CLIENT_SECRET": "beer-secret"},
        check=True,
        timeout=60,
    )


@pytest.fixture(scope="module")
def blank_project(tmp_path_factory, realm):
    """What `startproject` and `startapp` make, a model of its own, and the README's lines."""
    folder = tmp_path_factory.mktemp("blank")
    startproject = [sys.executable, "-m", "django", "startproject", "brewery", str(folder)]
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    subprocess.run(startproject, check=True, timeout=60, env=environment)
    manage(folder, "startapp", "beers")
    (folder / "beers" / "models.py").write_text(MODEL)
    (folder / "beers" / "admin.py").write_text(ADMIN)
    lines = [re.sub(r'("ISSUER": )".*?"', rf'\1"{realm.issuer}"', line) for line in quick_start("settings")]
    settings = folder / "brewery" / "settings.py"
    own = ["import os", settings.read_text(), 'INSTALLED_APPS += ["beers"]']
    settings.write_text("\n".join([*own, *lines, ""]))
    urls = folder / "brewery" / "urls.py"
    own = urls.read_text().replace("import path", "import include, path")
    urls.write_text("\n".join([own, *quick_start("urls"), ""]))
    manage(folder, "makemigrations", "--verbosity", "0", "beers")
    return folder


@pytest.fixture(scope="module")
def blank_site(blank_project, start_site):
    return start_site(blank_project / "manage.py", BEER_CLIENT_SECRET="beer-secret")


def test_the_quick_start_is_short():
    lines = [line for part in ("settings", "urls") for line in quick_start(part) if line.strip()]
    assert len(lines) <= MOST_LINES
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


def test_the_blank_project_signs_out_at_keycloak_too(visit, blank_site):
    visitor = visit(blank_site)
    visitor.open_as("carol", "/admin/")
    assert visitor.sign_out("/admin/").url.startswith(blank_site.post_logout_redirect_uri)
