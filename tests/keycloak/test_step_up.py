"""A page asks for a fresh or a stronger sign-in, at a real Keycloak."""

from __future__ import annotations

import time

from tests.keycloak.second_factor import PERSON, one_time_code

PATIENCE_SECONDS = 90
GOLD = {"ACR_VALUES": ["gold"]}


def requests(page):
    """The authorization requests on the way to a page. They are pushed: the addresses say nothing more."""
    return [url for url in page.trail if "/protocol/openid-connect/auth" in url]


# SE-08
def test_the_admin_asks_for_the_second_factor_alone(site, visit, second_factor):
    """She is known by her password already: Keycloak asks for the code, and not for the password again."""
    website = site(relyant={"STEP_UP": {"admin:*": GOLD}})
    visitor = visit(website)
    page = visitor.open_as(PERSON, "/oidc/login/?next=/")
    assert page.url == f"{website.base_url}/"
    page = visitor.open("/admin/beers/beer/")
    assert not [form for form in page.forms if "password" in form.fields]
    answer = visitor.browser.submit(page.form(having="otp"), otp=one_time_code())
    assert (answer.status, answer.url) == (200, f"{website.base_url}/admin/beers/beer/")
    assert visitor.open("/admin/").url == f"{website.base_url}/admin/"


# SE-08
def test_who_has_no_such_level_meets_one_page(site, visit):
    """A fresh realm says `1` after a sign-in and `0` where its session spared one, whatever it is asked."""
    website = site(relyant={"STEP_UP": {"admin:*": GOLD}})
    visitor = visit(website)
    visitor.open_as("carol", "/oidc/login/?next=/")
    page = visitor.open("/admin/")
    if not page.url.startswith(website.base_url):
        page = visitor.browser.submit(page.form(having="password"), password="carol")
    assert page.status == 403 and "invalid_token.acr_mismatch" in page.text
    assert "Carol Cask" in visitor.open("/").text


def test_the_level_of_a_fresh_realm_counts_as_any_other(site, visit):
    """Keycloak says `1` after a sign-in: nothing has to be asked for."""
    website = site(relyant={"STEP_UP": {"admin:*": {"ACR_VALUES": ["1"]}}})
    visitor = visit(website)
    visitor.open_as("carol", "/oidc/login/?next=/")
    page = visitor.open("/admin/")
    assert (page.status, page.url, requests(page)) == (200, f"{website.base_url}/admin/", [])


def test_a_level_below_what_she_has_is_another_level(site, visit):
    """It says `0` where a session of its own spared the sign-in; asked for that, it asks for the password.

    And says `1` then: a class that nobody can be asked to sign in with is none to demand.
    """
    website = site(relyant={"STEP_UP": {"admin:*": {"ACR_VALUES": ["0"]}}})
    visitor = visit(website)
    visitor.open_as("carol", "/oidc/login/?next=/")
    page = visitor.open("/admin/")
    assert len(requests(page)) == 1
    page = visitor.browser.submit(page.form(having="password"), password="carol")
    assert page.status == 403 and "invalid_token.acr_mismatch" in page.text


# AR-18
def test_an_old_sign_in_is_made_anew(site, visit):
    """The way back forgives a minute: until that has passed, the page counts her sign-in as fresh."""
    website = site(relyant={"STEP_UP": {"admin:*": {"MAX_AGE": 0}}})
    visitor = visit(website)
    visitor.open_as("carol", "/oidc/login/?next=/")
    assert visitor.open("/admin/").url == f"{website.base_url}/admin/"
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (page := visitor.open("/admin/")).url.startswith(website.base_url):
        assert time.monotonic() < deadline
        time.sleep(1)
    page = visitor.browser.submit(page.form(having="password"), password="carol")
    assert (page.status, page.url) == (200, f"{website.base_url}/admin/")


# AR-18
def test_somebody_else_who_signs_in_there_gets_no_session(site, visit, second_factor, set_roles):
    website = site(relyant={"STEP_UP": {"admin:*": GOLD}})
    visitor = visit(website)
    visitor.open_as("carol", "/oidc/login/?next=/")
    # Carol's session at Keycloak is gone, and Otto sits down at her browser.
    visitor.browser.cookies.clear("127.0.0.1", f"/realms/{second_factor._ask('GET', '/brewery')['realm']}/")
    page = visitor.sign_in(PERSON, visitor.open("/admin/"))
    refused = visitor.browser.submit(page.form(having="otp"), otp=one_time_code())
    assert refused.status == 400 and "transaction.other_identity" in refused.text
    assert "Carol Cask" in visitor.open("/").text
