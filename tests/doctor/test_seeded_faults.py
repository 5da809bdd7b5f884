"""Every seeded fault is named by its one finding; a healthy project has none."""

from __future__ import annotations

import json

import pytest

from relyant import _core
from relyant.doctor.findings import CATALOGUE
from relyant.testing import DevelopmentProvider, misbehaviours
from tests.doctor.conftest import BASE_URL
from tests.doctor.seeds import IN_A_LOGIN, MISBEHAVIOURS, PEOPLE, SETTINGS
from tests.test_core import RefusingProxy, serving

ELSEWHERE = "https://elsewhere.example/"
# Twenty faults of as many kinds, from the address to the claims.
TWENTY = [
    *("metadata-wrong-issuer", "metadata-http-endpoint", "metadata-plain-pkce-only", "metadata-hs256-only"),
    *("metadata-no-end-session", "jwks-other-keys", "jwks-odd-keys", "old-date", "down", "error-503"),
    *("wrong-audience", "missing-sub", "typ-at-jwt", "userinfo-forged", "access-token-lightweight"),
    *("access-token-wrong-type", "access-token-opaque", "expired", "unknown-kid", "callback-pkce-refused"),
]


@pytest.fixture
def seed(configure, relyant_provider, settings, monkeypatch):
    """Seed a fault that is a function."""
    return lambda fault: fault(
        configure=configure, provider=relyant_provider, settings=settings, monkeypatch=monkeypatch
    )


def named(examined, expected):
    """The one finding, with all its words; the exit code says whether it is an error."""
    assert examined.ids == [f"doctor.{expected}"], examined.text
    (finding,) = examined.findings
    doc = CATALOGUE[f"doctor.{expected}"]
    assert (finding["severity"], finding["title"], finding["mend"]) == (doc.severity, doc.title, doc.mend)
    assert examined.code == (1 if doc.severity == "error" else 0)
    return finding


def test_a_healthy_project_has_no_finding(examine):
    examined = examine()
    assert (examined.ids, examined.code) == ([], 0)
    (provider,) = examined.report["providers"]
    assert provider["facts"]["metadata"]["algorithms"] == ["RS256"]
    assert provider["facts"]["keys"]["usable"][0]["algorithms"] == ["RS256"]
    assert provider["redirect_uris"] == [f"{BASE_URL}/oidc/callback/keycloak/"]
    assert provider["post_logout_redirect_uris"] == [f"{BASE_URL}/oidc/logged-out/"]
    assert provider["back_channel_logout_uris"] == [f"{BASE_URL}/oidc/back-channel-logout/keycloak/"]
    assert provider["front_channel_logout_uris"] == [f"{BASE_URL}/oidc/front-channel-logout/keycloak/"]
    assert provider["jwks_uris"] == []


def test_where_the_site_publishes_its_keys_is_told_as_soon_as_there_are_some(examine, configure):
    key = json.loads(_core.new_private_key("ECDH-ES"))
    configure({"PROVIDERS.keycloak.PRIVATE_KEY": key})
    (provider,) = examine().report["providers"]
    assert provider["jwks_uris"] == [f"{BASE_URL}/oidc/jwks/keycloak/"]
    text = examine(as_json=False).text
    assert (
        f"register as JWKS URL, where the site's public keys are:\n    {BASE_URL}/oidc/jwks/keycloak/" in text
    )
    assert key["d"] not in text


def test_a_healthy_login_has_no_finding(examine_login):
    examined = examine_login()
    assert (examined.ids, examined.code) == ([], 0)


@pytest.mark.parametrize("name", MISBEHAVIOURS)
def test_a_misbehaviour_is_named(examine, configure, relyant_provider, name):
    if name == "slow":
        configure({"PROVIDERS.keycloak.TIMEOUT": 1})
    relyant_provider.misbehave(name)
    named(examine(), MISBEHAVIOURS[name])


@pytest.mark.parametrize("name", IN_A_LOGIN)
def test_a_misbehaviour_in_a_login_is_named(examine_login, relyant_provider, name):
    relyant_provider.misbehave(name)
    named(examine_login(), IN_A_LOGIN[name])


@pytest.mark.parametrize("name", SETTINGS)
def test_a_wrong_setting_is_named(examine, seed, name):
    expected, fault = SETTINGS[name]
    seed(fault)
    named(examine(), expected)


@pytest.mark.parametrize("name", PEOPLE)
def test_what_is_odd_about_a_person_is_named(examine_login, seed, name):
    expected, fault = PEOPLE[name]
    seed(fault)
    named(examine_login(), expected)


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("--redirect-uri", "redirect_uri_refused"),
        ("--post-logout-redirect-uri", "post_logout_redirect_uri_refused"),
    ],
)
def test_an_address_that_is_not_registered_is_named(examine, settings, configure, argument, expected):
    """The one that is refused is in the finding, to be registered as it is."""
    with DevelopmentProvider(argument, ELSEWHERE, *_other_addresses(argument)) as provider:
        settings.RELYANT = provider.settings(settings.RELYANT)
        finding = named(examine(), expected)
    assert BASE_URL in finding["detail"]


def _other_addresses(argument):
    """Without any of a kind every local address will do; a redirect URI may be a post-logout one too."""
    mine = f"{BASE_URL}/oidc/logged-out/"
    return () if argument != "--redirect-uri" else ("--post-logout-redirect-uri", mine)


def test_an_issuer_that_only_this_machine_reaches_is_named(examine, settings, configure):
    public = "https://beer.example.com"
    settings.ALLOWED_HOSTS = ["beer.example.com"]
    callback, logged_out = f"{public}/oidc/callback/keycloak/", f"{public}/oidc/logged-out/"
    arguments = ("--redirect-uri", callback, "--post-logout-redirect-uri", logged_out)
    with DevelopmentProvider(*arguments) as provider:
        settings.RELYANT = provider.settings(settings.RELYANT)
        configure({"BASE_URL": public})
        named(examine(), "issuer_not_for_browsers")


def test_a_proxy_that_opens_no_way_is_named(examine, configure, monkeypatch):
    """Without its password, which the environment's variable may hold."""
    configure({"PROVIDERS.keycloak.ISSUER": "https://sso.brewery.example/realms/brewery"})
    with serving(RefusingProxy) as proxy:
        monkeypatch.setenv("https_proxy", proxy.replace("//", "//carol:hops@"))
        examined = examine()
    named(examined, "proxy_refused")
    assert examined.report["providers"][0]["facts"]["proxy"] == proxy.removeprefix("http://")
    assert "hops" not in examined.text


def test_a_forwarded_host_without_its_scheme_is_named(examine, configure, settings):
    configure({"BASE_URL": ...})
    settings.USE_X_FORWARDED_HOST = True
    assert examine().ids == ["doctor.forwarded_host_alone", "doctor.base_url_missing"]


def test_system_checks_are_findings_under_their_own_ids(examine, configure, settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "relyant" not in name]
    examined = examine()
    assert (examined.ids, examined.code) == (["relyant.E005"], 1)
    configure({"PROVIDRS": {}})
    examined = examine()
    assert examined.ids == ["relyant.E001", "relyant.E005"]
    assert "PROVIDRS" in examined.findings[0]["title"]


def test_twenty_of_twenty(examine, examine_login, relyant_provider):
    """The doctor names the seeded fault, and no other, in 20 of 20 cases."""
    right = []
    for name in TWENTY:
        relyant_provider.misbehave(name)
        expected, run = (MISBEHAVIOURS, examine) if name in MISBEHAVIOURS else (IN_A_LOGIN, examine_login)
        if run().ids == [f"doctor.{expected[name]}"]:
            right.append(name)
    print(f"\nthe doctor named {len(right)} of {len(TWENTY)} seeded faults")
    assert right == TWENTY
    assert len(set(TWENTY)) == 20


def test_the_seeds_are_misbehaviours_that_there_are():
    known = misbehaviours()
    assert {name.partition("@")[0] for name in (*MISBEHAVIOURS, *IN_A_LOGIN)} <= set(known)
