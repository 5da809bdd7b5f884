"""`make demo`: the Beer site and a provider beside it, until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from keycloak import ADMIN, Keycloak, KeycloakUnavailableError
from people import PEOPLE
from realm import NAME, BreweryRealm
from website import BEER, Website, WebsiteError, port_from

try:
    from relyant.testing import DevelopmentProvider, ProviderError
except ImportError as missing:
    sys.exit(f"{missing.name} is missing in this Python: `make demo` sets up one that has everything.")

if TYPE_CHECKING:
    from types import FrameType

_FIRST_PORT = 8000
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Provider(NamedTuple):
    """Who signs people in, how one does it there, and the page of its operator."""

    issuer: str
    sign_in: str
    console: str | None = None


def main() -> int:
    """Start both, say where they are, and stop both on Ctrl-C, SIGTERM or a closed terminal."""
    provider = _arguments().provider
    for number in _SIGNALS:
        signal.signal(number, _interrupt)
    try:
        with ExitStack() as running:
            return _serve(provider, running)
    except KeyboardInterrupt:
        _say("Stopped.")
        return 0
    except (KeycloakUnavailableError, ProviderError, WebsiteError) as error:
        print(error, file=sys.stderr)
        return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description="The Beer site with a provider beside it.")
    parser.add_argument(
        "--provider",
        choices=("development", "keycloak"),
        default="development",
        help="who signs people in: the development provider, or a real Keycloak (needs Java 17 and Maven)",
    )
    return parser.parse_args()


def _serve(chosen: str, running: ExitStack) -> int:
    website = Website(BEER, port_from(_FIRST_PORT))
    begin = _start_keycloak if chosen == "keycloak" else _start_development_provider
    provider = begin(website, running)
    _say("Starting the Beer site ...")
    folder = running.enter_context(tempfile.TemporaryDirectory(prefix="relyant-beer-"))
    running.callback(website.stop)
    website.start({"BEER_ISSUER": provider.issuer, "BEER_DATABASE": str(Path(folder) / "beer.sqlite3")})
    _introduce(website, provider)
    code = website.wait()
    print(f"The site ended by itself (exit code {code}).", file=sys.stderr)
    return 1


def _start_development_provider(website: Website, running: ExitStack) -> _Provider:
    _say("Starting the development provider ...")
    arguments = [f"--redirect-uri={uri}" for uri in _both_names(website.redirect_uri)]
    arguments += [
        f"--post-logout-redirect-uri={uri}" for uri in _both_names(website.post_logout_redirect_uri)
    ]
    development = running.enter_context(DevelopmentProvider(*arguments))
    return _Provider(development.issuer, "by a click")


def _start_keycloak(website: Website, running: ExitStack) -> _Provider:
    keycloak = running.enter_context(Keycloak(say=_say))
    _say("Filling the realm ...")
    realm = BreweryRealm(keycloak.base_url)
    realm.fill(
        redirect_uris=_both_names(website.redirect_uri),
        post_logout_redirect_uris=_both_names(website.post_logout_redirect_uri),
    )
    console = f"{keycloak.base_url}/admin/master/console/#/{NAME}/users  (sign in as {' / '.join(ADMIN)})"
    return _Provider(realm.issuer, "with the name as password", console)


def _both_names(address: str) -> list[str]:
    """The address by number and by name: a visitor may type either."""
    return [address, address.replace("127.0.0.1", "localhost")]


def _introduce(website: Website, provider: _Provider) -> None:
    roles = {person.name: ", ".join(person.roles) or "no roles" for person in PEOPLE}
    _say(f"\n  The Beer site   {website.base_url}/")
    _say(f"  Its admin       {website.base_url}/admin/")
    _say(f"  The provider    {provider.issuer}")
    if provider.console:
        _say(f"  Its console     {provider.console}")
    _say(f"\n  Sign in {provider.sign_in}:")
    for person in PEOPLE:
        _say(f"    {person.name:<5}  {roles[person.name]:<9}  {person.may}")
    _say("\n  Ctrl-C stops both.\n")


def _say(line: str) -> None:
    print(line, flush=True)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """Begin to stop; a second Ctrl-C must not cut the stopping short and leave something running."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
