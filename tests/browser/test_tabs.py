"""Several tabs and the back button: each login ends where it was to end, and no page of the past is an error."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("second_person", ["carol", "chris"])
def test_two_tabs_end_each_at_its_own(visit, second_person):
    """Whoever signs in last is who both tabs are from then on."""
    first = visit()
    first.open("/me/")
    first.page.get_by_role("main").get_by_role("link", name="Sign in").click()
    first.expect_people()
    second = first.new_tab()
    second.open("/admin/beers/beer/")
    second.expect_people()
    first.choose("carol")
    first.expect_at("/me/")
    second.choose(second_person)
    second.expect_at("/admin/beers/beer/")
    first.page.reload()
    first.expect_heading("Carol Cask" if second_person == "carol" else "Chris Copper")


def test_a_tab_that_is_left_and_taken_up_again_goes_on(visit):
    """The session here is there already when its login comes back: the tab goes on all the same."""
    late = visit()
    late.open("/admin/beers/beer/1/change/")
    late.expect_people()
    for _ in range(3):
        late.new_tab().open("/oidc/login/?next=/me/")
    late.new_tab().open_as("carol", "/admin/")
    late.choose("carol")
    late.expect_at("/admin/beers/beer/1/change/")


def test_after_login_the_back_button_leads_to_no_error(visit):
    visitor = visit()
    visitor.open("/me/")
    visitor.page.get_by_role("main").get_by_role("link", name="Sign in").click()
    visitor.choose("carol")
    visitor.expect_heading("Carol Cask")
    visitor.go_back()
    visitor.expect_at("/me/")
    visitor.expect_heading("Carol Cask")
    visitor.go_back()
    visitor.expect_at("/me/")


def test_somebody_else_after_the_back_button(visit):
    """From a copy of the provider's page, as browsers keep it: the answered login isn't answered twice."""
    visitor = visit()
    visitor.open("/me/")
    visitor.page.get_by_role("main").get_by_role("link", name="Sign in").click()
    visitor.expect_people()
    asked = visitor.page.url
    visitor.choose("carol")
    visitor.expect_heading("Carol Cask")
    visitor.page.goto(asked)
    visitor.expect_at("/me/")
    visitor.expect_heading("Carol Cask")


def test_reloading_the_callback_leads_on(visit):
    visitor = visit()
    with visitor.page.expect_request("**/oidc/callback/**") as callback:
        visitor.open_as("carol", "/admin/")
    visitor.page.goto(callback.value.url)
    visitor.expect_at("/admin/")


def test_a_callback_of_another_browser_is_refused_in_words(visit):
    visitor, stranger = visit(), visit()
    visitor.open("/admin/")
    visitor.expect_people()
    with visitor.page.expect_request("**/oidc/callback/**") as callback:
        visitor.choose("carol")
    stranger.page.goto(callback.value.url)
    stranger.expect_heading("This sign-in can't be continued")
