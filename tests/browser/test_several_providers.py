"""The page that asks which provider: by mouse and by keyboard, without scripts, and asked once alone."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.keyboard import Keyboard

HEADING = "How do you want to sign in?"


def at_provider(visitor, name):
    """She is at the provider, and a login at this redirect URI is under way."""
    visitor.expect_people()
    expect(visitor.page).to_have_url(re.compile(rf"callback%2F{name}%2F"))


def test_she_chooses_once_and_may_choose_anew(visit):
    visitor = visit("several", java_script_enabled=False)
    visitor.open("/me/")
    visitor.page.get_by_role("link", name="Sign in").first.click()
    visitor.expect_heading(HEADING)
    visitor.page.get_by_role("link", name="Sign in with Guests & friends").click()
    at_provider(visitor, "guests")
    visitor.choose("carol")
    visitor.expect_at("/me/")
    visitor.sign_out()
    visitor.expect_heading("You are signed out")
    visitor.page.get_by_role("link", name="Sign in again").click()
    at_provider(visitor, "guests")
    visitor.open("/oidc/logged-out/")
    visitor.page.get_by_role("link", name="Sign in another way").click()
    visitor.expect_heading(HEADING)
    visitor.page.get_by_role("link", name="Sign in with your brewery account").click()
    at_provider(visitor, "keycloak")


def test_by_keyboard_her_address_leads_to_her_provider(visit):
    visitor = visit("several")
    keyboard = Keyboard(visitor.page)
    visitor.open("/oidc/login/?next=/me/")
    visitor.expect_heading(HEADING)
    keyboard.go_to("email")
    visitor.page.keyboard.type("Carol@Friends.Example")
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")
    at_provider(visitor, "guests")
    expect(visitor.page).to_have_url(re.compile("login_hint=Carol%40Friends.Example"))
    visitor.choose("carol")
    visitor.expect_at("/me/")


def test_the_admin_asks_too_and_she_comes_to_it(visit):
    visitor = visit("several")
    visitor.open("/admin/")
    visitor.expect_heading(HEADING)
    visitor.page.get_by_role("link", name="Sign in with your brewery account").click()
    visitor.choose("adam")
    visitor.expect_at("/admin/")
