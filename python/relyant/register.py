"""The register of sessions: one row for each sign-in by a provider, found by its handle, and ended anywhere.

Both sides of a race write, commit, and then read. A login writes its row and then looks for a logout token
that overtook it; a logout token is written down before its sessions are looked for (`notices`).
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import connections, router, transaction
from django.utils import timezone as django_timezone

from relyant import conf, events, moments, sessions, signals, token_store
from relyant.errors import database_translated
from relyant.models import EndedBy, EventKind, UserSession

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from django.db.models import QuerySet
    from django.http import HttpRequest

logger = logging.getLogger("relyant")

_KEY_PURPOSE = "relyant.register.session_key"
_STATE_PURPOSE = "relyant.register.state"
# The daily run of things, which the log and the signal `logged_out` tell: no event of a user's access.
_WITHOUT_EVENT = (EndedBy.LOGOUT, EndedBy.REPLACED, EndedBy.GONE)
_USER_AGENT_CHARS = 255


@dataclass(frozen=True)
class Ended:
    """What came of an end: how many sessions are over, and whether all of them could be deleted."""

    count: int
    is_complete: bool


def rows() -> QuerySet[UserSession]:
    """All sessions, of the database that is written to."""
    return UserSession._default_manager.using(database())


def database() -> str:
    """The database in which the register is."""
    return router.db_for_write(UserSession)


def going_on() -> QuerySet[UserSession]:
    """All sessions that go on."""
    return rows().filter(ended_at__isnull=True, expires_at__gt=django_timezone.now())


def may_go_on() -> QuerySet[UserSession]:
    """All sessions that may go on: one that its site saves now and then lives past what its row says."""
    return going_on() if sessions.are_cookies() else rows().filter(ended_at__isnull=True)


def sessions_of(user: Any) -> QuerySet[UserSession]:
    """A user's sessions that may go on; `existing` tells which do."""
    return may_go_on().filter(user=user)


def existing(found: Iterable[UserSession]) -> list[UserSession]:
    """Of sessions that go on, those that Django still keeps: what another hand deleted there is over, too."""
    keys = {row.handle: session_key(row) for row in found}
    kept = sessions.existing({key for key in keys.values() if key})
    return [row for row in found if sessions.are_cookies() or keys[row.handle] in kept]


def open_session(request: HttpRequest, record: Mapping[str, Any]) -> None:
    """Register a session that has begun, after `sessions.put`."""
    user: Any = request.user
    now = moments.of_epoch(record["signed_in_at"])
    with database_translated():
        rows().create(
            handle=record["handle"],
            user_id=user.pk,
            provider=record["provider"],
            issuer=record["issuer"],
            subject=record["subject"],
            sid=record["sid"] or "",
            session_key=_sealed_key(sessions.key_of(request), record["handle"]),
            user_agent=_user_agent(request),
            signed_in_at=now,
            checked_at=now,
            expires_at=expiry(request, record),
            state=sealed_state(record) if keeps_tokens() else "",
        )


def expiry(request: HttpRequest, record: Mapping[str, Any]) -> datetime:
    """When a session ends at the latest, if nobody uses it."""
    lapses, ends = sessions.lapses_at(request), record["ends_at"]
    return moments.of_epoch(lapses if ends is None else min(lapses, ends))


def keeps_tokens() -> bool:
    """Whether the register keeps the tokens, from the sign-in on."""
    word = conf.relyant_settings().keep_tokens
    return word == "table" or (word == "session" and sessions.are_cookies())


def row_of(handle: str) -> QuerySet[UserSession]:
    """The row of a session, unless that has ended."""
    return rows().filter(handle=handle, ended_at__isnull=True)


def is_over(handle: str) -> bool:
    """Whether a session has ended, or was never registered. One query."""
    return not row_of(handle).exists()


def lapses_at(handle: str) -> int | None:
    """When a session ends at the latest, in seconds since the epoch; None where it isn't registered."""
    found = row_of(handle).values_list("expires_at", flat=True).first()
    return None if found is None else int(found.timestamp())


def follow_key(request: HttpRequest) -> None:
    """Write down the session's new key: a change of the password changes it."""
    sign_in = sessions.current(request)
    if sign_in is not None:
        sealed = _sealed_key(sessions.key_of(request), sign_in.handle)
        rows().filter(handle=sign_in.handle).update(session_key=sealed)


def end(found: Iterable[UserSession], *, by: EndedBy, actor: Any = None) -> Ended:
    """End sessions: on each node, whatever keeps them. What can't be deleted now is refused all the same.

    First the row says so, which a process that is killed in between leaves for `finish` to go on with.
    """
    count, is_complete = 0, True
    for row in found:
        marked = rows().filter(pk=row.pk, ended_at__isnull=True).update(**_as_ended(by))
        is_complete = finish(row) and is_complete
        if marked:
            count += 1
            _tell(row, by, actor)
    return Ended(count, is_complete)


def end_own(request: HttpRequest, by: EndedBy) -> None:
    """End this request's session as others are ended; whoever calls empties it, too.

    A process that is killed in between leaves a row that `finish` goes on with.
    """
    sign_in = sessions.current(request)
    if sign_in is not None:
        end(row_of(sign_in.handle).select_related("user"), by=by)


def note_logout(request: HttpRequest | None = None, **_: Any) -> None:
    """Receive Django's word that a session's user signs out, before the session is emptied."""
    if request is not None and sessions.has_session(request):
        end_own(request, EndedBy.LOGOUT)


def finish(row: UserSession) -> bool:
    """Delete the session of a row that has ended; False where that can't be done now."""
    key = session_key(row)
    if key:
        if not _delete(key):
            return False
        if connections[database()].in_atomic_block:
            # Until everybody sees that it is over, a request that reads it from the database puts it back
            # into the cache that stands before that.
            transaction.on_commit(partial(_delete, key), using=database())
    rows().filter(pk=row.pk).update(session_key="")
    return True


def _delete(key: str) -> bool:
    """Delete a session; False where its engine can't now."""
    try:
        sessions.delete(key)
    except Exception:
        # The engine's own errors: of a cache they are the client library's.
        logger.exception("a session that has ended could not be deleted")
        return False
    return True


def session_key(row: UserSession) -> str:
    """Open Django's key of a session; empty where it has none, or none that today's keys open."""
    sealer = token_store.sealer(_KEY_PURPOSE)
    opened = sealer.open(row.session_key, row.handle.encode()) if row.session_key else None
    return opened.decode() if opened else ""


def sealed_state(record: Mapping[str, Any]) -> str:
    """Seal a whole record for its row."""
    return token_store.sealer(_STATE_PURPOSE).seal(json.dumps(record).encode(), record["handle"].encode())


def state_of(row: UserSession) -> dict[str, Any] | None:
    """Open the record in a row; None where it has none, or none that today's keys open."""
    opened = token_store.sealer(_STATE_PURPOSE).open(row.state, row.handle.encode()) if row.state else None
    found: dict[str, Any] | None = json.loads(opened) if opened else None
    return found


def whole_record(request: HttpRequest) -> dict[str, Any] | None:
    """Return this session's record with its tokens, from the row where that has them; None for no sign-in."""
    record = sessions.kept(request)
    if record is None or not keeps_tokens():
        return record
    row = row_of(record["handle"]).first()
    return (state_of(row) if row else None) or record


def prune(limit: int = 500) -> int:
    """Remove the rows of sessions that have lapsed, so many at a time; return how many.

    A session that its site saves now and then lives on without a renewal that would move its row's end: where
    Django still keeps it, so does its row.
    """
    lapsed = list(rows().filter(expires_at__lt=django_timezone.now()).order_by("pk")[:limit])
    kept = _still_kept([row for row in lapsed if row.session_key and row.ended_at is None])
    if kept:
        rows().filter(pk__in=kept).update(expires_at=django_timezone.now() + conf.session_lifetime())
    return rows().filter(pk__in=[row.pk for row in lapsed if row.pk not in kept]).delete()[0]


def _still_kept(found: list[UserSession]) -> list[int]:
    """Those that Django keeps; all of them while its store is away."""
    try:
        return [row.pk for row in existing(found)]
    except Exception:
        # The engine's own errors: of a cache they are the client library's.
        logger.exception("the session store could not be asked which sessions go on")
        return [row.pk for row in found]


def _as_ended(by: EndedBy) -> dict[str, Any]:
    """What a row that has ended says: it stays as long as a browser could still carry the session."""
    now = django_timezone.now()
    kept_until = now + conf.session_lifetime()
    return {"ended_at": now, "ended_by": by.value, "state": "", "expires_at": kept_until}


def _tell(row: UserSession, by: EndedBy, actor: Any) -> None:
    logger.info("session ended: user %s, provider %s, %s", row.user_id, row.provider, by.value)
    user = row.user
    told = {"provider": row.provider, "issuer": row.issuer, "subject": row.subject}
    signals.tell(signals.session_ended, user.__class__, user=user, by=by, actor=actor, session=row, **told)
    if by not in _WITHOUT_EVENT:
        detail = {"by": by.value}
        events.attempt(EventKind.SESSION_ENDED, user=user, actor=actor, detail=detail, **told)


def _user_agent(request: HttpRequest) -> str:
    return str(request.META.get("HTTP_USER_AGENT", "")).replace("\0", "")[:_USER_AGENT_CHARS]


def _sealed_key(key: str, handle: str) -> str:
    """Sealed: a database's reader is not to have the sessions of another store."""
    return token_store.sealer(_KEY_PURPOSE).seal(key.encode(), handle.encode()) if key else ""
