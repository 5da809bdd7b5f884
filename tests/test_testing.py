"""What a project's own tests use: how it starts, what it changes, what it says when it can't."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from relyant import testing
from relyant.testing import DevelopmentProvider, ProviderError

ROOT = Path(__file__).resolve().parents[1]


def test_a_missing_program_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setenv(testing.PROGRAM_VARIABLE, str(tmp_path / "nothing"))
    with pytest.raises(ProviderError, match="pip install relyant-provider"):
        testing.find_program()
    with pytest.raises(CommandError, match="pip install relyant-provider"):
        call_command("relyant_provider", stdout=StringIO())


def test_the_environment_names_the_program(monkeypatch, tmp_path):
    program = tmp_path / "relyant-provider"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv(testing.PROGRAM_VARIABLE, str(program))
    assert testing.find_program() == str(program)
    with pytest.raises(ProviderError, match="did not start"), DevelopmentProvider():
        pass


def test_it_runs_for_the_time_of_a_block():
    with DevelopmentProvider() as provider:
        process = provider._process
        assert provider.issuer.startswith("http://127.0.0.1:")
        assert {person["name"] if isinstance(person, dict) else person for person in provider.people} >= {
            "carol",
            "chris",
            "adam",
            "nora",
        }
        assert set(provider.requests().values()) == {0}
    assert process.poll() is not None


def test_an_unknown_misbehaviour_is_an_error():
    with DevelopmentProvider() as provider, pytest.raises(ProviderError, match="did you mean `wrong-nonce`"):
        provider.misbehave("wrong-nonse")


def test_the_setting_differs_in_the_first_provider_alone(settings):
    with DevelopmentProvider(client_id="ale", client_secret="hops") as provider:
        changed = provider.settings({**settings.RELYANT, "BASE_URL": "https://beer.example.com"})
    assert changed["PROVIDERS"]["keycloak"]["ISSUER"] == provider.issuer
    assert changed["PROVIDERS"]["keycloak"]["CLIENT_ID"] == "ale"
    assert changed["PROVIDERS"]["keycloak"]["POLICY"] == settings.RELYANT["PROVIDERS"]["keycloak"]["POLICY"]
    assert changed["BASE_URL"] == "https://beer.example.com"
    assert settings.RELYANT["PROVIDERS"]["keycloak"]["ISSUER"].endswith(":9/realms/brewery")


def test_every_misbehaviour_is_told_in_a_line():
    told = testing.misbehaviours()
    assert len(told) > 50 and all(told.values())


CONFTEST = 'pytest_plugins = ["relyant.pytest_plugin"]'
USER_TEST = """
def test_customers_may_look(client, db, relyant_provider):
    relyant_provider.sign_in(client, "carol", next="/beers/")
    assert client.get("/beers/").wsgi_request.user.has_perm("beers.view_beer")
    relyant_provider.set_roles("carol", [])

def test_the_next_test_finds_everything_as_at_the_start(client, db, relyant_provider):
    relyant_provider.sign_in(client, "carol")
    assert client.get("/beers/").wsgi_request.user.has_perm("beers.view_beer")
"""


def test_a_project_tests_itself_with_the_fixture(tmp_path):
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_beers.py").write_text(USER_TEST)
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.project.settings"}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    run = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert "2 passed" in run.stdout, run.stdout + run.stderr


def test_the_command_runs_until_it_is_interrupted(tmp_path):
    """A process of its own, as a developer has it: it prints where and who, and ends by Ctrl-C."""
    command = [sys.executable, "-u", "-m", "django", "relyant_provider", "--port", "0"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.project.settings"}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    give_up = threading.Timer(30, process.kill)
    give_up.start()
    try:
        lines = [process.stdout.readline() for _ in range(6)]
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    finally:
        give_up.cancel()
        process.kill()
        process.stdout.close()
    text = "".join(lines)
    assert "Development provider at http://127.0.0.1:" in text
    assert "carol" in text and "nora" in text and '"ISSUER"' in text
