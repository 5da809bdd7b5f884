"""The one middleware: it recognises the login and the logout of any AdminSite, under any name and theme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils.deprecation import MiddlewareMixin

from relyant.flows import admin

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.admin import AdminSite
    from django.http import HttpRequest, HttpResponse
    from django.urls import ResolverMatch

# What a decorator that follows the custom leaves on the function that it returns.
_WRAPPED = ("__wrapped__", "func")


class RelyantMiddleware(MiddlewareMixin):
    """Goes after `AuthenticationMiddleware`; costs two comparisons where the view is no admin's."""

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        super().__init__(get_response)
        self.process_view = self._answer_async if iscoroutinefunction(get_response) else self._answer

    def _answer(self, request: HttpRequest, view: Any, *_: Any) -> HttpResponse | None:
        match = _match(request)
        return _admin_answer(request, match, view) if match else None

    async def _answer_async(self, request: HttpRequest, view: Any, *_: Any) -> HttpResponse | None:
        match = _match(request)
        if match is None:
            return None
        return await sync_to_async(_admin_answer, thread_sensitive=True)(request, match, view)


def _match(request: HttpRequest) -> ResolverMatch | None:
    """Return what the address led to, if by its names it may be an admin's login or logout."""
    match = request.resolver_match
    if match is None or match.url_name not in ("login", "logout"):
        return None
    return match if match.app_names[-1:] == ["admin"] else None


def _admin_answer(request: HttpRequest, match: ResolverMatch, view: Any) -> HttpResponse | None:
    """Answer an admin's login or logout; None where the view is none, or is to go on by itself."""
    site = _site_of(view) or _site_of_index(match.namespace)
    if site is None:
        return None
    if match.url_name == "logout":
        return admin.answer_logout(request, match.namespace)
    return admin.answer_login(request, site, match.namespace)


def _site_of(view: Any) -> AdminSite | None:
    """Find the AdminSite whose method a view is, through any decorators around it."""
    # Late, since a project may have no admin: nothing of it is loaded then.
    from django.contrib.admin import AdminSite

    while view is not None:
        for owner in (getattr(view, "__self__", None), getattr(view, "admin_site", None)):
            if isinstance(owner, AdminSite):
                return owner
        view = next((inner for name in _WRAPPED if (inner := getattr(view, name, None))), None)
    return None


def _site_of_index(namespace: str) -> AdminSite | None:
    """Find the AdminSite behind the same namespace's index, for a login view that hides its own."""
    try:
        return _site_of(resolve(reverse(f"{namespace}:index")).func)
    except (NoReverseMatch, Resolver404):
        return None
