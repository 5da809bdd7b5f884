"""The addresses of Relyant. What happens behind them is in `flows`."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING

from django.http import Http404
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from relyant import conf, errors
from relyant.errors import Refusal
from relyant.flows import addresses, pages, refusals
from relyant.flows import chooser as chooser_flow
from relyant.flows import identities as identities_flow
from relyant.flows import initiated_login as initiated_flow
from relyant.flows import keys as keys_flow
from relyant.flows import login as login_flow
from relyant.flows import logout as logout_flow
from relyant.transactions import Leaving

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse


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


@_ours("GET")
def login(request: HttpRequest) -> HttpResponse:
    """Begin a login: `?provider=` names one of the configured providers, `?next=` where to go afterwards.

    Of several providers the host, the admin site, an address's domain or a former choice may decide; or else
    she chooses on a page, which `?choose=1` shows in any case.
    """
    return chooser_flow.begin(request)


@_ours("GET", "POST")
@csrf_exempt
def initiate(request: HttpRequest) -> HttpResponse:
    """Begin a login for another site's sake, such as the provider's list of applications. Core §4."""
    return initiated_flow.begin(request)


@_ours("GET", "POST")
@csrf_exempt
def callback(request: HttpRequest, provider: str) -> HttpResponse:
    """Answer at the redirect URI of one provider. A form comes from another site; `state` is its proof."""
    return login_flow.complete(request, provider, identities_flow.returned)


@_ours("GET", "POST")
@csrf_protect
def identities(request: HttpRequest) -> HttpResponse:
    """Show a signed-in user the providers that are linked to her; by POST link another, or unlink one."""
    return identities_flow.act(request) if request.method == "POST" else identities_flow.show(request)


@_ours("GET", "POST")
@csrf_protect
def logout(request: HttpRequest) -> HttpResponse:
    """Ask by GET, log out by POST: no other site can sign anybody out.

    `next` is where the logout ends, `sign_in_next` where somebody who signs in again from there wants to be.
    """
    next_url = addresses.after_logout(request)
    if request.method == "POST":
        again = addresses.safe_next(request, request.POST.get("sign_in_next"))
        return logout_flow.leave(request, Leaving(next_url, sign_in_next=again))
    return pages.page(request, "logout.html", {"next_url": next_url})


@_ours("GET")
def logged_out(request: HttpRequest) -> HttpResponse:
    """Answer at the post-logout redirect URI."""
    return logout_flow.returned(request)


@require_safe
def jwks(_request: HttpRequest, provider: str) -> HttpResponse:
    """Publish the site's public keys, as one provider knows them."""
    return keys_flow.jwk_set(provider)


jwks.login_required = False  # type: ignore[attr-defined]


@_ours("GET")
def code(request: HttpRequest, code: str) -> HttpResponse:
    """Say what the code of a refusal means: each page that shows one links here."""
    explanation = errors.explain(code)
    if explanation is None:
        raise Http404
    return pages.page(request, "code.html", {"explanation": explanation})
