"""The how-to on async views and Channels, carried out: a real server, real websockets, and an end from another process."""

from __future__ import annotations

import json

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from relyant.contrib.channels import SESSION_ENDED
from tests.docs import pages
from tests.docs.reader import START_SECONDS

PATIENCE = 15
MAY = ("carol", False), ("chris", True)


@pytest.fixture
def site(owner):
    """The site of the page, served by uvicorn; its own blocks are in the order of the page."""
    *files, install, asgi, consumer, serve, script = pages.blocks("how-to/async.md")
    owner.changes['pip install "relyant[channels]"'] = "python -m pip show -q channels"
    for block in (*files, install, asgi, consumer, script):
        owner.follow(block)
    owner.check()
    owner.make_database()
    owner.terminal("second").leave_running("python manage.py relyant_provider")
    owner.terminal("second").wait_for("Development provider at", seconds=START_SECONDS)
    owner.changes["--port 8000"] = f"--port {owner.base_url.rpartition(':')[2]}"
    owner.follow(serve)
    owner.terminal().wait_for("Application startup complete", seconds=START_SECONDS)
    return owner


def tap(owner, visitor=None):
    """The websocket of a page of the site, in a visitor's browser."""
    cookies = "; ".join(f"{one.name}={one.value}" for one in visitor.browser.cookies) if visitor else ""
    headers = {"Cookie": cookies} if cookies else {}
    address = owner.base_url.replace("http", "ws", 1) + "/tap/"
    return connect(address, origin=owner.base_url, additional_headers=headers, proxy=None)


def ask(socket):
    socket.send("{}")
    return json.loads(socket.recv(PATIENCE))


def code(socket):
    with pytest.raises(ConnectionClosed):
        socket.recv(PATIENCE)
    return socket.close_code


def test_async_views_and_channels(site):
    for name, may_add in MAY:
        visitor, page = site.sign_in(name, "/taps/")
        said = json.loads(page.html)
        assert said["token_length"] > 100
        assert said == {"name": name, "may_add": may_add, "token_length": said["token_length"]}
        with tap(site, visitor) as socket:
            assert ask(socket) == {"name": name, "may_add": may_add}
    assert f"event.code === {SESSION_ENDED}" in pages.blocks("how-to/async.md")[-1].text

    carol, adam = site.sign_in("carol")[0], site.sign_in("adam")[0]
    with tap(site, carol) as ends, tap(site, adam) as stays:
        assert (ask(ends)["name"], ask(stays)["name"]) == ("carol", "adam")
        end = "python manage.py relyant_sessions end --user carol"
        site.terminal("third").run(end, seconds=START_SECONDS)
        assert code(ends) == SESSION_ENDED == 4401
        assert ask(stays)["name"] == "adam"
    with pytest.raises(InvalidStatus, match="403"), tap(site, carol):
        pass
