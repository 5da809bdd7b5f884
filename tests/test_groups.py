"""`GROUP_PERMISSIONS` is true after each `migrate`, whatever order apps and receivers come in."""

from __future__ import annotations

import logging

import pytest
from django.apps.registry import Apps
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from relyant.groups import apply_group_permissions

pytestmark = pytest.mark.django_db


def permissions(group):
    rows = Group.objects.get(name=group).permissions.values_list("content_type__app_label", "codename")
    return {".".join(row) for row in rows}


def migrate():
    call_command("migrate", verbosity=0)


def test_the_test_databases_own_first_migrate_made_the_groups():
    """Relyant is the first of INSTALLED_APPS here, so its receiver came before the one that makes permissions."""
    assert permissions("customers") == {"beers.view_beer"}
    assert permissions("creators") == {"beers.view_beer", "beers.add_beer", "beers.change_beer"}


def test_permissions_that_do_not_exist_yet_are_made_first():
    Permission.objects.filter(content_type__app_label="beers").delete()
    apply_group_permissions(using="default")
    assert permissions("customers") == {"beers.view_beer"}


def test_a_named_group_has_exactly_its_permissions():
    creators = Group.objects.get(name="creators")
    creators.permissions.add(Permission.objects.get(codename="delete_beer"))
    creators.permissions.remove(Permission.objects.get(codename="add_beer"))
    migrate()
    assert permissions("creators") == {"beers.view_beer", "beers.add_beer", "beers.change_beer"}


def test_an_empty_list_takes_everything(configure):
    configure({"GROUP_PERMISSIONS.customers": []})
    migrate()
    assert permissions("customers") == set()


def test_other_groups_and_memberships_are_left_alone(django_user_model):
    tasters = Group.objects.create(name="tasters")
    tasters.permissions.add(Permission.objects.get(codename="delete_beer"))
    user = django_user_model.objects.create_user("carol")
    user.groups.add(Group.objects.get(name="customers"))
    migrate()
    assert permissions("tasters") == {"beers.delete_beer"}
    assert user.groups.get().name == "customers"


def test_a_second_migrate_changes_nothing():
    before = list(Group.permissions.through.objects.order_by("pk").values_list("pk", flat=True))
    migrate()
    assert list(Group.permissions.through.objects.order_by("pk").values_list("pk", flat=True)) == before


def test_a_permission_that_does_not_exist_is_said_and_the_others_are_given(configure, caplog):
    configure({"GROUP_PERMISSIONS.customers": ["beers.view_beer", "beers.drink_beer"]})
    with caplog.at_level(logging.WARNING, "relyant"):
        migrate()
    assert permissions("customers") == {"beers.view_beer"}
    assert "beers.drink_beer" in caplog.text


def test_it_runs_once_a_migrate_and_not_once_an_app(configure, caplog):
    configure({"GROUP_PERMISSIONS": {"customers": ["beers.drink_beer"]}})
    with caplog.at_level(logging.WARNING, "relyant"):
        migrate()
    assert caplog.text.count("beers.drink_beer") == 1


def test_a_database_without_groups_is_left_alone(settings):
    """A router that keeps auth elsewhere."""
    Group.objects.all().delete()
    settings.DATABASE_ROUTERS = [NoAuth()]
    apply_group_permissions(using="default")
    assert not Group.objects.exists()


class NoAuth:
    def allow_migrate(self, db, app_label, **_):
        return app_label != "auth"


def test_a_migrate_that_has_not_reached_groups_yet_is_left_alone():
    """`migrate` passes the apps as they are at the point that it has reached."""
    Group.objects.all().delete()
    apply_group_permissions(using="default", apps=Apps())
    assert not Group.objects.exists()
