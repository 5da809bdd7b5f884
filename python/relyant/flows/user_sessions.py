"""A signed-in user's own page of her sessions: where she is signed in, and the end of any of them.

It has what a provider began, and what the session engine still keeps. An end here is not one at the provider:
whoever sits at that browser may come in again as long as the provider knows her there, and the page says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse

from relyant import conf, devices, register, sessions
from relyant.flows import addresses, pages
from relyant.models import EndedBy

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from relyant.models import UserSession

_SEE_OTHER = 303
_OTHERS = "others"


@dataclass(frozen=True)
class Row:
    """A session as the page shows it."""

    entry: UserSession
    label: str
    device: str
    is_this: bool


def show(request: HttpRequest, *, is_incomplete: bool = False) -> HttpResponse:
    """Show the page."""
    if not request.user.is_authenticated:
        return pages.redirect(addresses.login(request.get_full_path()))
    rows = _rows(request)
    context = {
        "rows": rows,
        "is_listed": any(row.is_this for row in rows),
        "has_others": any(not row.is_this for row in rows),
        "is_incomplete": is_incomplete,
    }
    return pages.page(request, "sessions.html", context)


def act(request: HttpRequest) -> HttpResponse:
    """End what a form of the page says: one of hers, or all but this one. What isn't hers is left alone."""
    page = reverse("relyant:sessions")
    if not request.user.is_authenticated:
        return pages.redirect(addresses.login(page), status=_SEE_OTHER)
    which = request.POST.get("end", "")
    chosen = [
        row.entry for row in _rows(request) if not row.is_this and which in (_OTHERS, str(row.entry.pk))
    ]
    if not register.end(chosen, by=EndedBy.USER, actor=request.user).is_complete:
        return show(request, is_incomplete=True)
    return pages.redirect(page, status=_SEE_OTHER)


def _rows(request: HttpRequest) -> list[Row]:
    """This one first, then the newest."""
    sign_in, labels = sessions.current(request), conf.relyant_settings().labels()
    rows = [
        Row(
            one,
            label=labels.get(one.provider, one.provider),
            device=devices.in_words(one.user_agent),
            is_this=sign_in is not None and one.handle == sign_in.handle,
        )
        for one in register.existing(register.sessions_of(request.user).select_related("user"))
    ]
    return sorted(rows, key=lambda row: not row.is_this)
