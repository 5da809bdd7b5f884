"""A connection that stays open, such as a websocket, and the session that it stands on: whether that goes on.

No page of that session may be asked for while it is open. So whoever holds it looks by itself, as `gate` does
before each page: `registered` asks about all connections at once, `look` brings one up to date.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.contrib import auth
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from relyant import lifetimes, register, renewals, session_permissions, session_records, sessions
from relyant.errors import SessionEnded, database_translated
from relyant.flows import ending, gate, recheck, refresh
from relyant.flows.refresh import Outcome
from relyant.lifetimes import Due

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from django.http import HttpRequest

    from relyant.session_records import SignIn

# What somebody else is renewing is looked at again after so many seconds; what only a browser can ask, too.
_BUSY_SECONDS, _BY_BROWSER_SECONDS = 1, 60
# The register may not know that a session was used since; whether Django keeps it is asked so often then.
_LAPSED_SECONDS = 60
_NEVER = float("inf")


@dataclass(frozen=True)
class Registered:
    """What the register says of a session that goes on."""

    generation: int
    expires_at: datetime


@dataclass(frozen=True)
class Standing:
    """A session that goes on: its sign-in, and its user as of now. Times are in seconds since the epoch."""

    sign_in: SignIn
    # With what the sign-in lent her.
    user: Any = field(repr=False)
    looked_at: float
    look_at: float

    def is_due(self, now: float, said: Registered) -> bool:
        """Whether it is to be looked at: it is time, or the register has something newer."""
        if now >= self.look_at or said.generation != self.sign_in.generation:
            return True
        return said.expires_at <= timezone.now() and now - self.looked_at >= _LAPSED_SECONDS

    def is_too_old(self, now: float) -> bool:
        """Whether it may go on no more, whatever the register says."""
        return lifetimes.due(self.sign_in, now) is Due.END


@dataclass(frozen=True)
class Opened:
    """Whose a connection is that is about to open. `standing` is None where no provider signed her in."""

    user: Any = field(repr=False)
    standing: Standing | None
    # When an emergency login's session ends, in seconds since the epoch.
    ends_at: int | None


def opened(scope: Mapping[str, Any]) -> Opened:
    """Return whose connection this is, with a session that was renewed where that was due.

    Where no provider signed her in, it is who is in the scope already, or else Django's word. Raises
    SessionEnded; Refusal where the database is away.
    """
    request = _request(scope, scope["session"])
    with database_translated():
        sign_in = sessions.current(request)
        if sign_in is not None:
            standing = look(scope, sign_in.handle)
            return Opened(standing.user, standing, None)
        if sessions.is_past_limit(request):
            raise refresh.over()
        user = scope["user"] if "user" in scope else _user_of(scope)
        return Opened(user, None, sessions.limit_of(request))


def look(scope: Mapping[str, Any], handle: str) -> Standing:
    """Bring the session of a connection up to date: renewed where that is due, with its user as she is now.

    Raises SessionEnded, and the session is over then; Refusal where the database is away.
    """
    with database_translated():
        found = renewals.read(handle)
        key = register.session_key(found.row) if found else ""
        request = _request(scope, sessions.of_connection(key or scope["session"].session_key))
        record = sessions.kept(request)
        if record is not None and record["handle"] != handle:
            # Somebody signed in anew in the same browser: that session is another one, and stays.
            raise refresh.over()
        try:
            if found is None or record is None or not request.user.is_authenticated:
                raise refresh.over()
            return _brought_up_to_date(request, record)
        except SessionEnded as ended:
            ending.close(request, ended)
            raise


def registered(handles: Collection[str]) -> dict[str, Registered]:
    """Return what the register says of those sessions that go on: by one query, or as few as SQLite takes."""
    asked, found = sorted(handles), {}
    at_once = connections[register.database()].features.max_query_params or len(asked)
    for start in range(0, len(asked), at_once):
        rows = register.rows().filter(handle__in=asked[start : start + at_once], ended_at__isnull=True)
        for handle, generation, expires_at in rows.values_list("handle", "generation", "expires_at"):
            found[handle] = Registered(generation, expires_at)
    return found


def _brought_up_to_date(request: HttpRequest, record: Mapping[str, Any]) -> Standing:
    now = time.time()
    sign_in = session_records.sign_in_of(record)
    if lifetimes.due(sign_in, now) is Due.END:
        raise gate.too_old(sign_in)
    newest_standing = refresh.newest(request, record)
    outcome = refresh.renew(request, newest_standing)
    if outcome is Outcome.BY_BROWSER:
        recheck.go_on_unanswered(newest_standing)
    user = auth.get_user(request)
    session_permissions.lend(request, user)
    newest = sessions.current(request) or sign_in
    looks = {Outcome.BUSY: now + _BUSY_SECONDS, Outcome.BY_BROWSER: now + _BY_BROWSER_SECONDS}
    look_at = looks.get(outcome, _NEVER if newest.renew_at is None else newest.renew_at)
    return Standing(newest, user, looked_at=now, look_at=max(look_at, now + _BUSY_SECONDS))


def _user_of(scope: Mapping[str, Any]) -> Any:
    return auth.get_user(_request(scope, sessions.of_connection(scope["session"].session_key)))


def _request(scope: Mapping[str, Any], session: Any) -> HttpRequest:
    """The handshake of a connection as a request, for a project's hook too, with a session of its own."""
    request: HttpRequest = ASGIRequest({**scope, "method": "GET"}, BytesIO())
    sessions.attach(request, session)
    request.user = SimpleLazyObject(partial(auth.get_user, request))  # type: ignore[assignment]
    return request
