"""What the provider knows: the people, and the client as its operator registered it."""

from __future__ import annotations

SECRET = "a secret for these tests alone, long enough for HMAC with SHA-512"
ROLES = {"carol": ["customers"], "chris": ["creators"], "adam": ["admins"], "nora": []}


def people(roles):
    """The people of the Beer scenario with these roles."""
    return {
        name: {
            "preferred_username": name,
            "given_name": name.title(),
            "family_name": "Brewer",
            "name": f"{name.title()} Brewer",
            "email": f"{name}@brewery.example",
            "email_verified": True,
            "roles": its,
        }
        for name, its in roles.items()
    }


def client(redirect_uri, changed):
    """The client `beer`; None takes out what it usually has."""
    registered = {
        "client_id": "beer",
        "client_secret": SECRET,
        "redirect_uris": [redirect_uri],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        **changed,
    }
    return {name: value for name, value in registered.items() if value is not None}
