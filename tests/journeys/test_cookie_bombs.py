"""A header full of cookies, by a neighbouring host or by accident, fails no login."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import signed_in
from tests.journeys.test_attacks import begin

SIZE = 64 * 1024
BOMBS = {
    "one value": "relyant-x=" + "x" * SIZE,
    "one name": "relyant-" + "x" * SIZE + "=1",
    "many of ours": "; ".join(f"relyant-{number:016}=6.x" for number in range(SIZE // 30)),
    "one of ours, often": "; ".join(["relyant-x=6.x"] * (SIZE // 16)),
    "separators": ";" * SIZE,
    "equals signs": "=" * SIZE,
    "a quote that never ends": 'x="' + "\\" * SIZE,
    "no ASCII": "é" * (SIZE // 2),
    "token": "basket=eyJ" + "x" * SIZE,
}


def header(bomb, browser):
    """The browser's own cookies behind the bomb."""
    own = (f"{name}={cookie.value}" for name, cookie in browser.cookies.items() if cookie.value)
    return "; ".join([bomb, *own])


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_se_01_a_login_goes_through_a_bomb_of_cookies(browser, relyant_provider, bomb):
    """SE-01: 64 KB of them; what the answer sends back is bounded."""
    assert len(bomb) >= SIZE // 2
    request = begin(browser, HTTP_COOKIE=bomb)
    callback = relyant_provider.callback(request, "carol")
    answer = browser.get(callback, HTTP_COOKIE=header(bomb, browser))
    assert (answer.status_code, answer["Location"]) == (302, "/members/")
    assert len(answer.cookies) < 40
    assert signed_in(browser) == "carol"


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_se_01_a_logout_goes_through_a_bomb_of_cookies(browser, relyant_provider, bomb):
    """SE-01"""
    relyant_provider.sign_in(browser, "carol")
    answer = browser.post("/oidc/logout/", HTTP_COOKIE=header(bomb, browser))
    assert answer.status_code == 303
    assert signed_in(browser) is None
