"""What a page demands of a sign-in: how recent it is and how sure. And whether a session's is so."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django.shortcuts import resolve_url

from relyant import conf, sessions
from relyant.setting_types import Demand

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest
    from django.urls import ResolverMatch

    from relyant.session_records import SignIn

# Where a view leaves its demand, for whoever asks before it.
ATTRIBUTE = "relyant_demand"
# Of an admin, the pages for those who aren't signed in, or want to leave.
_OPEN_ADMIN_VIEWS = ("login", "logout")
# As the core forgives: clocks that differ, and the way back from the provider. So a demand of no age at all
# is one of the last minute.
_LEEWAY_SECONDS = 60


def is_met(request: HttpRequest, demand: Demand) -> bool:
    """Whether the session's sign-in is as recent and as sure as this.

    A sign-in without any provider is of no class; but an emergency login, which was made by whoever may do
    anything here, is as sure as any. A moment that lies ahead of our clock proves nothing.
    """
    sign_in = sessions.current(request)
    if demand.acr_values and not _is_sure(request, sign_in, demand):
        return False
    if demand.max_age is None:
        return True
    now = time.time()
    moments = (sign_in.auth_time if sign_in else None, sessions.local_sign_in_at(request))
    return any(
        -_LEEWAY_SECONDS <= now - when <= demand.max_age + _LEEWAY_SECONDS
        for when in moments
        if when is not None
    )


def _is_sure(request: HttpRequest, sign_in: SignIn | None, demand: Demand) -> bool:
    if sign_in is None:
        return sessions.is_limited(request)
    return sign_in.acr in demand.acr_values


def together(one: Demand, other: Demand | None) -> Demand | None:
    """Both demands in one; None where no sign-in meets both."""
    if other is None:
        return one
    ages = [age for age in (one.max_age, other.max_age) if age is not None]
    both = tuple(value for value in one.acr_values if value in other.acr_values)
    if one.acr_values and other.acr_values and not both:
        return None
    return Demand(min(ages, default=None), both or one.acr_values or other.acr_values)


def of_settings(request: HttpRequest, view: Any) -> Demand | None:
    """What `STEP_UP` demands at the view that a request led to, with what the view demands itself."""
    match = request.resolver_match
    # By these people come in or leave: to demand more there would lead in circles.
    if match is None or _is_open(match):
        return None
    demand = _named(conf.step_up(), match.view_name, view)
    if demand is None or request.path == resolve_url(conf.login_url()).partition("?")[0]:
        return None
    return together(demand, getattr(view, ATTRIBUTE, None)) or demand


def is_named_by(name: str, view_name: str) -> bool:
    """Whether a name in `STEP_UP`, or a beginning of names with a `*`, is that of a view."""
    return view_name == name or (name.endswith("*") and view_name.startswith(name[:-1]))


def _is_open(match: ResolverMatch) -> bool:
    """Whether a view is one of ours, or an admin's login or logout."""
    app = match.app_names[-1:]
    return app == ["relyant"] or (app == ["admin"] and match.url_name in _OPEN_ADMIN_VIEWS)


def _named(step_up: Mapping[str, Demand], name: str, view: Any) -> Demand | None:
    """What is demanded at a view of this name: an exact name beats a pattern, a longer pattern a shorter one.

    A pattern leaves out what Django's `login_not_required` opens to everybody.
    """
    if name in step_up:
        return step_up[name]
    if getattr(view, "login_required", True) is False:
        return None
    longest = max((one for one in step_up if is_named_by(one, name)), key=len, default=None)
    return step_up[longest] if longest else None
