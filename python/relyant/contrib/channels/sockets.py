"""A websocket between its server and its consumer, which ends for both when its session does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.utils.functional import SimpleLazyObject

logger = logging.getLogger("relyant")

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[Any]]

# The code with which it is closed. RFC 6455 §7.4.2: those from 4000 on are for agreements such as this.
SESSION_ENDED = 4401
_REASON = "the session has ended"
# What a consumer says instead of opening it, or to close it.
_LAST_MESSAGES = ("websocket.close", "websocket.http.response.start")


class ScopeUser(SimpleLazyObject):  # type: ignore[type-arg]
    """The user in a connection's scope: of a session that is renewed, whoever she is by then."""

    def __init__(self, user: Any) -> None:
        super().__init__(lambda: user)

    def become(self, user: Any) -> None:
        """Be this user object from now on."""
        self._wrapped = user


class Socket:
    """Passes messages on both ways. Once it is ended, the consumer is disconnected, and nothing passes."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self._receive, self._send = receive, send
        self._over = asyncio.get_running_loop().create_future()
        self._closing: asyncio.Task[None] | None = None
        self._is_accepted = self._is_closed = False

    async def receive(self) -> Message:
        """Receive for the consumer."""
        if not self._over.done():
            message = await self._first_of_both()
            if message is not None:
                return message
        return {"type": "websocket.disconnect", "code": SESSION_ENDED, "reason": _REASON}

    async def send(self, message: Message) -> None:
        """Send for the consumer; what it says after the end goes nowhere."""
        if self._over.done():
            return
        self._is_accepted = self._is_accepted or message["type"] == "websocket.accept"
        self._is_closed = self._is_closed or message["type"] in _LAST_MESSAGES
        await self._send(message)

    def end(self) -> None:
        """End it: the browser is told without waiting for the consumer, which may be busy."""
        if not self._over.done():
            self._over.set_result(None)
            self._closing = asyncio.create_task(self._close())

    async def refuse(self) -> None:
        """End it before any consumer has seen it."""
        await self._receive()
        self.end()
        await self.closed()

    async def closed(self) -> None:
        """Wait until the browser has been told, if it is to be."""
        if self._closing is not None:
            await self._closing

    async def _first_of_both(self) -> Message | None:
        """Return the server's next message; None where the socket was ended first."""
        coming = asyncio.ensure_future(self._receive())
        try:
            await asyncio.wait({coming, self._over}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not coming.done():
                coming.cancel()
        return None if self._over.done() else await coming

    async def _close(self) -> None:
        """Close it by its code. A browser learns no code of a socket that was never open: so it is opened."""
        if self._is_closed:
            return
        try:
            if not self._is_accepted:
                wanted = self.scope.get("subprotocols") or [None]
                await self._send({"type": "websocket.accept", "subprotocol": wanted[0]})
            await self._send({"type": "websocket.close", "code": SESSION_ENDED, "reason": _REASON})
        except Exception as error:  # noqa: BLE001  the server's own, where the browser has gone already
            logger.debug("a websocket was gone before it could be closed: %s", error)
