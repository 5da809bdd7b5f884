"""How our answers leave: no cache keeps them, no site frames them, and no address leaks from them."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.http import HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.cache import add_never_cache_headers
from django.utils.encoding import iri_to_uri

from relyant import sessions
from relyant.flows import addresses

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.http import HttpRequest

logger = logging.getLogger("relyant")

_STYLE_SHEET = "relyant/relyant.css"
# Under `no-referrer` browsers send a form with `Origin: null`, which Django's CSRF check refuses. None of
# these is ever shown at a callback's address.
_WITH_A_FORM = (
    "logout.html",
    "logged_out.html",
    "leave_provider.html",
    "not_staff.html",
    "turned_away.html",
    "identities.html",
    "link.html",
    "sessions.html",
    "break_glass.html",
    "chooser.html",
    "form_kept.html",
    "form_again.html",
    "step_up.html",
)


# The address of this one is a secret, and it has a form: browsers tell the origin alone.
_BY_A_HIDDEN_ADDRESS = "break_glass.html"


class _Page(HttpResponse):
    """An answer with words, and where its style sheet comes from."""

    style_source = "'none'"
    form_action: str | None = None


class _Redirect(HttpResponseRedirect):
    """An answer that leads on. The address may hold an ID token, so no report of an error shows it."""

    def __repr__(self) -> str:
        return f"<redirect, status {self.status_code}>"


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    status: int = 200,
    *,
    form_action: str | None = None,
) -> HttpResponse:
    """One of our pages. They hold no script and no inline style, so that the policy can refuse both.

    `form_action` is the address of another site that the page's form goes to.
    """
    sheet = style_sheet(_STYLE_SHEET)
    # The request too: a project need not have a context processor for it.
    given = {"request": request, "style_sheet": sheet, "home_url": addresses.home()}
    context = {**given, **(context or {})}
    response = _Page(render_to_string(f"relyant/{template}", context, request), status=status)
    if sheet is not None:
        response.style_source = _source(sheet)
    response.form_action = form_action
    if template in _WITH_A_FORM:
        is_hidden = template == _BY_A_HIDDEN_ADDRESS
        response["Referrer-Policy"] = "strict-origin" if is_hidden else "same-origin"
    return protect(response)


def redirect(url: str, *, status: int = 302) -> HttpResponse:
    """Redirect; by 303 after a POST, so that no browser repeats the form elsewhere (RFC 9700 §4.12)."""
    response = _Redirect(url)
    response.status_code = status
    return protect(response)


def onward(request: HttpRequest, next_url: str) -> HttpResponse:
    """Go on to `next_url` at the end of a redirect chain that another site began.

    Along such a chain a browser withholds cookies with `SameSite=Strict`: the next page would not see the
    session that was just made. A page of ours breaks the chain: what it leads to is asked for by this site.
    """
    if sessions.is_strict():
        return page(request, "onward.html", {"next_url": iri_to_uri(next_url)})
    return redirect(next_url, status=303 if request.method == "POST" else 302)


def protect(response: HttpResponse) -> HttpResponse:
    """Set the headers that each of our answers carries. Only a page of ours has use for a style sheet."""
    style_source = response.style_source if isinstance(response, _Page) else "'none'"
    form_action = response.form_action if isinstance(response, _Page) else None
    add_never_cache_headers(response)
    response.setdefault("Referrer-Policy", "no-referrer")
    response["X-Frame-Options"] = "DENY"
    response["Content-Security-Policy"] = (
        f"default-src 'none'; style-src {style_source}; base-uri 'none'; frame-ancestors 'none'"
        f"{_form_action_policy(form_action) if form_action else ''}"
    )
    return response


def allow_frames(response: HttpResponse, origins: Sequence[str]) -> HttpResponse:
    """Let pages of these origins, and of no other, frame an answer that has nothing to click."""
    protect(response)
    del response["X-Frame-Options"]
    # Django's own middleware would put it back.
    response.xframe_options_exempt = True
    framed_by = " ".join(origins)
    response["Content-Security-Policy"] = f"default-src 'none'; base-uri 'none'; frame-ancestors {framed_by}"
    return response


def _form_action_policy(address: str) -> str:
    """Where a page's form may go: to one origin, and by that one's redirects back here or on by https.

    Browsers hold each redirect against it, and a provider that stands before another sends the browser there.
    """
    to = urlsplit(address)
    return f"; form-action 'self' https: {to.scheme}://{to.netloc}"


def style_sheet(file: str) -> str | None:
    """Return a style sheet's address; None where the site's storage doesn't know it, which stops no login."""
    try:
        return static(file)
    except ValueError as error:
        _note_missing_style_sheet(str(error))
        return None


@lru_cache(maxsize=1)
def _note_missing_style_sheet(why: str) -> None:
    """Once a process: `collectstatic` hasn't run since Relyant was installed."""
    logger.error("our pages go out without their style sheet; run `manage.py collectstatic`: %s", why)


def _source(style_sheet: str) -> str:
    """Where the style sheet may come from: this site, or the host that serves its static files."""
    address = urlsplit(style_sheet)
    return f"{address.scheme or 'https'}://{address.netloc}" if address.netloc else "'self'"
