"""A page's script, the helper that it uses, and a session that ended at the provider: no redirect fails in it."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.browser.endings import end_at_provider, lose


@pytest.fixture
def front_end(visit):
    visitor = visit()
    visitor.open_as("carol", "/admin/")
    visitor.open("/front/?page=2#beers")
    return visitor


def press(visitor, name):
    visitor.page.get_by_role("button", name=name).click()


def press_and_come_back(visitor, name):
    """The script sends the browser to a provider that knows its visitor, and asks nothing."""
    with visitor.page.expect_event("load"):
        press(visitor, name)
    visitor.expect_at("/front/?page=2#beers")


def expect_answer(visitor, status):
    """The script shows an answer with this status; what was in it."""
    output = visitor.page.locator("output")
    expect(output).to_contain_text(str(status))
    return json.loads(output.inner_text().partition(" ")[2])


def take_complaints(visitor):
    """What the browser's console says, which counts against no test then."""
    complaints = list(visitor.complaints)
    visitor.complaints.clear()
    return complaints


def unauthorized(visitor, path):
    """A browser notes each status above 399; that is all that it may note: CORS has nothing to say."""
    words = "Failed to load resource: the server responded with a status of 401 (Unauthorized)"
    return f"error of {visitor.base_url}{path}: {words}"


def test_who_is_signed_in(front_end):
    press(front_end, "Who")
    told = expect_answer(front_end, 200)
    assert (told["user"]["username"], told["provider"]["label"]) == ("carol", "Keycloak")


def test_unsafe_requests_carry_djangos_token(front_end):
    front_end.context.clear_cookies(name="csrftoken")
    press(front_end, "Who")
    expect_answer(front_end, 200)
    press(front_end, "Write")
    assert expect_answer(front_end, 200) == {"who": "carol", "wrote": "Zwickl"}


def test_a_session_that_ended_at_the_provider_leads_by_the_login_back_to_the_page(front_end, provider):
    end_at_provider(front_end, provider, "carol")
    press(front_end, "Read")
    front_end.choose("carol")
    front_end.expect_at("/front/?page=2#beers")
    assert take_complaints(front_end) == [unauthorized(front_end, "/front/beers/")]
    press(front_end, "Read")
    assert expect_answer(front_end, 200)["who"] == "carol"


def test_so_does_one_that_is_gone(front_end):
    """Django's decorator redirects then, and the script has followed to our login."""
    lose(front_end)
    press_and_come_back(front_end, "Read")
    press(front_end, "Read")
    assert expect_answer(front_end, 200)["who"] == "carol"
    complaints = take_complaints(front_end)
    assert complaints == [unauthorized(front_end, "/oidc/login/?next=/front/beers/")]


def test_it_leaves_once_and_goes_in_no_circle(front_end):
    """Within the minute a script tells its page, and the page stays."""
    lose(front_end)
    press_and_come_back(front_end, "Read")
    lose(front_end)
    press(front_end, "Read")
    assert expect_answer(front_end, 401)["error"] == "login_required"
    front_end.expect_at("/front/?page=2#beers")
    assert set(take_complaints(front_end)) == {unauthorized(front_end, "/oidc/login/?next=/front/beers/")}


def test_who_lacks_a_right_stays_and_is_told(front_end):
    press(front_end, "Cellar")
    assert expect_answer(front_end, 403)["error"] == "permission_denied"
    front_end.expect_at("/front/?page=2#beers")
    assert len(take_complaints(front_end)) == 1
