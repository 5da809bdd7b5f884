"""Websockets as a server hands them to Channels, without a server: those of the page that a browser shows."""

from __future__ import annotations

import json

from asgiref.testing import ApplicationCommunicator
from django.conf import settings

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
