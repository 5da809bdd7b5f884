"""The admin's login and logout, answered by Relyant; no template of the admin is copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import django
from django.urls import reverse
from django.views.decorators.csrf import csrf_protect

from relyant import conf, sessions
from relyant.errors import Refusal
from relyant.flows import addresses, logout, pages, refusals
from relyant.transactions import Leaving

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite
    from django.http import HttpRequest, HttpResponse

# The admin of these versions takes a logout by GET, and its templates link to it so (up to 4.0).
_LOGOUT_METHODS = ("POST", "GET") if django.VERSION < (5, 0) else ("POST",)


def answer_login(request: HttpRequest, site: AdminSite, namespace: str) -> HttpResponse | None:
    """Answer the admin's login page; None leaves it to the admin.

    `?local=1` keeps the password form, for superusers of the site's own.
    """
    if conf.relyant_settings().admin_login != "redirect" or request.method != "GET" or "local" in request.GET:
        return None
    index = reverse(f"{namespace}:index")
    if request.user.is_authenticated:
        return None if site.has_permission(request) else _not_staff(request)
    return pages.redirect(addresses.login(addresses.safe_next(request, request.GET.get("next")) or index))


def answer_logout(request: HttpRequest, namespace: str) -> HttpResponse | None:
    """Log somebody who came through Relyant out at the provider too; None leaves the logout to the admin.

    Where it ends on our own page, signing in again leads back to this admin.
    """
    if request.method not in _LOGOUT_METHODS or sessions.current(request) is None:
        return None
    response: HttpResponse = _leave(request, reverse(f"{namespace}:index"))
    return response


@csrf_protect
def _leave(request: HttpRequest, index: str) -> HttpResponse:
    return logout.leave(request, Leaving(addresses.after_logout(request), sign_in_next=index))


def _not_staff(request: HttpRequest) -> HttpResponse:
    """Say why she may not come in. Another login would only bring her back here."""
    sign_in = sessions.current(request)
    refusal = Refusal("decision.not_staff", "signed in, but the admin doesn't let this person in")
    return refusals.answer(
        request,
        refusal,
        sign_in.provider if sign_in else None,
        template="not_staff.html",
        sign_in=sign_in,
        staff=sign_in.reason("staff") if sign_in else None,
    )
