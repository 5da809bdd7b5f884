"""What a session remembers of a sign-in through Relyant: the only file that touches session keys.

The ID token is kept sealed, and not at all where sessions are cookies: a browser would have to carry it along
with each request, and would drop the session when it grows too large.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from django.contrib.auth import BACKEND_SESSION_KEY, SESSION_KEY

from relyant import _core, conf
from relyant.explanation import conditions_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.http import HttpRequest

    from relyant.decision import Decision

logger = logging.getLogger("relyant")

_KEY = "relyant"
_TURNED_AWAY_KEY = "relyant.turned_away"
_MARK_KEY = "relyant.mark"
# The shape of what is kept; a record of another shape counts as none, so that an upgrade signs nobody out.
_SHAPE = 1
_PURPOSE = "relyant.sessions.id_token"
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


@dataclass(frozen=True)
class Role:
    """A role that came with the sign-in, the claim path and the source that it came from."""

    role: str
    path: str
    source: str


@dataclass(frozen=True)
class Reason:
    """Why the sign-in granted one right or not: `needs` any of these roles, or of the conditions."""

    effect: str
    granted: bool
    because: Role | None
    needs: tuple[str, ...]
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True)
class SignIn:
    """The sign-in of this session: who the provider said it is, and what the policy made of it."""

    provider: str
    issuer: str
    subject: str
    sid: str | None
    roles: tuple[Role, ...]
    reasons: tuple[Reason, ...]
    permissions: tuple[str, ...] = ()

    def reason(self, effect: str) -> Reason | None:
        """Return the reason for one right; None where the policy doesn't own it."""
        return next((reason for reason in self.reasons if reason.effect == effect), None)


@dataclass(frozen=True)
class IdTokenHint:
    """A session's ID token, for the provider's end-session endpoint. Secret: no report shows it."""

    text: str = field(repr=False)


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


def record(
    request: HttpRequest,
    *,
    provider: str,
    identity: _core.VerifiedIdentity,
    decision: Decision,
) -> None:
    """Remember a sign-in, after Django's `login` has given the session its new key."""
    in_cookie = are_cookies()
    permissions = _fitting(decision.permissions) if in_cookie else decision.permissions
    if len(permissions) < len(decision.permissions):
        logger.warning(
            "sessions are cookies: %d of the %d permissions that %s grants don't fit and are left out",
            len(decision.permissions) - len(permissions),
            len(decision.permissions),
            provider,
        )
    roles = decision.roles[:_COOKIE_ROLES] if in_cookie else decision.roles
    reasons = [one for one in decision.reasons if not in_cookie or one.effect in _COOKIE_EFFECTS]
    kept: dict[str, Any] = {
        "shape": _SHAPE,
        "user": request.session[SESSION_KEY],
        "provider": provider,
        "issuer": identity.issuer,
        "subject": identity.subject,
        "sid": identity.sid,
        "roles": [_role_to_list(role) for role in roles],
        "reasons": [_reason_to_list(reason) for reason in reasons],
        "permissions": list(permissions),
    }
    if not in_cookie:
        kept["id_token"] = _sealer().seal(identity.id_token.encode(), _binding(kept))
    request.session[_KEY] = kept


def current(request: HttpRequest) -> SignIn | None:
    """Return the sign-in that this session stands on; None for anonymous and locally signed-in visitors."""
    kept = _kept(request)
    if kept is None:
        return None
    return SignIn(
        provider=kept["provider"],
        issuer=kept["issuer"],
        subject=kept["subject"],
        sid=kept["sid"],
        roles=tuple(Role(*role) for role in kept["roles"]),
        reasons=tuple(_reason_from_list(reason) for reason in kept["reasons"]),
        # Records of before there were any have none.
        permissions=tuple(kept.get("permissions", ())),
    )


def is_of(request: HttpRequest, user: Any) -> bool:
    """Whether a session is of this user, and not of another whom somebody put in her place."""
    return bool(request.session.get(SESSION_KEY) == user._meta.pk.value_to_string(user))


def id_token_hint(request: HttpRequest) -> IdTokenHint | None:
    """Return the session's ID token; None where none is kept."""
    kept = _kept(request)
    sealed = kept.get("id_token") if kept else None
    opened = _sealer().open(sealed, _binding(kept)) if kept and sealed else None
    return IdTokenHint(opened.decode()) if opened else None


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


def _kept(request: HttpRequest) -> Mapping[str, Any] | None:
    """Return the record, if it is of this shape and of the user who is signed in now."""
    kept = request.session.get(_KEY)
    if not isinstance(kept, dict) or kept.get("shape") != _SHAPE:
        return None
    return kept if kept["user"] == request.session.get(SESSION_KEY) else None


def _fitting(permissions: Sequence[str]) -> Sequence[str]:
    """The first permissions, as many as a cookie has room for."""
    lengths = accumulate(len(name) for name in permissions)
    return permissions[: sum(length <= COOKIE_PERMISSIONS_CHARS for length in lengths)]


def _place(next_url: str) -> str:
    """The mark of a place: short, since a session may be a cookie, and it doesn't tell where she went."""
    return hashlib.sha256(next_url.encode()).hexdigest()[:_PLACE_CHARS]


def _role_to_list(role: _core.FoundRole) -> list[str]:
    return [role.role, role.path, role.source]


def _reason_to_list(reason: _core.Reason) -> list[Any]:
    because = _role_to_list(reason.because) if reason.because else None
    conditions = conditions_of(reason)
    needs = [one for one in reason.needs if one not in conditions]
    return [reason.effect, reason.granted, because, needs, conditions]


def _reason_from_list(kept: list[Any]) -> Reason:
    # Records of before there were conditions have four of them.
    effect, granted, because, needs, *rest = kept
    conditions = tuple(rest[0]) if rest else ()
    return Reason(effect, granted, Role(*because) if because else None, tuple(needs), conditions)


def _binding(kept: Mapping[str, Any]) -> bytes:
    """Bind the ID token to its user and subject: in another's session it doesn't open."""
    return json.dumps([kept["user"], kept["issuer"], kept["subject"]]).encode()


def _sealer() -> _core.Sealer:
    return _core.Sealer(conf.secrets(), _PURPOSE)
