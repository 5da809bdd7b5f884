"""What an operator does at Keycloak in these tests, and what it tells of it, by its admin REST interface."""

from __future__ import annotations

from realm import NAME, BreweryRealm

# What Keycloak is to remember of what happened to it.
EVENTS = ("LOGIN", "CODE_TO_TOKEN", "CODE_TO_TOKEN_ERROR", "REFRESH_TOKEN", "REFRESH_TOKEN_ERROR", "LOGOUT")


class Realm(BreweryRealm):
    """The demo's realm, which keeps events."""

    def keep_events(self):
        """Let Keycloak remember what happens."""
        known = {**self._admin("GET", f"/{NAME}"), "eventsEnabled": True, "enabledEventTypes": list(EVENTS)}
        self._admin("PUT", f"/{NAME}", known)

    def events(self, *kinds, client=None):
        """How often one of these happened, at this client."""
        query = "&".join(f"type={kind}" for kind in kinds)
        of_client = f"&client={client}" if client else ""
        return len(self._admin("GET", f"/{NAME}/events?{query}{of_client}&max=5000"))

    def set_enabled(self, name, enabled):
        """**Users** → the person → **Enabled**."""
        (user,) = self._admin("GET", f"/{NAME}/users?exact=true&username={name}")
        self._admin("PUT", f"/{NAME}/users/{user['id']}", {**user, "enabled": enabled})

    def end_session(self, sid):
        """**Sessions** → **Sign out**: this one session, of which Keycloak tells its clients."""
        self._admin("DELETE", f"/{NAME}/sessions/{sid}")
