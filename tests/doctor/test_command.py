"""The command itself: its exit codes, its two ways to tell, and what it never tells."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import socket
import threading
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command, execute_from_command_line

from relyant import _core
from relyant.doctor.finding import SEVERITIES
from relyant.doctor.findings import CATALOGUE, SITE
from relyant.doctor.loopback_server import CallbackServer, NotLoopbackError
from relyant.doctor.report import FINDING_MEMBERS, MEMBERS
from tests.doctor.conftest import BASE_URL, verify_email

# Findings that no diagnosis of the core stands for: they are told from the policy, or from nobody coming back.
OURS = {
    *("no_callback", "roles_missing", "roles_of_wrong_type", "role_name_near", "not_allowed"),
    "roles_withheld",
}
_loopback = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def test_every_diagnosis_has_its_words():
    assert set(CATALOGUE) - set(SITE) == {f"doctor.{name}" for name in {*_core.diagnosis_names(), *OURS}}


@pytest.mark.parametrize("identifier", CATALOGUE)
def test_the_words_are_sentences(identifier):
    doc = CATALOGUE[identifier]
    for text in (doc.title, doc.meaning, doc.mend):
        assert text.endswith((".", "?"))
        assert "  " not in text
    assert doc.severity in SEVERITIES
    assert not doc.keycloak.endswith(".")


def test_an_error_of_the_core_names_its_diagnosis():
    with pytest.raises(_core.RelyantError) as raised:
        _core.callback_state("code=c")
    assert raised.value.diagnosis == "callback_of_another_login"
    assert _core.RelyantError.diagnosis in _core.diagnosis_names()


def test_the_json_has_its_documented_shape(examine, relyant_provider):
    relyant_provider.misbehave("jwks-odd-keys")
    report = examine().report
    assert list(report) == [name for name, _ in MEMBERS]
    assert list(report["findings"][0]) == [name for name, _ in FINDING_MEMBERS]
    assert report["summary"] == {"errors": 0, "warnings": 0, "notes": 1}
    skipped = {key["kid"]: key["reason"] for key in report["providers"][0]["facts"]["keys"]["skipped"]}
    assert "post-quantum" in skipped


def test_nothing_but_json_is_on_standard_output(examine, examine_login):
    for run in (examine, examine_login):
        json.loads(run().text)


@pytest.mark.parametrize(("fail_on", "code"), [("error", 0), ("warning", 1), ("note", 1)])
def test_the_exit_code_follows_fail_on(examine, relyant_provider, fail_on, code):
    relyant_provider.misbehave("metadata-no-end-session")
    assert examine("--fail-on", fail_on).code == code


def test_an_unknown_provider_is_answered_with_the_known_ones(project):
    with pytest.raises(CommandError, match="no provider is named `okta`; PROVIDERS has: keycloak") as raised:
        call_command("relyant_doctor", "okta")
    assert raised.value.returncode == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["okta"],
        ["--base-url", "beer.example.com"],
        ["--fail-on", "panic"],
        ["--login", "--redirect-uri", "https://beer.example.com/callback/"],
    ],
)
def test_an_examination_that_can_not_be_made_ends_with_2(project, arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        execute_from_command_line(["manage.py", "relyant_doctor", *arguments])
    assert ended.value.code == 2
    assert capsys.readouterr().out == ""


def test_a_port_that_is_taken_is_said(project):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(CommandError, match="choose another --port") as raised:
            call_command("relyant_doctor", "--login", "--port", str(taken.getsockname()[1]))
    assert raised.value.returncode == 2


def test_each_provider_is_examined_unless_one_is_named(examine, configure, settings):
    provider = settings.RELYANT["PROVIDERS"]["keycloak"]
    other = {**provider, "ISSUER": f"{provider['ISSUER']}-of-another-name"}
    configure({"PROVIDERS": {"keycloak": provider, "other": other}})
    examined = examine()
    assert [(one["id"], one["provider"]) for one in examined.findings] == [
        ("doctor.issuer_not_found", "other")
    ]
    assert examine("keycloak").ids == []


def test_people_read_the_worst_first_and_what_mends_it(examine, relyant_provider, configure):
    relyant_provider.misbehave("metadata-no-end-session", "jwks-odd-keys")
    configure({"PROVIDERS.keycloak.CLIENT_SECRET": "not-the-secret"})
    text = examine(as_json=False).text
    headings = [text.index(words) for words in ("in this project", "at the provider", "Provider keycloak")]
    assert headings == sorted(headings)
    assert "error: The provider refuses the client's secret or key. [doctor.client_secret_refused]" in text
    assert "Clients → your client → Credentials" in text
    assert text.index("warning: ") < text.index("note: ")
    assert f"{BASE_URL}/oidc/callback/keycloak/" in text
    assert text.rstrip().endswith("1 error, 1 warning, 1 note")
    assert "not-the-secret" not in text


def test_what_nobody_must_mend_has_a_heading_of_its_own(examine, relyant_provider):
    relyant_provider.misbehave("jwks-odd-keys")
    text = examine(as_json=False).text
    assert text.splitlines()[0] == "Worth knowing" and "To be mended" not in text
    assert text.index("Worth knowing") < text.index("[doctor.keys_skipped]")


def test_a_healthy_project_hears_so(examine):
    assert examine(as_json=False).text.rstrip().endswith("Nothing is wrong.")


def test_colours_are_for_terminals(project, relyant_provider):
    relyant_provider.misbehave("metadata-no-end-session")
    coloured, plain = io.StringIO(), io.StringIO()
    call_command("relyant_doctor", "--force-color", stdout=coloured)
    call_command("relyant_doctor", "--no-color", stdout=plain)
    assert "\x1b[" in coloured.getvalue()
    assert "\x1b[" not in plain.getvalue()


def test_without_a_base_url_the_addresses_of_each_host_are_told(examine, configure, settings):
    configure({"BASE_URL": ...})
    examined = examine()
    assert examined.ids == ["doctor.base_url_missing"]
    (provider,) = examined.report["providers"]
    assert not provider["addresses_are_exact"]
    hosts = settings.ALLOWED_HOSTS
    assert provider["redirect_uris"] == [f"https://{host}/oidc/callback/keycloak/" for host in hosts]
    assert examine("--base-url", BASE_URL).ids == []


def test_production_is_checked_on_request(examine):
    assert examine("--deploy").ids == ["relyant.W005"]


def test_a_login_is_told_by_names_and_its_values_on_request_alone(examine_login, relyant_provider):
    verify_email(relyant_provider, "carol", phone_number="+49 30 901820")
    quiet = examine_login()
    assert "phone_number" in quiet.text
    assert "901820" not in quiet.text
    assert "carol@brewery" not in quiet.text
    login = quiet.report["providers"][0]["login"]
    assert login["decision"]["roles"] == [
        {"role": "customers", "path": "realm_access.roles", "source": "access_token"}
    ]
    assert login["role_paths"] == ["realm_access.roles", "resource_access.beer.roles"]
    assert "901820" in examine_login("--show-claims").text


# OP-01
def test_no_token_secret_or_code_is_told(examine_login, relyant_provider):
    for misbehaviours in ((), ("typ-at-jwt",), ("token-invalid-grant",), ("wrong-nonce",)):
        relyant_provider.misbehave(*misbehaviours)
        for arguments in ((), ("--show-claims",)):
            for as_json in (True, False):
                examined = examine_login(*arguments, as_json=as_json)
                told = examined.text + examined.progress
                assert "beer-secret" not in told
                assert "eyJ" not in told
                assert "code=" not in told


def test_nobody_is_signed_in_and_nothing_is_kept(examine_login):
    assert examine_login(person="adam").ids == ["doctor.email_unverified"]
    assert not User.objects.exists()
    assert not Session.objects.exists()


def test_people_read_what_the_policy_gives_and_why(examine_login):
    text = examine_login(person="chris", as_json=False).text
    assert "roles that came: creators (realm_access.roles of the access token)" in text
    assert "group:creators: yes, because role `creators` at `realm_access.roles`" in text
    assert "superuser: no, it needs one of: admins, because no role `admins`" in text
    assert "claims of the ID token: " in text


def test_a_policy_that_can_not_be_used_is_told_by_its_check_alone(examine_login, configure):
    configure({"PROVIDERS.keycloak.POLICY": {"STAF": ["admins"]}})
    examined = examine_login()
    assert examined.ids == ["relyant.E002"]
    assert "decision" not in examined.report["providers"][0]["login"]


def test_an_interrupted_examination_ends_with_2(project, monkeypatch):
    def interrupt(_url):
        raise KeyboardInterrupt

    monkeypatch.setattr("webbrowser.open", interrupt)
    with pytest.raises(CommandError, match="interrupted") as raised:
        call_command("relyant_doctor", "--login", "--port", "0")
    assert raised.value.returncode == 2


@pytest.mark.parametrize("engine", ["db", "cached_db", "file", "signed_cookies"])
def test_every_engine_of_django_keeps_sessions(examine, settings, engine, tmp_path):
    settings.SESSION_FILE_PATH = str(tmp_path)
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    assert examine().ids == (["relyant.W002"] if engine == "signed_cookies" else [])
    assert not Session.objects.exists()
    assert not list(tmp_path.iterdir())


def test_no_login_is_opened_while_something_excludes_it(examine_login, relyant_provider):
    relyant_provider.misbehave("metadata-plain-pkce-only")
    examined = examine_login()
    assert examined.ids == ["doctor.pkce_not_offered"]
    assert "No login was opened" in examined.progress
    assert relyant_provider.requests()["authorization"] == 0


def test_who_does_not_come_back_is_not_waited_for(examine):
    examined = examine("--login", "--no-browser", "--port", "0", "--timeout", "0.2")
    assert examined.ids == ["doctor.no_callback"]
    assert "http://127.0.0.1:" in examined.progress


# AR-24
@pytest.mark.parametrize("how", [(), ("--show-claims",)], ids=["names", "values"])
def test_no_name_that_a_provider_chose_commands_or_misleads_a_terminal(examine_login, relyant_provider, how):
    verify_email(relyant_provider, "carol", **{"\x1b[2J\x9b31m\u202e\n": "\x1b]0;x\x07"})
    relyant_provider.set_roles("carol", ["customers", "\u202esremotsuc"])
    for as_json in (True, False):
        text = examine_login(*how, as_json=as_json).text
        assert "customers" in text and "[2J" in text
        assert text.replace("\n", "").isprintable()


def test_the_browser_is_not_opened_where_it_is_not_wanted(examine, monkeypatch):
    monkeypatch.setattr("webbrowser.open", lambda _url: pytest.fail("a browser was opened"))
    examine("--login", "--no-browser", "--port", "0", "--timeout", "0.1")


def test_the_callback_server_answers_its_own_path_alone():
    with CallbackServer("http://localhost:0/cb") as server:
        assert server.redirect_uri.startswith("http://localhost:")
        assert server.wait(0.05) is None
        codes = []

        def visit(path):
            try:
                codes.append(_loopback.open(server.redirect_uri.replace("/cb", path), timeout=5).status)
            except urllib.error.HTTPError as error:
                codes.append(error.code)

        visitor = threading.Thread(target=lambda: [visit(p) for p in ("/favicon.ico", "/cb", "/cb?state=s")])
        visitor.start()
        assert server.wait(10) == "state=s"
        visitor.join(10)
    assert codes == [404, 404, 200]


def test_the_callback_server_takes_an_answer_by_a_form():
    with CallbackServer("http://127.0.0.1:0/cb") as server:
        codes = []

        def post(path, body):
            try:
                address = server.redirect_uri.replace("/cb", path)
                codes.append(_loopback.open(address, body, timeout=5).status)
            except urllib.error.HTTPError as error:
                codes.append(error.code)

        for path, body in [
            ("/x", b"state=s"),
            ("/cb", b""),
            ("/cb", b"x" * 20_000),
            ("/cb", b"state=s&code=c"),
        ]:
            post(path, body)
        assert server.wait(10) == "state=s&code=c"
    assert codes == [404, 404, 404, 200]


def test_the_page_at_the_callback_has_its_own_style_and_nothing_else():
    with (
        CallbackServer("http://127.0.0.1:0/cb") as server,
        _loopback.open(f"{server.redirect_uri}?state=s", timeout=5) as answer,
    ):
        page, policy = answer.read().decode(), answer.headers["Content-Security-Policy"]
    (style,) = re.findall("<style>(.*)</style>", page)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'"
    assert "light dark" in style and "terminal" in page


def test_a_connection_that_never_says_what_it_wants_holds_up_no_callback():
    with CallbackServer("http://127.0.0.1:0/cb") as server:
        address = ("127.0.0.1", urlsplit(server.redirect_uri).port)
        with socket.create_connection(address), socket.create_connection(address) as dripping:
            dripping.sendall(b"GET /cb")
            _loopback.open(f"{server.redirect_uri}?state=s", timeout=3).close()
            assert server.wait(3) == "state=s"


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "soon"])
def test_a_time_to_wait_is_more_than_nothing(project, seconds):
    with pytest.raises(CommandError, match="--timeout: must be more than 0 seconds"):
        call_command("relyant_doctor", "--login", f"--timeout={seconds}")


@pytest.mark.parametrize(
    "uri",
    [
        "https://127.0.0.1:1/cb",
        "http://beer.example.com/cb",
        "http://127.0.0.1.example.com/",
        "http://127.0.0.1:1/cb?next=x",
        "cb",
    ],
)
def test_the_callback_server_listens_on_this_machine_alone(uri):
    with pytest.raises(NotLoopbackError):
        CallbackServer(uri)


def test_progress_is_for_terminals(project, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    call_command("relyant_doctor", "--json", stdout=io.StringIO(), stderr=terminal)
    assert "asking keycloak at http" in terminal.getvalue()
