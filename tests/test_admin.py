"""Linked identities in the admin: who may unlink whom."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from relyant.models import LinkedIdentity

LIST = "admin:relyant_linkedidentity_changelist"
DELETE = "admin:relyant_linkedidentity_delete"
CHANGE = "admin:relyant_linkedidentity_change"


@pytest.fixture
def link(db):
    """Somebody with a linked identity: `link("carol")`, `link("adam", is_superuser=True)`."""

    def make(name, **flags):
        user = User.objects.create(username=name, **flags)
        return LinkedIdentity.objects.create(
            issuer="https://sso.example.com", subject=f"sub-{name}", user=user, last_login_at=timezone.now()
        )

    return make


@pytest.fixture
def clerk(db):
    """Staff who may look at linked identities and delete them, and nothing else."""
    user = User.objects.create(username="clerk", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(codename__in=("view_linkedidentity", "delete_linkedidentity"))
    )
    return signed_in(user)


@pytest.fixture
def superuser(db):
    return signed_in(User.objects.create(username="root", is_staff=True, is_superuser=True))


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def delete_one(client, *identities):
    for identity in identities:
        client.post(reverse(DELETE, args=[identity.pk]), {"post": "yes"})


def delete_selected(client, *identities):
    client.post(
        reverse(LIST),
        {
            "action": "delete_selected",
            "_selected_action": [identity.pk for identity in identities],
            "post": "yes",
        },
    )


BOTH_WAYS = pytest.mark.parametrize("delete", [delete_one, delete_selected])


@BOTH_WAYS
def test_staff_may_unlink_a_customer(clerk, link, delete):
    delete(clerk, link("carol"))
    assert not LinkedIdentity.objects.exists()


@BOTH_WAYS
def test_staff_can_not_lock_a_superuser_out(clerk, link, delete):
    """Without her link, her next login finds her user name taken."""
    delete(clerk, link("adam", is_superuser=True))
    assert LinkedIdentity.objects.exists()


@BOTH_WAYS
def test_who_may_only_look_unlinks_nobody(clerk, link, delete):
    User.objects.get(username="clerk").user_permissions.remove(
        Permission.objects.get(codename="delete_linkedidentity")
    )
    delete(clerk, link("carol"))
    assert LinkedIdentity.objects.exists()


def test_a_superuser_among_others_keeps_them_all(clerk, link):
    delete_selected(clerk, link("carol"), link("adam", is_superuser=True))
    assert LinkedIdentity.objects.count() == 2


def test_staff_do_not_delete_the_person_beside_the_link(clerk, link):
    """The superuser herself would take her link along."""
    adam = link("adam", is_superuser=True).user
    staff = User.objects.get(username="clerk")
    staff.user_permissions.add(Permission.objects.get(codename="delete_user"))
    clerk.post(reverse("admin:auth_user_delete", args=[adam.pk]), {"post": "yes"})
    assert LinkedIdentity.objects.filter(user=adam).exists()


@BOTH_WAYS
def test_a_superuser_may_unlink_a_superuser(superuser, link, delete):
    delete(superuser, link("adam", is_superuser=True))
    assert not LinkedIdentity.objects.exists()


def test_nobody_makes_or_changes_a_link_by_hand(superuser, link):
    identity = link("carol")
    assert superuser.get(reverse("admin:relyant_linkedidentity_add")).status_code == 403
    answer = superuser.post(reverse(CHANGE, args=[identity.pk]), {"subject": "sub-mallory"})
    assert answer.status_code == 403
    identity.refresh_from_db()
    assert identity.subject == "sub-carol"


def test_a_link_is_found_by_the_users_name(superuser, link):
    link("carol")
    link("chris")
    page = superuser.get(reverse(LIST), {"q": "carol"}).content.decode()
    assert "sub-carol" in page
    assert "sub-chris" not in page
