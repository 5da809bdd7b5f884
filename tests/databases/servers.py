"""Database servers of one test run: a temporary folder, a free loopback port, a password of its own, no root."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path

START_SECONDS = 60
STOP_SECONDS = 20
POLL_SECONDS = 0.1
NAME = "relyant"
# Where Debian has them, which isn't in everybody's path.
FOLDERS = (*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), Path("/usr/sbin"))


class Server(ABC):
    """A server that runs as long as the `with` block, as somebody who isn't root."""

    engine = ""
    # Who runs it where root runs the tests; the packages make these accounts.
    account = ""
    # What it needs, the server itself last.
    programs: tuple[str, ...] = ()
    stop_signal = signal.SIGTERM

    def __init__(self):
        self.password = secrets.token_urlsafe(16)
        self.folder = Path(tempfile.mkdtemp(prefix="relyant-database-"))
        self.port = free_port()
        self._process = None

    @classmethod
    def missing(cls):
        """The programs that aren't there."""
        return [name for name in cls.programs if find(name) is None]

    def __enter__(self):
        try:
            self._own(self.folder)
            self.prepare()
            self.start()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(self, *_):
        self._close()

    def settings(self):
        """The server as an entry of Django's `DATABASES`."""
        return {
            "ENGINE": self.engine,
            "NAME": NAME,
            "USER": NAME,
            "PASSWORD": self.password,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
        }

    @abstractmethod
    def prepare(self):
        """Make the files that the server starts with."""

    @abstractmethod
    def command(self):
        """The server's command line, without a secret in it."""

    def write(self, name, text):
        """Write a file that the server's account alone can read."""
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(text)
        self._own(path)
        return path

    def run(self, *command):
        """Run one of its programs to the end."""
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=START_SECONDS,
            cwd=self.folder,
            **self._who(),
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def log(self):
        """What the server said."""
        return (self.folder / "log").read_text(errors="replace")

    def start(self):
        """Start it; after `stop`, with what it keeps on disk."""
        with (self.folder / "log").open("w") as log:
            self._process = subprocess.Popen(
                self.command(), stdout=log, stderr=log, cwd=self.folder, **self._who()
            )
        give_up = time.monotonic() + START_SECONDS
        while not self.answers():
            assert self._process.poll() is None, self.log()
            assert time.monotonic() < give_up, self.log()
            time.sleep(POLL_SECONDS)

    def answers(self):
        """Whether somebody listens on the port, who can be none but this server."""
        with socket.socket() as trying:
            return trying.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        """Stop it; its files stay for the next `start`."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(self.stop_signal)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _close(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _own(self, path):
        if os.geteuid() == 0:
            shutil.chown(path, self.account)

    def _who(self):
        return {"user": self.account, "extra_groups": []} if os.geteuid() == 0 else {}


class PostgreSQL(Server):
    engine = "django.db.backends.postgresql"
    account = "postgres"
    programs = ("initdb", "postgres")
    # An immediate end: nobody needs its files any more.
    stop_signal = signal.SIGQUIT

    def prepare(self):
        password = self.write("password", self.password)
        data = self.folder / "data"
        self.run(
            find("initdb"),
            f"--pgdata={data}",
            f"--username={NAME}",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        )

    def command(self):
        options = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
        }
        given = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return [find("postgres"), "-D", str(self.folder / "data"), *given]

    def answers(self):
        """It listens before it is ready, which after an immediate end takes a moment."""
        return super().answers() and "ready to accept connections" in self.log()

    def settings(self):
        return {**super().settings(), "NAME": "postgres"}


class MariaDB(Server):
    engine = "django.db.backends.mysql"
    account = "mysql"
    programs = ("mariadb-install-db", "mariadbd")

    def prepare(self):
        self.run(
            find("mariadb-install-db"),
            "--no-defaults",
            f"--datadir={self.folder / 'data'}",
            "--auth-root-authentication-method=socket",
            "--skip-test-db",
        )
        self.write(
            "first.sql",
            f"CREATE DATABASE {NAME} CHARACTER SET utf8mb4;\n"
            f"CREATE USER '{NAME}'@'127.0.0.1' IDENTIFIED BY '{self.password}';\n"
            f"GRANT ALL ON {NAME}.* TO '{NAME}'@'127.0.0.1';\n",
        )

    def command(self):
        return [
            find("mariadbd"),
            "--no-defaults",
            f"--datadir={self.folder / 'data'}",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            f"--socket={self.folder / 'socket'}",
            f"--pid-file={self.folder / 'pid'}",
            f"--init-file={self.folder / 'first.sql'}",
            "--innodb-flush-log-at-trx-commit=0",
        ]


def find(program):
    """Where a program is, if it is there."""
    found = shutil.which(program)
    return found or next((str(one / program) for one in FOLDERS if (one / program).is_file()), None)


def free_port():
    """A port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
