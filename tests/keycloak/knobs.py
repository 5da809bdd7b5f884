"""The knobs of Keycloak's console that the doctor's tests turn, each for one test, by the admin REST interface."""

from __future__ import annotations

import copy

from realm import CLIENT_ID, NAME


class Knobs:
    """Turns knobs of the client and of people, and turns them back in the end."""

    def __init__(self, realm):
        self._ask = realm._admin
        (self._client,) = self._ask("GET", f"/{NAME}/clients?clientId={CLIENT_ID}")
        self._address = f"/{NAME}/clients/{self._client['id']}"
        self._undoing = []

    def turn(self, attributes=None, **members):
        """Set members of the client, and some of its attributes."""
        before = self._ask("GET", self._address)
        changed = copy.deepcopy(before) | members
        changed["attributes"].update(attributes or {})
        self._ask("PUT", self._address, changed)
        # An attribute that is left out stays as it is; one that is empty goes.
        restored = {**before, "attributes": {**dict.fromkeys(attributes or {}, ""), **before["attributes"]}}
        self._undoing.append(lambda: self._ask("PUT", self._address, restored))

    def take_scope(self, name):
        """Take a default client scope away from the client."""
        scopes = self._ask("GET", f"{self._address}/default-client-scopes")
        (found,) = (scope["id"] for scope in scopes if scope["name"] == name)
        place = f"{self._address}/default-client-scopes/{found}"
        self._ask("DELETE", place)
        self._undoing.append(lambda: self._ask("PUT", place))

    def add_audience(self, audience, kind="custom"):
        """Let the client's access tokens be for an API too, or for a client: an audience mapper."""
        mappers = f"{self._address}/protocol-mappers/models"
        name = f"test-{kind}-audience"
        config = {
            "access.token.claim": "true",
            "introspection.token.claim": "true",
            "id.token.claim": "false",
        }
        mapper = {"name": name, "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper"}
        self._ask("POST", mappers, {**mapper, "config": {**config, f"included.{kind}.audience": audience}})
        (made,) = (one["id"] for one in self._ask("GET", mappers) if one["name"] == name)
        self._undoing.append(lambda: self._ask("DELETE", f"{mappers}/{made}"))

    def verify_email(self, person):
        """Count a person's e-mail address as verified."""
        (user,) = self._ask("GET", f"/{NAME}/users?exact=true&username={person}")
        self._ask("PUT", f"/{NAME}/users/{user['id']}", {**user, "emailVerified": True})
        restored = {**user, "emailVerified": False}
        self._undoing.append(lambda: self._ask("PUT", f"/{NAME}/users/{user['id']}", restored))

    def undo(self):
        """Turn everything back, the last first."""
        while self._undoing:
            self._undoing.pop()()
