"""The addresses of Relyant. What happens behind them is in `flows`."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING

from django.db import connections
from django.db.transaction import non_atomic_requests
from django.http import Http404
from django.views.decorators.csrf import csrf_exempt, csrf_protect, ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from relyant import conf, errors
from relyant.errors import Refusal
from relyant.flows import addresses, navigation, pages, refusals
from relyant.flows import back_channel as back_channel_flow
from relyant.flows import break_glass as break_glass_flow
from relyant.flows import chooser as chooser_flow
from relyant.flows import front_channel as front_channel_flow
from relyant.flows import identities as identities_flow
from relyant.flows import initiated_login as initiated_flow
from relyant.flows import keys as keys_flow
from relyant.flows import login as login_flow
from relyant.flows import logout as logout_flow
from relyant.flows import recheck as recheck_flow
from relyant.flows import resend as resend_flow
from relyant.flows import session as session_flow
from relyant.flows import step_up as step_up_flow
from relyant.flows import user_sessions as user_sessions_flow
from relyant.transactions import Leaving

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from relyant.break_glass import Token


def _ours(*methods: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Make a view ours: open to anonymous visitors, never cached or framed, its refusals told on a page."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        answer = require_http_methods(methods)(view)

        @wraps(view)
        def wrapper(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
            try:
                return pages.protect(answer(request, *args, **kwargs))
            except conf.ConfigurationError as error:
                refusal = Refusal("configuration.settings", str(error))
            except Refusal as refused:
                refusal = refused
            return refusals.answer(request, refusal, kwargs.get("provider"))

        # What Django's `login_not_required` sets, from the versions on that have it (5.1).
        wrapper.login_required = False  # type: ignore[attr-defined]
        return wrapper

    return decorate


def _outside_of_transactions(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let no `ATOMIC_REQUESTS` be around a view, of whichever database a router has put the register in."""
    for database in connections:
        view = non_atomic_requests(using=database)(view)
    return view


@_ours("GET")
def login(request: HttpRequest) -> HttpResponse:
    """Begin a login: `?provider=` names one of the configured providers, `?next=` where to go afterwards.

    Of several providers the host, the admin site, an address's domain or a former choice may decide; or else
    she chooses on a page, which `?choose=1` shows in any case. A script is told so, and sent nowhere.
    """
    if not navigation.is_navigation(request):
        return navigation.at_login(request, provider=request.GET.get("provider"))
    return chooser_flow.begin(request)


@_ours("GET", "POST")
@csrf_exempt
def initiate(request: HttpRequest) -> HttpResponse:
    """Begin a login for another site's sake, such as the provider's list of applications. Core §4."""
    return initiated_flow.begin(request)


@_outside_of_transactions
@_ours("GET", "POST")
@csrf_exempt
def callback(request: HttpRequest, provider: str) -> HttpResponse:
    """Answer at the redirect URI of one provider. A form comes from another site; `state` is its proof.

    A session is registered, and only then a logout token looked for that overtook it: no transaction is
    around both.
    """
    return login_flow.complete(
        request, provider, identities_flow.returned, step_up_flow.returned, recheck_flow.returned
    )


@_ours("GET")
@ensure_csrf_cookie
def session_state(request: HttpRequest) -> HttpResponse:
    """Tell a front end of this site who is signed in, until when; and give it Django's CSRF cookie."""
    return session_flow.tell(request)


@_ours("GET", "POST")
@csrf_exempt
def resend(request: HttpRequest) -> HttpResponse:
    """Take a form back that a page has kept, and show it once more. Its seal is the proof that it is ours."""
    return resend_flow.answer(request) if request.method == "POST" else resend_flow.show(request)


@_outside_of_transactions
@_ours("GET")
def again(request: HttpRequest) -> HttpResponse:
    """Let a signed-in user sign in once more, as a page asks: `?demand=` says how, under seal.

    A callback from which the browser withheld its session is completed here, and no transaction is around it.
    """
    return step_up_flow.begin(request)


@_ours("GET", "POST")
@csrf_protect
def identities(request: HttpRequest) -> HttpResponse:
    """Show a signed-in user the providers that are linked to her; by POST link another, or unlink one."""
    return identities_flow.act(request) if request.method == "POST" else identities_flow.show(request)


@_ours("GET", "POST")
@csrf_protect
def sessions(request: HttpRequest) -> HttpResponse:
    """Show a signed-in user where she is signed in; by POST end one of her sessions, or all but this one."""
    act = user_sessions_flow.act if request.method == "POST" else user_sessions_flow.show
    return act(request)


@csrf_exempt
def break_glass(request: HttpRequest, token: Token) -> HttpResponse:
    """Say by GET whom an emergency login signs in, and do so by POST, once."""
    # Before anything that may log the address, Django's own refusals of forms and methods too.
    break_glass_flow.withhold_address(request, token)
    return _break_glass(request, token=token)


break_glass.login_required = False  # type: ignore[attr-defined]


@_ours("GET", "POST")
@csrf_protect
def _break_glass(request: HttpRequest, token: Token) -> HttpResponse:
    """Answer at an address that tells its secret no more."""
    return (break_glass_flow.sign_in if request.method == "POST" else break_glass_flow.show)(request, token)


@_ours("GET", "POST")
@csrf_protect
def logout(request: HttpRequest) -> HttpResponse:
    """Ask by GET, log out by POST: no other site can sign anybody out.

    `next` is where the logout ends, `sign_in_next` where somebody who signs in again from there wants to be.
    """
    next_url = addresses.after_logout(request)
    if request.method == "POST":
        if not navigation.is_navigation(request):
            return navigation.form_needed()
        again = addresses.safe_next(request, request.POST.get("sign_in_next"))
        return logout_flow.leave(request, Leaving(next_url, sign_in_next=again))
    return pages.page(request, "logout.html", {"next_url": next_url})


@_ours("GET")
def logged_out(request: HttpRequest) -> HttpResponse:
    """Answer at the post-logout redirect URI."""
    return logout_flow.returned(request)


@_outside_of_transactions
@csrf_exempt
@require_POST
def back_channel_logout(request: HttpRequest, provider: str) -> HttpResponse:
    """Take a logout token from one provider's server; its signature is the proof that it is that one's.

    What it says is written down before its sessions are looked for, so no transaction is around both.
    """
    return back_channel_flow.answer(request, provider)


@_outside_of_transactions
@require_safe
def front_channel_logout(request: HttpRequest, provider: str) -> HttpResponse:
    """Answer a frame of one provider's page, which says that a session there has ended."""
    return front_channel_flow.answer(request, provider)


@require_safe
def jwks(_request: HttpRequest, provider: str) -> HttpResponse:
    """Publish the site's public keys, as one provider knows them."""
    return keys_flow.jwk_set(provider)


back_channel_logout.login_required = False  # type: ignore[attr-defined]
front_channel_logout.login_required = False  # type: ignore[attr-defined]
jwks.login_required = False  # type: ignore[attr-defined]


@_ours("GET")
def code(request: HttpRequest, code: str) -> HttpResponse:
    """Say what the code of a refusal means: each page that shows one links here."""
    explanation = errors.explain(code)
    if explanation is None:
        raise Http404
    return pages.page(request, "code.html", {"explanation": explanation})
