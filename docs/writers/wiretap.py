"""A wiretap between a site and its provider: hands on each HTTP request, and tells of it."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_HANDED_ON = ("accept", "authorization", "content-type", "host")
_HANDED_BACK = ("content-type", "cache-control")
_SECONDS = 10


@contextmanager
def wiretap(issuer: str, on_request: Callable[[str], None]) -> Iterator[str]:
    """Yield an address to reach the issuer at; `on_request` gets each method and path below the issuer."""
    server = _Server(issuer, on_request)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    def __init__(self, issuer: str, on_request: Callable[[str], None]) -> None:
        super().__init__(("127.0.0.1", 0), _Forwarder)
        parts = urlsplit(issuer)
        self.provider = f"{parts.scheme}://{parts.netloc}"
        self.prefix = parts.path
        self.on_request = on_request
        # On loopback: no proxy of the environment has a part in it.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class _Forwarder(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._forward(None)

    def do_POST(self) -> None:
        self._forward(self.rfile.read(int(self.headers["Content-Length"])))

    def _forward(self, body: bytes | None) -> None:
        self.server.on_request(f"{self.command} {self.path.removeprefix(self.server.prefix)}")
        headers = {name: value for name, value in self.headers.items() if name.lower() in _HANDED_ON}
        request = urllib.request.Request(self.server.provider + self.path, body, headers)
        try:
            answer = self.server.opener.open(request, timeout=_SECONDS)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            content = answer.read()
        self.send_response(answer.status)
        for name in _HANDED_BACK:
            if answer.headers[name]:
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing on the terminal."""
