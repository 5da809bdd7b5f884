"""A session without a refresh token asks by its visitor's browser whether it goes on: `prompt=none`, unseen.

Only a page that she opens is led that way, and it comes back to the same address. What the provider says goes
into the row of the session, from which the next page takes it: so it doesn't matter whether the browser sends
the session along on the way back from another site. Who is somebody else there never becomes that here.

Whether the question gets to the provider at all is up to the browser. So a session that is used without an
answer goes on for `GRACE`, as where the provider is away; after that nothing but the question is left to it.
"""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib import auth
from django.utils import timezone

from relyant import conf, notices, register, renewals, session_records, sessions, transactions
from relyant.errors import Refusal, SessionEnded, database_translated
from relyant.flows import addresses, decided_again, ending, login, navigation, pages, refresh, refusals
from relyant.models import EndedBy
from relyant.transactions import Done, Key, Rechecking

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from relyant import _core
    from relyant.flows.login import Callback
    from relyant.flows.refresh import Standing
    from relyant.renewals import Renewable

logger = logging.getLogger("relyant")

# A browser has so many seconds to come back; until then no other page is led away.
_AWAY_SECONDS = 60
# The provider's own no: nobody is signed in there, or she has something to do there first; or she may not.
_REFUSED = ("refused.interaction_required", "refused.access_denied")


def begin(request: HttpRequest, standing: Standing) -> HttpResponse | None:
    """Lead a page's visitor by her provider; None where that can't be now. Raises SessionEnded."""
    here = addresses.safe_next(request, request.get_full_path())
    if here is None or not _may_be_led_away(request):
        go_on_unanswered(standing)
        return None
    provider = refresh.provider_of(standing.record)
    is_first = renewals.claim(standing.handle, standing.generation, _AWAY_SECONDS)
    if not is_first and not _is_grace_over(standing):
        return None
    _note_unanswered(standing)
    try:
        login_request = login.ask(request, provider, "none", None)
    except Refusal as refusal:
        refresh.put_off(request, standing, refusal)
        return None
    response = pages.redirect(login_request.url)
    transactions.put(
        request,
        response,
        Key(provider.settings.name, login_request.state),
        Rechecking(login_request.transaction, standing.handle, here),
        cross_site=provider.settings.posts_back,
    )
    return response


def go_on_unanswered(standing: Standing) -> None:
    """Let a session go on that can't ask now. Raises SessionEnded once it has done so for `GRACE`."""
    if _is_grace_over(standing):
        why = f"its browser has brought no answer of the provider within {_grace()} of use (GRACE)"
        raise SessionEnded(Refusal("session.provider_away", why), EndedBy.UNREACHABLE)
    _note_unanswered(standing)


def returned(request: HttpRequest, callback: Callback, record: Rechecking) -> HttpResponse:
    """Answer the provider's answer: on to the page, or that the session has ended."""
    found = None
    try:
        with database_translated():
            found = renewals.read(record.handle)
            if found is None:
                raise refresh.over()
            _confirm(request, callback, record, found)
    except SessionEnded as ended:
        response = _end(request, callback, record, found, ended)
    else:
        response = pages.onward(request, record.next_url)
    cross_site = callback.provider.settings.posts_back
    transactions.put(request, response, callback.key, Done(record.next_url), cross_site=cross_site)
    return response


def _note_unanswered(standing: Standing) -> None:
    """From its first use without an answer on, not from when it was due: she may have been away meanwhile."""
    if standing.found.failing_since is None:
        renewals.note_failing(standing.handle, standing.generation, since=timezone.now())


def _is_grace_over(standing: Standing) -> bool:
    since = standing.found.failing_since
    return since is not None and timezone.now() - since >= _grace()


def _grace() -> timedelta:
    """Whoever is led away has the time to come back, however short `GRACE` is."""
    return timedelta(seconds=max(conf.relyant_settings().grace, _AWAY_SECONDS))


def _may_be_led_away(request: HttpRequest) -> bool:
    """Whether it is a page of its own that a browser asks for: no script, no frame, and no form."""
    destination = request.META.get("HTTP_SEC_FETCH_DEST", "document")
    return request.method == "GET" and destination == "document" and navigation.is_navigation(request)


def _confirm(request: HttpRequest, callback: Callback, record: Rechecking, found: Renewable) -> None:
    """Write down what the provider says of the session. Raises SessionEnded; Refusal of another callback."""
    try:
        identity = login.identify(request, callback, record)
        _require_same_person(found, identity)
        _write_down(request, callback, found, identity)
    except SessionEnded:
        raise
    except Refusal as refusal:
        if refusal.kind == "transaction":
            raise
        if refusal.code in _REFUSED:
            raise SessionEnded(
                Refusal("session.refused", f"{refusal.code}: {refusal.operator}"), EndedBy.REFUSED
            ) from refusal
        if refusal.kind == "invalid_token":
            raise SessionEnded(refusal, EndedBy.REFUSED) from refusal
        _put_off(callback, record, found, refusal)


def _require_same_person(found: Renewable, identity: _core.VerifiedIdentity) -> None:
    if (identity.issuer, identity.subject) != (found.row.issuer, found.row.subject):
        refusal = Refusal(
            "session.other_person", "the provider's answer to prompt=none is about somebody else"
        )
        raise SessionEnded(refusal, EndedBy.REFUSED)


def _write_down(
    request: HttpRequest, callback: Callback, found: Renewable, identity: _core.VerifiedIdentity
) -> None:
    former = found.record or session_records.outline(found.row)
    decision = decided_again.decide(request, callback.provider, identity, former)
    renewed = session_records.renewed(
        {**former, "generation": found.generation},
        identity=identity,
        tokens=identity.tokens,
        decision=decision,
        now=int(time.time()),
    )
    if not renewals.publish(renewed, expires_at=register.expiry(request, renewed)):
        return
    if notices.overtook(renewed, identity):
        why = "a logout token came before the session was confirmed"
        raise SessionEnded(Refusal("session.ended_at_provider", why), EndedBy.BACK_CHANNEL)


def _put_off(callback: Callback, record: Rechecking, found: Renewable, refusal: Refusal) -> None:
    """Go on for now; the row alone says so, since the session may not have come along."""
    since, seconds = refresh.failing(callback.name, found, refusal)
    renewals.put_off(record.handle, found.generation, failing_since=since, seconds=seconds)


def _end(
    request: HttpRequest,
    callback: Callback,
    record: Rechecking,
    found: Renewable | None,
    ended: SessionEnded,
) -> HttpResponse:
    """End the session, wherever it is kept; this request may not have it."""
    if found is not None:
        with database_translated():
            register.end([found.row], by=EndedBy(ended.by))
    sign_in = sessions.current(request)
    if sign_in is not None and sign_in.handle == record.handle:
        with database_translated():
            auth.logout(request)
    refusals.log_end(ended, callback.name)
    return ending.page(request, ended, callback.name, record.next_url)
