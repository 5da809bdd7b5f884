"""The page of an emergency login: by GET it says whom it signs in, by POST it does so, once.

A preview of the link in a chat or a mail program fetches the page, and uses nothing up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import auth

from relyant import break_glass, conf, sessions
from relyant.backends import RelyantBackend
from relyant.class_names import is_a
from relyant.errors import Refusal
from relyant.flows import addresses, admin_sites, pages

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from relyant.break_glass import Token

_SEE_OTHER = 303
# What stands in the place of the token, wherever a request tells its own address.
_WITHHELD = "-"


def withhold_address(request: HttpRequest, token: Token) -> None:
    """Take the token out of the request, so that no log, no report and no error page tells it.

    Servers of Python that log a request after its answer have it from here, too. As a part of a path alone:
    whoever writes her own IP address in its place doesn't take that out of the log.
    """
    told, withheld = f"/{token.text}/", f"/{_WITHHELD}/"
    for name in ("path", "path_info"):
        setattr(request, name, getattr(request, name).replace(told, withheld))
    for name, value in request.META.items():
        if isinstance(value, str) and told in value:
            request.META[name] = value.replace(told, withheld)
    # As it came: a browser may have encoded letters of it.
    for name in addresses.IN_META:
        if name in request.META:
            request.META[name] = request.path
    scope = getattr(request, "scope", None)
    if scope is not None:
        scope["path"], scope["raw_path"] = request.path, request.path.encode()


def show(request: HttpRequest, token: Token) -> HttpResponse:
    """Say whom it signs in, and ask. Raises Refusal."""
    minutes = break_glass.SESSION_SECONDS // 60
    return pages.page(request, "break_glass.html", {"holder": break_glass.holder(token), "minutes": minutes})


def sign_in(request: HttpRequest, token: Token) -> HttpResponse:
    """Use it up, and sign its user in: to a session of its own that ends soon. Raises Refusal."""
    backend = _backend()
    user = break_glass.use(token)
    # Whoever was signed in is not any more, and a stranger's data goes with the session.
    auth.logout(request)
    auth.login(request, user, backend=backend)
    sessions.limit(request, seconds=break_glass.SESSION_SECONDS)
    return pages.redirect(_landing(request), status=_SEE_OTHER)


def _landing(request: HttpRequest) -> str:
    """Where she goes on: staff to the first admin, which is what most come for."""
    mounted = admin_sites.mounted() if getattr(request.user, "is_staff", False) else []
    return mounted[0].address("index") if mounted else addresses.usual_place()


def _backend() -> str:
    """The name under which the project has our backend: it is to know her at each request."""
    name = next((one for one in conf.authentication_backends() if is_a(one, RelyantBackend)), None)
    if name is None:
        raise Refusal("configuration.settings", "AUTHENTICATION_BACKENDS has no RelyantBackend")
    return name
