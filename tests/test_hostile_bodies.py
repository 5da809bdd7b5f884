"""What a hostile provider's answers cost: of 300 MB, of gzip, of endless headers, no more than a few stay in memory."""

from __future__ import annotations

import contextlib
import gzip
import json
import socketserver
import subprocess
import sys
import threading
from pathlib import Path

import pytest

MAX_GROWTH_KIB = 8 * 1024
SECONDS = 120

# A process of its own, whose memory is measured at its highest; the provider is another. The first login makes room for
# connections, TLS and keys; each hostile one must do with little more.
SCRIPT = """
import json, sys
sys.path[:0] = {path!r}
from relyant import _core
from relyant.testing import DevelopmentProvider
from tests.test_core import REDIRECT_URI, relying_party

def highest():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

def log_in(provider):
    # Nothing is kept from the login before: each asks for metadata and keys anew.
    party = relying_party(provider.issuer, client_secret="beer-secret", timeout=10.0)
    login = party.begin_login(REDIRECT_URI)
    query = provider.callback(login.url, "carol").partition("?")[2]
    party.complete_login(query, login.transaction, REDIRECT_URI)

def attempt(provider, fault, endpoint):
    provider.misbehave(f"{{fault}}@{{endpoint}}")
    try:
        log_in(provider)
    except _core.RelyantError as error:
        return error.code
    finally:
        provider.misbehave()

with DevelopmentProvider(client_secret="beer-secret") as provider:
    log_in(provider)
    before = highest()
    codes = {{
        f"{{fault}}@{{endpoint}}": attempt(provider, fault, endpoint)
        for fault in ("huge-body", "endless-headers", "gzip-body")
        for endpoint in ("metadata", "jwks", "token", "userinfo")
    }}

def begin(issuer):
    try:
        relying_party(issuer, timeout=2.0).begin_login(REDIRECT_URI)
    except _core.RelyantError as error:
        return error.code

codes |= {{address.rpartition("/")[2]: begin(address) for address in sys.argv[1:]}}
print(json.dumps({{"growth": highest() - before, "codes": codes}}))
"""
CHUNK = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
# What a server writes again and again behind its first words, until nobody reads on.
FLOODS = {
    "endless-chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", CHUNK),
    "early-answers": (b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 500),
    "gzip-bomb": (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n\r\n",
        gzip.compress(b" " * (64 << 20)),
    ),
    "unsaid-gzip-bomb": (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n",
        gzip.compress(b" " * (64 << 20)),
    ),
}
REFUSED = {
    "endless-chunks": "unavailable.too_large",
    "early-answers": "unavailable.headers_too_large",
    "gzip-bomb": "unavailable.content_encoding",
    "unsaid-gzip-bomb": "unavailable.too_large",
    "huge-body": "unavailable.too_large",
    "endless-headers": "unavailable.headers_too_large",
    "gzip-body": "unavailable.content_encoding",
}


class Flood(socketserver.StreamRequestHandler):
    """Writes the flood that the request's path names."""

    def handle(self):
        path = self.rfile.readline().split()[1].decode()
        while self.rfile.readline().strip():
            pass
        first, again = FLOODS[path.split("/")[1]]
        with contextlib.suppress(OSError):
            self.wfile.write(first)
            while True:
                self.wfile.write(again)


@pytest.fixture
def floods():
    """The issuers, one a flood, of a server in this process, whose memory nobody measures."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Flood) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield [f"http://127.0.0.1:{server.server_address[1]}/{name}" for name in FLOODS]
        server.shutdown()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux to measure a process")
def test_a_hostile_body_costs_at_most_8_mb(floods):
    """FT-13, FT-14, FT-15, DK-06: at every endpoint that a login asks."""
    command = [sys.executable, "-W", "ignore", "-c", SCRIPT.format(path=sys.path), *floods]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    measured = json.loads(done.stdout)
    assert measured["growth"] <= MAX_GROWTH_KIB
    assert len(measured["codes"]) == 12 + len(FLOODS)
    for name, code in measured["codes"].items():
        assert code == REFUSED[name.partition("@")[0]], name
