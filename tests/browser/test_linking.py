"""A user links a provider to her account and unlinks it, whatever of her session the browser withholds on the way."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.keyboard import Keyboard
from tests.browser.serve import LOCAL_ADMIN

WAYS = "/oidc/identities/"


@pytest.mark.parametrize("site", ["linked", "https-linked-strict", "https-linked-form"])
def test_she_links_signs_in_by_it_and_unlinks(visit, site):
    visitor = visit(site)
    visitor.sign_in_here(LOCAL_ADMIN)
    visitor.open(WAYS)
    visitor.page.get_by_role("button", name="Link Keycloak").click()
    visitor.choose("carol")
    visitor.expect_heading("Link this account?")
    visitor.page.get_by_role("button", name="Link it").click()
    visitor.expect_at(WAYS)
    expect(visitor.page.get_by_role("button", name="Unlink Keycloak")).to_be_visible()

    carol = visit(site)
    carol.open(WAYS)
    carol.choose("carol")
    carol.expect_at(WAYS)
    expect(carol.page.get_by_text(f"You are signed in as {LOCAL_ADMIN}.")).to_be_visible()
    expect(carol.page.get_by_text("unlinking signs you out")).to_be_visible()
    carol.page.get_by_role("button", name="Unlink Keycloak").click()
    carol.expect_heading("You are signed out")
    visitor.open(WAYS)
    expect(visitor.page.get_by_text("No sign-in service is linked to your account.")).to_be_visible()


def test_the_keyboard_alone_links_and_unlinks(visit):
    visitor = visit()
    visitor.sign_in_here(LOCAL_ADMIN)
    visitor.open(WAYS)
    keyboard = Keyboard(visitor.page)
    keyboard.enter("Link Keycloak")
    visitor.choose("chris")
    visitor.expect_heading("Link this account?")
    keyboard.enter("Link it")
    visitor.expect_at(WAYS)
    keyboard.enter("Unlink")
    visitor.expect_at(WAYS)
    expect(visitor.page.get_by_role("button", name="Link Keycloak")).to_be_visible()


def test_whoever_changes_the_user_in_another_tab_links_nothing(visit):
    visitor = visit()
    visitor.sign_in_here(LOCAL_ADMIN)
    visitor.open(WAYS)
    visitor.page.get_by_role("button", name="Link Keycloak").click()
    visitor.expect_people()
    tab = visitor.new_tab()
    tab.open("/admin/")
    tab.sign_out()
    visitor.choose("nora")
    visitor.expect_code("transaction.other_user")
