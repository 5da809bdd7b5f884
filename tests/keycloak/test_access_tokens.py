"""Access tokens that come to an API, as a real Keycloak makes them: validated as JWTs, or asked about."""

from __future__ import annotations

import json

import pytest

from realm import CLIENT_ID, CLIENT_SECRET
from tests.keycloak.bare_login import sign_in
from tests.keycloak.browser import Browser, Form
from tests.test_core import refusal

API = "https://api.beer.example"
LIGHTWEIGHT = {"client.use.lightweight.access.token.enabled": "true"}
AT_JWT = {"access.token.header.type.rfc9068": "true"}


@pytest.fixture
def party(party, knobs):
    """A relying party of the client, which is the API's too, and has a service account."""
    knobs.turn(serviceAccountsEnabled=True)
    return party


@pytest.fixture
def api(knobs):
    """The API, which the client's access tokens are for."""
    knobs.add_audience(API)
    return API


@pytest.fixture
def asks(knobs):
    """Keycloak tells of a token to a client that is in its audience, and to no other."""
    knobs.add_audience(CLIENT_ID, kind="client")


def carol(party):
    """What Carol's login brings."""
    identity, _browser = sign_in(party, "carol")
    return identity


def access_token(identity):
    return identity.tokens.expose_access_token()


def service_token(party):
    return party.client_credentials(scopes=[], resources=[]).expose()


def assert_is_carol(valid, identity):
    assert (valid.issuer, valid.subject) == (identity.issuer, identity.subject)
    assert (valid.is_service, valid.client_id) == (False, CLIENT_ID)
    assert {"profile", "email"} <= set(valid.scopes)
    assert valid.expires_at > valid.claims()["iat"]
    assert "customers" in valid.claims()["realm_access"]["roles"]


def assert_is_the_service(valid):
    assert (valid.is_service, valid.subject, valid.client_id) == (True, None, CLIENT_ID)


# RS-03
def test_a_person_is_known_by_her_token_under_each_header_type(party, api, knobs):
    """RS-03: Keycloak writes `JWT` until it is told to write `at+jwt`; the preset takes both, by its own mark."""
    site = party()
    identity = carol(site)
    assert_is_carol(site.validate_access_token(access_token(identity), audience=api), identity)
    strict = party(preset="generic")
    refused = refusal(strict.validate_access_token, access_token(identity), audience=api)
    assert refused.code == "invalid_token.access_token_header_type"
    knobs.turn(attributes=AT_JWT)
    identity = carol(site)
    assert_is_carol(site.validate_access_token(access_token(identity), audience=api), identity)
    # What is left of the difference: Keycloak names the client in `azp` alone.
    refused = refusal(strict.validate_access_token, access_token(identity), audience=api)
    assert refused.code == "invalid_token.access_token_client_id_invalid"


# RS-04
def test_a_token_without_audience_mapper_is_for_no_api(party):
    """RS-04: what Keycloak gives as it comes is for its account console."""
    site = party()
    token = access_token(carol(site))
    refused = refusal(site.validate_access_token, token, audience=API)
    assert refused.code == "invalid_token.access_token_audience_mismatch"
    assert site.validate_access_token(token, audience="account").client_id == CLIENT_ID


# ID-16
def test_an_id_token_is_no_access_token_even_where_the_api_is_called_as_the_client(party):
    """ID-16, RS-03"""
    site = party()
    refused = refusal(site.validate_access_token, carol(site).id_token, audience=CLIENT_ID)
    assert refused.code == "invalid_token.access_token_is_id_token"


# RS-07
@pytest.mark.parametrize("attributes", [{}, AT_JWT], ids=["JWT", "at+jwt"])
def test_a_service_account_is_no_person(party, api, knobs, attributes):
    """RS-07: its `sub` is that of a user of the realm, its `client_id` is there, and no session."""
    knobs.turn(attributes=attributes)
    site = party()
    valid = site.validate_access_token(service_token(site), audience=api)
    assert_is_the_service(valid)
    assert valid.claims()["sub"] != CLIENT_ID
    assert "openid" not in valid.scopes


# RS-10
def test_keycloak_tells_of_a_token_until_its_session_ends(party, api, asks):
    """RS-10: the next question after the logout finds nothing."""
    site = party()
    identity = carol(site)
    assert_is_carol(site.introspect(access_token(identity), audience=api), identity)
    refused = refusal(site.introspect, access_token(identity), audience="https://other.example")
    assert refused.code == "invalid_token.access_token_audience_mismatch"
    site.revoke(identity.tokens, "refresh_token")
    assert site.introspect(access_token(identity), audience=api) is None
    assert site.introspect("no-token-of-this-realm", audience=api) is None


def test_keycloak_tells_nothing_to_a_client_outside_the_audience(party, api):
    site = party()
    assert site.introspect(access_token(carol(site)), audience=api) is None


# ID-16
def test_keycloak_calls_an_id_token_active_and_it_is_refused(party, api, asks):
    """ID-16: with the audiences of the access token even; `token_type` tells it."""
    site = party()
    for audience in (api, CLIENT_ID):
        refused = refusal(site.introspect, carol(site).id_token, audience=audience)
        assert refused.kind == "invalid_token"
        assert refused.code in (
            "invalid_token.access_token_token_type",
            "invalid_token.access_token_body_type",
        )


def lightweight_token(realm, knobs):
    """A lightweight access token of Carol's; Keycloak lets no login read userinfo with one."""
    knobs.turn(attributes=LIGHTWEIGHT, directAccessGrantsEnabled=True)
    carols = {"username": "carol", "password": "carol", "scope": "openid profile email"}
    client = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    form = Form(f"{realm.issuer}/protocol/openid-connect/token", "post", {"grant_type": "password"})
    return json.loads(Browser().submit(form, **client, **carols).html)["access_token"]


def test_a_lightweight_token_says_too_little_and_is_asked_about(party, realm, api, asks, knobs):
    site = party()
    identity = carol(site)
    token = lightweight_token(realm, knobs)
    refused = refusal(site.validate_access_token, token, audience=api)
    assert refused.code == "invalid_token.access_token_audience_mismatch"
    assert_is_carol(site.introspect(token, audience=api), identity)


# RS-07
@pytest.mark.parametrize("attributes", [{}, LIGHTWEIGHT], ids=["usual", "lightweight"])
def test_a_service_account_that_is_asked_about_is_no_person(party, api, asks, knobs, attributes):
    """RS-07: Keycloak leaves its address out here; that it has no session tells it."""
    knobs.turn(attributes=attributes)
    site = party()
    valid = site.introspect(service_token(site), audience=api)
    assert_is_the_service(valid)
    assert "clientHost" not in valid.claims()


# RS-07
@pytest.mark.parametrize("attributes", [{}, LIGHTWEIGHT], ids=["usual", "lightweight"])
def test_a_service_account_with_a_session_is_no_person_either(party, api, asks, knobs, attributes):
    """RS-07: with refresh tokens of its own it has a `sid`; the client's address tells it then."""
    knobs.turn(attributes={"client_credentials.use_refresh_token": "true", **attributes})
    site = party()
    token = service_token(site)
    told = site.introspect(token, audience=api)
    assert_is_the_service(told)
    assert "sid" in told.claims()
    if not attributes:
        valid = site.validate_access_token(token, audience=api)
        assert_is_the_service(valid)
        assert "sid" in valid.claims()


# RS-11
def test_keycloak_signs_no_answer_and_tells_it_in_plain_json(party, api, asks, knobs):
    """RS-11: `Accept: application/jwt` gets the access token in a member of plain JSON, which is no RFC 9701."""
    knobs.turn(attributes={"client.introspection.response.allow.jwt.claim.enabled": "true"})
    site = party()
    valid = site.introspect(access_token(carol(site)), audience=api)
    assert "jwt" not in valid.claims()


def test_a_wrong_secret_is_the_operators_affair(party, api, asks):
    site, stranger = party(), party(client_secret="not-the-secret")
    refused = refusal(stranger.introspect, access_token(carol(site)), audience=api)
    assert refused.code == "configuration.invalid_client"
