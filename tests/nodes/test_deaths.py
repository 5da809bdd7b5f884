"""`kill -9` of workers at 200 drawn points of login, renewal, logout and back-channel logout, with each engine.

Nothing is half made afterwards, nobody is signed in whom the register doesn't have, no logout is lost that was
answered or written down, and the site works.
"""

from __future__ import annotations

import json
import os
import random
import time
from functools import partial
from urllib.parse import urlsplit

import pytest

from tests.nodes import wire
from tests.nodes.deaths import Deaths
from tests.nodes.patience import until

# Ten of each of four ways with each of five engines.
POINTS = 10
LIFE_SECONDS = 1
SEED = int(os.environ.get("RELYANT_SEED") or random.randrange(1 << 32))
CALLBACK, LOGOUT = "/oidc/callback/keycloak/", "/oidc/logout/"
BACK_CHANNEL = "/oidc/back-channel-logout/keycloak/"
# What stands on a user by the database's own constraints.
OF_USERS = ("relyant_usersession", "relyant_linkedidentity", "auth_user_groups")


@pytest.fixture
def deaths(site):
    """Orders for the workers; none is left behind, and those that were met were carried out."""
    orders, before = Deaths(site), deaths_of(site)
    yield orders
    orders.cancel()
    # A draw near the end may lie behind the end of a request that took fewer steps than the one that was counted.
    until(lambda: deaths_of(site) - before >= POINTS // 2)


def deaths_of(site):
    """How many workers have died, as their parents say."""
    return site.log().count("was sent SIGKILL")


@pytest.fixture
def draw(site, figure):
    """Draw the points of one way: anew in each run, and again with RELYANT_SEED."""
    figure.say(f"points of death: RELYANT_SEED={SEED}")
    return lambda way, steps: sorted(
        random.Random(f"{SEED} {site.engine} {way}").choices(range(1, steps + 1), k=POINTS)
    )


def forget_everybody(site):
    """No users, and nothing of them."""
    assert wire.send(site.nodes[0].base_url, "/forget/").status == 200
    site.rows("UPDATE relyant_event SET user_id = NULL, actor_id = NULL")
    for table in (*OF_USERS, "auth_user"):
        site.rows(f"DELETE FROM {table}")


def nothing_is_half_made(site, *, is_finished=False):
    """Whoever is there has her identity and her group; whatever session is there has its row, which goes on.

    Or the row has ended and knows what is to be deleted, for whoever finishes it.
    """
    for table in ("relyant_linkedidentity", "auth_user_groups"):
        assert (
            site.rows(f"SELECT username FROM auth_user WHERE id NOT IN (SELECT user_id FROM {table})") == []
        )
    known_of = "ended_at IS NULL" if is_finished else "ended_at IS NULL OR session_key <> ''"
    rows = {handle for (handle,) in site.rows(f"SELECT handle FROM relyant_usersession WHERE {known_of}")}
    held = json.loads(wire.send(site.nodes[0].base_url, "/held/").text)["sessions"]
    assert {one["handle"] for one in held} <= rows


def sessions_of(site, number):
    """The cookies of so many browsers of one person, each with a session of its own here and at Keycloak."""
    return [wire.cookies_of(site.sign_in("carol").browser) for _ in range(number)]


def known(site, cookies, node=2):
    """Who a node says this browser's visitor is."""
    answer = wire.send(site.nodes[node - 1].base_url, "/who/", cookies=cookies)
    return json.loads(answer.text)["user"] if answer.status == 200 else None


# FT-24
def test_a_worker_dies_in_the_middle_of_a_first_login(site, deaths, draw):
    visitor = site.visit()
    visitor.open_as("carol", "/members/")
    at_keycloak = [one for one in visitor.browser.cookies if one.path != "/"]
    first = site.nodes[0].base_url

    def callback():
        """Her callback, by Keycloak's memory of her, in a browser that the site doesn't know."""
        visitor.browser.cookies.clear()
        for one in at_keycloak:
            visitor.browser.cookies.set_cookie(one)
        page = visitor.open("/oidc/login/?next=/members/", follow=False)
        while urlsplit(page.location).path != CALLBACK:
            page = visitor.browser.get(page.location, follow=False)
            assert page.location, page.text
        address = urlsplit(page.location)
        cookies = wire.cookies_of(visitor.browser)
        return partial(wire.send, first, f"{address.path}?{address.query}", cookies=cookies)

    forget_everybody(site)
    steps, answer = deaths.steps("GET", CALLBACK, callback())
    assert answer.status == 302
    for step in draw("login", steps):
        forget_everybody(site)
        ask = callback()
        deaths.order("GET", CALLBACK, step)
        answer = ask()
        nothing_is_half_made(site)
        if answer is None:
            # She presses "reload": no error of ours, whatever has become of the code.
            assert ask().status in (302, 400, 403), step
            nothing_is_half_made(site)
        assert callback()().status == 302
        assert site.rows("SELECT username FROM auth_user") == [("carol",)]


# FT-24
def test_a_worker_dies_in_the_middle_of_a_renewal(site, deaths, draw):
    forget_everybody(site)
    site.set_token_lifespan(LIFE_SECONDS)
    browsers = sessions_of(site, POINTS + 1)
    last = time.time()
    site.set_token_lifespan(site.LONG_SECONDS)
    until(lambda: time.time() > last + LIFE_SECONDS + 1)
    first = site.nodes[0].base_url
    steps, answer = deaths.steps("GET", "/who/", partial(wire.send, first, "/who/", cookies=browsers.pop()))
    assert answer.status == 200
    for step, cookies in zip(draw("renewal", steps), browsers, strict=True):
        deaths.order("GET", "/who/", step)
        answer = wire.send(first, "/who/", cookies=cookies)
        kept = answer.cookies if answer else cookies
        # Others go on, at the other node, while nobody knows yet that the one who renews it is dead.
        assert known(site, kept) == "carol", step
        nothing_is_half_made(site)
        # And when it has had its time, the next one renews.
        site.rows("UPDATE relyant_usersession SET claimed_until = NULL")
        assert known(site, kept) == "carol", step
    nothing_is_half_made(site)
    assert site.rows(
        "SELECT count(*) FROM relyant_usersession WHERE ended_at IS NULL AND generation = 0"
    ) == [(0,)]


# FT-24
def test_a_worker_dies_in_the_middle_of_a_logout(site, deaths, draw):
    first = site.nodes[0].base_url

    def leave(cookies):
        """Press the button of the page that asks."""
        page = wire.send(first, LOGOUT, cookies=cookies)
        token = page.cookies["csrftoken"]
        body = f"csrfmiddlewaretoken={token}"
        return partial(wire.send, first, LOGOUT, method="POST", body=body, cookies=page.cookies)

    forget_everybody(site)
    *browsers, one_more = sessions_of(site, POINTS + 1)
    steps, answer = deaths.steps("POST", LOGOUT, leave(one_more))
    assert answer.status == 303
    for step, cookies in zip(draw("logout", steps), browsers, strict=True):
        ask = leave(cookies)
        deaths.order("POST", LOGOUT, step)
        answer = ask()
        nothing_is_half_made(site)
        if answer is None:
            # Nobody told her that she is out: she presses it again.
            assert leave(cookies)().status == 303, step
        assert known(site, cookies) is None, step
        nothing_is_half_made(site, is_finished=True)


# FT-24
def test_a_worker_dies_in_the_middle_of_a_back_channel_logout(site, deaths, draw, services):
    def end(cookies):
        """End the session at Keycloak, which tells the first node of it."""
        (sid,) = [json.loads(wire.send(site.nodes[0].base_url, "/who/", cookies=cookies).text)["sid"]]
        services.realm.end_session(sid)
        return sid

    forget_everybody(site)
    *browsers, one_more, the_last = sessions_of(site, POINTS + 2)
    steps, _sid = deaths.steps("POST", BACK_CHANNEL, partial(end, one_more))
    ended = []
    for step, cookies in zip(draw("back-channel", steps), browsers, strict=True):
        deaths.order("POST", BACK_CHANNEL, step)
        ended.append((step, cookies, end(cookies)))
    deaths.cancel()
    # A while later somebody else signs out: who takes that token sees to what was written down, and no more.
    site.rows("UPDATE relyant_logoutnotice SET issued_at = issued_at - interval '1 minute'")
    end(the_last)
    written_down = {sid for (sid,) in site.rows("SELECT sid FROM relyant_logoutnotice")}
    for step, cookies, sid in ended:
        assert known(site, cookies) == (None if sid in written_down else "carol"), step
    assert site.rows("SELECT count(*) FROM relyant_logoutnotice WHERE completed_at IS NULL") == [(0,)]
    nothing_is_half_made(site, is_finished=True)
