"""Nothing but Tab and Enter, from the site into its admin and out again; where one is, one sees."""

from __future__ import annotations

import pytest

from tests.browser.keyboard import Keyboard


@pytest.mark.parametrize("name", ["Carol", "Adam"])
def test_by_keyboard_from_the_site_into_the_admin_and_out(visit, name):
    visitor = visit()
    keyboard = Keyboard(visitor.page)
    visitor.open("/")
    keyboard.enter("Sign in")
    visitor.expect_people()
    keyboard.enter(name)
    visitor.expect_at("/")
    keyboard.enter("Admin")
    visitor.expect_at("/admin/")
    keyboard.enter("Log out")
    visitor.expect_heading("You are signed out")
    keyboard.enter("Sign in again")
    visitor.expect_people()


def test_by_keyboard_past_the_links_to_the_content(visit):
    visitor = visit()
    visitor.open("/")
    keyboard = Keyboard(visitor.page)
    keyboard.go_to("Skip to the content")
    visitor.page.keyboard.press("Enter")
    keyboard.go_to("admin")
    assert visitor.page.locator("main a:focus").count() == 1


def test_by_keyboard_with_a_password(visit):
    visitor = visit()
    keyboard = Keyboard(visitor.page)
    visitor.open("/admin/")
    visitor.expect_people()
    keyboard.go_to("Use a name and a password")
    visitor.page.keyboard.press("Enter")
    keyboard.go_to("username")
    visitor.page.keyboard.type("carol")
    keyboard.go_to("password")
    visitor.page.keyboard.type("carol")
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")
    visitor.expect_at("/admin/")


def test_by_keyboard_out_of_a_refusal(visit):
    visitor = visit()
    keyboard = Keyboard(visitor.page)
    visitor.open("/admin/")
    visitor.expect_people()
    keyboard.enter("Nora")
    visitor.expect_heading("You may not use this part of the site")
    keyboard.enter("Sign out")
    visitor.expect_heading("You are signed out")
