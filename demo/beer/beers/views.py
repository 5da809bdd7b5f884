"""The public list, and the page on which a visitor sees who the site takes her for.

Both name the visitor, so no browser keeps them: after signing out, the back button shows nothing of her.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.cache import never_cache

from beers.models import Beer
from relyant import sessions

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PERMISSIONS = ("view", "add", "change", "delete")
RIGHTS = {"allow": "Entering the site", "staff": "Staff", "superuser": "Superuser"}


@never_cache
def beer_list(request: HttpRequest) -> HttpResponse:
    """All beers; Django's permissions decide who sees the links into the admin."""
    return render(request, "beers/list.html", {"beers": Beer.objects.all()})


@never_cache
def who_am_i(request: HttpRequest) -> HttpResponse:
    """The user, her groups and flags, the roles that came, and what each rule made of them."""
    permissions = {action: request.user.has_perm(f"beers.{action}_beer") for action in PERMISSIONS}
    sign_in = sessions.current(request)
    rules = [(_right(reason.effect), reason) for reason in sign_in.reasons] if sign_in else []
    context = {"sign_in": sign_in, "permissions": permissions, "rules": rules}
    return render(request, "beers/me.html", context)


def _right(effect: str) -> str:
    """What a rule of the policy gives, in words."""
    return RIGHTS.get(effect) or f"Group {effect.removeprefix('group:')}"
