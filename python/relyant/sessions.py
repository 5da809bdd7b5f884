"""What a session remembers of a sign-in through Relyant: the only file that touches session keys.

What is remembered is one record. Where sessions are cookies, tokens stay out of it: a browser would have to
carry them along with each request, and drops a session that grows too large.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from contextlib import contextmanager
from importlib import import_module
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from django.contrib.auth import BACKEND_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import UpdateError
from django.utils import timezone

from relyant import _core, conf
from relyant.session_records import SHAPE, TOKEN_PARTS, SignIn, sign_in_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from django.http import HttpRequest

logger = logging.getLogger("relyant")

_KEY = "relyant"
_TURNED_AWAY_KEY = "relyant.turned_away"
_MARK_KEY = "relyant.mark"
_LOCAL_SIGN_IN_KEY = "relyant.local_sign_in"
_STEPPED_UP_KEY = "relyant.stepped_up"
_LAPSES_KEY = "relyant.lapses"
_COOKIE_SESSIONS = "django.contrib.sessions.backends.signed_cookies"
# Of all roles and reasons, what a session in a cookie keeps: a browser's limit is 4 KB for the whole of it.
_COOKIE_ROLES = 10
_COOKIE_EFFECTS = ("staff", "superuser")
# And of permissions: their names have so many characters together.
COOKIE_PERMISSIONS_CHARS = 1024
# A visitor who is sent back to the same login within this time was not let in where she came from.
_TURNED_AWAY_SECONDS = 10
# A browser follows some 20 redirects in a row, two for each place that sends her back: beyond these it stops.
_TURNED_AWAY_PLACES = 10
# Of a place, what its mark in the session has: enough to tell ten of them apart.
_PLACE_CHARS = 16
# A statement of SQLite takes some thousand parameters, of older ones 999.
_KEYS_AT_ONCE = 500
_NEVER = float("inf")


def drop_strangers_data(request: HttpRequest) -> None:
    """Drop what an anonymous session holds, but for `KEEP_SESSION_KEYS`: a stranger may have planted it.

    To be called before Django's `login`, which gives the session its new key. Data of somebody who is signed
    in is left to `login`: it keeps hers, and drops another's.
    """
    session = request.session
    if SESSION_KEY in session:
        return
    for key in set(session.keys()).difference(conf.relyant_settings().keep_session_keys):
        del session[key]


def has_session(request: HttpRequest) -> bool:
    """Whether a request has a session at all: one that a test or a command made may have none."""
    return hasattr(request, "session")


def user_key(request: HttpRequest) -> str | None:
    """Return the primary key of who is signed in, as the session has it."""
    key = request.session.get(SESSION_KEY)
    return None if key is None else str(key)


def put(request: HttpRequest, record: Mapping[str, Any]) -> None:
    """Remember a record, as much of it as this kind of session holds."""
    request.session[_KEY] = _fitting(record)


def put_at_once(request: HttpRequest, record: Mapping[str, Any]) -> bool:
    """Remember a record, and let other requests have it now; False where the session is there no more.

    What they have changed in the session meanwhile stays, and comes into this request, unless this request
    has changed something itself.
    """
    session = request.session
    if are_cookies():
        put(request, record)
        return True
    store, was_modified = _store(str(session.session_key)), session.modified
    there = store.get(_KEY)
    if not isinstance(there, dict) or there.get("handle") != record["handle"]:
        return False
    if there["generation"] <= record["generation"]:
        store[_KEY] = there = _fitting(record)
        try:
            store.save()
        except UpdateError:
            return False
    if not was_modified:
        session.clear()
        session.update(dict(store.items()))
    session[_KEY] = there
    session.modified = was_modified
    return True


def peek(request: HttpRequest) -> SignIn | None:
    """Return what `current` does, and leave no trace: caches may keep the page as if nobody had looked."""
    with _unnoticed(request):
        return current(request)


async def read(request: HttpRequest) -> bool:
    """Read the session without leaving the event loop, so that sync code may look into it there.

    False where Django has no way to do so (before 5.1). Leaves no trace, as `peek`.
    """
    if not hasattr(request.session, "aget"):
        return False
    with _unnoticed(request):
        await request.session.aget(_KEY)
    return True


def kept(request: HttpRequest) -> dict[str, Any] | None:
    """Return the record of this session as it is kept; None for anonymous and locally signed-in visitors."""
    found = _kept(request)
    return dict(found) if found is not None else None


def current(request: HttpRequest) -> SignIn | None:
    """Return the sign-in that this session stands on; None for anonymous and locally signed-in visitors."""
    found = _kept(request)
    return None if found is None else sign_in_of(found)


def grants_permissions(request: HttpRequest) -> bool:
    """Whether the sign-in granted any straight from roles."""
    found = _kept(request)
    return bool(found and found["permissions"])


def limit(request: HttpRequest, *, seconds: int) -> None:
    """Let the session that has just begun, without any provider, end within a time, however busy it is."""
    request.session[_LAPSES_KEY] = int(time.time()) + seconds
    request.session.set_expiry(seconds)


def is_limited(request: HttpRequest) -> bool:
    """Whether the session began by an emergency login."""
    return _LAPSES_KEY in request.session


def is_past_limit(request: HttpRequest) -> bool:
    """Whether it has gone on for as long as it may: what alone ends one that is busy, or a cookie.

    Leaves no trace, as `peek`.
    """
    with _unnoticed(request):
        return bool(request.session.get(_LAPSES_KEY, _NEVER) <= time.time())


def limit_of(request: HttpRequest) -> int | None:
    """When it ends by that, in seconds since the epoch; None for another one."""
    found = request.session.get(_LAPSES_KEY)
    return None if found is None else int(found)


def key_of(request: HttpRequest) -> str:
    """Return Django's key of this session, made where it has none yet; empty where it is a cookie."""
    if are_cookies():
        return ""
    if request.session.session_key is None:
        request.session.create()
    return str(request.session.session_key)


def lapses_at(request: HttpRequest) -> int:
    """When the session lapses if nobody uses it, in seconds since the epoch."""
    return int(time.time()) + int(request.session.get_expiry_age())


def of_connection(session_key: str) -> Any:
    """Return a session for a connection that is open already: its key stays, since no cookie could follow."""
    session = _store(session_key)
    session.cycle_key = lambda: None
    return session


def attach(request: HttpRequest, session: Any) -> None:
    """Give a request a session that no middleware has given it."""
    request.session = session


def delete(session_key: str) -> None:
    """Delete a session from where Django keeps it. What the session engine raises, it raises."""
    _store(session_key).delete()


def exists(session_key: str) -> bool:
    """Whether Django still keeps a session under a key."""
    return bool(_store(session_key).exists(session_key))


def existing(session_keys: Collection[str]) -> set[str]:
    """Return those keys under which Django still keeps a session: of a database one query for many."""
    store = _store("")
    model = getattr(store, "model", None)
    if model is None:
        return {key for key in session_keys if exists(key)}
    keys, found = sorted(session_keys), set()
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        some = keys[start : start + _KEYS_AT_ONCE]
        there = model._default_manager.filter(session_key__in=some, expire_date__gt=timezone.now())
        found.update(there.values_list("session_key", flat=True))
    return found


def _store(session_key: str) -> Any:
    return import_module(conf.session_engine()).SessionStore(session_key)


def is_of(request: HttpRequest, user: Any) -> bool:
    """Whether a session is of this user, and not of another whom somebody put in her place."""
    return bool(request.session.get(SESSION_KEY) == user._meta.pk.value_to_string(user))


def turned_away(request: HttpRequest, next_url: str) -> bool:
    """Whether a signed-in visitor was sent on to this same place a moment ago, and came back to the login.

    Remembers this time. It means that she may not see the place, and that sending her there again would go
    round in a circle: through this place alone, or through several that send her back in turn.
    """
    now, place = int(time.time()), _place(next_url)
    kept = request.session.get(_TURNED_AWAY_KEY)
    sent = kept if isinstance(kept, dict) else {}
    recent = {one: when for one, when in sent.items() if now - when <= _TURNED_AWAY_SECONDS}
    others = [(one, when) for one, when in recent.items() if one != place]
    request.session[_TURNED_AWAY_KEY] = dict([*others, (place, now)][-_TURNED_AWAY_PLACES:])
    return place in recent


def mark(request: HttpRequest) -> str:
    """Return the mark of this session and its user; another session of hers has another one.

    It needs no secrecy, and comes back in a sealed record: `is_marked` compares.
    """
    token = request.session.setdefault(_MARK_KEY, _core.random_token())
    told = json.dumps([request.session[SESSION_KEY], token])
    return hashlib.sha256(told.encode()).hexdigest()


def note_sign_in(request: HttpRequest | None = None, user: Any = None, **_: Any) -> None:
    """Receive Django's word that somebody signed in: of a login without any provider the moment is kept."""
    if request is None or not has_session(request):
        return
    if hasattr(user, "relyant_provisioned"):
        request.session.pop(_LOCAL_SIGN_IN_KEY, None)
    else:
        request.session[_LOCAL_SIGN_IN_KEY] = int(time.time())


def local_sign_in_at(request: HttpRequest) -> int | None:
    """When she signed in here without any provider, in seconds since the epoch; None where she didn't."""
    found = request.session.get(_LOCAL_SIGN_IN_KEY)
    return found if isinstance(found, int) else None


def note_stepped_up(request: HttpRequest, purpose: str) -> None:
    """Remember that she has just signed in once more for a purpose: a place, and what it demands."""
    others = {one: when for one, when in _stepped_up(request).items() if one != _place(purpose)}
    marks = [*others.items(), (_place(purpose), int(time.time()))]
    request.session[_STEPPED_UP_KEY] = dict(marks[-_TURNED_AWAY_PLACES:])


def has_just_stepped_up(request: HttpRequest, purpose: str) -> bool:
    """Whether she signed in once more for this a moment ago: another time would not help."""
    return _place(purpose) in _stepped_up(request)


def _stepped_up(request: HttpRequest) -> dict[str, int]:
    found, now = request.session.get(_STEPPED_UP_KEY) or {}, time.time()
    return {one: when for one, when in found.items() if now - when <= _TURNED_AWAY_SECONDS}


def change_key(request: HttpRequest) -> None:
    """Give the session another key of Django's; what it holds stays."""
    request.session.cycle_key()


def empty(request: HttpRequest) -> None:
    """Leave nothing in the session, whatever has become of a logout."""
    request.session.flush()


def is_marked(request: HttpRequest, mark_of_record: str) -> bool:
    """Whether the session, and who is signed in, are the ones that a mark was made for."""
    return SESSION_KEY in request.session and mark(request) == mark_of_record


def backend(request: HttpRequest) -> str:
    """Return the authentication backend through which this session's user signed in."""
    return str(request.session[BACKEND_SESSION_KEY])


def are_cookies() -> bool:
    """Whether the browser carries the whole session."""
    return conf.session_engine() == _COOKIE_SESSIONS


def is_strict() -> bool:
    """Whether browsers withhold the session along redirects that another site began (`SameSite=Strict`)."""
    return str(conf.session_cookie_samesite()).lower() == "strict"


def was_sent(request: HttpRequest) -> bool:
    """Whether the browser sent a session along at all."""
    return request.session.session_key is not None


def key_sent(request: HttpRequest) -> str | None:
    """Return Django's key of the session that the browser sent, or has been given since; makes none."""
    return request.session.session_key if has_session(request) else None


@contextmanager
def _unnoticed(request: HttpRequest) -> Iterator[None]:
    """Let the session count as read only if it did before: of a page that was, caches think it hers alone."""
    was_accessed = request.session.accessed
    try:
        yield
    finally:
        request.session.accessed = was_accessed


def _kept(request: HttpRequest) -> Mapping[str, Any] | None:
    """Return the record, if it is of this shape and of the user who is signed in now."""
    kept = request.session.get(_KEY)
    if not isinstance(kept, dict) or kept.get("shape") != SHAPE:
        return None
    return kept if kept["user"] == request.session.get(SESSION_KEY) else None


def _fitting(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record as the session holds it: tokens only where they are kept in it, in a cookie what fits."""
    in_cookie = are_cookies()
    without = TOKEN_PARTS if in_cookie or conf.relyant_settings().keep_tokens == "table" else ()
    held = {key: value for key, value in record.items() if key not in without}
    if not in_cookie:
        return held
    permissions = _fitting_permissions(record["permissions"])
    if len(permissions) < len(record["permissions"]):
        logger.warning(
            "sessions are cookies: %d of the %d permissions that %s grants don't fit and are left out",
            len(record["permissions"]) - len(permissions),
            len(record["permissions"]),
            record["provider"],
        )
    return {
        **held,
        "roles": record["roles"][:_COOKIE_ROLES],
        "reasons": [reason for reason in record["reasons"] if reason[0] in _COOKIE_EFFECTS],
        "permissions": list(permissions),
    }


def _fitting_permissions(permissions: Sequence[str]) -> Sequence[str]:
    """The first permissions, as many as a cookie has room for."""
    lengths = accumulate(len(name) for name in permissions)
    return permissions[: sum(length <= COOKIE_PERMISSIONS_CHARS for length in lengths)]


def _place(next_url: str) -> str:
    """The mark of a place: short, since a session may be a cookie, and it doesn't tell where she went."""
    return hashlib.sha256(next_url.encode()).hexdigest()[:_PLACE_CHARS]
