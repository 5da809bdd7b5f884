"""`PASSWORD_LOGIN = False`: no password of anybody whom a provider signs in is taken, by whatever backend."""

from __future__ import annotations

import re

import pytest
from django.contrib import auth
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from relyant import checks, identities
from relyant.backends import RelyantBackend
from relyant.models import LinkedIdentity

pytestmark = pytest.mark.django_db

OURS = "relyant.backends.RelyantBackend"
DJANGOS = "django.contrib.auth.backends.ModelBackend"
BACKENDS = pytest.mark.parametrize("backends", [[OURS], [OURS, DJANGOS]])
PASSWORD = "correct-horse"
CLOSED = "Passwords are turned off here"


@pytest.fixture
def carol():
    """Somebody with a password whom a provider signs in, too."""
    user = User.objects.create_user("carol", password=PASSWORD, is_staff=True)
    LinkedIdentity.objects.create(
        user=user, issuer="https://x.example", subject="1", last_login_at=timezone.now()
    )
    return user


@pytest.fixture
def local():
    """Somebody whom no provider signs in."""
    return User.objects.create_user("local", password=PASSWORD, is_staff=True)


@pytest.fixture
def closed(configure):
    configure({"PASSWORD_LOGIN": False})


def authenticated(name, password=PASSWORD, **credentials):
    return auth.authenticate(None, username=name, password=password, **credentials)


# SE-07
@BACKENDS
def test_a_password_opens_no_provisioned_account(carol, closed, settings, backends):
    settings.AUTHENTICATION_BACKENDS = backends
    assert authenticated("carol") is None
    assert authenticated("carol", "wrong") is None


@BACKENDS
def test_whom_no_provider_signs_in_keeps_hers(local, closed, settings, backends):
    settings.AUTHENTICATION_BACKENDS = backends
    assert authenticated("local") == local
    assert authenticated("local", "wrong") is None
    assert authenticated("nobody") is None


@BACKENDS
def test_without_the_setting_everybody_does(carol, local, settings, backends):
    settings.AUTHENTICATION_BACKENDS = backends
    assert authenticated("carol") == carol and authenticated("local") == local


def test_the_name_may_come_under_the_fields_own_name(carol, closed):
    assert auth.authenticate(None, email="x", password=PASSWORD) is None
    assert ours(username="carol", password=PASSWORD) == "refused"
    assert ours(**{User.USERNAME_FIELD: "carol"}, password=PASSWORD) == "refused"
    assert ours(username=None, password=PASSWORD) is None
    assert ours(username="carol", password=None) is None


def ours(**credentials):
    """What our backend says when it is asked alone."""
    try:
        return RelyantBackend().authenticate(None, **credentials)
    except PermissionDenied:
        return "refused"


# SE-07: who is provisioned can't be told by a clock.
@BACKENDS
def test_a_refused_password_costs_what_a_wrong_one_costs(
    carol, local, closed, settings, backends, monkeypatch
):
    settings.AUTHENTICATION_BACKENDS = backends
    hashed = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda *given, **more: hashed.append(1) or encode(*given, **more)
    )

    def cost(name, password):
        hashed.clear()
        assert authenticated(name, password) is None
        return len(hashed)

    assert (
        cost("carol", PASSWORD)
        == cost("carol", "wrong")
        == cost("local", "wrong")
        == cost("nobody", "wrong")
        == len(backends)
    )


# The admin's login.


@pytest.mark.parametrize("word", ["redirect", "button", "off"])
def test_no_admin_looks_at_a_password(client, local, closed, configure, word):
    """Not even at that of somebody whom no provider signs in: this form is closed to all."""
    configure({"ADMIN_LOGIN": word})
    for address in ("/admin/login/", "/admin/login/?local=1", "/admin/login/?next=/admin/beers/"):
        page = client.post(address, {"username": "local", "password": PASSWORD, "next": "/admin/"})
        text = page.content.decode()
        assert page.status_code == 403 and CLOSED in text and "account.password_closed" in text
        assert "_auth_user_id" not in client.session and 'name="password"' not in text


@pytest.mark.parametrize("word", ["redirect", "button", "off"])
@pytest.mark.parametrize("query", ["", "?local=1"])
def test_no_admin_shows_its_form(client, closed, configure, word, query):
    configure({"ADMIN_LOGIN": word})
    answer = client.get(f"/admin/login/{query}")
    if word == "redirect" and not query:
        assert answer["Location"].startswith("/oidc/login/?next=")
        return
    text = answer.content.decode()
    assert answer.status_code == 200 and CLOSED in text and 'name="password"' not in text
    assert 'href="/oidc/login/?next=%2Fadmin%2F"' in text


def test_who_is_signed_in_and_not_staff_is_told_why_and_offered_no_password(client, closed, configure):
    configure({"ADMIN_LOGIN": "button"})
    client.force_login(User.objects.create_user("nora"))
    text = client.get("/admin/login/?next=/admin/").content.decode()
    assert "You may not use this part of the site" in text and "local=1" not in text
    assert client.post("/admin/login/", {"username": "x", "password": "y"}).status_code == 403


def test_who_is_signed_in_already_goes_on(client, closed, local):
    client.force_login(local)
    assert client.get("/admin/login/")["Location"] == "/admin/"


# The page of linked identities.


def test_a_password_that_is_not_taken_is_no_way_in(client, carol, configure):
    configure({"PROVIDERS.keycloak.ISSUER": "https://x.example"})
    (linked,) = identities.of(carol)
    assert not identities.is_last_way_in(linked, [], carol)
    client.force_login(carol)
    assert "sign in with a password of this site" in client.get("/oidc/identities/").content.decode()
    configure({"PASSWORD_LOGIN": False})
    assert identities.is_last_way_in(linked, [], carol)
    page = client.get("/oidc/identities/").content.decode()
    assert "sign in with a password of this site" not in page and "Your only way in" in page


# The check.


def ids():
    return [(one.id, re.search(r"[\w.]+Backend stands", one.msg)[0]) for one in checks.check_password_login()]


@pytest.mark.parametrize(
    ("backends", "expected"),
    [
        ([OURS], []),
        ([OURS, DJANGOS], []),
        ([DJANGOS, OURS], [("relyant.W019", f"{DJANGOS} stands")]),
        (["django.contrib.auth.backends.RemoteUserBackend", OURS], []),
        (["no.such.Backend", OURS], []),
        (
            ["django.contrib.auth.backends.AllowAllUsersModelBackend", OURS],
            [("relyant.W019", "django.contrib.auth.backends.AllowAllUsersModelBackend stands")],
        ),
    ],
)
def test_a_backend_that_takes_passwords_first_is_warned_of(settings, configure, backends, expected):
    settings.AUTHENTICATION_BACKENDS = backends
    assert ids() == []
    configure({"PASSWORD_LOGIN": False})
    assert ids() == expected


def test_what_created_users_have_is_no_password(sign_in):
    """SE-07"""
    assert not sign_in("customers").user.has_usable_password()
