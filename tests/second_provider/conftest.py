"""A Beer site at a provider of another family, both as the test describes them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import website as demo_website
from keycloak import free_port
from relyant import _core
from tests.keycloak.browser import Browser
from tests.keycloak.visitor import Visitor
from tests.lacking import skip_or_fail
from tests.second_provider import node_provider
from tests.second_provider.registration import ROLES, SECRET, client, people

MANAGE = Path(__file__).parent / "site" / "manage.py"


class Guest(Visitor):
    """A visitor who signs in and out on the pages of oidc-provider."""

    def sign_in(self, name, page):
        """Fill in its form, which takes any password."""
        return self.browser.submit(page.form(having="login"), login=name, password=name)

    def sign_out(self, path="/", to="logout"):
        """Press "Sign out", and say yes to the provider's question."""
        page = super().sign_out(path, to)
        return self.browser.submit(page.form(to="/session/end/confirm"), logout="yes")


class Brewery:
    """A provider and a site that is registered there."""

    def __init__(self, folder):
        self._folder = folder
        self._log = (folder / "site.log").open("w")
        self._roles = dict(ROLES)
        self.provider = node_provider.NodeProvider(folder, free_port())
        self.site = demo_website.Website(MANAGE, free_port(), output=self._log)
        self.redirect_uri = f"{self.site.base_url}/oidc/callback/node/"

    def start(self, *, settings=None, registered=None, keys=None, **provider):
        """Start both: `settings` are the site's for the provider, `registered` the client's there.

        `keys` is the kind of a private key that the site makes, and whose public half the provider knows.
        """
        self.set_roles()
        if keys:
            private = json.loads(_core.new_private_key(keys))
            settings = {"PRIVATE_KEY": private, **(settings or {})}
            registered = {"jwks": json.loads(_core.public_jwk_set(json.dumps(private))), **(registered or {})}
        self.start_provider(registered=registered, **provider)
        usual = {"ISSUER": self.provider.issuer, "CLIENT_ID": "beer", "CLIENT_SECRET": SECRET}
        given = {name: value for name, value in {**usual, **(settings or {})}.items() if value is not None}
        environment = {
            "BEER_PROVIDER": json.dumps(given),
            "BEER_DATABASE": str(self._folder / "beer.sqlite3"),
        }
        self.site.start(environment)

    def start_provider(self, *, registered=None, algorithms=("RS256",), **configuration):
        """Start the provider, or start it anew: with new keys, and nobody signed in."""
        self.provider.stop()
        on_logout = {"post_logout_redirect_uris": [self.site.post_logout_redirect_uri]}
        registration = client(self.redirect_uri, {**on_logout, **(registered or {})})
        self.provider.start({"algorithms": algorithms, "client": registration, **configuration})

    def set_roles(self, **roles):
        """Change what the provider says of people."""
        self._roles.update(roles)
        self.provider.know(people(self._roles))

    def log(self):
        """What the site wrote."""
        return (self._folder / "site.log").read_text()

    def visit(self):
        """A new visitor, known nowhere."""
        return Guest(Browser(), self.site.base_url)

    def close(self):
        """Stop both."""
        self.site.stop()
        self.provider.stop()
        self._log.close()


@pytest.fixture(scope="session")
def able_to_run_node():
    """Node and the package are there."""
    if lack := node_provider.missing():
        skip_or_fail(f"no second provider was tested: {lack}")


@pytest.fixture
def brewery(able_to_run_node, tmp_path):
    """A provider and a site of the test's own; `start` says what they are."""
    pair = Brewery(tmp_path)
    yield pair
    pair.close()
