"""Each database once for all tests; each test begins with empty tables in it."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.databases.servers import MariaDB, PostgreSQL
from tests.lacking import skip_or_fail

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 90
SERVERS = {"postgresql": (PostgreSQL, "psycopg"), "mariadb": (MariaDB, "pymysql")}


class Databases:
    """The databases by name, started by whom they are needed by first."""

    def __init__(self, closing, folder):
        self._closing = closing
        self._folder = folder
        self._running = {}

    def settings(self, name):
        """A database as an entry of Django's `DATABASES`; the test is skipped where it can't be had."""
        if name == "sqlite":
            # Nobody waits for another's transaction for longer than this.
            file = str(self._folder / "db.sqlite3")
            return {"ENGINE": "django.db.backends.sqlite3", "NAME": file, "OPTIONS": {"timeout": 60}}
        if name not in self._running:
            server, driver = SERVERS[name]
            lacks = [*server.missing(), *([] if importlib.util.find_spec(driver) else [driver])]
            if lacks:
                skip_or_fail(f"{name} was not tested: {', '.join(lacks)} is missing (`make test-databases`)")
            self._running[name] = self._closing.enter_context(server())
        return self._running[name].settings()


@pytest.fixture(scope="session")
def databases(tmp_path_factory):
    with ExitStack() as closing:
        yield Databases(closing, tmp_path_factory.mktemp("databases"))


@pytest.fixture
def play(databases):
    """Play a scenario in a process of its own, on empty tables: `play("mariadb", "adopt", LINK="username")`."""

    def run(name, scenario, **provider):
        done = subprocess.run(
            [sys.executable, "-m", "tests.databases.scenarios", scenario],
            cwd=ROOT,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "tests.databases.settings",
                "RELYANT_TEST_PROVIDER": json.dumps(provider),
                "RELYANT_TEST_DATABASE_SETTINGS": json.dumps(databases.settings(name)),
            },
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    return run
