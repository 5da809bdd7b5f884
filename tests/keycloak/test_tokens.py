"""What is done with tokens after a login, at a real Keycloak: refresh, revocation, the client's own, a logout token."""

from __future__ import annotations

import time
from functools import partial

import pytest

from realm import NAME
from tests.keycloak.bare_login import sign_in
from tests.keycloak.logout_address import logout_address
from tests.test_core import refusal


@pytest.fixture
def party(party):
    return party()


@pytest.fixture
def log_in(party):
    """Sign somebody in: her identity, and her browser."""
    return partial(sign_in, party)


@pytest.fixture
def turn_realm(realm):
    """Change members of the realm for one test."""
    before = realm._admin("GET", f"/{NAME}")
    yield lambda **members: realm._admin("PUT", f"/{NAME}", {**before, **members})
    realm._admin("PUT", f"/{NAME}", before)


@pytest.fixture
def disable(realm):
    """Disable somebody for one test."""
    disabled = []

    def turn_off(name):
        (user,) = realm._admin("GET", f"/{NAME}/users?exact=true&username={name}")
        disabled.append(user)
        realm._admin("PUT", f"/{NAME}/users/{user['id']}", {**user, "enabled": False})

    yield turn_off
    for user in disabled:
        realm._admin("PUT", f"/{NAME}/users/{user['id']}", {**user, "enabled": True})


def let_the_second_pass():
    began = int(time.time())
    while int(time.time()) <= began:
        time.sleep(0.02)


def test_a_refresh_brings_the_roles_of_now(party, log_in, set_roles):
    identity, _browser = log_in("carol")
    tokens = identity.tokens
    assert tokens.has_refresh_token
    set_roles("carol", ["admins"])
    refreshed = party.refresh(tokens)
    now = refreshed.identity()
    assert (now.subject, now.sid, now.auth_time) == (identity.subject, identity.sid, identity.auth_time)
    assert "admins" in now.claims("access_token")["realm_access"]["roles"]
    assert now.claims("userinfo")["preferred_username"] == "carol"
    # Rotation is off as a realm comes: what was used is good again.
    assert party.refresh(tokens).identity().subject == identity.subject
    assert party.refresh(refreshed.tokens).identity().subject == identity.subject


def test_with_revoke_refresh_token_on_each_is_good_once(party, log_in, turn_realm):
    turn_realm(revokeRefreshToken=True, refreshTokenMaxReuse=0)
    first = log_in("carol")[0].tokens
    second = party.refresh(first).tokens
    # Keycloak counts in seconds: what was issued in the second of the last refresh counts as new.
    let_the_second_pass()
    assert party.refresh(second).identity().subject
    error = refusal(party.refresh, first)
    assert (error.kind, error.code) == ("refused", "refused.refresh_token")


# FT-07
def test_a_disabled_person_refreshes_no_more(party, log_in, disable):
    """FT-07: the provider's word ends a session, and is told apart from an outage."""
    tokens = log_in("chris")[0].tokens
    disable("chris")
    error = refusal(party.refresh, tokens)
    assert (error.kind, error.code) == ("refused", "refused.refresh_token")


def test_a_revoked_refresh_token_refreshes_nothing(party, log_in):
    tokens = log_in("carol")[0].tokens
    assert party.revoke(tokens, "refresh_token") is True
    assert refusal(party.refresh, tokens).code == "refused.refresh_token"


# LO-08
def test_after_a_revocation_keycloak_still_signs_out_without_a_question(party, log_in, realm):
    """LO-08: as `REVOKE_ON_LOGOUT` does it: both tokens first, then the way by the end-session endpoint."""
    identity, browser = log_in("carol")
    before = realm.sessions("carol")
    assert party.revoke(identity.tokens, "refresh_token") is True
    assert party.revoke(identity.tokens, "access_token") is True
    told = {"logout_hint": None, "post_logout_redirect_uri": None, "state": None}
    page = browser.get(party.end_session_request(id_token_hint=identity.id_token, **told).url)
    assert page.status == 200 and "Do you want to log out?" not in page.text
    assert realm.sessions("carol") == before - 1


def test_a_service_account_has_tokens_of_its_own(party, knobs):
    refused = refusal(party.client_credentials, scopes=[], resources=[])
    assert refused.code == "configuration.client_credentials_not_allowed"
    knobs.turn(serviceAccountsEnabled=True)
    token = party.client_credentials(scopes=["email"], resources=[])
    assert "email" in token.scope.split()
    assert token.expose().count(".") == 2
    unknown = refusal(party.client_credentials, scopes=["no-such-scope"], resources=[])
    assert unknown.code == "configuration.invalid_scope"


# LO-04
def test_a_logout_at_keycloak_sends_a_logout_token_that_holds(party, log_in, knobs, realm):
    """LO-04: it names issuer, person and session, as the login did."""
    with logout_address() as (address, take):
        knobs.turn(
            frontchannelLogout=False,
            attributes={"backchannel.logout.url": address, "backchannel.logout.session.required": "true"},
        )
        identity, browser = log_in("carol")
        told = {"logout_hint": None, "post_logout_redirect_uri": None, "state": None}
        request = party.end_session_request(id_token_hint=identity.id_token, **told)
        assert browser.get(request.url).status == 200
        valid = party.validate_logout_token(take())
    assert (valid.issuer, valid.subject, valid.sid) == (realm.issuer, identity.subject, identity.sid)
    assert 0 < valid.expires_at - valid.issued_at <= 300
    assert valid.jti
    assert refusal(party.refresh, identity.tokens).code == "refused.refresh_token"
