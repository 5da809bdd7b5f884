"""A site of two nodes: one engine of sessions, one database, one cache, one client at Keycloak."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import urlencode, urlsplit

import psycopg

from realm import CLIENT_SECRET, NAME
from tests.keycloak.browser import Browser
from tests.keycloak.logout_address import logout_address
from tests.keycloak.visitor import Visitor
from tests.nodes import wire
from tests.nodes.node import ROOT, Node

MIGRATE_SECONDS = 90


class Site:
    """Two nodes as an operator sets them up: each reads the same settings."""

    # Nothing lapses in a test that doesn't ask for it.
    LONG_SECONDS = 300

    def __init__(self, name, services, folder, engine, **relyant):
        self.name, self.engine, self.folder = name, engine, folder
        self.realm = services.realm
        self.client_id = f"beer-{name}"
        self.database = services.new_database(name)
        self.orders, sessions = folder / "orders", folder / "sessions"
        self.orders.mkdir()
        sessions.mkdir()
        self.secret_key = secrets.token_urlsafe(50)
        given = {
            "secret_key": self.secret_key,
            "database": self.database,
            "cache": services.new_cache(),
            "engine": engine,
            "session_folder": str(sessions),
            "orders": str(self.orders),
            "issuer": services.realm.issuer,
            "client_id": self.client_id,
            "client_secret": CLIENT_SECRET,
            "relyant": relyant,
        }
        self.environment = {
            "RELYANT_NODES": json.dumps(given),
            "DJANGO_SETTINGS_MODULE": "tests.nodes.site.settings",
        }
        self.nodes = [Node(folder / f"node-{number}.log", self.environment) for number in (1, 2)]

    def start(self):
        """Make the tables, register the client, start both nodes."""
        self.manage("migrate", "--verbosity", "0")
        self.rows("INSERT INTO auth_group (name) VALUES ('customers'), ('creators')")
        self._register()
        for node in self.nodes:
            node.start()

    def stop(self):
        """Stop both."""
        for node in self.nodes:
            node.stop()

    def manage(self, *arguments):
        """Run a command of Django's in this site; what it says."""
        done = subprocess.run(
            [sys.executable, "-m", "django", *arguments],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=MIGRATE_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def visit(self, browser=None, node=1):
        """Somebody who comes to this node: a new visitor, or the one with this browser."""
        return Visitor(browser or Browser(), self.nodes[node - 1].base_url)

    def sign_in(self, name, node=1):
        """Sign somebody in at this node: her visitor."""
        visitor = self.visit(node=node)
        page = visitor.open_as(name, "/members/")
        assert page.status == 200, page.text
        assert json.loads(page.html)["user"] == name
        return visitor

    def who(self, browser, node=1):
        """Who this node says is signed in; nobody, too, where it tells that the session has ended."""
        page = self.visit(browser, node).open("/who/")
        assert page.status < 500, page.text
        return json.loads(page.html)["user"] if page.status == 200 else None

    def sid(self, visitor):
        """What Keycloak calls the session of a visitor."""
        return json.loads(visitor.open("/who/").html)["sid"]

    def rows(self, statement, *values):
        """What the database answers, read past Django."""
        database = self.database
        with psycopg.connect(
            host=database["HOST"],
            port=database["PORT"],
            user=database["USER"],
            password=database["PASSWORD"],
            dbname=database["NAME"],
            autocommit=True,
        ) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else cursor.rowcount

    def log(self):
        """What both nodes wrote."""
        logs = [node.log for node in self.nodes if node.log.exists()]
        return "".join(log.read_text(errors="replace") for log in logs)

    def set_token_lifespan(self, seconds):
        """How long the access tokens of this client live."""
        self._turn({"access.token.lifespan": str(seconds)})

    def _register(self):
        """A confidential client, as the wizard makes it, whose back-channel logout URL is at the first node."""
        uris = [f"{node.base_url}/oidc/callback/keycloak/" for node in self.nodes]
        after = "##".join(f"{node.base_url}/oidc/logged-out/" for node in self.nodes)
        self.realm._admin(
            "POST",
            f"/{NAME}/clients",
            {
                "clientId": self.client_id,
                "protocol": "openid-connect",
                "publicClient": False,
                "clientAuthenticatorType": "client-secret",
                "secret": CLIENT_SECRET,
                "standardFlowEnabled": True,
                "directAccessGrantsEnabled": False,
                "frontchannelLogout": False,
                "redirectUris": uris,
                "attributes": {
                    "post.logout.redirect.uris": after,
                    "backchannel.logout.url": self.back_channel_url(),
                    "backchannel.logout.session.required": "true",
                    "access.token.lifespan": str(self.LONG_SECONDS),
                },
            },
        )

    def logout_token(self, visitor):
        """The token by which Keycloak tells of the end of a visitor's session, and which no node has met yet."""
        sid = self.sid(visitor)
        with logout_address() as (address, take), self.back_channel_at(address):
            self.realm.end_session(sid)
            return take()

    def post_logout_token(self, token, node=1):
        """The status with which a node answers a logout token."""
        path = urlsplit(self.back_channel_url(node)).path
        body = urlencode({"logout_token": token})
        return wire.send(self.nodes[node - 1].base_url, path, method="POST", body=body).status

    def back_channel_url(self, node=1):
        """Where logout tokens are sent."""
        return f"{self.nodes[node - 1].base_url}/oidc/back-channel-logout/keycloak/"

    @contextmanager
    def back_channel_at(self, address):
        """Let Keycloak send logout tokens elsewhere, for as long as the block."""
        self._turn({"backchannel.logout.url": address})
        try:
            yield
        finally:
            self._turn({"backchannel.logout.url": self.back_channel_url()})

    def _turn(self, attributes):
        (client,) = self.realm._admin("GET", f"/{NAME}/clients?clientId={self.client_id}")
        client["attributes"].update(attributes)
        self.realm._admin("PUT", f"/{NAME}/clients/{client['id']}", client)
