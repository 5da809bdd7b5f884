"""The admin's login and logout, answered by Relyant; no template of the admin is copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import django
from django.views.decorators.csrf import csrf_protect

from relyant import conf, sessions
from relyant.errors import Refusal
from relyant.flows import addresses, admin_page, admin_token, logout, navigation, pages, refusals
from relyant.flows.admin_sites import LOCAL
from relyant.transactions import Leaving
from relyant.why import needs

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.template.response import SimpleTemplateResponse

    from relyant.flows.admin_sites import Mounted
    from relyant.session_records import Reason

# The admin of these versions takes a logout by GET, and its templates link to it so (up to 4.0).
_LOGOUT_BY_GET = django.VERSION < (5, 0)


def answer_login(request: HttpRequest, admin: Mounted) -> HttpResponse | None:
    """Answer the admin's login page; None leaves it to the admin.

    `?local=1` keeps the password form, for superusers of the site's own; `PASSWORD_LOGIN` closes it.
    """
    word = _word(admin)
    if not conf.relyant_settings().password_login:
        return _answer_closed(request, admin, word)
    if word == "off" or LOCAL in request.GET:
        return None
    if request.user.is_authenticated:
        return _answer_signed_in(request, admin, word)
    if word != "redirect" or request.method != "GET":
        return None
    return _begin_login(request, admin)


def _begin_login(request: HttpRequest, admin: Mounted) -> HttpResponse:
    """Send a visitor to the login; a script is told of it, with its own page to go on to."""
    if navigation.is_navigation(request):
        return pages.redirect(addresses.login(_next_url(request, admin), provider=_provider(admin)))
    page = navigation.page_of(request) or admin.address("index")
    return navigation.unauthenticated(request, login_url=addresses.login(page, provider=_provider(admin)))


def _answer_closed(request: HttpRequest, admin: Mounted, word: str) -> HttpResponse | None:
    """Answer where no password is taken, of whatever admin: its form is never shown, nor looked at."""
    if request.user.is_authenticated:
        if request.method == "GET" and admin.site.has_permission(request):
            return None
        if (answer := _answer_signed_in(request, admin, word)) is not None:
            return answer
    start_again_url = addresses.login(_next_url(request, admin))
    if request.method == "POST":
        refusal = Refusal("account.password_closed", f"a password was sent to the admin site {admin.name}")
        told = {"template": "password_closed.html", "start_again_url": start_again_url}
        return refusals.answer(request, refusal, None, **told)
    if word == "redirect" and LOCAL not in request.GET:
        return _begin_login(request, admin)
    return pages.page(request, "password_closed.html", {"start_again_url": start_again_url})


def add_button(request: HttpRequest, response: SimpleTemplateResponse, admin: Mounted) -> None:
    """Add the links to the providers to the admin's login form, however it came to be shown."""
    if _word(admin) == "button" and not request.user.is_authenticated:
        admin_page.add_button(request, response, _next_url(request, admin), _provider(admin))


def answer_logout(request: HttpRequest, admin: Mounted) -> HttpResponse | None:
    """Log somebody who came through Relyant out at the provider too; None leaves the logout to the admin.

    Where it ends on our own page, signing in again leads back to this admin. By GET it does what this version
    of the admin does; where that would only refuse, she is asked.
    """
    if request.method not in ("GET", "POST") or sessions.current(request) is None:
        return None
    index = admin.address("index")
    if request.method == "GET" and not _LOGOUT_BY_GET:
        asked = {"next_url": addresses.after_logout(request), "sign_in_next": index}
        return pages.page(request, "logout.html", asked)
    response: HttpResponse = _leave(request, index)
    return response


def _word(admin: Mounted) -> str:
    return conf.relyant_settings().admin_login_of(admin.name)


def _provider(admin: Mounted) -> str | None:
    """The provider by which people sign in to this site; None leaves it to them, where there are several."""
    return conf.relyant_settings().admin_providers.get(admin.name)


def _next_url(request: HttpRequest, admin: Mounted) -> str:
    """Return where the visitor wanted to go: a form that failed has it as a field."""
    asked = request.POST.get("next") or request.GET.get("next")
    return addresses.safe_next(request, asked) or admin.address("index")


def _answer_signed_in(request: HttpRequest, admin: Mounted, word: str) -> HttpResponse | None:
    if admin.site.has_permission(request):
        return None
    if admin_token.is_missing(request):
        return admin_token.answer(request, admin.site)
    return _not_staff(request, admin, word) if request.method == "GET" else None


def _not_staff(request: HttpRequest, admin: Mounted, word: str) -> HttpResponse:
    """Say why she may not come in. Another login would only bring her back here."""
    sign_in = sessions.current(request)
    staff = sign_in.reason("staff") if sign_in else None
    takes_passwords, next_url = conf.relyant_settings().password_login, _next_url(request, admin)
    rule = _rule(staff) if staff and not staff.granted else ""
    refusal = Refusal("decision.not_staff", f"signed in, but the admin doesn't let this person in{rule}")
    return refusals.answer(
        request,
        refusal,
        sign_in.provider if sign_in else None,
        template="not_staff.html",
        sign_in=sign_in,
        staff=staff,
        sign_in_next=next_url,
        local_url=admin.local_login(next_url) if word == "button" and takes_passwords else None,
    )


def _rule(reason: Reason) -> str:
    words = needs.in_words(reason.needs, reason.conditions)
    return f"; staff is whoever has {words}" if words else "; the policy makes nobody staff"


@csrf_protect
def _leave(request: HttpRequest, index: str) -> HttpResponse:
    return logout.leave(request, Leaving(addresses.after_logout(request), sign_in_next=index))
