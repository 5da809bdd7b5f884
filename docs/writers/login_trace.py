"""A real login at the development provider, recorded: who calls whom, and every HTTP request."""

from __future__ import annotations

import logging
import sys
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

BROWSER, CORE, PROVIDER = "browser", "core", "provider"
# The rooms of the package that the picture shows, by their modules; the others count to whoever calls them.
_ROOMS = {
    "relyant.views": "views",
    "relyant.flows.login": "flows",
    "relyant.transactions": "transactions",
    "relyant.backends": "backends",
    "relyant.provisioning": "provisioning",
    "relyant.sessions": "sessions",
}
ROOMS = (BROWSER, PROVIDER, CORE, "views", "flows", "transactions", "backends", "provisioning", "sessions")
# The core's two judges; its seals and small functions would only hide them.
_JUDGES = ("RelyingParty", "Policy")
_NEXT = "/beers/"
_FORWARDED = ("content-type", "cache-control")
_PASSED_ON = ("accept", "authorization", "content-type", "host")


class Arrow(NamedTuple):
    """One message from a room to another."""

    source: str
    target: str
    label: str


def record() -> list[Arrow]:
    """Sign carol in at a fresh development provider, and tell what happened on the way."""
    from django.core.management import call_command
    from django.test import Client, override_settings

    from relyant.conf import relyant_settings
    from relyant.testing import DevelopmentProvider

    call_command("migrate", verbosity=0)
    arrows: list[Arrow] = []
    with (
        DevelopmentProvider() as provider,
        _wiretap(provider.issuer, arrows) as inner,
        override_settings(RELYANT=_settings(provider, inner)),
    ):
        # Reading the settings is no part of a login, and its log is not for the terminal.
        relyant_settings()
        logging.getLogger("relyant").addHandler(logging.NullHandler())
        _sign_in(Client(), provider, arrows)
    return arrows


def _settings(provider: Any, inner: str) -> dict[str, Any]:
    """The test project's settings; the server reaches the provider by the wiretap."""
    from django.conf import settings

    changed: dict[str, Any] = provider.settings(settings.RELYANT)
    for one in changed["PROVIDERS"].values():
        one["INTERNAL_BASE_URL"] = inner
    return changed


def _sign_in(browser: Any, provider: Any, arrows: list[Arrow]) -> None:
    begun = _ask(browser, f"/oidc/login/?next={_NEXT}", arrows)
    arrows.append(Arrow(BROWSER, PROVIDER, "signs in as carol"))
    callback = provider.callback(begun.headers["Location"], "carol")
    arrows.append(Arrow(PROVIDER, BROWSER, "302 to the callback"))
    done = _ask(browser, callback, arrows)
    if done.headers.get("Location") != _NEXT:
        raise RuntimeError(f"the login that was to be drawn ended with status {done.status_code}")


def _ask(browser: Any, address: str, arrows: list[Arrow]) -> Any:
    arrows.append(Arrow(BROWSER, "views", f"GET {urlsplit(address).path}"))
    with _profiled(arrows):
        answer = browser.get(address)
    where = "the provider" if answer.headers["Location"].startswith("http") else answer.headers["Location"]
    arrows.append(Arrow("views", BROWSER, f"{answer.status_code} to {where}"))
    return answer


@contextmanager
def _profiled(arrows: list[Arrow]) -> Iterator[None]:
    """Record each call from one room into another one, by the interpreter's own hook."""

    def on_event(frame: FrameType, event: str, function: Any) -> None:
        if event == "call":
            target, name = _ROOMS.get(frame.f_globals.get("__name__", "")), frame.f_code.co_name
            source = _room_above(frame.f_back)
        elif event == "c_call" and _is_a_judge_of_the_core(function):
            target, name = CORE, function.__qualname__
            source = _room_above(frame)
        else:
            return
        if source and target and source != target and not name.startswith(("_", "<")):
            arrow = Arrow(source, target, f"{name}()")
            if arrow != arrows[-1]:
                arrows.append(arrow)

    sys.setprofile(on_event)
    try:
        yield
    finally:
        sys.setprofile(None)


def _room_above(frame: FrameType | None) -> str | None:
    """The room of the nearest caller that has one."""
    while frame is not None:
        if room := _ROOMS.get(frame.f_globals.get("__name__", "")):
            return room
        frame = frame.f_back
    return None


def _is_a_judge_of_the_core(function: Any) -> bool:
    owner = type(getattr(function, "__self__", None))
    return owner.__module__ == "relyant._core" and owner.__name__ in _JUDGES


@contextmanager
def _wiretap(issuer: str, arrows: list[Arrow]) -> Iterator[str]:
    """Stand between the server and the provider, and record each request on its way."""
    parts = urlsplit(issuer)
    outer = f"{parts.scheme}://{parts.netloc}"

    class Forwarder(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._forward(None)

        def do_POST(self) -> None:
            self._forward(self.rfile.read(int(self.headers["Content-Length"])))

        def _forward(self, body: bytes | None) -> None:
            arrows.append(Arrow(CORE, PROVIDER, f"{self.command} {self.path.removeprefix(parts.path)}"))
            headers = {name: value for name, value in self.headers.items() if name.lower() in _PASSED_ON}
            request = urllib.request.Request(outer + self.path, body, headers)
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            try:
                answer = opener.open(request, timeout=10)
            except urllib.error.HTTPError as error:
                answer = error
            with answer:
                content = answer.read()
            self.send_response(answer.status)
            for name in _FORWARDED:
                if answer.headers[name]:
                    self.send_header(name, answer.headers[name])
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Say nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Forwarder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
