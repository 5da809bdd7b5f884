"""The addresses of this site that a provider must know, built as the site builds them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.urls import NoReverseMatch, reverse

from relyant import conf

# What stands for the host where only a request knows it.
_ANY_HOST = "https://<host of this site>"
# Where `runserver` is visited; a provider compares the name, so both count.
_DEVELOPMENT = ("http://127.0.0.1:8000", "http://localhost:8000")


@dataclass(frozen=True)
class SiteAddresses:
    """Where a login and a logout come back to, where a logout is told, and where the site's keys are.

    One of each for each base address.
    """

    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    back_channel_logout_uris: tuple[str, ...]
    front_channel_logout_uris: tuple[str, ...]
    # None where no key is set.
    jwks_uris: tuple[str, ...]
    # Whether they are known: `BASE_URL` says so, and nothing else does.
    exact: bool


def of_provider(settings: conf.ProviderSettings, base_url: str | None) -> SiteAddresses | None:
    """Build the addresses for a provider; None where Relyant's URLs are not included.

    Without a base address: one of each for each host of ALLOWED_HOSTS.
    """
    try:
        callback = reverse("relyant:callback", args=[settings.name])
        back_channel = reverse("relyant:back-channel-logout", args=[settings.name])
        front_channel = reverse("relyant:front-channel-logout", args=[settings.name])
        jwks = reverse("relyant:jwks", args=[settings.name])
        logged_out = reverse("relyant:logged-out")
    except NoReverseMatch:
        return None
    bases = (base_url,) if base_url else _bases()
    return SiteAddresses(
        tuple(f"{base}{callback}" for base in bases),
        tuple(f"{base}{logged_out}" for base in bases),
        tuple(f"{base}{back_channel}" for base in bases),
        tuple(f"{base}{front_channel}" for base in bases),
        tuple(f"{base}{jwks}" for base in bases if settings.private_key),
        exact=base_url is not None,
    )


def host_of(url: str) -> str:
    """The host of an address, without port."""
    return urlsplit(url).hostname or ""


def _bases() -> tuple[str, ...]:
    """Each host that this site may be called by, https first of all; a pattern is no host."""
    hosts = [host for host in conf.allowed_hosts() if host and not host.startswith((".", "*"))]
    if not hosts:
        return _DEVELOPMENT if conf.debug() else (_ANY_HOST,)
    return tuple(f"https://{host}" for host in hosts)
