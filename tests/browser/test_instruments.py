"""The instruments of these tests find what they are to find: each is held to a page with a known fault."""

from __future__ import annotations

import pytest

from tests.browser import axe
from tests.browser.keyboard import Keyboard


def test_axe_finds_a_picture_without_words(visit):
    page = visit().page
    page.set_content("<html lang=en><title>A page</title><main><h1>A page</h1><img src='data:,'></main>")
    (fault,) = axe.grave_faults(page)
    assert fault.startswith("critical: ") and "(image-alt)" in fault


def test_a_page_that_is_too_wide_is_noticed(visit):
    visitor = visit(viewport={"width": 320, "height": 256})
    visitor.page.set_content("<body style='margin: 0'><p style='width: 321px'>wide")
    assert visitor.overhang() == 1


def test_a_focus_that_nothing_shows_is_noticed(visit):
    page = visit().page
    page.set_content(
        "<a href='#'>seen</a> <a href='#' style='outline: none; text-decoration: none'>unseen</a>"
    )
    keyboard = Keyboard(page)
    keyboard.go_to("seen")
    with pytest.raises(AssertionError, match="'unseen' has the focus, and nothing shows it"):
        keyboard.go_to("unseen")


@pytest.mark.parametrize(
    "body",
    ["<script>document.title = 'x'</script>", "<p style='color: red'>red", "<style>p { color: red }</style>"],
)
def test_what_a_policy_refuses_is_noticed(visit, body):
    visitor = visit()
    policy = {"Content-Security-Policy": "default-src 'none'"}
    visitor.page.route(
        "**/inline/", lambda route: route.fulfill(body=body, content_type="text/html", headers=policy)
    )
    visitor.open("/inline/")
    assert len(visitor.complaints) == 1 and "Content Security Policy" in visitor.complaints[0]
    visitor.complaints.clear()


def test_a_script_that_fails_is_noticed(visit):
    visitor = visit()
    visitor.page.set_content("<script>undefined.name</script>")
    assert visitor.complaints == ["Cannot read properties of undefined (reading 'name')"]
    visitor.complaints.clear()
