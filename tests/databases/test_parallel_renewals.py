"""Requests of one session at one moment, whose access token has aged: the provider is asked once, and nobody is out."""

from __future__ import annotations

import pytest

SERVERS = ("postgresql", "mariadb")
ALL = ("sqlite", *SERVERS)
REQUESTS = 50
ROUNDS = 3
TABS = 20


# TK-06
@pytest.mark.parametrize("database", ALL)
def test_tk_06_fifty_requests_with_an_aged_access_token_are_one_refresh(play, database):
    """TK-06: the provider takes a refresh token once, and would end the session over a second use."""
    rounds = play(database, "renew")["rounds"]
    assert [(one["refreshes"], set(one["said"])) for one in rounds] == [(1, {"200"})] * ROUNDS
    assert all(len(one["said"]) == REQUESTS and not one["claimed"] for one in rounds)
    assert [one["generation"] for one in rounds] == [2, 4, 6]


# TK-06
@pytest.mark.parametrize("database", ALL)
def test_tk_06_fifty_pages_that_need_an_expired_token_get_the_same_new_one(play, database):
    """TK-06: one asks, and the others wait for what comes of it."""
    told = play(database, "access_tokens")
    assert (told["refreshes"], len(told["said"]), told["is_new"]) == (1, 1, True)
    assert (told["generation"], told["claimed"], told["ended_by"]) == (2, False, "")


@pytest.mark.parametrize("database", SERVERS)
def test_a_view_that_is_rolled_back_takes_no_new_token_along(play, database):
    told = play(database, "roll_back")
    assert told["said"] == ["200", "500"]
    assert (told["refreshes"], told["ended_by"]) == (2, "")


# SE-03
@pytest.mark.parametrize("database", ALL)
def test_se_03_of_twenty_tabs_at_one_moment_one_is_led_by_the_provider(play, database):
    """SE-03: the others are shown."""
    assert play(database, "tabs")["said"] == ["200"] * (TABS - 1) + ["302"]
