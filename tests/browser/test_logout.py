"""The way out: the session here ends, and the provider's; nothing private stays in the browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize("path", ["/", "/me/", "/admin/"])
def test_sign_out_ends_both_sessions(visit, path):
    visitor = visit()
    visitor.open_as("carol", "/admin/")
    visitor.open(path)
    visitor.sign_out()
    visitor.expect_heading("You are signed out")
    assert visitor.page.url.startswith(visitor.base_url + "/oidc/logged-out/?state=")
    assert "sessionid" not in visitor.cookies()
    visitor.open("/me/")
    visitor.expect_heading("Nobody yet")
    visitor.page.get_by_role("main").get_by_role("link", name="Sign in").click()
    visitor.expect_people()


def test_signing_in_again_from_there_leads_back_to_the_admin(visit):
    visitor = visit()
    visitor.open_as("carol", "/admin/")
    visitor.sign_out()
    visitor.page.get_by_role("link", name="Sign in again").click()
    visitor.choose("chris")
    visitor.expect_at("/admin/")


def test_the_provider_lets_somebody_in_again_whom_only_the_site_forgot(visit):
    """What single sign-on is for; and the counterpart of the tests in which the provider asks."""
    visitor = visit()
    visitor.open_as("carol", "/admin/")
    visitor.context.clear_cookies(name="sessionid")
    visitor.open("/admin/")
    visitor.expect_at("/admin/")


@pytest.mark.parametrize("path", ["/", "/me/", "/admin/", "/oidc/logout/"])
def test_after_logout_the_back_button_shows_no_private_page(visit, path):
    visitor = visit()
    visitor.open_as("carol", "/admin/")
    visitor.open(path)
    expect(visitor.page.locator("body")).to_contain_text("carol", ignore_case=True)
    visitor.sign_out()
    visitor.expect_heading("You are signed out")
    visitor.go_back()
    expect(visitor.page.locator("h1")).to_have_count(1)
    expect(visitor.page.locator("body")).not_to_contain_text("carol@", ignore_case=True)
    expect(visitor.page.get_by_role("button", name="out")).to_have_count(0)


def test_the_logout_question_can_be_answered(visit):
    visitor = visit()
    visitor.open_as("carol", "/admin/")
    visitor.open("/oidc/logout/?next=/me/")
    visitor.expect_heading("Sign out?")
    visitor.sign_out()
    visitor.expect_at("/me/")
    visitor.expect_heading("Nobody yet")


def test_a_refused_visitor_comes_back_as_somebody_else(visit):
    visitor = visit("members")
    visitor.open("/oidc/login/?next=/me/")
    visitor.choose("chris")
    visitor.expect_heading("You may not come in")
    visitor.page.get_by_role("link", name="Use another account").click()
    visitor.page.get_by_role("button", name="Sign out").click()
    visitor.page.get_by_role("link", name="Sign in again").click()
    visitor.choose("carol")
    visitor.expect_at("/")
    visitor.open("/me/")
    visitor.expect_heading("Carol Cask")


# LO-13
def test_an_id_token_too_long_for_an_address_goes_by_a_form(visit, provider):
    """LO-13: by one button, which the page's policy lets lead to the provider and back."""
    provider.set_claims("carol", {"motto": "hops " * 400})
    visitor = visit()
    visitor.open("/oidc/login/?next=/me/")
    visitor.choose("carol")
    visitor.expect_at("/me/")
    visitor.sign_out()
    visitor.expect_heading("One more step to sign out")
    assert "sessionid" not in visitor.cookies()
    visitor.page.get_by_role("button", name="Sign out of Keycloak").click()
    visitor.expect_heading("You are signed out")
    assert visitor.page.url.startswith(visitor.base_url + "/oidc/logged-out/?state=")
    visitor.open("/me/")
    visitor.page.get_by_role("main").get_by_role("link", name="Sign in").click()
    visitor.expect_people()


# LO-10
def test_a_frame_of_the_providers_page_ends_the_session(visit, provider):
    """LO-10: the browser shows it there, and withholds the session's cookie from it."""
    visitor = visit("localhost")
    provider.show_frame_at_logout(visitor.base_url + "/oidc/front-channel-logout/keycloak/")
    visitor.open("/oidc/login/?next=/me/")
    visitor.choose("carol")
    visitor.expect_heading("Carol Cask")
    visitor.page.goto(f"{provider.issuer}/protocol/openid-connect/logout?client_id=beer")
    with visitor.page.expect_request("**/front-channel-logout/**") as framed:
        visitor.page.get_by_role("button", name="Sign out").click()
    visitor.expect_heading("Signed out")
    frame = visitor.page.frame_locator("iframe")
    expect(frame.locator("body")).to_have_text("You are signed out")
    assert "sessionid" in visitor.cookies() and "cookie" not in framed.value.all_headers()
    visitor.open("/me/")
    visitor.expect_heading("Nobody yet")
