"""The realm `brewery` in a running Keycloak: filled by the admin REST interface, no mapper touched."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any

from keycloak import ADMIN
from people import PEOPLE, ROLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from people import Person

NAME = "brewery"
CLIENT_ID = "beer"
CLIENT_SECRET = "beer-secret"
_DEFAULT_ROLES = f"default-roles-{NAME}"
_TIMEOUT_SECONDS = 30
# Keycloak keeps several addresses of one client attribute in one string.
_ADDRESS_SEPARATOR = "##"
_loopback = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class BreweryRealm:
    """The realm as Keycloak's own wizards leave it: one confidential client, three roles, four people."""

    def __init__(self, keycloak_url: str) -> None:
        self._keycloak_url = keycloak_url
        self.issuer = f"{keycloak_url}/realms/{NAME}"
        self._rotations = 0
        self._token, self._token_until = "", 0.0

    def fill(self, *, redirect_uris: Sequence[str], post_logout_redirect_uris: Sequence[str]) -> None:
        """Make everything in a Keycloak that has no such realm yet."""
        self._admin("POST", "", {"realm": NAME, "enabled": True})
        self._admin("POST", f"/{NAME}/clients", _client(redirect_uris, post_logout_redirect_uris))
        for role in ROLES:
            self._admin("POST", f"/{NAME}/roles", {"name": role})
        for person in PEOPLE:
            self._admin("POST", f"/{NAME}/users", _user(person))
            self.set_roles(person.name, person.roles)

    def set_roles(self, name: str, roles: Iterable[str]) -> None:
        """Give a person exactly these of our roles; the realm's default roles stay."""
        address = self._role_mappings(name)
        ours = [role for role in self._admin("GET", address) if role["name"] in ROLES]
        if ours:
            self._admin("DELETE", address, ours)
        if wanted := [self._admin("GET", f"/{NAME}/roles/{role}") for role in roles]:
            self._admin("POST", address, wanted)

    def take_default_roles(self, name: str) -> None:
        """Leave a person with our roles alone: Keycloak gives everybody some of its own."""
        address = self._role_mappings(name)
        self._admin("DELETE", address, [self._admin("GET", f"/{NAME}/roles/{_DEFAULT_ROLES}")])

    def give_default_roles(self, name: str) -> None:
        """Undo `take_default_roles`."""
        address = self._role_mappings(name)
        self._admin("POST", address, [self._admin("GET", f"/{NAME}/roles/{_DEFAULT_ROLES}")])

    def set_addresses(
        self, *, redirect_uris: Sequence[str], post_logout_redirect_uris: Sequence[str]
    ) -> None:
        """Register other addresses for the client."""
        (known,) = self._admin("GET", f"/{NAME}/clients?clientId={CLIENT_ID}")
        known["redirectUris"] = list(redirect_uris)
        known["attributes"]["post.logout.redirect.uris"] = _ADDRESS_SEPARATOR.join(post_logout_redirect_uris)
        self._admin("PUT", f"/{NAME}/clients/{known['id']}", known)

    def rotate_keys(self) -> None:
        """Add a key provider above all others: new tokens are signed with its key at once."""
        self._rotations += 1
        config = {
            "priority": str(100 + self._rotations),
            "enabled": "true",
            "active": "true",
            "algorithm": "RS256",
        }
        component = {
            "name": f"rotated-{self._rotations}",
            "providerId": "rsa-generated",
            "providerType": "org.keycloak.keys.KeyProvider",
            "config": {name: [value] for name, value in config.items()},
        }
        self._admin("POST", f"/{NAME}/components", component)

    def token_lifespan(self) -> int:
        """How many seconds ID and access tokens live."""
        return int(self._admin("GET", f"/{NAME}")["accessTokenLifespan"])

    def set_token_lifespan(self, seconds: int) -> None:
        """Let ID and access tokens live for so many seconds."""
        self._admin("PUT", f"/{NAME}", {**self._admin("GET", f"/{NAME}"), "accessTokenLifespan": seconds})

    def sessions(self, name: str) -> int:
        """How many sessions a person has at Keycloak."""
        return len(self._admin("GET", f"/{NAME}/users/{self._user_id(name)}/sessions"))

    def _role_mappings(self, name: str) -> str:
        return f"/{NAME}/users/{self._user_id(name)}/role-mappings/realm"

    def _user_id(self, name: str) -> str:
        (user,) = self._admin("GET", f"/{NAME}/users?exact=true&username={name}")
        return str(user["id"])

    def _admin(self, method: str, path: str, document: Any = None) -> Any:
        body = None if document is None else json.dumps(document).encode()
        headers = {"Authorization": f"Bearer {self._admin_token()}", "Content-Type": "application/json"}
        url = f"{self._keycloak_url}/admin/realms{path}"
        return _exchange(urllib.request.Request(url, data=body, headers=headers, method=method))

    def _admin_token(self) -> str:
        """An access token, used for half of the minute that it lives: each costs a password's hashing."""
        if time.monotonic() < self._token_until:
            return self._token
        username, password = ADMIN
        grant = {
            "grant_type": "password",
            "client_id": "admin-cli",
            "username": username,
            "password": password,
        }
        url = f"{self._keycloak_url}/realms/master/protocol/openid-connect/token"
        answer = _exchange(urllib.request.Request(url, data=urllib.parse.urlencode(grant).encode()))
        self._token = str(answer["access_token"])
        self._token_until = time.monotonic() + int(answer["expires_in"]) / 2
        return self._token


def _exchange(request: urllib.request.Request) -> Any:
    try:
        with _loopback.open(request, timeout=_TIMEOUT_SECONDS) as answer:
            body = answer.read()
    except urllib.error.HTTPError as error:
        said = error.read().decode(errors="replace")
        raise RuntimeError(
            f"Keycloak answered {error.code} to {request.method} {request.full_url}: {said}"
        ) from None
    return json.loads(body) if body else None


def _client(redirect_uris: Sequence[str], post_logout_redirect_uris: Sequence[str]) -> dict[str, Any]:
    """What the wizard stores for "OpenID Connect", "Client authentication" on, "Standard flow" ticked."""
    return {
        "clientId": CLIENT_ID,
        "protocol": "openid-connect",
        "publicClient": False,
        "clientAuthenticatorType": "client-secret",
        "secret": CLIENT_SECRET,
        "standardFlowEnabled": True,
        "directAccessGrantsEnabled": False,
        "frontchannelLogout": True,
        "redirectUris": list(redirect_uris),
        "attributes": {"post.logout.redirect.uris": _ADDRESS_SEPARATOR.join(post_logout_redirect_uris)},
    }


def _user(person: Person) -> dict[str, Any]:
    """A person as "Add user" leaves her, e-mail address unverified, with a password that needs no change."""
    return {
        "username": person.name,
        "email": person.email,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "emailVerified": False,
        "enabled": True,
        "credentials": [{"type": "password", "value": person.name, "temporary": False}],
    }
