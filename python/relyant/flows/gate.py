"""Before each page: whether the session of who asks goes on, and its renewal where that is due.

Nothing here asks the database while nothing is due, but for sessions that a browser carries: of those one
query finds out whether they have ended. An anonymous visitor's costs a look at her cookie.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from relyant import conf, lifetimes, register, sessions
from relyant.errors import Refusal, SessionEnded, database_translated
from relyant.flows import ending, recheck, refresh, refusals
from relyant.flows.refresh import Outcome
from relyant.lifetimes import Due
from relyant.models import EndedBy

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from relyant.session_records import SignIn

# Of our own pages, those that are for who is signed in. At the others a session begins or ends.
_OUR_PAGES = ("session", "sessions", "identities")
# Redirects and errors that no view made show nothing of anybody's.
_REDIRECTS = 300


def answer(request: HttpRequest) -> HttpResponse | None:
    """Let a request go on, by None; or answer it, where its session has ended, or nobody can tell."""
    sign_in = standing(request)
    try:
        with database_translated():
            return _answer(request, sign_in) if sign_in else _end_at_limit(request)
    except Refusal as refusal:
        return refusals.unconfirmed(request, refusal, sign_in.provider if sign_in else None)


def standing(request: HttpRequest) -> SignIn | None:
    """Return the sign-in for which something is to be done; None where the request goes on as it is.

    Reads the session, if the browser sent one, and nothing else.
    """
    if _is_left_alone(request) or not sessions.was_sent(request):
        return None
    sign_in = sessions.peek(request)
    if sign_in is None:
        return None
    is_due = lifetimes.due(sign_in, time.time()) is not Due.NOTHING
    return sign_in if is_due or sessions.are_cookies() else None


def is_unasked(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether a page came from no view: a middleware behind us made it, and the session wasn't asked for."""
    is_without_view = request.resolver_match is None and response.status_code < _REDIRECTS
    return is_without_view and sessions.has_session(request)


async def lets_pass(request: HttpRequest) -> bool:
    """Whether `answer` would do nothing, found out on the event loop; False where that takes a thread."""
    if _is_left_alone(request) or not sessions.was_sent(request):
        return True
    if not await sessions.read(request):
        return False
    return standing(request) is None and not sessions.is_past_limit(request)


def is_key_new(request: HttpRequest, key_that_came: str | None) -> bool:
    """Whether the session that came has another key by now: a change of the password gives it one."""
    if key_that_came is None or sessions.are_cookies() or _is_left_alone(request):
        return False
    return sessions.key_sent(request) not in (None, key_that_came)


def _answer(request: HttpRequest, sign_in: SignIn) -> HttpResponse | None:
    try:
        return _pass(request, sign_in)
    except SessionEnded as ended:
        return ending.end(request, ended)


def _end_at_limit(request: HttpRequest) -> HttpResponse | None:
    """End the session of an emergency login that has had its time."""
    if _is_left_alone(request) or not (sessions.was_sent(request) and sessions.is_past_limit(request)):
        return None
    why = "the session of an emergency login has had its time"
    return ending.end(request, SessionEnded(Refusal("session.too_old", why), EndedBy.AGE))


def too_old(sign_in: SignIn) -> SessionEnded:
    """What a session meets that has reached SESSION_MAX_AGE."""
    why = f"the session is older than SESSION_MAX_AGE: it began at {sign_in.signed_in_at} (epoch seconds)"
    return SessionEnded(Refusal("session.too_old", why), EndedBy.AGE)


def _pass(request: HttpRequest, sign_in: SignIn) -> HttpResponse | None:
    """Raises SessionEnded."""
    if sessions.are_cookies() and register.is_over(sign_in.handle):
        raise refresh.over()
    what = lifetimes.due(sign_in, time.time())
    if what is Due.END:
        raise too_old(sign_in)
    # Settings that are wrong have no provider to ask, and end nothing; what is over stays so.
    if what is Due.NOTHING or conf.usable_settings() is None:
        return None
    return _renew(request)


def _renew(request: HttpRequest) -> HttpResponse | None:
    """Where that can't be told now, the session goes on. Raises SessionEnded."""
    # Once it is asked who she is, Django forgets the session of somebody whose password has changed.
    _ = request.user.is_authenticated
    record = sessions.kept(request)
    if record is None:
        return None
    try:
        with database_translated():
            standing = refresh.newest(request, record)
            if refresh.renew(request, standing) is Outcome.BY_BROWSER:
                return recheck.begin(request, standing)
    except SessionEnded:
        raise
    except Refusal as refusal:
        refusals.log_failed_renewal(refusal, record["provider"])
    return None


def _is_left_alone(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and match.app_names[-1:] == ["relyant"] and match.url_name not in _OUR_PAGES
