"""A page demands a recent or a surer sign-in: she signs in once more, as herself, and goes on in her session."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlencode, urlsplit

import django
import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.test import AsyncClient, Client

from relyant.models import EndedBy, LinkedIdentity, UserSession
from tests.journeys.step_up_visitor import AGAIN, HOUR, Visitor, again_of, code, words

pytestmark = pytest.mark.django_db
FROM_DJANGO_4_1 = pytest.mark.skipif(django.VERSION < (4, 1), reason="classes have no async methods before")
ASYNC_CLASS = pytest.param("/decorated/async/", marks=FROM_DJANGO_4_1)
ASYNC_MIXED = pytest.param("/mixed/async/", marks=FROM_DJANGO_4_1)


@pytest.fixture(autouse=True)
def step_up_site(site):
    site.ROOT_URLCONF = "tests.journeys.site_with_step_up"
    return site


@pytest.fixture
def carol(relyant_provider):
    """Carol, who signed in an hour ago, by the usual means."""
    return Visitor(relyant_provider).sign_in(ago=HOUR)


@pytest.fixture
def fresh_carol(relyant_provider):
    return Visitor(relyant_provider).sign_in()


def test_who_has_just_signed_in_goes_on(fresh_carol):
    assert words(fresh_carol.get("/money/")) == "seen by carol"


def test_who_signed_in_too_long_ago_signs_in_once_more_and_goes_on(carol):
    assert carol.asked("/money/?amount=5")["max_age"] == ["300"]
    assert words(carol.go("/money/?amount=5")) == "seen by carol"
    assert carol.was_asked == 1
    assert words(carol.get("/money/")) == "seen by carol"


def test_she_is_asked_for_the_class_and_goes_on(fresh_carol, relyant_provider):
    relyant_provider.set_acr("carol", ["gold"])
    assert fresh_carol.asked("/gold/")["acr_values"] == ["gold"]
    assert words(fresh_carol.go("/gold/")) == "seen by carol"
    assert words(fresh_carol.get("/gold/")) == "seen by carol"


def test_no_class_is_above_another(fresh_carol, relyant_provider):
    relyant_provider.set_acr("carol", ["silver", "gold"])
    fresh_carol.go("/gold/")
    assert fresh_carol.asked("/silver/")["acr_values"] == ["silver"]


@pytest.mark.parametrize("path", ["/vault/", "/mixed/", ASYNC_CLASS])
def test_what_is_demanded_together_is_asked_for_at_once(carol, relyant_provider, path):
    relyant_provider.set_acr("carol", ["gold"])
    asked = carol.asked(path)
    assert (asked["max_age"], asked["acr_values"][0].split()[0]) == (["300"], "gold")
    assert words(carol.go(path)) == "seen by carol"
    assert carol.was_asked == 1


@pytest.mark.parametrize("path", ["/async/", "/decorated/", ASYNC_MIXED])
def test_each_kind_of_view_can_demand(carol, relyant_provider, path):
    relyant_provider.set_acr("carol", ["gold"])
    assert carol.get(path)["Location"].startswith(AGAIN)
    assert words(carol.go(path)) == "seen by carol"


@pytest.mark.parametrize("path", ["/async/", ASYNC_CLASS, ASYNC_MIXED])
def test_async_views_demand_in_an_async_stack(relyant_provider, path):
    relyant_provider.set_acr("carol", ["gold"])
    visitor, browser = Visitor(relyant_provider).sign_in(), AsyncClient()
    browser.cookies = visitor.cookies

    async def ask():
        return await browser.get(path)

    assert async_to_sync(ask)()["Location"].startswith(AGAIN)
    visitor.go("/gold/")
    browser.cookies = visitor.cookies
    assert words(async_to_sync(ask)()) == "seen by carol"


def test_no_age_at_all_is_the_last_minute(relyant_provider, fresh_carol):
    assert words(fresh_carol.get("/money/now/")) == "seen by carol"
    other = Visitor(relyant_provider).sign_in(ago=90)
    assert other.asked("/money/now/")["max_age"] == ["0"]
    assert words(other.go("/money/now/")) == "seen by carol"


@pytest.mark.parametrize(("ahead", "goes_on"), [(30, True), (90, False)])
def test_a_sign_in_that_lies_ahead_proves_nothing(fresh_carol, monkeypatch, ahead, goes_on):
    """Clocks differ by seconds; a moment further ahead is no moment."""
    now = time.time()
    monkeypatch.setattr("relyant.flows.step_up.time.time", lambda: now - ahead)
    assert (fresh_carol.get("/money/").status_code == 200) is goes_on


def test_a_stranger_signs_in_first(client):
    assert client.get("/money/?a=b")["Location"] == "/oidc/login/?next=/money/%3Fa%3Db"


def test_a_stranger_signs_in_and_is_asked_for_what_is_missing(relyant_provider):
    relyant_provider.set_acr("carol", ["gold"])
    assert words(Visitor(relyant_provider).go("/vault/")) == "seen by carol"


def test_the_providers_own_limit_stands_where_it_is_lower(carol, configure):
    configure({"PROVIDERS.keycloak.MAX_AGE": 60})
    assert carol.asked("/money/")["max_age"] == ["60"]
    configure({"PROVIDERS.keycloak.MAX_AGE": 900})
    assert carol.asked("/money/")["max_age"] == ["300"]


def test_who_the_provider_knows_her_as_is_told(carol):
    assert carol.asked("/money/")["login_hint"] == ["carol"]


def test_a_provider_that_shows_no_page_at_logins_shows_one_here(carol, configure):
    configure({"PROVIDERS.keycloak.PROMPT": "none"})
    assert carol.asked("/money/")["prompt"] == ["login"]


def test_the_session_goes_on_with_a_new_key(carol):
    session = carol.session
    session["cart"] = ["stout"]
    session.save()
    before = session.session_key
    first = UserSession.objects.get()
    assert words(carol.go("/money/")) == "seen by carol"
    assert carol.session["cart"] == ["stout"]
    assert carol.session.session_key != before
    assert not carol.session.exists(before)
    first.refresh_from_db()
    assert (first.ended_by, bool(first.ended_at)) == (EndedBy.REPLACED, True)
    going_on = UserSession.objects.get(ended_at__isnull=True)
    assert going_on.handle == carol.session["relyant"]["handle"] != first.handle


@pytest.mark.parametrize("engine", ["cache", "cached_db", "file", "signed_cookies"])
def test_it_goes_on_wherever_sessions_are_kept(relyant_provider, settings, engine, tmp_path):
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    settings.SESSION_FILE_PATH = str(tmp_path)
    carol = Visitor(relyant_provider).sign_in(ago=HOUR)
    session = carol.session
    session["cart"] = ["stout"]
    session.save()
    carol.cookies["sessionid"] = session.session_key
    assert words(carol.go("/money/")) == "seen by carol"
    assert carol.session["cart"] == ["stout"]
    assert words(carol.get("/money/")) == "seen by carol"
    assert UserSession.objects.filter(ended_at__isnull=True).count() == 1


def test_rights_follow_the_new_sign_in(carol, relyant_provider):
    user = User.objects.get(username="carol")
    assert not user.is_staff
    relyant_provider.set_roles("carol", ["customers", "creators"])
    carol.go("/money/")
    user.refresh_from_db()
    assert user.is_staff


def test_whom_the_policy_refuses_by_now_is_signed_out(carol, relyant_provider):
    relyant_provider.set_roles("carol", [])
    response = carol.go("/money/")
    assert (response.status_code, code(response)) == (403, "decision.not_allowed")
    assert words(carol.get("/beers/")) == "seen by stranger"
    assert UserSession.objects.get().ended_by == EndedBy.DECISION


def test_another_person_is_refused_and_the_session_stays_hers(carol):
    carol.person = "chris"
    key = carol.session.session_key
    response = carol.go("/money/")
    assert (response.status_code, code(response)) == (400, "transaction.other_identity")
    assert words(carol.get("/beers/")) == "seen by carol"
    assert carol.session.session_key == key
    assert not User.objects.filter(username="chris").exists()
    assert UserSession.objects.get().ended_at is None
    # The provider is told to ask, since it knows somebody else by now.
    carol.person = "carol"
    again = carol.get(again_of(response))["Location"]
    assert parse_qs(urlsplit(again).query)["prompt"] == ["login"]
    assert words(carol.go(carol.answer(again))) == "seen by carol"


def test_another_identity_of_hers_is_not_the_one_of_this_session(carol, relyant_provider):
    Visitor(relyant_provider, "chris").sign_in()
    LinkedIdentity.objects.update(user=User.objects.get(username="carol"))
    carol.person = "chris"
    assert code(carol.go("/money/")) == "transaction.other_identity"


def test_the_answer_counts_in_its_session_alone(carol, relyant_provider):
    callback = carol.answer(carol.get(carol.get("/money/")["Location"])["Location"])
    other = Visitor(relyant_provider).sign_in(ago=HOUR)
    for name, cookie in carol.cookies.items():
        if name.startswith("relyant-"):
            other.cookies[name] = cookie.value
    response = other.get(callback)
    assert (response.status_code, code(response)) == (400, "transaction.other_session")
    assert other.get("/money/").status_code == 302
    assert carol.get(callback)["Location"] == "/money/"


def test_who_signed_out_meanwhile_is_not_signed_in(carol):
    callback = carol.answer(carol.get(carol.get("/money/")["Location"])["Location"])
    carol.post("/oidc/logout/")
    response = carol.get(callback)
    assert (response.status_code, code(response)) == (400, "transaction.other_session")
    assert words(carol.get("/beers/")) == "seen by stranger"


def test_the_back_button_leads_on(carol):
    callback = carol.answer(carol.get(carol.get("/money/")["Location"])["Location"])
    assert carol.get(callback)["Location"] == "/money/"
    assert carol.get(callback)["Location"] == "/money/"


def test_nobody_edits_what_is_demanded(carol):
    again = carol.get("/money/")["Location"]
    for address in (AGAIN, f"{AGAIN}?demand=", f"{AGAIN}?demand=abc", f"{again[:-4]}abcd"):
        response = carol.get(address)
        assert (response.status_code, code(response)) == (400, "transaction.demand_unusable")


def test_an_old_address_asks_nothing(carol, monkeypatch):
    again, now = carol.get("/money/")["Location"], time.time()
    monkeypatch.setattr("relyant.flows.step_up.time.time", lambda: now + HOUR + 1)
    assert code(carol.get(again)) == "transaction.demand_unusable"


def test_where_the_address_is_too_long_to_keep_it_leads_to_the_usual_place(carol):
    assert carol.go(f"/money/?q={'a' * 600}").wsgi_request.path == "/beers/"
    assert words(carol.get(f"/money/?q={'a' * 600}")) == "seen by carol"


def test_who_is_signed_out_by_then_signs_in(carol):
    again = carol.get("/money/")["Location"]
    assert Client().get(again)["Location"] == "/oidc/login/?next=%2Fmoney%2F"


def test_who_has_signed_in_by_then_goes_on(carol):
    again = carol.get("/money/")["Location"]
    carol.go("/money/")
    assert carol.get(again)["Location"] == "/money/"


# AR-18
@pytest.mark.parametrize(
    ("path", "misbehaviour", "status", "expected"),
    [
        ("/money/", "max-age-ignored", 403, "invalid_token.sign_in_too_long_ago"),
        ("/money/", "missing-auth-time", 502, "invalid_token.auth_time_missing"),
        ("/gold/", "acr-values-ignored", 403, "invalid_token.acr_mismatch"),
        ("/gold/", "missing-acr", 403, "invalid_token.acr_mismatch"),
    ],
)
def test_ar_18_a_provider_that_does_not_do_it_ends_on_one_page(
    carol, relyant_provider, path, misbehaviour, status, expected
):
    relyant_provider.set_acr("carol", ["gold"])
    relyant_provider.misbehave(misbehaviour)
    response = carol.go(path)
    assert (response.status_code, code(response)) == (status, expected)
    assert words(carol.get("/beers/")) == "seen by carol"
    assert carol.get(path)["Location"].startswith(AGAIN)
    relyant_provider.misbehave()
    assert words(carol.go(again_of(response))) == "seen by carol"


# AR-18
def test_ar_18_who_strikes_the_demand_out_of_the_address_is_refused(carol):
    request = urlsplit(carol.get(carol.get("/money/")["Location"])["Location"])
    kept = {name: value for name, value in parse_qs(request.query).items() if name != "max_age"}
    response = carol.get(carol.answer(request._replace(query=urlencode(kept, doseq=True)).geturl()))
    assert code(response) == "invalid_token.sign_in_too_long_ago"
    assert words(carol.get("/beers/")) == "seen by carol"


def test_who_has_no_second_factor_meets_a_page(fresh_carol):
    response = fresh_carol.go("/gold/")
    assert (response.status_code, code(response)) == (403, "invalid_token.acr_mismatch")
    assert ">Sign in again</a>" in response.content.decode()


# SE-04
def test_a_sign_in_that_the_page_does_not_see_ends_on_a_page(carol, monkeypatch):
    """One node's clock is wrong, say: the core takes the answer, and the page doesn't."""
    now = time.time()
    monkeypatch.setattr("relyant.flows.step_up.time.time", lambda: now + 2 * HOUR)
    monkeypatch.setattr("relyant.flows.step_up._LIFETIME_SECONDS", 9 * HOUR)
    response = carol.go("/money/")
    assert (response.status_code, code(response)) == (403, "session.step_up_in_vain")
    assert 'href="/money/"' in response.content.decode()
    assert words(carol.get("/beers/")) == "seen by carol"


def test_a_provider_that_is_away_for_a_moment_costs_no_second_sign_in(carol, relyant_provider):
    callback = carol.answer(carol.get(carol.get("/money/")["Location"])["Location"])
    relyant_provider.misbehave("down@token")
    assert carol.get(callback).status_code == 503
    relyant_provider.misbehave()
    assert carol.get(callback)["Location"] == "/money/"
    assert words(carol.get("/money/")) == "seen by carol"


def test_who_cancels_keeps_her_session(carol, relyant_provider):
    relyant_provider.misbehave("callback-access-denied")
    response = carol.go("/money/")
    assert (response.status_code, code(response)) == (403, "refused.access_denied")
    assert words(carol.get("/beers/")) == "seen by carol"
