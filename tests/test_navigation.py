"""Who asks, a person or a script; and what a script is told whose visitor has to sign in."""

from __future__ import annotations

import json

import pytest
from django.utils import translation

from relyant.flows import navigation

PAGE = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture
def ask(rf):
    """A request with these headers: `ask(sec_fetch_mode="cors")`."""

    def request(path="/api/beers/", **headers):
        return rf.get(path, **{f"HTTP_{name.upper()}": value for name, value in headers.items()})

    return request


@pytest.mark.parametrize(
    ("headers", "is_page"),
    [
        ({"sec_fetch_mode": "navigate"}, True),
        ({"sec_fetch_mode": "cors"}, False),
        ({"sec_fetch_mode": "same-origin"}, False),
        ({"sec_fetch_mode": "no-cors"}, False),
        ({"sec_fetch_mode": "websocket"}, False),
        ({"sec_fetch_mode": ""}, False),
        # The first in the order decides alone.
        ({"sec_fetch_mode": "navigate", "accept": "application/json"}, True),
        ({"sec_fetch_mode": "navigate", "x_requested_with": "XMLHttpRequest"}, True),
        ({"sec_fetch_mode": "cors", "accept": PAGE}, False),
        # Over plain http browsers send no `Sec-Fetch-Mode`.
        ({"x_requested_with": "XMLHttpRequest", "accept": PAGE}, False),
        ({"accept": PAGE}, True),
        ({"accept": "Text/HTML"}, True),
        ({"accept": "*/*"}, False),
        ({"accept": "application/json"}, False),
        ({"accept": ""}, False),
        ({}, True),
    ],
    ids=str,
)
def test_who_asks(ask, headers, is_page):
    assert navigation.is_navigation(ask(**headers)) is is_page


def test_a_script_is_told_where_the_login_begins(ask):
    response = navigation.unauthenticated(ask(referer="http://testserver/beers/?sort=name"))
    assert response.status_code == 401
    assert response["Content-Type"] == "application/json"
    assert json.loads(response.content) == {
        "error": "login_required",
        "detail": "You are not signed in. Sign in and try again.",
        "login_url": "/oidc/login/?next=%2Fbeers%2F%3Fsort%3Dname",
    }


def test_no_cache_keeps_it_and_no_other_site_reads_it(ask):
    response = navigation.unauthenticated(ask(origin="https://evil.example"))
    assert "no-store" in response["Cache-Control"] and "private" in response["Cache-Control"]
    assert not [name for name in response.headers if name.lower().startswith("access-control-")]
    assert "Location" not in response


def test_no_browser_asks_for_a_password_at_its_challenge(ask):
    """RFC 9110 §11.6.1 wants a challenge; at these schemes browsers open a window of their own."""
    scheme = navigation.unauthenticated(ask())["WWW-Authenticate"].split()[0].lower()
    assert scheme not in {"basic", "digest", "ntlm", "negotiate"}


@pytest.mark.parametrize(
    "referer",
    [
        None,
        "",
        "https://evil.example/beers/",
        "http://testserver.evil.example/",
        "http://evil.example@testserver:80/",
        "http://testserver//evil.example/",
        "http://testserver/\\evil.example",
        "//evil.example/",
        "javascript:alert(1)",
        "http://testserver/" + "x" * 600,
        "http://[testserver/",
    ],
)
def test_another_sites_page_is_never_gone_on_to(ask, referer):
    """AR-11: nor is the address that the script asked for, which is no page."""
    request = ask() if referer is None else ask(referer=referer)
    told = json.loads(navigation.unauthenticated(request).content)
    assert told["login_url"] == "/oidc/login/"


def test_behind_a_proxy_the_pages_are_those_of_the_public_address(ask, configure):
    configure({"BASE_URL": "https://beer.example.com/"})
    told = navigation.unauthenticated(ask(referer="https://beer.example.com/beers/"))
    assert json.loads(told.content)["login_url"] == "/oidc/login/?next=%2Fbeers%2F"


def test_the_caller_may_say_more(ask):
    response = navigation.unauthenticated(
        ask(), error="insufficient_user_authentication", login_url="/oidc/again/", max_age=300
    )
    told = json.loads(response.content)
    assert (told["error"], told["login_url"]) == ("insufficient_user_authentication", "/oidc/again/")
    assert told["max_age"] == 300
    assert told["detail"] != "You are not signed in. Sign in and try again."


def test_the_words_are_in_the_visitors_language(ask):
    with translation.override("de"):
        told = json.loads(navigation.unauthenticated(ask(), error="session_ended").content)
        expected = str(navigation._WORDS["session_ended"])
    assert told["detail"] == expected
