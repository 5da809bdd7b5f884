"""A real login at the development provider, recorded: who calls whom, and every HTTP request."""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from writers.wiretap import wiretap

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

    def on_request(request: str) -> None:
        arrows.append(Arrow(CORE, PROVIDER, request))

    with (
        DevelopmentProvider() as provider,
        wiretap(provider.issuer, on_request) as inner,
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
