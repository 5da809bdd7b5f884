"""An address that takes logout tokens from Keycloak, for a test to look at, or to send on."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

RECEIVED_SECONDS = 20


@contextmanager
def logout_address():
    """An address that takes logout tokens, and a call that waits for the next one."""
    received, arrived = [], threading.Semaphore(0)

    class Address(BaseHTTPRequestHandler):
        def do_POST(self):
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            received.extend(form["logout_token"])
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()
            arrived.release()

        def log_message(self, *_):
            pass

    def take():
        assert arrived.acquire(timeout=RECEIVED_SECONDS), "no logout token came"
        return received.pop()

    with ThreadingHTTPServer(("127.0.0.1", 0), Address) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/logout/", take
        finally:
            server.shutdown()
            thread.join()
