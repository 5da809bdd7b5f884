"""An identity's verified claims, by the source that they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from relyant import _core

# The source that counts first, first. Core §5.1: the ID token and userinfo have the same claims.
SOURCES = ("id_token", "userinfo", "access_token")


def by_source(identity: _core.VerifiedIdentity) -> dict[str, dict[str, Any]]:
    """Return the claims of each source that there is, in the order in which the sources count."""
    found = {source: identity.claims(source) for source in SOURCES}
    return {source: claims for source, claims in found.items() if claims is not None}
