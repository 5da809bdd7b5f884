"""Signing out ends both sessions, and Keycloak asks no question."""

from __future__ import annotations

import base64
import json
import time
from urllib.parse import parse_qs, urlsplit

import pytest

# A login may take as long: the time that the site gives Keycloak for its whole exchange.
SHORT_LIFESPAN_SECONDS = 5


@pytest.fixture
def short_lived_tokens(realm):
    """Keycloak's ID tokens expire soon, for one test."""
    before = realm.token_lifespan()
    realm.set_token_lifespan(SHORT_LIFESPAN_SECONDS)
    yield
    realm.set_token_lifespan(before)


def expiry(token):
    """The `exp` of a token, unverified."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["exp"]


def wait_until(moment):
    while time.time() <= moment:
        time.sleep(0.1)


@pytest.mark.parametrize("path", ["/", "/me/", "/admin/"])
def test_signing_out_leaves_keycloak_too_without_a_question(visit, realm, website, path):
    """The ID token goes along as a hint, which is what keeps Keycloak from asking."""
    visitor = visit()
    before = realm.sessions("adam")
    visitor.open_as("adam", "/admin/")
    assert realm.sessions("adam") == before + 1
    page = visitor.sign_out(path)
    assert page.status == 200
    assert page.url.startswith(website.post_logout_redirect_uri)
    assert "signed out" in page.text
    assert [urlsplit(url).path for url in page.trail][1:] == [
        "/realms/brewery/protocol/openid-connect/logout",
        "/oidc/logged-out/",
    ]
    assert realm.sessions("adam") == before
    assert visitor.open("/admin/").form(having="username")


def test_the_end_session_request_names_the_client_the_address_and_a_hint(visit, website):
    visitor = visit()
    page = visitor.open_as("carol", "/oidc/login/")
    answer = visitor.browser.submit(page.form(to="logout"), follow=False)
    query = parse_qs(urlsplit(answer.location).query)
    assert query["client_id"] == ["beer"]
    assert query["post_logout_redirect_uri"] == [website.post_logout_redirect_uri]
    assert query["id_token_hint"][0].count(".") == 2
    assert query["state"]


def test_an_expired_hint_keeps_keycloak_from_asking_too(visit, realm, website, short_lived_tokens):
    """Nobody signs out within the minutes that an ID token lives; the site sends it nevertheless."""
    visitor = visit()
    page = visitor.open_as("carol", "/oidc/login/")
    sessions = realm.sessions("carol")
    wait_until(time.time() + SHORT_LIFESPAN_SECONDS)
    answer = visitor.browser.submit(page.form(to="logout"), follow=False)
    (hint,) = parse_qs(urlsplit(answer.location).query)["id_token_hint"]
    assert expiry(hint) < time.time()
    page = visitor.browser.get(answer.location)
    assert page.url.startswith(website.post_logout_redirect_uri)
    assert realm.sessions("carol") == sessions - 1


def test_without_the_hint_keycloak_would_ask(visit, realm):
    """What the hint is for: the same address without it shows Keycloak's question."""
    visitor = visit()
    visitor.open_as("carol", "/oidc/login/")
    page = visitor.browser.get(f"{realm.issuer}/protocol/openid-connect/logout?client_id=beer")
    assert "Do you want to log out?" in page.text


def test_the_session_here_ends_first(visit, website):
    """A visitor who never follows the way to Keycloak is signed out here all the same."""
    visitor = visit()
    page = visitor.open_as("carol", "/oidc/login/")
    visitor.browser.submit(page.form(to="logout"), follow=False)
    assert "Sign in" in visitor.open("/").text


def test_the_address_alone_signs_nobody_out(visit):
    """LO-11: a link or an image on another site only asks."""
    visitor = visit()
    visitor.open_as("carol", "/oidc/login/")
    page = visitor.open("/oidc/logout/")
    assert page.status == 200
    assert page.form(to="logout").method == "post"
    assert "Carol Cask" in visitor.open("/").text


def test_an_unregistered_logout_address_is_keycloaks_refusal_and_the_session_here_is_over(
    visit, realm, website, other_addresses
):
    visitor = visit()
    page = visitor.open_as("carol", "/oidc/login/")
    other_addresses(post_logout_redirect_uris=["https://elsewhere.example/"])
    page = visitor.browser.submit(page.form(to="logout"))
    assert page.status == 400
    assert page.url.startswith(realm.issuer)
    assert "Sign in" in visitor.open("/").text
