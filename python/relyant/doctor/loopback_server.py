"""A server for one callback, on this machine alone: it takes the parameters of the first one, and is gone."""

from __future__ import annotations

import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from relyant.flows.form_body import MAX_BYTES

if TYPE_CHECKING:
    from types import TracebackType

# The path of the callback where no other is asked for.
PATH = "/relyant-doctor/callback/"
# How long one connection may be silent, in seconds.
_CONNECTION_SECONDS = 5
# How often the server looks whether it is to end, in seconds.
_POLL_SECONDS = 0.05
_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1.125rem/1.5 system-ui,sans-serif;margin:20vh auto;max-width:32rem;padding:0 1.5rem}"
)
_PAGE = f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Relyant's doctor</title><style>{_STYLE}</style></head>
<body><main><h1>The answer is here</h1>
<p>The examination goes on in the terminal. You can close this page.</p></main></body>
</html>
""".encode()
# Nothing but this one style may act on the page: the hash is of what stands in the element (CSP 3 §2.3.1).
_POLICY = "default-src 'none'; style-src 'sha256-Oa7D2jVQ1p1dtzqTotjMoP52fkuNdV506cK6eVsPX1o='"


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
        threading.Thread(target=self._server.serve_forever, args=(_POLL_SECONDS,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait(self, seconds: float) -> str | None:
        """Return what the first callback brought in its query or its form; None where none comes."""
        try:
            return self._server.parameters.get(timeout=seconds)
        except Empty:
            return None


class _Server(ThreadingHTTPServer):
    """Gives each connection a thread, so that one which never says what it wants holds up no other."""

    path = "/"

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self.parameters = SimpleQueue[str]()
        super().__init__(address, handler)

    def handle_error(self, *_: Any) -> None:
        """A browser that breaks a connection off is nobody's fault."""


class _Handler(BaseHTTPRequestHandler):
    """Answers a page at the callback's path, 404 anywhere else; nothing of a request is shown or logged."""

    server: _Server
    timeout = _CONNECTION_SECONDS

    def do_GET(self) -> None:
        self._take(urlsplit(self.path).query)

    def do_POST(self) -> None:
        """Where the provider answers by a form (`RESPONSE_MODE`)."""
        length = self.headers.get("Content-Length", "")
        is_short = length.isascii() and length.isdigit() and int(length) <= MAX_BYTES
        self._take(self.rfile.read(int(length)).decode(errors="replace") if is_short else "")

    def _take(self, parameters: str) -> None:
        if urlsplit(self.path).path != self.server.path or not parameters:
            self.send_error(404)
            return
        # First, since the command may end with the parameters.
        with suppress(OSError):
            self._answer()
        self.server.parameters.put(parameters)

    def _answer(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(_PAGE)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Content-Security-Policy", _POLICY)
        self.end_headers()
        self.wfile.write(_PAGE)

    def log_message(self, *_: Any) -> None:
        """The address holds the authorization code."""
