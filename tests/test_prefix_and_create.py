"""`PREFIX` and `CREATE`: which roles are groups, under which names, and whether a missing group is made."""

from __future__ import annotations

import logging

import pytest
from django.contrib.auth.models import Group, User

from relyant.models import LinkedIdentity

pytestmark = pytest.mark.django_db

PREFIXED = {"GROUPS": "same-name", "PREFIX": "beer-"}


def groups(name="carol"):
    return set(User.objects.get(username=name).groups.values_list("name", flat=True))


def test_a_prefix_says_which_roles_are_groups_and_is_no_part_of_the_name(sign_in):
    Group.objects.bulk_create([Group(name=name) for name in ("tasters", "beer-tasters", "keepers")])
    sign_in("beer-tasters", "keepers", "Beer-keepers", policy=PREFIXED)
    assert groups() == {"tasters"}


# AZ-03
def test_az_03_what_a_prefixed_role_gave_goes_with_it_and_what_a_hand_gave_stays(sign_in):
    """AZ-03: with a prefix each identity remembers what it granted."""
    tasters, keepers = (Group.objects.create(name=name) for name in ("tasters", "keepers"))
    user = sign_in(policy=PREFIXED).user
    user.groups.add(keepers)
    sign_in("beer-tasters", "beer-keepers", policy=PREFIXED)
    assert groups() == {"tasters", "keepers"}
    assert LinkedIdentity.objects.get().granted.groups == {tasters.name}
    sign_in(policy=PREFIXED)
    assert groups() == {"keepers"}


def test_same_name_that_creates_makes_the_missing_groups(sign_in):
    policy = {**PREFIXED, "CREATE": True}
    sign_in("beer-tasters", "beer-keepers", "offline_access", policy=policy)
    assert groups() == {"tasters", "keepers"}
    assert not Group.objects.filter(name="offline_access").exists()
    sign_in("beer-keepers", policy=policy)
    assert groups() == {"keepers"}
    assert Group.objects.filter(name="tasters").exists()


# AZ-02
def test_az_02_a_group_in_another_case_is_not_the_roles(sign_in):
    """AZ-02: `Tasters` and `tasters` are two groups."""
    Group.objects.create(name="Tasters")
    sign_in("beer-tasters", policy={**PREFIXED, "CREATE": True})
    assert groups() == {"tasters"}


def test_a_map_that_creates_nothing_leaves_missing_groups_out_with_a_warning(sign_in, caplog):
    Group.objects.get_or_create(name="customers")
    policy = {"GROUPS": {"customers": ["customers"], "cellar": ["customers"]}, "CREATE": False}
    with caplog.at_level(logging.WARNING, "relyant"):
        result = sign_in("customers", policy=policy)
    assert groups() == {"customers"}
    assert result.groups_added == ("customers",)
    assert LinkedIdentity.objects.get().granted.groups == {"customers"}
    assert (
        "GROUPS of provider keycloak: 1 groups don't exist, and CREATE is off, among them cellar"
        in caplog.text
    )


def test_a_group_that_was_missing_is_given_once_it_is_there(sign_in):
    policy = {"GROUPS": {"cellar": ["customers"]}, "CREATE": False}
    sign_in("customers", policy=policy)
    Group.objects.create(name="cellar")
    sign_in("customers", policy=policy)
    assert groups() == {"cellar"}


def test_same_name_says_nothing_of_roles_without_a_group(sign_in, caplog):
    with caplog.at_level(logging.WARNING, "relyant"):
        sign_in("offline_access", policy={"GROUPS": "same-name"})
    assert "offline_access" not in caplog.text
