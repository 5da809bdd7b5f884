"""A logout token counts once on both nodes, and not at all where that can't be known."""

from __future__ import annotations

import secrets
from functools import partial

import pytest

from tests.nodes.at_once import at_once
from tests.nodes.outage import down

COPIES = 50
REPLAYS = 300
GARBAGE = 300
ENDS = "SELECT count(*) FROM relyant_event WHERE kind = 'session_ended' AND detail->>'by' = 'back_channel'"


@pytest.fixture
def site(sites):
    """Sessions in the database."""
    return sites("db")


# LO-03
def test_of_fifty_copies_at_one_moment_one_counts_and_of_three_hundred_later_none(site):
    visitor, before = site.sign_in("carol", node=2), site.rows(ENDS)[0][0]
    token = site.logout_token(visitor)
    # Some may meet the first one while it is at work, and are told the same as it.
    answers = at_once([partial(site.post_logout_token, token, 1 + number % 2) for number in range(COPIES)])
    assert 200 in answers and set(answers) <= {200, 400}
    assert site.who(visitor.browser) is None
    # She comes back, and not one of the copies that still come ends anything.
    again = site.sign_in("carol")
    assert {site.post_logout_token(token, 1 + number % 2) for number in range(REPLAYS)} == {400}
    assert site.who(again.browser, node=2) == "carol"
    assert site.rows(ENDS) == [(before + 1,)]


# FT-22
def test_without_redis_sessions_in_the_database_go_on_and_a_copy_is_still_refused(site, services):
    first, second = site.sign_in("carol"), site.sign_in("chris")
    used = site.logout_token(site.sign_in("carol"))
    assert site.post_logout_token(used) == 200
    with down(services.redis):
        for node in (1, 2):
            assert site.who(first.browser, node) == "carol"
            assert site.post_logout_token(used, node) == 400
        token = site.logout_token(second)
        assert site.post_logout_token(token, 2) == 200
        assert site.post_logout_token(token, 1) == 400
        assert site.who(second.browser) is None
        assert site.who(site.sign_in("adam").browser, node=2) == "adam"


# FT-22
def test_without_redis_the_end_of_a_session_in_it_is_told_to_be_unfinished(sites, services):
    """Whoever sent the token may send it again; the register knows at once."""
    site = sites("cache")
    visitor = site.sign_in("carol")
    sid, token = site.sid(visitor), site.logout_token(visitor)
    with down(services.redis):
        assert site.post_logout_token(token) == 503
        ended = site.rows("SELECT ended_by FROM relyant_usersession WHERE sid = %s", sid)
        assert ended == [("back_channel",)]
    assert site.post_logout_token(token, 2) == 200
    assert site.post_logout_token(token) == 400
    assert site.who(visitor.browser) is None


# FT-22
def test_without_the_database_no_logout_token_is_accepted(site, services):
    visitor = site.sign_in("carol")
    token = site.logout_token(visitor)
    with down(services.postgresql):
        assert {site.post_logout_token(token, node) for node in (1, 2)} == {503}
    assert site.who(visitor.browser) == "carol"
    assert site.post_logout_token(token, 2) == 200
    assert site.post_logout_token(token, 1) == 400
    assert site.who(visitor.browser) is None


# FT-25, LO-07
def test_garbage_is_refused_while_the_database_is_away(site, services):
    """It is asked for nothing."""
    token = site.logout_token(site.sign_in("carol"))
    head, payload, signature = token.split(".")
    kinds = [
        lambda: secrets.token_urlsafe(300),
        lambda: f"{head}.{secrets.token_urlsafe(200)}.{signature}",
        lambda: f"{head}.{payload}.{secrets.token_urlsafe(len(signature) * 3 // 4)}",
        lambda: "." * 1000,
    ]
    with down(services.postgresql):
        for number in range(GARBAGE):
            assert site.post_logout_token(kinds[number % len(kinds)](), 1 + number % 2) == 400
    assert site.post_logout_token(token) == 200
