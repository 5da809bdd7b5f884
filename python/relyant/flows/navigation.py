"""Who asks: a person who goes to a page, or a script of one; and the answer to a script that needs a sign-in.

A script follows no redirect to a provider: the browser refuses what another origin answers, and the front end
sees a network error. So a script is told in JSON where the login begins, and sends the browser there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from django.http import JsonResponse
from django.utils.translation import gettext_lazy as _

from relyant.flows import addresses, pages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse
    from django.utils.functional import _StrPromise

    from relyant.errors import Refusal

_BAD_REQUEST, _UNAUTHORIZED, _FORBIDDEN = 400, 401, 403
_NAVIGATE = "navigate"
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
_HTML = "text/html"
# RFC 9110 §11.6.1: a 401 names a scheme. Browsers ask for a password at some, never at one unknown to them.
_CHALLENGE = 'Session realm="site"'

_WORDS: Mapping[str, _StrPromise] = {
    "login_required": _("You are not signed in. Sign in and try again."),
    "session_ended": _("Your session has ended. Sign in and try again."),
}
_NOT_ALLOWED = _("You are signed in, and may not do that.")
_FORM_NEEDED = _("Sign out by a form, not by a script: the way leads by the sign-in service.")
_OTHER_WORDS = _("Sign in again, as this part of the site asks for.")


def is_navigation(request: HttpRequest) -> bool:
    """Whether a browser asks for a page to show, and not a script, an image or a frame's style sheet.

    In this order: `Sec-Fetch-Mode`, which browsers send over https and to loopback addresses;
    `X-Requested-With`, which only scripts send; `Accept`, which names `text/html` for a page, and is `*/*`
    for what a script fetches. A request with none of them is no browser's script: each of those has `Accept`.
    """
    mode = request.META.get("HTTP_SEC_FETCH_MODE")
    if mode is not None:
        return bool(mode == _NAVIGATE)
    if request.META.get("HTTP_X_REQUESTED_WITH"):
        return False
    accepted = request.META.get("HTTP_ACCEPT")
    return accepted is None or _HTML in accepted.lower()


def is_safe(request: HttpRequest) -> bool:
    """Whether a request asks for something, and changes nothing. RFC 9110 §9.2.1."""
    return request.method in _SAFE_METHODS


def unauthenticated(
    request: HttpRequest, *, error: str = "login_required", login_url: str | None = None, **more: Any
) -> JsonResponse:
    """Answer a script whose visitor has to sign in first: 401, and the address of this site that begins it.

    The body has `error`, `detail` in the visitor's language, `login_url`, and what `more` names. Without a
    `login_url` of the caller it is our login, which goes on to the page that the script is of.
    """
    told = {
        "error": error,
        "detail": _WORDS.get(error, _OTHER_WORDS),
        "login_url": login_url or addresses.login(page_of(request)),
        **more,
    }
    response = _told(told, _UNAUTHORIZED)
    challenge(response)
    return response


def at_login(request: HttpRequest, *, provider: str | None = None) -> JsonResponse:
    """Answer a script that a view has redirected to our login, as Django's decorators do.

    Who is signed in already lacks a right: another sign-in would lead nowhere.
    """
    if request.user.is_authenticated:
        return _told({"error": "permission_denied", "detail": _NOT_ALLOWED}, _FORBIDDEN)
    return unauthenticated(request, login_url=addresses.login(page_of(request), provider=provider))


def form_needed() -> JsonResponse:
    """Tell a script that the browser has to go this way itself, since it leads by the provider."""
    return _told({"error": "form_needed", "detail": _FORM_NEEDED}, _BAD_REQUEST)


def refused(refusal: Refusal) -> JsonResponse:
    """Tell a script of a refusal what a page would tell its visitor."""
    told = {"error": refusal.code, "detail": refusal.visitor, "reference": refusal.reference}
    return _told(told, refusal.status)


def challenge(response: HttpResponse) -> HttpResponse:
    """Make an answer one that says: sign in first."""
    response.status_code = _UNAUTHORIZED
    response["WWW-Authenticate"] = _CHALLENGE
    return response


def page_of(request: HttpRequest) -> str | None:
    """Return the path of the page whose script asks; None where no page of this site is named.

    Never the address that the script asked for: what it gets there is no page.
    """
    page = addresses.safe_next(request, request.META.get("HTTP_REFERER"))
    if page is None:
        return None
    _scheme, _host, path, query, _fragment = urlsplit(page)
    # Judged again: without its host a path may read as another one.
    return addresses.safe_next(request, urlunsplit(("", "", path or "/", query, "")))


def _told(content: Mapping[str, Any], status: int) -> JsonResponse:
    response = JsonResponse(content, status=status)
    pages.protect(response)
    return response
