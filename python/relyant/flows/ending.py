"""The end of a session that can't go on: here and in the register, and what its visitor is told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import auth

from relyant import register, sessions, transactions
from relyant.errors import SessionEnded, database_translated
from relyant.flows import addresses, navigation, pages, refusals, resend
from relyant.models import EndedBy
from relyant.why.about import reasons_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


def end(request: HttpRequest, ended: SessionEnded) -> HttpResponse:
    """End the request's session, and say so: on a page, or in JSON to a script. A form is kept."""
    user, provider = request.user, close(request, ended)
    if not navigation.is_navigation(request):
        return navigation.unauthenticated(
            request, error="session_ended", code=ended.code, reference=ended.reference
        )
    # Where a new sign-in mends nothing, a form need not be kept for it.
    if navigation.is_safe(request) or ended.is_of_the_person:
        return page(request, ended, provider, _here(request))
    sign_in_url = addresses.login(resend.landing(), provider=provider)
    return resend.page(request, user=user if user.is_authenticated else None, sign_in_url=sign_in_url)


def close(request: HttpRequest, ended: SessionEnded) -> str | None:
    """End the request's session, here and in the register; return the provider of its sign-in."""
    sign_in = sessions.current(request)
    with database_translated():
        register.end_own(request, EndedBy(ended.by))
    auth.logout(request)
    provider = sign_in.provider if sign_in else None
    refusals.log_end(ended, provider)
    return provider


def page(
    request: HttpRequest, ended: SessionEnded, provider: str | None, next_url: str | None
) -> HttpResponse:
    """Say on a page why a session has ended, with the way back to where its visitor was."""
    context: dict[str, Any] = {
        "refusal": ended,
        "decision": ended.decision,
        "reasons": reasons_of(ended.decision) if ended.decision else (),
        "start_again_url": addresses.login(next_url, provider=provider),
    }
    response = pages.page(request, "session_ended.html", context, status=ended.status)
    if ended.asks_anew and provider:
        transactions.ask_anew(request, response, provider)
    return response


def _here(request: HttpRequest) -> str | None:
    """The page that was asked for, if there is a way back to it."""
    return addresses.safe_next(request, request.get_full_path()) if request.method == "GET" else None
