"""The core's tokens as Python sees them: kept, refreshed, revoked, of the client's own, and of a logout."""

from __future__ import annotations

import copy
import json
import pickle
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

import pytest
from django.views.debug import ExceptionReporter

from relyant import _core
from relyant.testing import DevelopmentProvider
from tests.test_core import REDIRECT_URI, refusal, relying_party, serving

# Each way in which the development provider's logout token may be none, and why it is refused.
WRONG_LOGOUT_TOKENS = [
    ("logout-token-unsigned", "algorithm_not_allowed"),
    ("logout-token-wrong-issuer", "issuer_mismatch"),
    ("logout-token-wrong-audience", "audience_mismatch"),
    ("logout-token-expired", "expired"),
    ("logout-token-issued-long-ago", "issued_too_long_ago"),
    ("logout-token-no-events", "events_invalid"),
    ("logout-token-nonce", "nonce_present"),
    ("logout-token-no-jti", "jti_invalid"),
    ("logout-token-nobody", "neither_subject_nor_sid"),
]


@pytest.fixture(scope="module")
def running():
    with DevelopmentProvider() as provider:
        yield provider


@pytest.fixture
def provider(running):
    running.reset()
    return running


@pytest.fixture
def party(provider):
    return relying_party(provider.issuer)


@pytest.fixture
def sealer():
    return _core.Sealer([b"a secret of the site"], "tokens")


def log_in(party, provider, person="carol"):
    login = party.begin_login(REDIRECT_URI)
    query = urlsplit(provider.callback(login.url, person)).query
    return party.complete_login(query, login.transaction, REDIRECT_URI)


def test_a_login_brings_its_tokens(party, provider):
    identity = log_in(party, provider)
    tokens = identity.tokens
    assert tokens.has_refresh_token
    assert tokens.scope == "openid profile email"
    assert tokens.access_token_expires_at == identity.access_token_expires_at
    assert tokens.expose_access_token().count(".") == 2


def test_tokens_are_kept_under_a_seal_for_one_place(party, provider, sealer):
    tokens = log_in(party, provider).tokens
    sealed = tokens.seal(sealer, b"session 1")
    opened = _core.SessionTokens.open(sealer, sealed, b"session 1")
    assert opened.expose_access_token() == tokens.expose_access_token()
    assert (opened.scope, opened.has_refresh_token) == (tokens.scope, True)
    assert opened.access_token_expires_at == tokens.access_token_expires_at
    assert party.refresh(opened).tokens.has_refresh_token
    assert _core.SessionTokens.open(sealer, sealed, b"session 2") is None
    other = _core.Sealer([b"another secret"], "tokens")
    assert _core.SessionTokens.open(other, sealed, b"session 1") is None
    assert _core.SessionTokens.open(sealer, sealer.seal(b"{}", b"session 1"), b"session 1") is None
    assert tokens.expose_access_token() not in sealed


# SE-05
# TK-08
def test_no_report_shows_a_token(party, provider):
    """SE-05: a debug page and an error report have local variables in them; TK-08: and no token."""
    identity = log_in(party, provider)
    tokens, refreshed = identity.tokens, party.refresh(identity.tokens)
    client_token = party.client_credentials(scopes=[], resources=[])
    secrets = [one.expose_access_token() for one in (tokens, refreshed.tokens)] + [client_token.expose()]
    # What is left is what a caller has that holds them and exposes none.
    kept = {"tokens": tokens, "refreshed": refreshed, "client_token": client_token, "identity": identity}

    def fail(kept):
        tokens, refreshed = kept["tokens"], kept["refreshed"]  # noqa: F841  a report shows them
        raise RuntimeError("on purpose")

    try:
        fail(kept)
    except RuntimeError:
        kind, error, trace = sys.exc_info()
        inner = trace.tb_next
        shown = ExceptionReporter(None, kind, error, inner).get_traceback_html()
        shown += "".join(traceback.TracebackException(kind, error, inner, capture_locals=True).format())
    assert "SessionTokens" in shown
    shown += repr(kept) + str(kept)
    for secret in secrets:
        assert secret not in shown
        assert secret.rpartition(".")[2] not in shown


@pytest.mark.parametrize("copied", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps])
def test_tokens_go_nowhere_by_themselves(party, provider, copied):
    tokens = log_in(party, provider).tokens
    for one in (tokens, party.refresh(tokens), party.client_credentials(scopes=[], resources=[])):
        with pytest.raises(TypeError):
            copied(one)


def test_a_refresh_brings_new_tokens_and_the_claims_of_now(party, provider):
    tokens = log_in(party, provider).tokens
    provider.set_roles("carol", ["admins"])
    refreshed = party.refresh(tokens)
    assert refreshed.tokens.expose_access_token() != tokens.expose_access_token()
    assert refreshed.tokens.access_token_expires_at >= tokens.access_token_expires_at
    identity = refreshed.identity()
    assert identity.claims("access_token")["realm_access"] == {"roles": ["admins"]}
    assert identity.claims("userinfo")["email"] == "carol@brewery.example"
    policy = _core.Policy(json.dumps({"SUPERUSER": ["admins"]}), preset="keycloak", client_id="beer")
    assert policy.evaluate(identity).superuser is True


def test_with_rotation_each_refresh_goes_on_from_the_last(party, provider):
    provider.rotate_refresh_tokens()
    first = log_in(party, provider).tokens
    second = party.refresh(first).tokens
    third = party.refresh(second).tokens
    assert refusal(party.refresh, first).code == "refused.refresh_token"
    # A refresh token that comes again ends the whole login.
    assert refusal(party.refresh, third).code == "refused.refresh_token"


# FT-07
def test_who_may_no_longer_sign_in_is_told_apart_from_a_provider_that_is_down(party, provider):
    """FT-07: only the former ends a session."""
    tokens = log_in(party, provider).tokens
    for name, code in (("error-500@token", "http_status"), ("down@token", "protocol")):
        provider.misbehave(name)
        error = refusal(party.refresh, tokens)
        assert (error.kind, error.code) == ("unavailable", f"unavailable.{code}")
    provider.misbehave()
    provider.set_disabled("carol")
    error = refusal(party.refresh, tokens)
    assert (error.kind, error.code) == ("refused", "refused.refresh_token")
    provider.set_disabled("carol", disabled=False)
    assert party.refresh(tokens).identity().subject


# TK-07
@pytest.mark.parametrize(
    ("misbehaviour", "code"),
    [
        ("refreshed-wrong-sub", "invalid_token.refreshed_subject_mismatch"),
        ("refreshed-wrong-auth-time", "invalid_token.refreshed_auth_time_mismatch"),
        ("refreshed-issued-earlier", "invalid_token.refreshed_issued_earlier"),
        ("wrong-issuer", "invalid_token.issuer_mismatch"),
        ("wrong-audience", "invalid_token.audience_mismatch"),
        ("wrong-nonce", "invalid_token.nonce_mismatch"),
        ("alg-none", "invalid_token.algorithm_not_allowed"),
        ("token-no-access-token", "misbehaved.token_response_missing"),
        ("token-html", "misbehaved.content_type"),
        ("token-invalid-client", "configuration.invalid_client"),
    ],
)
def test_a_refresh_that_does_not_hold_gives_no_tokens(party, provider, misbehaviour, code):
    """TK-07: among them each way in which an ID token is of another session."""
    tokens = log_in(party, provider).tokens
    provider.misbehave(misbehaviour)
    assert refusal(party.refresh, tokens).code == code


@pytest.mark.parametrize(
    ("misbehaviour", "code"),
    [
        ("userinfo-wrong-sub", "misbehaved.userinfo_subject_mismatch"),
        ("error-500@userinfo", "unavailable.http_status"),
        ("access-token-wrong-azp", "invalid_token.access_token_authorized_party_mismatch"),
    ],
)
def test_claims_that_can_not_be_had_cost_no_tokens(party, provider, misbehaviour, code):
    tokens = log_in(party, provider).tokens
    provider.misbehave(misbehaviour)
    refreshed = party.refresh(tokens)
    assert refreshed.tokens.expose_access_token() != tokens.expose_access_token()
    assert refusal(refreshed.identity).code == code
    provider.misbehave()
    assert party.refresh(refreshed.tokens).identity().subject


def test_without_a_new_id_token_nothing_is_said_of_the_person(party, provider):
    tokens = log_in(party, provider).tokens
    provider.misbehave("missing-id-token")
    refreshed = party.refresh(tokens)
    assert refreshed.identity() is None
    provider.misbehave()
    assert party.refresh(refreshed.tokens).identity().subject


# OP-01
def test_op_01_what_the_provider_repeats_is_in_no_message(party, provider):
    """OP-01: an error description may have all that the token endpoint was told."""
    login = party.begin_login(REDIRECT_URI)
    query = urlsplit(provider.callback(login.url, "carol")).query
    tokens = log_in(party, provider).tokens
    provider.misbehave("token-repeats-request")
    errors = [
        refusal(party.complete_login, query, login.transaction, REDIRECT_URI),
        refusal(party.refresh, tokens),
        refusal(party.client_credentials, scopes=["stock"], resources=[]),
    ]
    (code,) = parse_qs(query)["code"]
    examination = party.examine(redirect_uri=None, post_logout_redirect_uri=None)
    shown = [str(error) for error in errors] + [symptom.detail for symptom in examination.symptoms]
    assert all("***" in text for text in shown)
    assert "got grant_type=authorization_code&code=***&" in shown[0]
    assert "got grant_type=refresh_token&refresh_token=*** with Basic ***" in shown[1]
    # beer:beer-secret
    for secret in (code, "beer-secret", "YmVlcjpiZWVyLXNlY3JldA"):
        assert not [text for text in shown if secret in text]


def test_a_revoked_refresh_token_refreshes_nothing(party, provider):
    tokens = log_in(party, provider).tokens
    assert party.revoke(tokens, "access_token") is True
    assert party.refresh(tokens)
    assert party.revoke(tokens, "refresh_token") is True
    assert refusal(party.refresh, tokens).code == "refused.refresh_token"
    assert party.revoke(tokens, "refresh_token") is True
    provider.misbehave("revocation-unsupported")
    assert party.revoke(tokens, "access_token") is False
    with pytest.raises(ValueError, match='must be "access_token" or "refresh_token", got "id_token"'):
        party.revoke(tokens, "id_token")


def test_the_client_gets_tokens_of_its_own(party):
    token = party.client_credentials(scopes=["stock"], resources=["https://stock.example/api"])
    assert token.expose().count(".") == 2
    assert (token.scope, type(token.expires_at)) == ("stock", int)
    assert repr(token) == "<ClientAccessToken>"
    for arguments, code in (
        ({"scopes": ["a b"], "resources": []}, "configuration.scope_invalid"),
        ({"scopes": [], "resources": ["api"]}, "configuration.resource_invalid"),
    ):
        assert refusal(party.client_credentials, **arguments).code == code


def test_a_client_without_a_secret_has_none(provider):
    public = relying_party(provider.issuer, client_secret=None)
    error = refusal(public.client_credentials, scopes=[], resources=[])
    assert error.code == "configuration.client_credentials_of_public_client"
    assert provider.requests()["token"] == 0


# LO-04
def test_a_logout_token_says_whose_session_ended(party, provider):
    """LO-04: subject and session together with the issuer."""
    identity = log_in(party, provider)
    (session,) = provider.sign_out("carol")
    valid = party.validate_logout_token(session["logout_token"])
    assert (valid.issuer, valid.subject) == (provider.issuer, identity.subject)
    assert valid.sid == identity.sid == session["sid"]
    assert valid.expires_at - valid.issued_at == 120
    assert valid.jti
    assert repr(valid) == f'<ValidLogoutToken "{valid.jti}" of "{provider.issuer}">'
    # The caller, who keeps what came, tells the second coming by it.
    assert party.validate_logout_token(session["logout_token"]).jti == valid.jti


# LO-01
# LO-02
# LO-03
# LO-04
@pytest.mark.parametrize(("misbehaviour", "code"), WRONG_LOGOUT_TOKENS)
def test_what_is_no_logout_of_this_client_is_refused(party, provider, misbehaviour, code):
    log_in(party, provider)
    provider.misbehave(misbehaviour)
    (session,) = provider.sign_out("carol")
    error = refusal(party.validate_logout_token, session["logout_token"])
    assert (error.kind, error.code) == ("invalid_token", f"invalid_token.logout_token_{code}")


def test_an_id_token_ends_no_session(party, provider):
    identity = log_in(party, provider)
    error = refusal(party.validate_logout_token, identity.id_token)
    assert error.code.startswith("invalid_token.logout_token_")
    error = refusal(party.validate_logout_token, identity.tokens.expose_access_token())
    assert error.code == "invalid_token.logout_token_is_access_token"


# LO-07
def test_what_is_no_token_reaches_no_provider(provider):
    """LO-07: everybody may send it."""
    party = relying_party(provider.issuer)
    for text in ("", "no token", "a.b.c", "a.b.\ud800", "e30." + "A" * 20_000 + ".e30"):
        assert refusal(party.validate_logout_token, text).code == "invalid_token.logout_token_malformed"
    assert provider.requests()["metadata"] == 0


class LogoutAddress(BaseHTTPRequestHandler):
    """Takes logout tokens; the server has them in `received`."""

    received: list[str]

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.received.extend(form["logout_token"])
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def test_the_provider_sends_the_logout_token_to_the_registered_address(party, provider):
    identity = log_in(party, provider)

    class Address(LogoutAddress):
        def setup(self):
            self.server.received = received
            super().setup()

    received = []
    with serving(Address) as url:
        provider.send_logout_tokens_to(f"{url}/logout/")
        (session,) = provider.sign_out("carol")
    assert session["status"] == 200
    assert received == [session["logout_token"]]
    assert party.validate_logout_token(received[0]).sid == identity.sid


def test_threads_refresh_sessions_of_their_own(party, provider):
    everybody = [log_in(party, provider, person).tokens for person in ("carol", "chris", "adam", "nora")]
    barrier = threading.Barrier(len(everybody))

    def refresh(tokens):
        barrier.wait()
        return party.refresh(tokens).identity().subject

    with ThreadPoolExecutor(len(everybody)) as pool:
        assert len(set(pool.map(refresh, everybody))) == len(everybody)
