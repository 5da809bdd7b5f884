"""A session goes on as long as its provider says so: renewals by the refresh token, and what ends it."""

from __future__ import annotations

import time

import pytest
from django.contrib.auth.models import User

from relyant import lifetimes, register, sessions
from relyant.models import EndedBy, UserSession
from tests.journeys.conftest import signed_in

# The development provider's access tokens live so long.
TOKEN_SECONDS = 300


@pytest.fixture
def later(monkeypatch):
    """Let time go on for Relyant's Python side: `later(300)`; the provider and the core know nothing of it."""
    ahead, now = [0.0], time.time

    def go(seconds):
        ahead[0] += seconds

    monkeypatch.setattr(time, "time", lambda: now() + ahead[0])
    from django.utils import timezone

    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + timezone.timedelta(seconds=ahead[0]))
    return go


@pytest.fixture
def carol(browser, relyant_provider):
    """Carol, signed in."""
    relyant_provider.sign_in(browser, "carol")
    relyant_provider.requests()
    return browser


def asked(provider, endpoint="token"):
    return provider.requests().get(endpoint, 0)


def test_a_session_is_renewed_when_its_access_token_ages(carol, relyant_provider, later):
    before = asked(relyant_provider)
    assert signed_in(carol) == "carol"
    assert asked(relyant_provider) == before
    later(TOKEN_SECONDS)
    assert signed_in(carol) == "carol"
    assert asked(relyant_provider) == before + 1
    row = UserSession.objects.get()
    assert (row.generation, row.claimed_until, row.failing_since) == (2, None, None)


def test_one_page_of_a_session_without_a_refresh_token_asks_by_the_browser(
    browser, site, relyant_provider, later
):
    site.RELYANT = {**site.RELYANT, "KEEP_TOKENS": "none"}
    relyant_provider.sign_in(browser, "carol")
    later(site.RELYANT.get("RECHECK", 3600))
    led_away = browser.get("/beers/?colour=dark")
    assert led_away.status_code == 302 and "prompt=none" in led_away["Location"]
    # Another tab goes on meanwhile.
    assert signed_in(browser) == "carol"
