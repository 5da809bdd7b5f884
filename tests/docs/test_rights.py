"""The how-tos on groups and on why somebody has a right, carried out, with what the words beside the blocks promise."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from relyant.why import lines
from tests.docs import pages

STAFF_PAGE = "how-to/staff-and-superusers.md"
# What another day's output has in other places: a time, a subject.
VARIES = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+.minutes?"
)


def as_on_any_day(text):
    return VARIES.sub("…", text).strip()


@pytest.mark.parametrize("page", ["how-to/keycloak-roles.md", "how-to/limit-who-may-enter.md"])
def test_each_policy_of_a_page_is_one_that_can_be_used(owner, page):
    """What comes of each is for other tests to tell: on a real Keycloak, and of this folder."""
    owner.make_database()
    for block in pages.blocks(page):
        owner.follow(block)
        owner.check("--database default")


def test_groups_as_code(owner):
    settings, migrate, show, shown, check, differing, apply, *_ = pages.blocks("how-to/groups-as-code.md")
    owner.follow(settings)
    owner.run("python manage.py makemigrations -v 0 beers")
    for block in (migrate, show, shown, check):
        owner.follow(block)
    change = """from django.contrib.auth.models import Group, Permission
group = Group.objects.get(name="creators")
group.permissions.remove(Permission.objects.get(codename="change_beer"))
group.permissions.add(Permission.objects.get(codename="delete_beer"))"""
    owner.in_shell(change)
    said = owner.run(f"{check.text.strip()} || echo exit $?")
    assert said.strip() == f"{differing.text}exit 1"
    owner.follow(apply)
    owner.follow(check)
    owner.check()


def test_groups_by_the_names_of_roles(owner, rights):
    settings, *_, same_name, _permissions = pages.blocks("how-to/groups-as-code.md")
    owner.follow(settings)
    owner.follow(same_name)
    owner.check()
    owner.start()
    owner.set_person("chris", roles=["beer-cellar", "beer-new", "customers"])
    owner.set_person("carol", roles=["customers", "cellar"])
    chris, carol = rights.of("chris"), rights.of("carol")
    assert (chris["groups"], chris["may"], chris["staff"]) == (["cellar", "new"], ["view", "delete"], True)
    assert (carol["groups"], carol["staff"]) == ([], True)


def test_permissions_without_a_group(owner, rights):
    *_, permissions = pages.blocks("how-to/groups-as-code.md")
    owner.follow(permissions)
    owner.check()
    owner.start()
    assert rights.of("adam") == {"name": "adam", "may": ["delete"], "groups": [], "staff": True}
    assert rights.of("carol")["may"] == ["view"]
    assert owner.sign_in("carol", "/admin/beers/beer/")[1].status == 200
    unseen = """from django.contrib.auth.models import User
backend = "django.contrib.auth.backends.ModelBackend"
print("with_perm", User.objects.with_perm("beers.delete_beer", backend=backend).count())
print("loaded", User.objects.get(username="adam").has_perm("beers.delete_beer"))"""
    said = owner.in_shell(unseen)
    assert "with_perm 0" in said and "loaded False" in said


def test_what_can_go_wrong_with_groups_is_told(owner):
    (table,) = pages.tables("how-to/groups-as-code.md")
    wrong = """
RELYANT["GROUP_PERMISSIONS"] = {"customers": ["beers.see_beer"], "creators": ["wines.view_wine"]}
RELYANT["PROVIDERS"]["keycloak"]["POLICY"].update(
    {
        "GROUPS": {"nobody-makes-it": ["customers"]},
        "CREATE": False,
        "PERMISSIONS": {f"beers.no_{number}_{'x' * 60}": ["customers"] for number in range(30)},
    }
)
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
"""
    owner.make_database()
    owner.add("brewery/settings.py", wrong)
    said = owner.run("python manage.py check --database default || true")
    assert {row["what it says"].strip("`") for row in table} <= set(re.findall(r"relyant\.[EW]\d{3}", said))


def test_why_does_she_have_this_right(owner):
    keep, explain, explained, claims, dry_run, tried, events, happened, prune = pages.blocks(
        "how-to/why-this-right.md"
    )
    owner.follow(keep)
    owner.check()
    owner.start()
    assert owner.sign_in("chris")[1].status == 200
    adam, _ = owner.sign_in("adam")
    panel = adam.open("/admin/auth/user/1/change/").text
    assert (
        "Why this user has these rights" in panel and "because role creators in realm_access.roles" in panel
    )
    for page in ("linkedidentity/", "linkedidentity/policy/", "event/"):
        listed = adam.open(f"/admin/relyant/{page}")
        assert listed.status == 200 and "relyant/linkedidentity/add/" not in listed.html
    owner.follow(claims)
    third = owner.terminal("third")
    for command, answer in ((explain, explained), (dry_run, tried), (events, happened)):
        said = third.run(command.text, seconds=120)
        assert as_on_any_day(said) == as_on_any_day(answer.text)
    assert "Removed 0 events" in third.run(prune.text, seconds=120)
    refused = third.run(
        """echo '{"realm_access": {"roles": []}}' > none.json
echo 'RELYANT["PROVIDERS"]["keycloak"]["POLICY"]["ALLOW"] = ["creators"]' >> brewery/settings.py
python manage.py relyant_explain --claims none.json || echo exit $?""",
        seconds=120,
    )
    assert "decision.not_allowed" in refused and "exit 1" in refused


def test_what_explains_itself_is_what_the_command_says():
    """The words of the page's last table are the command's own."""
    (table,) = pages.tables("how-to/why-this-right.md")
    source = Path(lines.__file__).read_text()
    assert not [row for row in table if row["what it says"] not in source]


def test_staff_by_a_condition(owner, rights):
    roles, condition, *_ = pages.blocks(STAFF_PAGE)
    owner.follow(roles)
    owner.follow(condition)
    owner.check()
    owner.start()
    assert (rights.of("adam")["staff"], rights.of("chris")["staff"]) == (True, False)
    verified = {"preferred_username": "chris", "email": "chris@brewery.example", "email_verified": True}
    owner.set_person("chris", claims=verified)
    assert rights.of("chris")["staff"] is True
    # The other keys of the policy are as they were.
    assert rights.of("chris")["groups"] == ["creators"]
    assert not rights.lets_in("nora")
    owner.set_person("chris", claims={**verified, "is_staff": True}, roles=["customers"])
    assert rights.of("chris")["staff"] is False


def test_the_last_superuser_keeps_the_flag(owner, rights):
    roles, *_ = pages.blocks(STAFF_PAGE)
    owner.follow(roles)
    owner.start()
    assert rights.of("adam")["may"] == ["view", "add", "change", "delete"]
    owner.set_person("adam", roles=["customers"])
    last = rights.of("adam")
    assert (last["may"], last["staff"]) == (["view", "add", "change", "delete"], False)
    third = owner.terminal("third")
    assert "adam" in third.run("python manage.py relyant_events --kind superuser_kept", seconds=120)
    assert "the last one keeps the flag" in third.run("python manage.py relyant_explain adam", seconds=120)


def test_what_can_go_wrong_with_flags(owner, rights):
    _people, wrong = pages.tables(STAFF_PAGE)
    assert len(wrong) == 5
    owner.add("brewery/settings.py", 'RELYANT["PROVIDERS"]["keycloak"]["POLICY"] = {"STAFF": ["creators"]}')
    owner.start()
    owner.set_person("chris", roles=["Creators"])
    assert rights.of("chris")["staff"] is False
    told = owner.terminal("third").run("python manage.py relyant_explain chris", seconds=120)
    assert "roles that no rule asks for: Creators" in told
    _, refused = owner.sign_in("chris", "/admin/")
    assert refused.status == 403 and "decision.not_staff" in refused.text
