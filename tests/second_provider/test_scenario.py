"""The Beer scenario at a provider of another family, which puts roles into userinfo and asks before it signs out."""

from __future__ import annotations

import pytest

RIGHTS = {
    "carol": {"view"},
    "chris": {"view", "add", "change"},
    "adam": {"view", "add", "change", "delete"},
}


@pytest.fixture
def beer(brewery):
    """Both, as they come."""
    brewery.start()
    return brewery


def test_people_may_what_their_roles_say_and_nora_may_not_come_in(beer):
    for name, rights in RIGHTS.items():
        visitor = beer.visit()
        page = visitor.open_as(name, "/admin/beers/beer/")
        assert page.status == 200, page.text
        assert page.url == f"{beer.site.base_url}/admin/beers/beer/"
        assert visitor.rights() == rights
    page = beer.visit().open_as("nora", "/admin/")
    assert page.status == 403
    assert "nora" in page.text


def test_roles_follow_the_provider_at_the_next_sign_in(beer):
    first = beer.visit()
    first.open_as("carol", "/admin/")
    beer.set_roles(carol=["creators"])
    second = beer.visit()
    second.open_as("carol", "/admin/")
    assert second.rights() == RIGHTS["chris"]
    beer.set_roles(carol=[])
    assert beer.visit().open_as("carol", "/admin/").status == 403


def test_signing_out_ends_both_sessions(beer):
    visitor = beer.visit()
    visitor.open_as("adam", "/admin/")
    page = visitor.sign_out("/admin/")
    assert page.url.startswith(beer.site.post_logout_redirect_uri)
    assert "signed out" in page.text
    assert visitor.open("/admin/").form(having="login")


def test_a_provider_that_comes_back_with_new_keys_is_believed_at_the_next_sign_in(beer):
    """DK-03: all its keys are others, and their names too."""
    assert beer.visit().open_as("carol", "/admin/").status == 200
    beer.start_provider()
    assert beer.visit().open_as("chris", "/admin/").status == 200


def test_somebody_whom_the_provider_turns_away_is_told_so(beer):
    """Its page has a way to cancel, which comes back as `access_denied`."""
    visitor = beer.visit()
    page = visitor.browser.get(visitor.open("/oidc/login/").link("[ Cancel ]"))
    assert page.status == 403, page.text
    assert page.url.startswith(beer.redirect_uri)
