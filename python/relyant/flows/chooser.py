"""Which of several providers a login begins at: as the address says, or the place, or else the visitor.

Nothing here lets anybody in: each provider's own policy does, whichever way led there. So no account is
looked up, by an address or by anything else, and the page says the same of every address that leads nowhere.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http.request import split_domain_port

from relyant import conf, transactions
from relyant.flows import addresses, admin_sites, login, pages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.http import HttpRequest, HttpResponse

    from relyant.conf import RelyantSettings

# RFC 5321 §4.5.3.1.3: a path has 256 octets, of which its angle brackets are two.
_MAX_ADDRESS_CHARS = 254


@dataclass(frozen=True)
class _Way:
    """The provider that a login begins at; `is_choice` where its visitor said so herself."""

    provider: str
    login_hint: str | None = None
    is_choice: bool = False


def begin(request: HttpRequest) -> HttpResponse:
    """Begin a login at the provider that is decided already; else show the page that asks which."""
    next_url = addresses.after_login(request)
    if request.user.is_authenticated:
        return login.begin(request, None, next_url)
    way = _way(request)
    if way is None:
        return _ask(request)
    return login.begin(request, way.provider, next_url, login_hint=way.login_hint, is_choice=way.is_choice)


def _way(request: HttpRequest) -> _Way | None:
    """The way that is decided, by the first of these that says anything; None: she is to be asked."""
    settings, query = conf.relyant_settings(), request.GET
    several = len(settings.providers) > 1
    if query.get("provider") or not several:
        name = query.get("provider") or next(iter(settings.providers))
        return _Way(name, is_choice=several and addresses.CHOSEN in query)
    is_to_choose = addresses.CHOOSE in query
    place = None if is_to_choose else _of_admin(request, settings) or _of_host(request, settings)
    if place is not None:
        return _Way(place)
    if "email" in query:
        return _of_address(query["email"].strip(), settings)
    return None if is_to_choose else _remembered(request, settings)


def _of_admin(request: HttpRequest, settings: RelyantSettings) -> str | None:
    """The provider by which people sign in to the AdminSite that she wants to go to."""
    wanted = addresses.safe_next(request, request.GET.get("next"))
    if not wanted or not settings.admin_providers:
        return None
    admin = admin_sites.at(wanted)
    return settings.admin_providers.get(admin.name) if admin else None


def _of_host(request: HttpRequest, settings: RelyantSettings) -> str | None:
    """The one provider that has this host; where several have it, none."""
    host, _ = split_domain_port(request.get_host())
    return _the_one(host, {one.name: one.hosts for one in settings.providers.values()})


def _of_address(address: str, settings: RelyantSettings) -> _Way | None:
    """The one provider that has the domain of an e-mail address, exactly; a domain below it is another."""
    domain = _domain(address)
    claimed = {one.name: one.email_domains for one in settings.providers.values()}
    name = _the_one(domain, claimed) if domain else None
    return _Way(name, login_hint=address, is_choice=True) if name else None


def _the_one(wanted: str, claimed: Mapping[str, Sequence[str]]) -> str | None:
    """The one provider that claims a name, whatever its case; None where several do."""
    claiming = [provider for provider, names in claimed.items() if wanted in map(str.lower, names)]
    return claiming[0] if len(claiming) == 1 else None


def _remembered(request: HttpRequest, settings: RelyantSettings) -> _Way | None:
    name = transactions.remembered_provider(request) if settings.remember_provider else None
    return _Way(name, is_choice=True) if name and name in settings.providers else None


def _domain(address: str) -> str | None:
    """The domain of an e-mail address, as DNS has it; None where that is no address."""
    name, _, domain = address.rpartition("@")
    if not name or "@" in name or len(address) > _MAX_ADDRESS_CHARS or not address.isprintable():
        return None
    folded = unicodedata.normalize("NFC", domain).lower()
    return folded if folded.isascii() else _punycode(folded)


def _punycode(domain: str) -> str | None:
    """An international domain in ASCII letters, where the way back from there leads to the same one.

    For some letters it doesn't, `ß` say, over which the editions of IDNA disagree.
    """
    try:
        encoded = domain.encode("idna")
        return encoded.decode("ascii") if encoded.decode("idna") == domain else None
    except UnicodeError:
        return None


def _ask(request: HttpRequest) -> HttpResponse:
    """Show the page: a link to each provider, and a field for an e-mail address where that may decide."""
    settings, query = conf.relyant_settings(), request.GET
    wanted = addresses.safe_next(request, query.get("next"))
    choices = [
        {"label": label, "url": addresses.login(wanted, provider=name, is_choice=True)}
        for name, label in settings.labels().items()
    ]
    context = {
        "choices": choices,
        "next_url": wanted,
        "takes_address": any(one.email_domains for one in settings.providers.values()),
        "is_unknown": "email" in query,
        "address": query.get("email", "")[:_MAX_ADDRESS_CHARS],
        "max_address_chars": _MAX_ADDRESS_CHARS,
        "choose": addresses.CHOOSE,
    }
    return pages.page(request, "chooser.html", context)
