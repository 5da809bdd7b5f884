"""A site without a shared secret: Keycloak reads its public keys from the site itself, and follows a rotation."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from django.core.management import call_command

from realm import CLIENT_ID

ASKED_AGAIN_SECONDS = 40
MANAGE = Path(__file__).parents[1] / "second_provider" / "site" / "manage.py"


@pytest.fixture
def file(tmp_path):
    """The site's file of private keys: one that signs, one that is encrypted to."""
    path = tmp_path / "keys.json"
    call_command("relyant_keys", "make", path)
    call_command("relyant_keys", "add", path, algorithm="ECDH-ES")
    return path


@pytest.fixture
def environment(realm, file, tmp_path):
    """What the site reads: it has no secret."""
    provider = {
        "ISSUER": realm.issuer,
        "CLIENT_ID": CLIENT_ID,
        "PRIVATE_KEY": str(file),
        "REQUIRE_ENCRYPTED_ID_TOKEN": True,
        "PRESET": "keycloak",
        "POLICY": {"STAFF": ["customers"]},
        "SCOPES": ["profile", "email"],
    }
    return {
        "BEER_PROVIDER": json.dumps(provider),
        "BEER_PROVIDER_NAME": "keycloak",
        "BEER_DATABASE": str(tmp_path / "beer.sqlite3"),
    }


def test_keycloak_reads_the_keys_from_the_site_and_follows_a_rotation(
    visit, start_site, environment, knobs, file
):
    """TK-04, ID-01"""
    website = start_site(MANAGE, **environment)
    knobs.turn(
        clientAuthenticatorType="client-jwt",
        attributes={
            "use.jwks.url": "true",
            "jwks.url": f"{website.base_url}/oidc/jwks/keycloak/",
            "token.endpoint.auth.signing.alg": "ES256",
            "id.token.encrypted.response.alg": "ECDH-ES",
            "id.token.encrypted.response.enc": "A256GCM",
        },
    )
    assert visit(website).open_as("carol", "/admin/").status == 200
    call_command("relyant_keys", "rotate", file)
    website.stop()
    website.start(environment)
    page = until_keycloak_asks_again(lambda: visit(website).open("/admin/"))
    assert page.form(having="username"), page.text
    assert visit(website).open_as("carol", "/admin/").status == 200


def until_keycloak_asks_again(begin):
    """Begin a login until Keycloak knows the new key: it reads keys anew at most each ten seconds."""
    deadline = time.monotonic() + ASKED_AGAIN_SECONDS
    while True:
        page = begin()
        if page.status == 200 or time.monotonic() > deadline:
            return page
        time.sleep(1)
