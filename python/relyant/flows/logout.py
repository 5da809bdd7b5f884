"""The way out: the session here ends first, then the browser goes by the provider's end-session endpoint."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.contrib import auth
from django.urls import reverse

from relyant import _core, registry, sessions, signals, transactions
from relyant.errors import Refusal
from relyant.flows import addresses, pages, refusals
from relyant.transactions import Key, Leaving

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

logger = logging.getLogger("relyant")

_SEE_OTHER = 303


def leave(request: HttpRequest, next_url: str | None) -> HttpResponse:
    """End the session, then the provider's: by RP-initiated logout, for somebody who came through Relyant."""
    sign_in, hint = sessions.current(request), sessions.id_token_hint(request)
    user = request.user
    auth.logout(request)
    if sign_in is None:
        return pages.redirect(next_url or reverse("relyant:logged-out"), status=_SEE_OTHER)
    logger.info("signed out: user %s, provider %s", user.pk, sign_in.provider)
    signals.logged_out.send(sender=None, request=request, user=user, provider=sign_in.provider)
    return _leave_provider(request, sign_in.provider, hint, next_url)


def returned(request: HttpRequest) -> HttpResponse:
    """Answer the end of a logout: on to where this browser's own was to end, else a page on how things stand.

    A `state` that isn't of a logout begun here leads nowhere (RP-Initiated Logout 1.0 §2).
    """
    key = _key(request.GET.get("state", ""))
    record = transactions.take(request, key)
    if not isinstance(record, Leaving):
        return pages.page(request, "logged_out.html")
    response = pages.redirect(record.next_url)
    transactions.forget(request, response, key)
    return response


def _leave_provider(
    request: HttpRequest, provider_name: str, hint: str | None, next_url: str | None
) -> HttpResponse:
    state = _core.random_token()
    url = _end_session_url(request, provider_name, hint, state)
    if url is None:
        return pages.page(
            request, "logged_out.html", {"provider_session_remains": True, "next_url": next_url}
        )
    response = pages.redirect(url, status=_SEE_OTHER)
    if next_url:
        transactions.put(request, response, _key(state), Leaving(next_url))
    return response


def _key(state: str) -> Key:
    return Key(provider="", state=state)


def _end_session_url(request: HttpRequest, provider_name: str, hint: str | None, state: str) -> str | None:
    """None where the provider has no such endpoint, doesn't answer, or isn't in the settings any more."""
    try:
        with refusals.translated():
            return registry.provider(provider_name).relying_party.end_session_url(
                id_token_hint=hint,
                post_logout_redirect_uri=addresses.absolute(request, reverse("relyant:logged-out")),
                state=state,
            )
    except Refusal as refusal:
        refusals.log_logout(refusal, provider_name)
        return None
