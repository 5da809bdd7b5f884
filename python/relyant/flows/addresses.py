"""The addresses that we send browsers to; the one place that judges a `next`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from django.shortcuts import resolve_url
from django.urls import Resolver404, get_script_prefix, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from relyant import conf

if TYPE_CHECKING:
    from django.http import HttpRequest

# Three tabs' worth of the longest still fit into what our cookies may weigh together, many of the usual ones.
MAX_BYTES = 512
# Where servers put the whole address beside path and query: gunicorn, uWSGI and mod_wsgi, IIS.
IN_META = ("RAW_URI", "REQUEST_URI", "UNENCODED_URL")
# In the query of our login: ask which provider, whatever is known; and, she has just said so herself.
CHOOSE, CHOSEN = "choose", "chosen"


def safe_next(request: HttpRequest, candidate: str | None) -> str | None:
    """Return the candidate if it is an address on this site; None for anything else, and for anything odd.

    Odd is what browsers read in another way than Python does: backslashes, control and invisible characters,
    a path that doesn't begin at the root.
    """
    if not candidate or len(candidate.encode(errors="replace")) > MAX_BYTES:
        return None
    if not candidate.isprintable() or "\\" in candidate or candidate != candidate.strip():
        return None
    if not candidate.startswith(("/", "http://", "https://")):
        return None
    allowed = url_has_allowed_host_and_scheme(
        candidate, _own_hosts(request), require_https=conf.is_https(request)
    )
    return candidate if allowed else None


def after_login(request: HttpRequest) -> str:
    """Return the request's `next` if it is safe, else the usual place."""
    return safe_next(request, request.GET.get("next")) or usual_place()


def after_logout(request: HttpRequest) -> str | None:
    """Return the request's `next` if it is safe, else `LOGOUT_REDIRECT_URL`; None means our own page."""
    asked = safe_next(request, request.POST.get("next") or request.GET.get("next"))
    configured = conf.logout_redirect_url()
    return asked or (resolve_url(configured) if configured else None)


def login(next_url: str | None, *, provider: str | None = None, is_choice: bool = False) -> str:
    """Return the address that begins a login which goes on to `next_url`.

    `is_choice` where whoever follows it says so that `provider` is hers.
    """
    query = {"next": next_url, "provider": provider, CHOSEN: "1" if is_choice else None}
    given = urlencode({key: value for key, value in query.items() if value})
    return reverse("relyant:login") + (f"?{given}" if given else "")


def another_provider(next_url: str | None) -> str | None:
    """Return the address of the page that asks which provider; None where there is one alone."""
    settings = conf.usable_settings()
    if settings is None or len(settings.providers) == 1:
        return None
    query = {"next": next_url} if next_url else {}
    return f"{reverse('relyant:login')}?{urlencode({**query, CHOOSE: '1'})}"


def home() -> str:
    """Return the site's root: the one place that any site has, whoever asks."""
    return get_script_prefix()


def absolute(request: HttpRequest, path: str) -> str:
    """Return the public address of one of our pages: under `BASE_URL`, else under the request's host.

    The request's host is one of `ALLOWED_HOSTS`; Django refuses any other.
    """
    base_url = conf.relyant_settings().base_url
    return base_url + path if base_url else request.build_absolute_uri(path)


def usual_place() -> str:
    """Return where a login leads that was begun for no page's sake: `LOGIN_REDIRECT_URL`.

    Where that setting is still Django's own, `/accounts/profile/`, and the site has no such page: its root.
    """
    configured = conf.login_redirect_url()
    if configured == conf.DEFAULT_LOGIN_REDIRECT_URL and not _is_answered(configured):
        return home()
    return resolve_url(configured)


def _is_answered(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def _own_hosts(request: HttpRequest) -> set[str]:
    base_url = conf.relyant_settings().base_url
    return {request.get_host(), *([urlsplit(base_url).netloc] if base_url else [])}
