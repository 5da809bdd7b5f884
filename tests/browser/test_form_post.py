"""Answers by a form: the provider is another site, whose page posts, and the browser decides what goes along."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

BY_FORM = ["https-form", "https-form-strict"]


def ours(visitor):
    return {name: one for name, one in visitor.cookies().items() if "relyant" in name}


@pytest.mark.parametrize("site", BY_FORM)
def test_one_login_is_enough(visit, site):
    visitor = visit(site)
    visitor.open("/admin/")
    visitor.expect_people()
    ((name, cookie),) = ours(visitor).items()
    assert name.startswith("__Host-relyant-")
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "None")
    visitor.choose("carol")
    visitor.expect_at("/admin/")
    session = visitor.cookies()["sessionid"]
    assert session["sameSite"] == ("Strict" if site.endswith("strict") else "Lax")
    visitor.sign_out()
    visitor.expect_heading("You are signed out")


@pytest.mark.parametrize("site", BY_FORM)
def test_no_code_is_in_any_address(visit, site):
    visitor = visit(site)
    addresses = []
    visitor.page.on("request", lambda request: addresses.append(request.url))
    visitor.open_as("carol", "/admin/")
    assert not [address for address in addresses if re.search(r"[?&]code=", address)]
    assert any("/oidc/callback/keycloak/" in address for address in addresses)


@pytest.mark.parametrize("site", BY_FORM)
def test_without_scripts_a_button_brings_her_back(visit, site):
    visitor = visit(site, java_script_enabled=False)
    visitor.open("/admin/")
    visitor.choose("carol")
    go_on(visitor)
    visitor.expect_at("/admin/")


@pytest.mark.parametrize("site", BY_FORM)
def test_the_back_button_ends_where_the_login_went(visit, site):
    """It leads to the provider's page, which brings a second answer to a login that was answered already."""
    visitor = visit(site, java_script_enabled=False)
    visitor.open("/admin/")
    visitor.choose("carol")
    go_on(visitor)
    visitor.expect_at("/admin/")
    # From here on the provider knows her, and its page is one that a browser may ask for again.
    visitor.context.clear_cookies(domain="brewery.test")
    visitor.open("/admin/")
    go_on(visitor)
    expect(visitor.page).to_have_url(f"{visitor.base_url}/admin/")
    visitor.go_back()
    # A strict session meets a page of ours in between.
    if visitor.page.url.startswith(visitor.base_url):
        visitor.go_back()
    go_on(visitor)
    expect(visitor.page).to_have_url(f"{visitor.base_url}/admin/")


def go_on(visitor):
    """Press the button that a script would press."""
    button = visitor.page.get_by_role("button", name="Go on")
    expect(button).to_be_visible()
    button.click()


def test_two_tabs_and_the_later_one_is_another_person(visit):
    first = visit("https-form")
    first.open("/admin/")
    second = first.new_tab()
    second.open("/oidc/login/?next=/me/")
    second.expect_people()
    first.choose("carol")
    first.expect_at("/admin/")
    second.choose("chris")
    second.expect_at("/me/")
    second.expect_heading("Chris Copper")
    first.open("/me/")
    first.expect_heading("Chris Copper")


# AR-15
def test_ar_15_a_strangers_page_signs_nobody_in_by_its_own_form(visit):
    visitor = visit("https-form")
    stranger_posts(visitor, "/oidc/callback/keycloak/", {"code": "stolen", "state": "A" * 43})
    visitor.expect_code("transaction.not_found")
    assert "sessionid" not in visitor.cookies()


# AR-15
def test_ar_15_where_answers_come_in_the_address_no_form_is_taken(visit):
    visitor = visit("https")
    with visitor.page.expect_response("**/oidc/callback/keycloak/") as answered:
        stranger_posts(visitor, "/oidc/callback/keycloak/", {"code": "stolen", "state": "A" * 43})
    assert answered.value.status == 405


def test_the_providers_list_of_applications_begins_a_login_by_a_form(visit, provider):
    visitor = visit("https-form")
    stranger_posts(visitor, "/oidc/initiate/", {"iss": provider.issuer, "target_link_uri": "/me/"})
    visitor.choose("carol")
    visitor.expect_at("/me/")
    # Somebody who is signed in goes straight on: the browser asks again by address, with her session.
    stranger_posts(visitor, "/oidc/initiate/", {"iss": provider.issuer, "target_link_uri": "/admin/"})
    visitor.expect_at("/admin/")


# AR-15
def test_on_loopback_the_browser_keeps_the_cookie_over_plain_http(visit):
    visitor = visit("localhost-form")
    visitor.open("/admin/")
    visitor.expect_people()
    ((name, cookie),) = ours(visitor).items()
    assert name.startswith("relyant-") and (cookie["secure"], cookie["sameSite"]) == (True, "None")
    visitor.choose("carol")
    visitor.expect_at("/admin/")


def test_elsewhere_over_plain_http_a_page_says_that_it_can_not_be(visit):
    visitor = visit("form")
    visitor.open("/oidc/login/")
    visitor.expect_code("configuration.settings")


def stranger_posts(visitor, path, fields):
    """Let a page of another site send a form here, by the visitor's click."""
    inputs = "".join(f"<input type=hidden name={name} value='{value}'>" for name, value in fields.items())
    page = (
        "<!doctype html><title>Elsewhere</title>"
        f"<form method=post action='{visitor.base_url}{path}'>{inputs}<button>Go</button></form>"
    )
    address = "http://elsewhere.test/"
    visitor.page.route(address, lambda route: route.fulfill(body=page, content_type="text/html"))
    visitor.page.goto(address)
    button = visitor.page.get_by_role("button", name="Go")
    expect(button).to_be_visible()
    button.click()
