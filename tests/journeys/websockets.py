"""Websockets as a server hands them to Channels, without a server: those of the page that a browser shows."""

from __future__ import annotations

import json
import time
from typing import ClassVar

from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings

from relyant import register
from relyant.contrib.channels import RelyantMiddlewareStack
from relyant.models import EndedBy, UserSession
from tests.journeys.aging import change_record, record_of

# The watcher looks once a second; what isn't there after so many is not coming.
PATIENCE = 10


class WebSocket(ApplicationCommunicator):
    """One websocket, on which JSON goes both ways."""

    def __init__(self, application, browser=None, path="/beers/", **scope):
        name = settings.SESSION_COOKIE_NAME
        has_cookie = browser is not None and name in browser.cookies
        headers = [(b"cookie", f"{name}={browser.cookies[name].value}".encode())] if has_cookie else []
        told = {
            "type": "websocket",
            "path": path,
            "query_string": b"",
            "headers": headers,
            "subprotocols": [],
        }
        super().__init__(application, {**told, **scope})

    async def open(self):
        """Open it, and return what the server is told first."""
        await self.send_input({"type": "websocket.connect"})
        return await self.receive_output(PATIENCE)

    async def ask(self, **question):
        """Ask the consumer something."""
        await self.send_input({"type": "websocket.receive", "text": json.dumps(question)})
        return json.loads((await self.receive_output(PATIENCE))["text"])

    async def code(self):
        """Wait until the server side closes it, and has finished; return the code."""
        message = await self.receive_output(PATIENCE)
        await self.wait(PATIENCE)
        assert message["type"] == "websocket.close"
        return message["code"]

    async def leave(self):
        """Close it, as a browser does that leaves the page."""
        await self.send_input({"type": "websocket.disconnect", "code": 1001})
        await self.wait(PATIENCE)


class Bar(AsyncJsonWebsocketConsumer):
    """Says who its user is, and what she may do. Notes what it is told."""

    noted: ClassVar[list] = []

    async def receive_json(self, content):
        self.noted.append(content)
        user = self.scope["user"]
        may = await sync_to_async(user.has_perm)(content["may"]) if "may" in content else None
        await self.send_json({"user": user.get_username(), "staff": user.is_staff, "may": may})

    async def disconnect(self, code):
        self.noted.append(code)
        # Whoever tells others of the end may be late: this goes nowhere.
        await self.send_json({"user": "late"})


class Doorman(AsyncJsonWebsocketConsumer):
    """Never opens."""

    async def connect(self):
        pass


def end_all():
    """End each session, as an operator does; those of other tests are rolled back."""
    register.end(register.rows().filter(ended_at=None), by=EndedBy.OPERATOR)


def make_due(browser, **changed):
    """Let a session be one that is to be renewed by now, as the register says to whoever watches it."""
    generation = record_of(browser)["generation"] + 1
    change_record(browser, renew_at=int(time.time()) - 1, generation=generation, **changed)
    UserSession.objects.filter(handle=record_of(browser)["handle"]).update(generation=generation)


async def opened(browser, stack=RelyantMiddlewareStack, **scope):
    """A websocket that the consumer has accepted."""
    socket = WebSocket(stack(Bar.as_asgi()), browser, **scope)
    assert (await socket.open())["type"] == "websocket.accept"
    return socket
