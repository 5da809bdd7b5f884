"""Who looks after the open websockets of one event loop: once a second, by one query for all of them."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from relyant.contrib.channels.threads import in_own_thread
from relyant.errors import SessionEnded
from relyant.flows import connection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Mapping

    from relyant.contrib.channels.sockets import ScopeUser, Socket
    from relyant.flows.connection import Opened, Registered, Standing

logger = logging.getLogger("relyant")

# The register is asked so often, and a session again whose renewal failed here.
INTERVAL_SECONDS = 1.0
_RETRY_SECONDS = 5
# So many sessions are renewed at once, each in a thread that may wait for a provider.
_RENEWALS_AT_ONCE = 4


@dataclass
class _Watched:
    """One session, and its websockets with the user in the scope of each."""

    standing: Standing
    sockets: dict[Socket, ScopeUser | None] = field(default_factory=dict)
    look: asyncio.Task[None] | None = None
    not_before: float = 0.0

    @property
    def is_looked_at(self) -> bool:
        """Whether that is under way, or failed a moment ago."""
        return (self.look is not None and not self.look.done()) or time.time() < self.not_before


class Watcher:
    """Closes websockets whose sessions have ended, and renews those that are due. Idle while none is open."""

    _of_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, Watcher] = WeakKeyDictionary()

    def __init__(self) -> None:
        self._sessions: dict[str, _Watched] = {}
        self._task: asyncio.Task[None] | None = None
        self._turns = asyncio.Semaphore(_RENEWALS_AT_ONCE)
        self._failing: set[str] = set()

    @classmethod
    def of_this_loop(cls) -> Watcher:
        """Return the one of the running event loop: a process has one, a test may have more."""
        return cls._of_loops.setdefault(asyncio.get_running_loop(), cls())

    @property
    def is_idle(self) -> bool:
        """Whether it has nothing to look after, and asks nobody."""
        return self._task is None

    @asynccontextmanager
    async def watching(self, socket: Socket, opened: Opened, user: ScopeUser | None) -> AsyncIterator[None]:
        """Look after a websocket for as long as its consumer runs, and after the user in its scope."""
        limit = _end_at(socket, opened.ends_at)
        handle = opened.standing.sign_in.handle if opened.standing else None
        if opened.standing and handle:
            self._sessions.setdefault(handle, _Watched(opened.standing)).sockets[socket] = user
            self._task = self._task or asyncio.create_task(self._watch())
        try:
            yield
        finally:
            if limit is not None:
                limit.cancel()
            if handle:
                self._forget(handle, socket)
            await socket.closed()

    def _forget(self, handle: str, socket: Socket) -> None:
        watched = self._sessions.get(handle)
        if watched is not None:
            watched.sockets.pop(socket, None)
            if not watched.sockets:
                del self._sessions[handle]
        if not self._sessions and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL_SECONDS)
            asked = dict(self._sessions)
            said = await self._try(
                "asking the register of sessions", in_own_thread(connection.registered, asked)
            )
            for handle, watched in asked.items():
                self._judge(handle, watched, said)

    def _judge(self, handle: str, watched: _Watched, said: Mapping[str, Registered] | None) -> None:
        """Do what is due for one session. Where the register is away, only its age can end it."""
        now = time.time()
        if watched.standing.is_too_old(now) or (said is not None and handle not in said):
            self._end(watched)
        elif said is not None and watched.standing.is_due(now, said[handle]) and not watched.is_looked_at:
            watched.look = asyncio.create_task(self._look(handle, watched))

    async def _look(self, handle: str, watched: _Watched) -> None:
        async with self._turns:
            scope = next(iter(watched.sockets)).scope if watched.sockets else None
            if scope is None:
                return
            try:
                standing = await self._try(
                    "looking after a session", in_own_thread(connection.look, scope, handle)
                )
            except SessionEnded:
                self._end(watched)
                return
        if standing is None:
            watched.not_before = time.time() + _RETRY_SECONDS
            return
        watched.standing = standing
        for user in watched.sockets.values():
            if user is not None:
                user.become(standing.user)

    def _end(self, watched: _Watched) -> None:
        for socket in watched.sockets:
            socket.end()

    async def _try(self, what: str, asking: Coroutine[Any, Any, Any]) -> Any:
        """Return what comes of it; None where it fails, which is logged once until it goes well again."""
        try:
            said = await asking
        except SessionEnded:
            raise
        except Exception:
            # The database's own errors, and those of what keeps the sessions: of a cache, its client's.
            if what not in self._failing:
                self._failing.add(what)
                logger.exception("%s fails: websockets stay open meanwhile", what)
            return None
        self._failing.discard(what)
        return said


def _end_at(socket: Socket, ends_at: int | None) -> asyncio.TimerHandle | None:
    if ends_at is None:
        return None
    return asyncio.get_running_loop().call_later(max(0, ends_at - time.time()), socket.end)
