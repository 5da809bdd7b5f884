"""A provider's core is made once per process, and again only when the settings change."""

from __future__ import annotations

import logging

import pytest

from relyant import conf, registry
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


# AZ-07
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"TENANTS": []}, "name those that may sign in"),
        ({}, "name those that may sign in"),
        ({"TENANTS": ["brewery.example"]}, "`brewery.example` is no tenant's identifier"),
        ({"TENANTS": ["8a1f4c0e"], "PRESET": "generic"}, "leave it out"),
    ],
)
def test_tenants_are_named_for_the_address_of_all_and_for_no_other(settings, given, message):
    issuer = "https://login.microsoftonline.com/organizations/v2.0"
    one = {"ISSUER": issuer, "CLIENT_ID": "beer", "PRESET": "entra", **given}
    settings.RELYANT = {"PROVIDERS": {"entra": one}}
    with pytest.raises(Refusal, match=message) as caught:
        registry.provider()
    assert "RELYANT.PROVIDERS.entra.TENANTS" in str(caught.value)


# AZ-07
def test_each_tenant_has_an_issuer_of_its_own(settings):
    issuer = "https://login.microsoftonline.com/common/v2.0"
    one = {"ISSUER": issuer, "CLIENT_ID": "beer", "PRESET": "entra", "TENANTS": ["b", "a"]}
    settings.RELYANT = {"PROVIDERS": {"entra": one}}
    made = registry.provider().settings
    assert made.issuers == tuple(issuer.replace("common", tenant) for tenant in "ab")
    settings.RELYANT = {"PROVIDERS": {"one": {"ISSUER": "https://op.example", "CLIENT_ID": "beer"}}}
    assert registry.provider().settings.issuers == ("https://op.example",)


def test_examples_of_the_core_are_written_in_python(configure):
    by_address = {"claim": "email", "domain": ["brewery.example"]}
    configure({"PROVIDERS.keycloak.POLICY": {"ALLOW": by_address}})
    (oddity,) = registry.policy_oddities(conf.relyant_settings().providers["keycloak"])
    assert '{"claim": "email_verified", "equals": True}' in oddity.hint
    configure({"PROVIDERS.keycloak.POLICY": {"ALLOW": {"claim": "plan", "equals": []}}})
    with pytest.raises(conf.ConfigurationError) as caught:
        registry.make_policy(conf.relyant_settings().providers["keycloak"])
    told = " ".join(one.hint for one in caught.value.problems)
    assert '"equals": True}' in told
