"""`ADMIN_LOGIN="button"`: the admin's own form, and above it a link to the provider."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.keyboard import Keyboard
from tests.browser.serve import LOCAL_ADMIN

LINK = "Sign in with Keycloak"


def test_the_link_stands_above_the_form_and_leads_back(visit):
    visitor = visit("button")
    visitor.open("/admin/beers/beer/")
    link, form = visitor.page.get_by_role("link", name=LINK), visitor.page.locator("#login-form")
    assert link.bounding_box()["y"] + link.bounding_box()["height"] < form.bounding_box()["y"]
    link.click()
    visitor.choose("carol")
    visitor.expect_at("/admin/beers/beer/")


def test_by_keyboard_to_the_link(visit):
    visitor = visit("button")
    visitor.open("/admin/")
    keyboard = Keyboard(visitor.page)
    keyboard.enter(LINK)
    visitor.expect_people()
    keyboard.enter("Chris")
    visitor.expect_at("/admin/")


def test_the_password_form_still_works(visit):
    visitor = visit("button")
    visitor.open("/admin/")
    visitor.page.get_by_label("Username").fill(LOCAL_ADMIN)
    visitor.page.get_by_label("Password").fill(LOCAL_ADMIN)
    visitor.page.get_by_role("button", name="Log in").click()
    visitor.expect_at("/admin/")


def test_a_wrong_password_leaves_the_link_there(visit):
    visitor = visit("button")
    visitor.open("/admin/")
    visitor.page.get_by_label("Username").fill(LOCAL_ADMIN)
    visitor.page.get_by_label("Password").fill("wrong")
    visitor.page.get_by_role("button", name="Log in").click()
    expect(visitor.page.locator(".errornote")).to_be_visible()
    visitor.page.get_by_role("link", name=LINK).click()
    visitor.choose("adam")
    visitor.expect_at("/admin/")


def test_without_scripts_the_link_works(visit):
    visitor = visit("button", java_script_enabled=False)
    visitor.open("/admin/")
    visitor.page.get_by_role("link", name=LINK).click()
    visitor.choose("carol")
    visitor.expect_at("/admin/")


def test_nora_is_told_and_can_leave(visit):
    visitor = visit("button")
    visitor.open("/admin/")
    visitor.page.get_by_role("link", name=LINK).click()
    visitor.choose("nora")
    visitor.expect_heading("You may not use this part of the site")
    visitor.sign_out()
    visitor.expect_heading("You are signed out")
