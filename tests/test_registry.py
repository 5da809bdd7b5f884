"""A provider's core is made once per process, and again only when the settings change."""

from __future__ import annotations

import logging

import pytest

from relyant import registry
from relyant.errors import Refusal, UnknownProvider


def test_a_provider_is_made_once():
    assert registry.provider("keycloak") is registry.provider("keycloak")


def test_without_a_name_the_first_declared_one_is_meant(configure, settings):
    other = dict(settings.RELYANT["PROVIDERS"]["keycloak"])
    configure({"PROVIDERS": {"first": other, "second": other}})
    assert registry.provider().settings.name == "first"


def test_changed_settings_make_a_new_provider(configure):
    before = registry.provider()
    configure({"PROVIDERS.keycloak.CLIENT_ID": "ale"})
    assert registry.provider().settings.client_id == "ale"
    assert registry.provider() is not before


def test_an_unknown_name_is_refused():
    with pytest.raises(UnknownProvider) as caught:
        registry.provider("keyclaok")
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "change",
    [
        {"PROVIDERS.keycloak.ISUER": "typo"},
        {"PROVIDERS.keycloak.POLICY": {"STAF": ["admins"]}},
        {"PROVIDERS.keycloak.ISSUER": "http://sso.example.com"},
    ],
)
def test_settings_that_cannot_be_used_refuse_the_login_instead_of_failing_it(configure, change):
    configure(change)
    with pytest.raises(Refusal) as caught:
        registry.provider()
    assert (caught.value.code, caught.value.status) == ("configuration.settings", 503)
    assert "beer-secret" not in caught.value.operator


def test_hosts_that_may_be_reached_unencrypted_are_logged_with_the_provider_that_may(configure, caplog):
    configure({"ALLOW_INSECURE_HTTP_HOSTS": ["keycloak", "vault"]})
    with caplog.at_level(logging.WARNING, "relyant"):
        registry.provider()
        registry.provider()
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage() == (
        "ALLOW_INSECURE_HTTP_HOSTS: tokens and secrets of provider keycloak may travel unencrypted to keycloak, vault"
    )


def test_without_such_hosts_nothing_is_logged(caplog):
    with caplog.at_level(logging.DEBUG, "relyant"):
        registry.provider()
    assert caplog.records == []
