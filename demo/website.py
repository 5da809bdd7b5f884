"""A Django project as a process of its own: its database made, served on loopback, stopped by its pid."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO, TYPE_CHECKING

import process_group

if TYPE_CHECKING:
    from collections.abc import Mapping

BEER = Path(__file__).resolve().parent / "beer" / "manage.py"
_MIGRATE_SECONDS = 120
_START_SECONDS = 60
_STOP_SECONDS = 10
# Loopback, whatever proxy the environment names.
_loopback = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class WebsiteError(Exception):
    """The project can't be started; its own words are in the message or above it."""


def port_from(first: int) -> int:
    """The first loopback port from this one on that nobody listens on."""
    for port in range(first, 65536):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise WebsiteError(f"no port from {first} on is free")


class Website:
    """One running project. Its addresses are known before it starts, to be registered at the provider."""

    def __init__(
        self, manage: Path, port: int, *, output: IO[str] | None = None, python: str = sys.executable
    ) -> None:
        """`output` takes what the server writes; without it, the terminal does. `python` runs it."""
        self._manage = manage
        self._python = python
        self._output = output
        self._process: subprocess.Popen[bytes] | None = None
        self.port = port
        self.base_url = f"http://127.0.0.1:{port}"
        self.redirect_uri = f"{self.base_url}/oidc/callback/keycloak/"
        self.post_logout_redirect_uri = f"{self.base_url}/oidc/logged-out/"

    def start(self, environment: Mapping[str, str]) -> None:
        """Make the database and serve; `environment` is what the settings read."""
        # `manage.py` names the settings; what runs us may be a Django project too.
        complete = {**os.environ, **environment}
        complete.pop("DJANGO_SETTINGS_MODULE", None)
        self._migrate(complete)
        command = [self._python, self._manage, "runserver", "--noreload", f"127.0.0.1:{self.port}"]
        # A session of its own: Ctrl-C in a terminal reaches us alone, and we stop it in our order.
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=self._output or subprocess.DEVNULL,
            stderr=self._output,
            env=complete,
            start_new_session=True,
        )
        try:
            self._wait_until_ready(self._process)
        except BaseException:
            self.stop()
            raise

    def wait(self) -> int:
        """Wait until it ends by itself, and return its exit code."""
        return self._process.wait() if self._process else 0

    def stop(self) -> None:
        """Stop it and wait for its end."""
        process, self._process = self._process, None
        if process is not None:
            process_group.stop(process, _STOP_SECONDS)

    def _migrate(self, environment: Mapping[str, str]) -> None:
        command = [self._python, self._manage, "migrate", "--verbosity", "0"]
        answer = subprocess.run(
            command,
            capture_output=True,
            text=True,
            env=environment,
            timeout=_MIGRATE_SECONDS,
            check=False,
        )
        if answer.returncode:
            raise WebsiteError(f"the project's database could not be made:\n{answer.stdout}{answer.stderr}")

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise WebsiteError(f"the site ended while it started (exit code {process.returncode})")
            if _answers(self.base_url):
                return
            time.sleep(0.1)
        raise WebsiteError(f"the site did not answer in {_START_SECONDS} s")


def _answers(url: str) -> bool:
    try:
        _loopback.open(url, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
