"""Channels: whose a websocket is, and its end with the session. Needs `pip install "relyant[channels]"`."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

try:
    import channels  # noqa: F401  asked for before what needs it
except ModuleNotFoundError as error:
    raise ImproperlyConfigured(
        'relyant.contrib.channels needs Channels, which is not installed: pip install "relyant[channels]"'
    ) from error

from relyant.contrib.channels.middleware import RelyantMiddleware, RelyantMiddlewareStack
from relyant.contrib.channels.sockets import SESSION_ENDED

__all__ = ["SESSION_ENDED", "RelyantMiddleware", "RelyantMiddlewareStack"]
