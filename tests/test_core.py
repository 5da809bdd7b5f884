"""The compiled core as Python sees it: classes, errors, what `repr` shows, threads and forks."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import json
import os
import pickle
import shutil
import socket
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from relyant import _core
from relyant.testing import DevelopmentProvider

REDIRECT_URI = "http://localhost/oidc/callback/keycloak/"


def relying_party(issuer, **changes):
    options = {
        "issuer": issuer,
        "client_id": "beer",
        "client_secret": "beer-secret",
        "client_auth": None,
        "private_key": None,
        "decrypt_with_secret": False,
        "id_token_algorithms": [],
        "require_encrypted_id_token": False,
        "require_signed_userinfo": False,
        "authorization": _core.AuthorizationOptions(),
        "scopes": ["profile", "email"],
        "preset": "keycloak",
        "timeout": 5.0,
        "ca_file": None,
        "internal_base_url": None,
        "allow_insecure_http_hosts": [],
        "claims_providers": [],
        "needed_claims": [],
    }
    return _core.RelyingParty(**options | changes)


class Metadata(BaseHTTPRequestHandler):
    """Answers everything with provider metadata, from a thread of this very process."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        base = f"http://{self.headers['Host']}"
        names = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
        document = {name: base if name == "issuer" else f"{base}/{name}" for name in names}
        document |= {"response_types_supported": ["code"], "code_challenge_methods_supported": ["S256"]}
        document |= {
            "id_token_signing_alg_values_supported": ["RS256"],
            "subject_types_supported": ["public"],
        }
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serving(handler):
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def development_provider():
    with DevelopmentProvider() as provider:
        yield provider


@pytest.mark.parametrize("client_auth", ["client_secret_basic", "client_secret_post"])
@pytest.mark.parametrize("secret", ["p%+ ", "a:b", "ü&=/", "%25", '"\\'])
def test_tk_05_an_odd_id_and_secret_arrive_as_they_are(secret, client_auth):
    """TK-05: both are form-encoded before base64, and a provider decodes them twice."""
    with DevelopmentProvider(client_id="a:b %+", client_secret=secret) as provider:
        party = relying_party(
            provider.issuer, client_id="a:b %+", client_secret=secret, client_auth=client_auth
        )
        login = party.begin_login(REDIRECT_URI)
        query = urlsplit(provider.callback(login.url, "carol")).query
        assert party.complete_login(query, login.transaction, REDIRECT_URI).subject


@pytest.fixture(scope="module")
def carol(development_provider):
    """The identity of a whole login at the development provider."""
    party = relying_party(development_provider.issuer)
    login = party.begin_login(REDIRECT_URI)
    query = urlsplit(development_provider.callback(login.url, "carol")).query
    assert _core.callback_state(query) == login.state
    return party.complete_login(query, login.transaction, REDIRECT_URI)


def refusal(call, *arguments, **keywords):
    with pytest.raises(_core.RelyantError) as caught:
        call(*arguments, **keywords)
    return caught.value


def test_tk_11_no_call_takes_a_password():
    """TK-11: the core signs nobody in by her password. Stubtest holds the stub to the core."""
    stub = ast.parse(Path(_core.__file__).with_name("_core.pyi").read_text())
    named = {node.name for node in ast.walk(stub) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    named |= {node.arg for node in ast.walk(stub) if isinstance(node, ast.arg)}
    assert {"complete_login", "redirect_uri", "client_secret"} <= named
    assert not [name for name in named if "password" in name.lower() or "username" in name.lower()]


def test_an_error_says_who_must_act_and_which_check_failed():
    error = refusal(_core.callback_state, "code=1")
    assert (error.kind, error.code, error.retry_after) == ("transaction", "transaction.state_missing", None)
    assert str(error) == "the callback has no `state`"
    assert isinstance(error, Exception)
    assert not isinstance(error, ValueError)


def test_half_a_surrogate_pair_is_refused_as_anything_else():
    assert refusal(_core.callback_state, "code=1&stat=\ud800").code == "transaction.state_missing"


def test_an_error_made_in_python_has_the_attributes_too():
    error = _core.RelyantError("made by a test")
    assert (error.kind, error.code, error.retry_after) == ("misuse", "misuse", None)
    assert _core.PolicyError("made by a test").problems == []


def test_the_catalogue_explains_every_code_in_a_sentence():
    catalogue = dict(_core.error_catalogue())
    assert {
        "transaction.state_missing",
        "invalid_token.nonce_mismatch",
        "unavailable.timeout",
    } <= catalogue.keys()
    assert all(meaning.endswith(".") for meaning in catalogue.values())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"issuer": "http://sso.example.com"}, "configuration.issuer_not_https"),
        ({"issuer": "sso.example.com"}, "configuration.issuer_invalid"),
        ({"client_id": ""}, "configuration.client_id_invalid"),
        ({"client_secret": ""}, "configuration.client_secret_empty"),
        ({"client_secret": None, "client_auth": "client_secret_post"}, "configuration.client_secret_missing"),
        ({"client_auth": "client_secret"}, "configuration.client_auth_unknown"),
        ({"client_auth": "private_key_jwt"}, "configuration.client_key_missing"),
        ({"client_auth": "none"}, "configuration.client_credentials_unused"),
        ({"scopes": ["a b"]}, "configuration.scope_invalid"),
        ({"ca_file": "/nowhere/ca.pem"}, "configuration.ca_file"),
        ({"ca_file": __file__}, "configuration.ca_file"),
        ({"internal_base_url": "keycloak:8080/x"}, "configuration.internal_base_url_invalid"),
        ({"internal_base_url": "http://keycloak:8080"}, "configuration.destination_forbidden"),
    ],
)
def test_a_wrong_registration_is_found_when_it_is_made(changes, code):
    error = refusal(relying_party, **{"issuer": "https://sso.example.com"} | changes)
    assert (error.kind, error.code) == ("configuration", code)


@pytest.mark.parametrize(
    ("timeout", "got"),
    [
        (0.0, "0"),
        (-1.0, "-1"),
        (60.5, "60.5"),
        (5000.0, "5000"),
        (float("nan"), "NaN"),
        (float("inf"), "inf"),
    ],
)
def test_a_timeout_out_of_range_is_refused(timeout, got):
    error = refusal(relying_party, "https://sso.example.com", timeout=timeout)
    assert (error.kind, error.code) == ("configuration", "configuration.timeout_invalid")
    assert str(error) == f"the timeout must be more than 0 and at most 60 seconds, got `{got}`"


@pytest.mark.parametrize("max_age", [-1, 2**32])
def test_a_max_age_out_of_range_is_refused_wherever_it_is_given(max_age):
    party = relying_party("http://127.0.0.1:1")
    for give in (
        lambda: _core.AuthorizationOptions(max_age=max_age),
        lambda: party.begin_login(REDIRECT_URI, max_age=max_age),
    ):
        with pytest.raises(_core.RelyantError) as caught:
            give()
        assert caught.value.code == "configuration.authorization_option_invalid"
        assert f"max_age can't have `{max_age}`" in str(caught.value)


# RFC 9470 §3
def test_a_challenge_says_what_would_do_and_refuses_what_no_header_takes():
    made = _core.insufficient_user_authentication
    assert made(max_age=None, acr_values=['a"b', "gold"]).endswith(r'acr_values="a\"b gold"')
    assert made(max_age=0, acr_values=[]).endswith('max_age="0"')
    for max_age, acr_values in ((-1, []), (2**40, []), (None, ["two words"]), (None, ["a\r\nb"])):
        with pytest.raises(_core.RelyantError) as raised:
            made(max_age=max_age, acr_values=acr_values)
        assert raised.value.kind == "configuration"


def test_an_unknown_preset_names_the_nearest():
    with pytest.raises(ValueError, match="did you mean `keycloak`"):
        relying_party("https://sso.example.com", preset="keycloack")


def test_a_relying_party_shows_no_secret():
    assert (
        repr(relying_party("https://sso.example.com")) == '<RelyingParty "beer" at "https://sso.example.com">'
    )


def test_the_network_leaves_the_gil_to_others():
    # The server is a Python thread of this process: it could not answer a caller that keeps the GIL.
    with serving(Metadata) as issuer:
        login = relying_party(issuer).begin_login(REDIRECT_URI)
    assert login.url.startswith(f"{issuer}/authorization_endpoint?")


def test_a_login_request_has_all_that_the_callback_needs():
    with serving(Metadata) as issuer:
        party = relying_party(issuer)
        login, other = party.begin_login(REDIRECT_URI), party.begin_login(REDIRECT_URI)
    parameters = parse_qs(urlsplit(login.url).query)
    assert parameters["state"] == [login.state]
    assert parameters["scope"] == ["openid profile email"]
    assert parameters["redirect_uri"] == [REDIRECT_URI]
    assert parameters["code_challenge_method"] == ["S256"]
    assert len(login.transaction) == 41
    assert login.state != other.state
    assert repr(login) == "<LoginRequest>"


def test_threads_share_a_relying_party_and_its_cache():
    asked = []

    class Counting(Metadata):
        def do_GET(self):
            asked.append(self.path)
            super().do_GET()

    with serving(Counting) as issuer, ThreadPoolExecutor(20) as pool:
        party = relying_party(issuer)
        logins = list(pool.map(party.begin_login, [REDIRECT_URI] * 200))
    assert len({login.state for login in logins}) == 200
    assert asked == ["/.well-known/openid-configuration"]


def test_ft_01_a_provider_that_hangs_costs_the_timeout():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        party = relying_party(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2)
        error = refusal(party.begin_login, REDIRECT_URI)
    assert (error.kind, error.code) == ("unavailable", "unavailable.timeout")


def test_ft_04_retry_after_is_told():
    class Busy(Metadata):
        def do_GET(self):
            self.send_response(503)
            self.send_header("Retry-After", "17")
            self.send_header("Content-Length", "0")
            self.end_headers()

    with serving(Busy) as issuer:
        error = refusal(relying_party(issuer).begin_login, REDIRECT_URI)
    assert (error.code, error.retry_after) == ("unavailable.http_status", 17)


def test_a_callback_of_another_login_is_refused():
    with serving(Metadata) as issuer:
        party = relying_party(issuer)
        login, other = party.begin_login(REDIRECT_URI), party.begin_login(REDIRECT_URI)
        query = f"code=1&state={other.state}"
        mixed = refusal(party.complete_login, query, login.transaction, REDIRECT_URI)
        cut = refusal(party.complete_login, query, other.transaction[:-1], REDIRECT_URI)
    assert (mixed.code, cut.code) == ("transaction.state_mismatch", "transaction.unreadable")


def test_a_provider_without_end_session_endpoint_has_no_url():
    with serving(Metadata) as issuer:
        party = relying_party(issuer)
        assert (
            party.end_session_request(
                id_token_hint=None, logout_hint=None, post_logout_redirect_uri=None, state=None
            )
            is None
        )


def test_the_end_session_request_has_what_it_is_given(development_provider, carol):
    party = relying_party(development_provider.issuer)
    there = "http://localhost/oidc/logged-out/"
    told = {"logout_hint": "a-sid", "post_logout_redirect_uri": there, "state": "abc"}
    request = party.end_session_request(id_token_hint=carol.id_token, **told)
    parameters = {name: value for name, [value] in parse_qs(urlsplit(request.url).query).items()}
    expected = {"client_id": "beer", "post_logout_redirect_uri": there, "state": "abc"}
    assert parameters == {**expected, "id_token_hint": carol.id_token}
    assert request.fields is None and repr(request) == "<EndSessionRequest>"
    request = party.end_session_request(id_token_hint=None, **told)
    parameters = {name: value for name, [value] in parse_qs(urlsplit(request.url).query).items()}
    assert parameters == {**expected, "logout_hint": "a-sid"}


def test_an_address_that_grows_too_long_becomes_a_form(development_provider):
    party = relying_party(development_provider.issuer)
    request = party.end_session_request(
        id_token_hint="a" * 2000, logout_hint=None, post_logout_redirect_uri=None, state=None
    )
    assert request.fields == [("client_id", "beer"), ("id_token_hint", "a" * 2000)]
    assert "?" not in request.url and "a" * 9 not in repr(request)


# LO-09
def test_a_front_channel_logout_names_its_issuer_and_a_session(development_provider):
    """LO-09: one without either, or of another issuer, is none."""
    issuer = development_provider.issuer
    party = relying_party(issuer)
    valid = party.validate_front_channel_logout(f"iss={quote(issuer, safe='')}&sid=a%20b&tab=1")
    assert (valid.issuer, valid.sid) == (issuer, "a b")
    assert "a b" not in repr(valid)
    for query, code in (
        ("sid=a", "parameter_missing"),
        (f"iss={issuer}", "parameter_missing"),
        (f"iss={issuer}/&sid=a", "issuer_mismatch"),
        (f"iss={issuer}&sid=a&sid=b", "parameter_repeated"),
        (f"iss={issuer}&sid=\ud800", "sid_invalid"),
    ):
        refused = refusal(party.validate_front_channel_logout, query)
        assert (refused.kind, refused.code) == ("transaction", f"transaction.front_channel_logout_{code}")
    assert party.framing_origins() == [issuer.removesuffix("/realms/brewery")]


class RefusingProxy(Metadata):
    asked: list[str] = []

    def do_CONNECT(self):
        self.asked.append(self.path)
        self.send_response(403)
        self.send_header("Content-Length", "0")
        self.end_headers()


def test_the_proxy_of_the_environment_is_used_for_https(monkeypatch):
    RefusingProxy.asked = []
    with serving(RefusingProxy) as proxy:
        monkeypatch.setenv("https_proxy", proxy)
        error = refusal(relying_party("https://sso.invalid").begin_login, REDIRECT_URI)
    assert (error.code, RefusingProxy.asked) == ("unavailable.proxy_refused", ["sso.invalid:443"])
    assert "proxy" in str(error)


def test_loopback_and_no_proxy_go_past_it(monkeypatch):
    RefusingProxy.asked = []
    with serving(RefusingProxy) as proxy, serving(Metadata) as issuer:
        for name in ("https_proxy", "http_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy)
        monkeypatch.setenv("no_proxy", ".invalid")
        relying_party(issuer).begin_login(REDIRECT_URI)
        party = relying_party("https://sso.invalid", timeout=2.0)
        assert refusal(party.begin_login, REDIRECT_URI).kind == "unavailable"
    assert RefusingProxy.asked == []


def test_a_proxy_that_can_not_be_used_is_named_without_its_password(monkeypatch):
    monkeypatch.setenv("https_proxy", "socks5://somebody:password@proxy.invalid:1080")
    error = refusal(relying_party("https://sso.invalid").begin_login, REDIRECT_URI)
    assert (error.kind, error.code) == ("configuration", "configuration.proxy_invalid")
    assert "https_proxy" in str(error)
    assert "password" not in str(error)


def test_an_identity_has_its_claims_by_source(carol, development_provider):
    assert carol.issuer == development_provider.issuer
    id_token = carol.claims("id_token")
    assert id_token["sub"] == carol.subject
    assert id_token["exp"] == carol.id_token_expires_at
    assert id_token["sid"] == carol.sid
    assert id_token["auth_time"] == carol.auth_time
    assert carol.claims("access_token")["realm_access"]["roles"] == ["customers"]
    assert carol.claims("userinfo")["preferred_username"] == "carol"
    assert carol.claims("refresh_token") is None
    assert carol.access_token_expires_at > id_token["iat"]


def test_claims_are_a_new_dict_each_time(carol):
    carol.claims("id_token").clear()
    assert carol.claims("id_token")


def test_an_identity_is_frozen_and_shows_issuer_and_subject_alone(carol, development_provider):
    assert repr(carol) == f'<VerifiedIdentity "{carol.subject}" of "{development_provider.issuer}">'
    with pytest.raises(AttributeError):
        carol.subject = "adam"
    with pytest.raises(TypeError):
        _core.VerifiedIdentity()
    with pytest.raises(TypeError):
        pickle.dumps(carol)
    with pytest.raises(TypeError):
        type("Forged", (_core.VerifiedIdentity,), {})


def test_a_policy_decides_about_an_identity(carol):
    policy = _core.Policy(
        '{"STAFF": ["customers"], "SUPERUSER": ["admins"]}', preset="keycloak", client_id="beer"
    )
    decision = policy.evaluate(carol)
    assert (decision.allowed, decision.staff, decision.superuser) == (True, True, False)
    assert decision.user["username"] == "carol"


def test_a_policy_knows_the_scopes_and_the_acr_of_the_login(carol):
    assert carol.acr == "1"
    for rule, granted in [
        ({"scope": "openid"}, True),
        ({"scope": "beers"}, False),
        ({"not": {"scope": "beers"}}, True),
        ({"acr": "1"}, True),
        ({"acr": ["silver", "bronze"]}, False),
        ({"not": {"acr": "silver"}}, True),
    ]:
        policy = _core.Policy(json.dumps({"STAFF": rule}), preset="keycloak", client_id="beer")
        assert policy.evaluate(carol).staff is granted, rule


def decide(policy, *roles, **claims):
    sources = [["id_token", claims], ["access_token", {"realm_access": {"roles": list(roles)}}]]
    made = _core.Policy(json.dumps(policy), preset="keycloak", client_id="beer")
    return made.evaluate_claims(json.dumps(sources))


def test_a_decision_with_named_groups():
    decision = decide(
        {"GROUPS": {"creators": ["creators"], "customers": ["creators", "customers"]}}, "creators"
    )
    assert decision.groups_mode == "named"
    assert decision.granted_groups == ["creators", "customers"]
    assert decision.managed_groups == ["creators", "customers"]
    assert decision.candidate_groups == []
    assert (decision.staff, decision.superuser) == (None, None)
    assert (decision.refusal_code, decision.refusal_message) == (None, None)


def test_a_decision_with_groups_of_the_same_name():
    decision = decide({"GROUPS": "same-name"}, "creators")
    assert (decision.groups_mode, decision.candidate_groups) == ("same-name", ["creators"])
    assert (decision.granted_groups, decision.managed_groups) == ([], [])


def test_a_decision_without_groups():
    assert decide({"STAFF": ["admins"]}).groups_mode == "unmanaged"


def test_a_reason_names_the_role_that_granted_it_and_where_it_was():
    [staff] = decide({"STAFF": ["customers", "creators"]}, "creators").reasons
    assert (staff.effect, staff.granted, staff.needs) == ("staff", True, ["customers", "creators"])
    assert (staff.because.role, staff.because.path, staff.because.source) == (
        "creators",
        "realm_access.roles",
        "access_token",
    )
    assert repr(staff) == "<Reason staff granted>"
    assert {staff.because} == {staff.because}
    [superuser] = decide({"SUPERUSER": ["admins"]}, "creators").reasons
    assert (superuser.granted, superuser.because) == (False, None)


def test_a_refused_decision_has_a_code_and_a_message():
    decision = decide({"ALLOW": ["customers"]}, "creators")
    assert (decision.allowed, decision.refusal_code) == (False, "decision.not_allowed")
    assert "`customers`" in decision.refusal_message
    assert repr(decision) == "<Decision decision.not_allowed>"


def test_the_values_of_user_fields_keep_their_types():
    policy = {"USER": {"email": "email", "verified": "email_verified", "age": "age", "score": "score"}}
    claims = {"email": "ü@brewery.example", "email_verified": True, "age": 2**63, "score": 1.5}
    assert decide(policy, **claims).user == {
        "email": "ü@brewery.example",
        "verified": True,
        "age": 2**63,
        "score": 1.5,
    }


def test_a_claim_of_a_wrong_type_warns():
    made = _core.Policy('{"STAFF": ["admins"]}', preset="keycloak", client_id="beer")
    decision = made.evaluate_claims('[["access_token", {"realm_access": {"roles": "admins"}}]]')
    assert decision.staff is False
    assert decision.warnings == [
        "`realm_access.roles` of the access token grants nothing: expected a list of strings, got a string"
    ]


def test_a_document_with_faults_names_them_all():
    with pytest.raises(_core.PolicyError) as caught:
        _core.Policy('{"STAF": [], "SUPERUSER": [1]}', preset="keycloak", client_id="beer")
    assert isinstance(caught.value, ValueError)
    assert {path for path, _, _ in caught.value.problems} == {"STAF", "SUPERUSER[0]"}
    assert ("STAF", "unknown key `STAF`", "did you mean `STAFF`?") in caught.value.problems


@pytest.mark.parametrize("document", ["", "{", '{"STAFF": NaN}'])
def test_a_document_that_is_no_json_is_refused(document):
    with pytest.raises(ValueError, match="document is not the expected JSON"):
        _core.Policy(document, preset="keycloak", client_id="beer")


@pytest.mark.parametrize("sources", ["", "{}", '[["id_token"]]', '[["id_token", []]]', "[1]"])
def test_claims_that_are_no_list_of_sources_are_refused(sources):
    with pytest.raises(ValueError, match="sources is not the expected JSON"):
        _core.Policy("{}", preset="keycloak", client_id="beer").evaluate_claims(sources)


def test_presets_have_names_and_user_fields():
    assert {"generic", "keycloak"} <= set(_core.preset_names())
    assert _core.preset_user_fields("keycloak")["username"] == "preferred_username"
    assert (_core.preset_title("keycloak"), _core.preset_title("generic")) == ("Keycloak", None)
    with pytest.raises(ValueError, match="unknown preset `nothing`"):
        _core.preset_user_fields("nothing")
    assert (_core.preset_scopes("keycloak"), _core.preset_scopes("dex")[-1]) == ([], "groups")
    assert _core.preset_roles("adfs")[0] == ("group", "list_or_string")
    for ask in (_core.preset_title, _core.preset_scopes, _core.preset_roles):
        with pytest.raises(ValueError, match="unknown preset `nothing`"):
            ask("nothing")


def test_a_sealer_opens_what_it_sealed_for_the_same_place():
    sealer = _core.Sealer([b"secret"], "transaction")
    sealed = sealer.seal(b"\x00 a hoppy one", b"here")
    assert sealer.open(sealed, b"here") == b"\x00 a hoppy one"
    assert sealer.open(sealed, b"there") is None
    assert sealer.open(sealed + "A", b"here") is None
    assert sealer.open("ü", b"here") is None
    assert _core.Sealer([b"secret"], "session").open(sealed, b"here") is None
    assert sealed != sealer.seal(b"\x00 a hoppy one", b"here")


def test_an_old_secret_still_opens():
    sealed = _core.Sealer([b"old"], "transaction").seal(b"ale", b"")
    assert _core.Sealer([b"new", b"old"], "transaction").open(sealed, b"") == b"ale"
    assert _core.Sealer([b"new"], "transaction").open(sealed, b"") is None


def test_secrets_must_be_there():
    for secrets in ([], [b""], [b"secret", b""]):
        with pytest.raises(ValueError, match="secret"):
            _core.Sealer(secrets, "transaction")
    with pytest.raises(TypeError):
        _core.Sealer(["text"], "transaction")


def test_a_sealer_shows_its_purpose_alone():
    assert repr(_core.Sealer([b"secret"], "transaction")) == '<Sealer "transaction">'


def test_random_tokens_differ():
    tokens = {_core.random_token() for _ in range(100)}
    assert len(tokens) == 100
    assert {len(token) for token in tokens} == {43}


# The machine's clocks, ahead by what a variable of the environment says: what is kept grows old at once.
CLOCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(clock, now);
    const char *ahead = getenv("CLOCK_AHEAD");
    if (!failed && ahead) now->tv_sec += atol(ahead);
    return failed;
}
"""

RENEWAL = """
import logging, os, sys
sys.path[:0] = {path!r}
from tests.test_core import Metadata, REDIRECT_URI, relying_party, serving

class Once(Metadata):
    asked = 0

    def do_GET(self):
        Once.asked += 1
        if Once.asked == 1:
            return super().do_GET()
        self.send_response(503)
        self.send_header("Retry-After", "1")
        self.send_header("Content-Length", "0")
        self.end_headers()

records, unraisable = [], []
sys.unraisablehook = unraisable.append

def note(record):
    records.append(record)
    if "raise" in sys.argv:
        raise RuntimeError("the log is full")
    return False

logging.getLogger("relyant").addFilter(note)
with serving(Once) as issuer:
    party = relying_party(issuer)
    party.begin_login(REDIRECT_URI)
    os.environ["CLOCK_AHEAD"] = "4000"
    party.begin_login(REDIRECT_URI)
[record] = records
print(record.levelname, record.args[1], [type(caught.exc_value).__name__ for caught in unraisable])
print(record.getMessage())
"""


@pytest.fixture(scope="module")
def fast_clock(tmp_path_factory):
    """A library to load before all others, with which CLOCK_AHEAD turns the clocks of a process."""
    if sys.platform != "linux" or not shutil.which("cc"):
        pytest.skip("needs Linux and a C compiler")
    folder = tmp_path_factory.mktemp("clock")
    source, library = folder / "clock.c", folder / "clock.so"
    source.write_text(CLOCK)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True, timeout=60)
    return library


@pytest.mark.parametrize(("arguments", "raised"), [([], "[]"), (["raise"], "['RuntimeError']")])
def test_a_bridged_renewal_is_logged_and_costs_no_login(fast_clock, arguments, raised):
    """FT-06: neither the renewal that fails nor a log that raises."""
    command = [sys.executable, "-c", RENEWAL.format(path=sys.path), *arguments]
    environment = os.environ | {"LD_PRELOAD": str(fast_clock)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    first, message = done.stdout.splitlines()
    assert first == f"WARNING unavailable.http_status {raised}"
    assert message.startswith("metadata or keys could not be renewed, the old ones serve on: ")


FORK = """
import json, os, signal, sys, threading
sys.path[:0] = {path!r}
from http.server import ThreadingHTTPServer
from tests.test_core import Metadata, REDIRECT_URI, relying_party

signal.alarm(30)
asked, held, arrived = [], threading.Event(), threading.Event()

class Gate(Metadata):
    def do_GET(self):
        asked.append(self.client_address)
        arrived.set()
        if "hold" in sys.argv and len(asked) == 1:
            held.wait(20)
        super().do_GET()

server = ThreadingHTTPServer(("127.0.0.1", 0), Gate)
threading.Thread(target=server.serve_forever, daemon=True).start()
party = relying_party(f"http://127.0.0.1:{{server.server_port}}", timeout=10.0)

def child():
    signal.alarm(15)
    first = party.begin_login(REDIRECT_URI)
    assert first.state != party.begin_login(REDIRECT_URI).state
    return first.state

def fork():
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        os.write(writer, child().encode())
        # As a worker ends: the interpreter takes everything down, the parent's values too.
        sys.exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        state = answer.read()
    assert os.waitpid(pid, 0)[1] == 0
    return state
"""


def run_fork(body, *arguments):
    script = FORK.format(path=sys.path) + textwrap.dedent(body)
    command = [sys.executable, "-W", "ignore", "-c", script, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_ft_31_children_of_an_unused_relying_party_work():
    """FT-31"""
    [connections, states] = run_fork("""
        states = {fork(), fork(), party.begin_login(REDIRECT_URI).state}
        print(len(set(asked)), len(states))
    """)
    assert (connections, states) == ("3", "3")


def test_ft_31_a_child_of_a_used_relying_party_has_its_own_connection_and_randomness():
    """FT-31"""
    [requests, connections, states] = run_fork("""
        states = {party.begin_login(REDIRECT_URI).state, fork(), fork(), party.begin_login(REDIRECT_URI).state}
        print(len(asked), len(set(asked)), len(states))
    """)
    assert (requests, connections, states) == ("3", "3", "4")


def test_ft_31_a_child_does_not_wait_for_a_thread_of_its_parent():
    """FT-31"""
    [states] = run_fork(
        """
        states = []
        waiting = threading.Thread(target=lambda: states.append(party.begin_login(REDIRECT_URI).state))
        waiting.start()
        arrived.wait(10)
        # The thread holds what it holds in the middle of its request; the child has no such thread.
        states.append(fork())
        held.set()
        waiting.join()
        print(len(set(states)))
        """,
        "hold",
    )
    assert states == "2"


def test_ft_31_threads_and_an_event_loop_share_a_relying_party(development_provider):
    """FT-31: twenty threads, and as many tasks of one loop, begin a login each."""
    party = relying_party(development_provider.issuer)

    async def tasks():
        begun = [asyncio.to_thread(party.begin_login, REDIRECT_URI) for _ in range(20)]
        return [one.state for one in await asyncio.gather(*begun)]

    with ThreadPoolExecutor(20) as pool:
        threads = list(pool.map(lambda _: party.begin_login(REDIRECT_URI).state, range(20)))
    assert len({*threads, *asyncio.run(tasks())}) == 40


SUBINTERPRETER = """
import sys
import _interpreters as interpreters

code = f"import sys; sys.path[:0] = {sys.path!r}; import relyant._core"
failure = interpreters.run_string(interpreters.create(), code)
print(failure.formatted if failure else "imported")
"""


@pytest.mark.skipif(sys.version_info < (3, 13), reason="needs Python 3.13 to make a subinterpreter")
def test_ft_31_a_subinterpreter_is_refused_in_words():
    """FT-31: one core a process; in a second interpreter its import fails, and nothing else does."""
    script = f"import sys; sys.path[:0] = {sys.path!r}\n{SUBINTERPRETER}"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "does not support loading in subinterpreters" in done.stdout


# The system call answers with an error once the process says so.
NO_RANDOMNESS = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/types.h>
ssize_t getrandom(void *buffer, size_t length, unsigned int flags) {
    ssize_t (*real)(void *, size_t, unsigned int) = dlsym(RTLD_NEXT, "getrandom");
    if (getenv("NO_RANDOMNESS")) {
        errno = EIO;
        return -1;
    }
    return real(buffer, length, flags);
}
"""
WITHOUT_RANDOMNESS = """
import ctypes, sys
sys.path[:0] = {path!r}
from relyant import _core
from tests.test_core import Metadata, REDIRECT_URI, relying_party, serving

def code(call, *arguments):
    try:
        return "made " + repr(call(*arguments))
    except _core.RelyantError as error:
        return error.code

with serving(Metadata) as issuer:
    party = relying_party(issuer)
    sealer = _core.Sealer([b"k" * 32], "test")
    party.begin_login(REDIRECT_URI)
    ctypes.CDLL(None).setenv(b"NO_RANDOMNESS", b"1", 1)
    print(code(party.begin_login, REDIRECT_URI), code(_core.random_token), code(sealer.seal, b"a", b"b"))
"""


def test_op_03_without_randomness_nothing_weaker_is_made(tmp_path):
    """OP-03"""
    if sys.platform != "linux" or not shutil.which("cc"):
        pytest.skip("needs Linux and a C compiler")
    source, library = tmp_path / "randomness.c", tmp_path / "randomness.so"
    source.write_text(NO_RANDOMNESS)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True, timeout=60)
    command = [sys.executable, "-c", WITHOUT_RANDOMNESS.format(path=sys.path)]
    environment = os.environ | {"LD_PRELOAD": str(library)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["unavailable.randomness"] * 3
