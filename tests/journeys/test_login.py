"""The way in: people, tabs, the back button, and where a login leads."""

from __future__ import annotations

import dataclasses
import logging
import re
from urllib.parse import parse_qs, urlsplit

import django
import pytest
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import OperationalError, connection
from django.http import Http404
from django.test import Client

from relyant import _core, conf, registry, signals
from relyant.errors import Refusal
from tests.journeys.conftest import misbehave, signed_in


def begin(browser, next_url="/members/", **extra) -> str:
    """The authorization request that a new tab is sent to."""
    response = browser.get("/oidc/login/", {"next": next_url}, **extra)
    assert response.status_code == 302
    return response["Location"]


@pytest.mark.parametrize(
    ("person", "groups", "staff", "superuser"),
    [
        ("carol", ["customers"], False, False),
        ("chris", ["creators"], True, False),
        ("adam", [], True, True),
    ],
)
def test_people_come_in_with_their_rights(browser, relyant_provider, person, groups, staff, superuser):
    response = relyant_provider.sign_in(browser, person, next="/members/")
    assert (response.status_code, response["Location"]) == (302, "/members/")
    assert browser.get("/members/").content.decode() == f"hello {person}"
    user = User.objects.get(username=person)
    assert [group.name for group in user.groups.all()] == groups
    assert (user.is_staff, user.is_superuser) == (staff, superuser)
    assert not user.has_usable_password()


def test_nora_is_told_why_she_may_not_come_in(browser, relyant_provider, caplog):
    response = relyant_provider.sign_in(browser, "nora", next="/members/")
    text = response.content.decode()
    assert response.status_code == 403
    assert "decision.not_allowed" in text
    for role in ("customers", "creators", "admins"):
        assert f"<code>{role}</code>" in text
    assert 'href="/oidc/login/?next=%2Fmembers%2F&amp;provider=keycloak"' in text
    assert "/protocol/openid-connect/logout?" in text and "id_token_hint" not in text
    assert signed_in(browser) is None
    assert not User.objects.filter(username="nora").exists()


def test_a_reference_joins_the_page_to_the_log_line(browser, relyant_provider, caplog):
    with caplog.at_level(logging.INFO, "relyant"):
        page = relyant_provider.sign_in(browser, "nora").content.decode()
    reference = re.search(r"<dt>Reference</dt> <dd><code>(\w{8})</code>", page).group(1)
    (line,) = [record.getMessage() for record in caplog.records if "refused" in record.getMessage()]
    assert "decision.not_allowed" in line and reference in line and "keycloak" in line


def test_a_guarded_page_leads_through_the_login_and_back(browser, relyant_provider):
    asked = browser.get("/members/?page=2")
    assert asked["Location"] == "/oidc/login/?next=/members/%3Fpage%3D2"
    request = browser.get(asked["Location"])["Location"]
    answer = browser.get(relyant_provider.callback(request, "carol"))
    assert answer["Location"] == "/members/?page=2"


def test_the_authorization_request_is_complete(browser, relyant_provider):
    query = parse_qs(urlsplit(begin(browser)).query)
    assert query["redirect_uri"] == ["http://testserver/oidc/callback/keycloak/"]
    assert query["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= set(query)
    assert query["scope"][0].startswith("openid")


def test_signed_in_visitors_go_straight_on(browser, relyant_provider):
    relyant_provider.sign_in(browser, "carol")
    response = browser.get("/oidc/login/", {"next": "/members/"})
    assert (response.status_code, response["Location"]) == (302, "/members/")


def test_a_page_that_a_visitor_may_not_see_is_no_circle(browser, relyant_provider):
    relyant_provider.sign_in(browser, "carol")
    address, steps = "/brewers/", 0
    while (response := browser.get(address)).status_code == 302:
        address, steps = response["Location"], steps + 1
        assert steps < 5
    assert response.status_code == 403
    assert "carol" in response.content.decode() and 'href="/brewers/"' in response.content.decode()


def test_two_tabs_keep_their_own_way(browser, relyant_provider):
    first, second = begin(browser, "/members/?tab=1"), begin(browser, "/members/?tab=2")
    answer = browser.get(relyant_provider.callback(second, "carol"))
    assert answer["Location"] == "/members/?tab=2"
    answer = browser.get(relyant_provider.callback(first, "carol"))
    assert answer["Location"] == "/members/?tab=1"


def test_the_other_tab_may_bring_another_person(browser, relyant_provider):
    first, second = begin(browser), begin(browser)
    browser.get(relyant_provider.callback(first, "carol"))
    browser.session["planted"] = "by carol"
    browser.get(relyant_provider.callback(second, "chris"))
    assert signed_in(browser) == "chris"
    assert "planted" not in browser.session


def test_a_refused_tab_leaves_the_other_persons_session(browser, relyant_provider):
    first, second = begin(browser), begin(browser)
    browser.get(relyant_provider.callback(first, "carol"))
    assert browser.get(relyant_provider.callback(second, "nora")).status_code == 403
    assert signed_in(browser) == "carol"


def test_the_back_button_goes_to_where_the_login_went(browser, relyant_provider):
    callback = relyant_provider.callback(begin(browser), "carol")
    browser.get(callback)
    before = relyant_provider.requests()["token"]
    replayed = browser.get(callback)
    assert (replayed.status_code, replayed["Location"]) == (302, "/members/")
    assert relyant_provider.requests()["token"] == before


def test_a_callback_that_is_replayed_after_the_logout_starts_again(browser, relyant_provider):
    callback = relyant_provider.callback(begin(browser), "carol")
    browser.get(callback)
    browser.post("/oidc/logout/")
    replayed = browser.get(callback)
    assert replayed.status_code == 400
    assert "/oidc/login/?next=%2Fmembers%2F" in replayed.content.decode()
    assert signed_in(browser) is None


def test_a_callback_that_was_refused_leads_nowhere_the_second_time(browser, relyant_provider):
    callback = relyant_provider.callback(begin(browser), "nora")
    assert browser.get(callback).status_code == 403
    before = relyant_provider.requests()["token"]
    assert browser.get(callback).status_code == 400
    assert relyant_provider.requests()["token"] == before


def test_a_provider_that_recovers_takes_the_same_callback(browser, relyant_provider):
    callback = relyant_provider.callback(begin(browser), "carol")
    relyant_provider.misbehave("down@token")
    assert browser.get(callback).status_code == 503
    relyant_provider.misbehave()
    assert browser.get(callback)["Location"] == "/members/"


def test_signals_tell_of_logins_and_refusals(browser, relyant_provider):
    heard = []

    def hear(sender, **told):
        heard.append({**told, "sender": sender})

    for signal in (signals.login_completed, signals.login_refused):
        signal.connect(hear)
    try:
        relyant_provider.sign_in(browser, "carol")
        relyant_provider.sign_in(Client(), "nora")
    finally:
        for signal in (signals.login_completed, signals.login_refused):
            signal.disconnect(hear)
    completed, refused = heard
    assert (completed["sender"], refused["sender"]) == (User, Refusal)
    assert completed["user"].get_username() == "carol" and completed["provider"] == "keycloak"
    assert completed["provisioned"].created and completed["decision"].allowed
    assert completed["identity"].issuer == relyant_provider.issuer
    assert refused["refusal"].code == "decision.not_allowed" and refused["provider"] == "keycloak"


def test_a_receiver_may_refuse_a_login(browser, relyant_provider, caplog):
    def refuse(sender, **_):
        raise Refusal("account.inactive", "the project says no")

    signals.login_completed.connect(refuse)
    try:
        with caplog.at_level(logging.INFO, "relyant"):
            response = relyant_provider.sign_in(browser, "carol")
    finally:
        signals.login_completed.disconnect(refuse)
    assert response.status_code == 403 and "account.inactive" in response.content.decode()
    assert signed_in(browser) is None
    assert "signed in" not in caplog.text


@pytest.mark.parametrize("error", [PermissionDenied, Http404, BadRequest, SuspiciousOperation])
@pytest.mark.parametrize("signal", [signals.login_completed, user_logged_in])
def test_a_receiver_that_denies_by_djangos_own_means_lets_nobody_in(browser, relyant_provider, signal, error):
    def deny(sender, **_):
        raise error

    signal.connect(deny)
    try:
        response = relyant_provider.sign_in(browser, "adam")
    finally:
        signal.disconnect(deny)
    assert response.status_code in (400, 403, 404)
    assert signed_in(browser) is None


def test_a_login_is_logged_once_it_stands(browser, relyant_provider, caplog):
    with caplog.at_level(logging.INFO, "relyant"):
        relyant_provider.sign_in(browser, "carol")
    lines = [record.getMessage() for record in caplog.records if "signed in" in record.getMessage()]
    assert lines == [f"signed in: user {User.objects.get().pk}, provider keycloak"]


def test_a_receiver_that_fails_costs_nobody_the_page(browser, relyant_provider, caplog):
    def fail(sender, **_):
        raise RuntimeError("the project's own error")

    signals.login_refused.connect(fail)
    try:
        response = relyant_provider.sign_in(browser, "nora")
    finally:
        signals.login_refused.disconnect(fail)
    assert response.status_code == 403 and "decision.not_allowed" in response.content.decode()
    (line,) = [
        record for record in caplog.records if record.name == "relyant" and record.levelname == "ERROR"
    ]
    assert "fail" in line.getMessage() and str(line.exc_info[1]) == "the project's own error"


def test_odd_claims_are_logged(browser, relyant_provider, caplog):
    relyant_provider.set_claims("carol", {"realm_access": "customers"})
    relyant_provider.sign_in(browser, "carol")
    (line,) = [one.getMessage() for one in caplog.records if "claims from provider" in one.getMessage()]
    assert "keycloak" in line and "realm_access" in line


MISSING = object()


def emails_said_to_be_unverified(caplog):
    return [one.getMessage() for one in caplog.records if "e-mail address of user" in one.getMessage()]


# ID-18
@pytest.mark.parametrize("verified", [MISSING, False, "true", 1, None])
def test_an_address_that_the_provider_does_not_vouch_for_is_kept_with_a_warning(
    browser, relyant_provider, caplog, verified
):
    claims = {"email": "carol@brewery.example", "email_verified": verified}
    claims = {name: value for name, value in claims.items() if value is not MISSING}
    relyant_provider.set_claims("carol", {"preferred_username": "carol", **claims})
    relyant_provider.sign_in(browser, "carol")
    user = User.objects.get(username="carol")
    assert user.email == "carol@brewery.example"
    (line,) = emails_said_to_be_unverified(caplog)
    assert f"user {user.pk} " in line and "keycloak" in line and "carol" not in line


def test_a_verified_address_is_no_cause_for_a_warning(browser, relyant_provider, caplog):
    claims = {"email": "carol@brewery.example", "email_verified": True}
    relyant_provider.set_claims("carol", {"preferred_username": "carol", **claims})
    relyant_provider.sign_in(browser, "carol")
    assert User.objects.get(username="carol").email and not emails_said_to_be_unverified(caplog)


@pytest.mark.parametrize("why", ["the policy maps none", "none came"])
def test_where_no_address_is_filled_there_is_no_warning(browser, relyant_provider, settings, caplog, why):
    if why == "none came":
        relyant_provider.set_claims("carol", {"preferred_username": "carol"})
    else:
        one = settings.RELYANT["PROVIDERS"]["keycloak"]
        policy = {**one["POLICY"], "USER": {"username": "preferred_username"}}
        settings.RELYANT = {**settings.RELYANT, "PROVIDERS": {"keycloak": {**one, "POLICY": policy}}}
    relyant_provider.sign_in(browser, "carol")
    assert User.objects.get(username="carol").email == "" and not emails_said_to_be_unverified(caplog)


def test_a_site_without_our_backend_is_told_so(browser, relyant_provider, settings, caplog):
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
    response = relyant_provider.sign_in(browser, "carol")
    assert response.status_code == 503
    assert "<code>configuration.settings</code>" in response.content.decode()
    assert "no authentication backend accepted the identity" in caplog.text
    assert signed_in(browser) is None and not User.objects.exists()


class Forgetful:
    """A relying party whose provider goes away between the login and the question where it ends sessions."""

    def __init__(self, relying_party):
        self.complete_login = relying_party.complete_login

    def end_session_request(self, **_):
        raise _core.RelyantError("gone")


def test_a_refused_visitor_gets_her_page_without_the_providers_logout(browser, relyant_provider, monkeypatch):
    callback = relyant_provider.callback(begin(browser), "nora")
    real = registry.provider("keycloak")
    forgetful = dataclasses.replace(real, relying_party=Forgetful(real.relying_party))
    monkeypatch.setattr(registry, "provider", lambda name: forgetful)
    response = browser.get(callback)
    text = response.content.decode()
    assert response.status_code == 403 and "decision.not_allowed" in text
    assert "Start again" in text and "Use another account" not in text


def test_a_login_ends_where_the_setting_says(browser, relyant_provider):
    """It names a page of the site's own here; what Django sets itself, a site seldom has."""
    assert relyant_provider.sign_in(browser, "carol")["Location"] == "/beers/"


def test_a_login_ends_at_the_root_where_nothing_answers_at_djangos_own_place(
    browser, relyant_provider, settings
):
    settings.LOGIN_REDIRECT_URL = conf.DEFAULT_LOGIN_REDIRECT_URL
    answer = relyant_provider.sign_in(browser, "carol")
    assert answer["Location"] == "/"
    assert browser.get(answer["Location"]).status_code == 200


def test_djangos_own_place_is_respected_where_a_site_has_it(browser, relyant_provider, settings):
    settings.ROOT_URLCONF = "tests.journeys.site_with_profiles"
    settings.LOGIN_REDIRECT_URL = conf.DEFAULT_LOGIN_REDIRECT_URL
    answer = relyant_provider.sign_in(browser, "carol")
    assert answer["Location"] == "/accounts/profile/"


def test_a_setting_of_the_sites_own_is_respected_even_where_nothing_answers(
    browser, relyant_provider, settings
):
    settings.LOGIN_REDIRECT_URL = "/of-another-app/behind-the-same-proxy/"
    answer = relyant_provider.sign_in(browser, "carol")
    assert answer["Location"] == "/of-another-app/behind-the-same-proxy/"


def test_login_over_https_uses_host_cookies(browser, relyant_provider):
    request = begin(browser, secure=True)
    assert "redirect_uri=https%3A%2F%2Ftestserver" in request
    (name,) = [name for name in browser.cookies if "relyant" in name]
    cookie = browser.cookies[name]
    assert name.startswith("__Host-relyant-")
    assert (cookie["secure"], cookie["httponly"], cookie["path"], cookie["samesite"], cookie["domain"]) == (
        True,
        True,
        "/",
        "Lax",
        "",
    )
    answer = browser.get(relyant_provider.callback(request, "carol"), secure=True)
    assert answer["Location"] == "/members/"


def test_base_url_names_the_site(browser, relyant_provider, settings):
    settings.RELYANT = {**settings.RELYANT, "BASE_URL": "https://127.0.0.1:8443"}
    request = begin(browser)
    assert "redirect_uri=https%3A%2F%2F127.0.0.1%3A8443%2Foidc%2Fcallback%2Fkeycloak%2F" in request
    assert any(name.startswith("__Host-relyant-") for name in browser.cookies)


def test_strict_session_cookies_meet_a_page_that_goes_on(browser, relyant_provider, settings):
    """A browser withholds Strict cookies along a redirect chain that another site began, so there is a page between."""
    settings.SESSION_COOKIE_SAMESITE = "Strict"
    response = relyant_provider.sign_in(browser, "carol", next='/members/?q="><b>&x=1')
    assert response.status_code == 200
    assert browser.cookies["sessionid"]["samesite"] == "Strict"
    text = response.content.decode()
    assert '<meta http-equiv="refresh" content="0; url=/members/?q=%22%3E%3Cb%3E&amp;x=1">' in text
    assert "<script" not in text and "style=" not in text
    assert signed_in(browser) == "carol"


def test_strict_session_cookies_and_the_back_button(browser, relyant_provider, settings):
    """A replayed callback comes without the Strict cookie: the page after it finds out who is signed in."""
    settings.SESSION_COOKIE_SAMESITE = "Strict"
    callback = relyant_provider.callback(begin(browser), "carol")
    browser.get(callback)
    session = browser.cookies.pop("sessionid")
    replayed = browser.get(callback)
    assert replayed.status_code == 200 and "url=/members/" in replayed.content.decode()
    browser.cookies["sessionid"] = session
    assert signed_in(browser) == "carol"


def test_an_unknown_provider_is_refused(browser, relyant_provider):
    assert browser.get("/oidc/login/", {"provider": "evil"}).status_code == 400
    assert browser.get("/oidc/callback/evil/?state=a&code=b").status_code == 400


def test_a_visitor_may_choose_among_the_providers(browser, relyant_provider, settings):
    one = settings.RELYANT["PROVIDERS"]["keycloak"]
    settings.RELYANT = {**settings.RELYANT, "PROVIDERS": {"keycloak": one, "other": one}}
    request = browser.get("/oidc/login/", {"provider": "other", "next": "/members/"})["Location"]
    assert "%2Foidc%2Fcallback%2Fother%2F" in request
    assert browser.get(relyant_provider.callback(request, "carol"))["Location"] == "/members/"
    assert browser.session["relyant"]["provider"] == "other"


class Broken:
    """A database that fails at some statements."""

    def __init__(self, *words):
        self.words = words

    def __call__(self, execute, sql, params, many, context):
        if any(word in sql for word in self.words):
            raise OperationalError("the disk is full")
        return execute(sql, params, many, context)


@pytest.mark.parametrize("words", ["relyant_linkedidentity", "INSERT INTO", "last_login", "django_session"])
def test_a_database_that_fails_lets_nobody_in(browser, relyant_provider, words):
    """A clean page with 503, no session, and no second use of the code."""
    callback = relyant_provider.callback(begin(browser), "carol")
    with connection.execute_wrapper(Broken(words)):
        response = browser.get(callback)
    assert response.status_code == 503 and "unavailable.database" in response.content.decode()
    assert signed_in(browser) is None
    assert browser.get(callback).status_code == 400
    assert relyant_provider.requests()["token"] == 1


@pytest.mark.django_db(transaction=True)
def test_a_register_that_fails_lets_nobody_in(browser, relyant_provider):
    callback = relyant_provider.callback(begin(browser), "carol")
    with connection.execute_wrapper(Broken("relyant_usersession")):
        response = browser.get(callback)
    assert response.status_code == 503 and "unavailable.database" in response.content.decode()
    # Django 3.2 saves it with such a page.
    assert response.wsgi_request.session.is_empty()
    assert signed_in(browser) is None


@pytest.mark.parametrize("what", ["down", "slow", "error-503"])
def test_a_provider_that_is_away_gets_a_page_with_503(browser, relyant_provider, settings, what):
    misbehave(settings, relyant_provider, what)
    response = browser.get("/oidc/login/", {"next": "/members/"})
    assert response.status_code == 503
    assert int(response["Retry-After"]) > 0
    text = response.content.decode()
    assert "unavailable." in text and 'href="/oidc/login/?next=%2Fmembers%2F&amp;provider=keycloak"' in text
    assert not [name for name in browser.cookies if "relyant" in name]


def test_rotated_keys_are_fetched_anew(browser, relyant_provider):
    relyant_provider.sign_in(browser, "carol")
    relyant_provider.rotate_keys(keep_old=False)
    assert relyant_provider.sign_in(Client(), "chris").status_code == 302


def test_a_role_taken_at_the_provider_is_gone_at_the_next_login(browser, relyant_provider):
    relyant_provider.sign_in(browser, "chris")
    relyant_provider.set_roles("chris", ["customers"])
    relyant_provider.sign_in(Client(), "chris")
    chris = User.objects.get(username="chris")
    assert [group.name for group in chris.groups.all()] == ["customers"]
    assert not chris.is_staff


@pytest.mark.skipif(django.VERSION < (5, 1), reason="LoginRequiredMiddleware is of Django 5.1")
def test_login_required_middleware_does_not_trap_our_pages(browser, relyant_provider, settings):
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE,
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
    ]
    assert browser.get("/beers/")["Location"].startswith("/oidc/login/")
    assert relyant_provider.sign_in(browser, "nora").status_code == 403
    assert browser.get("/oidc/logged-out/").status_code == 200
    assert browser.get("/oidc/logout/").status_code == 200
    assert relyant_provider.sign_in(browser, "carol", next="/members/")["Location"] == "/members/"


def test_sessions_in_cookies_hold_no_id_token(browser, relyant_provider, settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    relyant_provider.sign_in(browser, "carol")
    assert signed_in(browser) == "carol"
    assert "id_token" not in browser.session["relyant"]
    assert len(browser.cookies["sessionid"].value) < 2048
