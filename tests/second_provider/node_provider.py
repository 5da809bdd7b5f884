"""A running oidc-provider (npm): a process of its own on loopback, stopped with its standard input."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

NODE = Path(__file__).parent / "node"
STOP_SECONDS = 10


def missing():
    """What this machine lacks to run it, in a sentence; None where nothing is."""
    if not shutil.which("node"):
        return "Node is missing: install Node 20 or newer."
    if not (NODE / "node_modules" / "oidc-provider").is_dir():
        return (
            "npm's oidc-provider is missing: run `npm ci` in tests/second_provider/node "
            "(`make test-second-provider` does)."
        )
    return None


class NodeProvider:
    """One process at a time, at one address."""

    def __init__(self, folder, port):
        self._folder = folder
        self._process = None
        self.port = port
        self.issuer = f"http://127.0.0.1:{port}"

    def know(self, people):
        """Say who may sign in, from now on."""
        (self._folder / "people.json").write_text(json.dumps(people))

    def start(self, configuration):
        """Start with a configuration, in oidc-provider's own words, and new keys."""
        file = self._folder / "configuration.json"
        file.write_text(json.dumps({"issuer": self.issuer, "port": self.port, **configuration}))
        with (self._folder / "provider.log").open("a") as log:
            self._process = subprocess.Popen(
                ["node", NODE / "provider.mjs", file, self._folder / "people.json"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        first = self._process.stdout.readline()
        assert first.strip() == "ready", f"the provider did not start:\n{self.log()}"

    def log(self):
        """What it complained of."""
        return (self._folder / "provider.log").read_text()

    def stop(self):
        """End it and wait for its end."""
        process, self._process = self._process, None
        if process is not None:
            process.communicate(timeout=STOP_SECONDS)
