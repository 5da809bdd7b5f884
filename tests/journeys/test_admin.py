"""The admin's door: redirect, no circle, a way in for local superusers, several sites, and its logout."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, quote, urlsplit

import django
import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.journeys.conftest import signed_in

SITES = ["/admin/", "/brewery/office/", "/wrapped/", "/followed/"]


@pytest.mark.parametrize("site_path", SITES)
def test_the_admins_login_leads_to_the_provider_and_back(browser, relyant_provider, site_path):
    login = browser.get(site_path)
    assert login["Location"] == f"{site_path}login/?next={site_path}"
    ours = browser.get(login["Location"])
    assert ours.status_code == 302
    assert ours["Location"] == "/oidc/login/?next=" + site_path.replace("/", "%2F")
    request = browser.get(ours["Location"])["Location"]
    answer = browser.get(relyant_provider.callback(request, "adam"))
    assert answer["Location"] == site_path
    assert browser.get(site_path).status_code == 200


@pytest.mark.parametrize("site_path", SITES)
def test_without_next_a_login_leads_to_its_own_admin(browser, site_path):
    asked = browser.get(f"{site_path}login/")
    assert asked["Location"] == "/oidc/login/?next=" + site_path.replace("/", "%2F")


def test_a_next_that_leads_away_becomes_the_admins_index(browser):
    asked = browser.get("/admin/login/", {"next": "//evil.example/"})
    assert asked["Location"] == "/oidc/login/?next=%2Fadmin%2F"


def test_a_deep_page_of_the_admin_is_found_again(browser, relyant_provider):
    response = browser.get("/admin/auth/user/?q=carol", follow=False)
    ours = browser.get(response["Location"])
    assert ours["Location"] == "/oidc/login/?next=%2Fadmin%2Fauth%2Fuser%2F%3Fq%3Dcarol"


def test_signed_in_but_not_staff_is_a_page_and_no_circle(browser, relyant_provider):
    relyant_provider.sign_in(browser, "carol")
    response = browser.get("/admin/", follow=True)
    assert response.status_code == 403
    assert len(response.redirect_chain) == 1
    text = response.content.decode()
    for words in (
        "carol",
        "decision.not_staff",
        "<code>customers</code>",
        "<code>creators</code>",
        "<code>admins</code>",
    ):
        assert words in text
    assert '<form class="actions" method="post" action="/oidc/logout/">' in text
    assert "no-store" in response["Cache-Control"]


def test_the_log_says_what_would_make_her_staff(browser, relyant_provider, caplog):
    relyant_provider.sign_in(browser, "carol")
    assert browser.get("/admin/login/").status_code == 403
    assert "staff is whoever has any of the roles `creators`, `admins`" in caplog.text


def test_staff_views_outside_the_admin_are_no_circle_either(browser, relyant_provider):
    relyant_provider.sign_in(browser, "carol")
    response = browser.get("/staff/", follow=True)
    assert response.status_code == 403 and "decision.not_staff" in response.content.decode()


def test_a_local_user_who_is_not_staff_gets_the_page_too(browser):
    browser.force_login(User.objects.create_user("luke", password="luke"))
    response = browser.get("/admin/", follow=True)
    assert response.status_code == 403 and "luke" in response.content.decode()


def test_staff_by_the_provider_may_enter(browser, relyant_provider):
    relyant_provider.sign_in(browser, "chris", next="/admin/")
    assert browser.get("/admin/").status_code == 200
    assert browser.get("/admin/login/")["Location"] == "/admin/"


@pytest.mark.parametrize("site_path", SITES)
def test_local_superusers_keep_a_way_in(browser, relyant_provider, site_path):
    User.objects.create_superuser("root", password="break-glass")
    form = browser.get(f"{site_path}login/?local=1&next={site_path}auth/")
    assert form.status_code == 200
    text = form.content.decode()
    assert 'name="password"' in text and f'name="next" value="{site_path}auth/"' in text
    answer = browser.post(
        f"{site_path}login/?local=1&next={site_path}auth/",
        {"username": "root", "password": "break-glass", "next": f"{site_path}auth/"},
    )
    assert (answer.status_code, answer["Location"]) == (302, f"{site_path}auth/")
    assert signed_in(browser) == "root"


def test_the_local_form_shows_what_was_wrong(browser):
    answer = browser.post("/admin/login/?local=1", {"username": "root", "password": "wrong"})
    assert answer.status_code == 200 and "errornote" in answer.content.decode()


def test_admin_login_off_leaves_the_admin_alone(browser, settings):
    settings.RELYANT = {**settings.RELYANT, "ADMIN_LOGIN": "off"}
    assert 'name="password"' in browser.get("/admin/login/").content.decode()


def test_an_app_that_only_calls_itself_admin_is_left_alone(browser):
    assert browser.get("/impostor/login/").content == b"hello stranger"


@pytest.mark.parametrize("site_path", SITES)
def test_the_admins_logout_leaves_the_provider_too(browser, relyant_provider, site_path):
    relyant_provider.sign_in(browser, "adam")
    response = browser.post(f"{site_path}logout/")
    assert response.status_code == 303
    assert response["Location"].startswith(relyant_provider.issuer)
    assert "id_token_hint=eyJ" in response["Location"]
    assert signed_in(browser) is None


@pytest.mark.parametrize("site_path", SITES)
def test_after_the_admins_logout_the_way_in_leads_to_that_admin(browser, relyant_provider, site_path):
    relyant_provider.sign_in(browser, "adam")
    state = parse_qs(urlsplit(browser.post(f"{site_path}logout/")["Location"]).query)["state"][0]
    page = browser.get("/oidc/logged-out/", {"state": state}).content.decode()
    assert "You are signed out" in page
    assert f'href="/oidc/login/?next={quote(site_path, safe="")}">Sign in again' in page
    assert browser.cookies[f"relyant-{state[:16]}"].value == ""
    # Another logout's end, or none's, leads to the usual place.
    assert 'href="/oidc/login/">Sign in again' in browser.get("/oidc/logged-out/").content.decode()


@pytest.mark.parametrize(
    ("asked", "leads_to"), [(None, "/brewery/office/"), ("https://evil.example/", ""), ("//evil.example", "")]
)
def test_who_signs_out_from_the_not_staff_page_signs_in_again_to_that_admin(
    browser, relyant_provider, asked, leads_to
):
    relyant_provider.sign_in(browser, "carol")
    page = browser.get("/brewery/office/", follow=True).content.decode()
    (offered,) = re.findall(r'name="sign_in_next" value="([^"]+)"', page)
    left = browser.post("/oidc/logout/", {"sign_in_next": asked or offered})
    state = parse_qs(urlsplit(left["Location"]).query)["state"][0]
    page = browser.get("/oidc/logged-out/", {"state": state}).content.decode()
    query = f"?next={quote(leads_to, safe='')}" if leads_to else ""
    assert f'href="/oidc/login/{query}">Sign in again' in page


def test_so_it_does_where_the_provider_could_not_be_told(browser, relyant_provider, settings):
    relyant_provider.sign_in(browser, "adam")
    settings.RELYANT = {**settings.RELYANT}
    relyant_provider.misbehave("down")
    page = browser.post("/brewery/office/logout/").content.decode()
    assert 'href="/oidc/login/?next=%2Fbrewery%2Foffice%2F">Sign in again' in page


def test_logout_redirect_url_is_where_the_admins_logout_ends(browser, relyant_provider, settings):
    settings.LOGOUT_REDIRECT_URL = "/beers/?bye"
    relyant_provider.sign_in(browser, "adam")
    state = parse_qs(urlsplit(browser.post("/admin/logout/")["Location"]).query)["state"][0]
    assert browser.get("/oidc/logged-out/", {"state": state})["Location"] == "/beers/?bye"


@pytest.mark.parametrize("site_path", SITES[:2])
def test_the_admins_logout_by_get(browser, relyant_provider, site_path):
    """LO-11: by GET only where that version's own admin takes it; where it refuses, the visitor is asked."""
    relyant_provider.sign_in(browser, "adam")
    response = browser.get(f"{site_path}logout/")
    if django.VERSION < (5, 0):
        assert response["Location"].startswith(relyant_provider.issuer)
        return
    text = response.content.decode()
    assert response.status_code == 200 and "Sign out?" in text and signed_in(browser) == "adam"
    assert '<form class="actions" method="post" action="/oidc/logout/">' in text
    assert f'<input type="hidden" name="sign_in_next" value="{site_path}">' in text
    assert browser.head(f"{site_path}logout/").status_code == 405


def test_a_local_superuser_gets_the_admins_own_logout(browser):
    browser.force_login(User.objects.create_superuser("root", password="x"))
    response = browser.post("/admin/logout/")
    assert response.status_code == 200 and signed_in(browser) is None


def test_the_admins_logout_is_safe_from_other_sites(browser, relyant_provider):
    """LO-11: the admin's logout keeps Django's CSRF check."""
    strict = Client(enforce_csrf_checks=True)
    relyant_provider.sign_in(strict, "adam")
    assert strict.post("/admin/logout/").status_code == 403
    assert signed_in(strict) == "adam"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("site_path", ["/admin/", "/brewery/office/"])
def test_while_the_provider_is_away_the_page_leads_to_the_admins_own_form(
    browser, relyant_provider, site, site_path, when
):
    relyant_provider.misbehave("error-500@metadata" if when == "before" else "error-500@token")
    wanted = f"{site_path}auth/?q=1"

    def link(wanted):
        answer = browser.get("/oidc/login/", {"next": wanted})
        if answer.status_code == 302:
            answer = browser.get(relyant_provider.callback(answer["Location"], "carol"))
        assert answer.status_code == 503
        found = re.search(
            r'<a href="([^"]+)">Sign in with a password of this site</a>', answer.content.decode()
        )
        return unescape(found[1]) if found else None

    assert link(wanted) == f"{site_path}login/?local=1&next=" + wanted.replace("/", "%2F").replace(
        "?q=1", "%3Fq%3D1"
    )
    form = browser.get(link(wanted))
    assert form.status_code == 200 and 'type="password"' in form.content.decode()
    assert link("/beers/") is link("/impostor/") is None
    site.RELYANT = {**site.RELYANT, "PASSWORD_LOGIN": False}
    assert link(wanted) is None


def test_whom_the_policy_refuses_is_led_to_no_form(browser, relyant_provider):
    answer = relyant_provider.sign_in(browser, "nora", next="/admin/")
    assert answer.status_code == 403 and "with a password" not in answer.content.decode()
