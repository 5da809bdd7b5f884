"""What fails around the nodes: the database, Redis, and the log."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from contextlib import closing, contextmanager, suppress
from functools import partial
from urllib.parse import urlsplit

import pytest

from tests.nodes import wire
from tests.nodes.node import Node
from tests.nodes.outage import down
from tests.nodes.patience import until

# As few as Linux lets a pipe hold.
PIPE_BYTES = 4096


@pytest.fixture
def site(sites):
    """Sessions in the database."""
    return sites("db")


# FT-23
def test_without_its_database_a_callback_makes_nothing_and_its_code_is_spent_once(site, services):
    told = services.realm.events
    visitor = site.visit()
    address = visitor.callback_as("carol", "/members/")
    tokens = [("CODE_TO_TOKEN",), ("CODE_TO_TOKEN_ERROR",)]
    before = [told(*kinds, client=site.client_id) for kinds in tokens]
    with down(services.postgresql):
        page = visitor.browser.get(address)
        assert page.status == 503
        assert "Traceback" not in page.text and page.headers["Retry-After"]
        assert "sessionid" not in wire.cookies_of(visitor.browser)
    # The same address again, now that the database is back: the code was shown to Keycloak once, and never again.
    again = visitor.browser.get(address)
    assert again.status == 400, again.text
    assert [told(*kinds, client=site.client_id) for kinds in tokens] == [before[0] + 1, before[1]]
    assert site.who(visitor.browser) is None
    assert site.who(site.sign_in("carol").browser) == "carol"


class BlockedPipe:
    """A pipe that nobody reads, and that is full once somebody has filled it."""

    def __init__(self):
        self._reader, self.writer = os.pipe()
        fcntl.fcntl(self.writer, fcntl.F_SETPIPE_SZ, PIPE_BYTES)

    def fill(self):
        """Leave no room in it: whoever writes now waits."""
        os.set_blocking(self.writer, False)
        with suppress(BlockingIOError):
            while True:
                os.write(self.writer, b"x")
        os.set_blocking(self.writer, True)

    def break_off(self):
        """Let nobody wait any more: what is written meets an error."""
        reader, self._reader = self._reader, None
        if reader is not None:
            os.close(reader)

    def close(self):
        """Give back both ends."""
        self.break_off()
        os.close(self.writer)


@contextmanager
def third_node(site, **how):
    """One more node of the site, with a log of its own."""
    node = Node(site.folder / "node-3.log", site.environment)
    try:
        node.start(**how)
        yield node
    finally:
        node.stop()


# FT-30
def test_a_full_disk_under_the_log_stops_nobody(site):
    with open("/dev/full", "w") as full, third_node(site, stdout=full, stderr=full) as node:
        visitor = site.sign_in("carol")
        assert json.loads(visitor.browser.get(f"{node.base_url}/members/").html)["user"] == "carol"


# FT-30
def test_a_blocked_log_at_one_node_stops_nobody_at_the_others(site, services, realm):
    """What a handler of the log waits for is its own affair: no row of the database waits with it."""
    site.sign_in("adam")
    events = "SELECT count(*) FROM relyant_event WHERE kind = 'superuser_kept'"
    before = site.rows(events)[0][0]
    realm.set_roles("adam", ["creators"])
    with closing(BlockedPipe()) as pipe, third_node(site, stdout=pipe.writer, stderr=pipe.writer) as node:
        pipe.fill()
        visitor = site.visit()
        callback = urlsplit(visitor.callback_as("adam"))
        login = partial(
            wire.send,
            node.base_url,
            f"{callback.path}?{callback.query}",
            cookies=wire.cookies_of(visitor.browser),
            headers={"Host": callback.netloc},
        )
        # Its log is to say that the last superuser stays one. It can't, and what was decided is written.
        blocked = threading.Thread(target=login)
        blocked.start()
        until(lambda: site.rows(events) == [(before + 1,)])
        assert blocked.is_alive()
        for name in ("adam", "carol"):
            assert site.who(site.sign_in(name).browser, node=2) == name
        assert blocked.is_alive()
        pipe.break_off()
        blocked.join()
