"""Roles, groups, clients and mappers of the realm, as an administrator makes them: each for one test."""

from __future__ import annotations

from realm import CLIENT_ID, NAME

_IN_TOKENS = ("access.token.claim", "id.token.claim", "userinfo.token.claim", "introspection.token.claim")


class Directory:
    """Makes them by the admin REST interface, and removes them in the end."""

    def __init__(self, realm):
        self._admin = realm._admin
        self._user_id = realm._user_id
        self._undoing = []

    def realm_role(self, name):
        """A realm role that is there."""
        return self._admin("GET", f"/{NAME}/roles/{name}")

    def add_realm_role(self, name, *, made_of=()):
        """**Realm roles** → **Create role**; composite where it is `made_of` other roles."""
        self._make(f"/{NAME}/roles", {"name": name}, f"/{NAME}/roles/{name}")
        return self._composite(f"/{NAME}/roles/{name}", made_of)

    def add_client(self, name):
        """**Clients** → **Create client**, one that nobody signs in at."""
        self._admin("POST", f"/{NAME}/clients", {"clientId": name, "protocol": "openid-connect"})
        self._undo_by("DELETE", self._client(name))

    def add_client_role(self, client, name, *, made_of=()):
        """**Clients** → the client → **Roles** → **Create role**."""
        roles = f"{self._client(client)}/roles"
        self._make(roles, {"name": name}, f"{roles}/{name}")
        return self._composite(f"{roles}/{name}", made_of)

    def add_group(self, path, *, roles=()):
        """**Groups** → **Create group**, or **Create child group**; `roles` are of its **Role mapping**."""
        parent, _slash, name = path.rpartition("/")
        if parent:
            self._admin("POST", f"{self._group(parent)}/children", {"name": name})
        else:
            self._admin("POST", f"/{NAME}/groups", {"name": name})
            self._undo_by("DELETE", self._group(path))
        for role in roles:
            self._admin("POST", f"{self._group(path)}/role-mappings/{_mapping(role)}", [role])

    def assign(self, person, role):
        """**Users** → the person → **Role mapping** → **Assign role**."""
        place = f"/{NAME}/users/{self._user_id(person)}/role-mappings/{_mapping(role)}"
        self._make(place, [role], place, [role])

    def join(self, person, path):
        """**Users** → the person → **Groups** → **Join Group**."""
        group = self._group(path).rpartition("/")[2]
        place = f"/{NAME}/users/{self._user_id(person)}/groups/{group}"
        self._admin("PUT", place)
        self._undo_by("DELETE", place)

    def leave(self, person, path):
        """**Users** → the person → **Groups** → **Leave**."""
        group = self._group(path).rpartition("/")[2]
        self._admin("DELETE", f"/{NAME}/users/{self._user_id(person)}/groups/{group}")

    def add_mapper(self, kind, claim, **config):
        """**Client scopes** → `beer-dedicated` → **Add mapper**, with the switches as the console has them on."""
        mappers = f"{self._client(CLIENT_ID)}/protocol-mappers/models"
        switches = dict.fromkeys(_IN_TOKENS, "true")
        mapper = {
            "name": f"test {kind} {claim}",
            "protocol": "openid-connect",
            "protocolMapper": kind,
            "config": {**switches, "claim.name": claim, **config},
        }
        self._admin("POST", mappers, mapper)
        (made,) = (one["id"] for one in self._admin("GET", mappers) if one["name"] == mapper["name"])
        self._undo_by("DELETE", f"{mappers}/{made}")

    def undo(self):
        """Remove all of it, the last first."""
        while self._undoing:
            self._admin(*self._undoing.pop())

    def _client(self, name):
        (found,) = self._admin("GET", f"/{NAME}/clients?clientId={name}")
        return f"/{NAME}/clients/{found['id']}"

    def _group(self, path):
        return f"/{NAME}/groups/{self._admin('GET', f'/{NAME}/group-by-path{path}')['id']}"

    def _composite(self, place, made_of):
        if made_of:
            self._admin("POST", f"{place}/composites", list(made_of))
        return self._admin("GET", place)

    def _make(self, place, document, made, *undoing):
        self._admin("POST", place, document)
        self._undo_by("DELETE", made, *undoing)

    def _undo_by(self, *request):
        self._undoing.append(request)


def _mapping(role):
    """Where a role is mapped: by its client's key, or at the realm."""
    return f"clients/{role['containerId']}" if role["clientRole"] else "realm"
