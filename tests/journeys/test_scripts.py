"""A page's script: what it is told where a person would be redirected, and what it may know of the session."""

from __future__ import annotations

import json
import time
from datetime import datetime, timezone

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.journeys.conftest import signed_in

SCRIPT = {"HTTP_SEC_FETCH_MODE": "cors", "HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_ACCEPT": "*/*"}
# Over plain http, where browsers send no `Sec-Fetch-Mode`.
OLD_SCRIPT = {"HTTP_ACCEPT": "*/*"}
JQUERY = {"HTTP_X_REQUESTED_WITH": "XMLHttpRequest", "HTTP_ACCEPT": "text/html, */*; q=0.01"}
PAGE = {"HTTP_REFERER": "http://testserver/beers/?page=2"}
TO_PAGE = "/oidc/login/?next=%2Fbeers%2F%3Fpage%3D2"


def fetch(browser, path, kind=SCRIPT, **more):
    return browser.get(path, follow=True, **{**kind, **PAGE, **more})


@pytest.mark.parametrize("kind", [SCRIPT, OLD_SCRIPT, JQUERY], ids=["fetch", "over http", "jquery"])
@pytest.mark.parametrize("path", ["/members/", "/brewers/", "/staff/", "/admin/beers/beer/", "/oidc/login/"])
def test_a_script_that_a_view_sends_to_the_login_is_told_in_json(browser, path, kind):
    """Django's decorators redirect to our login, and the admin to its own: the script has followed."""
    answer = fetch(browser, path, kind)
    assert answer.status_code == 401
    assert answer.json()["error"] == "login_required"
    assert answer.json()["login_url"] == TO_PAGE
    assert "no-store" in answer["Cache-Control"]
    assert all(address.startswith("/") for address, _ in answer.redirect_chain)


def test_it_keeps_no_login_under_way(browser):
    """A page with many scripts would push the tabs' own logins out."""
    fetch(browser, "/members/")
    assert not [name for name in browser.cookies if name.startswith("relyant-")]


def test_without_a_page_it_is_not_the_scripts_own_address(browser):
    answer = browser.get("/members/", follow=True, **SCRIPT)
    assert answer.json()["login_url"] == "/oidc/login/"
    answer = browser.get("/admin/", follow=True, **SCRIPT)
    assert answer.json()["login_url"] == "/oidc/login/?next=%2Fadmin%2F"


def test_the_named_provider_stays_named(browser):
    answer = fetch(browser, "/oidc/login/?provider=keycloak&next=/api/")
    assert answer.json()["login_url"] == f"{TO_PAGE}&provider=keycloak"


def test_who_is_signed_in_and_lacks_a_right_is_sent_nowhere(browser, relyant_provider):
    """Another sign-in would lead in a circle."""
    relyant_provider.sign_in(browser, "carol")
    answer = fetch(browser, "/brewers/")
    assert (answer.status_code, answer.json()["error"]) == (403, "permission_denied")
    assert "login_url" not in answer.json()


def test_who_is_not_staff_is_told_so(browser, relyant_provider):
    relyant_provider.sign_in(browser, "carol")
    answer = fetch(browser, "/admin/")
    assert answer.status_code == 403
    assert answer.json()["error"] == "decision.not_staff"
    assert set(answer.json()) == {"error", "detail", "reference"}


def test_a_refusal_is_told_in_json(browser):
    answer = fetch(browser, "/oidc/callback/keycloak/?state=x&code=y")
    assert (answer.status_code, answer.json()["error"]) == (400, "transaction.not_found")


def test_a_script_signs_nobody_out(browser, relyant_provider):
    """The way leads by the provider, where no script gets to: it is told so, and nothing is half done."""
    relyant_provider.sign_in(browser, "carol")
    answer = browser.post("/oidc/logout/", **SCRIPT)
    assert (answer.status_code, answer.json()["error"]) == (400, "form_needed")
    assert signed_in(browser) == "carol"
    page = {"HTTP_SEC_FETCH_MODE": "navigate"}
    assert browser.post("/oidc/logout/", **page)["Location"].startswith(relyant_provider.issuer)


def test_a_person_is_redirected_as_ever(browser):
    page = {"HTTP_SEC_FETCH_MODE": "navigate", "HTTP_ACCEPT": "text/html"}
    assert browser.get("/members/", **page)["Location"] == "/oidc/login/?next=/members/"
    assert browser.get("/admin/login/", **page)["Location"] == "/oidc/login/?next=%2Fadmin%2F"


# The session, for front ends.


def session(browser, **headers):
    answer = browser.get("/oidc/session/", **{**SCRIPT, **PAGE, **headers})
    return answer, json.loads(answer.content)


def test_nobody_is_told_where_to_sign_in(browser):
    answer, told = session(browser)
    assert answer.status_code == 200
    token = told.pop("csrf_token")
    assert told == {
        "authenticated": False,
        "user": None,
        "provider": None,
        "signed_in_at": None,
        "expires_at": None,
        "login_url": TO_PAGE,
        "logout_url": "/oidc/logout/",
    }
    assert len(token) == 64


def test_who_is_signed_in_and_until_when(browser, relyant_provider, settings):
    relyant_provider.sign_in(browser, "carol")
    _, told = session(browser)
    assert told["authenticated"] is True
    assert told["user"] == {"username": "carol", "name": User.objects.get().get_full_name()}
    assert told["provider"] == {"name": "keycloak", "label": "Keycloak"}
    since, until = (datetime.fromisoformat(told[name]) for name in ("signed_in_at", "expires_at"))
    assert since.tzinfo == timezone.utc
    assert abs((until - since).total_seconds() - settings.SESSION_COOKIE_AGE) <= 5


@pytest.mark.parametrize("always", [False, True])
def test_the_nearer_end_counts(browser, relyant_provider, settings, always):
    settings.SESSION_SAVE_EVERY_REQUEST = always
    settings.RELYANT = {**settings.RELYANT, "SESSION_MAX_AGE": 4000}
    relyant_provider.sign_in(browser, "carol")
    _, told = session(browser)
    since, until = (datetime.fromisoformat(told[name]) for name in ("signed_in_at", "expires_at"))
    assert (until - since).total_seconds() == 4000


def test_a_local_session_ends_when_django_says_so_where_each_page_saves_it(browser, settings):
    settings.SESSION_SAVE_EVERY_REQUEST = True
    browser.force_login(User.objects.create_user("local"))
    _, told = session(browser)
    left = datetime.fromisoformat(told["expires_at"]) - datetime.now(timezone.utc)
    assert abs(left.total_seconds() - settings.SESSION_COOKIE_AGE) <= 60


def test_a_local_session_has_no_provider(browser, settings):
    browser.force_login(User.objects.create_user("local"), "django.contrib.auth.backends.ModelBackend")
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
    _, told = session(browser)
    assert (told["authenticated"], told["provider"], told["signed_in_at"]) == (True, None, None)
    assert told["user"] == {"username": "local", "name": ""}


def test_nothing_private_is_in_it(browser, relyant_provider):
    relyant_provider.sign_in(browser, "carol")
    answer, told = session(browser)
    words = answer.content.decode()
    assert set(told["user"]) == {"username", "name"}
    assert "@" not in words and "customers" not in words
    assert browser.session.session_key not in words


def test_its_headers_let_no_other_origin_read_it(browser):
    answer, _ = session(browser)
    assert "no-store" in answer["Cache-Control"] and "private" in answer["Cache-Control"]
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_is_told_nothing(browser, relyant_provider, site):
    relyant_provider.sign_in(browser, "carol")
    answer, told = session(browser, HTTP_SEC_FETCH_SITE=site)
    assert (answer.status_code, told) == (403, {"error": "another_site"})


@pytest.mark.parametrize("method", ["post", "put", "delete", "options", "head"])
def test_it_is_for_reading_alone(browser, method):
    assert getattr(browser, method)("/oidc/session/").status_code == 405


@pytest.mark.parametrize("in_session", [False, True])
def test_a_front_end_can_post_by_what_it_got(db, settings, in_session):
    settings.CSRF_USE_SESSIONS = in_session
    browser = Client(enforce_csrf_checks=True)
    _, told = session(browser)
    assert ("csrftoken" in browser.cookies) is not in_session
    assert browser.post("/oidc/logout/").status_code == 403
    posted = browser.post("/oidc/logout/", HTTP_X_CSRFTOKEN=told["csrf_token"])
    assert posted.status_code == 303
    if not in_session:
        cookie = browser.cookies["csrftoken"].value
        assert browser.post("/oidc/logout/", HTTP_X_CSRFTOKEN=cookie).status_code == 303


def test_a_session_whose_provider_says_no_ends_by_it(browser, relyant_provider, monkeypatch):
    """The script is told once that it has ended, and then that nobody is signed in."""
    relyant_provider.sign_in(browser, "carol")
    relyant_provider.misbehave("token-invalid-grant")
    later = time.time() + 3600
    monkeypatch.setattr("time.time", lambda: later)
    answer, told = session(browser)
    assert (answer.status_code, told["error"], told["login_url"]) == (401, "session_ended", TO_PAGE)
    _, told = session(browser)
    assert told["authenticated"] is False
    assert signed_in(browser) is None
