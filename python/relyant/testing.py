"""For a project's own tests: a real OpenID provider on a free loopback port, with people and misbehaviours.

`DevelopmentProvider` starts the program `relyant-provider`, and goes with any test framework;
`relyant.pytest_plugin` has it as a fixture.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sysconfig
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from django.urls import reverse

from relyant import conf

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from email.message import Message
    from typing import IO

    from django.test import Client

PROGRAM = "relyant-provider"
PROGRAM_VARIABLE = "RELYANT_PROVIDER_BIN"
# How the program gets the client's secret: its arguments are for every user of the machine to read.
SECRET_VARIABLE = "RELYANT_PROVIDER_CLIENT_SECRET"  # noqa: S105
# What its client has for a secret where nobody says otherwise: it opens nothing but a development provider.
MADE_UP_SECRET = "beer-secret"  # noqa: S105

# What a provider's settings say of how the client shows who it is.
_CLIENT_PROOFS = ("CLIENT_AUTH", "CLIENT_SECRET", "PRIVATE_KEY")

_FORM = "application/x-www-form-urlencoded"

_START_SECONDS = 10
_ANSWER_SECONDS = 10
_STOP_SECONDS = 5


class ProviderError(Exception):
    """The development provider isn't there, doesn't start, or answered something unexpected."""


def find_program() -> str:
    """Find the program `relyant-provider`: by the environment, beside this Python, or on the path."""
    named = os.environ.get(PROGRAM_VARIABLE)
    found = named or shutil.which(PROGRAM, path=sysconfig.get_path("scripts")) or shutil.which(PROGRAM)
    if found and Path(found).is_file():
        return found
    raise ProviderError(
        f"the development provider is not installed: `pip install {PROGRAM}`, or name the program's path in "
        f"the environment variable {PROGRAM_VARIABLE}"
        + (f" (which names `{named}`, no file)" if named else "")
    )


def misbehaviours() -> dict[str, str]:
    """List what the development provider can do wrong: name to one line."""
    listing = subprocess.run(  # noqa: S603  our own program
        [find_program(), "misbehaviours"], check=True, capture_output=True, text=True
    )
    rows = (line.split(maxsplit=1) for line in listing.stdout.splitlines() if line.strip())
    return {name: rest[0] if rest else "" for name, *rest in rows}


class DevelopmentProvider:
    """A running development provider; stops with the `with` block, and with this process in any case."""

    def __init__(self, *arguments: str, client_id: str = "beer", client_secret: str = MADE_UP_SECRET) -> None:
        """`arguments` are further ones of `relyant-provider serve`."""
        self._client = {"CLIENT_ID": client_id, "CLIENT_SECRET": client_secret}
        self._arguments = ("--client-id", client_id, *arguments)
        self._process: subprocess.Popen[str] | None = None
        self._about: dict[str, Any] = {}
        # Loopback only: a proxy of the environment has no part in it.
        self._open = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects()).open

    def __enter__(self) -> DevelopmentProvider:  # noqa: PYI034  typing.Self is of Python 3.11
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, on a free port unless the arguments name one, and wait until it listens."""
        command = [find_program(), "serve", "--stop-with-stdin", *self._arguments]
        environment = os.environ | {SECRET_VARIABLE: self._client["CLIENT_SECRET"]}
        self._process = subprocess.Popen(  # noqa: S603  our own program
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        line = self._first_line(self._process)
        if not line:
            self.stop()
            raise ProviderError("the development provider did not start; its own message is above")
        self._about = json.loads(line)

    def stop(self) -> None:
        """Stop it, and wait until it is gone."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()

    @property
    def issuer(self) -> str:
        """Its issuer identifier."""
        return str(self._about["issuer"])

    @property
    def people(self) -> list[Any]:
        """Who can sign in, as it says at its start."""
        return list(self._about["people"])

    def settings(self, relyant: Mapping[str, Any]) -> dict[str, Any]:
        """Return the given `RELYANT` setting with this provider in the place of its first one."""
        providers = dict(relyant["PROVIDERS"])
        name = next(iter(providers))
        # The made-up client has a secret, whatever the real one proves itself with.
        own = {key: value for key, value in providers[name].items() if key not in _CLIENT_PROOFS}
        providers[name] = {**own, "ISSUER": self.issuer, **self._client}
        return {**relyant, "PROVIDERS": providers}

    def misbehave(self, *names: str) -> None:
        """Do these things wrong from now on, and only these; none: behave."""
        self._control("misbehave", {"names": list(names)})

    def rotate_keys(self, *, keep_old: bool = True) -> None:
        """Sign with a new key from now on; the old ones stay published, unless they shall not."""
        self._control("rotate-keys", {"keep_old": keep_old})

    def set_roles(self, person: str, roles: Sequence[str]) -> None:
        """Give a person exactly these roles."""
        self._control(f"people/{person}", {"roles": list(roles)})

    def set_claims(self, person: str, claims: Mapping[str, Any]) -> None:
        """Give a person exactly these claims besides the roles."""
        self._control(f"people/{person}", {"claims": dict(claims)})

    def keep_elsewhere(
        self,
        person: str,
        *,
        aggregated: Mapping[str, Any] | None = None,
        distributed: Mapping[str, Any] | None = None,
    ) -> None:
        """Let a person's ID token refer to these claims: to a JWT in it, and to an address (Core §5.6.2)."""
        kept = {"aggregated": dict(aggregated or {}), "distributed": dict(distributed or {})}
        self._control(f"people/{person}", kept)

    def set_acr(self, person: str, classes: Sequence[str]) -> None:
        """Let a person sign in with these authentication context classes, beside the usual `1`."""
        self._control(f"people/{person}", {"acr": list(classes)})

    def age_sessions(self, seconds: int) -> None:
        """Let everybody's sign-in at the provider be so much longer ago."""
        self._control("age-sessions", {"seconds": seconds})

    def set_pushed_requests(self, word: str) -> None:
        """Say in the metadata that requests may or must be pushed: `unsaid`, `offered`, `required`."""
        self._control("par", {"par": word})

    def set_disabled(self, person: str, disabled: bool = True) -> None:
        """Let a person sign in and refresh no more; or again."""
        self._control(f"people/{person}", {"disabled": disabled})

    def rotate_refresh_tokens(self, rotate: bool = True) -> None:
        """Let a refresh token be good for one use, as careful providers do; or for many."""
        self._control("rotate-refresh-tokens", {"rotate": rotate})

    def send_logout_tokens_to(self, uri: str | None) -> None:
        """Register where logout tokens go: plain http on this computer; None for nowhere."""
        self._control("backchannel-logout-uri", {"uri": uri})

    def show_frame_at_logout(self, uri: str | None) -> None:
        """Register the site's page that a frame shows when a browser signs out at the provider.

        Plain http on this computer; None for none. `front-channel-logout/<provider>/` is Relyant's.
        """
        self._control("frontchannel-logout-uri", {"uri": uri})

    def name_sessions_at_logout(self, *, back_channel: bool = True, front_channel: bool = True) -> None:
        """Let logout tokens have a `sid`, and frames `iss` and `sid`: as Keycloak does, or not."""
        registered = {
            "backchannel_logout_session_required": back_channel,
            "frontchannel_logout_session_required": front_channel,
        }
        self._control("logout-session", registered)

    def take_client_keys_from(self, uri: str | None) -> None:
        """Let the client sign in by `private_key_jwt` alone, with keys that it publishes: plain http here.

        None: by its secret again.
        """
        self._control("client-jwks-uri", {"uri": uri})

    def set_response_algorithms(self, **registered: str) -> None:
        """Register how the client gets its tokens and userinfo, by names of Dynamic Client Registration §2.

        They are `id_token_signed_response_alg` (`RS256`, or `HS256`, `HS384`, `HS512` with the client's
        secret), `userinfo_signed_response_alg`, and for both `…_encrypted_response_alg` and
        `…_encrypted_response_enc`. What is left out is plain again. `encryption_jwks_uri`, plain http here,
        is where the keys to encrypt to are; without it, where `take_client_keys_from` says.
        """
        self._control("response-algorithms", registered)

    def sign_out(self, person: str) -> list[dict[str, Any]]:
        """End all sessions of a person at the provider.

        Return each one's `sid`, the `logout_token` that was made for it, and the `status` of its delivery
        (None: it went nowhere, or nobody answered).
        """
        return list(json.loads(self._control("sign-out", {"person": person}))["sessions"])

    def requests(self) -> dict[str, int]:
        """How many requests came in since the start or the last `reset`, by endpoint."""
        return dict(json.loads(self._control("requests", None)))

    def reset(self) -> None:
        """Behave, count from zero, and let the people be as they were at the start."""
        self._control("reset", {})

    def sign_in(self, client: Client, person: str, next: str | None = None, **extra: Any) -> Any:  # noqa: A002
        """Walk a test client through a whole login; the last answer comes back, normally the callback's.

        A client that is signed in already is signed out first, by `client.logout()`, which drops its cookies.
        `next` is where the login is to lead, `extra` goes to each request of the client (`secure=True`).
        """
        address, wanted = reverse("relyant:login"), {"next": next, "provider": self._name()}
        query = {key: value for key, value in wanted.items() if value}
        asked = client.get(address, query, **extra)
        if asked.wsgi_request.user.is_authenticated:
            client.logout()
            asked = client.get(address, query, **extra)
        if not asked.headers.get("Location", "").startswith(self.issuer):
            return asked
        answer = self._approve(asked.headers["Location"], person)
        if answer.form is None:
            return client.get(answer.address, **extra)
        return client.post(answer.address, answer.form, content_type=_FORM, **extra)

    def _name(self) -> str | None:
        """Its name in the settings, where they have several providers: nobody is to be asked which."""
        providers = conf.relyant_settings().providers
        names = [name for name, one in providers.items() if one.issuer == self.issuer]
        return names[0] if names and len(providers) > 1 else None

    def callback(self, authorization_request: str, person: str) -> str:
        """Approve an authorization request as one of the people: the path and query that her browser gets."""
        answer = self._approve(authorization_request, person)
        if answer.form is not None:
            raise ProviderError("the answer comes in a form: take `form_post` for it")
        return answer.address

    def form_post(self, authorization_request: str, person: str) -> tuple[str, str]:
        """Approve a request that is answered in a form: the path that her browser posts to, and the body."""
        answer = self._approve(authorization_request, person)
        if answer.form is None:
            raise ProviderError("the answer comes in the address: take `callback` for it")
        return answer.address, answer.form

    def _approve(self, authorization_request: str, person: str) -> _Callback:
        # The login page's form posts to the page's own address.
        answer = self._ask(authorization_request, urlencode({"person": person}).encode())
        if location := answer.headers["Location"]:
            address = urlsplit(location)
            return _Callback(f"{address.path}?{address.query}")
        form = _Form(answer.body.decode())
        if form.action is None:
            raise ProviderError("the development provider did not send the browser back")
        return _Callback(urlsplit(form.action).path, urlencode(form.fields))

    def _control(self, what: str, message: object | None) -> bytes:
        body = None if message is None else json.dumps(message).encode()
        return self._ask(f"{self._about['control']}/{what}", body, {"X-Relyant-Control": "1"}).body

    def _ask(self, url: str, body: bytes | None, headers: Mapping[str, str] | None = None) -> _Answer:
        """Send a request; with a body by POST."""
        request = urllib.request.Request(url, body, dict(headers or {}))  # noqa: S310  loopback http
        try:
            with self._open(request, timeout=_ANSWER_SECONDS) as response:
                return _Answer(response.headers, response.read())
        except urllib.error.HTTPError as error:
            with error:
                detail = error.read().decode(errors="replace")[:500]
            raise ProviderError(f"status {error.code} from {url}: {detail}") from error

    @staticmethod
    def _first_line(process: subprocess.Popen[str]) -> str:
        """Wait for the line with which it says that it listens; empty where it ended."""
        if process.stdout is None:
            return ""
        give_up = threading.Timer(_START_SECONDS, process.kill)
        give_up.start()
        try:
            return process.stdout.readline()
        finally:
            give_up.cancel()


@dataclass(frozen=True)
class _Answer:
    headers: Message
    body: bytes


@dataclass(frozen=True)
class _Callback:
    """What a browser brings back: an address, and a body where the answer is a form."""

    address: str
    form: str | None = None


class _Form(HTMLParser):
    """The form of a page that carries an answer back: where it leads, and its hidden fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = given["action"]
        elif tag == "input" and given.get("type") == "hidden":
            self.fields.append((given["name"], given["value"]))


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Hands redirects over instead of following them: the test client is the browser."""

    def http_error_302(self, _request: Any, answer: IO[bytes], *_: Any) -> Any:
        return answer

    def http_error_303(self, _request: Any, answer: IO[bytes], *_: Any) -> Any:
        return answer
