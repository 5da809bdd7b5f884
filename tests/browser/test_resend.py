"""A form that meets a session's end in a real browser: it is sent again, whole, and by nobody else."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.endings import end_at_provider, lose

NAME = "Brauer „Zwickl“ ÄÖÜ 🍺 <i>&amp;"
PERMISSIONS = ("Can add beer", "Can change beer", "Can view beer")


def fill_in(visitor):
    """A group with permissions and two members, in the admin's own form."""
    page = visitor.page
    visitor.open("/admin/auth/group/add/")
    page.get_by_label("Name:").fill(NAME)
    for permission in PERMISSIONS:
        page.locator("#id_permissions_from option", has_text=permission).dblclick()
    for row, name in enumerate(("adam", "local")):
        page.locator(f"#id_User_groups-{row}-user").select_option(label=name)


def save(visitor):
    visitor.page.get_by_role("button", name="Save", exact=True).click()


def sign_in_in_another_tab(visitor):
    """Follow the page's link; the new tab."""
    tab = visitor.new_tab()
    tab.page.close()
    with visitor.context.expect_page() as opened:
        visitor.page.get_by_role("link", name="Sign in in another tab").click()
    tab.page = opened.value
    return tab


@pytest.fixture
def adam(visit):
    visitor = visit()
    visitor.open_as("adam", "/admin/")
    return visitor


@pytest.mark.parametrize("end", [end_at_provider, lose])
def test_the_admins_form_arrives_whole(adam, provider, end):
    fill_in(adam)
    end(adam, provider)
    save(adam)
    adam.expect_heading("Your session has ended")

    adam.page.get_by_role("button", name="Send again").click()
    adam.expect_heading("You are not signed in yet")

    tab = sign_in_in_another_tab(adam)
    if end is end_at_provider:
        tab.choose("adam")
    tab.expect_at("/oidc/resend/")
    tab.expect_heading("You are signed in")
    assert tab.page.evaluate("window.opener") is None

    adam.page.get_by_role("button", name="Send again").click()
    adam.expect_heading("Send your form")
    adam.page.get_by_role("button", name="Send", exact=True).click()

    adam.expect_at("/admin/auth/group/")
    adam.page.locator("#result_list").get_by_role("link", name=NAME, exact=True).click()
    chosen = adam.page.locator("#id_permissions_to option")
    expect(chosen).to_have_count(len(PERMISSIONS))
    members = adam.page.locator("select[id^=id_User_groups-][id$=-user] option:checked")
    assert members.all_inner_texts()[:2] == ["adam", "local"]
    adam.page.get_by_role("link", name="Delete").click()
    adam.page.get_by_role("button", name="Yes, I’m sure").click()
    adam.expect_at("/admin/auth/group/")


def test_a_change_is_made_once_she_is_back(adam, provider):
    """The same form again, after a second end that came in between."""
    adam.open("/admin/beers/beer/1/change/")
    field = adam.page.get_by_label("Name:")
    former = field.input_value()
    field.fill(NAME)
    for _ in range(2):
        end_at_provider(adam, provider)
        adam.page.get_by_role("button", name=re.compile("^(Save|Send)$")).click()
        adam.expect_heading("Your session has ended")
        tab = sign_in_in_another_tab(adam)
        tab.choose("adam")
        tab.expect_at("/oidc/resend/")
        adam.page.get_by_role("button", name="Send again").click()
        adam.expect_heading("Send your form")
    adam.page.get_by_role("button", name="Send", exact=True).click()
    adam.expect_at("/admin/beers/beer/")
    adam.open("/admin/beers/beer/1/change/")
    expect(adam.page.get_by_label("Name:")).to_have_value(NAME)
    adam.page.get_by_label("Name:").fill(former)
    save(adam)
    adam.expect_at("/admin/beers/beer/")


def test_somebody_else_does_not_send_it(adam, provider):
    fill_in(adam)
    end_at_provider(adam, provider)
    save(adam)
    tab = sign_in_in_another_tab(adam)
    tab.choose("chris")
    tab.expect_heading("You are signed in")
    adam.page.get_by_role("button", name="Send again").click()
    adam.expect_heading("This form is somebody else's")
    expect(adam.page.locator("body")).not_to_contain_text("Brauer")
    assert "Brauer" not in adam.page.content()
