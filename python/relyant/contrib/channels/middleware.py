"""The ASGI middleware for Channels: it puts the session's user into the scope, and holds its websockets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from channels.sessions import CookieMiddleware, SessionMiddleware
from django.contrib.auth.models import AnonymousUser

from relyant.contrib.channels.sockets import ScopeUser, Socket
from relyant.contrib.channels.threads import in_own_thread
from relyant.contrib.channels.watcher import Watcher
from relyant.errors import SessionEnded
from relyant.flows import connection

if TYPE_CHECKING:
    from relyant.contrib.channels.sockets import Application, Receive, Scope, Send
    from relyant.flows.connection import Opened

_WEBSOCKET = "websocket"


class RelyantMiddleware:
    """Sets `scope["user"]`, and closes a websocket when the session ends that it was opened in.

    Goes inside of Channels' `SessionMiddleware` or `AuthMiddlewareStack`. A user whom another middleware has
    set stays, unless it is the session's own, who is lent what her sign-in granted.
    """

    def __init__(self, inner: Application) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the connection on with its user."""
        if "session" not in scope:
            raise ValueError(
                "RelyantMiddleware found no session in the scope: put it inside of Channels' "
                "SessionMiddleware, or take RelyantMiddlewareStack"
            )
        if scope["session"].session_key is None:
            await self._inner({"user": AnonymousUser(), **scope}, receive, send)
            return
        socket = Socket(scope, receive, send) if scope["type"] == _WEBSOCKET else None
        try:
            opened = await in_own_thread(connection.opened, scope)
        except SessionEnded:
            await self._without_session(socket, scope, receive, send)
            return
        user = _user_for(scope, opened)
        if socket is None:
            await self._inner({**scope, "user": user}, receive, send)
            return
        followed = user if isinstance(user, ScopeUser) else None
        async with Watcher.of_this_loop().watching(socket, opened, followed):
            await self._inner({**scope, "user": user}, socket.receive, socket.send)

    async def _without_session(
        self, socket: Socket | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Close a websocket whose session has ended. What is asked by HTTP is of nobody who is signed in."""
        if socket is not None:
            await socket.refuse()
            return
        await self._inner({**scope, "user": AnonymousUser()}, receive, send)


def RelyantMiddlewareStack(inner: Application) -> Application:  # noqa: N802  named as those of Channels are
    """Make what goes around the routes of websockets, in the place of Channels' `AuthMiddlewareStack`."""
    stack: Application = CookieMiddleware(SessionMiddleware(RelyantMiddleware(inner)))
    return stack


def _user_for(scope: Scope, opened: Opened) -> Any:
    """The session's user, who changes with it; but for one whom another middleware has put in her place."""
    if opened.standing is None:
        return opened.user
    is_hers = "user" not in scope or scope["user"] == opened.user
    return ScopeUser(opened.user) if is_hers else scope["user"]
