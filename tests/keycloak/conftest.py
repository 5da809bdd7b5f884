"""One Keycloak and one Beer site for all tests of this folder; each test has a visitor of her own."""

from __future__ import annotations

import json
from contextlib import ExitStack

import pytest

import keycloak as keycloak_server
from people import PEOPLE
from realm import CLIENT_ID, CLIENT_SECRET, BreweryRealm
from tests.docs import pages
from tests.keycloak.bare_login import REDIRECT_URI
from tests.keycloak.browser import Browser
from tests.keycloak.knobs import Knobs
from tests.keycloak.second_factor import second_factor as made_second_factor
from tests.keycloak.visitor import Visitor
from tests.lacking import skip_or_fail
from tests.test_core import relying_party
from website import BEER, Website

MANAGE = """import os, sys

sys.path += [{root!r}, {beer!r}]
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.browser.settings"
from django.core.management import execute_from_command_line

execute_from_command_line(sys.argv)
"""
ROLES = {person.name: person.roles for person in PEOPLE}


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/keycloak/" in item.path.as_posix():
            item.add_marker(pytest.mark.keycloak)


@pytest.fixture(scope="session")
def able_to_run_keycloak():
    """Java and Maven are there."""
    if lack := keycloak_server.missing():
        skip_or_fail(f"no real Keycloak was tested: {lack}")


@pytest.fixture(scope="session")
def keycloak(able_to_run_keycloak):
    """A running Keycloak."""
    with keycloak_server.Keycloak() as running:
        yield running


@pytest.fixture(scope="session")
def realm(keycloak):
    """The realm as the wizard leaves it; a client whose addresses `start_site` registers."""
    brewery = BreweryRealm(keycloak.base_url)
    brewery.fill(redirect_uris=[], post_logout_redirect_uris=[])
    return brewery


class SiteStarter:
    """Starts sites, each with a process and a database of its own, and registers their two addresses."""

    def __init__(self, realm, new_folder):
        self.websites = []
        self._realm = realm
        self._new_folder = new_folder
        self._closing = ExitStack()

    def __call__(self, manage=BEER, **environment):
        folder = self._new_folder("site")
        log = self._closing.enter_context((folder / "log").open("w"))
        website = Website(manage, keycloak_server.free_port(), output=log)
        website.log = folder / "log"
        self.websites.append(website)
        self._realm.set_addresses(**addresses(self.websites))
        self._closing.callback(website.stop)
        database = str(folder / "beer.sqlite3")
        website.start({"BEER_ISSUER": self._realm.issuer, "BEER_DATABASE": database, **environment})
        return website

    def close(self):
        self._closing.close()


def addresses(websites):
    """The two lists of the client's page, as an operator fills them."""
    return {
        "redirect_uris": [website.redirect_uri for website in websites],
        "post_logout_redirect_uris": [website.post_logout_redirect_uri for website in websites],
    }


@pytest.fixture(scope="session")
def start_site(realm, tmp_path_factory):
    """Starts further sites; all stop at the end."""
    starter = SiteStarter(realm, tmp_path_factory.mktemp)
    yield starter
    starter.close()


@pytest.fixture(scope="session")
def website(start_site):
    """The Beer site that most tests visit."""
    return start_site()


@pytest.fixture
def site(start_site, tmp_path):
    """Start a Beer site with further settings: those of its provider, and `relyant` beside it."""
    manage = tmp_path / "manage.py"
    root = pages.DOCS.parent
    manage.write_text(MANAGE.format(root=str(root), beer=str(root / "demo" / "beer")))

    def start(relyant=None, **provider):
        settings = {"ALLOWED_HOSTS": ["127.0.0.1"]}
        changes = {"provider": provider, "relyant": relyant or {}, "settings": settings}
        return start_site(manage, BEER_CHANGES=json.dumps(changes))

    return start


@pytest.fixture
def second_factor(realm):
    """A flow with a second factor, and somebody who has one; the client's knobs for one test."""
    with made_second_factor(realm) as knobs:
        yield knobs


@pytest.fixture
def visit(website):
    """A new visitor, known nowhere: `visit()` at the Beer site, `visit(other)` at another."""
    return lambda site=website: Visitor(Browser(), site.base_url)


@pytest.fixture
def other_addresses(realm, start_site):
    """Register other addresses for the client for one test: those of all sites, except the ones given."""
    yield lambda **other: realm.set_addresses(**{**addresses(start_site.websites), **other})
    realm.set_addresses(**addresses(start_site.websites))


@pytest.fixture
def knobs(realm):
    """The knobs of the client and of people, turned back after one test."""
    turned = Knobs(realm)
    yield turned
    turned.undo()


@pytest.fixture
def party(realm, knobs):
    """Makes a relying party of the client, to which nobody listens; keywords change what it is."""
    knobs.turn(redirectUris=[REDIRECT_URI])

    def make(**changes):
        usual = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "timeout": 20.0}
        return relying_party(realm.issuer, **{**usual, **changes})

    return make


@pytest.fixture
def set_roles(realm):
    """Change a person's roles for one test."""
    changed = set()

    def change(name, roles):
        changed.add(name)
        realm.set_roles(name, roles)

    yield change
    for name in changed:
        realm.set_roles(name, ROLES[name])
