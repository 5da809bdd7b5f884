"""Access tokens for an API (RFC 8707): JWTs that are validated (RFC 9068), opaque ones that are asked about (RFC 7662, 9701)."""

from __future__ import annotations

import json

import pytest

from keycloak import free_port
from relyant import _core
from tests.keycloak.browser import Browser
from tests.second_provider import node_provider
from tests.second_provider.registration import ROLES, SECRET, client, people
from tests.test_core import refusal, relying_party

REDIRECT_URI = "http://127.0.0.1:1/oidc/callback/node/"
JWT_API, OPAQUE_API = "https://api.beer.example/", "https://opaque.beer.example/"
SIGNED_INTROSPECTION = {"jwtIntrospection": {"enabled": True}}


class ResourceServers:
    """A provider with two APIs: one gets JWTs, the other opaque tokens."""

    def __init__(self, folder):
        self._provider = node_provider.NodeProvider(folder, free_port())
        self._provider.know(people(ROLES))

    def start(self, *, algorithm="RS256", features=None, **registered):
        """Start it; `algorithm` signs the JWTs, `registered` is the client's there."""
        grants = {"grant_types": ["authorization_code", "refresh_token", "client_credentials"]}
        # Without userinfo a login's access token is for the API that it asked for.
        switched = {"userinfo": {"enabled": False}, "clientCredentials": {"enabled": True}}
        jwt = {"accessTokenFormat": "jwt", "jwt": {"sign": {"alg": algorithm}}}
        resources = {
            JWT_API: {"scope": "beers:read beers:write", **jwt},
            OPAQUE_API: {"scope": "beers:read", "accessTokenFormat": "opaque"},
        }
        self._provider.start(
            {
                "algorithms": sorted({"RS256", algorithm}),
                "enabledJWA": {"idTokenSigningAlgValues": sorted({"RS256", algorithm})},
                "client": client(REDIRECT_URI, {**grants, **registered}),
                "features": {**switched, "introspection": {"enabled": True}, **(features or {})},
                "resources": resources,
            }
        )

    def party(self, **changes):
        """A relying party of the client, which is the APIs' too."""
        usual = {"client_secret": SECRET, "preset": "generic", "timeout": 20.0}
        return relying_party(self._provider.issuer, **{**usual, **changes})

    def sign_in(self, api, scopes):
        """What Carol's login brings, whose access token is for this API."""
        authorization = _core.AuthorizationOptions(resources=[api])
        party, browser = self.party(authorization=authorization, scopes=scopes), Browser()
        login = party.begin_login(REDIRECT_URI)
        answer = browser.submit(
            browser.get(login.url).form(having="login"), follow=False, login="carol", password="carol"
        )
        while not (answer.location or "").startswith(REDIRECT_URI):
            assert answer.location, f"{answer.text}\n{self._provider.log()}"
            answer = browser.get(answer.location, follow=False)
        return party.complete_login(answer.location.split("?", 1)[1], login.transaction, REDIRECT_URI)

    def stop(self):
        self._provider.stop()


@pytest.fixture
def servers(able_to_run_node, tmp_path):
    running = ResourceServers(tmp_path)
    yield running
    running.stop()


def own_token(servers, api, scopes):
    """An access token of the client's own."""
    return servers.party().client_credentials(scopes=scopes, resources=[api]).expose()


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
def test_a_jwt_is_validated_without_any_leniency(servers, algorithm):
    """RS-03, RS-04"""
    servers.start(algorithm=algorithm)
    token = servers.sign_in(JWT_API, ["beers:read"]).tokens.expose_access_token()
    valid = servers.party().validate_access_token(token, audience=JWT_API)
    assert (valid.subject, valid.is_service, valid.client_id) == ("carol", False, "beer")
    assert set(valid.scopes) == {"beers:read"}
    assert valid.expires_at > valid.claims()["iat"]
    refused = refusal(servers.party().validate_access_token, token, audience=OPAQUE_API)
    assert refused.code == "invalid_token.access_token_audience_mismatch"


# RS-07
def test_a_jwt_of_the_clients_own_is_nobodys(servers):
    """RS-07: it has no `sub` of a person."""
    servers.start()
    token = own_token(servers, JWT_API, ["beers:read", "beers:write"])
    valid = servers.party().validate_access_token(token, audience=JWT_API)
    assert (valid.subject, valid.is_service, valid.client_id) == (None, True, "beer")
    assert set(valid.scopes) == {"beers:read", "beers:write"}


@pytest.mark.parametrize(
    "features", [{}, SIGNED_INTROSPECTION], ids=["plain introspection", "signed introspection"]
)
def test_an_opaque_token_is_asked_about(servers, features):
    """RS-10, RS-11: in plain JSON, and signed where the provider can sign."""
    servers.start(features=features)
    party, identity = servers.party(), servers.sign_in(OPAQUE_API, ["beers:read"])
    token = identity.tokens.expose_access_token()
    valid = party.introspect(token, audience=OPAQUE_API)
    assert (valid.subject, valid.is_service, valid.client_id) == ("carol", False, "beer")
    assert set(valid.scopes) == {"beers:read"}
    refused = refusal(party.introspect, token, audience=JWT_API)
    assert refused.code == "invalid_token.access_token_audience_mismatch"
    assert party.introspect("no-token-of-this-provider", audience=OPAQUE_API) is None
    own = party.introspect(own_token(servers, OPAQUE_API, ["beers:read"]), audience=OPAQUE_API)
    assert (own.subject, own.is_service) == (None, True)


def test_an_answer_that_is_signed_and_encrypted_is_opened(servers):
    """RS-11: this client's answers come in no other form, and not at all to who asks for plain JSON."""
    private = _core.new_private_key("RSA-OAEP-256")
    servers.start(
        features={**SIGNED_INTROSPECTION, "encryption": {"enabled": True}},
        introspection_encrypted_response_alg="RSA-OAEP-256",
        introspection_encrypted_response_enc="A256GCM",
        jwks=json.loads(_core.public_jwk_set(private)),
    )
    token = own_token(servers, OPAQUE_API, ["beers:read"])
    valid = servers.party(private_key=private).introspect(token, audience=OPAQUE_API)
    assert (valid.client_id, valid.is_service) == ("beer", True)
    refused = refusal(servers.party().introspect, token, audience=OPAQUE_API)
    assert refused.code == "incompatible.encrypted_introspection"


def test_this_provider_tells_nothing_of_a_jwt(servers):
    """It keeps none of those that it issued: an API that gets them validates them."""
    servers.start()
    token = own_token(servers, JWT_API, ["beers:read"])
    refused = refusal(servers.party().introspect, token, audience=JWT_API)
    assert (refused.kind, refused.code) == ("refused", "refused.introspection_error")
    assert "unsupported_token_type" in str(refused)
