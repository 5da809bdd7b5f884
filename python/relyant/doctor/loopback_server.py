"""A server for one callback, on this machine alone: it takes the query of the first one, and is gone."""

from __future__ import annotations

import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from types import TracebackType

# The path of the callback where no other is asked for.
PATH = "/relyant-doctor/callback/"
# How long one connection may take to say what it wants, in seconds.
_CONNECTION_SECONDS = 5
_PAGE = b"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Relyant's doctor</title>
<p>The examination goes on in the terminal. You can close this page.
"""


class NotLoopbackError(ValueError):
    """The redirect URI isn't one of this machine."""


class CallbackServer:
    """Listens at `redirect_uri` while the `with` block runs; a port of 0 takes a free one."""

    def __init__(self, redirect_uri: str) -> None:
        address = urlsplit(redirect_uri)
        host = address.hostname or ""
        if address.scheme != "http" or host not in ("127.0.0.1", "localhost") or address.query:
            raise NotLoopbackError(
                "the redirect URI must be http://127.0.0.1 or http://localhost with a port and a path, got "
                f"{redirect_uri}"
            )
        self._server = _Server(("127.0.0.1", address.port or 0), _Handler)
        self._server.path = address.path or "/"
        self.redirect_uri = f"http://{host}:{self._server.server_port}{self._server.path}"

    def __enter__(self) -> CallbackServer:  # noqa: PYI034  typing.Self is of Python 3.11
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.server_close()

    def wait(self, seconds: float) -> str | None:
        """Return the query of the first callback; None where none comes in time."""
        deadline = time.monotonic() + seconds
        while self._server.query is None:
            self._server.timeout = deadline - time.monotonic()
            if self._server.timeout <= 0:
                return None
            self._server.handle_request()
        return self._server.query


class _Server(HTTPServer):
    path = "/"
    query: str | None = None

    def handle_error(self, *_: Any) -> None:
        """A browser that breaks a connection off is nobody's fault."""


class _Handler(BaseHTTPRequestHandler):
    """Answers a page at the callback's path, 404 anywhere else; nothing of a request is shown or logged."""

    server: _Server
    timeout = _CONNECTION_SECONDS

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path != self.server.path or not address.query:
            self.send_error(404)
            return
        self.server.query = address.query
        with suppress(OSError):
            self._answer()

    def _answer(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(_PAGE)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Content-Security-Policy", "default-src 'none'")
        self.end_headers()
        self.wfile.write(_PAGE)

    def log_message(self, *_: Any) -> None:
        """The address holds the authorization code."""
