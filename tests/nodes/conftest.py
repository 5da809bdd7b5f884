"""Keycloak, PostgreSQL and Redis once for all tests; a site of two nodes for each engine, started when it is needed."""

from __future__ import annotations

import importlib.util
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count

import psycopg
import pytest

from keycloak import Keycloak
from keycloak import missing as keycloak_lacks
from people import PEOPLE
from tests.databases.servers import PostgreSQL
from tests.lacking import skip_or_fail
from tests.nodes.provider import Realm
from tests.nodes.redis_server import Redis
from tests.nodes.site_of_two import Site

ENGINES = ("db", "cache", "cached_db", "file", "signed_cookies")
LOG_CHARS = 6000
PACKAGES = ("gunicorn", "psycopg", "redis")


class Figures:
    """What was measured, said at the end of the run: a test asserts no time but a generous one."""

    def __init__(self):
        self.lines = []

    def __call__(self, what, seconds):
        self.say(f"{what}: {seconds * 1000:.0f} ms")

    def say(self, line):
        if line not in self.lines:
            self.lines.append(line)


FIGURES = Figures()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A test that fails shows what the nodes of its site wrote last."""
    report = yield
    site = item.funcargs.get("site")
    if report.failed and site is not None:
        report.sections.append(("the log of both nodes", site.log()[-LOG_CHARS:]))
    return report


def pytest_terminal_summary(terminalreporter):
    if FIGURES.lines:
        terminalreporter.section("measured on two nodes")
        for line in FIGURES.lines:
            terminalreporter.line(line)


@pytest.fixture(scope="session")
def figure():
    """Note a figure for the end of the run: `figure("a page", seconds)`."""
    return FIGURES


@dataclass
class Services:
    """What the sites share: servers that run, and places in them that nobody else uses."""

    keycloak: Keycloak
    realm: Realm
    postgresql: PostgreSQL
    redis: Redis

    def __post_init__(self):
        self._numbers = count()

    def new_database(self, name):
        """An empty database as an entry of Django's `DATABASES`."""
        settings = self.postgresql.settings()
        with psycopg.connect(
            host=settings["HOST"],
            port=settings["PORT"],
            user=settings["USER"],
            password=settings["PASSWORD"],
            dbname=settings["NAME"],
            autocommit=True,
        ) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return {**settings, "NAME": name}

    def new_cache(self):
        """An empty database of Redis as an entry of Django's `CACHES`."""
        settings = self.redis.settings()
        return {**settings, "LOCATION": f"{settings['LOCATION']}/{next(self._numbers)}"}


class Sites:
    """The sites by engine; those of a test's own, too."""

    def __init__(self, services, new_folder):
        self._services = services
        self._new_folder = new_folder
        self._running = {}
        self._closing = ExitStack()

    def __call__(self, engine):
        """The site with this engine, which all tests share."""
        if engine not in self._running:
            self.start(engine, engine)
        return self._running[engine]

    def start(self, name, engine, **relyant):
        """Start a site of this name with changed settings."""
        site = Site(name, self._services, self._new_folder(name), engine, **relyant)
        self._closing.callback(site.stop)
        site.start()
        self._running[name] = site
        return site

    def close(self):
        self._closing.close()


@pytest.fixture(scope="session")
def able_to_run_nodes():
    """Everything is there that these tests start."""
    lacks = [*PostgreSQL.missing(), *Redis.missing()]
    lacks += [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if lacks:
        skip_or_fail(f"no nodes were tested: {', '.join(lacks)} is missing (`make test-nodes`)")
    if lack := keycloak_lacks():
        skip_or_fail(f"no nodes were tested: {lack}")


@pytest.fixture(scope="session")
def services(able_to_run_nodes):
    """Keycloak with its realm, PostgreSQL and Redis."""
    with ExitStack() as closing:
        postgresql, redis = closing.enter_context(PostgreSQL()), closing.enter_context(Redis())
        keycloak = closing.enter_context(Keycloak())
        realm = Realm(keycloak.base_url)
        realm.fill(redirect_uris=[], post_logout_redirect_uris=[])
        realm.keep_events()
        yield Services(keycloak, realm, postgresql, redis)


@pytest.fixture(scope="session")
def sites(services, tmp_path_factory):
    """Starts sites; all stop at the end."""
    started = Sites(services, tmp_path_factory.mktemp)
    yield started
    started.close()


@pytest.fixture
def realm(services):
    """The realm, with everybody enabled again in the end, and with the roles of before."""
    yield services.realm
    for person in PEOPLE:
        services.realm.set_enabled(person.name, True)
        services.realm.set_roles(person.name, person.roles)


@pytest.fixture(params=ENGINES)
def site(request, sites):
    """A site of two nodes, with each engine in turn."""
    return sites(request.param)
