"""`manage.py relyant_provider`: run the development provider beside `runserver`, until Ctrl-C."""

from __future__ import annotations

import json
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError
from django.urls import NoReverseMatch, reverse

from relyant import _core, conf
from relyant.loopback import is_loopback
from relyant.testing import MADE_UP_SECRET, DevelopmentProvider, ProviderError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.core.management.base import CommandParser

# Where it listens when no provider of the settings is at a loopback address.
_PORT = 8180
# Where `runserver` puts the site unless BASE_URL says otherwise.
_SITE = "http://127.0.0.1:8000"


class Command(BaseCommand):
    """Starts `relyant-provider` as the settings' provider, and says who can sign in."""

    help = "Runs the development provider: an OpenID provider for this machine alone, with people to click."
    # It is here for the time before everything is right.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the port, the people, and what to do wrong."""
        parser.add_argument(
            "--port", type=int, help="the port to listen on (default: that of a loopback ISSUER, or 8180)"
        )
        parser.add_argument(
            "--people", metavar="FILE", help="a TOML file of people (default: those of the Beer demo)"
        )
        parser.add_argument(
            "--misbehave", metavar="NAME", action="append", default=[], help="do this wrong; repeatable"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Run until Ctrl-C."""
        registered = _registered()
        provider = DevelopmentProvider(*_arguments(registered, options), **_client(registered))
        try:
            with _interrupt() as interrupted, provider:
                self._introduce(provider, registered)
                interrupted.wait()
        except ProviderError as error:
            raise CommandError(str(error)) from error

    def _introduce(self, provider: DevelopmentProvider, registered: conf.ProviderSettings | None) -> None:
        self.stdout.write(f"Development provider at {provider.issuer}; stop it with Ctrl-C.")
        for person in provider.people:
            self.stdout.write(f"  {_line(person)}")
        if registered and registered.issuer != provider.issuer:
            self.stdout.write(f'To use it: "ISSUER": "{provider.issuer}" for the provider {registered.name}.')
        if registered and _signs(registered):
            self.stdout.write("Its client shows a key: let the site run, whose public keys it reads.")
        elif registered and registered.client_secret and not is_loopback(registered.issuer):
            self.stdout.write(
                f'Its client has a made-up secret: "CLIENT_SECRET": "{MADE_UP_SECRET}". '
                f"The one of your settings is for {registered.issuer} alone."
            )


def _registered() -> conf.ProviderSettings | None:
    """Find the settings' first provider, if they can be read already."""
    usable = conf.usable_settings()
    return next(iter(usable.providers.values())) if usable else None


def _client(registered: conf.ProviderSettings | None) -> dict[str, str]:
    """Let it know the client that the settings name, and its secret where their issuer is on this machine."""
    if registered is None:
        return {}
    if registered.client_secret is None:
        return {"client_id": registered.client_id} if registered.private_key else {}
    secret = registered.client_secret if is_loopback(registered.issuer) else MADE_UP_SECRET
    return {"client_id": registered.client_id, "client_secret": secret}


def _arguments(registered: conf.ProviderSettings | None, options: dict[str, Any]) -> list[str]:
    port = options["port"]
    if port is None:
        port = (registered and _loopback_port(registered.issuer)) or _PORT
    arguments = ["--port", str(port)]
    if options["people"]:
        arguments += ["--people", options["people"]]
    for name in options["misbehave"]:
        arguments += ["--misbehave", name]
    if registered:
        arguments += _address_of("relyant:back-channel-logout", registered.name, "--backchannel-logout-uri")
    if registered and _signs(registered):
        arguments += _address_of("relyant:jwks", registered.name, "--client-jwks-uri")
    return arguments


def _signs(registered: conf.ProviderSettings) -> bool:
    """Whether the client shows who it is by a private key, which metadata that offer it let it do."""
    if registered.private_key is None or registered.client_auth not in (None, "private_key_jwt"):
        return False
    try:
        published = json.loads(_core.public_jwk_set(registered.private_key.text))
    except _core.RelyantError:
        return False
    return any(key["use"] == "sig" for key in published["keys"])


def _address_of(view: str, name: str, option: str) -> list[str]:
    """Name an address of the site that its server answers at, as long as it is on this machine."""
    usable = conf.usable_settings()
    own = (usable and usable.base_url) or ""
    base = own if own.startswith("http://") and is_loopback(own) else _SITE
    try:
        return [option, f"{base}{reverse(view, args=[name])}"]
    except NoReverseMatch:
        return []


def _loopback_port(issuer: str) -> int | None:
    return urlsplit(issuer).port if is_loopback(issuer) else None


def _line(person: dict[str, Any]) -> str:
    """One person with her roles, as the development provider describes her."""
    return f"{person['name']}: {', '.join(person['roles']) or 'no roles'}"


@contextmanager
def _interrupt() -> Iterator[threading.Event]:
    """Set an event on Ctrl-C or a request to terminate, instead of ending at once."""
    interrupted = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    former = [signal.signal(number, lambda *_: interrupted.set()) for number in numbers]
    try:
        yield interrupted
    finally:
        for number, handler in zip(numbers, former, strict=True):
            signal.signal(number, handler)
