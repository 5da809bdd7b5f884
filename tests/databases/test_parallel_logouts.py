"""Logout tokens that come at one moment with their login, or with their copies: no logout is lost, and none counts twice."""

from __future__ import annotations

import pytest

ALL = ("sqlite", "postgresql", "mariadb")
PEOPLE = 20


# LO-15
@pytest.mark.parametrize("database", ALL)
def test_lo_15_a_login_that_meets_its_logout_token_ends_signed_out(play, database):
    """LO-15: either the login finds the notice, or the notice the session."""
    told = play(database, "overtake")
    for statuses, who in told["met"]:
        # The login was refused; or was complete, and its session gone a moment later or, which is Django's 400, before.
        assert statuses in (["200", "302"], ["200", "403"], ["200", "400"]), told["met"]
        assert who is None
    assert (told["notices"], told["pending"], told["sessions"]) == (PEOPLE, 0, 0)


# LO-03
@pytest.mark.parametrize("database", ALL)
def test_lo_03_twenty_copies_at_one_moment_end_one_session(play, database):
    """LO-03: those that come while the first is at work help it; each later one is refused."""
    told = play(database, "replay")
    assert 200 in told["said"] and set(told["said"]) <= {200, 400}, told["said"]
    assert told["again"] == 400
    assert (told["out"], told["in"]) == (None, "chris")
    assert (told["notices"], told["pending"], told["sessions"]) == (1, 0, 1)
