"""What ends at Keycloak ends on both nodes: by a refresh that is refused, by a logout token, whatever keeps sessions."""

from __future__ import annotations

import time
from functools import partial

from tests.nodes.conftest import ENGINES
from tests.nodes.patience import until

LIFE_SECONDS = 4
# Within a second on a machine that does nothing else; the figure is told, and the bound is for busy ones.
BACK_CHANNEL_SECONDS = 10


def is_out(site, browser, node):
    return site.who(browser, node) is None


# FT-07
def test_who_is_disabled_is_out_within_one_life_of_an_access_token(sites, realm, figure):
    """On both nodes, each with a browser of its own, and with each engine."""
    visitors = []
    for engine in ENGINES:
        site = sites(engine)
        site.set_token_lifespan(LIFE_SECONDS)
        for node in (1, 2):
            visitors.append((site, node, site.sign_in("chris", node=node).browser))
        site.set_token_lifespan(site.LONG_SECONDS)
    # Each of them has a token of now, and would go on with it for as long as that lives.
    disabled = time.monotonic()
    realm.set_enabled("chris", False)
    for site, node, browser in visitors:
        until(partial(is_out, site, browser, node), LIFE_SECONDS + BACK_CHANNEL_SECONDS)
        assert site.who(browser, 3 - node) is None
    figure(
        f"disabled, to out in {len(visitors)} browsers ({LIFE_SECONDS} s tokens)", time.monotonic() - disabled
    )


# LO-05, LO-08
def test_a_logout_token_ends_one_of_two_browsers_at_the_other_node(site, services, figure):
    """It arrives at the first node; both browsers are known at both."""
    hers, ended = site.sign_in("carol", node=1), site.sign_in("carol", node=2)
    sid = site.sid(ended)
    assert sid != site.sid(hers)
    began = time.monotonic()
    services.realm.end_session(sid)
    told = time.monotonic() - began
    until(partial(is_out, site, ended.browser, 2), BACK_CHANNEL_SECONDS)
    figure(f"{site.engine}: back-channel logout, to out at the other node", time.monotonic() - began)
    figure(f"{site.engine}: of it, Keycloak's own answer, which waits for ours", told)
    for node in (1, 2):
        assert site.who(ended.browser, node) is None
        assert site.who(hers.browser, node) == "carol"
    rows = site.rows("SELECT ended_by, session_key FROM relyant_usersession WHERE sid = %s", sid)
    assert rows == [("back_channel", "")]
    # She may come back, by a session of its own.
    assert site.who(site.sign_in("carol", node=2).browser, node=1) == "carol"
