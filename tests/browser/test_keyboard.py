"""Nothing but Tab and Enter, from the site into its admin and out again; where one is, one sees."""

from __future__ import annotations

import pytest

MOST_TABS = 60
# What a browser or a style sheet does to show where the focus is.
SHOWN = """element => {
    const style = getComputedStyle(element), box = element.getBoundingClientRect();
    const marked = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0)
        || style.boxShadow !== 'none' || style.textDecorationLine === 'underline';
    return marked && box.width > 0 && box.height > 0;
}"""
NAME = "element => (element.innerText || element.value || element.name || '').trim()"


class Keyboard:
    """Hands on the keyboard; each stop on the way must be seen."""

    def __init__(self, page):
        self._page = page

    def go_to(self, text):
        """Press Tab until the focus is on what has this text, in capitals or not."""
        passed = []
        for _ in range(MOST_TABS):
            self._page.keyboard.press("Tab")
            focused = self._page.evaluate_handle("document.activeElement").as_element()
            if focused.evaluate("element => element === document.body"):
                # The end of the page: here the browser's own bar would have its turn.
                continue
            name = focused.evaluate(NAME)
            assert focused.evaluate(SHOWN), f"{name!r} has the focus, and nothing shows it"
            passed.append(name)
            if text.lower() in name.lower():
                return
        raise AssertionError(f"no Tab leads to {text!r}: {passed}")

    def enter(self, text):
        """Go there and press Enter; then wait for the page that comes."""
        self.go_to(text)
        with self._page.expect_navigation():
            self._page.keyboard.press("Enter")


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
