"""Front-channel logout: what a frame of the provider's page asks for, and whom it signs out."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection
from django.test import Client

from relyant.models import EndedBy, UserSession
from tests.journeys.conftest import signed_in

ADDRESS = "/oidc/front-channel-logout/keycloak/"


def frame(provider, sid, client=None):
    """What the frame gets, in a browser that withholds its cookies from it unless one is given."""
    return (client or Client()).get(ADDRESS, {"iss": provider.issuer, "sid": sid})


def sid_of(browser) -> str:
    return browser.session["relyant"]["sid"]


@pytest.fixture(params=["db", "signed_cookies"])
def engine(request, settings):
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{request.param}"


# LO-10
@pytest.mark.parametrize("brings_cookies", [True, False])
def test_lo_10_the_session_ends_whether_or_not_the_cookie_comes(
    engine, browser, relyant_provider, brings_cookies
):
    """LO-10: by the register; and the provider's page alone may frame the answer."""
    relyant_provider.sign_in(browser, "carol")
    relyant_provider.sign_in(other := Client(), "carol")
    answer = frame(relyant_provider, sid_of(browser), browser if brings_cookies else None)
    assert (answer.status_code, answer.content) == (200, b"You are signed out")
    assert "X-Frame-Options" not in answer and "no-store" in answer["Cache-Control"]
    origin = relyant_provider.issuer.removesuffix("/realms/brewery")
    assert (
        answer["Content-Security-Policy"] == f"default-src 'none'; base-uri 'none'; frame-ancestors {origin}"
    )
    assert not browser.get("/beers/").content.startswith(b"hello carol") and signed_in(browser) is None
    assert signed_in(other) == "carol"
    (row,) = UserSession.objects.filter(ended_at__isnull=False)
    assert row.ended_by == EndedBy.FRONT_CHANNEL


# LO-09
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"sid": []}, "parameter_missing"),
        ({"iss": []}, "parameter_missing"),
        ({"iss": [], "sid": []}, "parameter_missing"),
        ({"iss": "https://sso.example.com/realms/brewery"}, "issuer_mismatch"),
        ({"sid": ["a", "b"]}, "parameter_repeated"),
        ({"sid": "a" * 9_000}, "query_too_long"),
        ({"sid": "\0"}, "sid_invalid"),
    ],
)
def test_lo_09_any_sites_image_signs_nobody_out(
    browser, relyant_provider, changed, code, django_assert_num_queries
):
    """LO-09: issuer and session are both needed, and nothing is looked up before they are there."""
    relyant_provider.sign_in(browser, "carol")
    query = {"iss": relyant_provider.issuer, "sid": sid_of(browser), **changed}
    with django_assert_num_queries(0):
        answer = browser.get(ADDRESS, query)
    assert answer.status_code == 400
    assert answer.content.decode().startswith(f"transaction.front_channel_logout_{code} (reference ")
    assert answer["X-Frame-Options"] == "DENY" and "no-store" in answer["Cache-Control"]
    assert signed_in(browser) == "carol"


# LO-09
def test_lo_09_a_session_that_is_not_known_changes_nothing_and_shows_nothing(browser, relyant_provider):
    """LO-09: the answer is that to a session that ends, so nobody learns which there are."""
    relyant_provider.sign_in(browser, "carol")
    sid = sid_of(browser)
    unknown = frame(relyant_provider, "another")
    assert signed_in(browser) == "carol"
    known, again = frame(relyant_provider, sid), frame(relyant_provider, sid)
    for answer in (unknown, known, again):
        assert (answer.status_code, answer.content) == (200, b"You are signed out")
        assert answer.headers == unknown.headers
    assert UserSession.objects.count() == 1


# LO-09
def test_lo_09_nothing_is_revoked_at_the_provider(browser, relyant_provider, settings):
    """LO-09: nothing proves who asks, so only what is here ends."""
    settings.RELYANT = {**settings.RELYANT, "REVOKE_ON_LOGOUT": True}
    relyant_provider.sign_in(browser, "carol")
    frame(relyant_provider, sid_of(browser))
    assert relyant_provider.requests()["revocation"] == 0


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_get_alone(browser, method):
    assert getattr(Client(), method)(ADDRESS).status_code == 405


def test_a_provider_that_the_settings_lack(browser):
    answer = Client().get(
        "/oidc/front-channel-logout/google/", {"iss": "https://accounts.google.com", "sid": "a"}
    )
    assert answer.status_code == 400


def test_a_provider_that_is_away_keeps_nobody_signed_in(browser, relyant_provider, settings):
    relyant_provider.sign_in(browser, "carol")
    sid = sid_of(browser)
    # A process that hasn't asked for the metadata yet.
    settings.RELYANT = {**settings.RELYANT}
    relyant_provider.misbehave("down")
    assert frame(relyant_provider, sid).status_code == 200
    assert signed_in(browser) is None


# FT-22
def test_ft_22_a_database_that_is_away(browser, relyant_provider, monkeypatch):
    """FT-22: it can't be said that the session has ended."""
    relyant_provider.sign_in(browser, "carol")
    sid = sid_of(browser)

    def away(*_, **__):
        raise OperationalError("gone")

    with monkeypatch.context() as broken:
        broken.setattr(connection, "cursor", away)
        answer = frame(relyant_provider, sid)
    assert answer.status_code == 503 and answer.content.startswith(b"unavailable.database")
