"""Access tokens at an API as Python sees them: validated as JWTs, or by asking the provider."""

from __future__ import annotations

import copy
import json
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from relyant import _core
from relyant.testing import DevelopmentProvider
from tests.test_core import REDIRECT_URI, refusal, relying_party

API = "https://stock.example/api"
# What the development provider writes where no resource was asked for, as Keycloak does.
ACCOUNT = "account"


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


def log_in(party, provider, person="carol"):
    login = party.begin_login(REDIRECT_URI)
    query = urlsplit(provider.callback(login.url, person)).query
    return party.complete_login(query, login.transaction, REDIRECT_URI)


def access_token(party, provider):
    return log_in(party, provider).tokens.expose_access_token()


@pytest.mark.parametrize("how", ["validate_access_token", "introspect"])
def test_a_token_says_who_may_do_what_until_when(party, provider, how):
    identity = log_in(party, provider)
    valid = getattr(party, how)(identity.tokens.expose_access_token(), audience=ACCOUNT)
    assert (valid.issuer, valid.subject, valid.client_id) == (provider.issuer, identity.subject, "beer")
    assert (valid.is_service, type(valid.expires_at)) == (False, int)
    assert valid.scopes == frozenset({"openid", "profile", "email"})
    assert (valid.auth_time, valid.acr, valid.amr) == (identity.auth_time, "1", [])
    assert valid.claims()["realm_access"] == {"roles": ["customers"]}


# OP-01
@pytest.mark.parametrize("how", ["validate_access_token", "introspect"])
def test_what_it_shows_is_no_token_and_no_claim(party, provider, how):
    token = access_token(party, provider)
    valid = getattr(party, how)(token, audience=ACCOUNT)
    assert repr(valid) == str(valid) == f'<ValidAccessToken of "{provider.issuer}">'
    for copied in (pickle.dumps, copy.copy, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError):
            copied(valid)
    valid.claims()["sub"] = "somebody-else"
    assert valid.claims()["sub"] == valid.subject


# RS-04
@pytest.mark.parametrize("how", ["validate_access_token", "introspect"])
def test_a_token_is_for_the_api_that_it_names(party, provider, how):
    take = getattr(party, how)
    token = access_token(party, provider)
    for audience in (API, "accoun", "account ", "ACCOUNT"):
        error = refusal(take, token, audience=audience)
        assert (error.kind, error.code) == ("invalid_token", "invalid_token.access_token_audience_mismatch")
    for audience in ("", "a\nb"):
        assert refusal(take, token, audience=audience).code == "configuration.audience_invalid"
    with pytest.raises(TypeError, match="audience"):
        take(token)
    with pytest.raises(TypeError):
        take(token, audience=None)


# RS-07
@pytest.mark.parametrize("how", ["validate_access_token", "introspect"])
def test_a_service_account_is_no_person(party, how):
    token = party.client_credentials(scopes=["stock"], resources=[API]).expose()
    valid = getattr(party, how)(token, audience=API)
    assert (valid.is_service, valid.subject, valid.client_id) == (True, None, "beer")
    assert valid.claims()["sub"]
    assert valid.scopes == frozenset({"stock"})


# RS-03
# ID-16
def test_an_id_token_and_a_logout_token_open_no_api(party, provider):
    """ID-16: even for an API that is called as the client is."""
    identity = log_in(party, provider)
    (session,) = provider.sign_out("carol")
    for other in (identity.id_token, session["logout_token"]):
        for preset in ("keycloak", "generic"):
            api = relying_party(provider.issuer, preset=preset)
            error = refusal(api.validate_access_token, other, audience="beer")
            assert error.code.startswith("invalid_token.access_token_")


# RS-03
def test_without_the_preset_rfc_9068_is_meant(party, provider):
    token = access_token(party, provider)
    strict = relying_party(provider.issuer, preset="generic")
    error = refusal(strict.validate_access_token, token, audience=ACCOUNT)
    assert error.code == "invalid_token.access_token_header_type"


# RS-05
# RS-06
@pytest.mark.parametrize(
    ("misbehaviour", "code"),
    [
        ("access-token-wrong-issuer", "issuer_mismatch"),
        ("access-token-wrong-type", "body_type"),
        ("access-token-expired", "expired"),
        ("access-token-tampered", "bad_signature"),
        ("access-token-opaque", "malformed"),
        ("access-token-no-sub", "subject_missing"),
        ("access-token-lightweight", "audience_mismatch"),
    ],
)
def test_what_is_no_valid_token_is_refused(provider, misbehaviour, code):
    party = relying_party(provider.issuer, preset="generic")
    provider.misbehave(misbehaviour)
    token = access_token(party, provider)
    api = relying_party(provider.issuer)
    error = refusal(api.validate_access_token, token, audience=ACCOUNT)
    assert (error.kind, error.code) == ("invalid_token", f"invalid_token.access_token_{code}")


def test_an_opaque_or_lightweight_token_is_asked_about(provider):
    party = relying_party(provider.issuer, preset="generic")
    for misbehaviour in ("access-token-opaque", "access-token-lightweight"):
        provider.misbehave(misbehaviour)
        token = access_token(party, provider)
        valid = relying_party(provider.issuer).introspect(token, audience=ACCOUNT)
        assert valid.claims()["realm_access"] == {"roles": ["customers"]}


# RS-10
def test_a_token_that_is_good_for_nothing_is_an_answer(party, provider):
    """RS-10: and a revoked one at the next question."""
    identity = log_in(party, provider)
    token = identity.tokens.expose_access_token()
    assert party.introspect(token, audience=ACCOUNT) is not None
    assert party.revoke(identity.tokens, "access_token") is True
    assert party.introspect(token, audience=ACCOUNT) is None
    assert party.introspect("never-issued", audience=ACCOUNT) is None


# RS-12
def test_a_signed_answer_is_asked_for_where_it_is_offered(provider):
    """RS-12: and one that the provider didn't sign says nothing."""
    token = access_token(relying_party(provider.issuer), provider)
    plain = relying_party(provider.issuer).introspect(token, audience=ACCOUNT)
    provider.misbehave("introspection-signed")
    party = relying_party(provider.issuer)
    signed = party.introspect(token, audience=ACCOUNT)
    assert (signed.claims(), signed.expires_at) == (plain.claims(), plain.expires_at)
    assert party.introspect("never-issued", audience=ACCOUNT) is None
    provider.misbehave("introspection-forged")
    error = refusal(party.introspect, token, audience=ACCOUNT)
    assert (error.kind, error.code) == ("invalid_token", "invalid_token.introspection_unknown_key")


# RS-12
def test_where_nothing_but_a_signed_answer_will_do_a_plain_one_is_refused(provider):
    token = access_token(relying_party(provider.issuer), provider)
    strict = relying_party(provider.issuer, require_signed_introspection=True)
    error = refusal(strict.introspect, token, audience=ACCOUNT)
    assert (error.kind, error.code) == ("invalid_token", "invalid_token.introspection_unsigned")
    provider.misbehave("introspection-signed")
    strict = relying_party(provider.issuer, require_signed_introspection=True)
    assert strict.introspect(token, audience=ACCOUNT) is not None


# RS-10
@pytest.mark.parametrize(
    ("misbehaviour", "code"),
    [
        ("introspection-active-text", "misbehaved.introspection_active"),
        ("introspection-wrong-audience", "invalid_token.access_token_audience_mismatch"),
    ],
)
def test_an_answer_that_only_looks_like_yes_is_none(party, provider, misbehaviour, code):
    token = access_token(party, provider)
    provider.misbehave(misbehaviour)
    assert refusal(party.introspect, token, audience=ACCOUNT).code == code


# RS-11
def test_who_asks_shows_who_she_is(party, provider):
    token = access_token(party, provider)
    public = relying_party(provider.issuer, client_secret=None)
    error = refusal(public.introspect, token, audience=ACCOUNT)
    assert error.code == "configuration.introspection_of_public_client"
    assert provider.requests()["introspection"] == 0
    stranger = relying_party(provider.issuer, client_secret="not-the-secret")
    error = refusal(stranger.introspect, token, audience=ACCOUNT)
    assert error.code == "configuration.invalid_client"


# FT-33
def test_an_outage_is_no_inactive_token(party, provider):
    """FT-33: nobody is told that her token is good for nothing because the provider is down."""
    token = access_token(party, provider)
    for name, code in (("error-500", "http_status"), ("down", "protocol"), ("error-503", "http_status")):
        provider.misbehave(f"{name}@introspection")
        error = refusal(party.introspect, token, audience=ACCOUNT)
        assert (error.kind, error.code) == ("unavailable", f"unavailable.{code}")


# FT-06
def test_without_the_provider_known_keys_go_on(party, provider):
    token = access_token(party, provider)
    assert party.validate_access_token(token, audience=ACCOUNT)
    asked = provider.requests()
    provider.misbehave("down@jwks", "down@metadata")
    assert party.validate_access_token(token, audience=ACCOUNT)
    assert provider.requests() == asked


# FT-26
def test_what_is_no_token_reaches_no_provider(provider):
    """FT-26: everybody may send it; its length is looked at first."""
    party = relying_party(provider.issuer)
    for text in ("", "a.b.c", "a b", "a\u00e4", "a.b.\ud800"):
        error = refusal(party.validate_access_token, text, audience=API)
        assert error.code == "invalid_token.access_token_malformed"
    for text in ("", "a b", "a\u00e4", "a\ud800"):
        error = refusal(party.introspect, text, audience=API)
        assert error.code == "invalid_token.access_token_characters"
    for text in ("a" * 10_000_000, "." * 100_000, "[" * 100_000):
        for take in (party.validate_access_token, party.introspect):
            assert refusal(take, text, audience=API).code == "invalid_token.access_token_too_long"
    assert provider.requests()["metadata"] == 0


def test_threads_share_one_fetch_of_the_keys(provider):
    tokens = [access_token(relying_party(provider.issuer), provider) for _ in range(4)]
    before = provider.requests()["jwks"]
    party, barrier = relying_party(provider.issuer), threading.Barrier(16)

    def validate(number):
        barrier.wait()
        return party.validate_access_token(tokens[number % 4], audience=ACCOUNT).subject

    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(validate, range(16)))) == 1
    assert provider.requests()["jwks"] == before + 1


def test_only_a_validation_makes_one():
    with pytest.raises(TypeError):
        _core.ValidAccessToken()
