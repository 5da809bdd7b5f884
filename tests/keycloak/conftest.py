"""One Keycloak and one Beer site for all tests of this folder; each test has a visitor of her own."""

from __future__ import annotations

import keycloak as keycloak_server
import pytest
from people import PEOPLE
from realm import BreweryRealm
from website import BEER, Website

from tests.keycloak.browser import Browser
from tests.keycloak.visitor import Visitor

ROLES = {person.name: person.roles for person in PEOPLE}


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/keycloak/" in item.path.as_posix():
            item.add_marker(pytest.mark.keycloak)


@pytest.fixture(scope="session")
def keycloak():
    """A running Keycloak; where Java or Maven is missing the tests are skipped and say so."""
    if lack := keycloak_server.missing():
        pytest.skip(lack)
    with keycloak_server.Keycloak() as running:
        yield running


@pytest.fixture(scope="session")
def realm(keycloak):
    """The realm as the wizard leaves it; a client whose addresses `start_site` registers."""
    brewery = BreweryRealm(keycloak.base_url)
    brewery.fill(redirect_uris=[], post_logout_redirect_uris=[])
    return brewery


@pytest.fixture(scope="session")
def start_site(realm, tmp_path_factory):
    """Start a site of its own process and database, its two addresses registered as an operator would."""
    started = []

    def start(manage=BEER, **environment):
        folder = tmp_path_factory.mktemp("site")
        log = (folder / "log").open("w")
        website = Website(manage, keycloak_server.free_port(), output=log)
        started.append((website, log))
        register(realm, *(site for site, _ in started))
        website.start(
            {"BEER_ISSUER": realm.issuer, "BEER_DATABASE": str(folder / "beer.sqlite3"), **environment}
        )
        website.log = folder / "log"
        return website

    yield start
    for website, log in started:
        website.stop()
        log.close()


def register(realm, *websites):
    """Write the two addresses of each site into the client."""
    realm.set_addresses(
        redirect_uris=[website.redirect_uri for website in websites],
        post_logout_redirect_uris=[website.post_logout_redirect_uri for website in websites],
    )


@pytest.fixture(scope="session")
def website(start_site):
    """The Beer site that most tests visit."""
    return start_site()


@pytest.fixture
def visit(website):
    """A new visitor, known nowhere: `visit()` at the Beer site, `visit(other)` at another."""
    return lambda site=website: Visitor(Browser(), site.base_url)


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
