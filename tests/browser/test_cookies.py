"""What the browser keeps over http and https, where the provider is another site than the one that asks."""

from __future__ import annotations

import pytest

STRICT = ["strict", "https-strict"]


def at_the_provider(visitor):
    """The cookie of a login under way: its name and attributes."""
    visitor.open("/admin/")
    visitor.expect_people()
    ((name, cookie),) = visitor.cookies().items()
    return name, cookie


def test_over_https_the_login_is_in_a_cookie_that_no_other_host_can_plant(visit):
    visitor = visit("https")
    name, cookie = at_the_provider(visitor)
    assert name.startswith("__Host-relyant-")
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Lax")
    assert (cookie["domain"], cookie["path"]) == ("brewery.test", "/")


def test_over_http_the_login_is_in_a_cookie_that_the_browser_takes(visit):
    name, cookie = at_the_provider(visit())
    assert name.startswith("relyant-")
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (False, True, "Lax")


@pytest.mark.parametrize("site", ["redirect", "https", *STRICT])
def test_one_login_is_enough(visit, site):
    visitor = visit(site)
    visitor.open_as("carol", "/admin/")
    session = visitor.cookies()["sessionid"]
    assert session["httpOnly"] and session["sameSite"] == ("Strict" if site in STRICT else "Lax")
    assert session["secure"] == site.startswith("https")
    visitor.sign_out()
    visitor.expect_heading("You are signed out")


@pytest.mark.parametrize("site", STRICT)
def test_with_a_strict_session_cookie_scripts_are_not_needed(visit, site):
    """The page that leads on does so by itself; the link on it is for whoever stops it."""
    visitor = visit(site, java_script_enabled=False)
    visitor.open_as("carol", "/admin/")


@pytest.mark.parametrize("site", STRICT)
def test_with_a_strict_session_cookie_a_signed_in_visitor_comes_from_elsewhere(visit, site):
    """The browser leaves the session out: the provider vouches for her without a question."""
    visitor = visit(site)
    visitor.open_as("carol", "/admin/")
    visitor.come_from_elsewhere("/admin/beers/beer/")
    visitor.expect_at("/admin/beers/beer/")
