"""A backend of the project's own, as projects make them."""

from __future__ import annotations

from relyant.backends import RelyantBackend


class BeerBackend(RelyantBackend):
    """Lets the brewery's rules come in."""
