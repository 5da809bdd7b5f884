"""`make demo`: starts both, says where they are, signs people in, and leaves nothing running behind."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.keycloak.browser import Browser
from tests.keycloak.visitor import Visitor
from tests.lacking import assert_nothing_is_claimed

ROOT = Path(__file__).resolve().parents[2]
RUN = ROOT / "demo" / "run.py"
START_SECONDS = 300
STOP_SECONDS = 40


def wait_for(condition, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False


@pytest.fixture
def demo(tmp_path):
    """Starts the demo with some arguments: the process, and what it says."""
    started = []

    def start(*arguments):
        output = tmp_path / "output"
        with output.open("w") as opened:
            process = subprocess.Popen([sys.executable, RUN, *arguments], stdout=opened, stderr=opened)
        started.append(process)
        return process, output.read_text

    yield start
    for process in started:
        process.terminate()
        process.wait(STOP_SECONDS)


@pytest.mark.parametrize("provider", ["development", "keycloak"])
def test_the_demo_runs_and_ends_without_a_trace(request, demo, provider):
    if provider == "keycloak":
        request.getfixturevalue("able_to_run_keycloak")
    process, said = demo("--provider", provider)
    assert wait_for(lambda: "Ctrl-C stops both" in said() or process.poll() is not None, START_SECONDS)
    assert process.poll() is None, said()
    site = re.search(r"The Beer site +(\S+)/", said()).group(1)
    issuer = re.search(r"The provider +(\S+)", said()).group(1)
    assert all(name in said() for name in ("carol", "chris", "adam", "nora"))
    if provider == "keycloak":
        console = re.search(r"Its console +(\S+)  \(sign in as admin / admin\)", said()).group(1)
        assert Browser().get(console.partition("#")[0]).status == 200
    visitor = Visitor(Browser(), site)
    assert visitor.open_as("carol", "/admin/").status == 200
    assert visitor.rights() == {"view"}
    process.send_signal(signal.SIGINT)
    assert process.wait(STOP_SECONDS) == 0, said()
    for address in (site, issuer):
        assert not listens(urlsplit(address).port), f"{address} is still served"


def listens(port):
    """Whether somebody answers there still."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_without_java_these_tests_fail_in_ci_and_are_skipped_loudly_elsewhere(tmp_path):
    """A green CI means that a real Keycloak was asked."""
    some = Path(__file__).with_name("test_logout.py")
    assert_nothing_is_claimed(some, "no real Keycloak was tested: Java is missing", JAVA_HOME=str(tmp_path))


def test_an_unknown_provider_is_told_in_words(demo):
    process, said = demo("--provider", "dex")
    assert process.wait(30) == 2
    assert "invalid choice: 'dex'" in said()
    assert "Traceback" not in said()


def test_a_missing_java_is_told_in_one_line(demo, monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    process, said = demo("--provider", "keycloak")
    assert process.wait(30) == 1
    assert said().splitlines() == [
        "Java is missing: install Java 17 or newer (or set JAVA_HOME) to run Keycloak"
    ]
