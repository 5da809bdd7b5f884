"""The way out: the session here ends first, then the browser goes by the provider's end-session endpoint."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.contrib import auth
from django.urls import reverse

from relyant import _core, conf, register, registry, sessions, signals, token_store, transactions
from relyant.errors import Refusal, database_translated
from relyant.flows import addresses, pages, refusals, revocation
from relyant.transactions import Key, Leaving

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse

    from relyant.session_records import SignIn
    from relyant.token_store import IdTokenHint

logger = logging.getLogger("relyant")

_SEE_OTHER = 303


def leave(request: HttpRequest, leaving: Leaving) -> HttpResponse:
    """End the session, then the provider's: by RP-initiated logout, for somebody who came through Relyant.

    Raises Refusal where the register can't be told: she is signed in still, and may try again.
    """
    with database_translated():
        sign_in, record = sessions.current(request), register.whole_record(request)
        user = request.user
        auth.logout(request)
    if sign_in is None:
        response = pages.redirect(leaving.next_url or reverse("relyant:logged-out"), status=_SEE_OTHER)
    else:
        logger.info("signed out: user %s, provider %s", user.pk, sign_in.provider)
        told = {"request": request, "user": user, "provider": sign_in.provider}
        signals.tell(signals.logged_out, user.__class__, **told)
        if record is not None:
            revocation.revoke_if_asked(record)
        response = _leave_provider(request, sign_in, record, leaving)
    transactions.forget_sign_ins(request, response)
    return response


def returned(request: HttpRequest) -> HttpResponse:
    """Answer the end of a logout: on to where this browser's own was to end, else a page on how things stand.

    A `state` that isn't of a logout begun here leads nowhere (RP-Initiated Logout 1.0 §2).
    """
    key = _key(request.GET.get("state", ""))
    record = transactions.take(request, key)
    if not isinstance(record, Leaving):
        return _page(request, Leaving(None))
    response = pages.redirect(record.next_url) if record.next_url else _page(request, record)
    transactions.forget(request, response, key)
    return response


def _leave_provider(
    request: HttpRequest, sign_in: SignIn, record: Mapping[str, Any] | None, leaving: Leaving
) -> HttpResponse:
    state, hint = _core.random_token(), token_store.id_token_of(record) if record else None
    try:
        response = _to_end_session(request, sign_in, hint, state)
    except Refusal as refusal:
        refusals.log_logout(refusal, sign_in.provider)
        return _page(request, leaving, provider_session_remains=True, refusal=refusal)
    if response is None:
        return _page(request, leaving, provider_session_remains=True)
    if leaving != Leaving(None):
        transactions.put(request, response, _key(state), leaving)
    return response


def _page(request: HttpRequest, leaving: Leaving, **context: Any) -> HttpResponse:
    """Our own page at the end of a logout."""
    ways_on = {
        "next_url": leaving.next_url,
        "sign_in_url": addresses.login(leaving.sign_in_next),
        "another_provider_url": addresses.another_provider(leaving.sign_in_next),
    }
    return pages.page(request, "logged_out.html", {**ways_on, **context})


def _key(state: str) -> Key:
    return Key(provider="", state=state)


def _to_end_session(
    request: HttpRequest, sign_in: SignIn, hint: IdTokenHint | None, state: str
) -> HttpResponse | None:
    """Send the browser to the provider's end-session endpoint; None where there is none.

    Where no ID token is kept, the provider's own name of the session says which one ends. Raises Refusal
    where the provider doesn't answer, or isn't in the settings any more.
    """
    post_logout_redirect_uri = addresses.absolute(request, reverse("relyant:logged-out"))
    provider = registry.provider(sign_in.provider)
    with refusals.translated():
        there = provider.relying_party.end_session_request(
            id_token_hint=hint.text if hint else None,
            logout_hint=sign_in.sid or sign_in.subject,
            post_logout_redirect_uri=post_logout_redirect_uri,
            state=state,
        )
    if there is None:
        return None
    if there.fields is None:
        return pages.redirect(there.url, status=_SEE_OTHER)
    context = {"there": there, "provider_label": conf.relyant_settings().label_of(sign_in.provider)}
    return pages.page(request, "leave_provider.html", context, form_action=there.url)
