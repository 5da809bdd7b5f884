"""The Beer scenario: what carol, chris, adam and nora may do, found out by opening and posting the admin's pages."""

from __future__ import annotations

import pytest

from tests.keycloak.visitor import BEER

RIGHTS = {
    "carol": {"view"},
    "chris": {"view", "add", "change"},
    "adam": {"view", "add", "change", "delete"},
}


@pytest.mark.parametrize(("name", "rights"), RIGHTS.items())
def test_the_admin_leads_to_keycloak_and_back_to_what_was_asked_for(visit, realm, website, name, rights):
    visitor = visit()
    page = visitor.open_as(name, "/admin/beers/beer/")
    assert page.status == 200
    assert page.url == f"{website.base_url}/admin/beers/beer/"
    assert visitor.rights() == rights


def test_the_login_page_of_the_admin_is_never_shown(visit, realm):
    page = visit().open("/admin/")
    assert page.url.startswith(f"{realm.issuer}/login-actions/authenticate") or page.url.startswith(
        f"{realm.issuer}/protocol/openid-connect/auth"
    )


def test_a_customer_cannot_change_by_posting(visit):
    visitor = visit()
    page = visitor.open_as("carol", "/admin/beers/beer/1/change/")
    token = page.form(to="logout").fields["csrfmiddlewaretoken"]
    form = page.form(having="csrfmiddlewaretoken", to="/change/")
    assert visitor.browser.submit(form, csrfmiddlewaretoken=token, **BEER).status == 403
    assert "Test Brew" not in visitor.open("/").text


def test_a_creator_adds_and_changes_a_beer(visit):
    visitor = visit()
    page = visitor.open_as("chris", "/admin/beers/beer/add/")
    listing = visitor.browser.submit(page.form(having="name"), **{**BEER, "name": "Added Brew"})
    assert "was added successfully" in listing.text
    assert "Added Brew" in visitor.open("/").text
    form = visitor.open("/admin/beers/beer/2/change/").form(having="name")
    assert "was changed successfully" in visitor.browser.submit(form, strength="9.9").text
    assert "9.9" in visitor.open("/").text


def test_an_admin_deletes_a_beer_and_sees_users(visit):
    visitor = visit()
    page = visitor.open_as("adam", "/admin/beers/beer/3/delete/")
    assert "was deleted successfully" in visitor.browser.submit(page.form(having="post")).text
    assert visitor.open("/admin/beers/beer/3/change/", follow=False).status == 302
    users = visitor.open("/admin/auth/user/")
    assert users.status == 200
    assert "adam@brewery.example" in users.text


def test_somebody_without_roles_is_told_why_she_may_not_come_in(visit):
    visitor = visit()
    page = visitor.open_as("nora", "/admin/")
    assert page.status == 403
    for words in ("nora", "customers", "creators", "admins", "default-roles-brewery"):
        assert words in page.text
    assert page.form(to="logout").method == "post"
    assert len(page.trail) < 6


def test_somebody_without_roles_is_welcome_on_the_public_site(visit):
    visitor = visit()
    page = visitor.open_as("nora", "/oidc/login/?next=/me/")
    assert page.status == 200
    assert "no: you may not enter the admin" in page.text
    assert visitor.rights() == set()


def test_who_am_i_says_what_came_and_why(visit, realm):
    page = visit().open_as("chris", "/oidc/login/?next=/me/")
    for words in ("Chris Copper", "chris@brewery.example", realm.issuer, "Group creators", "realm_access"):
        assert words in page.text
    assert "yes: you may enter the admin" in page.text
    assert "none of these roles came: admins" in page.text


def test_the_second_site_visit_needs_no_password(visit):
    """Keycloak remembers her; a new session here begins without its form."""
    visitor = visit()
    visitor.open_as("carol", "/admin/")
    visitor.browser.cookies.clear("127.0.0.1", "/", "sessionid")
    page = visitor.open("/admin/")
    assert page.url.endswith("/admin/")
    assert page.status == 200
    assert any("/protocol/openid-connect/auth" in url for url in page.trail)
