"""Who signs out at Keycloak is signed out here: by its server, or by a frame of its page."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.keycloak.browser import Browser

BACK_CHANNEL, FRONT_CHANNEL = "/oidc/back-channel-logout/keycloak/", "/oidc/front-channel-logout/keycloak/"


@pytest.fixture
def back_channel(knobs, website):
    """**Backchannel logout URL**, filled in as the page on single sign-out has it."""
    attributes = {
        "backchannel.logout.url": website.base_url + BACK_CHANNEL,
        "backchannel.logout.session.required": "true",
    }
    knobs.turn(frontchannelLogout=False, attributes=attributes)


@pytest.fixture
def front_channel(knobs, website):
    """**Front channel logout** on, and its address."""
    attributes = {
        "frontchannel.logout.url": website.base_url + FRONT_CHANNEL,
        "frontchannel.logout.session.required": "true",
        "backchannel.logout.url": "",
    }
    knobs.turn(frontchannelLogout=True, attributes=attributes)


def sign_in(visit, name="carol"):
    visitor = visit()
    visitor.open_as(name, "/oidc/login/")
    assert is_in(visitor)
    return visitor


def is_in(visitor) -> bool:
    return "Sign in" not in visitor.open("/").text


def sign_out_at_keycloak(visitor, realm):
    """Sign out at Keycloak itself, which asks since it gets no hint; the site isn't visited."""
    question = visitor.browser.get(f"{realm.issuer}/protocol/openid-connect/logout?client_id=beer")
    assert "Do you want to log out?" in question.text
    return visitor.browser.submit(question.form(having="confirmLogout"))


# LO-05
def test_a_logout_at_keycloak_ends_one_of_two_browsers(visit, realm, back_channel):
    """LO-05: Keycloak's server tells the site's, and exactly that browser is signed out."""
    leaving, staying, other = sign_in(visit), sign_in(visit), sign_in(visit, "chris")
    sign_out_at_keycloak(leaving, realm)
    assert not is_in(leaving)
    assert is_in(staying) and is_in(other)
    sign_out_at_keycloak(staying, realm)
    assert not is_in(staying) and is_in(other)


def test_a_logout_at_the_site_itself_is_told_twice_and_done_once(visit, realm, website, back_channel):
    """Keycloak sends a logout token for the logout that the site began, too: nothing is left to end."""
    visitor = sign_in(visit)
    page = visitor.sign_out("/")
    assert page.url.startswith(website.post_logout_redirect_uri)
    assert not is_in(visitor)
    assert "back-channel logout refused" not in website.log.read_text()


# LO-10
def test_a_frame_of_keycloaks_page_signs_out(visit, realm, front_channel):
    """LO-10: with `iss` and `sid`, and in a browser that keeps the session's cookie from the frame."""
    leaving, staying = sign_in(visit), sign_in(visit)
    page = sign_out_at_keycloak(leaving, realm)
    (frame,) = [html.unescape(src) for src in re.findall(r'<iframe[^>]*src="([^"]+)"', page.html)]
    asked = parse_qs(urlsplit(frame).query)
    assert asked["iss"] == [realm.issuer] and asked["sid"][0]
    assert is_in(leaving)
    answer = Browser().get(frame)
    assert answer.status == 200 and answer.text == "You are signed out"
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(realm.issuer))
    assert answer.headers["Content-Security-Policy"].endswith(f"frame-ancestors {origin}")
    assert answer.headers["X-Frame-Options"] is None
    assert not is_in(leaving) and is_in(staying)


def test_without_the_session_a_frame_is_refused(visit, realm, front_channel, knobs):
    """**Front channel logout session required** off: the frame names nobody, so nobody is signed out by it."""
    knobs.turn(attributes={"frontchannel.logout.session.required": "false"})
    leaving = sign_in(visit)
    page = sign_out_at_keycloak(leaving, realm)
    (frame,) = [html.unescape(src) for src in re.findall(r'<iframe[^>]*src="([^"]+)"', page.html)]
    answer = Browser().get(frame)
    assert answer.status == 400 and "front_channel_logout_parameter_missing" in answer.text
    assert is_in(leaving)
