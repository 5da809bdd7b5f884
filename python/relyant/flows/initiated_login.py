"""A login that somebody else begins: the provider's list of applications, or a page of another site. Core §4.

Nothing is decided by what comes along: the issuer must be one of the settings', the place to go on to must be
on this site, and who may want to sign in is a hint. Whatever else there is, is not read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from relyant import conf
from relyant.errors import Refusal
from relyant.flows import addresses, form_body, login, pages

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_PARAMETERS = ("iss", "login_hint", "target_link_uri")
# The longest e-mail address has 254.
_MAX_HINT_CHARS = 255


def begin(request: HttpRequest) -> HttpResponse:
    """Begin a login at the provider whose issuer the request names."""
    if request.method == "POST":
        return _ask_again_by_address(request)
    given = {name: _only(request.GET, name) for name in _PARAMETERS}
    next_url = addresses.safe_next(request, given["target_link_uri"]) or addresses.usual_place()
    hint = _plain_hint(given["login_hint"])
    return login.begin(request, _provider_of(given["iss"]), next_url, login_hint=hint)


def _ask_again_by_address(request: HttpRequest) -> HttpResponse:
    """Let the browser ask by GET: with another site's form it leaves out its session and our records.

    RFC 9700 §4.12: by 303, so that the form isn't repeated.
    """
    form = QueryDict(form_body.take(request).text.encode())
    given = {name: _only(form, name) for name in _PARAMETERS if name in form}
    _provider_of(given.get("iss", ""))
    # What the next step would drop needn't lengthen the address.
    if _plain_hint(given.get("login_hint", "")) is None:
        given.pop("login_hint", None)
    if addresses.safe_next(request, given.get("target_link_uri")) is None:
        given.pop("target_link_uri", None)
    return pages.redirect(f"{reverse('relyant:initiate')}?{urlencode(given)}", status=303)


def _only(parameters: QueryDict, name: str) -> str:
    """Return a parameter that may be there once (RFC 6749 §3.1); empty where it isn't there."""
    values = parameters.getlist(name)
    if len(values) > 1:
        raise Refusal("transaction.parameter_repeated", f"the parameter `{name}` is there more than once")
    return values[0] if values else ""


def _plain_hint(candidate: str) -> str | None:
    """Return who may want to sign in; None where that is too long, or no text that a person would type."""
    is_plain = candidate.isprintable() and len(candidate) <= _MAX_HINT_CHARS
    return candidate if candidate and is_plain else None


def _provider_of(issuer: str) -> str:
    """Return the first provider of an issuer. Core §4: the identifier itself, and compared byte for byte."""
    providers = conf.relyant_settings().providers.values()
    for provider in providers:
        if issuer in provider.issuers:
            return provider.name
    issuers = dict.fromkeys(one for provider in providers for one in provider.issuers)
    known = ", ".join(f"`{one}`" for one in issuers)
    raise Refusal(
        "transaction.unknown_issuer",
        f"the parameter `iss` is `{issuer[:200]}`, expected one of {known}, byte for byte",
    )
