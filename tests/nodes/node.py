"""One node: gunicorn with three workers that a parent forks after it has loaded the site."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import process_group
from keycloak import free_port

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 3
START_SECONDS = 60
STOP_SECONDS = 10
POLL_SECONDS = 0.1
_loopback = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Node:
    """Serves the site as long as it is not stopped; its address is known before it starts."""

    def __init__(self, log, environment):
        self.log = log
        self._environment = environment
        self._process = None
        self._port = free_port()
        self.base_url = f"http://127.0.0.1:{self._port}"

    def start(self, **how):
        """Start it, and wait until it answers; `how` is for the process, such as where it writes its log."""
        command = [sys.executable, "-m", "gunicorn", "--preload", "--workers", str(WORKERS)]
        options = ["--bind", f"127.0.0.1:{self._port}", "--log-level", "warning", "--graceful-timeout", "3"]
        with self.log.open("a") as log:
            # A session of its own: the parent and its workers are signalled as one, also when the parent is gone.
            self._process = subprocess.Popen(
                [*command, *options, "tests.nodes.site.wsgi:application"],
                cwd=ROOT,
                env={**os.environ, **self._environment},
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                **{"stdout": log, "stderr": log, **how},
            )
        give_up = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < give_up, self.log.read_text()
            time.sleep(POLL_SECONDS)

    def stop(self):
        """Stop it with its workers."""
        process, self._process = self._process, None
        if process is not None:
            process_group.stop(process, STOP_SECONDS)

    def workers(self):
        """The process ids of the workers that run now."""
        pid = self._process.pid
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def _answers(self):
        try:
            _loopback.open(self.base_url, timeout=5).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True
