"""What a page may not need: a script, an inline style, English."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect


def test_without_scripts_everything_works(visit):
    visitor = visit(java_script_enabled=False)
    visitor.open("/")
    visitor.page.get_by_role("link", name="Sign in").click()
    visitor.choose("adam")
    visitor.expect_at("/")
    visitor.page.get_by_role("link", name="Admin").click()
    visitor.expect_at("/admin/")
    visitor.sign_out()
    visitor.expect_heading("You are signed out")
    visitor.page.get_by_role("link", name="Sign in again").click()
    visitor.choose("nora")
    visitor.expect_heading("You may not use this part of the site")
    visitor.sign_out()
    visitor.expect_heading("You are signed out")


@pytest.mark.parametrize("path", ["/oidc/logout/", "/oidc/logged-out/", "/oidc/callback/keycloak/"])
def test_our_pages_hold_no_script_and_no_inline_style(visit, path):
    """The policy that they send refuses both, and the browser complained of nothing: `visit` looks."""
    visitor = visit()
    policy = visitor.open(path).headers["content-security-policy"]
    assert policy == "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    expect(visitor.page.locator("script, style, [style]")).to_have_count(0)
    # The style sheet is in force.
    expect(visitor.page.locator("main")).to_have_css("max-width", "576px")


def test_a_german_visitor_is_answered_in_german(visit):
    visitor = visit(locale="de-DE")
    visitor.open("/admin/")
    visitor.choose("nora")
    visitor.expect_heading("Dieser Teil der Website ist Ihnen nicht zugänglich")
    assert visitor.page.locator("html").get_attribute("lang") == "de"
    visitor.page.get_by_role("button", name="Abmelden").click()
    visitor.expect_heading("Sie sind abgemeldet")
    visitor.page.get_by_role("link", name="Wieder anmelden").click()
    visitor.expect_people()
