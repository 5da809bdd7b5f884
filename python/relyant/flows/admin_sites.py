"""Which AdminSite a view belongs to, and which ones the project's addresses lead to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from django.urls import (
    NoReverseMatch,
    Resolver404,
    URLResolver,
    get_resolver,
    get_script_prefix,
    resolve,
    reverse,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.contrib.admin import AdminSite
    from django.urls import ResolverMatch, URLPattern

_APP_NAME = "admin"
# In the query of a login page: leave everything to the admin's own form.
LOCAL = "local"
# What a decorator that follows the custom leaves on the function that it returns.
_WRAPPED = ("__wrapped__", "func")


@dataclass(frozen=True)
class Mounted:
    """An AdminSite and the namespace under which its addresses are."""

    site: AdminSite
    namespace: str

    @property
    def name(self) -> str:
        """The site's name, as `ADMIN_LOGIN` has it."""
        return self.namespace.rpartition(":")[2]

    def address(self, view: str) -> str:
        """Return the path of one of its views."""
        return reverse(f"{self.namespace}:{view}")

    def local_login(self, next_url: str) -> str:
        """Return the address of its own login form, whatever `ADMIN_LOGIN` does with the others."""
        return f"{self.address('login')}?{urlencode({LOCAL: 1, 'next': next_url})}"


def of_match(match: ResolverMatch, view: Any) -> Mounted | None:
    """Return the AdminSite that an address of an app called admin led to; None where it is none.

    None also for a page that one of its models added: its name says nothing about the site.
    """
    if _is_of_a_model(view):
        return None
    site = of_view(view) or _of_index(match.namespace)
    return Mounted(site, match.namespace) if site else None


def of_view(view: Any) -> AdminSite | None:
    """Find the AdminSite whose method a view is, through any decorators around it."""
    # Late, since a project may have no admin: nothing of it is loaded then.
    from django.contrib.admin import AdminSite

    for one in _unwrapped(view):
        for owner in (getattr(one, "__self__", None), getattr(one, "admin_site", None)):
            if isinstance(owner, AdminSite):
                return owner
    return None


def at(address: str) -> Mounted | None:
    """Return the AdminSite that an address of this site leads to, one of its models' pages too; or None."""
    try:
        match = _match(address)
    except Resolver404:
        return None
    site = _of_index(match.namespace) if match.app_names[-1:] == [_APP_NAME] else None
    return Mounted(site, match.namespace) if site else None


def _match(address: str) -> ResolverMatch:
    """What an address of this site leads to. Django reverses with the prefix, and resolves without it."""
    return resolve("/" + urlsplit(address).path.removeprefix(get_script_prefix()))


def mounted() -> list[Mounted]:
    """Return every AdminSite of the URLconf."""
    return list(_mounted(get_resolver(), ""))


def _is_of_a_model(view: Any) -> bool:
    """Whether a view is a method of a ModelAdmin, through any decorators around it."""
    from django.contrib.admin import ModelAdmin

    return any(isinstance(getattr(one, "__self__", None), ModelAdmin) for one in _unwrapped(view))


def _unwrapped(view: Any) -> Iterator[Any]:
    """The view, and each one that it is wrapped around."""
    while view is not None:
        yield view
        view = next((inner for name in _WRAPPED if (inner := getattr(view, name, None))), None)


def _of_index(namespace: str) -> AdminSite | None:
    """Find the AdminSite behind the same namespace's index, for a login view that hides its own."""
    try:
        return of_view(_match(reverse(f"{namespace}:index")).func)
    except (NoReverseMatch, Resolver404):
        return None


def _mounted(resolver: URLResolver, namespace: str) -> Iterator[Mounted]:
    for pattern in resolver.url_patterns:
        if not isinstance(pattern, URLResolver):
            continue
        inner = ":".join(filter(None, (namespace, pattern.namespace)))
        site = _of_patterns(pattern.url_patterns) if pattern.app_name == _APP_NAME else None
        if site:
            yield Mounted(site, inner)
        else:
            yield from _mounted(pattern, inner)


def _of_patterns(patterns: list[URLPattern | URLResolver]) -> AdminSite | None:
    """Find the AdminSite to which most of an admin's own addresses belong: the first that shows it."""
    views = (getattr(pattern, "callback", None) for pattern in patterns)
    return next((site for site in map(of_view, views) if site), None)
