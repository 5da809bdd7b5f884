"""What a front end of this site may know of its visitor's session: who she is here, and until when."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from django.http import JsonResponse
from django.middleware.csrf import get_token
from django.urls import reverse

from relyant import conf, register, sessions
from relyant.flows import addresses, navigation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest

    from relyant.session_records import SignIn

_FORBIDDEN = 403
# Where a browser says so, the request is this site's own, or comes from the address bar.
_OWN_SITE = (None, "same-origin", "none")


def tell(request: HttpRequest) -> JsonResponse:
    """Answer in JSON, for this site's own pages alone: no header lets another origin read it."""
    if request.META.get("HTTP_SEC_FETCH_SITE") not in _OWN_SITE:
        response = JsonResponse({"error": "another_site"}, status=_FORBIDDEN)
    else:
        response = JsonResponse({**_about(request), "csrf_token": get_token(request)})
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _about(request: HttpRequest) -> Mapping[str, Any]:
    """Nothing that her own pages don't show anyway: no key, no address, no right."""
    user: Any = request.user
    sign_in = sessions.current(request) if user.is_authenticated else None
    return {
        "authenticated": user.is_authenticated,
        "user": {"username": user.get_username(), "name": _name(user)} if user.is_authenticated else None,
        "provider": _provider(sign_in) if sign_in else None,
        "signed_in_at": _iso(sign_in.signed_in_at) if sign_in else None,
        "expires_at": _iso(_expires_at(request, sign_in)) if user.is_authenticated else None,
        "login_url": addresses.login(navigation.page_of(request)),
        "logout_url": reverse("relyant:logout"),
    }


def _name(user: Any) -> str:
    """Her full name; empty where her model has none."""
    full_name = getattr(user, "get_full_name", None)
    return str(full_name()) if callable(full_name) else ""


def _provider(sign_in: SignIn) -> Mapping[str, str]:
    label = conf.relyant_settings().label_of(sign_in.provider)
    return {"name": sign_in.provider, "label": label}


def _expires_at(request: HttpRequest, sign_in: SignIn | None) -> int | None:
    """When the session ends at the latest if nothing more is done in it; None where that isn't known.

    Django counts from when a session was last saved, and doesn't say when that was: the register knows.
    """
    ends = [sign_in.ends_at if sign_in else None, sessions.limit_of(request)]
    if conf.saves_sessions_always():
        ends.append(sessions.lapses_at(request))
    elif sign_in is not None:
        ends.append(register.lapses_at(sign_in.handle))
    return min((end for end in ends if end is not None), default=None)


def _iso(seconds: int | None) -> str | None:
    """A time as JavaScript's `Date` reads it."""
    return None if seconds is None else datetime.fromtimestamp(seconds, timezone.utc).isoformat()
