"""Rights follow the roles at Keycloak: given and taken there, they come and go here at the next login."""

from __future__ import annotations

import pytest

from tests.keycloak.visitor import BEER


def sign_in_again(visitor, name, path):
    """Sign out everywhere, and come back."""
    visitor.sign_out()
    return visitor.open_as(name, path)


@pytest.fixture
def only_our_roles(realm):
    """Carol without Keycloak's default roles: `customers` is the only one that she has."""
    realm.take_default_roles("carol")
    yield
    realm.give_default_roles("carol")


def test_the_only_role_removed_takes_the_right_away_at_the_next_login(visit, set_roles, only_our_roles):
    """AZ-03: Keycloak then leaves the claim out altogether, which means no roles, not no news."""
    visitor = visit()
    visitor.open_as("carol", "/admin/")
    assert visitor.rights() == {"view"}
    set_roles("carol", [])
    page = sign_in_again(visitor, "carol", "/admin/")
    assert page.status == 403
    assert "default-roles" not in page.text
    assert visitor.rights() == set()
    page = visitor.open("/me/")
    assert "Groups none" in page.text
    assert "no: you may not enter the admin" in page.text


def test_one_of_several_roles_removed_takes_only_its_right_away(visit, set_roles):
    visitor = visit()
    set_roles("chris", ["customers", "creators"])
    visitor.open_as("chris", "/admin/")
    assert visitor.rights() == {"view", "add", "change"}
    set_roles("chris", ["customers"])
    sign_in_again(visitor, "chris", "/admin/")
    assert visitor.rights() == {"view"}


def test_a_superuser_no_more(visit, start_site, set_roles):
    """The flags go too. Another superuser keeps the site, one of its own, from losing its last one."""
    website = start_site()
    set_roles("nora", ["admins"])
    visit(website).open_as("nora", "/admin/")
    visitor = visit(website)
    visitor.open_as("adam", "/admin/")
    assert visitor.rights() == {"view", "add", "change", "delete"}
    set_roles("adam", ["customers"])
    sign_in_again(visitor, "adam", "/admin/")
    assert visitor.rights() == {"view"}
    assert visitor.open("/admin/auth/user/").status == 403


def test_a_role_added_gives_its_right_at_the_next_login(visit, set_roles):
    visitor = visit()
    assert visitor.open_as("nora", "/admin/").status == 403
    set_roles("nora", ["creators"])
    page = sign_in_again(visitor, "nora", "/admin/beers/beer/add/")
    assert visitor.rights() == {"view", "add", "change"}
    listing = visitor.browser.submit(page.form(having="name"), **{**BEER, "name": "Nora's Brew"})
    assert "was added successfully" in listing.text
