"""A real Keycloak on loopback: fetched with Maven once, started fresh for each run, stopped by its pid."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import tarfile
import tempfile
import time
import urllib.request
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import process_group

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

VERSION = "26.7.0"
ADMIN = ("admin", "admin")
_ARCHIVE_SHA256 = "f771df0aa1e4820f57d56f7d6d015beb6415487b43f8de7e5a6d48f8a7fe118a"
_OLDEST_JAVA = 17
# The first start on a machine compiles Keycloak's configuration: 40 s on two free cores.
_START_SECONDS = 240
_STOP_SECONDS = 20
_ANSWER_SECONDS = 5
# Silence for so long is not that of a slow answer.
_HANGING_SECONDS = 1
_FETCH_SECONDS = 900
# Everything but `lib/quarkus`, which Keycloak writes to, is only read: shared between runs.
_SHARED = ("conf", "providers", "themes", "lib/lib", "lib/app", "lib/quarkus-run.jar")
# Loopback, whatever proxy the environment names.
_loopback = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class KeycloakUnavailableError(Exception):
    """Keycloak can't be fetched or started; the message says in one line what is missing."""


def missing() -> str | None:
    """What this machine lacks for Keycloak, in one line; None when it can run."""
    java = _java_version()
    if java is None:
        return f"Java is missing: install Java {_OLDEST_JAVA} or newer (or set JAVA_HOME) to run Keycloak"
    if java < _OLDEST_JAVA:
        return f"Java {java} is too old for Keycloak: install Java {_OLDEST_JAVA} or newer (or set JAVA_HOME)"
    if not _distribution().is_dir() and shutil.which("mvn") is None:
        return "Maven is missing (mvn): install it, it fetches Keycloak once"
    return None


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Keycloak:
    """One Keycloak in development mode, in a folder of its own that goes away with it."""

    def __init__(self, *, say: Callable[[str], None] = lambda _line: None) -> None:
        self._say = say
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self._metadata_url = f"{self.base_url}/realms/master/.well-known/openid-configuration"
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Keycloak:  # noqa: PYI034  typing.Self came with Python 3.11
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start it and wait until it answers; after `stop`, with the realms that it had."""
        if lack := missing():
            raise KeycloakUnavailableError(lack)
        if self._folder is None:
            self._folder = _own_folder(_fetch(self._say))
        self._say(
            "Starting Keycloak (about 20 seconds) ..."
            if _augmented().is_dir()
            else "Starting Keycloak for the first time (about a minute, later 20 seconds) ..."
        )
        try:
            self._launch(self._folder)
            self._wait_until_ready(self._folder)
        except BaseException:
            self.close()
            raise
        _keep_augmented(self._folder)

    def stop(self) -> None:
        """Stop it by its pid and wait for its end; what it stored stays for the next `start`."""
        process, self._process = self._process, None
        if process is not None:
            process_group.stop(process, _STOP_SECONDS)

    def close(self) -> None:
        """Stop it and remove its folder."""
        self.stop()
        folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def suspend(self) -> None:
        """Make it hang, and return when it does: its port accepts connections, nothing answers."""
        if self._process is None:
            return
        process_group.send(self._process, signal.SIGSTOP)
        # On a busy machine it may answer once more before the signal reaches it.
        deadline = time.monotonic() + _STOP_SECONDS
        while _answers(self._metadata_url, _HANGING_SECONDS):
            if time.monotonic() > deadline:
                raise KeycloakUnavailableError("Keycloak goes on after SIGSTOP")

    def resume(self) -> None:
        """Let it go on after `suspend`."""
        if self._process is not None:
            process_group.send(self._process, signal.SIGCONT)

    def alive(self) -> bool:
        """Whether its process runs."""
        return self._process is not None and self._process.poll() is None

    def _launch(self, folder: Path) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("KC_")}
        environment["KC_BOOTSTRAP_ADMIN_USERNAME"], environment["KC_BOOTSTRAP_ADMIN_PASSWORD"] = ADMIN
        # The first of Java's two compilers alone: a start then takes half the processor time.
        own = os.environ.get("JAVA_OPTS_APPEND", "")
        environment["JAVA_OPTS_APPEND"] = f"-XX:TieredStopAtLevel=1 {own}".strip()
        arguments = ("start-dev", "--http-host", "127.0.0.1", "--http-port", str(self.port))
        with _log_file(folder).open("ab") as log:
            # A session of its own: Ctrl-C in a terminal reaches us alone, and we stop the start script
            # together with the Java process below it.
            self._process = subprocess.Popen(
                [folder / "bin" / "kc.sh", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )

    def _wait_until_ready(self, folder: Path) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if not self.alive():
                raise KeycloakUnavailableError(f"Keycloak ended while it started:\n{_last_lines(folder)}")
            if _answers(self._metadata_url, _ANSWER_SECONDS):
                return
            time.sleep(0.2)
        raise KeycloakUnavailableError(
            f"Keycloak did not answer in {_START_SECONDS} s:\n{_last_lines(folder)}"
        )


def _java_version() -> int | None:
    home = os.environ.get("JAVA_HOME")
    try:
        answer = subprocess.run(
            [f"{home}/bin/java" if home else "java", "-version"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r'version "(\d+)', answer.stderr + answer.stdout)
    return int(found.group(1)) if found else None


def _cache() -> Path:
    own = os.environ.get("RELYANT_CACHE")
    shared = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(own).absolute() if own else Path(shared) / "relyant"


def _distribution() -> Path:
    return _cache() / f"keycloak-{VERSION}"


def _augmented() -> Path:
    """What Keycloak compiles from its configuration at its first start, kept for the next ones."""
    return _cache() / f"keycloak-{VERSION}-augmented"


def _fetch(say: Callable[[str], None]) -> Path:
    """The unpacked distribution in the cache; Maven fetches it where it isn't there yet."""
    target = _distribution()
    if target.is_dir():
        return target
    _cache().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_cache(), prefix="fetching-") as folder:
        say(f"Fetching Keycloak {VERSION} with Maven (170 MB, once) ...")
        archive = _fetch_archive(Path(folder))
        say("Unpacking Keycloak ...")
        with tarfile.open(archive) as opened:
            # Older Pythons know no filter, and need none: the archive's digest is pinned.
            opened.extraction_filter = getattr(tarfile, "data_filter", None)
            opened.extractall(folder)
        _publish(Path(folder) / target.name, target)
    return target


def _fetch_archive(folder: Path) -> Path:
    """Maven's copy of the archive, with the digest that we expect."""
    artifact = f"org.keycloak:keycloak-quarkus-dist:{VERSION}:tar.gz"
    command = ["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={folder}"]
    try:
        answer = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=_FETCH_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise KeycloakUnavailableError(f"Maven did not fetch Keycloak in {_FETCH_SECONDS} s") from None
    archive = folder / f"keycloak-quarkus-dist-{VERSION}.tar.gz"
    if answer.returncode or not archive.is_file():
        raise KeycloakUnavailableError(f"Maven could not fetch {artifact}:\n{answer.stdout[-1000:]}")
    with archive.open("rb") as opened:
        digest = hashlib.sha256()
        while block := opened.read(1 << 20):
            digest.update(block)
    if digest.hexdigest() != _ARCHIVE_SHA256:
        raise KeycloakUnavailableError(
            f"Keycloak's archive has another digest than expected: {digest.hexdigest()}"
        )
    return archive


def _publish(made: Path, target: Path) -> None:
    """Move a finished folder to its place in the cache; another run that was quicker wins."""
    try:
        made.rename(target)
    except OSError:
        if not target.is_dir():
            raise


def _own_folder(distribution: Path) -> Path:
    """A home for one run: links to the shared files, copies of what Keycloak writes to.

    The start script finds its home by its own path with links followed: it is a copy.
    """
    home = Path(tempfile.mkdtemp(prefix="relyant-keycloak-"))
    (home / "bin").mkdir()
    (home / "lib").mkdir()
    shutil.copy2(distribution / "bin" / "kc.sh", home / "bin" / "kc.sh")
    for name in _SHARED:
        (home / name).symlink_to(distribution / name)
    source = _augmented() if _augmented().is_dir() else distribution / "lib" / "quarkus"
    shutil.copytree(source, home / "lib" / "quarkus")
    return home


def _keep_augmented(home: Path) -> None:
    if not _augmented().is_dir():
        made = Path(tempfile.mkdtemp(dir=_cache(), prefix="augmenting-"))
        shutil.copytree(home / "lib" / "quarkus", made, dirs_exist_ok=True)
        _publish(made, _augmented())
        shutil.rmtree(made, ignore_errors=True)


def _answers(url: str, seconds: float) -> bool:
    try:
        with _loopback.open(url, timeout=seconds) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False


def _log_file(folder: Path) -> Path:
    return folder / "keycloak.log"


def _last_lines(folder: Path) -> str:
    return "\n".join(_log_file(folder).read_text(errors="replace").splitlines()[-15:])
