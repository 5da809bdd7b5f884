"""The public list, and the page on which a visitor sees who the site takes her for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from relyant import sessions

from beers.models import Beer

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PERMISSIONS = ("view", "add", "change", "delete")


def beer_list(request: HttpRequest) -> HttpResponse:
    """All beers; Django's permissions decide who sees the links into the admin."""
    return render(request, "beers/list.html", {"beers": Beer.objects.all()})


def who_am_i(request: HttpRequest) -> HttpResponse:
    """The user, her groups and flags, the roles that came, and what each rule made of them."""
    permissions = {action: request.user.has_perm(f"beers.{action}_beer") for action in PERMISSIONS}
    context = {"sign_in": sessions.current(request), "permissions": permissions}
    return render(request, "beers/me.html", context)
