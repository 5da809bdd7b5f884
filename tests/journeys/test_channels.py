"""Websockets of Channels: whose they are, and that they end with the session that they were opened in."""

from __future__ import annotations

import time

import pytest
from asgiref.sync import async_to_sync, sync_to_async

pytest.importorskip("channels", reason="Channels is not installed")

from channels.auth import AuthMiddlewareStack
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from relyant import register
from relyant.contrib.channels import SESSION_ENDED, RelyantMiddleware, RelyantMiddlewareStack
from relyant.contrib.channels.watcher import Watcher
from relyant.models import EndedBy, UserSession
from tests.journeys.aging import ENGINES, change_record, use_engine
from tests.journeys.conftest import signed_in
from tests.journeys.websockets import WebSocket


class WhoAmI(AsyncJsonWebsocketConsumer):
    """Tells who its user is, and what she may do."""

    codes: list = []

    async def receive_json(self, content):
        user = self.scope["user"]
        may = await sync_to_async(user.has_perm)(content["may"]) if "may" in content else None
        await self.send_json({"user": user.get_username(), "staff": user.is_staff, "may": may})

    async def disconnect(self, code):
        self.codes.append(code)


@pytest.fixture(autouse=True)
def _no_codes():
    WhoAmI.codes.clear()


async def opened(browser, stack=RelyantMiddlewareStack):
    """A websocket that a consumer has accepted."""
    socket = WebSocket(stack(WhoAmI.as_asgi()), browser)
    assert (await socket.open())["type"] == "websocket.accept"
    return socket


def run(journey):
    async_to_sync(journey)()


@pytest.mark.parametrize(
    "stack", [RelyantMiddlewareStack, lambda inner: AuthMiddlewareStack(RelyantMiddleware(inner))]
)
def test_a_consumer_sees_who_is_signed_in(browser, relyant_provider, stack):
    relyant_provider.sign_in(browser, "carol")

    async def journey():
        socket = await opened(browser, stack)
        assert await socket.ask() == {"user": "carol", "staff": False, "may": None}
        await socket.leave()
        assert Watcher.of_this_loop().is_idle

    run(journey)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_socket_is_closed_when_its_session_ends(browser, site, relyant_provider, tmp_path, engine):
    use_engine(site, engine, tmp_path)
    relyant_provider.sign_in(browser, "carol")

    async def journey():
        socket = await opened(browser)
        await sync_to_async(lambda: register.end(register.rows(), by=EndedBy.OPERATOR))()
        assert await socket.code() == SESSION_ENDED == 4401
        assert WhoAmI.codes == [SESSION_ENDED]
        assert Watcher.of_this_loop().is_idle

    run(journey)


def test_who_is_disabled_at_the_provider_loses_her_socket(browser, relyant_provider):
    relyant_provider.sign_in(browser, "carol")
    change_record(browser, renew_at=int(time.time()) + 2)

    async def journey():
        socket = await opened(browser)
        relyant_provider.set_disabled("carol")
        assert await socket.code() == SESSION_ENDED

    run(journey)
    assert UserSession.objects.get().ended_by == EndedBy.REFUSED
    assert signed_in(browser) is None
