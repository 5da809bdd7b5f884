"""The doctor on the real Keycloak: a realm as its wizard leaves it is healthy; each knob that is turned is named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import pytest

import keycloak as keycloak_server
from relyant.doctor.findings import CATALOGUE
from tests.keycloak.browser import Browser
from website import BEER

SECONDS = 60
LOGIN_SECONDS = "30"


class Doctor:
    """Runs `manage.py relyant_doctor` on the Beer site, as an operator does."""

    def __init__(self, website, realm, folder):
        self._website = website
        self._folder = folder
        self._environment = {
            **{name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
            "BEER_ISSUER": realm.issuer,
            "BEER_DATABASE": str(website.log.parent / "beer.sqlite3"),
        }

    def examine(self, **changed):
        """The report without a login, with these settings of the provider changed."""
        with self.running(**changed) as process:
            return _report(process)

    def examine_login(self, *, port, person="adam", **changed):
        """The report of a login by one of the people."""
        login = ("--login", "--no-browser", "--port", str(port), "--timeout", LOGIN_SECONDS)
        with self.running(*login, **changed) as process:
            address = _address(process)
            if address:
                browser = Browser()
                form = browser.get(address).form(having="username")
                browser.submit(form, username=person, password=person)
            return _report(process)

    @contextmanager
    def running(self, *arguments, **changed):
        """The doctor as a process of its own."""
        text = f"from beer.settings import *\nRELYANT['PROVIDERS']['keycloak'].update({changed!r})\n"
        (self._folder / "examined.py").write_text(text)
        command = [sys.executable, BEER, "relyant_doctor", "--json", "--base-url", self._website.base_url]
        settings = ["--pythonpath", str(self._folder), "--settings", "examined"]
        process = subprocess.Popen(
            [*command, *settings, *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
            process.stderr.close()


def _address(process):
    """The address to open, once the doctor prints it; None where it opens no login."""
    for line in process.stderr:
        if line.startswith("http"):
            return line.strip()
    return None


def _report(process):
    stdout, _ = process.communicate(timeout=SECONDS)
    report = json.loads(stdout)
    report["ids"] = [finding["id"] for finding in report["findings"]]
    report["exit"] = process.returncode
    return report


@pytest.fixture
def doctor(website, realm, tmp_path):
    return Doctor(website, realm, tmp_path)


@pytest.fixture
def port(other_addresses, website):
    """A loopback port whose redirect URI is registered for one test, as the doctor prints it."""
    free = keycloak_server.free_port()
    uri = f"http://127.0.0.1:{free}/relyant-doctor/callback/"
    other_addresses(redirect_uris=[website.redirect_uri, uri])
    return free


@pytest.fixture
def verified(knobs):
    """Adam's e-mail address is verified."""
    knobs.verify_email("adam")


def only(report, expected):
    assert report["ids"] == [f"doctor.{expected}"], report["findings"]
    return report["findings"][0]


# TK-04
def test_a_client_that_must_sign_with_its_secret_is_healthy(doctor, knobs, port, verified):
    """`client_secret_jwt`, which Keycloak calls "Signed JWT with client secret"."""
    secret = "a secret that is long enough to sign with it"
    knobs.turn(
        {"token.endpoint.auth.signing.alg": "HS256"},
        clientAuthenticatorType="client-secret-jwt",
        secret=secret,
    )
    report = doctor.examine_login(port=port, CLIENT_AUTH="client_secret_jwt", CLIENT_SECRET=secret)
    assert (report["ids"], report["exit"]) == ([], 0)
    (provider,) = report["providers"]
    assert provider["facts"]["metadata"]["client_authentication"] == "client_secret_jwt"
    # The secret as it is, in a header, is not taken any more.
    sent = doctor.examine_login(port=port, CLIENT_AUTH="client_secret_basic", CLIENT_SECRET=secret)
    assert (sent["ids"], sent["exit"]) == (["doctor.client_secret_refused"], 1)


def test_a_fresh_realm_is_healthy(doctor):
    report = doctor.examine()
    assert (report["ids"], report["exit"]) == ([], 0)
    (provider,) = report["providers"]
    assert provider["facts"]["keys"]["skipped"], (
        "Keycloak's key for encryption is left aside without a finding"
    )


def test_a_login_on_a_fresh_realm_is_healthy(doctor, port, verified):
    report = doctor.examine_login(port=port)
    assert (report["ids"], report["exit"]) == ([], 0)
    login = report["providers"][0]["login"]
    assert login["decision"]["superuser"] is True
    assert "realm_access" in login["claim_names"]["access_token"]
    assert "adam@brewery.example" not in json.dumps(report)


def test_the_address_of_a_person_is_not_verified(doctor, port):
    report = doctor.examine_login(port=port, person="carol")
    assert only(report, "email_unverified")["severity"] == "note"


def test_a_wrong_secret(doctor):
    finding = only(doctor.examine(CLIENT_SECRET="not-the-secret"), "client_secret_refused")
    assert "not-the-secret" not in json.dumps(finding)


def test_a_client_that_is_not_there(doctor):
    only(doctor.examine(CLIENT_ID="beers"), "client_unknown")


def test_a_realm_that_is_not_there(doctor, realm):
    only(doctor.examine(ISSUER=realm.issuer.replace("brewery", "winery")), "issuer_not_found")


def test_an_unregistered_redirect_uri(doctor, website, other_addresses):
    other_addresses(redirect_uris=["https://elsewhere.example/oidc/callback/keycloak/"])
    assert website.redirect_uri in only(doctor.examine(), "redirect_uri_refused")["detail"]


def test_an_unregistered_address_of_the_examination(doctor):
    """The doctor doesn't wait for a callback that can't come."""
    free = keycloak_server.free_port()
    finding = only(doctor.examine_login(port=free), "redirect_uri_refused")
    assert f"http://127.0.0.1:{free}/" in finding["detail"]


def test_an_unregistered_post_logout_redirect_uri(doctor, website, other_addresses):
    other_addresses(post_logout_redirect_uris=["https://elsewhere.example/"])
    finding = only(doctor.examine(), "post_logout_redirect_uri_refused")
    assert website.post_logout_redirect_uri in finding["detail"]


def test_a_client_without_the_standard_flow(doctor, knobs):
    knobs.turn(standardFlowEnabled=False)
    only(doctor.examine(), "code_flow_not_allowed")


def test_a_client_with_another_pkce_method(doctor, knobs):
    knobs.turn(attributes={"pkce.code.challenge.method": "plain"})
    only(doctor.examine(), "pkce_refused")


def test_a_scope_that_is_not_there(doctor):
    only(doctor.examine(SCOPES=["openid", "hops"]), "scope_refused")


def test_signed_userinfo_is_healthy(doctor, port, knobs, verified):
    knobs.turn(attributes={"user.info.response.signature.alg": "RS256"})
    report = doctor.examine_login(port=port)
    assert report["ids"] == []
    assert "preferred_username" in report["providers"][0]["login"]["claim_names"]["userinfo"]


def test_an_id_token_signed_with_the_shared_secret(doctor, port, knobs):
    knobs.turn(attributes={"id.token.signed.response.alg": "HS256"})
    only(doctor.examine_login(port=port), "id_token_algorithm")


def test_lightweight_access_tokens(doctor, port, verified, knobs):
    knobs.turn(attributes={"client.use.lightweight.access.token.enabled": "true"})
    only(doctor.examine_login(port=port), "access_token_lightweight")


def test_the_roles_scope_taken_away(doctor, port, verified, knobs):
    knobs.take_scope("roles")
    only(doctor.examine_login(port=port), "roles_missing")


def test_the_basic_scope_taken_away(doctor, port, verified, knobs):
    knobs.take_scope("basic")
    only(doctor.examine_login(port=port), "access_token_without_subject")


def test_somebody_without_roles_of_ours(doctor, port, verified, set_roles):
    """Keycloak's default roles came: no claim is missing, she simply has no role that counts here."""
    set_roles("adam", [])
    report = doctor.examine_login(port=port)
    assert report["ids"] == []
    assert report["providers"][0]["login"]["decision"]["staff"] is False


# Parts of the paths that are no words of Keycloak's console: names that a realm has, and values to choose.
NAMES = {
    *(
        "your client",
        "your client-dedicated",
        "browser",
        "the person",
        "roles",
        "realm roles",
        "browser",
        "rsa-generated",
        "the realm",
    ),
}


def test_the_knobs_are_those_of_keycloaks_console(able_to_run_keycloak):
    """Every page, tab and knob that the catalogue names is in the messages of the console."""
    console = set(_messages().values())
    steps = {step for doc in CATALOGUE.values() for step in _steps(doc.keycloak)}
    assert len(steps) > 30
    assert sorted(steps - console - NAMES) == []


def _steps(text):
    """The parts of the paths in a text: what stands on either side of an arrow, without the value to choose."""
    for clause in text.replace(". ", "; ").split("; "):
        parts = clause.split(" → ")
        if len(parts) > 1:
            yield parts[0].split(": ")[-1].removeprefix("then ")
            yield from (part.split(": ")[0].split(", ")[0] for part in parts[1:])


def _messages():
    folder = keycloak_server._fetch(lambda _line: None) / "lib" / "lib" / "main"
    (archive,) = folder.glob("org.keycloak.keycloak-admin-ui-*.jar")
    with zipfile.ZipFile(archive) as opened:
        text = opened.read("theme/keycloak.v2/admin/messages/messages_en.properties").decode()
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))


def test_an_authorization_request_of_the_doctor_is_one_of_the_site(doctor, port, realm):
    """It is the very login that the site would begin, but for the address that it comes back to."""
    with doctor.running("--login", "--no-browser", "--port", str(port), "--timeout", "1") as process:
        address = urlsplit(_address(process))
        report = _report(process)
    asked = parse_qs(address.query)
    assert address.geturl().startswith(realm.issuer)
    # What it asks for, the address among it, is pushed.
    assert set(asked) == {"client_id", "request_uri"}
    only(report, "no_callback")
