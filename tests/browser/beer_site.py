"""One Beer site as a process of its own; its addresses are known before it starts, to be registered."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import process_group

# No loopback name: the browser treats the site as one on the internet, and the provider as another site.
HOST = "brewery.test"
ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
STOP_SECONDS = 10


class BeerSite:
    """A site with some of the demo's settings changed; https where it is given a certificate."""

    def __init__(self, changes, certificate=None, host=HOST):
        """`changes` are `settings` of Django, `relyant`, the `provider` and the `policy` inside of it, and
        `others`: providers that are like that one but for what is said here.
        """
        self._changes = {**changes, "settings": {"ALLOWED_HOSTS": [host], **changes.get("settings", {})}}
        self._certificate = certificate
        self._process = self._environment = None
        # Bound from the start: nobody else gets the port in between.
        self._listener = socket.create_server(("127.0.0.1", 0))
        scheme = "https" if certificate else "http"
        self.base_url = f"{scheme}://{host}:{self._listener.getsockname()[1]}"
        names = ["keycloak", *changes.get("others", {})]
        self.redirect_uris = [f"{self.base_url}/oidc/callback/{name}/" for name in names]
        self.post_logout_redirect_uri = f"{self.base_url}/oidc/logged-out/"

    def start(self, issuer, folder):
        """Serve, unless it does already, with a database in this folder; wait until it is ready."""
        if self._process is not None:
            return
        self._environment = {
            **os.environ,
            "BEER_ISSUER": issuer,
            "BEER_DATABASE": str(folder / "beer.sqlite3"),
            "BEER_CHANGES": json.dumps(self._changes),
        }
        with self._listener as listener, (folder / "log").open("w") as log:
            self._process = subprocess.Popen(
                self._command(listener.fileno()),
                cwd=ROOT,
                env=self._environment,
                pass_fds=[listener.fileno()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        if not self._first_line():
            self.stop()
            raise AssertionError(f"the site did not start:\n{(folder / 'log').read_text()}")

    def manage(self, *arguments):
        """Run a command of `manage.py` beside the running site; what it writes comes back."""
        path = os.pathsep.join([str(ROOT / "demo" / "beer"), os.environ.get("PYTHONPATH", "")])
        done = subprocess.run(
            [sys.executable, "-m", "django", *arguments],
            cwd=ROOT,
            env={
                **self._environment,
                "DJANGO_SETTINGS_MODULE": "tests.browser.settings",
                "PYTHONPATH": path,
            },
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def stop(self):
        """Stop it and wait for its end."""
        self._listener.close()
        if self._process is not None:
            process_group.stop(self._process, STOP_SECONDS)
            self._process.stdin.close()
            self._process.stdout.close()
            self._process = None

    def _command(self, descriptor):
        certificate = [str(self._certificate)] if self._certificate else []
        return [sys.executable, "-m", "tests.browser.serve", str(descriptor), *certificate]

    def _first_line(self):
        """What it says once it is ready; empty where it ended, or was ended since it took too long."""
        give_up = threading.Timer(START_SECONDS, self._process.kill)
        give_up.start()
        try:
            return self._process.stdout.readline()
        finally:
            give_up.cancel()
