"""django-otp's admin asks whom the provider signed in for her token, and for nothing else."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client, override_settings
from django_otp.plugins.otp_static.models import StaticDevice

from relyant import break_glass

SITES = {"redirect": "/office/", "button": "/brewmaster/"}
by_either_way = pytest.mark.parametrize("path", SITES.values(), ids=SITES)


@pytest.fixture
def adam(browser, relyant_provider):
    """A superuser by the provider, with a device of three tokens; she signed in, and gave none."""
    relyant_provider.sign_in(browser, "adam")
    user = User.objects.get(username="adam")
    device = StaticDevice.objects.create(user=user, name="recovery codes", confirmed=True)
    for token in ("one", "two", "three"):
        device.token_set.create(token=token)
    user.device = device
    return user


def give(browser, path, adam, token, **fields):
    chosen = {"otp_device": adam.device.persistent_id, "otp_token": token, "next": path, **fields}
    return browser.post(f"{path}login/?next={path}", chosen)


@by_either_way
def test_the_form_asks_for_the_token_alone(browser, adam, path):
    answer = browser.get(path, follow=True)
    assert (answer.status_code, len(answer.redirect_chain)) == (200, 1)
    text = answer.content.decode()
    assert 'name="otp_token"' in text and "recovery codes" in text
    assert 'name="password"' not in text and 'name="username"' not in text
    assert "You are signed in as <strong>adam</strong>." in text
    assert 'href="/oidc/logout/"' in text
    assert "not authorized" not in text and "Sign in with" not in text


@by_either_way
def test_with_the_token_she_is_in_and_still_signed_in_by_the_provider(browser, adam, relyant_provider, path):
    assert give(browser, path, adam, "one")["Location"] == path
    assert browser.get(path).status_code == 200
    assert browser.get(f"{path}login/")["Location"] == path
    left = browser.post(f"{path}logout/")
    assert left["Location"].startswith(relyant_provider.issuer) and "id_token_hint=" in left["Location"]


@by_either_way
def test_a_wrong_token_lets_nobody_in(browser, adam, path):
    answer = give(browser, path, adam, "four")
    assert answer.status_code == 200 and "Invalid token" in answer.content.decode()
    assert browser.get(path).status_code == 302


@by_either_way
def test_the_token_of_another_person_lets_nobody_in(browser, adam, path):
    other = StaticDevice.objects.create(user=User.objects.create_user("luke"), name="luke's", confirmed=True)
    other.token_set.create(token="five")
    assert give(browser, path, adam, "five", otp_device=other.persistent_id).status_code == 200
    assert browser.get(path).status_code == 302


@by_either_way
def test_no_other_site_can_give_a_token(adam, relyant_provider, path):
    strict = Client(enforce_csrf_checks=True)
    relyant_provider.sign_in(strict, "adam")
    assert give(strict, path, adam, "one").status_code == 403


@by_either_way
def test_who_is_not_staff_is_told_so_and_asked_for_no_token(browser, relyant_provider, path):
    relyant_provider.set_roles("carol", [])
    relyant_provider.sign_in(browser, "carol")
    answer = browser.get(path, follow=True)
    assert answer.status_code == 403 and "decision.not_staff" in answer.content.decode()


@by_either_way
def test_a_local_user_gets_the_sites_own_form_with_the_password(browser, path):
    browser.force_login(User.objects.create_superuser("root", password="break-glass"))
    answer = browser.get(path, follow=True)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'name="password"' in text and 'name="otp_token"' in text


@by_either_way
def test_the_local_way_is_the_sites_own_form_too(browser, adam, path):
    text = browser.get(f"{path}login/?local=1").content.decode()
    assert 'name="password"' in text and 'name="otp_token"' in text


def test_off_leaves_everything_to_the_site(browser, adam, settings):
    settings.RELYANT = {**settings.RELYANT, "ADMIN_LOGIN": "off"}
    text = browser.get("/office/login/").content.decode()
    assert 'name="password"' in text and 'name="otp_token"' in text


def test_an_admin_that_asks_for_no_token_lets_her_in(browser, adam):
    assert browser.get("/back/door/").status_code == 200


def test_an_anonymous_visitor_gets_the_link_above_the_sites_form(browser):
    assert settings.THEME == "otp"
    text = browser.get("/brewmaster/login/").content.decode()
    assert text.index('class="relyant-admin-link"') < text.index('name="otp_token"')


@by_either_way
def test_who_came_by_an_emergency_login_is_asked_for_the_token_alone(adam, path):
    """She has no password, and with `PASSWORD_LOGIN` off none would be taken."""
    with override_settings(RELYANT={**settings.RELYANT, "PASSWORD_LOGIN": False}):
        browser = Client()
        address = f"/oidc/break-glass/{break_glass.mint(adam).token.text}/"
        assert browser.post(address)["Location"] == "/back/door/"
        text = browser.get(path, follow=True).content.decode()
        assert 'name="otp_token"' in text and 'name="password"' not in text
        assert give(browser, path, adam, "one")["Location"] == path
        assert browser.get(path).status_code == 200
