"""Claims that others keep for the provider: not followed, followed where a setting says whom to believe, and done wrong.

OpenID Connect Core §5.6.2.
"""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from relyant import signals
from relyant.testing import DevelopmentProvider
from tests.journeys.conftest import signed_in

GROUPS = {"groups": ["customers"]}
NICKNAME = {"nickname": "Cask"}
POLICY = {"ROLES": ["groups"], "GROUPS": {"customers": ["customers"]}}


@pytest.fixture
def believe(site, relyant_provider):
    """Lets the site believe these issuers, or the provider itself."""

    def configure(*issuers, **policy):
        one = site.RELYANT["PROVIDERS"]["keycloak"]
        one = {**one, "POLICY": {**POLICY, **policy}, "CLAIMS_PROVIDERS": list(issuers)}
        site.RELYANT = {**site.RELYANT, "PROVIDERS": {"keycloak": one}}

    return configure


@pytest.fixture
def completed():
    """What was told of each login that is complete."""
    told = []

    def note(**login):
        told.append(login)

    signals.login_completed.connect(note)
    yield told
    signals.login_completed.disconnect(note)


def warnings(caplog):
    records = [one for one in caplog.records if one.name == "relyant" and "are left out" in one.getMessage()]
    assert all(one.levelname == "WARNING" for one in records)
    return [one.getMessage() for one in records]


def groups():
    return list(User.objects.get().groups.values_list("name", flat=True))


# UI-04, AZ-04
def test_nothing_is_followed_unasked_and_an_overage_is_refused(browser, relyant_provider, believe):
    believe()
    relyant_provider.keep_elsewhere("carol", distributed=GROUPS)
    response = relyant_provider.sign_in(browser, "carol")
    assert response.status_code == 403 and "decision.overage" in response.content.decode()
    assert relyant_provider.requests()["claims"] == 0
    assert not User.objects.exists()


# UI-04
@pytest.mark.parametrize("kept", ["aggregated", "distributed"])
def test_claims_of_an_issuer_that_is_believed_grant_by_their_own_name(
    browser, relyant_provider, believe, completed, kept
):
    believe(relyant_provider.issuer)
    relyant_provider.keep_elsewhere("carol", **{kept: GROUPS})
    relyant_provider.sign_in(browser, "carol")
    assert signed_in(browser) == "carol" and groups() == ["customers"]
    (login,) = completed
    (role,) = login["decision"].roles
    assert (role.path, role.source) == ("groups", f"id_token/{kept}")
    assert login["identity"].claims(f"id_token/{kept}") == GROUPS
    assert "groups" not in login["identity"].claims("id_token")
    assert relyant_provider.requests()["claims"] == int(kept == "distributed")


# UI-04, AZ-03, AZ-04
@pytest.mark.parametrize(
    ("misbehaviour", "code"),
    [
        ("claims-endpoint-elsewhere", "invalid_token.claim_source_endpoint_forbidden"),
        ("claims-forged", "invalid_token.claim_source_unknown_key"),
        ("claims-unsigned", "invalid_token.claim_source_algorithm_not_allowed"),
        ("claims-wrong-issuer", "invalid_token.claim_source_issuer_untrusted"),
        ("claims-wrong-audience", "invalid_token.claim_source_audience_mismatch"),
        ("claims-wrong-sub", "invalid_token.claim_source_subject_mismatch"),
        ("claims-expired", "invalid_token.claim_source_expired"),
        ("claims-incomplete", "invalid_token.claim_source_claim_missing"),
        ("down@claims", "unavailable.protocol"),
        ("error-500@claims", "unavailable.http_status"),
        ("huge-body@claims", "unavailable.too_large"),
        ("gzip-body@claims", "unavailable.content_encoding"),
    ],
)
def test_claims_that_are_needed_and_cannot_be_had_refuse_and_revoke_nothing(
    browser, relyant_provider, believe, caplog, misbehaviour, code
):
    believe(relyant_provider.issuer)
    relyant_provider.keep_elsewhere("carol", distributed=GROUPS)
    relyant_provider.sign_in(browser, "carol")
    assert groups() == ["customers"]
    browser.logout()
    asked = relyant_provider.requests()["claims"]
    relyant_provider.misbehave(misbehaviour)
    response = relyant_provider.sign_in(browser, "carol")
    assert response.status_code == 403 and "decision.overage" in response.content.decode()
    assert signed_in(browser) is None
    assert groups() == ["customers"]
    (line,) = warnings(caplog)
    assert line.startswith("the claims of `id_token/distributed` are left out:") and line.endswith(
        f"({code})"
    )
    if misbehaviour == "claims-endpoint-elsewhere":
        assert relyant_provider.requests()["claims"] == asked


# UI-04
def test_a_login_that_loses_no_right_goes_on_with_a_warning(browser, relyant_provider, believe, caplog):
    fields = {"username": "preferred_username", "last_name": "nickname"}
    believe(relyant_provider.issuer, ROLES=["realm_access.roles"], USER=fields)
    relyant_provider.keep_elsewhere("carol", distributed=NICKNAME)
    relyant_provider.sign_in(browser, "carol")
    assert User.objects.get().last_name == "Cask"
    browser.logout()
    relyant_provider.misbehave("claims-forged")
    relyant_provider.sign_in(browser, "carol")
    assert signed_in(browser) == "carol" and groups() == ["customers"]
    assert User.objects.get().last_name == "Cask"
    (line,) = warnings(caplog)
    assert "(invalid_token.claim_source_unknown_key)" in line


# UI-04
def test_what_the_policy_does_not_look_at_is_not_fetched(browser, relyant_provider, believe):
    believe(relyant_provider.issuer, ROLES=["realm_access.roles"])
    relyant_provider.keep_elsewhere("carol", aggregated=NICKNAME, distributed=GROUPS)
    relyant_provider.sign_in(browser, "carol")
    assert signed_in(browser) == "carol"
    assert relyant_provider.requests()["claims"] == 0


# UI-04
def test_another_issuer_is_believed_for_what_it_signs_alone(browser, relyant_provider, believe, caplog):
    with DevelopmentProvider(client_secret="of-hr") as other:
        believe(other.issuer)
        relyant_provider.keep_elsewhere("carol", distributed=GROUPS)
        response = relyant_provider.sign_in(browser, "carol")
        assert "decision.overage" in response.content.decode()
        (line,) = warnings(caplog)
        assert "claim_source_endpoint_forbidden" in line
        relyant_provider.keep_elsewhere("carol", aggregated=GROUPS)
        relyant_provider.sign_in(browser, "carol")
        assert "claim_source_issuer_untrusted" in warnings(caplog)[-1]
        assert other.requests()["metadata"] == 0
    assert not User.objects.exists()
