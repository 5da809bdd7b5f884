"""What a project's own tests use: how it starts, what it changes, what it says when it can't."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from io import StringIO
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from relyant import _core, testing
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


def test_the_program_is_found_on_the_path_too(monkeypatch, tmp_path):
    monkeypatch.delenv(testing.PROGRAM_VARIABLE, raising=False)
    monkeypatch.setattr(testing.sysconfig, "get_path", lambda _: str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "elsewhere"))
    with pytest.raises(ProviderError, match="is not installed"):
        testing.find_program()
    program = tmp_path / "elsewhere" / "relyant-provider"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert testing.find_program() == str(program)


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


def test_a_person_has_the_claims_that_a_test_gives_her_until_the_next_test(client, db, relyant_provider):
    relyant_provider.set_claims("carol", {"given_name": "Caroline"})
    relyant_provider.sign_in(client, "carol")
    carol = User.objects.get()
    assert (carol.username, carol.first_name, carol.last_name, carol.email) == ("carol", "Caroline", "", "")
    relyant_provider.reset()
    relyant_provider.sign_in(client, "carol")
    assert User.objects.get().last_name == "Cask"


def test_a_client_that_is_signed_in_becomes_another_person(client, db, relyant_provider):
    for person in ("carol", "adam"):
        answer = relyant_provider.sign_in(client, person, next="/beers/")
        assert answer["Location"] == "/beers/"
        assert client.get("/beers/").wsgi_request.user.username == person


def test_what_an_anonymous_client_has_is_kept_until_it_signs_in(client, db, relyant_provider):
    client.cookies["theme"] = "dark"
    relyant_provider.sign_in(client, "carol")
    assert client.cookies["theme"].value == "dark"


def test_people_and_misbehaviours_may_be_there_from_the_start(client, db, settings, tmp_path):
    people = tmp_path / "people.toml"
    people.write_text('[[person]]\nname = "pia"\nroles = ["customers"]\n')
    with DevelopmentProvider("--people", str(people), "--misbehave", "wrong-nonce") as provider:
        assert [person["name"] for person in provider.people] == ["pia"]
        settings.RELYANT = provider.settings(settings.RELYANT)
        assert "invalid_token.nonce_mismatch" in provider.sign_in(client, "pia").content.decode()
        provider.misbehave()
        assert provider.sign_in(client, "pia").status_code == 302


@pytest.fixture
def given(monkeypatch, tmp_path):
    """What the command starts the program with: one that writes its arguments and its secret down, and ends."""
    program, written = tmp_path / "relyant-provider", tmp_path / "arguments"
    program.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$@" > "{written}"\n'
        f'printf "%s" "${testing.SECRET_VARIABLE}" > "{tmp_path / "secret"}"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv(testing.PROGRAM_VARIABLE, str(program))

    def run(*options):
        with pytest.raises(CommandError, match="did not start"):
            call_command("relyant_provider", *options)
        return written.read_text().splitlines()

    return run


def after(arguments, option):
    """The values of an option, as often as it stands there."""
    return [value for name, value in zip(arguments, arguments[1:], strict=False) if name == option]


@pytest.mark.parametrize(
    ("issuer", "options", "port"),
    [
        ("http://127.0.0.1:9/realms/brewery", [], "9"),
        ("http://localhost:8181/realms/brewery", [], "8181"),
        ("http://[::1]:8182/realms/brewery", [], "8182"),
        ("http://127.0.0.1/realms/brewery", [], "8180"),
        ("https://sso.example.com:8443/realms/brewery", [], "8180"),
        ("http://127.0.0.1:9/realms/brewery", ["--port", "8000"], "8000"),
        ("http://127.0.0.1:9/realms/brewery", ["--port", "0"], "0"),
    ],
)
def test_the_command_listens_where_the_settings_look_for_it(configure, given, issuer, options, port):
    configure({"PROVIDERS.keycloak.ISSUER": issuer})
    assert after(given(*options), "--port") == [port]


def test_the_command_starts_before_the_settings_are_right(settings, given):
    settings.RELYANT = {"PROVIDERS": {}}
    assert after(given(), "--port") == ["8180"]


def test_the_command_passes_on_the_client_the_people_and_what_to_do_wrong(configure, given):
    configure({"PROVIDERS.keycloak.CLIENT_ID": "ale", "PROVIDERS.keycloak.CLIENT_SECRET": "hops"})
    given_options = ["--people", "people.toml", "--misbehave", "wrong-nonce", "--misbehave", "wrong-iss"]
    arguments = given(*given_options)
    assert after(arguments, "--client-id") == ["ale"]
    assert after(arguments, "--people") == ["people.toml"]
    assert after(arguments, "--misbehave") == ["wrong-nonce", "wrong-iss"]


def private_key(kind):
    return json.loads(_core.new_private_key(kind))


@pytest.mark.parametrize(
    ("kind", "changes", "site"),
    [
        ("ES256", {}, "http://127.0.0.1:8000"),
        ("ES256", {"BASE_URL": "http://localhost:9"}, "http://localhost:9"),
        ("ES256", {"BASE_URL": "https://beer.example.com"}, "http://127.0.0.1:8000"),
        ("ES256", {"PROVIDERS.keycloak.CLIENT_AUTH": "client_secret_basic"}, None),
        ("ECDH-ES", {}, None),
    ],
)
def test_the_command_reads_the_keys_of_a_client_that_signs(configure, given, kind, changes, site):
    configure({"PROVIDERS.keycloak.PRIVATE_KEY": private_key(kind), **changes})
    arguments = given()
    assert after(arguments, "--client-jwks-uri") == ([f"{site}/oidc/jwks/keycloak/"] if site else [])


def test_the_command_knows_a_client_without_a_secret(settings, given):
    registered = {"ISSUER": ELSEWHERE, "CLIENT_ID": "ale", "PRIVATE_KEY": private_key("ES256")}
    settings.RELYANT = {"PROVIDERS": {"keycloak": registered}}
    assert after(given(), "--client-id") == ["ale"]


def test_a_projects_own_proof_of_its_client_is_left_aside():
    own = {"CLIENT_AUTH": "private_key_jwt", "PRIVATE_KEY": "/nowhere", "PRESET": "keycloak"}
    with DevelopmentProvider() as provider:
        settings = provider.settings({"PROVIDERS": {"keycloak": own}})
    assert settings["PROVIDERS"]["keycloak"] == {
        "ISSUER": provider.issuer,
        "CLIENT_ID": "beer",
        "CLIENT_SECRET": testing.MADE_UP_SECRET,
        "PRESET": "keycloak",
    }


@pytest.mark.parametrize(
    ("issuer", "secret"),
    [
        ("http://127.0.0.1:9/realms/brewery", "hops"),
        ("http://localhost:9/realms/brewery", "hops"),
        ("http://[::1]:9/realms/brewery", "hops"),
        ("https://sso.example.com/realms/brewery", testing.MADE_UP_SECRET),
        ("https://localhost.example.com/realms/brewery", testing.MADE_UP_SECRET),
        ("http://[::ffff:127.0.0.1]:9/realms/brewery", testing.MADE_UP_SECRET),
        ("http://[::1/realms/brewery", testing.MADE_UP_SECRET),
    ],
)
def test_op_01_the_settings_secret_stays_with_a_provider_elsewhere(
    configure, given, tmp_path, issuer, secret
):
    """OP-01: and it is never an argument, which every user of the machine may read."""
    configure({"PROVIDERS.keycloak.ISSUER": issuer, "PROVIDERS.keycloak.CLIENT_SECRET": "hops"})
    arguments = given()
    assert (tmp_path / "secret").read_text() == secret
    assert not any("hops" in argument or testing.MADE_UP_SECRET in argument for argument in arguments)


def test_op_01_the_running_provider_shows_its_secret_to_nobody():
    """OP-01: `/proc/PID/cmdline` is for everybody to read, `/proc/PID/environ` for the same user alone."""
    if not Path("/proc/self/cmdline").exists():
        pytest.skip("no /proc on this machine: nobody can read a process's arguments in it")
    with DevelopmentProvider(client_secret="hops") as provider:
        arguments = Path(f"/proc/{provider._process.pid}/cmdline").read_bytes().split(b"\0")
    assert b"serve" in arguments
    assert not any(b"hops" in argument for argument in arguments)


def test_op_01_the_provider_knows_the_secret_that_it_was_given(client, db, settings):
    """OP-01: a provider that never got it would refuse this login."""
    with DevelopmentProvider(client_secret="hops") as provider:
        settings.RELYANT = provider.settings(settings.RELYANT)
        assert provider.sign_in(client, "carol").status_code == 302


def test_the_command_needs_no_pytest():
    """A site's own environment has none."""
    code = "import sys, relyant.management.commands.relyant_provider; print('pytest' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "False\n"


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


@pytest.fixture
def run_command(tmp_path):
    """Run the command in a process of its own, as a developer does, with one line added to the settings."""

    def run(change, *options):
        (tmp_path / "changed_settings.py").write_text(f"from tests.project.settings import *\n{change}\n")
        command = [sys.executable, "-u", "-m", "django", "relyant_provider", *options]
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "changed_settings"}
        environment["PYTHONPATH"] = os.pathsep.join([str(tmp_path), str(ROOT), *filter(None, sys.path)])
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        give_up = threading.Timer(30, process.kill)
        give_up.start()
        try:
            first = [process.stdout.readline() for _ in range(5)]
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.5)
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 0
            return "".join(first) + process.stdout.read()
        finally:
            give_up.cancel()
            process.kill()
            process.stdout.close()

    return run


def test_the_command_runs_until_it_is_interrupted(run_command):
    """It prints where and who, and ends by Ctrl-C."""
    text = run_command("", "--port", "0")
    assert "Development provider at http://127.0.0.1:" in text
    assert "carol: customers\n" in text and "nora: no roles\n" in text


KEYCLOAK = 'RELYANT["PROVIDERS"]["keycloak"]'
ELSEWHERE = "https://sso.example.com/realms/brewery"


@pytest.mark.parametrize(
    ("change", "issuer_is_told", "secret_is_told"),
    [
        ("", True, False),
        (f'{KEYCLOAK}["ISSUER"] = "{ELSEWHERE}"', True, True),
        (f'{KEYCLOAK}["ISSUER"] = "{ELSEWHERE}"; del {KEYCLOAK}["CLIENT_SECRET"]', True, False),
        (f'del {KEYCLOAK}["CLIENT_SECRET"]', True, False),
        ("RELYANT = {}", False, False),
    ],
)
def test_the_command_tells_what_to_write_into_the_settings(
    run_command, change, issuer_is_told, secret_is_told
):
    text = run_command(change, "--port", "0")
    assert ('To use it: "ISSUER": "http://127.0.0.1:' in text) == issuer_is_told
    assert (f'made-up secret: "CLIENT_SECRET": "{testing.MADE_UP_SECRET}"' in text) == secret_is_told
    assert (f"is for {ELSEWHERE} alone" in text) == secret_is_told


def test_the_command_tells_nothing_where_the_settings_fit(run_command):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    text = run_command(f'{KEYCLOAK}["ISSUER"] = "http://127.0.0.1:{port}/realms/brewery"')
    assert f"Development provider at http://127.0.0.1:{port}/realms/brewery" in text
    assert "ISSUER" not in text and "SECRET" not in text


def _login_page(client, **parameters):
    asked = client.get("/oidc/login/")["Location"]
    return f"{asked}&{urlencode(parameters)}"


def test_an_answer_comes_in_the_address_or_in_a_form(client, db, relyant_provider):
    request = _login_page(client, response_mode="form_post")
    path, body = relyant_provider.form_post(request, "carol")
    assert path == "/oidc/callback/keycloak/"
    assert {"code", "state", "iss"} <= set(parse_qs(body))
    with pytest.raises(ProviderError, match="take `form_post`"):
        relyant_provider.callback(request, "carol")
    with pytest.raises(ProviderError, match="take `callback`"):
        relyant_provider.form_post(_login_page(client), "carol")


def test_somebody_who_is_unknown_comes_back_by_no_form(client, db, relyant_provider):
    with pytest.raises(ProviderError, match="status 400"):
        relyant_provider.form_post(_login_page(client), "zoe")
