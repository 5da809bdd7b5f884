"""One backend for the provider's word, local passwords, and all of Django's permissions."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import authenticate
from django.contrib.auth.models import Group, Permission, User

from relyant import registry
from relyant.backends import RelyantBackend
from relyant.errors import Refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def vouched(decide, relyant_provider):
    """What a completed login hands over: carol's identity, as the development provider gave it, and a decision."""
    redirect_uri = "http://testserver/oidc/callback/keycloak/"
    party = registry.provider().relying_party
    login = party.begin_login(redirect_uri)
    query = urlsplit(relyant_provider.callback(login.url, "carol")).query
    identity = party.complete_login(query, login.transaction, redirect_uri)

    def credentials(*roles, **how):
        return {"identity": identity, "decision": decide(*roles, **how)}

    return credentials


def test_a_verified_identity_authenticates(rf, vouched):
    user = authenticate(rf.get("/"), **vouched("customers"))
    assert user.username == "carol"
    assert user.backend == "relyant.backends.RelyantBackend"
    assert user.relyant_provisioned.created
    linked = user.linked_identities.get()
    identity = vouched()["identity"]
    assert (linked.issuer, linked.subject) == (identity.issuer, identity.subject)


def test_a_refusal_reaches_the_caller(rf, vouched):
    with pytest.raises(Refusal, match="decision.not_allowed"):
        authenticate(rf.get("/"), **vouched(policy={"ALLOW": ["customers"]}))


def test_an_inactive_user_is_refused(rf, vouched):
    authenticate(rf.get("/"), **vouched("customers"))
    User.objects.update(is_active=False)
    with pytest.raises(Refusal, match="account.inactive"):
        authenticate(rf.get("/"), **vouched("customers"))


def test_a_local_user_keeps_the_password(rf):
    user = User.objects.create_user("local", password="secret")
    assert authenticate(rf.get("/"), username="local", password="secret") == user
    assert authenticate(rf.get("/"), username="local", password="wrong") is None


def test_an_inactive_local_user_does_not_come_in(rf):
    User.objects.create_user("local", password="secret", is_active=False)
    assert authenticate(rf.get("/"), username="local", password="secret") is None


def test_se_07_no_password_opens_an_account_that_a_login_made(rf, vouched):
    """SE-07: a created user has an unusable password."""
    authenticate(rf.get("/"), **vouched("customers"))
    for password in ("", "!", None, "carol"):
        assert authenticate(rf.get("/"), username="carol", password=password) is None


@pytest.mark.parametrize("half", ["identity", "decision"])
def test_half_of_what_is_needed_authenticates_nobody(rf, vouched, half):
    assert authenticate(rf.get("/"), **{half: vouched("admins")[half]}) is None
    assert not User.objects.exists()


def test_permissions_of_groups_and_users_are_django_s_own():
    user = User.objects.create_user("carol")
    user.groups.add(Group.objects.create(name="keepers"))
    keepers = Group.objects.get(name="keepers")
    keepers.permissions.add(Permission.objects.get(codename="view_beer"))
    user.user_permissions.add(Permission.objects.get(codename="add_beer"))
    assert user.get_all_permissions() == {"beers.view_beer", "beers.add_beer"}
    assert user.has_perm("beers.view_beer")
    assert user.has_module_perms("beers")
    assert RelyantBackend().get_user(user.pk) == user
    assert user in User.objects.with_perm("beers.view_beer", backend="relyant.backends.RelyantBackend")


@pytest.mark.django_db(transaction=True)
def test_async_callers_get_the_same(rf, vouched):
    given = vouched("customers")
    backend = RelyantBackend()
    assert async_to_sync(backend.aauthenticate)(rf.get("/"), **given).username == "carol"
    User.objects.create_user("local", password="secret")
    local = async_to_sync(backend.aauthenticate)(rf.get("/"), username="local", password="secret")
    assert local.username == "local"
