"""The how-to on linking existing accounts, carried out: who gets which account, and what becomes of it."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone

import pytest

from tests.docs import pages

PAGE = "how-to/link-accounts.md"
# A line of Python that prints somebody's groups.
GROUPS_OF = """from django.contrib.auth.models import User
print([group.name for group in User.objects.get(username="{}").groups.all()])"""


def make_accounts(owner):
    """The accounts that a site has before its provider comes."""
    owner.in_shell(
        """from django.contrib.auth.models import User
def make(name, address, **more):
    return User.objects.create_user(name, address, "correct-horse", **more)
make("cask", "Carol@brewery.example")
make("boss", "adam@brewery.example", is_staff=True, is_superuser=True)
make("chief", "chris@brewery.example", is_staff=True)
make("left", "nora@brewery.example", is_active=False)
make("twin-1", "eve@brewery.example")
make("twin-2", "EVE@brewery.example")
make("4711", "")""",
    )


def accounts(owner):
    """Each user by her name: her key, and whether her password lets her in."""
    said = owner.in_shell(
        """import json
from django.contrib.auth.models import User
print(json.dumps({u.username: [u.pk, u.has_usable_password()] for u in User.objects.all()}))""",
    )
    (line,) = (line for line in said.splitlines() if line.startswith("{"))
    return json.loads(line)


def with_verified_address(name):
    return {"preferred_username": name, "email": f"{name}@brewery.example", "email_verified": True}


@pytest.fixture
def linking(owner):
    """A site with accounts, at a provider that has verified everybody's address; the page's day is yet to come."""
    owner.changes["2027-03-31"] = f"{datetime.now(timezone.utc) + timedelta(days=30):%Y-%m-%d}"

    def start(*blocks):
        for block in blocks:
            owner.follow(block)
        owner.check()
        owner.start()
        make_accounts(owner)
        for name in ("carol", "chris", "adam", "nora", "eve"):
            owner.set_person(name, claims=with_verified_address(name))
        return accounts(owner)

    return start


def code_of(page):
    return re.search(r"account\.[a-z_]+", page.text)[0]


def test_link_by_a_verified_address(owner, linking):
    """ID-18"""
    settings, events, *_ = pages.blocks(PAGE)
    owner.changes['["adam"]'] = '["boss"]'
    before = linking(settings)
    assert owner.sign_in("carol")[1].status == 200
    assert owner.sign_in("adam")[1].status == 200
    after = accounts(owner)
    assert after["carol"] == [before["cask"][0], False]
    assert after["boss"] == [before["boss"][0], True]
    assert code_of(owner.sign_in("eve")[1]) == "account.link_ambiguous"
    assert code_of(owner.sign_in("chris")[1]) == "account.link_privileged"
    assert code_of(owner.sign_in("nora")[1]) == "account.inactive"
    owner.set_person("eve", claims={**with_verified_address("eve"), "email_verified": False})
    assert owner.sign_in("eve")[1].status == 403 and "eve" in accounts(owner)
    owner.set_person("fay", claims={**with_verified_address("left"), "email_verified": False})
    assert code_of(owner.sign_in("fay")[1]) == "account.username_taken"
    told = owner.terminal("third").run(events.text, seconds=120)
    assert sorted(line.split("  ")[2] for line in told.splitlines() if "  adopted  " in line) == [
        "boss",
        "carol",
    ]


def test_link_by_user_name(owner, linking):
    _settings, _events, by_name, *_ = pages.blocks(PAGE)
    before = linking(by_name)
    owner.set_person("eve", claims={"preferred_username": "4711"})
    owner.set_person("fay", claims={"preferred_username": "Cask"})
    assert owner.sign_in("eve")[1].status == owner.sign_in("fay")[1].status == 403
    after = accounts(owner)
    assert after["4711"] == [before["4711"][0], False]
    assert {"Cask", "cask"} <= after.keys()


def test_link_by_your_own_rule(owner, linking):
    _settings, _events, _by_name, rule, by_rule, template, *_ = pages.blocks(PAGE)
    before = linking(rule, by_rule, template)
    owner.set_person("eve", claims={"preferred_username": "eve", "personnel_number": "4711"})
    owner.set_person("fay", claims={"preferred_username": "fay", "personnel_number": 4711})
    assert owner.sign_in("eve")[1].status == owner.sign_in("fay")[1].status == 403
    after = accounts(owner)
    assert after["eve"] == [before["4711"][0], False]
    assert "4711" not in after and after["fay"][0] > before["4711"][0]


def test_she_links_and_unlinks_a_provider_herself(owner, linking):
    """Staff with a password of the site's own: no setting, no address and no name has a part in it."""
    before = linking()
    keeper = owner.visitor(owner.base_url)
    form = keeper.open("/admin/login/?local=1").form(having="password")
    keeper.browser.submit(form, username="chief", password="correct-horse")
    page = keeper.open("/oidc/identities/")
    asked = keeper.choose("chris", keeper.browser.submit(page.form(having="provider")))
    assert "You come back from" in asked.text and "chris" in asked.text
    linked = keeper.browser.submit(asked.form(having="state"))
    assert linked.form(having="unlink")
    _, page = owner.sign_in("chris")
    assert page.status == 200 and "creators" in owner.in_shell(GROUPS_OF.format("chief"))
    assert accounts(owner)["chief"] == before["chief"]
    unlinked = keeper.browser.submit(keeper.open("/oidc/identities/").form(having="unlink"))
    assert not [form for form in unlinked.forms if "unlink" in form.fields]
    assert "creators" not in owner.in_shell(GROUPS_OF.format("chief"))
    carol, _ = owner.sign_in("carol")
    only = carol.open("/oidc/identities/")
    assert only.status == 200 and not [form for form in only.forms if "unlink" in form.fields]


def test_a_name_that_is_taken_gets_a_suffix(owner, linking):
    *_, suffix = pages.blocks(PAGE)
    before = linking(suffix)
    owner.set_person("eve", claims={"preferred_username": "cask"})
    owner.sign_in("eve")
    new = accounts(owner).keys() - before.keys()
    assert [bool(re.fullmatch(r"cask-[a-z0-9]{4}", name)) for name in new] == [True]
