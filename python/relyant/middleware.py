"""The one middleware: before each page it asks whether the session goes on, and renews it where that is due.

It recognises the login and the logout of any AdminSite, under any name and theme, lends the request's user
what her sign-in granted for the session, and keeps a form that a redirect to a login would lose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.utils.deprecation import MiddlewareMixin

from relyant import register, session_permissions, sessions
from relyant.errors import SessionEnded
from relyant.flows import admin, admin_rights, admin_sites, demands, ending, gate, resend, step_up
from relyant.requests import RequestSignIn

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from django.http import HttpRequest, HttpResponse
    from django.template.response import SimpleTemplateResponse
    from django.urls import ResolverMatch

# How the names of the pages end on which an admin shows one thing of a model.
_CHANGE = "_change"


class RelyantMiddleware(MiddlewareMixin):
    """Goes after `AuthenticationMiddleware`; costs no query of its own while nothing is due."""

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        super().__init__(get_response)
        asynchronous = iscoroutinefunction(get_response)
        self._finish = self._finish_async if asynchronous else _finished
        self.process_view = self._answer_async if asynchronous else _answer
        # Django calls it in a thread in each kind of stack.
        self.process_exception = _ended
        self.process_template_response = self._add_async if asynchronous else self._add

    def __call__(self, request: HttpRequest) -> Any:
        """Pass the request on; in an asynchronous stack this returns what is to be awaited."""
        request.relyant = RequestSignIn(request)  # type: ignore[attr-defined]
        session_permissions.lend_to_user_of(request)
        key = sessions.key_sent(request)
        answered: Any = super().__call__(request)
        return self._finish(request, key, answered)

    async def _finish_async(
        self, request: HttpRequest, key: str | None, awaited: Awaitable[HttpResponse]
    ) -> HttpResponse:
        response = await awaited
        is_nothing_left = not gate.is_key_new(request, key) and not resend.loses_a_form(request, response)
        if is_nothing_left and not gate.is_unasked(request, response):
            return response
        return await sync_to_async(_finished, thread_sensitive=True)(request, key, response)

    async def _answer_async(self, request: HttpRequest, view: Any, *_: Any) -> HttpResponse | None:
        is_ours = _match(request, "login", "logout") or demands.of_settings(request, view)
        if not is_ours and await gate.lets_pass(request):
            return None
        return await sync_to_async(_answer, thread_sensitive=True)(request, view)

    def _add(self, request: HttpRequest, response: SimpleTemplateResponse) -> SimpleTemplateResponse:
        match = _match(request, "login", suffix=_CHANGE)
        if match is not None:
            _add_to(request, response, match)
        return response

    async def _add_async(
        self, request: HttpRequest, response: SimpleTemplateResponse
    ) -> SimpleTemplateResponse:
        match = _match(request, "login", suffix=_CHANGE)
        if match is not None:
            await sync_to_async(_add_to, thread_sensitive=True)(request, response, match)
        return response


def _answer(request: HttpRequest, view: Any, *_: Any) -> HttpResponse | None:
    """Answer in the place of the view, where the session has ended or the view is not for it yet."""
    answered = gate.answer(request)
    if answered is not None:
        return answered
    match = _match(request, "login", "logout")
    if match is not None:
        return _admin_answer(request, match, view)
    demand = demands.of_settings(request, view)
    return step_up.answer(request, demand, step_up.login_url_of(request)) if demand else None


def _finished(request: HttpRequest, key: str | None, response: HttpResponse) -> HttpResponse:
    """Keep the register true where the session's key is another one than that which came, and keep a form."""
    if gate.is_key_new(request, key):
        register.follow_key(request)
    if gate.is_unasked(request, response):
        return gate.answer(request) or response
    return resend.instead_of(request, response)


def _ended(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """Answer for a view in which the session came to its end: as it asked for an access token."""
    return ending.end(request, error) if isinstance(error, SessionEnded) else None


def _match(request: HttpRequest, *names: str, suffix: str | None = None) -> ResolverMatch | None:
    """Return what the address led to, if by its names it may be one of these views of an admin."""
    match = request.resolver_match
    if match is None:
        return None
    name = match.url_name or ""
    if name not in names and not (suffix and name.endswith(suffix)):
        return None
    return match if match.app_names[-1:] == ["admin"] else None


def _admin_answer(request: HttpRequest, match: ResolverMatch, view: Any) -> HttpResponse | None:
    """Answer an admin's login or logout; None where the view is none, or is to go on by itself."""
    mounted = admin_sites.of_match(match, view)
    if mounted is None:
        return None
    if match.url_name == "logout":
        return admin.answer_logout(request, mounted)
    return admin.answer_login(request, mounted)


def _add_to(request: HttpRequest, response: SimpleTemplateResponse, match: ResolverMatch) -> None:
    """Add the button to an admin's login, or why to the page of a user."""
    if match.url_name != "login":
        admin_rights.add_panel(request, response, match)
        return
    mounted = admin_sites.of_match(match, match.func)
    if mounted is not None:
        admin.add_button(request, response, mounted)
