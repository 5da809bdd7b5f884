"""`relyant_groups` compares groups as code with the database, and makes them true on request."""

from __future__ import annotations

import io
import json

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

pytestmark = pytest.mark.django_db


def run(*arguments):
    """What the command says, and its exit code."""
    out = io.StringIO()
    try:
        call_command("relyant_groups", *arguments, stdout=out, no_color=True)
    except SystemExit as end:
        return out.getvalue(), end.code
    return out.getvalue(), 0


def told(*arguments):
    return json.loads(run("--json", *arguments)[0])


def permission(codename):
    return Permission.objects.get(codename=codename)


def test_a_database_that_says_what_the_settings_say_agrees():
    said, code = run("--check")
    assert said == "customers: as the settings say\ncreators: as the settings say\n"
    assert code == 0


@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (lambda group: group.permissions.add(permission("delete_beer")), "  extra: beers.delete_beer"),
        (lambda group: group.permissions.remove(permission("view_beer")), "  missing: beers.view_beer"),
        (lambda group: group.delete(), "customers: does not exist"),
    ],
)
def test_what_differs_is_named_and_applied(spoil, line):
    spoil(Group.objects.get(name="customers"))
    said, code = run("--check")
    assert line in said.splitlines() and code == 1
    assert run()[1] == 0
    assert "as the settings say" in run("--apply")[0]
    assert run("--check")[1] == 0


def test_a_name_that_is_no_permission_stays_a_difference(configure):
    configure({"GROUP_PERMISSIONS.customers": ["beers.view_beer", "beers.drink_beer"]})
    said, code = run("--check")
    assert said.splitlines()[:2] == ["customers: differs", "  unknown: beers.drink_beer"] and code == 1
    run("--apply")
    assert run("--check")[1] == 1


def test_the_comparison_as_json(configure):
    configure({"GROUP_PERMISSIONS": {"customers": ["beers.add_beer"], "tasters": ["beers.view_beer"]}})
    assert told() == {
        "agrees": False,
        "groups": [
            {
                "name": "customers",
                "exists": True,
                "missing": ["beers.add_beer"],
                "extra": ["beers.view_beer"],
                "unknown": [],
            },
            {"name": "tasters", "exists": False, "missing": ["beers.view_beer"], "extra": [], "unknown": []},
        ],
        "absent_groups": [],
    }


def test_a_group_in_another_case_is_another_group():
    Group.objects.filter(name="customers").update(name="Customers")
    assert not told()["groups"][0]["exists"]


def test_a_group_that_a_policy_names_and_a_sign_in_makes_is_told_and_no_difference(configure):
    configure({"PROVIDERS.keycloak.POLICY": {"GROUPS": {"tasters": ["tasters"], "customers": ["x"]}}})
    said, code = run("--check")
    assert "tasters: named by the policy of keycloak; it does not exist until a sign-in makes it" in said
    assert code == 0


def test_a_group_that_a_policy_names_and_nobody_makes_is_a_difference(configure):
    policy = {"GROUPS": {"tasters": ["tasters"]}, "CREATE": False}
    configure({"PROVIDERS.keycloak.POLICY": policy})
    said, code = run("--check")
    assert "tasters: named by the policy of keycloak; it does not exist, and CREATE is off" in said
    assert code == 1
    Group.objects.create(name="tasters")
    assert run("--check")[1] == 0


def test_comparing_writes_nothing_and_asks_little(django_assert_num_queries):
    with django_assert_num_queries(3):
        run("--check")


def test_checking_and_applying_at_once_is_no_command():
    from django.core.management import CommandError

    with pytest.raises(CommandError, match="not allowed with argument"):
        run("--check", "--apply")


def test_without_groups_as_code_there_is_nothing_to_compare(configure):
    configure({"GROUP_PERMISSIONS": {}, "PROVIDERS.keycloak.POLICY": {"GROUPS": "same-name"}})
    assert run("--check") == (
        "GROUP_PERMISSIONS names no group, and no policy names one that is missing.\n",
        0,
    )
