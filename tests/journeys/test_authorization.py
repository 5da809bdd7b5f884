"""What the settings ask of a sign-in: how it is asked for, and that its answer is held to it."""

from __future__ import annotations

import json
import logging
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.journeys.conftest import signed_in
from tests.journeys.known import Known, begin

ESSENTIAL_GOLD = {"id_token": {"acr": {"essential": True, "values": ["gold"]}}}


def asked(request) -> dict[str, list[str]]:
    return parse_qs(urlsplit(request).query)


def assert_refused(browser, response, code, status):
    assert (response.status_code, signed_in(browser)) == (status, None)
    assert f"<code>{code}</code>" in response.content.decode()
    assert not User.objects.exists()


@pytest.fixture
def known(db, relyant_provider):
    """Carol, whom the provider knows and the site doesn't yet."""
    browser = Known(relyant_provider)
    browser.answer(begin(browser))
    browser.cookies.clear()
    return browser


@pytest.fixture
def ask(relyant_provider, configure):
    """Set settings of the provider: `ask(MAX_AGE=60)`."""

    def change(**given):
        configure({f"PROVIDERS.keycloak.{key}": value for key, value in given.items()})

    return change


def test_each_setting_is_its_parameter(browser, ask):
    claims = {"id_token": {"email": {"essential": True}}}
    ask(
        PROMPT="consent select_account",
        MAX_AGE=3600,
        ACR_VALUES=["gold", "silver"],
        CLAIMS=claims,
        RESOURCE=["https://api.brewery.example/", "urn:cellar"],
        UI_LOCALES=["de-AT", "en"],
        EXTRA_PARAMETERS={"kc_idp_hint": "corporate & more"},
    )
    query = asked(begin(browser))
    assert json.loads(query.pop("claims")[0]) == claims
    expected = {
        "prompt": ["consent select_account"],
        "max_age": ["3600"],
        "acr_values": ["gold silver"],
        "resource": ["https://api.brewery.example/", "urn:cellar"],
        "ui_locales": ["de-AT en"],
        "kc_idp_hint": ["corporate & more"],
    }
    assert {name: query.get(name) for name in expected} == expected
    assert "response_mode" not in query and "amr_values" not in query


def test_where_nothing_is_set_nothing_is_asked(browser, relyant_provider):
    assert set(asked(begin(browser))) == {
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
    }


@pytest.mark.parametrize(("language", "expected"), [("de", "de"), ("pt-br", "pt-br"), ("zh-hans", "zh-hans")])
def test_the_provider_is_asked_to_speak_the_visitors_language(browser, ask, settings, language, expected):
    settings.MIDDLEWARE = ["django.middleware.locale.LocaleMiddleware", *settings.MIDDLEWARE]
    ask(UI_LOCALES="visitor")
    request = begin(browser, HTTP_ACCEPT_LANGUAGE=language)
    assert asked(request)["ui_locales"] == [expected]


def test_the_access_token_is_for_the_resource(browser, relyant_provider, ask):
    ask(RESOURCE=["https://api.brewery.example/"])
    assert relyant_provider.sign_in(browser, "carol").status_code == 302
    assert signed_in(browser) == "carol"


def test_somebody_whom_the_provider_knows_is_not_asked(known):
    response, was_asked = known.sign_in()
    assert (response["Location"], was_asked) == ("/members/", False)


@pytest.mark.parametrize("prompt", ["login", "select_account", "login consent"])
def test_a_prompt_asks_her_all_the_same(known, ask, prompt):
    ask(PROMPT=prompt)
    response, was_asked = known.sign_in()
    assert (response["Location"], was_asked) == ("/members/", True)


def test_prompt_none_shows_no_page(browser, known, ask, relyant_provider):
    ask(PROMPT="none")
    response, was_asked = known.sign_in()
    assert (response["Location"], was_asked) == ("/members/", False)
    stranger = relyant_provider._ask(begin(browser), None).headers["Location"]
    refused = browser.get(stranger.removeprefix("http://testserver"))
    assert refused.status_code == 403 and "<code>refused." in refused.content.decode()


# AR-18
def test_a_session_that_is_too_old_makes_the_provider_ask(known, ask, relyant_provider):
    ask(MAX_AGE=600)
    assert known.sign_in()[1] is False
    relyant_provider.age_sessions(3600)
    known.cookies.clear()
    response, was_asked = known.sign_in()
    assert (response["Location"], was_asked) == ("/members/", True)


# AR-18
@pytest.mark.parametrize(
    ("setting", "misbehaviour"),
    [({"MAX_AGE": 600}, "max-age-ignored"), ({"PROMPT": "login"}, "prompt-login-ignored")],
)
def test_ar_18_an_old_sign_in_is_refused_and_a_fresh_one_asked_for(
    known, ask, relyant_provider, caplog, setting, misbehaviour
):
    ask(**setting)
    relyant_provider.age_sessions(3600)
    relyant_provider.misbehave("max-age-ignored", misbehaviour)
    with caplog.at_level(logging.WARNING, "relyant"):
        response, was_asked = known.sign_in()
    assert was_asked is False
    assert_refused(known, response, "invalid_token.sign_in_too_long_ago", 403)
    text = response.content.decode()
    assert "A fresh sign-in is needed" in text and ">Sign in again</a>" in text
    assert {record.levelno for record in caplog.records if record.name == "relyant"} == {logging.WARNING}
    relyant_provider.misbehave()
    again = 'href="/oidc/login/?next=%2Fmembers%2F&amp;provider=keycloak"'
    assert again in text
    request = known.get("/oidc/login/?next=%2Fmembers%2F&provider=keycloak")["Location"]
    assert asked(request)["prompt"] == ["login"]
    callback, was_asked = known.answer(request)
    assert was_asked and known.get(callback)["Location"] == "/members/"


# AR-18
@pytest.mark.parametrize(
    ("setting", "parameter", "code"),
    [
        ({"MAX_AGE": 600}, "max_age", "invalid_token.sign_in_too_long_ago"),
        ({"ACR_VALUES": ["gold"]}, "acr_values", "invalid_token.acr_mismatch"),
        ({"CLAIMS": ESSENTIAL_GOLD}, "claims", "invalid_token.acr_mismatch"),
        ({"PROMPT": "login"}, "prompt", "invalid_token.sign_in_too_long_ago"),
    ],
)
def test_ar_18_a_demand_that_was_struck_out_of_the_address_stands(
    known, ask, relyant_provider, setting, parameter, code
):
    ask(**setting)
    relyant_provider.age_sessions(3600)
    request = urlsplit(begin(known))
    # `prompt=login` sends a `max_age` along.
    kept = {
        name: value for name, value in parse_qs(request.query).items() if name not in (parameter, "max_age")
    }
    shortened = request._replace(query=urlencode(kept, doseq=True)).geturl()
    callback, was_asked = known.answer(shortened)
    assert was_asked is False
    assert_refused(known, known.get(callback), code, 403)


# AR-18
@pytest.mark.parametrize("setting", [{"MAX_AGE": 600}, {"PROMPT": "login"}])
def test_ar_18_a_token_that_does_not_say_when_is_refused(browser, ask, relyant_provider, setting):
    ask(**setting)
    relyant_provider.misbehave("missing-auth-time")
    response = relyant_provider.sign_in(browser, "carol")
    assert_refused(browser, response, "invalid_token.auth_time_missing", 502)
    assert ">Start again</a>" in response.content.decode()


# AR-18
def test_a_stronger_sign_in_is_asked_for_and_found(browser, ask, relyant_provider):
    relyant_provider.set_acr("carol", ["gold"])
    ask(ACR_VALUES=["gold"])
    assert relyant_provider.sign_in(browser, "carol")["Location"] == "/beers/"


# AR-18
@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ({"ACR_VALUES": ["gold"]}, "invalid_token.acr_mismatch"),
        ({"AMR_VALUES": ["otp"]}, "invalid_token.amr_mismatch"),
    ],
)
def test_ar_18_a_weaker_sign_in_is_refused_with_what_to_do(browser, ask, relyant_provider, setting, code):
    ask(**setting)
    relyant_provider.set_claims("carol", {"amr": ["pwd"]})
    response = relyant_provider.sign_in(browser, "carol", next="/members/")
    assert_refused(browser, response, code, 403)
    text = response.content.decode()
    assert "A stronger sign-in is needed" in text and "second factor" in text
    # She finds her second factor, and the provider is told to ask again rather than to remember her.
    relyant_provider.set_acr("carol", ["gold"])
    relyant_provider.set_claims("carol", {"amr": ["pwd", "otp"], "preferred_username": "carol"})
    request = browser.get("/oidc/login/?next=%2Fmembers%2F&provider=keycloak")["Location"]
    assert asked(request)["prompt"] == ["login"]
    assert browser.get(relyant_provider.callback(request, "carol"))["Location"] == "/members/"


def test_to_ask_anew_is_for_one_login_of_one_browser_at_one_provider(
    browser, ask, relyant_provider, settings
):
    ask(ACR_VALUES=["gold"])
    one = settings.RELYANT["PROVIDERS"]["keycloak"]
    settings.RELYANT = {**settings.RELYANT, "PROVIDERS": {"keycloak": one, "other": one}}
    relyant_provider.sign_in(browser, "carol")
    assert "prompt" not in asked(begin(Client(), provider="keycloak"))
    assert "prompt" not in asked(begin(browser, provider="other"))
    assert asked(begin(browser, provider="keycloak"))["prompt"] == ["login"]
    assert "prompt" not in asked(begin(browser, provider="keycloak"))


@pytest.mark.parametrize("name", ["wrong-nonce", "callback-access-denied"])
def test_any_other_refusal_asks_nothing_anew(browser, relyant_provider, name):
    relyant_provider.misbehave(name)
    relyant_provider.sign_in(browser, "carol")
    assert "prompt" not in asked(begin(browser))


def test_an_essential_acr_that_the_provider_can_not_meet_is_its_refusal(browser, ask, relyant_provider):
    ask(CLAIMS=ESSENTIAL_GOLD)
    response = relyant_provider.sign_in(browser, "carol")
    assert response.status_code == 403 and "<code>refused." in response.content.decode()


# AR-19
@pytest.mark.parametrize("word", ["offered", "required"])
def test_ar_19_a_pushed_request_leaves_its_reference_in_the_address(browser, ask, relyant_provider, word):
    ask(MAX_AGE=600, ACR_VALUES=["1"])
    relyant_provider.set_pushed_requests(word)
    first, second = begin(browser), begin(browser)
    assert set(asked(first)) == {"client_id", "request_uri"}
    assert asked(first)["request_uri"] != asked(second)["request_uri"]
    assert browser.get(relyant_provider.callback(first, "carol"))["Location"] == "/members/"
    assert relyant_provider.requests()["par"] == 2
    assert signed_in(browser) == "carol"


# AR-20
@pytest.mark.parametrize("word", ["offered", "required"])
@pytest.mark.parametrize(
    ("name", "code", "status"),
    [
        ("error-500@par", "unavailable.http_status", 503),
        ("error-503@par", "unavailable.http_status", 503),
        ("down@par", "unavailable.protocol", 503),
        ("huge-body@par", "unavailable.too_large", 503),
        ("par-html", "misbehaved.", 502),
        ("par-status-200", "misbehaved.", 502),
        ("par-no-request-uri", "misbehaved.", 502),
        ("par-expires-at-once", "misbehaved.", 502),
        ("par-refused", "configuration.", 503),
    ],
)
def test_ar_20_no_request_goes_by_the_browser_where_the_push_failed(
    browser, relyant_provider, word, name, code, status
):
    relyant_provider.set_pushed_requests(word)
    relyant_provider.misbehave(name)
    response = browser.get("/oidc/login/", {"next": "/members/"})
    assert response.status_code == status
    assert f"<code>{code}" in response.content.decode()
    assert "Location" not in response and not browser.cookies
    assert 'href="/oidc/login/?next=%2Fmembers%2F&amp;provider=keycloak"' in response.content.decode()
