"""Logins and refusals as events, where the site wants them."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.db import connection

from relyant.models import Event, LinkedIdentity
from tests.journeys.conftest import signed_in
from tests.journeys.test_login import Broken, begin


@pytest.fixture(autouse=True)
def _all_events(settings):
    settings.RELYANT = {**settings.RELYANT, "EVENTS": "all"}


def visits():
    return list(Event.objects.filter(kind__in=("login", "refused")).order_by("pk"))


def test_a_login_is_an_event(browser, relyant_provider):
    relyant_provider.sign_in(browser, "carol")
    (event,) = visits()
    linked = LinkedIdentity.objects.get()
    assert (event.kind, event.user, event.provider) == ("login", linked.user, "keycloak")
    assert (event.issuer, event.subject) == (linked.issuer, linked.subject)


def test_a_refusal_is_an_event_with_the_reference_of_its_page(browser, relyant_provider):
    response = relyant_provider.sign_in(browser, "nora")
    (event,) = visits()
    assert (event.kind, event.user, event.code) == ("refused", None, "decision.not_allowed")
    assert event.subject
    assert f"<code>{event.reference}</code>" in response.content.decode()
    assert "customers" in event.detail["why"]


def test_a_refusal_of_somebody_who_is_known_is_hers(browser, relyant_provider):
    relyant_provider.sign_in(browser, "carol")
    browser.logout()
    User.objects.update(is_active=False)
    relyant_provider.sign_in(browser, "carol")
    assert [(event.kind, event.user.username, event.code) for event in visits()] == [
        ("login", "carol", ""),
        ("refused", "carol", "account.inactive"),
    ]


def test_page_log_and_event_say_the_same_condition(browser, relyant_provider, settings, caplog):
    provider = settings.RELYANT["PROVIDERS"]["keycloak"]
    allow = ["cellar", {"claim": "email", "domain": ["cellar.example"]}]
    policy = {**provider["POLICY"], "ALLOW": allow}
    settings.RELYANT = {**settings.RELYANT, "PROVIDERS": {"keycloak": {**provider, "POLICY": policy}}}
    page = relyant_provider.sign_in(browser, "carol").content.decode()
    words = "the claim `email` with an address at `cellar.example`"
    marked = re.sub(r"`([^`]+)`", r"<code>\1</code>", words)
    assert "<li><code>cellar</code></li>" in page
    assert f'<li><span lang="en" dir="ltr">{marked}</span></li>' in page
    assert "Any one of these:" in page
    assert words in caplog.text
    assert words in Event.objects.get(kind="refused").detail["why"]


# AR-17: what a stranger sends costs no row.
@pytest.mark.parametrize(
    "path",
    [
        "/oidc/callback/keycloak/?state=unknown&code=x",
        "/oidc/callback/nowhere/?state=unknown&code=x",
        "/oidc/callback/keycloak/",
        "/oidc/login/?provider=nowhere",
        "/oidc/initiate/?iss=https://attacker.example",
    ],
)
def test_who_has_no_login_under_way_leaves_no_event(browser, relyant_provider, path):
    assert browser.get(path).status_code in (400, 404)
    assert not Event.objects.exists()


def test_a_login_that_the_visitor_cancelled_is_an_event(browser, relyant_provider):
    state = parse_qs(urlsplit(begin(browser)).query)["state"][0]
    cancelled = {"state": state, "error": "access_denied", "iss": relyant_provider.issuer}
    assert browser.get("/oidc/callback/keycloak/", cancelled).status_code == 403
    (event,) = visits()
    assert (event.code, event.user, event.subject) == ("refused.access_denied", None, "")


# TK-08
def test_tk_08_no_event_holds_a_token_or_a_code(browser, relyant_provider):
    callback = relyant_provider.callback(begin(browser), "carol")
    code = re.search(r"code=([^&]+)", callback).group(1)
    browser.get(callback)
    relyant_provider.sign_in(browser, "nora")
    kept = str(list(Event.objects.values_list()))
    assert code not in kept and "eyJ" not in kept and "beer-secret" not in kept


def test_a_table_that_fails_breaks_neither_a_login_nor_a_refusal(browser, relyant_provider, caplog):
    with connection.execute_wrapper(Broken('INTO "relyant_event"')):
        assert "decision.not_allowed" in relyant_provider.sign_in(browser, "nora").content.decode()
    assert "the event `refused` could not be written: OperationalError" in caplog.text
    assert not visits()


def test_a_login_goes_on_without_its_event(browser, relyant_provider, settings, caplog):
    relyant_provider.sign_in(browser, "carol")
    browser.logout()
    with connection.execute_wrapper(Broken('INTO "relyant_event"')):
        relyant_provider.sign_in(browser, "carol")
    assert "the event `login` could not be written: OperationalError" in caplog.text
    assert signed_in(browser) == "carol"
