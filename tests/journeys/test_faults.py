"""Faults of a provider as a visitor meets them: a page that says so in time, a worker that is free again, no flood of requests."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from relyant import registry
from tests.journeys.conftest import misbehave, signed_in

UNKNOWN_KEYS = 50


# FT-01, FT-02, FT-03, FT-04, FT-05
@pytest.mark.parametrize("endpoint", ["metadata", "jwks", "token", "userinfo"])
@pytest.mark.parametrize(
    ("name", "code", "seconds"),
    [
        ("slow", "unavailable.timeout", None),
        ("dripping", "unavailable.timeout", None),
        ("down", "unavailable.protocol", None),
        ("error-500", "unavailable.http_status", None),
        ("error-503", "unavailable.http_status", "7"),
    ],
)
def test_whatever_does_not_answer_a_page_says_try_later(
    browser, site, relyant_provider, name, code, seconds, endpoint
):
    misbehave(site, relyant_provider, f"{name}@{endpoint}")
    response = relyant_provider.sign_in(browser, "carol")
    page = response.content.decode()
    assert (response.status_code, f"<code>{code}</code>" in page) == (503, True)
    assert response["Retry-After"] == seconds or (seconds is None and int(response["Retry-After"]) > 0)
    assert not User.objects.exists()
    # The worker that met it is free, and asks again; unless it was told when.
    relyant_provider.misbehave()
    browser.cookies.clear()
    asked = relyant_provider.requests()[endpoint]
    response = relyant_provider.sign_in(browser, "carol")
    if seconds:
        assert (response.status_code, relyant_provider.requests()[endpoint]) == (503, asked)
    else:
        assert response.status_code == 302 and signed_in(browser) == "carol"


# FT-03
def test_a_provider_that_keeps_failing_is_left_alone(browser, relyant_provider):
    relyant_provider.misbehave("down@metadata")
    for _ in range(10):
        response = browser.get("/oidc/login/")
        assert response.status_code == 503
    # Five failures of two attempts each at most, then nobody asks for a moment.
    assert 5 <= relyant_provider.requests()["metadata"] <= 10
    asked = relyant_provider.requests()["metadata"]
    assert browser.get("/oidc/login/").status_code == 503
    assert relyant_provider.requests()["metadata"] == asked


# FT-05, FT-06
def test_what_is_no_metadata_is_not_kept(browser, relyant_provider):
    relyant_provider.misbehave("metadata-html")
    assert browser.get("/oidc/login/").status_code == 502
    relyant_provider.misbehave()
    assert browser.get("/oidc/login/").status_code == 302


# FT-08, FT-09
def test_a_rotation_costs_one_look_at_the_keys(browser, relyant_provider):
    for rotations in range(2):
        relyant_provider.sign_in(browser, "carol")
        assert signed_in(browser) == "carol"
        assert relyant_provider.requests()["jwks"] == 1 + rotations
        browser.logout()
        relyant_provider.rotate_keys(keep_old=False)


# FT-10, DK-04
def test_unknown_keys_cost_one_look_in_half_a_minute(browser, relyant_provider):
    relyant_provider.misbehave("unknown-kid")
    for _ in range(UNKNOWN_KEYS):
        response = relyant_provider.sign_in(browser, "carol")
        assert "invalid_token.unknown_key" in response.content.decode()
    assert relyant_provider.requests()["jwks"] <= 2


# FT-20
def test_a_clock_that_differs_is_told_by_its_difference(relyant_provider):
    relyant_provider.misbehave("old-date")
    party = registry.provider("keycloak").relying_party
    examination = party.examine(redirect_uri=None, post_logout_redirect_uri=None)
    difference = examination.facts()["clock_difference"]
    assert difference < -60
    (symptom,) = [one for one in examination.symptoms if one.diagnosis == "clock_difference"]
    assert f"{-difference} s" in symptom.detail
