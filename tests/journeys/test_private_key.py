"""A site without a shared secret: the provider reads the site's public keys from the site itself."""

from __future__ import annotations

import json
import logging

import pytest
from django.core.management import call_command

from relyant import _core, registry
from tests.journeys.conftest import signed_in


@pytest.fixture
def file(tmp_path):
    """The site's file of private keys."""
    path = tmp_path / "keys.json"
    call_command("relyant_keys", "make", path, verbosity=0)
    return path


@pytest.fixture
def restart(site, relyant_provider, file):
    """Start the site anew: it reads its keys then."""

    def read(**others):
        (name,) = site.RELYANT["PROVIDERS"]
        provider = {**site.RELYANT["PROVIDERS"][name], "PRIVATE_KEY": file, **others}
        provider.pop("CLIENT_SECRET", None)
        site.RELYANT = {**site.RELYANT, "PROVIDERS": {name: provider}}

    read()
    return read


@pytest.fixture
def published(live_server, relyant_provider, restart):
    """Where the provider reads the site's keys."""
    address = f"{live_server.url}/oidc/jwks/keycloak/"
    relyant_provider.take_client_keys_from(address)
    return address


def kids(file):
    return [key["kid"] for key in json.loads(file.read_text())["keys"]]


def test_a_login_and_all_that_the_client_asks_need_the_key_alone(browser, relyant_provider, published):
    """TK-04"""
    relyant_provider.set_pushed_requests("required")
    assert relyant_provider.sign_in(browser, "carol", "/members/").status_code == 302
    assert signed_in(browser) == "carol"
    party = registry.provider().relying_party
    assert party.client_credentials(scopes=[], resources=[])
    counts = relyant_provider.requests()
    assert (counts["par"], counts["token"]) == (1, 2)


@pytest.mark.parametrize("kind", ["RS256", "PS256", "ES384", "ES512", "EdDSA"])
def test_each_kind_of_key_signs(browser, relyant_provider, published, restart, file, kind):
    file.unlink()
    call_command("relyant_keys", "make", file, algorithm=kind, verbosity=0)
    restart()
    relyant_provider.sign_in(browser, "carol")
    assert signed_in(browser) == "carol"


def test_after_a_rotation_the_new_key_signs_and_a_site_that_goes_on_may_use_the_former(
    client, db, relyant_provider, published, restart, file
):
    relyant_provider.sign_in(client, "carol")
    (before,) = kids(file)
    call_command("relyant_keys", "rotate", file, verbosity=0)
    # Another process of the site has been restarted already, and publishes both.
    going_on = registry.provider().relying_party
    restart()
    assert [key["kid"] for key in client.get("/oidc/jwks/keycloak/").json()["keys"]] == kids(file)
    assert kids(file)[1] == before
    assert going_on.client_credentials(scopes=[], resources=[])
    relyant_provider.sign_in(client, "carol")
    assert signed_in(client) == "carol"


def test_a_key_that_is_not_published_any_more_opens_nothing(relyant_provider, published, restart, file):
    """TK-04"""
    going_on = registry.provider().relying_party
    call_command("relyant_keys", "rotate", file, keep_days=0, verbosity=0)
    restart()
    with pytest.raises(_core.RelyantError) as refused:
        going_on.client_credentials(scopes=[], resources=[])
    assert refused.value.code == "configuration.invalid_client"
    assert registry.provider().relying_party.client_credentials(scopes=[], resources=[])


def test_where_the_provider_can_not_read_the_keys_its_words_are_in_the_log(
    browser, relyant_provider, published, file, caplog
):
    """OP-01"""
    relyant_provider.take_client_keys_from(published.replace("keycloak", "nobody"))
    caplog.set_level(logging.INFO, logger="relyant")
    response = relyant_provider.sign_in(browser, "carol")
    assert "<code>configuration.invalid_client</code>" in response.content.decode()
    assert signed_in(browser) is None
    assert "the client's JWK Set can't be had" in caplog.text
    (key,) = json.loads(file.read_text())["keys"]
    assert key["d"] not in caplog.text


def test_a_secret_opens_nothing_where_keys_are_registered(browser, site, relyant_provider, published):
    (name,) = site.RELYANT["PROVIDERS"]
    provider = {**site.RELYANT["PROVIDERS"][name], "CLIENT_SECRET": "beer-secret"}
    site.RELYANT = {"PROVIDERS": {name: {**provider, "CLIENT_AUTH": "client_secret_basic"}}}
    response = relyant_provider.sign_in(browser, "carol")
    assert "<code>configuration.invalid_client</code>" in response.content.decode()


def test_what_the_address_answers_may_be_kept_by_anybody(browser, relyant_provider, published):
    relyant_provider.sign_in(browser, "carol")
    answer = browser.get("/oidc/jwks/keycloak/")
    assert (answer["Cache-Control"], answer.cookies) == ("public, max-age=300", {})
    assert "Vary" not in answer or "Cookie" not in answer["Vary"]
