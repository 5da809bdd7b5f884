"""A session without a refresh token asks by the browser whether it goes on, and loses no page, form or person by it."""

from __future__ import annotations

import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from relyant import registry
from relyant.models import UserSession
from tests.journeys.aging import ENGINES, let_claims_lapse, let_renewal_be_due, record_of, use_engine
from tests.journeys.conftest import signed_in
from tests.journeys.known import Known

TABS = 20
PAGE = "/beers/?colour=dark&page=2"


@pytest.fixture
def forgetful(site):
    """The site keeps no tokens."""
    site.RELYANT = {**site.RELYANT, "KEEP_TOKENS": "none"}
    return site


@pytest.fixture
def carol(db, forgetful, relyant_provider):
    """Carol, signed in at the site and at the provider, whose session is to be confirmed by now."""
    forgetful.RELYANT = relyant_provider.settings(forgetful.RELYANT)
    browser = Known(relyant_provider)
    browser.sign_in()
    let_renewal_be_due(browser)
    return browser


def words(response):
    return response.content.decode()


def led_away(browser, path=PAGE, **extra):
    """The authorization request that a page is led by; None where it is shown."""
    response = browser.get(path, **extra)
    return response["Location"] if response.status_code == 302 else None


@pytest.mark.parametrize("engine", ENGINES)
def test_a_page_is_led_by_the_provider_and_comes_back(db, forgetful, relyant_provider, tmp_path, engine):
    use_engine(forgetful, engine, tmp_path)
    browser = Known(relyant_provider)
    browser.sign_in()
    record = record_of(browser)
    assert record["renew_at"] - record["signed_in_at"] == 3600 and not record["has_refresh_token"]
    assert signed_in(browser) == "carol"
    let_renewal_be_due(browser)
    request = led_away(browser)
    assert parse_qs(urlsplit(request).query)["prompt"] == ["none"]
    back, was_asked = browser.answer(request)
    assert not was_asked
    csrf, key = browser.cookies.get("csrftoken"), browser.cookies["sessionid"].value
    returned = browser.get(back)
    assert (returned.status_code, returned["Location"]) == (302, PAGE)
    assert words(browser.get(PAGE)) == "hello carol"
    assert record_of(browser)["renew_at"] > time.time() + 3000
    assert (record_of(browser)["handle"], record_of(browser)["generation"]) == (record["handle"], 1)
    # No form of another tab is spoilt.
    assert browser.cookies.get("csrftoken") == csrf
    assert engine == "signed_cookies" or browser.cookies["sessionid"].value == key
    assert "relyant" in browser.session and UserSession.objects.count() == 1
    # The back button finds the way that it had.
    assert browser.get(back)["Location"] == PAGE


def test_rights_follow(carol, relyant_provider):
    relyant_provider.set_roles("carol", ["creators"])
    back, _ = carol.answer(led_away(carol, "/admin/"))
    assert carol.get(back)["Location"] == "/admin/"
    assert carol.get("/admin/").status_code == 200


def test_a_provider_that_never_says_how_she_signed_in_is_asked_as_any_other(carol, relyant_provider):
    relyant_provider.misbehave("missing-acr")
    back, _ = carol.answer(led_away(carol))
    assert carol.get(back)["Location"] == PAGE
    assert signed_in(carol) == "carol"


def test_an_answer_puts_off_when_its_row_lapses(carol):
    """Else a session that is in use would be over two weeks after its sign-in, and no logout would find it."""
    UserSession.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    back, _ = carol.answer(led_away(carol))
    carol.get(back)
    left = UserSession.objects.get().expires_at - timezone.now()
    assert timedelta(days=13) < left <= timedelta(days=14)


def test_whom_the_policy_refuses_meets_the_reasons(carol, relyant_provider):
    relyant_provider.set_roles("carol", ["visitors"])
    back, _ = carol.answer(led_away(carol))
    page = carol.get(back)
    assert page.status_code == 403 and "decision.not_allowed" in words(page) and "visitors" in words(page)
    assert signed_in(carol) is None


# SE-02
@pytest.mark.parametrize("engine", ENGINES)
def test_who_is_signed_in_nowhere_any_more_is_out(db, forgetful, relyant_provider, tmp_path, engine):
    use_engine(forgetful, engine, tmp_path)
    browser = Known(relyant_provider)
    browser.sign_in()
    let_renewal_be_due(browser)
    relyant_provider.sign_out("carol")
    back = relyant_provider._ask(led_away(browser), None).headers["Location"]
    page = browser.get(back.removeprefix("http://testserver"))
    assert page.status_code == 403 and "session.refused" in words(page)
    assert "/oidc/login/?next=%2Fbeers%2F%3Fcolour%3Ddark%26page%3D2&amp;provider=keycloak" in words(page)
    assert UserSession.objects.get().ended_by == "refused"
    assert signed_in(browser) is None


def test_who_is_somebody_else_there_never_becomes_her_here(carol, relyant_provider):
    chris = Known(relyant_provider, "chris")
    chris.sign_in()
    carol.provider_cookie = chris.provider_cookie
    back, _ = carol.answer(led_away(carol))
    page = carol.get(back)
    assert page.status_code == 403 and "session.other_person" in words(page)
    assert signed_in(carol) is None and signed_in(chris) == "chris"


@pytest.mark.parametrize(
    "request_of",
    [
        {"HTTP_ACCEPT": "application/json"},
        {"HTTP_SEC_FETCH_MODE": "cors"},
        {"HTTP_SEC_FETCH_MODE": "navigate", "HTTP_SEC_FETCH_DEST": "iframe"},
        {"REQUEST_METHOD": "HEAD"},
    ],
)
def test_a_script_and_a_frame_go_on(carol, request_of):
    assert carol.get("/beers/", **request_of).status_code == 200
    assert led_away(carol) is not None


def test_a_form_goes_on(carol):
    assert words(carol.post("/beers/", {"name": "Old Peculiar"})) == "hello carol"


def test_an_address_that_is_too_long_to_come_back_to_goes_on(carol):
    assert led_away(carol, "/beers/?q=" + "x" * 600) is None


# SE-03
def test_of_twenty_tabs_one_is_led_away(carol):
    requests = [led_away(carol, f"/beers/?tab={number}") for number in range(TABS)]
    assert sum(one is not None for one in requests) == 1
    assert carol.get(carol.answer(requests[0])[0])["Location"] == "/beers/?tab=0"
    assert [led_away(carol, f"/beers/?tab={number}") for number in range(TABS)] == [None] * TABS
    assert UserSession.objects.get().generation == 1


# SE-03
def test_of_tabs_that_are_led_away_each_comes_back_to_its_own_page(carol):
    """Nobody came back from the first one within its time, so that there is a second, and then a third."""
    requests = []
    for number in range(3):
        requests.append(led_away(carol, f"/beers/?tab={number}"))
        let_claims_lapse()
    for number in (2, 0, 1):
        assert carol.get(carol.answer(requests[number])[0])["Location"] == f"/beers/?tab={number}"
        assert signed_in(carol) == "carol"


def test_who_does_not_come_back_is_led_that_way_again_after_a_while(carol):
    assert led_away(carol) and not led_away(carol)
    claimed = UserSession.objects.get().claimed_until - timezone.now()
    assert timedelta(0) < claimed < timedelta(minutes=2)
    let_claims_lapse()
    assert led_away(carol)


# FT-07
def test_a_provider_that_is_away_is_left_alone(carol, relyant_provider):
    relyant_provider.misbehave("down@metadata")
    relyant_provider.rotate_keys()
    registry._made.clear()
    assert words(carol.get(PAGE)) == "hello carol"
    assert UserSession.objects.get().failing_since
    assert record_of(carol)["renew_at"] > time.time()


# FT-07
def test_a_provider_that_fails_on_the_way_back_ends_nothing(carol, relyant_provider):
    back, _ = carol.answer(led_away(carol))
    relyant_provider.misbehave("error-500@token")
    assert carol.get(back)["Location"] == PAGE
    assert words(carol.get(PAGE)) == "hello carol"
    assert UserSession.objects.get().failing_since


# FT-07
def test_after_the_grace_it_ends(carol, relyant_provider):
    back, _ = carol.answer(led_away(carol))
    relyant_provider.misbehave("error-500@token")
    UserSession.objects.update(failing_since=timezone.now() - timedelta(hours=25))
    assert "session.provider_away" in words(carol.get(back))
    assert signed_in(carol) is None


SCRIPT = {"HTTP_SEC_FETCH_MODE": "cors"}


def let_nobody_have_answered_for(**time):
    UserSession.objects.update(failing_since=timezone.now() - timedelta(**time), claimed_until=None)


# SE-02
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("request_of", [SCRIPT, {"REQUEST_METHOD": "POST"}])
def test_who_never_brings_an_answer_is_out_after_the_grace(
    db, forgetful, relyant_provider, tmp_path, engine, request_of
):
    """SE-02: who is disabled at the provider has no reason to go there, and nothing else to send there."""
    use_engine(forgetful, engine, tmp_path)
    browser = Known(relyant_provider)
    browser.sign_in()
    let_renewal_be_due(browser)
    relyant_provider.set_disabled("carol")
    assert words(browser.get("/beers/", **request_of)) == "hello carol"
    since = UserSession.objects.get().failing_since
    # Led away, and not gone there: that doesn't begin it anew, nor do the pages meanwhile.
    assert led_away(browser) and words(browser.get("/beers/")) == "hello carol"
    assert words(browser.get("/beers/", **request_of)) == "hello carol"
    assert UserSession.objects.get().failing_since == since
    let_nobody_have_answered_for(hours=25)
    assert browser.get("/beers/", **request_of).status_code == 401
    assert UserSession.objects.get().ended_by == "unreachable"
    assert signed_in(browser) is None


def test_after_the_grace_every_page_asks_until_an_answer_comes(carol):
    assert led_away(carol)
    let_nobody_have_answered_for(hours=25)
    # No claim of another tab lets a page through.
    assert led_away(carol) and (request := led_away(carol))
    assert carol.get(carol.answer(request)[0])["Location"] == PAGE
    assert words(carol.get(PAGE)) == "hello carol"
    assert UserSession.objects.get().failing_since is None


def test_without_any_grace_who_was_led_away_may_come_back(carol, forgetful):
    forgetful.RELYANT = {**forgetful.RELYANT, "GRACE": 0}
    request = led_away(carol)
    assert carol.get("/beers/", **SCRIPT).status_code == 200
    assert carol.get(carol.answer(request)[0])["Location"] == PAGE
    let_renewal_be_due(carol)
    assert led_away(carol)
    let_nobody_have_answered_for(seconds=61)
    assert carol.get("/beers/", **SCRIPT).status_code == 401


@pytest.mark.parametrize("recheck", [None, 900])
def test_the_setting_says_when(db, forgetful, relyant_provider, recheck):
    forgetful.RELYANT = {**forgetful.RELYANT, "RECHECK": recheck}
    browser = Known(relyant_provider)
    browser.sign_in()
    record = record_of(browser)
    assert record["renew_at"] == (None if recheck is None else record["signed_in_at"] + recheck)


def test_a_session_that_was_withheld_on_the_way_back_is_confirmed_all_the_same(
    db, forgetful, relyant_provider
):
    """With `SameSite=Strict` a browser sends no session along from another site."""
    forgetful.SESSION_COOKIE_SAMESITE = "Strict"
    browser = Known(relyant_provider)
    browser.sign_in()
    let_renewal_be_due(browser)
    back, _ = browser.answer(led_away(browser))
    session = browser.cookies.pop("sessionid")
    page = browser.get(back)
    assert page.status_code == 200 and "/beers/?colour=dark&amp;page=2" in words(page)
    browser.cookies["sessionid"] = session.value
    assert words(browser.get(PAGE)) == "hello carol"
    assert record_of(browser)["generation"] == 1


def test_a_session_whose_tokens_can_not_be_read_any_more_is_confirmed_by_the_browser(
    db, site, relyant_provider
):
    site.RELYANT = {**site.RELYANT, "TOKEN_KEYS": ["a key of long ago, with enough of characters"]}
    browser = Known(relyant_provider)
    browser.sign_in()
    let_renewal_be_due(browser)
    site.RELYANT = {**site.RELYANT, "TOKEN_KEYS": ["another key, which has no fallback beside it"]}
    back, _ = browser.answer(led_away(browser))
    assert browser.get(back)["Location"] == PAGE
    assert words(browser.get(PAGE)) == "hello carol"
    assert record_of(browser)["has_refresh_token"]
    assert User.objects.count() == 1
