"""The promise of the README: a blank project, its lines of settings and URLs, and nothing else, reach the scenario."""

from __future__ import annotations

import pytest

from tests.blank_project import CLIENT_SECRET, BlankProject, quick_start

MOST_LINES = 22


@pytest.fixture(scope="module")
def blank_project(tmp_path_factory, realm):
    return BlankProject(tmp_path_factory.mktemp("blank"), issuer=realm.issuer)


@pytest.fixture(scope="module")
def blank_site(blank_project, start_site):
    return start_site(blank_project.manage_file, BEER_CLIENT_SECRET=CLIENT_SECRET)


def test_the_quick_start_is_short():
    """What is counted is settings and URLs. The imports that they need are these two, one of them only longer."""
    lines = [line for part in ("settings", "urls") for line in quick_start(part).splitlines() if line.strip()]
    imports = [line for line in lines if line.startswith(("import ", "from "))]
    assert imports == ["import os", "from django.urls import include, path"]
    assert len(lines) - len(imports) <= MOST_LINES
    assert not any(";" in line for line in lines)


def test_the_blank_project_passes_its_checks(blank_project):
    blank_project.manage("check", "--fail-level", "WARNING")


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
