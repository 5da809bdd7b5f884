"""What fails around the nodes: the database, Redis, and the log."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager, suppress

import pytest

from tests.nodes import wire
from tests.nodes.node import Node

# As few as Linux lets a pipe hold.
PIPE_BYTES = 4096


@pytest.fixture
def site(sites):
    """Sessions in the database."""
    return sites("db")


@contextmanager
def down(server):
    """A server that is away for as long as the block."""
    server.stop()
    try:
        yield
    finally:
        server.start()


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


@contextmanager
def blocked_pipe():
    """The writing end of a full pipe that nobody reads."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    try:
        yield writer, lambda: fill(writer)
    finally:
        os.close(reader)
        os.close(writer)


def fill(writer):
    os.set_blocking(writer, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writer, b"x")
    os.set_blocking(writer, True)


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
