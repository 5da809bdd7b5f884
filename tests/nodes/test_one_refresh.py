"""Many requests with an expired access token, on all workers of both nodes, are one refresh at Keycloak."""

from __future__ import annotations

import json
import time
from functools import partial
from statistics import median

import pytest

from tests.nodes import wire
from tests.nodes.at_once import at_once
from tests.nodes.patience import until

REQUESTS = 50
LIFE_SECONDS = 2
PAGES, RENEWALS = 50, 5


@pytest.fixture
def refreshes(services, site):
    """How many refreshes Keycloak has seen, those included that it refused."""
    return partial(services.realm.events, "REFRESH_TOKEN", "REFRESH_TOKEN_ERROR", client=site.client_id)


@pytest.fixture
def lapsed(site):
    """What the browser of somebody sends whose access token has lapsed; the next one lives long."""
    site.set_token_lifespan(LIFE_SECONDS)
    browser = site.sign_in("carol").browser
    signed_in = time.time()
    site.set_token_lifespan(site.LONG_SECONDS)
    until(lambda: time.time() > signed_in + LIFE_SECONDS)
    return wire.cookies_of(browser)


def asking(site, path, cookies):
    """So many requests, on both nodes in turn."""
    nodes = [site.nodes[number % 2].base_url for number in range(REQUESTS)]
    return [partial(wire.send, node, path, cookies=cookies) for node in nodes]


# TK-06, SE-03
def test_fifty_pages_with_an_expired_access_token_are_one_refresh(site, refreshes, lapsed, figure):
    before = refreshes()
    began = time.monotonic()
    answers = at_once(asking(site, "/members/", lapsed))
    figure(f"{site.engine}: {REQUESTS} pages at one moment, one of them renews", time.monotonic() - began)
    told = [json.loads(answer.text) for answer in answers]
    assert [answer.status for answer in answers] == [200] * REQUESTS
    assert {one["user"] for one in told} == {"carol"}
    assert len({one["pid"] for one in told}) > 1
    assert refreshes() == before + 1


# TK-06
def test_fifty_who_want_a_fresh_access_token_get_the_same_one(site, refreshes, lapsed):
    """Whoever needs it waits for the one who renews, on whichever node that is."""
    before = refreshes()
    answers = at_once(asking(site, "/token/", lapsed))
    assert [answer.status for answer in answers] == [200] * REQUESTS
    assert len({json.loads(answer.text)["token"] for answer in answers}) == 1
    assert refreshes() == before + 1


def test_what_a_renewal_adds_to_a_page(sites, services, figure):
    """One request to Keycloak, and only where one is due."""
    site = sites("db")
    site.set_token_lifespan(1)
    cookies = wire.cookies_of(site.sign_in("carol").browser)
    renewed = []
    for _ in range(RENEWALS):
        let_it_lapse()
        renewed.append(seconds_of(site, cookies))
    site.set_token_lifespan(site.LONG_SECONDS)
    let_it_lapse()
    seconds_of(site, cookies)
    before = services.realm.events("REFRESH_TOKEN", client=site.client_id)
    pages = [seconds_of(site, cookies) for _ in range(PAGES)]
    assert services.realm.events("REFRESH_TOKEN", client=site.client_id) == before
    figure(f"a page, nothing due, median of {PAGES}", median(pages))
    figure(f"a page with a renewal, median of {RENEWALS}", median(renewed))


def let_it_lapse():
    """Wait until a token of one second is none any more."""
    since = time.time()
    until(lambda: time.time() > since + LIFE_SECONDS)


def seconds_of(site, cookies):
    """How long a page takes."""
    began = time.perf_counter()
    assert wire.send(site.nodes[0].base_url, "/who/", cookies=cookies).status == 200
    return time.perf_counter() - began
