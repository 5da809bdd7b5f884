"""A real browser at the page of her sessions and at an emergency login: forms, and what no address gives away."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.serve import LOCAL_ADMIN


def test_she_ends_the_session_of_another_browser(visit, provider):
    other, here = visit(user_agent="curl/8.5.0"), visit()
    for one in (other, here):
        one.open_as("nora", "/oidc/login/?next=/me/", end="/me/")
    here.open("/oidc/sessions/")
    expect(here.page.get_by_role("listitem").first).to_contain_text("this browser")
    here.page.get_by_role("button", name="End the session of curl").first.click()
    here.expect_at("/oidc/sessions/")
    expect(here.page.get_by_role("button", name="End the session of curl")).to_have_count(0)
    other.open("/me/")
    other.expect_heading("Nobody yet")
    here.open("/oidc/identities/")
    here.expect_heading("Your ways to sign in")
    # As the page says: the provider still knows her there, and lets her in again.
    other.open("/oidc/login/?next=/oidc/sessions/")
    other.expect_heading("Where you are signed in")


def test_an_emergency_login_works_once_and_its_address_goes_nowhere(visit, provider):
    """SE-05: not even to the site's own other addresses."""
    visitor = visit("closed")
    address = visitor.site.manage("relyant_break_glass", LOCAL_ADMIN).strip()
    told = []
    visitor.page.on("request", lambda request: told.append((request.url, request.all_headers())))
    visitor.open(address)
    visitor.page.get_by_role("button", name=f"Sign in as {LOCAL_ADMIN}").click()
    visitor.expect_at("/admin/")
    token = address.split("/")[-2]
    assert len([url for url, _ in told if token in url]) == 2
    assert not [headers for _, headers in told if token in str(headers.get("referer"))]
    again = visit("closed")
    again.open(address)
    again.expect_code("transaction.break_glass_unusable")


def test_where_passwords_are_turned_off_the_admin_shows_no_form(visit, provider):
    visitor = visit("closed")
    visitor.open("/admin/")
    visitor.expect_heading("Passwords are turned off here")
    visitor.page.get_by_role("link", name="Sign in", exact=True).click()
    visitor.choose("adam")
    visitor.expect_at("/admin/")
