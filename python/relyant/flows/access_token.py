"""A session's access token, for who calls another API with it: renewed first, where it is about to expire."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from relyant import sessions, token_store
from relyant.errors import Refusal
from relyant.flows import outside, refresh
from relyant.flows.refresh import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest

    from relyant import _core

_NONE = "session.no_access_token"
# Who gets a token has so many seconds to send it.
_TO_SEND_SECONDS = 5
# Somebody else's renewal is looked for so often.
_LOOK_SECONDS = 0.05


def fresh(request: HttpRequest) -> str:
    """Return an access token that is good for some seconds at least. Raises Refusal."""
    # Asked first: Django forgets the session of somebody whose password has changed, or leaves her out of it.
    is_signed_in = request.user.is_authenticated
    record = sessions.kept(request)
    if record is None or not is_signed_in:
        raise Refusal(_NONE, "nobody is signed in by a provider")
    tokens = token_store.tokens_of(record)
    if tokens is None or not _is_good(tokens):
        # Somebody else's renewal is waited for, and then this one may take as long.
        seconds = 2 * refresh.longest(record)
        tokens = outside.of_transactions(partial(_renewed, request, record), seconds=seconds)
    return tokens.expose_access_token()


def _renewed(request: HttpRequest, record: Mapping[str, Any]) -> _core.SessionTokens:
    """Renew the session; or wait for whoever does so at the moment, and take what came of it."""
    give_up, outcome = time.monotonic() + refresh.longest(record), Outcome.BUSY
    while True:
        standing = refresh.newest(request, record)
        record, tokens = standing.record, token_store.tokens_of(standing.record)
        if tokens is not None and (outcome is Outcome.CONFIRMED or _is_good(tokens)):
            return tokens
        if tokens is None or not tokens.has_refresh_token:
            raise Refusal(_NONE, "the session keeps no token that is good, nor one by which to get another")
        if _is_put_off(standing) or time.monotonic() > give_up:
            raise _failing(standing)
        outcome = refresh.ask(request, standing)
        if outcome is Outcome.BUSY:
            time.sleep(_LOOK_SECONDS)


def _is_good(tokens: _core.SessionTokens) -> bool:
    expires_at = tokens.access_token_expires_at
    return expires_at is None or time.time() < expires_at - _TO_SEND_SECONDS


def _is_put_off(standing: refresh.Standing) -> bool:
    """Whether the provider failed a moment ago, and is left alone for now."""
    until, failing = standing.found.row.claimed_until, standing.found.failing_since
    return failing is not None and until is not None and until > timezone.now()


def _failing(standing: refresh.Standing) -> Refusal:
    provider = standing.record["provider"]
    return Refusal("unavailable.renewal", f"the session's provider {provider} doesn't renew its access token")
