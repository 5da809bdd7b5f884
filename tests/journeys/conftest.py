"""The Beer site and the development provider, for every journey."""

from __future__ import annotations

import pytest

# What `manage.py relyant_provider` and every test find: only the address differs, by the provider's port.
RELYANT = {
    "PROVIDERS": {
        "keycloak": {
            "ISSUER": "http://127.0.0.1:9/realms/brewery",
            "CLIENT_ID": "beer",
            "CLIENT_SECRET": "beer-secret",
            "PRESET": "keycloak",
            "POLICY": {
                "ALLOW": ["customers", "creators", "admins"],
                "GROUPS": {"customers": ["customers"], "creators": ["creators"]},
                "STAFF": ["creators", "admins"],
                "SUPERUSER": ["admins"],
            },
        },
    },
    "ADMIN_LOGIN": "redirect",
}


@pytest.fixture(autouse=True)
def site(settings):
    """The settings of the Beer site."""
    settings.ROOT_URLCONF = "tests.journeys.site"
    settings.LOGIN_URL = "relyant:login"
    settings.LOGIN_REDIRECT_URL = "/beers/"
    settings.LOGOUT_REDIRECT_URL = None
    settings.RELYANT = RELYANT
    return settings


@pytest.fixture
def browser(client, db):
    """A browser whose cookies are kept, on a site with a database."""
    return client


def misbehave(site, provider, name: str) -> None:
    """Let the provider misbehave; where the site would wait for its whole timeout, it waits a second."""
    if name.partition("@")[0] in ("slow", "dripping"):
        providers = {key: {**one, "TIMEOUT": 1} for key, one in site.RELYANT["PROVIDERS"].items()}
        site.RELYANT = {**site.RELYANT, "PROVIDERS": providers}
    provider.misbehave(name)


def signed_in(browser) -> str | None:
    """Who the site says is signed in."""
    words = browser.get("/beers/").content.decode()
    return None if words == "hello stranger" else words.removeprefix("hello ")
