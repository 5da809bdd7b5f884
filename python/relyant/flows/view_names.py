"""The names of the project's views, as settings name them: with namespaces, or as the function's path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import URLResolver, get_resolver

if TYPE_CHECKING:
    from collections.abc import Iterator


def names() -> set[str]:
    """Return the name of each view of the URLconf, as a request's match has it."""
    return set(_names(get_resolver(), ""))


def _names(resolver: URLResolver, namespace: str) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from _names(pattern, ":".join(filter(None, (namespace, pattern.namespace))))
        else:
            yield ":".join(filter(None, (namespace, pattern.name or pattern.lookup_str)))
