"""What a site may ask of a sign-in, at a real Keycloak: by a form, pushed, fresh, with a second factor."""

from __future__ import annotations

import json
import time
from urllib.parse import parse_qs, urlsplit

from tests.keycloak.second_factor import PERSON, one_time_code

PAGE = "how-to/second-factor.md"


def asked(page):
    """The authorization request on the way to a page."""
    (request,) = [url for url in page.trail if "/protocol/openid-connect/auth" in url]
    return parse_qs(urlsplit(request).query)


def post_back(visitor, page):
    """Send Keycloak's form on, as its script does."""
    return visitor.browser.submit(page.form(to="/oidc/callback/keycloak/"))


# AR-15, AR-19
def test_a_login_is_pushed_and_answered_by_a_form(site, visit, knobs):
    website = site(RESPONSE_MODE="form_post")
    knobs.turn(attributes={"require.pushed.authorization.requests": "true"})
    visitor = visit(website)
    page = visitor.open("/admin/")
    assert set(asked(page)) == {"client_id", "request_uri"}
    answer = post_back(visitor, visitor.sign_in("carol", page))
    assert (answer.status, answer.url) == (200, f"{website.base_url}/admin/")
    assert not [url for url in answer.trail if "code=" in url]


def test_a_sign_in_is_asked_for_each_time(site, visit):
    website = site(PROMPT="login")
    visitor = visit(website)
    visitor.open_as("carol", "/admin/")
    again = reopen(visitor)
    assert visitor.browser.submit(again.form(having="password"), password="carol").status == 200


# AR-18
def test_a_sign_in_that_is_too_old_is_asked_for_again(site, visit):
    website = site(MAX_AGE=1)
    visitor = visit(website)
    visitor.open_as("carol", "/admin/")
    # Keycloak counts whole seconds: until one has passed it lets her in as she is.
    deadline = time.monotonic() + 30
    while (page := reopen(visitor)).url.startswith(website.base_url):
        assert time.monotonic() < deadline
    assert visitor.browser.submit(page.form(having="password"), password="carol").status == 200


def reopen(visitor):
    """Open the admin without a cookie of the site; Keycloak's own have the realm's path."""
    visitor.browser.cookies.clear("127.0.0.1", "/")
    return visitor.open("/admin/")


# AR-18
def test_a_second_factor_is_asked_for_and_shown(site, visit, second_factor):
    website = site(ACR_VALUES=["gold"])
    visitor = visit(website)
    page = visitor.open_as(PERSON, "/admin/")
    answer = visitor.browser.submit(page.form(having="otp"), otp=one_time_code())
    assert (answer.status, answer.url) == (200, f"{website.base_url}/admin/")


# AR-18
def test_who_struck_the_second_factor_out_is_refused_and_asked_for_it(site, visit, second_factor):
    website = site(ACR_VALUES=["gold"])
    second_factor.turn(attributes={"require.pushed.authorization.requests": "false"})
    visitor = visit(website)
    # As if the visitor had taken the parameter away: Keycloak is told that nobody maps it.
    second_factor.turn(attributes={"acr.loa.map": json.dumps({"silver": "1"})})
    refused = visitor.open_as(PERSON, "/admin/")
    assert refused.status == 403 and "invalid_token.acr_mismatch" in refused.text
    second_factor.turn(attributes={"acr.loa.map": json.dumps({"silver": "1", "gold": "2"})})
    again = visitor.browser.get(refused.link("Sign in again"))
    assert again.form(having="password")
    page = visitor.browser.submit(again.form(having="password"), password=PERSON)
    answer = visitor.browser.submit(page.form(having="otp"), otp=one_time_code())
    assert (answer.status, answer.url) == (200, f"{website.base_url}/admin/")
